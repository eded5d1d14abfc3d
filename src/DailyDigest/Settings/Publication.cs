using DailyDigest.Calendar;

namespace DailyDigest.Settings;

/// <summary>The site whose digest this is. Section <c>Publication</c>.</summary>
public sealed class Publication
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Publication";

    /// <summary>The name for readers; the From name of every mail.</summary>
    public string Name { get; set; } = "";

    /// <summary>One line under the name; empty for none.</summary>
    public string Tagline { get; set; } = "";

    /// <summary>
    /// The absolute URL of the reader pages without a trailing slash, such as https://digest.example.com. A path is allowed.
    /// </summary>
    public string BaseUrl { get; set; } = "";

    /// <summary>The publisher's own front page; the name links to it. Empty for <see cref="BaseUrl"/>.</summary>
    public string SiteUrl { get; set; } = "";

    /// <summary>Accent colour, #rrggbb.</summary>
    public string Color { get; set; } = "#9b1c1c";

    /// <summary>Absolute https URL of a logo in double resolution, shown at most 48 px high. Empty: the name as text.</summary>
    public string LogoUrl { get; set; } = "";

    /// <summary>Postal address in the footer, as CAN-SPAM requires.</summary>
    public string PostalAddress { get; set; } = "";

    /// <summary>Languages of the digest, the default first. BCP 47 tags with files of texts: docs/languages.md.</summary>
    public IList<string> Languages { get; set; } = [];

    /// <summary>The tagline in further languages; <see cref="Tagline"/> is that of the others.</summary>
    public IList<Translation> Taglines { get; set; } = [];

    /// <summary>The form of times: 12 or 24 hours in every language, 0 for each language's own.</summary>
    public int HourFormat { get; set; }

    /// <summary>Home zone (IANA): the archive shows its digest, and readers without a known zone get it.</summary>
    public string TimeZone { get; set; } = "";

    /// <summary>Local hour (0 to 23) for readers who choose none.</summary>
    public int Hour { get; set; } = 7;

    /// <summary>Sections to choose from; empty for no choice.</summary>
    public IList<string> Sections { get; set; } = [];

    /// <summary>
    /// The names that readers of a language see instead of a section's own. Other sections, and other languages, show the section's own
    /// name.
    /// </summary>
    public IList<SectionName> SectionNames { get; set; } = [];

    /// <summary>Days for which the public archive keeps the digests of the home zone; 0 for ever. At least as long as the ledger.</summary>
    public int ArchiveDays { get; set; }

    /// <summary>
    /// The daily cohort of <see cref="TimeZone"/> and <see cref="Hour"/>, whose digest the archive shows. The zone must exist.
    /// </summary>
    public Cohort HomeCohort => new(TimeZone, Hour, Rhythm.Daily);

    /// <summary>The default language; en when none is configured.</summary>
    public string DefaultLanguage => Languages.Count > 0 ? Languages[0] : "en";

    /// <summary>The host of <see cref="BaseUrl"/>, for List-Id and Message-ID; localhost if invalid.</summary>
    public string Domain => Uri.TryCreate(BaseUrl, UriKind.Absolute, out var url) ? url.IdnHost : "localhost";

    /// <summary>The same publication with another look.</summary>
    public Publication WithLook(string color, string logoUrl, string postalAddress)
    {
        var other = (Publication)MemberwiseClone();
        (other.Color, other.LogoUrl, other.PostalAddress) = (color, logoUrl, postalAddress);
        return other;
    }

    /// <summary>True if a language of the publication matches, exactly or by its first part.</summary>
    public bool Offers(string language) =>
        Language(language).Split('-')[0].Equals(language.Split('-')[0], StringComparison.OrdinalIgnoreCase);

    /// <summary>Returns the matching language of the publication (exact, or by its first part), otherwise the default.</summary>
    public string Language(string? wanted)
    {
        if (string.IsNullOrWhiteSpace(wanted))
        {
            return DefaultLanguage;
        }

        var first = wanted.Split('-')[0];
        return Languages.FirstOrDefault(language => language.Equals(wanted, StringComparison.OrdinalIgnoreCase))
            ?? Languages.FirstOrDefault(language => language.Split('-')[0].Equals(first, StringComparison.OrdinalIgnoreCase))
            ?? DefaultLanguage;
    }

    /// <summary>The tagline for readers of the language; empty for none.</summary>
    public string TaglineIn(string language) =>
        Best(Taglines, language, translation => translation.Language)?.Text ?? Tagline;

    /// <summary>The language of that tagline if it is another than the wanted one; otherwise null.</summary>
    public string? OtherTaglineLanguage(string language) =>
        Best(Taglines, language, translation => translation.Language) is null ? DefaultUnless(language) : null;

    /// <summary>The name of the section for readers of the language; null if it has no other name than its own.</summary>
    public string? NameOf(string? section, string language)
    {
        var names = SectionNames.Where(name => name.Section.Equals(section, StringComparison.OrdinalIgnoreCase));
        return Best(names, language, name => name.Language)?.Name;
    }

    /// <summary>The language of that name if it is another than the wanted one; otherwise null.</summary>
    public string? OtherSectionLanguage(string section, string language) =>
        NameOf(section, language) is null ? DefaultUnless(language) : null;

    private string? DefaultUnless(string language) =>
        DefaultLanguage.Split('-')[0].Equals(language.Split('-')[0], StringComparison.OrdinalIgnoreCase) ? null : DefaultLanguage;

    // The same tag, or the same first part: a text in fr is right for readers of fr-CA.
    private static T? Best<T>(IEnumerable<T> texts, string language, Func<T, string> of) where T : class
    {
        var first = language.Split('-')[0];
        return texts.FirstOrDefault(text => of(text).Equals(language, StringComparison.OrdinalIgnoreCase))
            ?? texts.FirstOrDefault(text => of(text).Equals(first, StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>One line per fault, each naming its setting.</summary>
    /// <param name="development">True: http and a missing postal address are allowed.</param>
    public IEnumerable<string> Validate(bool development)
    {
        if (string.IsNullOrWhiteSpace(Name) || Name.Any(char.IsControl))
        {
            yield return "Publication__Name: the name readers know, one line.";
        }

        if (!Uri.TryCreate(BaseUrl, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https") || BaseUrl.EndsWith('/')
            || url.Query.Length > 0 || url.Fragment.Length > 0)
        {
            yield return "Publication__BaseUrl: an absolute URL without a trailing slash, such as https://digest.example.com.";
        }
        else if (!development && url.Scheme != "https")
        {
            yield return "Publication__BaseUrl: must begin with https:// outside Development.";
        }

        if (!development && string.IsNullOrWhiteSpace(PostalAddress))
        {
            yield return "Publication__PostalAddress: mail to subscribers must carry the publisher's postal address.";
        }

        if (!Zones.Exists(TimeZone))
        {
            yield return "Publication__TimeZone: an IANA zone such as Europe/Paris.";
        }

        if (Hour is < 0 or > 23)
        {
            yield return "Publication__Hour: 0 to 23.";
        }

        if (HourFormat is not (0 or 12 or 24))
        {
            yield return "Publication__HourFormat: 12 or 24, or 0 for each language's own form.";
        }

        for (var i = 0; i < Taglines.Count; i++)
        {
            if (!IsOffered(Taglines[i].Language) || Taglines[i].Text.Length == 0)
            {
                yield return $"Publication__Taglines__{i}: Language is one of Publication__Languages, and Text is not empty.";
            }
        }

        for (var i = 0; i < SectionNames.Count; i++)
        {
            if (!IsOffered(SectionNames[i].Language) || SectionNames[i].Section.Length == 0 || SectionNames[i].Name.Length == 0)
            {
                yield return $"Publication__SectionNames__{i}: Language is one of Publication__Languages; Section and Name are not empty.";
            }
        }

        if (ArchiveDays is < 0 or > 36_500)
        {
            yield return "Publication__ArchiveDays: 1 to 36500 days, or 0 to keep the archive for ever.";
        }

        if (Color is not ['#', .. { Length: 6 } digits] || !digits.All(char.IsAsciiHexDigit))
        {
            yield return "Publication__Color: six hex digits such as #9b1c1c.";
        }

        foreach (var (name, text) in new[] { ("LogoUrl", LogoUrl), ("SiteUrl", SiteUrl) })
        {
            if (text.Length > 0 && !(Uri.TryCreate(text, UriKind.Absolute, out var link) && link.Scheme is "http" or "https"))
            {
                yield return $"Publication__{name}: an absolute http(s) URL, or nothing.";
            }
        }

        if (!development && LogoUrl.StartsWith("http://", StringComparison.OrdinalIgnoreCase))
        {
            yield return "Publication__LogoUrl: must begin with https:// outside Development.";
        }
    }

    private bool IsOffered(string language) => Languages.Append(DefaultLanguage).Any(offered =>
        offered.Equals(language, StringComparison.OrdinalIgnoreCase)
        || offered.Split('-')[0].Equals(language, StringComparison.OrdinalIgnoreCase));
}

/// <summary>A text of the publisher in a language.</summary>
public sealed class Translation
{
    /// <summary>One of the publication's languages.</summary>
    public string Language { get; set; } = "";

    /// <summary>The text.</summary>
    public string Text { get; set; } = "";
}

/// <summary>The name of a section in a language.</summary>
public sealed class SectionName
{
    /// <summary>The section, as feeds name it.</summary>
    public string Section { get; set; } = "";

    /// <summary>One of the publication's languages.</summary>
    public string Language { get; set; } = "";

    /// <summary>The name that readers of the language see.</summary>
    public string Name { get; set; } = "";
}

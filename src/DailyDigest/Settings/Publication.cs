using DailyDigest.Calendar;

namespace DailyDigest.Settings;

/// <summary>The site whose digest this is. Section <c>Publication</c>.</summary>
public sealed class Publication
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Publication";

    /// <summary>The name readers know; the From name of every mail.</summary>
    public string Name { get; set; } = "";

    /// <summary>One line under the name; empty for none.</summary>
    public string Tagline { get; set; } = "";

    /// <summary>Where the reader pages answer, absolute, without a trailing slash, e.g. https://digest.example.com. A path is allowed.</summary>
    public string BaseUrl { get; set; } = "";

    /// <summary>The publisher's own front page, linked from the name; empty for <see cref="BaseUrl"/>.</summary>
    public string SiteUrl { get; set; } = "";

    /// <summary>Accent colour, #rrggbb.</summary>
    public string Color { get; set; } = "#9b1c1c";

    /// <summary>Absolute https URL of a logo, 2x, at most 48 px high when shown; empty for the name in type.</summary>
    public string LogoUrl { get; set; } = "";

    /// <summary>Postal address for the footer (CAN-SPAM asks for it).</summary>
    public string PostalAddress { get; set; } = "";

    /// <summary>Languages the digest is rendered in, the first is the default. BCP 47 tags with resource files.</summary>
    public IList<string> Languages { get; set; } = [];

    /// <summary>Home zone, IANA: the archive shows its digest; new readers without a known zone get it.</summary>
    public string TimeZone { get; set; } = "";

    /// <summary>Local hour (0 to 23) for readers who choose none.</summary>
    public int Hour { get; set; } = 7;

    /// <summary>Sections a reader may choose from; empty when there is no choice.</summary>
    public IList<string> Sections { get; set; } = [];

    /// <summary>Days for which the public archive keeps the home zone's digests; 0 for ever. They are kept at least as long as the ledger.</summary>
    public int ArchiveDays { get; set; }

    /// <summary>The cohort of <see cref="TimeZone"/> and <see cref="Hour"/>, every day: its digest is shown in the archive. The zone must exist.</summary>
    public Cohort HomeCohort => new(TimeZone, Hour, Rhythm.Daily);

    /// <summary>The default language; en when none is configured.</summary>
    public string DefaultLanguage => Languages.Count > 0 ? Languages[0] : "en";

    /// <summary>The host of <see cref="BaseUrl"/>, for List-Id and Message-ID; localhost if it cannot be read.</summary>
    public string Domain => Uri.TryCreate(BaseUrl, UriKind.Absolute, out var url) ? url.IdnHost : "localhost";

    /// <summary>Returns the language if the publication has it (exactly or by its first part), otherwise the default.</summary>
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

    /// <summary>One line per fault, each naming its setting.</summary>
    /// <param name="development">In Development plain http and a missing postal address are let through.</param>
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

        if (ArchiveDays is < 0 or > 36_500)
        {
            yield return "Publication__ArchiveDays: 1 to 36500 days, or 0 to keep the archive for ever.";
        }

        if (!System.Text.RegularExpressions.Regex.IsMatch(Color, "^#[0-9a-fA-F]{6}$"))
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
    }
}

using DailyDigest.Settings;

namespace DailyDigest.Mail.Rendering;

/// <summary>The model of the templates Digest and DigestText: cleaned and localized.</summary>
public sealed record DigestPage
{
    /// <summary>BCP 47 tag of the mail.</summary>
    public required string Language { get; init; }

    /// <summary>ltr or rtl.</summary>
    public required string Direction { get; init; }

    /// <summary>The publication's name.</summary>
    public required string Name { get; init; }

    /// <summary>The name for a sentence of the page's language, which may run in another direction.</summary>
    public string IsolatedName => Bidi.Isolate(Name, Words.Culture);

    /// <summary>One line under the name; may be empty.</summary>
    public required string Tagline { get; init; }

    /// <summary>Language of the tagline if it is not the mail's; otherwise null.</summary>
    public required string? TaglineLanguage { get; init; }

    /// <summary>The link of the name.</summary>
    public required string SiteUrl { get; init; }

    /// <summary>Logo, https; may be empty.</summary>
    public required string LogoUrl { get; init; }

    /// <summary>The postal address; may be empty in Development only.</summary>
    public required string PostalAddress { get; init; }

    /// <summary>The digest's date in words.</summary>
    public required string Date { get; init; }

    /// <summary>The subject, which is the page's title.</summary>
    public required string Subject { get; init; }

    /// <summary>The text that inbox lists show after the subject.</summary>
    public required string Preheader { get; init; }

    /// <summary>This digest's page in the archive.</summary>
    public required string WebUrl { get; init; }

    /// <summary>The marker that becomes the unsubscribe link.</summary>
    public required string UnsubscribeUrl { get; init; }

    /// <summary>The marker that becomes the preferences link.</summary>
    public required string PreferencesUrl { get; init; }

    public required Palette Palette { get; init; }

    /// <summary>Words of the mail's language.</summary>
    public required Words Words { get; init; }

    /// <summary>The first article; null when there are blog posts only.</summary>
    public required PageStory? Lead { get; init; }

    /// <summary>The other articles, in order.</summary>
    public required IReadOnlyList<PageStory> Articles { get; init; }

    /// <summary>The blog posts, in order.</summary>
    public required IReadOnlyList<PageStory> Posts { get; init; }

    /// <summary>The imprint: the postal address, after the name unless it begins with that.</summary>
    public string Imprint => Imprints.Of(Name, PostalAddress);

    /// <summary>Fonts of headlines.</summary>
    public string Serif => Fonts.Serif(Language);

    /// <summary>Fonts of small text.</summary>
    public string Sans => Fonts.Sans(Language);

    /// <summary>The side at which text begins: left or right.</summary>
    public string Start => Direction == "rtl" ? "right" : "left";

    /// <summary>The other side.</summary>
    public string End => Direction == "rtl" ? "left" : "right";

    /// <summary>A paragraph of the plain text in lines of at most 72 characters.</summary>
    public static string Wrap(string text) => MailText.Wrap(text);
}

/// <summary>A story as templates see it.</summary>
public sealed record PageStory
{
    /// <summary>The digest's page.</summary>
    public required DigestPage Page { get; init; }

    /// <summary>Headline.</summary>
    public required string Title { get; init; }

    /// <summary>http(s) link; empty when the story has none that is safe.</summary>
    public required string Url { get; init; }

    /// <summary>A few sentences; may be empty.</summary>
    public required string Summary { get; init; }

    /// <summary>Author's name; may be empty.</summary>
    public required string Author { get; init; }

    /// <summary>First letter of the author's name; empty if it is no letter.</summary>
    public required string Initial { get; init; }

    /// <summary>Section; may be empty.</summary>
    public required string Section { get; init; }

    /// <summary>True if the section's name is in the page's language, by <c>Publication__SectionNames</c>.</summary>
    public bool SectionIsOurs { get; init; }

    /// <summary>Language of the section's name if it differs from that of the story around it; otherwise null.</summary>
    public string? SectionLanguage => SectionIsOurs && OtherLanguage is not null ? Page.Language : null;

    /// <summary>Direction of the section's name if it differs from that of the story around it; otherwise null.</summary>
    public string? SectionDirection => SectionIsOurs && OtherDirection is not null ? Page.Direction : null;

    /// <summary>When it was published, in the reader's zone.</summary>
    public required string Time { get; init; }

    /// <summary>"Also reported by ..."; may be empty.</summary>
    public required string AlsoIn { get; init; }

    /// <summary>BCP 47 tag of the story.</summary>
    public required string Language { get; init; }

    /// <summary>ltr or rtl.</summary>
    public required string Direction { get; init; }

    /// <summary>The lead image; null if none.</summary>
    public required PageImage? Image { get; init; }

    /// <summary>True for the last of its list: no line follows.</summary>
    public bool Last { get; init; }

    /// <summary>Language if it differs from the page's, for the lang attribute; otherwise null, which leaves the attribute out.</summary>
    public string? OtherLanguage => Language.Split('-')[0] == Page.Language.Split('-')[0] ? null : Language;

    /// <summary>Direction if it differs from the page's; otherwise null.</summary>
    public string? OtherDirection => Direction == Page.Direction ? null : Direction;

    /// <summary>The side at which its text begins.</summary>
    public string Start => Direction == "rtl" ? "right" : "left";

    /// <summary>Fonts of its headline.</summary>
    public string Serif => Fonts.Serif(Language);

    /// <summary>"By NAME"; empty without an author.</summary>
    public string Byline => Author.Length == 0 ? "" : Page.Words.Format("Byline", Author);

    /// <summary>Byline and time, if known.</summary>
    public string Meta => Joined(Byline, Time);

    /// <summary>
    /// The parts that are not empty, with dots between. If scripts mix, marks of the page's direction (U+200E, U+200F) surround the dots.
    /// Otherwise a date that follows a foreign name would be drawn before it.
    /// </summary>
    public string Joined(params string[] parts)
    {
        var known = parts.Where(part => part.Length > 0).ToList();
        var mixed = known.Append(Author).Any(part => MailText.DirectionOf(part) is { } direction && direction != Page.Direction);
        var mark = !mixed ? "" : Page.Direction == "rtl" ? "\u200F" : "\u200E";
        return string.Join($"{mark} · {mark}", known);
    }
}

/// <summary>A story's image as templates see it.</summary>
/// <param name="Url">http(s).</param>
/// <param name="Alt">Never empty: an image in a link needs a name.</param>
/// <param name="Caption">May be empty.</param>
/// <param name="Credit">May be empty.</param>
/// <param name="Width">CSS pixels it fills in the lead: 600, or less for a small picture.</param>
public sealed record PageImage(string Url, string Alt, string Caption, string Credit, int Width);

/// <summary>The model of the service mails' templates.</summary>
public sealed record NoticePage
{
    /// <summary>BCP 47 tag of the mail.</summary>
    public required string Language { get; init; }

    /// <summary>ltr or rtl.</summary>
    public required string Direction { get; init; }

    /// <summary>The publication's name.</summary>
    public required string Name { get; init; }

    /// <summary>The link of the name.</summary>
    public required string SiteUrl { get; init; }

    /// <summary>Logo, https; may be empty.</summary>
    public required string LogoUrl { get; init; }

    /// <summary>The postal address; may be empty in Development.</summary>
    public required string PostalAddress { get; init; }

    /// <summary>The subject.</summary>
    public required string Subject { get; init; }

    /// <summary>The headline.</summary>
    public required string Title { get; init; }

    /// <summary>A few sentences on what the link does.</summary>
    public required string Body { get; init; }

    /// <summary>The button's text.</summary>
    public required string Button { get; init; }

    /// <summary>The advice for a reader who did not ask for this mail.</summary>
    public required string Ignore { get; init; }

    /// <summary>The link this mail is for.</summary>
    public required string Url { get; init; }

    public required Palette Palette { get; init; }

    /// <summary>Words of the mail's language.</summary>
    public required Words Words { get; init; }

    /// <summary>The imprint: the postal address, after the name unless it begins with that.</summary>
    public string Imprint => Imprints.Of(Name, PostalAddress);

    /// <summary>Fonts of headlines.</summary>
    public string Serif => Fonts.Serif(Language);

    /// <summary>Fonts of small text.</summary>
    public string Sans => Fonts.Sans(Language);

    /// <summary>The side at which text begins.</summary>
    public string Start => Direction == "rtl" ? "right" : "left";

    /// <summary>A paragraph of the plain text in lines of at most 72 characters.</summary>
    public static string Wrap(string text) => MailText.Wrap(text);
}

/// <summary>The sender's name and postal address in one line.</summary>
internal static class Imprints
{
    public static string Of(string name, string postalAddress) =>
        postalAddress.Length == 0 ? name
        : postalAddress.StartsWith(name, StringComparison.OrdinalIgnoreCase) ? postalAddress
        : $"{name} · {postalAddress}";
}

/// <summary>Font stacks for each script that every mail client has.</summary>
internal static class Fonts
{
    public static string Serif(string language) => Arabic(language)
        ? "'Noto Naskh Arabic','Geeza Pro','Traditional Arabic','Times New Roman',serif"
        : "Georgia,'Times New Roman',Times,serif";

    public static string Sans(string language) => Arabic(language)
        ? "'Noto Naskh Arabic','Geeza Pro',Tahoma,Arial,sans-serif"
        : "'Helvetica Neue',Helvetica,Arial,sans-serif";

    private static bool Arabic(string language) => language.Split('-')[0] is "ar" or "fa" or "ur";
}

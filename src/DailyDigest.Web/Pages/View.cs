using System.Globalization;
using DailyDigest.Calendar;
using DailyDigest.Settings;
using DailyDigest.Subscribers;

namespace DailyDigest.Web;

/// <summary>What every page needs to know.</summary>
public sealed class View(Publication publication, string language, bool chosen, AssetUrls assets, string? posted, DateTimeOffset now)
{
    /// <summary>Whose page it is.</summary>
    public Publication Publication => publication;

    /// <summary>BCP 47 tag.</summary>
    public string Language => language;

    /// <summary>True if the reader chose the language, and links keep it.</summary>
    public bool IsChosen => chosen;

    /// <summary>rtl or ltr.</summary>
    public string Direction => Texts.Culture.TextInfo.IsRightToLeft ? "rtl" : "ltr";

    /// <summary>The words.</summary>
    public PageTexts Texts { get; } = new(language);

    /// <summary>What pages load.</summary>
    public AssetUrls Assets => assets;

    /// <summary>This moment.</summary>
    public DateTimeOffset Now => now;

    /// <summary>Today in the publication's zone.</summary>
    public DateOnly Today { get; } = Zones.LocalDate(publication.TimeZone, now);

    /// <summary>Where the publisher's own front page is.</summary>
    public string SiteUrl => publication.SiteUrl.Length > 0 ? publication.SiteUrl : Link("/");

    /// <summary>The path of one of our pages from the root of the host.</summary>
    public string Path(string path) => Root(publication) + path;

    /// <summary>A link to one of our pages, which keeps the language that was chosen.</summary>
    public string Link(string path) => Root(publication) + path + (chosen ? (path.Contains('?', StringComparison.Ordinal) ? "&" : "?") + "lang=" + language : "");

    /// <summary>The feed of past digests in the page's language.</summary>
    public string FeedUrl => Root(publication) + "/digests/feed.atom?lang=" + Uri.EscapeDataString(language);

    /// <summary>The same page in another language; where this one answers a form, the page that the form stands on.</summary>
    public string In(string language) => (posted switch
    {
        null => "",
        "/signup" or "/subscribe" => Root(publication) + "/",
        _ when Forms.Any(page => posted.StartsWith(page, StringComparison.OrdinalIgnoreCase))
            && Parents.FirstOrDefault(end => posted.EndsWith(end, StringComparison.OrdinalIgnoreCase)) is { } end => Root(publication) + posted[..^end.Length],
        _ => "",
    }) + "?lang=" + Uri.EscapeDataString(language);

    // What answers a POST only, below the page whose form it is. Other paths are anybody's words: //example.com/pause would lead there.
    private static readonly string[] Forms = ["/preferences/", "/unsubscribe/"];
    private static readonly string[] Parents = ["/undo", "/why", "/pause", "/resume", "/address"];

    /// <summary>The language's own name.</summary>
    public static string NameOf(string language) => new PageTexts(language).Culture is { } culture && culture.Name.Length > 0
        ? culture.TextInfo.ToTitleCase(culture.NativeName)
        : language;

    /// <summary>The date in words.</summary>
    public string InWords(DateOnly date) => date.InWords(Texts.Culture);

    /// <summary>The day, the time and the zone of a digest in words.</summary>
    public string InWords(NextDigest next) =>
        Texts["Next.When", InWords(next.Date), next.Time.ToString("HH:mm", CultureInfo.InvariantCulture), $"\u2066{next.Zone.Replace('_', ' ')}\u2069"];

    /// <summary>An hour of the clock.</summary>
    public static string Hour(int hour) => string.Create(CultureInfo.InvariantCulture, $"{hour:00}:00");

    /// <summary>The path below which the pages stand, without a trailing slash.</summary>
    internal static string Root(Publication publication) =>
        Uri.TryCreate(publication.BaseUrl, UriKind.Absolute, out var url) ? url.AbsolutePath.TrimEnd('/') : "";
}

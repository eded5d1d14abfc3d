using DailyDigest.Calendar;
using DailyDigest.Settings;
using DailyDigest.Subscribers;

namespace DailyDigest.Web;

/// <summary>The data that every page needs: publication, language, texts, links, time.</summary>
/// <param name="publication">The publication.</param>
/// <param name="language">BCP 47 tag.</param>
/// <param name="chosen">True if the reader chose the language.</param>
/// <param name="assets">The files that pages load.</param>
/// <param name="posted">The path of a POST; null for a GET.</param>
/// <param name="now">The time of the request.</param>
public sealed class View(
    Publication publication, string language, bool chosen, AssetUrls assets, string? posted, DateTimeOffset now)
{
    /// <summary>The publication.</summary>
    public Publication Publication => publication;

    /// <summary>BCP 47 tag.</summary>
    public string Language => language;

    /// <summary>True if the reader chose the language. Links then carry it.</summary>
    public bool IsChosen => chosen;

    /// <summary>rtl or ltr.</summary>
    public string Direction => Texts.Culture.TextInfo.IsRightToLeft ? "rtl" : "ltr";

    /// <summary>The page's texts in its language.</summary>
    public PageTexts Texts { get; } = new(language);

    /// <summary>The URLs of stylesheet, icon and script.</summary>
    public AssetUrls Assets => assets;

    /// <summary>The time of the request.</summary>
    public DateTimeOffset Now => now;

    /// <summary>Today in the publication's zone.</summary>
    public DateOnly Today { get; } = Zones.LocalDate(publication.TimeZone, now);

    /// <summary>The publisher's own front page.</summary>
    public string SiteUrl => publication.SiteUrl.Length > 0 ? publication.SiteUrl : Link("/");

    /// <summary>The path of one of our pages from the root of the host.</summary>
    public string Path(string path) => Root(publication) + path;

    /// <summary>A link to one of our pages, or to a place on it. It carries the language if the reader chose it.</summary>
    public string Link(string path)
    {
        var (page, place) = path.IndexOf('#', StringComparison.Ordinal) is >= 0 and var hash ? (path[..hash], path[hash..]) : (path, "");
        var separator = page.Contains('?', StringComparison.Ordinal) ? "&" : "?";
        return Root(publication) + page + (chosen ? separator + "lang=" + language : "") + place;
    }

    /// <summary>The feed of past digests in the page's language.</summary>
    public string FeedUrl => Root(publication) + "/digests/feed.atom?lang=" + Uri.EscapeDataString(language);

    /// <summary>A link to this page in another language. The answer to a form links to the page with the form.</summary>
    public string InLanguage(string language) => (posted switch
    {
        null => "",
        "/signup" or "/signup/again" or "/subscribe" => Root(publication) + "/",
        _ when Forms.Any(page => posted.StartsWith(page, StringComparison.OrdinalIgnoreCase))
            && Actions.FirstOrDefault(end => posted.EndsWith(end, StringComparison.OrdinalIgnoreCase)) is { } end
            => Root(publication) + posted[..^end.Length],
        _ => "",
    }) + "?lang=" + Uri.EscapeDataString(language);

    // Actions that only answer a POST, below the page with their form. Other paths are untrusted: //example.com/pause would link to that
    // host.
    private static readonly string[] Forms = ["/preferences/", "/unsubscribe/"];
    private static readonly string[] Actions = ["/undo", "/why", "/instead", "/pause", "/resume", "/link"];

    /// <summary>The name of a language in that language.</summary>
    public static string NameOf(string language) => new PageTexts(language).Culture is { } culture && culture.Name.Length > 0
        ? culture.TextInfo.ToTitleCase(culture.NativeName)
        : language;

    /// <summary>A rhythm in words.</summary>
    public string NameOf(Rhythm rhythm)
    {
        var text = rhythm.ToString();
        if (!text.StartsWith("weekly-", StringComparison.Ordinal))
        {
            return Texts["Rhythm." + text];
        }

        var day = Enum.Parse<DayOfWeek>(text["weekly-".Length..], ignoreCase: true);
        return Texts["Rhythm.weekly", Texts.Culture.DateTimeFormat.GetDayName(day)];
    }

    public string InWords(DateOnly date) => date.InWords(Texts.Culture);

    /// <summary>Day, time and zone of a digest in words.</summary>
    public string InWords(NextDigest next) =>
        Texts["Next.When", InWords(next.Date), InWords(next.Time), Zone(next.Zone)];

    /// <summary>An hour as 7:00 AM or 07:00.</summary>
    public string Hour(int hour) => InWords(new TimeOnly(hour, 0));

    /// <summary>The tagline in the page's language; empty for none.</summary>
    public string Tagline => publication.TaglineIn(language);

    /// <summary>The section as readers of the page's language know it.</summary>
    public string Section(string section) => publication.NameOf(section, language) ?? section;

    /// <summary>The path of the base URL, without a trailing slash. All pages are below it.</summary>
    internal static string Root(Publication publication) =>
        Uri.TryCreate(publication.BaseUrl, UriKind.Absolute, out var url) ? url.AbsolutePath.TrimEnd('/') : "";

    private string InWords(TimeOnly time) => time.InWords(Texts.Culture, publication.HourFormat);

    // Left-to-right isolation (U+2066, U+2069), for a zone in a right-to-left sentence.
    private static string Zone(string zone) => $"\u2066{Zones.Current(zone).Replace('_', ' ')}\u2069";
}

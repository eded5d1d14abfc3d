using System.Globalization;
using DailyDigest.Accounts;
using NodaTime;

namespace DailyDigest.Web;

/// <summary>The data of every page of the desk: who looks at it, texts, links, the token of its forms, the message to show.</summary>
/// <param name="page">Publication, language, links.</param>
/// <param name="caller">The person or program that looks at it; null before the sign-in.</param>
/// <param name="places">The pages of the navigation.</param>
/// <param name="current">The path of the request.</param>
/// <param name="query">The query of the request without the language; empty for none.</param>
/// <param name="tokenName">The name of the forms' hidden field.</param>
/// <param name="token">Its value; null if the caller has a key and so no forms.</param>
public sealed class DeskView(
    View page, Caller? caller, IReadOnlyList<DeskPlace> places, string current, string query, string tokenName, string? token)
{
    /// <summary>Publication, dates, readers' texts.</summary>
    public View Page => page;

    /// <summary>The texts of the desk.</summary>
    public DeskTexts Texts { get; } = new(page.Language);

    /// <summary>A text of the desk.</summary>
    public string this[string key, params object[] values] => Texts[key, values];

    /// <summary>The person or program that looks at it; null before the sign-in.</summary>
    public Caller? Caller => caller;

    /// <summary>The pages that the caller may see.</summary>
    public IEnumerable<DeskPlace> Places => places.Where(place => place.Key != DeskPlace.Profile && May(place.Permission));

    /// <summary>The other languages in which this publication's desk can be read.</summary>
    public IEnumerable<string> Languages =>
        page.Publication.Languages.Where(language => language != page.Language && DeskTexts.Has(language));

    /// <summary>True if there is a page for the caller's own account.</summary>
    public bool HasProfile => May(Permission.OwnAccount) && places.Any(place => place.Key == DeskPlace.Profile);

    /// <summary>The name of the forms' hidden field.</summary>
    public string TokenName => tokenName;

    /// <summary>Its value; null for a caller without forms.</summary>
    public string? Token => token;

    /// <summary>The message of the act before; null for none.</summary>
    public DeskMessage? Message { get; internal set; }

    /// <summary>True if the caller may do it. Pages show no button that would be refused.</summary>
    public bool May(Permission permission) => caller?.May(permission) == true;

    /// <summary>True if the page is the request's page or above it.</summary>
    public bool IsAt(DeskPlace place) =>
        current == place.Path || (place.Path != "/desk" && current.StartsWith(place.Path + "/", StringComparison.Ordinal));

    /// <summary>A link to one of our pages. It carries the language if the person chose it.</summary>
    public string Link(string path) => page.Link(path);

    /// <summary>This page, or the one with its form, in another language.</summary>
    public string InLanguage(string language)
    {
        var separator = query.Length == 0 ? "?" : query + "&";
        return page.Path(current) + separator + "lang=" + Uri.EscapeDataString(language);
    }

    /// <summary>Day and time in the publication's zone.</summary>
    public string InWords(DateTimeOffset instant)
    {
        var local = Local(instant);
        return Texts["When", local.ToString("d MMM yyyy", Texts.Culture), local.ToString("HH:mm", CultureInfo.InvariantCulture)];
    }

    /// <summary>The time in the publication's zone; with the day if it is not today.</summary>
    public string Clock(DateTimeOffset instant) => DateOnly.FromDateTime(Local(instant)) == page.Today
        ? Local(instant).ToString("HH:mm", CultureInfo.InvariantCulture) : InWords(instant);

    /// <summary>True if the request's query has the name.</summary>
    public bool HasQuery(string name) =>
        query.Split('?', '&').Any(pair => pair.StartsWith(name + "=", StringComparison.Ordinal));

    private DateTime Local(DateTimeOffset instant) =>
        DateTimeZoneProviders.Tzdb.GetZoneOrNull(page.Publication.TimeZone) is { } zone
            ? Instant.FromDateTimeOffset(instant).InZone(zone).ToDateTimeUnspecified()
            : instant.UtcDateTime;
}

/// <summary>A page of the navigation.</summary>
/// <param name="Key">Its text is <c>Nav.KEY</c>.</param>
/// <param name="Path">Its path.</param>
/// <param name="Permission">The permission to see it.</param>
public sealed record DeskPlace(string Key, string Path, Permission Permission)
{
    /// <summary>The page of one's own account, in the account's menu.</summary>
    public const string Profile = "Profile";

    /// <summary>All pages, in order. One whose route does not exist is not shown.</summary>
    public static IReadOnlyList<DeskPlace> All { get; } =
    [
        new("Today", "/desk/today", Permission.SeeRuns),
        new("Figures", "/desk/figures", Permission.SeeFigures),
        new("Tomorrow", "/desk/tomorrow", Permission.SeeDigests),
        new("Digests", "/desk/digests", Permission.SeeDigests),
        new("Stories", "/desk/stories", Permission.SeeStories),
        new("Feeds", "/desk/feeds", Permission.SeeFeeds),
        new("Readers", "/desk/readers", Permission.SeeReaders),
        new("Runs", "/desk/runs", Permission.SeeRuns),
        new("Settings", "/desk/settings", Permission.SeeSettings),
        new("Hooks", "/desk/hooks", Permission.ChangeSettings),
        new("Keys", "/desk/keys", Permission.ChangeKeys),
        new("Accounts", "/desk/accounts", Permission.ChangeAccounts),
        new("Audit", "/desk/audit", Permission.SeeAudit),
        new(Profile, "/desk/profile", Permission.OwnAccount),
    ];
}

/// <summary>A message after a redirect.</summary>
/// <param name="Key">The text of the desk.</param>
/// <param name="IsFault">True if the act failed.</param>
/// <param name="Values">The values of the text.</param>
/// <param name="LinkPath">The path of a page to look at; null for none.</param>
/// <param name="LinkKey">The text of that link.</param>
public sealed record DeskMessage(
    string Key, bool IsFault, IReadOnlyList<string> Values, string? LinkPath = null, string? LinkKey = null);

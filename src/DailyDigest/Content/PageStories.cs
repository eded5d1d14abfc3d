using System.Globalization;
using DailyDigest.Calendar;

namespace DailyDigest.Content;

/// <summary>Which stories a page shows. Null and empty values take all.</summary>
public sealed record StoryFilter
{
    /// <summary>Words that title, byline, section or source have, in any case of letters and without regard to accents.</summary>
    public string Text { get; init; } = "";

    /// <summary>A feed's id, or "api".</summary>
    public string? Source { get; init; }

    /// <summary>The section, in any case of letters.</summary>
    public string? Section { get; init; }

    /// <summary>The language without its region, such as en.</summary>
    public string? Language { get; init; }

    /// <summary>Article or blog post.</summary>
    public StoryKind? Kind { get; init; }

    /// <summary>A further condition.</summary>
    public Func<Story, bool>? Where { get; init; }
}

/// <summary>Some stories, newest first.</summary>
/// <param name="Stories">The stories.</param>
/// <param name="Until">The first day that was looked at; the stories of later days are complete.</param>
/// <param name="Next">The position of the next page; null if there is none.</param>
public sealed record StoryPage(IReadOnlyList<Story> Stories, DateOnly Until, string? Next)
{
    /// <summary>True if a day has more rows than a page reads, so that stories of that day are missing.</summary>
    public bool IsCut { get; init; }

    /// <summary>The sections of the stories that were looked at, ordered.</summary>
    public IReadOnlyList<string> Sections { get; init; } = [];

    /// <summary>The languages of the stories that were looked at, without regions, ordered.</summary>
    public IReadOnlyList<string> Languages { get; init; } = [];
}

/// <summary>
/// Finds recent stories for a page, day by day from the newest. A page reads a limited number of days and rows, however many stories there
/// are; the next one continues.
/// </summary>
public sealed class PageStories(StoryStore stories, FeedStore feeds, TimeProvider time)
{
    /// <summary>The most rows that a page reads.</summary>
    public const int MaxRows = 4_000;

    /// <summary>The most days at which a page looks.</summary>
    public const int MaxDays = 31;

    private const int MaxMoved = 50;
    private const int MaxFacets = 100;
    private const CompareOptions Loosely = CompareOptions.IgnoreCase | CompareOptions.IgnoreNonSpace;

    /// <summary>Finds the stories.</summary>
    /// <param name="filter">Which.</param>
    /// <param name="days">Days back from today (UTC); 1 is today. Stories of tomorrow, which are held back, are in it too.</param>
    /// <param name="after">The <see cref="StoryPage.Next"/> of the page before; null for the first.</param>
    /// <param name="take">How many.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public async Task<StoryPage> ExecuteAsync(
        StoryFilter filter, int days, string? after, int take, CancellationToken cancellationToken)
    {
        var today = LocalDates.Utc(time.GetUtcNow());
        var oldest = today.AddDays(1 - days);
        var from = Position.Parse(after) is { } wanted && wanted.Day <= today.AddDays(1) ? wanted : new Position(today.AddDays(1), null);
        var words = filter.Text.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var names = words.Length == 0 ? new Dictionary<string, string>() : await feeds.NamesAsync(cancellationToken);
        var found = new List<Story>();
        var (sections, languages) = (NewSet(), NewSet());
        var (rows, moved, isCut) = (0, 0, false);
        var day = from.Day;
        for (var looked = 0; day >= oldest; day = day.AddDays(-1), looked++)
        {
            if (looked == MaxDays)
            {
                return Page(day.AddDays(1), new Position(day, null));
            }

            var read = await stories.DayAsync(day, MaxRows - rows, MaxMoved - moved, cancellationToken);
            if (!read.IsWhole && rows > 0)
            {
                // The next page has room for all of it.
                return Page(day.AddDays(1), new Position(day, null));
            }

            isCut |= !read.IsWhole;
            (rows, moved) = (rows + read.Rows, moved + read.Moved);
            sections.UnionWith(read.Stories.Select(story => story.Section?.Trim()).OfType<string>().Take(MaxFacets));
            languages.UnionWith(read.Stories.Select(story => Language(story)).OfType<string>().Take(MaxFacets));
            foreach (var story in read.Stories.Where(story => IsWanted(story, filter, words, names))
                .OrderByDescending(story => story.Published).ThenBy(story => story.Id, StringComparer.Ordinal)
                .Where(story => day != from.Day || from.IsBefore(story)))
            {
                if (found.Count == take)
                {
                    return Page(day, Position.Of(day, found[^1]));
                }

                found.Add(story);
            }

            if (rows >= MaxRows || moved >= MaxMoved)
            {
                return Page(day, day > oldest ? new Position(day.AddDays(-1), null) : null);
            }
        }

        return Page(oldest, null);

        StoryPage Page(DateOnly until, Position? next) => new(found, until, next?.ToString())
        {
            IsCut = isCut,
            Sections = [.. sections.Take(MaxFacets)],
            Languages = [.. languages.Take(MaxFacets)],
        };
    }

    /// <summary>The story's language without its region; null if it has none.</summary>
    public static string? Language(Story story) => story.Language?.Split('-')[0].ToLowerInvariant();

    private static SortedSet<string> NewSet() => new(StringComparer.OrdinalIgnoreCase);

    private static bool IsWanted(Story story, StoryFilter filter, string[] words, IReadOnlyDictionary<string, string> names) =>
        (filter.Source is null || story.Source == filter.Source)
        && (filter.Section is null || string.Equals(story.Section?.Trim(), filter.Section, StringComparison.OrdinalIgnoreCase))
        && (filter.Language is null || Language(story) == filter.Language)
        && (filter.Kind is null || story.Kind == filter.Kind)
        && (words.Length == 0 || Has(story, words, names))
        && filter.Where?.Invoke(story) != false;

    private static bool Has(Story story, string[] words, IReadOnlyDictionary<string, string> names)
    {
        var text = $"{story.Title}\n{story.Section}\n{story.Byline}\n{names.GetValueOrDefault(story.Source, story.Source)}\n{story.Url}";
        return words.All(word => CultureInfo.InvariantCulture.CompareInfo.IndexOf(text, word, Loosely) >= 0);
    }

    /// <summary>A place in the list: a day, and the last story of it that was shown; null for its beginning.</summary>
    private sealed record Position(DateOnly Day, (long Ticks, string Id)? Last)
    {
        public static Position Of(DateOnly day, Story last) => new(day, (last.Published.UtcTicks, last.Id));

        public static Position? Parse(string? text) => text?.Split('_') switch
        {
            [var day] when LocalDates.TryParse(day, out var date) => new Position(date, null),
            [var day, var ticks, var id] when LocalDates.TryParse(day, out var date) && StoryId.Is(id)
                && long.TryParse(ticks, NumberStyles.None, CultureInfo.InvariantCulture, out var number) =>
                    new Position(date, (number, id)),
            _ => null,
        };

        public bool IsBefore(Story story) => Last is not { } last || story.Published.UtcTicks < last.Ticks
            || (story.Published.UtcTicks == last.Ticks && string.CompareOrdinal(story.Id, last.Id) > 0);

        public override string ToString() =>
            Last is { } last ? string.Create(CultureInfo.InvariantCulture, $"{Day.Text()}_{last.Ticks}_{last.Id}") : Day.Text();
    }
}

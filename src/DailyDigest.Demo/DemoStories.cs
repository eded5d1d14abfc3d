using System.Collections.Concurrent;
using System.Globalization;
using DailyDigest.Calendar;
using DailyDigest.Content;
using DailyDigest.Storage;

namespace DailyDigest.Demo;

/// <summary>A sample story in stories.json. Ages are minutes before its edition; a negative age is in the future.</summary>
public sealed record DemoItem
{
    /// <summary>The last segment of its path.</summary>
    public required string Slug { get; init; }

    /// <summary>courier, blogs or wire.</summary>
    public required string Feed { get; init; }

    /// <summary>Section, or the blog's name.</summary>
    public required string Section { get; init; }

    /// <summary>Headline, with {a} and {b}.</summary>
    public required string Title { get; init; }

    /// <summary>The summary in the feed, with {a} and {b}.</summary>
    public required string Summary { get; init; }

    /// <summary>A second paragraph for the story's own page.</summary>
    public string? More { get; init; }

    public required string By { get; init; }

    /// <summary>BCP 47 tag; null for en.</summary>
    public string? Language { get; init; }

    /// <summary>Minutes from publication to edition.</summary>
    public required int Age { get; init; }

    /// <summary>Age of the last update; null if it was not updated.</summary>
    public int? Updated { get; init; }

    /// <summary>Name of a picture; null if none.</summary>
    public string? Image { get; init; }

    /// <summary>The picture's alternative text.</summary>
    public string? Alt { get; init; }

    public string? Caption { get; init; }

    public string? Credit { get; init; }

    /// <summary>Views; null if they are not counted.</summary>
    public long? Views { get; init; }

    /// <summary>Votes; null if they are not counted.</summary>
    public long? Votes { get; init; }

    /// <summary>Comments; null if they are not counted.</summary>
    public long? Comments { get; init; }

    /// <summary>The words for {a} and {b}. The word changes each day, so that the stories of each day are new.</summary>
    public Dictionary<string, string[]> Words { get; init; } = [];
}

/// <summary>A sample story of one edition: words filled in, dated.</summary>
/// <param name="Item">The item in stories.json.</param>
/// <param name="Path">The path of its page.</param>
/// <param name="Title">Headline.</param>
/// <param name="Summary">The summary in the feed.</param>
/// <param name="More">A second paragraph; null if none.</param>
/// <param name="Published">When it was or will be published.</param>
/// <param name="Updated">When it was last changed; null if never.</param>
public sealed record DemoStory(
    DemoItem Item, string Path, string Title, string Summary, string? More, DateTimeOffset Published, DateTimeOffset? Updated)
{
    /// <summary>Paragraphs of the story's page.</summary>
    public IEnumerable<string> Paragraphs => More is null ? [Summary] : [Summary, More];

    /// <summary>The picture's caption; null if none.</summary>
    public string? Caption { get; init; }
}

/// <summary>The sample stories of one UTC date.</summary>
internal sealed record DemoEdition(DateOnly Date, IReadOnlyList<DemoStory> Stories)
{
    /// <summary>Stories that the feeds have only after the first digests were sent: the digest of tomorrow begins with them.</summary>
    public required IReadOnlyList<DemoStory> Late { get; init; }

    /// <summary>The stories of one feed in its order.</summary>
    /// <param name="feed">courier, blogs or wire.</param>
    /// <param name="withLate">True to begin with the late ones.</param>
    public IEnumerable<DemoStory> Of(string feed, bool withLate = false) =>
        (withLate ? Late.Concat(Stories) : Stories).Where(story => story.Item.Feed == feed);
}

/// <summary>
/// The editions: one per UTC date, made at the first request on that date. The instant is stored, so that a program started again on the
/// same day serves the same stories with the same dates.
/// </summary>
internal sealed class DemoEditions(ITableStore tables, TimeProvider time)
{
    // Late stories are so much younger, and have the words of so many days later: 17 changes each of five and of six words.
    private const int LateTimes = 40;
    private const int LateDays = 17;

    private readonly DemoItem[] items = DemoFiles.Read<DemoItem[]>("stories.json");
    private readonly ConcurrentDictionary<DateOnly, DemoEdition> known = new();
    private readonly ConcurrentDictionary<DateOnly, byte> late = new();

    /// <summary>Today's edition.</summary>
    public async Task<DemoEdition> TodayAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var date = DateOnly.FromDateTime(now.UtcDateTime);
        if (!known.ContainsKey(date))
        {
            var row = new TableRow(Key(date)) { { "at", now.AddTicks(-(now.Ticks % TimeSpan.TicksPerMinute)) } };
            await tables.WriteAsync(Tables.Facts, DemoFacts.Partition, TableWrite.Insert(row), cancellationToken);
        }

        return (await FindAsync(date, cancellationToken))!;
    }

    /// <summary>The edition of a date; null if there is none.</summary>
    public async Task<DemoEdition?> FindAsync(DateOnly date, CancellationToken cancellationToken)
    {
        if (!known.TryGetValue(date, out var edition)
            && (await tables.GetAsync(Tables.Facts, DemoFacts.Partition, Key(date), cancellationToken))?.Instant("at") is { } at)
        {
            edition = known.GetOrAdd(date, Make(date, at));
        }

        return edition;
    }

    /// <summary>True once the feeds of the date have the late stories.</summary>
    public async Task<bool> IsLateAsync(DateOnly date, CancellationToken cancellationToken)
    {
        if (!late.ContainsKey(date)
            && await tables.GetAsync(Tables.Facts, DemoFacts.Partition, LateKey(date), cancellationToken) is not null)
        {
            late[date] = 0;
        }

        return late.ContainsKey(date);
    }

    /// <summary>Adds the late stories of today to the feeds.</summary>
    public async Task AddLateAsync(CancellationToken cancellationToken)
    {
        var edition = await TodayAsync(cancellationToken);
        var row = new TableRow(LateKey(edition.Date)) { { "at", time.GetUtcNow() } };
        await tables.WriteAsync(Tables.Facts, DemoFacts.Partition, TableWrite.Upsert(row), cancellationToken);
    }

    private static string Key(DateOnly date) => "edition-" + date.Text();

    private static string LateKey(DateOnly date) => "late-" + date.Text();

    private DemoEdition Make(DateOnly date, DateTimeOffset at) => new(date, [.. items.Select(item => Make(item, date, at))])
    {
        Late = [.. items.Where(item => item.Age > 0 && item.Feed != "wire").Select(item => Make(
            item with { Slug = item.Slug + "-late", Age = item.Age / LateTimes, Updated = null }, date, at, LateDays))],
    };

    // The words of a day change each day; those of other days make other stories.
    private static DemoStory Make(DemoItem item, DateOnly date, DateTimeOffset at, int days = 0)
    {
        string Filled(string text) => item.Words.Aggregate(text, (filled, word) =>
            filled.Replace("{" + word.Key + "}", word.Value[(date.DayNumber + days) % word.Value.Length], StringComparison.Ordinal));
        return new DemoStory(
            item,
            string.Create(CultureInfo.InvariantCulture, $"/demo/stories/{date:yyyy-MM-dd}/{item.Slug}"),
            Sentence(Filled(item.Title)),
            Filled(item.Summary),
            item.More is { } more ? Filled(more) : null,
            at.AddMinutes(-item.Age),
            item.Updated is { } updated ? at.AddMinutes(-updated) : null)
        {
            Caption = item.Caption is { } caption ? Filled(caption) : null,
        };
    }

    private static string Sentence(string text) => char.ToUpperInvariant(text[0]) + text[1..];
}

/// <summary>The demonstration's partition in the table Facts.</summary>
internal static class DemoFacts
{
    public const string Partition = "demo";
}

using DailyDigest.Calendar;
using DailyDigest.Storage;

namespace DailyDigest.Content;

/// <summary>A row of table StoryDates: where a story's row stands, for ever, and on which further days a pointer to it may stand.</summary>
/// <param name="Id">The story's id.</param>
/// <param name="Home">The UTC day of whose partition its row is.</param>
/// <param name="Others">The days to which it was moved later, the home not among them.</param>
/// <param name="ETag">The row's version; null before it is written.</param>
internal sealed record StoryDates(string Id, DateOnly Home, IReadOnlyList<DateOnly> Others, string? ETag = null)
{
    /// <summary>A story whose source dates it anew at every poll stays where it is in the end.</summary>
    public const int MostOthers = 100;

    /// <summary>The latest of its days.</summary>
    public DateOnly Latest => Others.Append(Home).Max();

    /// <summary>Every day of which something of it may stand in the partition.</summary>
    public IEnumerable<DateOnly> All => Others.Prepend(Home);

    /// <summary>False if it cannot be put on that day any more.</summary>
    public bool MayStandOn(DateOnly day) => day == Home || Others.Contains(day) || Others.Count < MostOthers;

    /// <summary>The partition of an id's row.</summary>
    public static string Shard(string id) => id[..2];

    /// <summary>Reads the row; null if it names no day.</summary>
    public static StoryDates? Read(TableRow row) => row.Date("date") is not { } home ? null : new StoryDates(
        row.Key, home,
        [.. (row.Text("also") ?? "").Split(' ').Select(text => StoryRows.TryDay(text, out var day) ? day : home).Where(day => day != home)],
        row.ETag);

    /// <summary>The row.</summary>
    public TableRow ToRow() => new(Id)
    {
        { "date", StoryRows.Partition(Home) },
        { "also", Others.Count == 0 ? null : string.Join(' ', Others.Select(StoryRows.Partition)) },
    };
}

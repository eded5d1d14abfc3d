using DailyDigest.Calendar;
using DailyDigest.Storage;

namespace DailyDigest.Content;

/// <summary>
/// A row of table StoryDates: the day of a story's row, which never changes, and the other days that may have a pointer to it.
/// </summary>
/// <param name="Id">The story's id.</param>
/// <param name="Home">The UTC day of the partition that holds the story's row.</param>
/// <param name="Others">The other days to which the story was moved.</param>
/// <param name="ETag">The row's version; null if it is not stored yet.</param>
internal sealed record StoryDates(string Id, DateOnly Home, IReadOnlyList<DateOnly> Others, string? ETag = null)
{
    /// <summary>Limits the days of a story whose source changes its date at every poll: it then keeps its last date.</summary>
    public const int MaxOthers = 100;

    /// <summary>The latest day.</summary>
    public DateOnly Latest => Others.Append(Home).Max();

    /// <summary>All days whose partition may have the story's row or a pointer.</summary>
    public IEnumerable<DateOnly> All => Others.Prepend(Home);

    /// <summary>False if the story cannot be moved to that day any more.</summary>
    public bool CanBeOn(DateOnly day) => day == Home || Others.Contains(day) || Others.Count < MaxOthers;

    /// <summary>The partition of an id's row.</summary>
    public static string Shard(string id) => id[..2];

    /// <summary>Reads the row; null if it has no day.</summary>
    public static StoryDates? Read(TableRow row) => row.Date("date") is not { } home ? null : new StoryDates(
        row.Key, home,
        [.. (row.Text("also") ?? "").Split(' ').Select(text => LocalDates.TryParse(text, out var day) ? day : home)
            .Where(day => day != home)],
        row.ETag);

    public TableRow ToRow() => new(Id)
    {
        { "date", Home.Text() },
        { "also", Others.Count == 0 ? null : string.Join(' ', Others.Select(day => day.Text())) },
    };
}

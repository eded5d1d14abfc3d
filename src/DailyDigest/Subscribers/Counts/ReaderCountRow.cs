using DailyDigest.Calendar;
using DailyDigest.Figures;
using DailyDigest.Storage;

namespace DailyDigest.Subscribers;

/// <summary>
/// The counts of one partition of table Subscribers: a row beside the subscribers, changed in the batch that changes them.
/// </summary>
internal sealed record ReaderCountRow
{
    /// <summary>The row's key. It sorts before every subscriber's id.</summary>
    public const string Key = "$figures";

    /// <summary>The range of the subscribers, without this row.</summary>
    public static readonly RowRange Subscribers = new(From: "0");

    /// <summary>True once the partition's subscribers were counted; <see cref="Now"/> means nothing before.</summary>
    public bool Counted { get; init; }

    /// <summary>Subscribers by status, and active ones by the date until which they pause or rest.</summary>
    public FigureCounts Now { get; init; } = new();

    /// <summary>Sign-ups, confirmations, departures and changes, by local date.</summary>
    public IReadOnlyDictionary<DateOnly, FigureCounts> Days { get; init; } = new SortedDictionary<DateOnly, FigureCounts>();

    /// <summary>The version as read; null for a row that is not stored yet.</summary>
    public string? ETag { get; init; }

    /// <summary>Reads the row, or a copy of it. An empty one for null.</summary>
    public static ReaderCountRow Read(TableRow? row) => row is null ? new ReaderCountRow() : new ReaderCountRow
    {
        Counted = row.Flag("counted"),
        Now = FigureCounts.Parse(row.Text("now")),
        Days = FigureDays.Parse(row.Text("days")),
        ETag = row.ETag,
    };

    /// <summary>The row as written under the key.</summary>
    public TableRow ToRow(string key) => new(key)
    {
        { "counted", Counted ? true : null },
        { "now", Now.ToString() },
        { "days", FigureDays.Text(Days) },
    };

    /// <summary>The write that stores the row in its partition, if nobody changed it since it was read.</summary>
    public TableWrite ToWrite() => ETag is null ? TableWrite.Insert(ToRow(Key)) : TableWrite.Update(ToRow(Key), ETag);

    /// <summary>The row after a change on the date.</summary>
    public ReaderCountRow After(ReaderChange change, DateOnly today)
    {
        var now = Now.Copy();
        now.Add(change.Now);
        // A pause or rest that is over is in no number any more.
        return this with { Now = now.Where(name => !IsOver(name, today.AddDays(-2))), Days = FigureDays.Add(Days, today, change.Events) };
    }

    /// <summary>True for the number of those who paused or rested until a date that is not after today.</summary>
    public static bool IsOver(string name, DateOnly today) =>
        name.IndexOf(':', StringComparison.Ordinal) is >= 0 and var colon
        && !(LocalDates.TryParse(name[(colon + 1)..], out var until) && until > today);
}

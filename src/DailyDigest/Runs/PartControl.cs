using DailyDigest.Calendar;
using DailyDigest.Storage;

namespace DailyDigest.Runs;

/// <summary>
/// The control row of a part: its owner and its progress. Every batch of the ledger contains it, so that an owner that lost the part cannot
/// commit.
/// </summary>
public sealed record PartControl
{
    // A stored row is hostile.
    private static readonly long MaxUptime = (long)TimeSpan.MaxValue.TotalMilliseconds;

    /// <summary>The owner; null if no worker holds the part.</summary>
    public string? Owner { get; init; }

    /// <summary>Counts every batch.</summary>
    public long Sequence { get; init; }

    /// <summary>The last reader of the audience that was looked at, served or not; null before the first.</summary>
    public string? Cursor { get; init; }

    /// <summary>True when the audience was read to its end.</summary>
    public bool Exhausted { get; init; }

    /// <summary>True when nothing is left to do.</summary>
    public bool Done { get; init; }

    /// <summary>When the part may be taken again; null for at once.</summary>
    public DateTimeOffset? NextRetry { get; init; }

    /// <summary>Set by an operator: no delivery is begun until it is unset.</summary>
    public bool Paused { get; init; }

    /// <summary>Set by an operator: deliveries that were not sent are withheld.</summary>
    public bool Cancelled { get; init; }

    /// <summary>How often in a row the part stopped because of the relay; 0 after the relay accepted or rejected a message.</summary>
    public int Troubles { get; init; }

    /// <summary>Why the part stopped; null after the relay accepted or rejected a message.</summary>
    public string? Trouble { get; init; }

    /// <summary>
    /// True once the relay has rejected many in a row in the same words: the run's refusals then say nothing about its readers.
    /// </summary>
    public bool RefusedAll { get; init; }

    /// <summary>Messages that the relay accepted; for progress only, the ledger's rows are authoritative.</summary>
    public long Sent { get; init; }

    /// <summary>Deliveries that ended otherwise; for progress only.</summary>
    public long Other { get; init; }

    /// <summary>Outcomes by receiving domain. They are added in the batch that writes the outcomes.</summary>
    public DomainCounts Domains { get; init; } = DomainCounts.None;

    /// <summary>The row's version as read or written.</summary>
    public string? ETag { get; init; }

    /// <summary>
    /// When the owner last committed, by the clock since boot of the owner's machine; null for rows of older versions. The wall clock may
    /// be set while mail is being sent; this clock cannot be set.
    /// </summary>
    public TimeSpan? Uptime { get; init; }

    /// <summary>When it was last written, by the store's clock.</summary>
    public DateTimeOffset? Timestamp { get; init; }

    /// <summary>Reads the row.</summary>
    public static PartControl Read(TableRow row) => new()
    {
        Owner = row.Text("owner"),
        Sequence = row.Whole("sequence") ?? 0,
        Cursor = row.Text("cursor"),
        Exhausted = row.Flag("exhausted"),
        Done = row.Flag("done"),
        NextRetry = row.Instant("nextRetry"),
        Paused = row.Flag("paused"),
        Cancelled = row.Flag("cancelled"),
        Troubles = row.Count("troubles"),
        Trouble = row.Text("trouble"),
        RefusedAll = row.Flag("refusedAll"),
        Sent = row.Whole("sent") ?? 0,
        Other = row.Whole("other") ?? 0,
        Domains = DomainCounts.Parse(row.Text("domains")),
        Uptime = row.Whole("uptime") is { } milliseconds && milliseconds >= 0 && milliseconds < MaxUptime
            ? TimeSpan.FromMilliseconds(milliseconds) : null,
        ETag = row.ETag,
        Timestamp = row.Timestamp,
    };

    /// <summary>
    /// The row with a higher sequence and everything else as it is: its owner's next commit fails. Null if nobody has the part. The
    /// sequence goes up by two, because the owner takes the next one for a commit of its own whose reply was lost.
    /// </summary>
    internal static TableRow? Fenced(TableRow row)
    {
        if (row.Text("owner") is null || row.Flag("done"))
        {
            return null;
        }

        var fenced = new TableRow(row.Key);
        foreach (var (name, value) in row)
        {
            fenced.Add(name, value);
        }

        fenced.Add("sequence", (row.Whole("sequence") ?? 0) + 2);
        return fenced;
    }

    /// <summary>The row as written.</summary>
    public TableRow ToRow(Part part) => new(part.ControlKey)
    {
        { "owner", Owner },
        { "sequence", Sequence },
        { "cursor", Cursor },
        { "exhausted", Exhausted },
        { "done", Done },
        { "nextRetry", NextRetry },
        { "paused", Paused },
        { "cancelled", Cancelled },
        { "troubles", Troubles },
        { "trouble", Trouble },
        { "refusedAll", RefusedAll ? true : null },
        { "sent", Sent },
        { "other", Other },
        { "domains", Domains.ToText() },
        { "uptime", (long?)Uptime?.TotalMilliseconds },
    };
}

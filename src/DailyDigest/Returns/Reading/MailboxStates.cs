using DailyDigest.Storage;

namespace DailyDigest.Returns;

/// <summary>
/// The state of each mailbox, with the lease of its reader. Table Facts, partition <c>mailbox</c>, one row per mailbox. The lease saves
/// work and decides nothing: two readers at once count nothing twice.
/// </summary>
public sealed class MailboxStates(ITableStore tables, TimeProvider time)
{
    private const string Partition = "mailbox";

    /// <summary>The lease of a machine that was killed ends after this time; a reading is shorter.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromMinutes(6);

    // A clock that was set back must not stop the readings.
    private static readonly TimeSpan MaxWait = TimeSpan.FromDays(1) + TimeSpan.FromHours(1);

    private readonly string owner = Guid.NewGuid().ToString("n");

    /// <summary>A mailbox that this machine may read, with the version of its row.</summary>
    /// <param name="State">Before the reading.</param>
    /// <param name="Version">The row's ETag.</param>
    public sealed record Taken(MailboxState State, string Version);

    /// <summary>The state; that of a mailbox which was never read if there is none.</summary>
    /// <exception cref="StorageException">The store failed.</exception>
    public async Task<MailboxState> GetAsync(string mailbox, CancellationToken cancellationToken) =>
        Read(await tables.GetAsync(Tables.Facts, Partition, mailbox, cancellationToken));

    /// <summary>
    /// Takes the lease. Null if another reader has it, or, unless <paramref name="evenEarly"/>, if no reading is due yet.
    /// </summary>
    /// <exception cref="StorageException">The store failed.</exception>
    public async Task<Taken?> TakeAsync(string mailbox, bool evenEarly, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var row = await tables.GetAsync(Tables.Facts, Partition, mailbox, cancellationToken);
        var state = Read(row);
        if ((!evenEarly && state.Next > now && state.Next < now + MaxWait)
            || (row?.Instant("until") is { } until && until > now && until <= now + Lease))
        {
            return null;
        }

        var taken = ToRow(mailbox, state, now + Lease);
        var written = await tables.WriteAsync(
            Tables.Facts, Partition, row is null ? TableWrite.Insert(taken) : TableWrite.Update(taken, row.ETag!), cancellationToken);
        return written.IsDone ? new Taken(state, written.ETags[0]) : null;
    }

    /// <summary>Stores the state after a reading, and releases the lease. Does nothing if another reader has taken it meanwhile.</summary>
    /// <exception cref="StorageException">The store failed.</exception>
    public Task ReleaseAsync(string mailbox, Taken taken, MailboxState state, CancellationToken cancellationToken) =>
        tables.WriteAsync(
            Tables.Facts, Partition, TableWrite.Update(ToRow(mailbox, state, until: null), taken.Version), cancellationToken);

    private TableRow ToRow(string mailbox, MailboxState state, DateTimeOffset? until) => new(mailbox)
    {
        { "owner", until is null ? null : owner },
        { "until", until },
        { "next", state.Next },
        { "last", state.LastRead },
        { "failures", state.Failures },
        { "since", state.Since },
        { "reply", state.Reply },
        { "aside", state.SetAside },
    };

    private static MailboxState Read(TableRow? row) => row is null ? new MailboxState() : new MailboxState
    {
        Next = row.Instant("next"),
        LastRead = row.Instant("last"),
        Failures = row.Count("failures"),
        Since = row.Instant("since"),
        Reply = row.Text("reply"),
        SetAside = row.Count("aside"),
    };
}

using DailyDigest.Calendar;
using DailyDigest.Digests;
using DailyDigest.Runs;
using DailyDigest.Storage;
using DailyDigest.Subscribers;

namespace DailyDigest.Sending;

/// <summary>A step for one subscriber: rows to commit and, when the row says "attempting", a mail to send after the commit.</summary>
/// <param name="Row">The delivery as it will be stored; null when only an index row is deleted.</param>
/// <param name="Entry">The reader; set when a mail is to be sent.</param>
/// <param name="Variant">The bytes to send; set when a mail is to be sent.</param>
/// <param name="Writes">Committed all or none.</param>
internal sealed record Work(DeliveryRow? Row, AudienceEntry? Entry, Variant? Variant, IReadOnlyList<TableWrite> Writes)
{
    public bool IsSend => Row?.State == DeliveryState.Attempting;
}

/// <summary>
/// Decides what a part does next: the retries that are due, then the audience in the order of its ids, read in pages. Nothing per
/// subscriber is kept beyond a page.
/// </summary>
internal sealed class PartWork(
    Part part, Cohort cohort, Run run, ITableStore tables, AudienceStore audience, DigestMails mails,
    DeliveryOptions options, TimeProvider time)
{
    /// <summary>Rows that one step writes at most.</summary>
    public const int MaxWritesEach = 3;

    private const int PageSize = TableRules.MaxPage;
    private const int MaxRetries = 200;

    // Audience rows looked at in one take. Without a limit, reading many departed readers could outlast the lease.
    private const int MaxSkipped = 2_000;
    private static readonly TimeSpan RetryCheckInterval = TimeSpan.FromSeconds(15);

    // With a slow relay, an older page is read again, so that a change made meanwhile, such as of an address, takes effect.
    private static readonly TimeSpan MaxPageAge = RetryReads.MaxAge;

    // A digest that is not chosen yet may wait for pictures. The steps taken until then are committed first, which renews the lease.
    private static readonly TimeSpan MaxTake = TimeSpan.FromSeconds(5);

    private readonly Queue<AudienceEntry> page = new();
    private readonly AudiencePages pages = new(audience, cohort, part.AudienceSlices, PageSize);
    private readonly Queue<string> retries = new();
    private readonly RetryReads reads = new(part, cohort, tables, audience, time);
    private DateTimeOffset nextRetryCheck = DateTimeOffset.MinValue;
    private long pageRead;

    // The earliest retry, if the last take found that nothing else is left.
    private DateTimeOffset? earliestRetry;
    private bool knowsRetries;
    private bool begun;

    /// <summary>
    /// True when the audience was read to its end and handed out. Like <see cref="Cursor"/> it changes only when a take succeeds.
    /// </summary>
    public bool Exhausted { get; private set; }

    /// <summary>The last reader of the audience that was looked at, served or not.</summary>
    public string? Cursor { get; private set; }

    /// <summary>A held run that is cancelled was sent before the restore ("run skip").</summary>
    private string WhyCancelled => run.Held ? DeliveryRow.SentBefore : DeliveryRow.RunCancelled;

    /// <summary>True if the audience was read further than the control row says, even if no reader of it is to be served.</summary>
    public bool HasMoved(PartControl control) => begun && (Cursor != control.Cursor || Exhausted != control.Exhausted);

    /// <summary>
    /// Up to <paramref name="max"/> steps with at most <paramref name="maxWrites"/> writes together; empty when there is nothing to do now.
    /// <paramref name="idle"/> says that no message is being sent: it then looks for retries even if it has just done so.
    /// Do not call it again after an exception: the steps that this call had begun to hand out are handed out by the part's next owner.
    /// </summary>
    public async Task<IReadOnlyList<Work>> TakeAsync(
        int max, int maxWrites, PartControl control, bool idle, CancellationToken cancellationToken)
    {
        Begin(control);
        if (page.Count > 0 && time.GetElapsedTime(pageRead) > MaxPageAge)
        {
            page.Clear();
            pages.MoveAfter(Cursor);
        }

        var taking = time.GetTimestamp();
        var work = new List<Work>(max);
        var writes = 0;
        var cursor = Cursor;
        var now = time.GetUtcNow();
        var ends = control.Cancelled ? Ending.Cancelled : now >= run.Deadline ? Ending.Expired : Ending.None;
        await FindRetriesAsync(now, ends, idle, cancellationToken);

        // The relay refused us at several readers in a row: others are tried first, or those readers alone would decide how the relay is
        // judged.
        var audienceFirst = RefusalStreak.IsOfUs(control.Trouble);
        if (!audienceFirst)
        {
            await TakeRetriesAsync();
        }

        for (var seen = 0; seen < MaxSkipped && HasRoom() && await NextAsync(cancellationToken) is { } entry; seen++)
        {
            cursor = entry.SubscriberId;
            if (entry.CountsOn(part.Date))
            {
                Add(await FirstAsync(entry, ends, now, cancellationToken));
            }
        }

        if (audienceFirst)
        {
            await TakeRetriesAsync();
        }

        (Cursor, Exhausted) = (cursor, pages.AtEnd && page.Count == 0);
        return work;

        async Task TakeRetriesAsync()
        {
            while (HasRoom() && retries.TryPeek(out var key))
            {
                Add(await RetryAsync(key, await reads.OfAsync(retries, cancellationToken), ends, now, cancellationToken));
                retries.Dequeue();
            }
        }

        bool HasRoom() => work.Count < max && writes + MaxWritesEach <= maxWrites
            && (work.Count == 0 || time.GetElapsedTime(taking) < MaxTake);

        void Add(Work one)
        {
            work.Add(one);
            writes += one.Writes.Count;
        }
    }

    private void Begin(PartControl control)
    {
        if (begun)
        {
            return;
        }

        (begun, Cursor, Exhausted) = (true, control.Cursor, control.Exhausted);
        pages.MoveAfter(Cursor);
        if (Exhausted)
        {
            pages.MoveToEnd();
        }
    }

    /// <summary>When the earliest retry is due; null if there is none.</summary>
    public async Task<DateTimeOffset?> NextRetryAsync(CancellationToken cancellationToken)
    {
        if (knowsRetries)
        {
            return earliestRetry;
        }

        var rows = await tables.QueryAsync(Tables.Ledger, part.Partition, part.RetryRange, 1, cancellationToken);
        return rows.Count == 0 ? null : Until(rows[0].Key);
    }

    private async Task FindRetriesAsync(DateTimeOffset now, Ending ends, bool idle, CancellationToken cancellationToken)
    {
        // While messages are being sent, every 15 seconds. After that each time, because only retries are left.
        knowsRetries = false;
        if (retries.Count > 0 || (now < nextRetryCheck && !(Exhausted && idle)))
        {
            return;
        }

        var rows = await tables.QueryAsync(Tables.Ledger, part.Partition, part.RetryRange, MaxRetries, cancellationToken);
        foreach (var row in rows.TakeWhile(row => ends != Ending.None || Until(row.Key) <= now))
        {
            retries.Enqueue(row.Key);
        }

        (knowsRetries, earliestRetry) = (Exhausted && idle && retries.Count == 0, rows.Count == 0 ? null : Until(rows[0].Key));

        // After a full page there may be more.
        nextRetryCheck = retries.Count == MaxRetries ? now : now + RetryCheckInterval;
    }

    private async Task<Work> RetryAsync(string key, RetryRead read, Ending ends, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (read is not { Row: { } row, Entry: var entry })
        {
            return new Work(null, null, null, [TableWrite.Delete(key)]);
        }

        var inDoubt = row.State == DeliveryState.Unknown;
        var (next, variant) = ends switch
        {
            Ending.Expired => (Ended(row, inDoubt ? DeliveryState.Held : DeliveryState.Expired, "deadline passed", now), null),
            Ending.Cancelled => (Ended(row, inDoubt ? DeliveryState.Held : DeliveryState.Withheld, WhyCancelled, now), null),
            _ when entry is null || !entry.CountsOn(part.Date) => (Ended(row, DeliveryState.Withheld, "left or changed", now), null),
            _ => await AttemptAsync(row, entry, now, cancellationToken),
        };
        return new Work(next, entry, variant, [TableWrite.Update(next.ToRow(), row.ETag!), .. IndexRow(next, instead: key)]);
    }

    private async Task<Work> FirstAsync(AudienceEntry entry, Ending ends, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var row = new DeliveryRow { SubscriberId = entry.SubscriberId, Cohort = part.Cohort, State = DeliveryState.Attempting, At = now };
        var (next, variant) = ends switch
        {
            Ending.Expired => (Ended(row, DeliveryState.Expired, "deadline passed", now), null),
            Ending.Cancelled => (Ended(row, DeliveryState.Withheld, WhyCancelled, now), null),
            _ => await AttemptAsync(row, entry, now, cancellationToken),
        };
        return new Work(next, entry, variant, [TableWrite.Insert(next.ToRow()), .. IndexRow(next, instead: null)]);
    }

    /// <summary>The writes that keep the index of retries in step with the delivery. A row may stand in a batch once.</summary>
    private IEnumerable<TableWrite> IndexRow(DeliveryRow next, string? instead)
    {
        var wanted = next.Until is { } until ? part.RetryKey(until, next.SubscriberId) : null;
        if (instead is not null && instead != wanted)
        {
            yield return TableWrite.Delete(instead);
        }

        if (wanted is not null)
        {
            yield return TableWrite.Upsert(new TableRow(wanted));
        }
    }

    private async Task<AudienceEntry?> NextAsync(CancellationToken cancellationToken)
    {
        while (page.Count == 0 && !pages.AtEnd)
        {
            pageRead = time.GetTimestamp();
            foreach (var entry in await pages.NextAsync(cancellationToken))
            {
                page.Enqueue(entry);
            }
        }

        return page.TryDequeue(out var first) ? first : null;
    }

    private async Task<(DeliveryRow Row, Variant? Variant)> AttemptAsync(
        DeliveryRow row, AudienceEntry entry, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var attempt = row with { State = DeliveryState.Attempting, Attempts = row.Attempts + 1, At = now, Until = null, Reason = null };
        var (variant, fault) = await mails.VariantAsync(entry, cancellationToken);
        return (variant, fault) switch
        {
            // A language that cannot be rendered delays its own readers only.
            (_, { }) => (Outcomes.After(attempt, new SendResult(SendOutcome.Deferred, fault), now, run.Deadline, options.InDoubt), null),
            (null, _) => (Ended(row, DeliveryState.Empty, mails.WhyEmpty(entry), now), null),
            _ => (attempt, variant),
        };
    }

    private static DeliveryRow Ended(DeliveryRow row, DeliveryState state, string reason, DateTimeOffset now) =>
        row with { State = state, Reason = reason, At = now, Until = null };

    private static DateTimeOffset Until(string retryKey) =>
        retryKey.Split('|') is [_, var ticks, _] && long.TryParse(ticks, out var value) && value <= DateTimeOffset.MaxValue.Ticks
            ? new DateTimeOffset(value, TimeSpan.Zero)
            : DateTimeOffset.MinValue;

    private enum Ending
    {
        None,
        Cancelled,
        Expired,
    }
}

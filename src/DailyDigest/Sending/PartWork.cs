using DailyDigest.Calendar;
using DailyDigest.Digests;
using DailyDigest.Runs;
using DailyDigest.Storage;
using DailyDigest.Subscribers;

namespace DailyDigest.Sending;

/// <summary>One thing to do for one subscriber: rows to commit, and, when the row says "attempting", a mail to send after the commit.</summary>
/// <param name="Row">The delivery as it will stand; null when only an index row is cleared away.</param>
/// <param name="Entry">The reader; set when a mail is to be sent.</param>
/// <param name="Variant">The bytes to send; set when a mail is to be sent.</param>
/// <param name="Writes">What is committed, all or none.</param>
internal sealed record Work(DeliveryRow? Row, AudienceEntry? Entry, Variant? Variant, IReadOnlyList<TableWrite> Writes)
{
    public bool IsSend => Row?.State == DeliveryState.Attempting;
}

/// <summary>
/// Says what a part has to do next: first what is due to be tried again, then the audience in the order of its ids, read in pages.
/// Nothing per subscriber is kept beyond a page.
/// </summary>
internal sealed class PartWork(
    Part part, Cohort cohort, Run run, ITableStore tables, AudienceStore audience, DigestMails mails,
    DeliveryOptions options, TimeProvider time)
{
    /// <summary>Most rows that one thing to do writes.</summary>
    public const int MostWritesEach = 3;

    private const int Page = 200;

    // So that a long stretch of people who left does not keep the owner from renewing its lease.
    private const int MostSeen = 2_000;
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(15);

    // Behind a slow relay: a page that is older is read again, so that a change made meanwhile, such as of an address, takes effect.
    private static readonly TimeSpan Believed = TimeSpan.FromSeconds(5);

    private readonly Queue<AudienceEntry> fresh = new();
    private readonly Queue<string> retries = new();
    private readonly RetryReads reads = new(part, cohort, tables, audience, time);
    private DateTimeOffset nextLook = DateTimeOffset.MinValue;
    private string? read;
    private long asked;
    private bool begun;
    private bool atEnd;

    /// <summary>True when the audience was read to its end and handed out. Like the cursor it tells of takes that succeeded, no other.</summary>
    public bool Exhausted { get; private set; }

    /// <summary>The last subscriber of the audience that was handed out.</summary>
    public string? Cursor { get; private set; }

    /// <summary>True if the audience was read further than the control row says, though perhaps nobody was found to be served.</summary>
    public bool HasMoved(PartControl control) => begun && (Cursor != control.Cursor || Exhausted != control.Exhausted);

    /// <summary>
    /// Up to <paramref name="most"/> things to do with at most <paramref name="mostWrites"/> writes together; empty when there is nothing to do now.
    /// After an exception nothing may be taken any more: what this take had begun to hand out is handed out by the part's next holder.
    /// </summary>
    public async Task<IReadOnlyList<Work>> TakeAsync(int most, int mostWrites, PartControl control, CancellationToken cancellationToken)
    {
        if (!begun)
        {
            (begun, Cursor, read, atEnd) = (true, control.Cursor, control.Cursor, control.Exhausted);
            Exhausted = atEnd;
        }

        if (fresh.Count > 0 && time.GetElapsedTime(asked) > Believed)
        {
            // Whoever lies in it comes after the last that was handed out, in the audience as in the page.
            fresh.Clear();
            (read, atEnd) = (Cursor, false);
        }

        var work = new List<Work>(most);
        var writes = 0;
        var cursor = Cursor;
        var now = time.GetUtcNow();
        var ends = control.Cancelled ? Ending.Cancelled : now >= run.Deadline ? Ending.Expired : Ending.None;
        await LookForRetriesAsync(now, ends, cancellationToken);

        // The relay refused us at one reader after another: it is asked for others first, or those alone would say how it is.
        var freshFirst = AlikeRefusals.IsOfUs(control.Trouble);
        if (!freshFirst)
        {
            await TakeRetriesAsync();
        }

        for (var seen = 0; seen < MostSeen && HasRoom() && await NextAsync(cancellationToken) is { } entry; seen++)
        {
            cursor = entry.SubscriberId;
            if (entry.CountsOn(part.Date))
            {
                Add(await FirstAsync(entry, ends, now, cancellationToken));
            }
        }

        if (freshFirst)
        {
            await TakeRetriesAsync();
        }

        (Cursor, Exhausted) = (cursor, atEnd && fresh.Count == 0);
        return work;

        async Task TakeRetriesAsync()
        {
            while (HasRoom() && retries.TryPeek(out var key))
            {
                Add(await RetryAsync(key, await reads.OfAsync(retries, cancellationToken), ends, now, cancellationToken));
                retries.Dequeue();
            }
        }

        bool HasRoom() => work.Count < most && writes + MostWritesEach <= mostWrites;

        void Add(Work one)
        {
            work.Add(one);
            writes += one.Writes.Count;
        }
    }

    /// <summary>When the earliest retry is due; null if there is none.</summary>
    public async Task<DateTimeOffset?> NextRetryAsync(CancellationToken cancellationToken)
    {
        var rows = await tables.QueryAsync(Tables.Ledger, part.Partition, part.RetryRange, 1, cancellationToken);
        return rows.Count == 0 ? null : Until(rows[0].Key);
    }

    private async Task LookForRetriesAsync(DateTimeOffset now, Ending ends, CancellationToken cancellationToken)
    {
        // While there is an audience to be served, now and then; after it each time, for then nothing else is left to be done.
        if (retries.Count > 0 || (now < nextLook && !Exhausted))
        {
            return;
        }

        nextLook = now + LookAgain;
        var rows = await tables.QueryAsync(Tables.Ledger, part.Partition, part.RetryRange, Page, cancellationToken);
        foreach (var row in rows.TakeWhile(row => ends != Ending.None || Until(row.Key) <= now))
        {
            retries.Enqueue(row.Key);
        }
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
            Ending.Cancelled => (Ended(row, inDoubt ? DeliveryState.Held : DeliveryState.Withheld, DeliveryRow.RunCancelled, now), null),
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
            Ending.Cancelled => (Ended(row, DeliveryState.Withheld, DeliveryRow.RunCancelled, now), null),
            _ => await AttemptAsync(row, entry, now, cancellationToken),
        };
        return new Work(next, entry, variant, [TableWrite.Insert(next.ToRow()), .. IndexRow(next, instead: null)]);
    }

    /// <summary>The writes that keep the rows by which retries are found in step with the delivery; a row may stand in a batch once.</summary>
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
        while (fresh.Count == 0 && !atEnd)
        {
            var slices = part.AudienceSlices;
            var slice = read is null ? slices[0] : read[..1];
            asked = time.GetTimestamp();
            var page = await audience.QueryAsync(cohort, slice[0], read is { Length: > 1 } ? read : null, Page, cancellationToken);
            foreach (var entry in page)
            {
                fresh.Enqueue(entry);
            }

            if (page.Count == Page)
            {
                read = page[^1].SubscriberId;
            }
            else
            {
                // This slice is at its end; a name of one digit stands for "the start of that slice".
                var next = slices.Select((one, index) => (one, index)).First(pair => pair.one == slice).index + 1;
                atEnd = next == slices.Count;
                read = atEnd ? read : slices[next];
            }
        }

        return fresh.TryDequeue(out var first) ? first : null;
    }

    private async Task<(DeliveryRow Row, Variant? Variant)> AttemptAsync(
        DeliveryRow row, AudienceEntry entry, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var attempt = row with { State = DeliveryState.Attempting, Attempts = row.Attempts + 1, At = now, Until = null, Reason = null };
        var (variant, fault) = await mails.VariantAsync(entry, cancellationToken);
        return (variant, fault) switch
        {
            // One language that cannot be rendered costs its own readers, not the others.
            (_, { }) => (Outcomes.After(attempt, new SendResult(SendOutcome.Deferred, fault), now, run.Deadline, options.InDoubt), null),
            (null, _) => (Ended(row, DeliveryState.Empty, "nothing in the chosen sections", now), null),
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

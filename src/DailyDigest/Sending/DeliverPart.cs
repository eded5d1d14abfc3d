using DailyDigest.Calendar;
using DailyDigest.Digests;
using DailyDigest.Mailing;
using DailyDigest.Runs;
using DailyDigest.Selection;
using DailyDigest.Settings;
using DailyDigest.Storage;
using DailyDigest.Subscribers;
using Microsoft.Extensions.Logging;

namespace DailyDigest.Sending;

/// <summary>The result of a hint.</summary>
public enum PartOutcome
{
    /// <summary>The hint could not be read, or names a run or part that is not open; nothing was done.</summary>
    Nothing,

    /// <summary>Another worker holds the part, or it is done, paused or waiting for its next retry; nothing was done.</summary>
    Busy,

    /// <summary>Every delivery of the part is settled.</summary>
    Done,

    /// <summary>Work is left for later: retries, a relay that refused us, or the budget was used up. A hint was enqueued.</summary>
    Released,

    /// <summary>Another worker took the part over while this one held it.</summary>
    Lost,
}

/// <summary>Delivers one part of a run, which a queue message (a hint) names.</summary>
public sealed partial class DeliverPart(
    ITableStore tables, IQueueStore queues, RunStore runs, DigestStore digests, PrepareDigest prepare, VariantStore variants,
    AudienceStore audience, IDigestRenderer renderer, IMailTransport transport, ReaderLinks links, EnvelopeTokens envelopes,
    PartLeases leases, CloseRun closeRun, Publication publication, StoryLanguages languages, DeliveryOptions options, TimeProvider time,
    ILogger<DeliverPart> logger)
{
    private static readonly int[] TroubleMinutes = [1, 5, 15, 60];

    /// <summary>
    /// Takes the part that the hint names, if it is free, and delivers it until it is done, the budget is used up, the relay refuses us or
    /// <paramref name="cancellationToken"/> asks to stop (messages being sent then have <see cref="DeliveryOptions.StopGrace"/> to end).
    /// Repeatable: hints may arrive twice or late.
    /// </summary>
    /// <exception cref="StorageException">
    /// The store failed and stayed so; another worker takes the part when the lease has ended.
    /// </exception>
    public async Task<PartOutcome> ExecuteAsync(string hint, CancellationToken cancellationToken)
    {
        if (!Part.TryParse(hint, out var part) || !Cohort.TryParse(part.Cohort, out var cohort))
        {
            Log.Unreadable(logger, hint.Length);
            return PartOutcome.Nothing;
        }

        if (await runs.GetAsync(part.Date, part.Cohort, cancellationToken) is not { State: RunState.Open } run
            || await digests.GetAsync(part.Date, part.Cohort, cancellationToken) is not { } digest)
        {
            return PartOutcome.Nothing;
        }

        // An operator's order is stored in the run first, and copied to the control rows a moment later.
        if (run is { IsStopped: true, Cancelled: false })
        {
            return PartOutcome.Busy;
        }

        using var lease = await leases.TakeAsync(part, cancellationToken);
        if (lease is null)
        {
            return PartOutcome.Busy;
        }

        // Read again under the lease: meanwhile an operator may have sent the run again, with another deadline, or it was closed.
        if (await runs.GetAsync(part.Date, part.Cohort, CancellationToken.None) is not { State: RunState.Open } current)
        {
            return await ReleaseClosedAsync(lease);
        }

        run = current;

        using var activity = Telemetry.Source.StartActivity("deliver part");
        activity?.SetTag("part", part.ToString());
        var mails = new DigestMails(run, digest, prepare, variants, renderer, links, envelopes, publication, languages, logger);
        var work = new PartWork(part, cohort, run, tables, audience, mails, options, time);
        var delivery = new PartDelivery(lease, work, mails, transport, run, options, tables, time, logger);
        if (!await delivery.ExecuteAsync(cancellationToken))
        {
            Log.Lost(logger, hint);
            return PartOutcome.Lost;
        }

        switch (delivery)
        {
            case { Failure: NewerVariantException newer }:
                Log.Newer(logger, hint, newer.Message);
                return await ReleaseAsync(lease, null, TimeSpan.FromMinutes(1));
            case { Failure: { } failure }:
                var wait = Wait(lease, run);
                Log.Failed(logger, hint, wait, failure);
                return await ReleaseAsync(lease, "internal error: " + failure.GetType().Name, wait);
            case { Trouble: { } trouble }:
                wait = Wait(lease, run);
                Log.Trouble(logger, hint, trouble, wait);
                return await ReleaseAsync(lease, trouble, wait);
        }

        var next = await work.NextRetryAsync(CancellationToken.None);
        if (!work.Exhausted || next is not null)
        {
            return await ReleaseAsync(lease, null, work.Exhausted ? next!.Value - time.GetUtcNow() : TimeSpan.Zero);
        }

        var done = await lease.CommitAsync(
            [], control => control with { Owner = null, Done = true, Trouble = null, Troubles = 0 }, CancellationToken.None);
        if (done != Commit.Done)
        {
            return PartOutcome.Lost;
        }

        await closeRun.ExecuteAsync(run, CancellationToken.None);
        return PartOutcome.Done;
    }

    /// <summary>
    /// 1, 5, 15, 60 minutes and 60 from then on, but not beyond the deadline, because expired deliveries are recorded then.
    /// </summary>
    private TimeSpan Wait(PartLease lease, Run run)
    {
        var wait = TimeSpan.FromMinutes(TroubleMinutes[Math.Min(lease.Control.Troubles, TroubleMinutes.Length - 1)]);
        var left = run.Deadline - time.GetUtcNow();
        return left > TimeSpan.Zero && left < wait ? left : wait;
    }

    /// <summary>
    /// Releases a part whose run is not open. A part abandoned by its last owner is kept until the lease ends, because a part may be
    /// released only when none of its rows is left in "attempting".
    /// </summary>
    private static async Task<PartOutcome> ReleaseClosedAsync(PartLease lease)
    {
        if (!lease.WasAbandoned)
        {
            await lease.CommitAsync([], control => control with { Owner = null }, CancellationToken.None);
        }

        return PartOutcome.Nothing;
    }

    /// <summary>
    /// Releases the part first, then enqueues the hint. In the other order the hint could meet a live owner and be lost.
    /// </summary>
    private async Task<PartOutcome> ReleaseAsync(PartLease lease, string? trouble, TimeSpan wait)
    {
        wait = wait > TimeSpan.Zero ? wait : TimeSpan.Zero;
        var next = time.GetUtcNow() + wait;
        var commit = await lease.CommitAsync(
            [],
            control => control with
            {
                Owner = null,
                NextRetry = wait > TimeSpan.Zero ? next : null,
                Trouble = trouble ?? control.Trouble,
                Troubles = trouble is null ? control.Troubles : control.Troubles + 1,
            },
            CancellationToken.None);
        if (commit != Commit.Done)
        {
            return PartOutcome.Lost;
        }

        await queues.EnqueueAsync(Queues.Deliver, lease.Part.ToString(), wait, CancellationToken.None);
        return PartOutcome.Released;
    }

    private static partial class Log
    {
        [LoggerMessage(315, LogLevel.Warning, "A message of {Length} characters in the queue names no part; it is dropped")]
        public static partial void Unreadable(ILogger logger, int length);

        [LoggerMessage(311, LogLevel.Warning, "Part {Part} was taken over by another worker, which continues it")]
        public static partial void Lost(ILogger logger, string part);

        [LoggerMessage(312, LogLevel.Warning, "Part {Part} waits a minute for a worker of a newer version: {Why}")]
        public static partial void Newer(ILogger logger, string part, string why);

        [LoggerMessage(313, LogLevel.Error, "Part {Part} stopped: {Reply}; retrying in {Wait}")]
        public static partial void Trouble(ILogger logger, string part, string reply, TimeSpan wait);

        [LoggerMessage(314, LogLevel.Error, "Part {Part} failed; retrying in {Wait}")]
        public static partial void Failed(ILogger logger, string part, TimeSpan wait, Exception exception);
    }
}

using DailyDigest.Calendar;
using DailyDigest.Runs;
using DailyDigest.Subscribers;

namespace DailyDigest.Returns;

/// <summary>
/// Settles a report that came back: proves what it is about, lets it take effect, then records and counts it. The effects come first and
/// are repeatable; record and count are one batch. So after a stop between any two writes the report is brought again and counted once,
/// and of two readers at once one records it.
/// </summary>
public sealed class SettleReturn(
    ReturnStore returns, ProveReturn prove, NoteReport note, NoteNotice noteNotice, Unsubscribe unsubscribe, TimeProvider time)
{
    // A clock may be wrong, and the sender of a report sets its own.
    private static readonly TimeSpan MaxAhead = TimeSpan.FromHours(1);
    private static readonly TimeSpan MaxAge = TimeSpan.FromDays(30);

    /// <summary>Settles the report. Repeatable until it has returned something other than <see cref="ReturnResult.NotYet"/>.</summary>
    public async Task<ReturnResult> ExecuteAsync(ReturnEvent reported, CancellationToken cancellationToken) =>
        (await SettleAsync(reported, cancellationToken)).Result;

    /// <summary>Settles the report; the outcome tells in the words of the API what the delivery was.</summary>
    internal async Task<(ReturnResult Result, AcceptOutcomeResult Outcome)> SettleAsync(
        ReturnEvent reported, CancellationToken cancellationToken)
    {
        var key = ReturnStore.KeyOf(reported.Source, reported.Id);
        var days = Days(reported, time.GetUtcNow());
        foreach (var day in days)
        {
            if (await returns.FindAsync(day, key, cancellationToken) is { } known)
            {
                return await RepeatAsync(reported, day, key, known, cancellationToken);
            }
        }

        var (result, outcome, proven) = await TakeEffectAsync(reported, cancellationToken);
        if (result == ReturnResult.NotYet)
        {
            return (result, outcome);
        }

        var row = new ReturnRow(key, reported.Source, reported.Kind, result, time.GetUtcNow())
        {
            Reason = reported.Kind == ReturnKind.Bounced ? reported.Verdict?.Reason ?? "other" : null,
            Proven = proven,
            Size = reported.Size,
        };
        return await returns.AddAsync(days[0], row, cancellationToken)
            ? (result, outcome)
            : await RepeatAsync(reported, days[0], key, result, cancellationToken) with { Outcome = outcome };
    }

    // A message of no known kind stays in the mailbox, and is read again and again.
    private async Task<(ReturnResult Result, AcceptOutcomeResult Outcome)> RepeatAsync(
        ReturnEvent reported, DateOnly day, string key, ReturnResult known, CancellationToken cancellationToken)
    {
        if (reported.Kind == ReturnKind.Other)
        {
            return (ReturnResult.Unknown, AcceptOutcomeResult.UnknownDelivery);
        }

        await returns.CountRepeatAsync(day, key, cancellationToken);
        return (
            ReturnResult.Repeated,
            known == ReturnResult.Unproven ? AcceptOutcomeResult.UnknownDelivery : AcceptOutcomeResult.AlreadyRecorded);
    }

    private async Task<(ReturnResult Result, AcceptOutcomeResult Outcome, ProvenReturn? Proven)> TakeEffectAsync(
        ReturnEvent reported, CancellationToken cancellationToken)
    {
        if (reported.Kind is ReturnKind.AutoReply or ReturnKind.Challenge or ReturnKind.Other)
        {
            var counted = reported.Kind == ReturnKind.Other ? ReturnResult.Unknown : ReturnResult.Counted;
            return (counted, AcceptOutcomeResult.UnknownDelivery, null);
        }

        if (await prove.ExecuteAsync(reported, cancellationToken) is not { } proven)
        {
            return (ReturnResult.Unproven, AcceptOutcomeResult.UnknownDelivery, null);
        }

        if (reported.Kind == ReturnKind.Unsubscribe)
        {
            // The owner of another address may not end the subscription that wants to move there.
            if (proven.Notice?.Kind is NoticeStore.NewAddressKind or NoticeStore.FormerAddressKind)
            {
                return (ReturnResult.Counted, AcceptOutcomeResult.UnknownDelivery, proven);
            }

            await unsubscribe.ExecuteAsync(proven.SubscriberId, cancellationToken);
            return (ReturnResult.Done, AcceptOutcomeResult.Recorded, proven);
        }

        var report = new Report(OutcomeOf(reported.Kind), reported.Verdict?.Reason ?? "other", reported.Reply, reported.At)
        {
            Copy = proven.Copy ?? 0,
        };
        var outcome = proven.Notice is { } notice
            ? await noteNotice.ExecuteAsync(notice, report, cancellationToken)
            : await note.ExecuteAsync(proven.Date!.Value, proven.SubscriberId, report, cancellationToken);
        return (
            outcome switch
            {
                AcceptOutcomeResult.NotSettled => ReturnResult.NotYet,
                AcceptOutcomeResult.UnknownDelivery => ReturnResult.Unproven,
                _ => ReturnResult.Done,
            },
            outcome, proven);
    }

    private static Reports OutcomeOf(ReturnKind kind) => kind switch
    {
        ReturnKind.Bounced => Reports.Bounced,
        ReturnKind.Delayed => Reports.Delayed,
        ReturnKind.Delivered => Reports.Delivered,
        _ => Reports.Complained,
    };

    /// <summary>The day of the record; without an instant that is the same each time, also the day before.</summary>
    private static DateOnly[] Days(ReturnEvent reported, DateTimeOffset now) =>
        (reported.Arrived ?? reported.At) is { } at && at < now + MaxAhead && at > now - MaxAge
            ? [LocalDates.Utc(at)]
            : [LocalDates.Utc(now), LocalDates.Utc(now).AddDays(-1)];
}

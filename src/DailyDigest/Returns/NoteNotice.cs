using DailyDigest.Runs;
using DailyDigest.Subscribers;

namespace DailyDigest.Returns;

/// <summary>
/// Notes a report about a service mail, and lets it take effect: what waits for an answer to that mail ends if it cannot arrive, or if its
/// reader complained. No subscription ends because a service mail bounced. The effects come first and are repeatable.
/// </summary>
public sealed class NoteNotice(NoticeStore notices, EndSignUp endSignUp, EndSubscription endSubscription, TimeProvider time)
{
    /// <summary>Notes the report. A mail whose record is gone is unknown, and so is one of two in the same second.</summary>
    internal async Task<AcceptOutcomeResult> ExecuteAsync(NoticeName name, Report report, CancellationToken cancellationToken)
    {
        while (await notices.FindAsync(name, cancellationToken) is { } notice)
        {
            if (report.Outcome == Reports.Complained)
            {
                await ComplainAsync(notice, report, cancellationToken);
            }

            // A later attempt would overwrite the note.
            if (notice.Settled is null)
            {
                return AcceptOutcomeResult.NotSettled;
            }

            if (report.Outcome == Reports.Bounced && RefusalPolicy.IsAboutRecipient(report.Reason))
            {
                await endSignUp.ExecuteAsync(notice, Suppression.Bounced, cancellationToken);
            }

            var outcome = notice.Reports | report.Outcome;
            var reason = report.Outcome == Reports.Bounced && !RefusalPolicy.IsAboutRecipient(notice.Reason)
                ? report.Reason : notice.Reason;
            if (outcome == notice.Reports && reason == notice.Reason)
            {
                return AcceptOutcomeResult.AlreadyRecorded;
            }

            if (await notices.NoteReturnAsync(notice, outcome, reason, time.GetUtcNow(), cancellationToken))
            {
                return AcceptOutcomeResult.Recorded;
            }
        }

        return AcceptOutcomeResult.UnknownDelivery;
    }

    /// <summary>
    /// The reader of the subscriber's own address leaves for good. The owner of another address only ends the request to move there.
    /// </summary>
    private async Task ComplainAsync(KeptNotice notice, Report report, CancellationToken cancellationToken)
    {
        await endSignUp.ExecuteAsync(notice, Suppression.Complained, cancellationToken);
        if (notice.Kind is NoticeStore.NewAddressKind or NoticeStore.FormerAddressKind)
        {
            return;
        }

        var (now, sent) = (time.GetUtcNow(), notice.Settled ?? notice.Name.Asked);
        var happened = report.At is { } at && at > sent ? at : sent;
        await endSubscription.ExecuteAsync(
            notice.Name.SubscriberId, Suppression.Complained, happened < now ? happened : now, cancellationToken);
    }
}

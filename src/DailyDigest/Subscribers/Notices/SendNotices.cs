using DailyDigest.Mailing;
using DailyDigest.Runs;
using DailyDigest.Settings;
using DailyDigest.Storage;
using Microsoft.Extensions.Logging;

namespace DailyDigest.Subscribers;

/// <summary>The result of one round of service mails.</summary>
/// <param name="Sent">Accepted by the relay.</param>
/// <param name="Postponed">To be retried later.</param>
/// <param name="Failed">Rejected permanently, expired, or out of attempts.</param>
/// <param name="NotNeeded">No mail is needed any more.</param>
/// <param name="RelayRefused">The relay's reply if it refuses this sender; otherwise null.</param>
public sealed record NoticeReport(int Sent, int Postponed, int Failed, int NotNeeded, string? RelayRefused)
{
    /// <summary>Consecutive refusals of this sender at a recipient, with no mail sent in between.</summary>
    public int RefusedInARow { get; init; }
}

/// <summary>Part of the tick: sends the service mails that are due. Nothing is sent inside a request.</summary>
public sealed partial class SendNotices(
    NoticeStore notices, ComposeNotice compose, MailboxBudget mailboxes, INoticeRenderer renderer, IMailTransport transport,
    RelayFaults faults, NoticeTokens tokens, Publication publication, TimeProvider time, ILogger<SendNotices> logger)
{
    private const int MaxAttempts = 10;

    /// <summary>Days to read back in a normal round: a notice is normally sent or given up within a day.</summary>
    private const int RecentDays = 2;

    /// <summary>Days to read back after a start: as long as notices are kept.</summary>
    private const int AllDays = NoticeStore.RetentionDays;

    // A person does not wait longer for a requested mail, and may not remember the request.
    private static readonly TimeSpan MaxAge = TimeSpan.FromDays(7);
    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(2);

    /// <summary>
    /// A send is cancelled this long before its lease ends. A relay may take 10 minutes to answer, and another machine would send the mail
    /// again.
    /// </summary>
    private static readonly TimeSpan LeaseMargin = TimeSpan.FromSeconds(20);

    /// <summary>After this time a round starts no further mail; the clock calls again.</summary>
    private static readonly TimeSpan RoundTimeout = TimeSpan.FromSeconds(45);
    private static readonly TimeSpan[] Backoffs =
        [.. new[] { 1, 2, 5, 15, 30, 60, 120, 240 }.Select(minutes => TimeSpan.FromMinutes(minutes))];

    // After an outage of days there may be old notices: read all days until a round finds no old notice.
    private volatile bool lookAtAllDays = true;

    /// <summary>
    /// Sends the due notices one after another, for about <see cref="RoundTimeout"/>. Concurrent calls send no notice twice, except one
    /// whose worker died while sending.
    /// </summary>
    public async Task<NoticeReport> ExecuteAsync(CancellationToken cancellationToken)
    {
        var report = new NoticeReport(0, 0, 0, 0, null);
        IMailSession? session = null;
        var began = time.GetTimestamp();
        try
        {
            var (now, foundOld) = (time.GetUtcNow(), false);
            await foreach (var due in notices.DueAsync(now, lookAtAllDays ? AllDays : RecentDays, cancellationToken))
            {
                foundOld |= now - due.AskedAt > TimeSpan.FromDays(RecentDays);
                if (await notices.PostponeAsync(due, time.GetUtcNow() + Lease, due.Attempts + 1, cancellationToken) is { } leased)
                {
                    session ??= transport.OpenSession();
                    report = Counted(report, await SendAsync(leased, session, report, cancellationToken));
                    if (report.RelayRefused is not null || time.GetElapsedTime(began) >= RoundTimeout)
                    {
                        return report;
                    }
                }
            }

            lookAtAllDays = foundOld;
        }
        finally
        {
            if (session is not null)
            {
                await session.DisposeAsync();
            }
        }

        return report;
    }

    private static NoticeReport Counted(NoticeReport before, NoticeReport after)
    {
        Telemetry.Notices.Add(after.Sent - before.Sent, Telemetry.Outcome(Telemetry.Done));
        Telemetry.Notices.Add(after.Postponed - before.Postponed, Telemetry.Outcome(Telemetry.Postponed));
        Telemetry.Notices.Add(after.Failed - before.Failed, Telemetry.Outcome(Telemetry.Failed));
        return after;
    }

    private async Task<NoticeReport> SendAsync(
        DueNotice notice, IMailSession session, NoticeReport report, CancellationToken cancellationToken)
    {
        if (time.GetUtcNow() - notice.AskedAt > MaxAge)
        {
            Log.Expired(logger, notice.SubscriberId, notice.AskedAt);
            await SettleAsync(notice, "too late", "", cancellationToken);
            return report with { Failed = report.Failed + 1 };
        }

        var (tried, whyNot) = await TryAsync(notice, session, cancellationToken);
        if (tried is not { } result)
        {
            await SettleAsync(notice, whyNot, "", cancellationToken);
            return report with { NotNeeded = report.NotNeeded + 1 };
        }

        switch (result.Outcome)
        {
            case SendOutcome.Sent:
                await faults.ClearAsync(result.Relay ?? "", cancellationToken);
                await SettleAsync(notice, NoticeStore.Sent, result.Reply, cancellationToken);
                return report with { Sent = report.Sent + 1, RefusedInARow = 0 };

            // The refusal may concern this recipient alone: postpone it, so that it is not the first of each round.
            case SendOutcome.RelayRefused when result.AtRecipient && report.RefusedInARow + 1 < RefusalPolicy.ReducedLimit:
                await notices.PostponeAsync(notice, time.GetUtcNow() + Wait(notice), notice.Attempts, cancellationToken);
                return report with { Postponed = report.Postponed + 1, RefusedInARow = report.RefusedInARow + 1 };

            case SendOutcome.RelayRefused:
                Log.RelayRefused(logger, result.Reply);
                await faults.RecordAsync(result.Relay ?? "", result.Reply, cancellationToken);
                await notices.PostponeAsync(notice, time.GetUtcNow() + Backoffs[0], notice.Attempts - 1, cancellationToken);
                return report with { Postponed = report.Postponed + 1, RelayRefused = result.Reply };

            // The reply concerns the relay and not this mail.
            case SendOutcome.Deferred when !result.Begun:
                await notices.PostponeAsync(notice, time.GetUtcNow() + Backoffs[0], notice.Attempts - 1, cancellationToken);
                return report with { Postponed = report.Postponed + 1 };

            // A second confirmation mail does no harm; a missing one does.
            case SendOutcome.Deferred or SendOutcome.Unknown when notice.Attempts < MaxAttempts:
                await notices.PostponeAsync(notice, time.GetUtcNow() + Wait(notice), notice.Attempts, cancellationToken);
                return report with { Postponed = report.Postponed + 1 };

            default:
                Log.Failed(logger, notice.SubscriberId, notice.Attempts, result.Reply);
                await SettleAsync(notice, result.Reason ?? "failed", result.Reply, cancellationToken);
                return report with { Failed = report.Failed + 1 };
        }
    }

    private static TimeSpan Wait(DueNotice notice) => Backoffs[Math.Min(notice.Attempts, Backoffs.Length) - 1];

    /// <summary>
    /// Returns null and why if no mail is to be sent. An exception counts as deferred: it must not stop the other notices.
    /// </summary>
    private async Task<(SendResult? Result, string WhyNot)> TryAsync(
        DueNotice notice, IMailSession session, CancellationToken cancellationToken)
    {
        var left = notice.NotBefore - LeaseMargin - time.GetUtcNow();
        using var over = new CancellationTokenSource(left > TimeSpan.Zero ? left : TimeSpan.Zero, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(over.Token, cancellationToken);
        try
        {
            var (mail, whyNot) = await PrepareAsync(notice, either.Token);
            return (mail is null ? null : await session.SendAsync(mail, either.Token), whyNot);
        }
        catch (OperationCanceledException) when (over.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return (new SendResult(SendOutcome.Unknown, "no answer in time"), "");
        }
        catch (Exception exception) when (exception is not (OperationCanceledException or StorageException or OutOfMemoryException))
        {
            Log.Crashed(logger, notice.SubscriberId, exception);
            return (new SendResult(SendOutcome.Deferred, "internal error: " + exception.GetType().Name), "");
        }
    }

    private async Task SettleAsync(DueNotice notice, string outcome, string reply, CancellationToken cancellationToken)
    {
        await compose.ForgetAsync(notice, cancellationToken);
        await notices.SettleAsync(notice, outcome, reply, time.GetUtcNow(), cancellationToken);
    }

    private async Task<(NoticeMail? Mail, string WhyNot)> PrepareAsync(DueNotice notice, CancellationToken cancellationToken)
    {
        if (await compose.ExecuteAsync(notice, cancellationToken) is not { } letter)
        {
            return (null, "not needed");
        }

        // A second attempt has taken from the budget already.
        var isAsked = letter.Kind is NoticeKind.Confirm or NoticeKind.AlreadySubscribed or NoticeKind.NewAddress;
        if (isAsked && notice.Attempts <= 1 && !await mailboxes.TakeAsync(letter.To, notice.Key, cancellationToken))
        {
            return (null, "too many for this mailbox");
        }

        var text = await renderer.RenderAsync(letter.Kind, letter.Language, letter.Url, cancellationToken);
        return (new NoticeMail(letter.To, text.Subject, text.Html, text.Text, letter.Language,
            MessageIds.OfNotice(notice.Key, publication.Domain), notice.AskedAt)
        {
            EnvelopeToken = tokens.Create(notice.Key),
        }, "");
    }

    private static partial class Log
    {
        [LoggerMessage(611, LogLevel.Warning, "The relay refused this sender; service mails are retried in 1 minute: {Reply}")]
        public static partial void RelayRefused(ILogger logger, string reply);

        [LoggerMessage(613, LogLevel.Warning,
            "The service mail requested by subscriber {SubscriberId} at {Asked} expired after 7 days without being sent")]
        public static partial void Expired(ILogger logger, string subscriberId, DateTimeOffset asked);

        [LoggerMessage(614, LogLevel.Error, "The service mail to subscriber {SubscriberId} failed with an exception and is retried")]
        public static partial void Crashed(ILogger logger, string subscriberId, Exception exception);

        [LoggerMessage(612, LogLevel.Warning,
            "The service mail to subscriber {SubscriberId} was given up after {Attempts} attempts: {Reply}")]
        public static partial void Failed(ILogger logger, string subscriberId, int attempts, string reply);
    }
}

using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using DailyDigest.Mailing;
using DailyDigest.Runs;
using DailyDigest.Settings;
using DailyDigest.Storage;
using Microsoft.Extensions.Logging;

namespace DailyDigest.Subscribers;

/// <summary>What one round of service mails came to.</summary>
/// <param name="Sent">Left the house.</param>
/// <param name="PutOff">To be tried again.</param>
/// <param name="Failed">Refused for good, or tried too often.</param>
/// <param name="NotNeeded">Nobody to write to, or nothing to say any more.</param>
/// <param name="RelayRefused">The relay's reply when it refuses us; null when it does not.</param>
public sealed record NoticeReport(int Sent, int PutOff, int Failed, int NotNeeded, string? RelayRefused)
{
    /// <summary>The last ones that the relay refused as if it were us, at their recipients, with none sent in between.</summary>
    public int RefusedInARow { get; init; }
}

/// <summary>Part of the tick: sends the service mails that are due. Nothing is sent inside a request.</summary>
public sealed partial class SendNotices(
    NoticeStore notices, ComposeNotice compose, INoticeRenderer renderer, IMailTransport transport, Publication publication, TimeProvider time,
    ILogger<SendNotices> logger)
{
    private const int MostAttempts = 10;

    /// <summary>A normal one is sent or given up within a day.</summary>
    private const int NearBack = 2;

    /// <summary>As long as service mails are kept.</summary>
    private const int FarBack = NoticeStore.KeptDays;

    // Who asked so long ago does not wait for it any more, and may not remember.
    private static readonly TimeSpan TooLate = TimeSpan.FromDays(7);
    private static readonly TimeSpan Claim = TimeSpan.FromMinutes(2);

    /// <summary>A send is over by so much before its claim: a relay may take ten minutes to answer, and another machine would send it again meanwhile.</summary>
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(20);

    /// <summary>After so long a round begins nothing more: who calls is a clock, and comes again.</summary>
    private static readonly TimeSpan Budget = TimeSpan.FromSeconds(45);
    private static readonly TimeSpan[] BackOff = [.. new[] { 1, 2, 5, 15, 30, 60, 120, 240 }.Select(minutes => TimeSpan.FromMinutes(minutes))];

    // A service that was off for days has left some behind: it looks far back until it finds none of them.
    private volatile bool lookFarBack = true;

    /// <summary>Sends what is due, one after another, for 45 seconds at most and the message that was begun by then. Several at once do not send a notice twice, but for one whose worker died while sending.</summary>
    public async Task<NoticeReport> ExecuteAsync(CancellationToken cancellationToken)
    {
        var report = new NoticeReport(0, 0, 0, 0, null);
        IMailSession? session = null;
        var began = time.GetTimestamp();
        try
        {
            var (now, left) = (time.GetUtcNow(), false);
            await foreach (var due in notices.DueAsync(now, lookFarBack ? FarBack : NearBack, cancellationToken))
            {
                left |= now - due.AskedAt > TimeSpan.FromDays(NearBack);
                if (await notices.PutOffAsync(due, time.GetUtcNow() + Claim, due.Attempts + 1, cancellationToken) is { } claimed)
                {
                    session ??= transport.OpenSession();
                    report = await SendAsync(claimed, session, report, cancellationToken);
                    if (report.RelayRefused is not null || time.GetElapsedTime(began) >= Budget)
                    {
                        return report;
                    }
                }
            }

            lookFarBack = left;
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

    private async Task<NoticeReport> SendAsync(DueNotice notice, IMailSession session, NoticeReport report, CancellationToken cancellationToken)
    {
        if (time.GetUtcNow() - notice.AskedAt > TooLate)
        {
            Log.TooLate(logger, notice.SubscriberId, notice.AskedAt);
            await SettleAsync(notice, "too late", "", cancellationToken);
            return report with { Failed = report.Failed + 1 };
        }

        if (await TryAsync(notice, session, cancellationToken) is not { } result)
        {
            await SettleAsync(notice, "not needed", "", cancellationToken);
            return report with { NotNeeded = report.NotNeeded + 1 };
        }

        switch (result.Outcome)
        {
            case SendOutcome.Sent:
                await SettleAsync(notice, "sent", result.Reply, cancellationToken);
                return report with { Sent = report.Sent + 1, RefusedInARow = 0 };

            // Perhaps it is about this reader alone, who must not be the first to be asked each time.
            case SendOutcome.RelayRefused when result.AtRecipient && report.RefusedInARow + 1 < RefusalPolicy.Several:
                await notices.PutOffAsync(notice, time.GetUtcNow() + Wait(notice), notice.Attempts, cancellationToken);
                return report with { PutOff = report.PutOff + 1, RefusedInARow = report.RefusedInARow + 1 };

            case SendOutcome.RelayRefused:
                Log.RelayRefused(logger, result.Reply);
                await notices.PutOffAsync(notice, time.GetUtcNow() + BackOff[0], notice.Attempts - 1, cancellationToken);
                return report with { PutOff = report.PutOff + 1, RelayRefused = result.Reply };

            // What was said is about the relay and not about this mail.
            case SendOutcome.Deferred when !result.Begun:
                await notices.PutOffAsync(notice, time.GetUtcNow() + BackOff[0], notice.Attempts - 1, cancellationToken);
                return report with { PutOff = report.PutOff + 1 };

            // To read a confirmation twice does no harm; to wait for one that never comes does.
            case SendOutcome.Deferred or SendOutcome.Unknown when notice.Attempts < MostAttempts:
                await notices.PutOffAsync(notice, time.GetUtcNow() + Wait(notice), notice.Attempts, cancellationToken);
                return report with { PutOff = report.PutOff + 1 };

            default:
                Log.Failed(logger, notice.SubscriberId, notice.Attempts, result.Reply);
                await SettleAsync(notice, result.Reason ?? "failed", result.Reply, cancellationToken);
                return report with { Failed = report.Failed + 1 };
        }
    }

    private static TimeSpan Wait(DueNotice notice) => BackOff[Math.Min(notice.Attempts, BackOff.Length) - 1];

    /// <summary>Null when there is nothing to say. One that cannot be rendered or sent is tried again as if it were deferred: it must not stop the others.</summary>
    private async Task<SendResult?> TryAsync(DueNotice notice, IMailSession session, CancellationToken cancellationToken)
    {
        var left = notice.NotBefore - Margin - time.GetUtcNow();
        using var over = new CancellationTokenSource(left > TimeSpan.Zero ? left : TimeSpan.Zero, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(over.Token, cancellationToken);
        try
        {
            return await PrepareAsync(notice, either.Token) is { } mail ? await session.SendAsync(mail, either.Token) : null;
        }
        catch (OperationCanceledException) when (over.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return new SendResult(SendOutcome.Unknown, "no answer in time");
        }
        catch (Exception exception) when (exception is not (OperationCanceledException or StorageException or OutOfMemoryException))
        {
            Log.Threw(logger, notice.SubscriberId, exception);
            return new SendResult(SendOutcome.Deferred, "internal error: " + exception.GetType().Name);
        }
    }

    private async Task SettleAsync(DueNotice notice, string outcome, string reply, CancellationToken cancellationToken)
    {
        await compose.ForgetAsync(notice, cancellationToken);
        await notices.SettleAsync(notice, outcome, reply, time.GetUtcNow(), cancellationToken);
    }

    private async Task<NoticeMail?> PrepareAsync(DueNotice notice, CancellationToken cancellationToken)
    {
        if (await compose.ExecuteAsync(notice, cancellationToken) is not { } letter)
        {
            return null;
        }

        var text = await renderer.RenderAsync(letter.Kind, letter.Language, letter.Url, cancellationToken);
        return new NoticeMail(letter.To, text.Subject, text.Html, text.Text, letter.Language, MessageId(notice), notice.AskedAt);
    }

    private string MessageId(DueNotice notice) => string.Create(
        CultureInfo.InvariantCulture,
        $"notice.{Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(notice.Key)).AsSpan(0, 12))}@{publication.Domain}");

    private static partial class Log
    {
        [LoggerMessage(611, LogLevel.Warning, "The relay refuses us, service mails wait: {Reply}")]
        public static partial void RelayRefused(ILogger logger, string reply);

        [LoggerMessage(613, LogLevel.Warning, "The service mail that was asked for by subscriber {SubscriberId} at {Asked} could not be sent in time")]
        public static partial void TooLate(ILogger logger, string subscriberId, DateTimeOffset asked);

        [LoggerMessage(614, LogLevel.Error, "The service mail to subscriber {SubscriberId} could not be made")]
        public static partial void Threw(ILogger logger, string subscriberId, Exception exception);

        [LoggerMessage(612, LogLevel.Warning, "A service mail to subscriber {SubscriberId} failed after {Attempts} attempts: {Reply}")]
        public static partial void Failed(ILogger logger, string subscriberId, int attempts, string reply);
    }
}

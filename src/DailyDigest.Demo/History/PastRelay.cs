using System.Collections.Concurrent;
using DailyDigest.Calendar;
using DailyDigest.Mailing;
using DailyDigest.Runs;

namespace DailyDigest.Demo;

/// <summary>
/// The relay of the history: it answers as a relay does and sends nothing. Some mailboxes have gone, some are full, some servers ask to try
/// again, and one provider was out of order for some minutes. The sample readers whose mail the outbox shows are spared.
/// </summary>
/// <param name="clock">Each message moves it on.</param>
/// <param name="outage">The date on which a provider was out of order.</param>
internal sealed class PastRelay(PastClock clock, DateOnly outage) : IMailTransport
{
    // So many of 10,000 messages find no mailbox, a full one, or are to be tried again; each number includes the one before.
    private const int Gone = 30, Full = 65, Later = 170;

    private static readonly TimeSpan Outage = TimeSpan.FromMinutes(12);

    private readonly ConcurrentDictionary<string, byte> tried = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public IMailSession OpenSession() => new Session(this);

    private SendResult Answer(DigestMail mail)
    {
        var words = string.Join(' ', mail.To.Normalized, DateOnly.FromDateTime(mail.Date.UtcDateTime).Text());
        clock.Advance(TimeSpan.FromMilliseconds(350 + PastChance.Of(words + " time", 500)));
        var chance = PastChance.Of(words, 10_000);
        return !mail.To.Value.EndsWith(".example", StringComparison.Ordinal) ? Sent()
            : chance < Gone ? new SendResult(SendOutcome.Rejected, "550 5.1.1 no such mailbox here", RefusalReasons.NoSuchUser)
            : chance < Full ? new SendResult(SendOutcome.Rejected, "552 5.2.2 mailbox is full", "mailbox-full")
            : IsOut(mail) ? new SendResult(SendOutcome.Deferred, "421 4.3.2 system is not accepting mail now")
            : chance < Later && tried.TryAdd(words, 0) ? new SendResult(SendOutcome.Deferred, "451 4.7.1 greylisted, try again later")
            : Sent();
    }

    private bool IsOut(DigestMail mail) => DateOnly.FromDateTime(mail.Date.UtcDateTime) == outage && clock.GetUtcNow() < mail.Date + Outage
        && mail.To.Value.EndsWith(PastReaders.OutageDomain, StringComparison.Ordinal);

    private static SendResult Sent() => new(SendOutcome.Sent, "250 2.0.0 accepted");

    private sealed class Session(PastRelay relay) : IMailSession
    {
        public Task<SendResult> SendAsync(DigestMail mail, CancellationToken cancellationToken) => Task.FromResult(relay.Answer(mail));

        public Task<SendResult> SendAsync(NoticeMail mail, CancellationToken cancellationToken) => Task.FromResult(Sent());

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}

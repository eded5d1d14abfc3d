using System.Collections.Concurrent;
using System.Text;
using DailyDigest.Digests;
using DailyDigest.Mailing;
using DailyDigest.Runs;
using DailyDigest.Sending;
using DailyDigest.Subscribers;
using DailyDigest.Testing.Storage;

namespace DailyDigest.Tests.Fixtures;

/// <summary>A message that reached the relay.</summary>
/// <param name="To">The address.</param>
/// <param name="MessageId">The Message-ID.</param>
/// <param name="At">The time.</param>
/// <param name="Subject">The subject, which is the run's date and the titles of the digest.</param>
internal sealed record Seen(string To, string MessageId, DateTimeOffset At, string Subject);

/// <summary>A relay that answers as the test says and records every message that was offered and delivered.</summary>
internal sealed class ScriptedRelay(TimeProvider time)
{
    public static readonly SendResult Ok = new(SendOutcome.Sent, "250 2.0.0 queued");
    public static readonly SendResult Later = new(SendOutcome.Deferred, "451 4.3.0 try again later");
    public static readonly SendResult Never = new(SendOutcome.Rejected, "550 5.1.1 no such user", "no-such-user");
    public static readonly SendResult Full = new(SendOutcome.Rejected, "552 5.2.2 mailbox full", "mailbox-full");
    public static readonly SendResult Broken = new(SendOutcome.Unknown, "the connection broke");
    public static readonly SendResult Refusal = new(SendOutcome.RelayRefused, "535 5.7.8 authentication failed");

    /// <summary>The answer to a message; null delivers everything.</summary>
    public Func<DigestMail, CancellationToken, Task<SendResult>>? Answer { get; set; }

    /// <summary>The wait of a session before a message may begin; null for none.</summary>
    public Func<CancellationToken, Task<SendResult?>>? Ready { get; set; }

    /// <summary>Runs before a session is opened. Its exception is thrown there.</summary>
    public Action? Opening { get; set; }

    /// <summary>Every message begun, in order.</summary>
    public ConcurrentQueue<Seen> Offered { get; } = new();

    /// <summary>Every message in an inbox: accepted ones, and those in doubt.</summary>
    public ConcurrentQueue<Seen> Inbox { get; } = new();

    /// <summary>Every service mail that was offered.</summary>
    public ConcurrentQueue<NoticeMail> Notices { get; } = new();

    /// <summary>The answer to a service mail.</summary>
    public SendResult NoticeAnswer { get; set; } = Ok;

    /// <summary>The connections that are open.</summary>
    public int Open => open;

    private int open;

    public void AnswerWith(Func<DigestMail, SendResult> answer) => Answer = (mail, _) => Task.FromResult(answer(mail));

    public IMailSession OpenSession(FaultPlan plan)
    {
        Opening?.Invoke();
        Interlocked.Increment(ref open);
        return new Session(this, plan);
    }

    private sealed class Session(ScriptedRelay relay, FaultPlan plan) : IMailSession
    {
        public async ValueTask<SendResult?> ReadyAsync(CancellationToken cancellationToken) =>
            relay.Ready is { } ready ? await ready(cancellationToken) : null;

        public async Task<SendResult> SendAsync(DigestMail mail, CancellationToken cancellationToken)
        {
            await Task.Yield();
            if (plan.Stopped)
            {
                throw new ProgramStoppedException();
            }

            var seen = new Seen(mail.To.Value, mail.MessageId, relay.Now, mail.Variant.Subject);
            relay.Offered.Enqueue(seen);
            var result = relay.Answer is { } answer ? await answer(mail, cancellationToken) : Ok;
            if (result.Outcome is SendOutcome.Sent or SendOutcome.Unknown)
            {
                relay.Inbox.Enqueue(seen);
            }

            return result;
        }

        public Task<SendResult> SendAsync(NoticeMail mail, CancellationToken cancellationToken)
        {
            relay.Notices.Enqueue(mail);
            return Task.FromResult(relay.NoticeAnswer);
        }

        public ValueTask DisposeAsync()
        {
            Interlocked.Decrement(ref relay.open);
            return ValueTask.CompletedTask;
        }
    }

    private DateTimeOffset Now => time.GetUtcNow();
}

/// <summary>Renders mails that contain only their subject: the titles.</summary>
internal sealed class PlainRenderer : IDigestRenderer, INoticeRenderer
{
    /// <summary>The slot format it writes.</summary>
    public int Format { get; set; } = Variant.CurrentFormat;

    /// <summary>A language whose templates do not work.</summary>
    public string? BrokenLanguage { get; set; }

    public Task<NoticeText> RenderAsync(NoticeKind kind, string language, string url, CancellationToken cancellationToken) =>
        Task.FromResult(new NoticeText(kind.ToString(), url, url));

    public Task<Variant?> RenderAsync(Digest digest, string language, IReadOnlyList<string> sections, CancellationToken cancellationToken)
    {
        if (language == BrokenLanguage)
        {
            throw new InvalidOperationException("A template does not compile.");
        }

        var items = digest.Items.Where(item => sections.Count == 0 || sections.Contains(
            item.Story.Section ?? "", StringComparer.OrdinalIgnoreCase)).ToList();
        return Task.FromResult(items.Count == 0 ? null : new Variant
        {
            Format = Format,
            Language = language,
            Sections = sections,
            Subject = string.Join('|', items.Select(item => item.Story.Title)),
            Html = "",
            Text = "",
            Body = Encoding.ASCII.GetBytes("Content-Type: text/plain\r\n\r\n"),
        });
    }

    public Task WarmUpAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}

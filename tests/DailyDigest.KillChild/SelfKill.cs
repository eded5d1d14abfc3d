using System.Diagnostics;
using DailyDigest.Mailing;
using DailyDigest.Runs;
using DailyDigest.Testing.Storage;

namespace DailyDigest.KillChild;

/// <summary>Kills this process by SIGKILL at the configured moment: no handler runs, nothing is flushed.</summary>
internal sealed class SelfKill
{
    private readonly Process self = Process.GetCurrentProcess();
    private readonly SenderOptions options;
    private readonly ITimer? fromStart;
    private ITimer? fromSending;
    private int begun;
    private int done;
    private int sends;

    public SelfKill(SenderOptions options)
    {
        this.options = options;
        Plan = new FaultPlan
        {
            Before = call => Count(call, ref begun, options.DieBefore),
            After = call => Count(call, ref done, options.DieAfter),
        };
        if (options.DieStarted is { } span)
        {
            fromStart = After(span);
        }
    }

    /// <summary>The faults of the table store and the queue store.</summary>
    public FaultPlan Plan { get; }

    /// <summary>Reports that a message is begun.</summary>
    public void Sending()
    {
        if (options.DieSending is { } span && Interlocked.Increment(ref sends) == 1)
        {
            fromSending = After(span);
        }
    }

    private Task Count(StorageCall call, ref int count, int? last)
    {
        if (call.Writes && Interlocked.Increment(ref count) == last)
        {
            self.Kill();
        }

        return Task.CompletedTask;
    }

    private ITimer After(TimeSpan span) => TimeProvider.System.CreateTimer(_ => self.Kill(), null, span, Timeout.InfiniteTimeSpan);
}

/// <summary>The product's transport; reports the begin of each message.</summary>
internal sealed class KillingTransport(IMailTransport transport, SelfKill kill) : IMailTransport
{
    public IMailSession OpenSession() => new Session(transport.OpenSession(), kill);

    private sealed class Session(IMailSession session, SelfKill kill) : IMailSession
    {
        public Task<SendResult> SendAsync(DigestMail mail, CancellationToken cancellationToken)
        {
            kill.Sending();
            return session.SendAsync(mail, cancellationToken);
        }

        public Task<SendResult> SendAsync(NoticeMail mail, CancellationToken cancellationToken) =>
            session.SendAsync(mail, cancellationToken);

        public ValueTask DisposeAsync() => session.DisposeAsync();
    }
}

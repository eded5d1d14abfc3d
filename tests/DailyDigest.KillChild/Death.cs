using System.Diagnostics;
using DailyDigest.Mailing;
using DailyDigest.Runs;
using DailyDigest.Testing.Storage;

namespace DailyDigest.KillChild;

/// <summary>Ends this process by SIGKILL, from within, at the moment that it was told: no handler runs, nothing is flushed.</summary>
internal sealed class Death
{
    private readonly Process self = Process.GetCurrentProcess();
    private readonly Orders orders;
    private readonly ITimer? fromStart;
    private ITimer? fromSending;
    private int begun;
    private int done;
    private int sends;

    public Death(Orders orders)
    {
        this.orders = orders;
        Plan = new FaultPlan
        {
            Before = call => Count(call, ref begun, orders.DieBefore),
            After = call => Count(call, ref done, orders.DieAfter),
        };
        if (orders.DieStarted is { } span)
        {
            fromStart = After(span);
        }
    }

    /// <summary>The faults of both ports.</summary>
    public FaultPlan Plan { get; }

    /// <summary>A message is begun.</summary>
    public void Sending()
    {
        if (orders.DieSending is { } span && Interlocked.Increment(ref sends) == 1)
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

/// <summary>The product's transport; tells when a message is begun.</summary>
internal sealed class MortalTransport(IMailTransport transport, Death death) : IMailTransport
{
    public IMailSession OpenSession() => new Session(transport.OpenSession(), death);

    private sealed class Session(IMailSession session, Death death) : IMailSession
    {
        public Task<SendResult> SendAsync(DigestMail mail, CancellationToken cancellationToken)
        {
            death.Sending();
            return session.SendAsync(mail, cancellationToken);
        }

        public Task<SendResult> SendAsync(NoticeMail mail, CancellationToken cancellationToken) => session.SendAsync(mail, cancellationToken);

        public ValueTask DisposeAsync() => session.DisposeAsync();
    }
}

using DailyDigest.Sending;
using DailyDigest.Storage;

namespace DailyDigest.Relays;

/// <summary>
/// One machine's share of a relay's limits, kept in one row per relay that all machines change by compare-and-swap. Connections are
/// leased for a minute and renewed. Messages are granted for a few seconds ahead, each with the instant at which it may begin, so that
/// the grants of all machines follow one another. Instants are the store's: each machine adds its monotonic clock to the store's time.
/// Without limits the store is not used.
/// </summary>
public sealed class RelayBudget : IDisposable
{
    /// <summary>A machine begins nothing under a lease in this last part of it.</summary>
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Renewal = TimeSpan.FromSeconds(15);

    /// <summary>A store that fails for longer is reported to the caller.</summary>
    private static readonly TimeSpan OutageTimeout = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <summary>How long a sender waits before it asks again for messages of the hour.</summary>
    private static readonly TimeSpan HourPoll = TimeSpan.FromSeconds(15);

    private readonly RelayLimits limits;
    private readonly TimeProvider time;
    private readonly RelayRow row;
    private readonly string holder = Guid.NewGuid().ToString("n");
    private readonly Lock gate = new();
    private readonly CancellationTokenSource closing = new();
    private readonly CancellationToken closed;
    private readonly RelayGrants grants;
    private (int Held, int Target, long Asked)? slots;
    private Task? asking;

    /// <summary>Creates the share; the store is not touched before the first lease or grant.</summary>
    /// <param name="tables">The store that all machines share.</param>
    /// <param name="relay">Identifies the relay and the account on it, the same on all machines.</param>
    /// <param name="limits">The limits.</param>
    /// <param name="time">This machine's clock; only durations are measured with it.</param>
    public RelayBudget(ITableStore tables, string relay, RelayLimits limits, TimeProvider time)
    {
        (this.limits, this.time) = (limits, time);
        (closed, grants) = (closing.Token, new RelayGrants(limits));
        row = new RelayRow(tables, relay, grants.Span, time);
    }

    /// <summary>Connections that this machine may have open now. Close those beyond it as soon as they are idle.</summary>
    public int Allowed
    {
        get
        {
            lock (gate)
            {
                return limits.Connections == 0 ? int.MaxValue
                    : slots is { } lease && time.GetElapsedTime(lease.Asked) < RelayLedger.Lease - Margin ? lease.Target : 0;
            }
        }
    }

    /// <summary>True if a lease is held and is due for renewal.</summary>
    public bool RenewalIsDue
    {
        get
        {
            lock (gate)
            {
                return slots is { } lease && time.GetElapsedTime(lease.Asked) >= Renewal;
            }
        }
    }

    /// <summary>
    /// Leases connections, or renews the lease, for a minute. While other machines wait, no machine keeps more than an equal share. If
    /// there are fewer connections than machines, the machines take turns. An open connection is not given to another machine before it is
    /// closed: <see cref="Allowed"/> falls first, and the next lease is smaller.
    /// </summary>
    /// <param name="open">Connections that are open.</param>
    /// <param name="wanted">Connections that could be used; at least <paramref name="open"/>.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="StorageException">The store failed. Earlier leases stay valid until they end.</exception>
    public async Task LeaseAsync(int open, int wanted, CancellationToken cancellationToken)
    {
        if (limits.Connections == 0)
        {
            return;
        }

        (int, int, long) leased = default;
        await row.ChangeAsync(
            (ledger, now) =>
            {
                var (share, target) = RelayShare.Lease(holder, ledger.Shares, limits.Connections, open, wanted, now);
                leased = (share.Held, target, time.GetTimestamp());
                return ledger with { Shares = [.. ledger.Shares.Where(one => one.Holder != holder), share] };
            },
            cancellationToken);
        lock (gate)
        {
            slots = leased;
        }
    }

    /// <summary>
    /// Waits until one message may begin. Returns <see cref="GrantAnswer.DayIsOver"/> or <see cref="GrantAnswer.HourIsOver"/> at once if
    /// the messages of the day or of the hour are used up.
    /// </summary>
    /// <param name="isService">True for a service mail, which may use what is kept of the hour.</param>
    /// <param name="waitsForHour">True to wait until the hour has messages again.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="StorageException">The store has failed for half a minute.</exception>
    public ValueTask<GrantAnswer> TakeAsync(bool isService, bool waitsForHour, CancellationToken cancellationToken)
    {
        if (!limits.HasMessages)
        {
            return new ValueTask<GrantAnswer>(GrantAnswer.Taken);
        }

        var (taken, wait, asked) = Try(isService);
        return taken == GrantAnswer.Taken && wait == TimeSpan.Zero ? new ValueTask<GrantAnswer>(taken)
            : WaitAsync((taken, wait, asked), isService, waitsForHour, cancellationToken);
    }

    /// <summary>Returns a message that was taken and not begun.</summary>
    public void GiveBack()
    {
        lock (gate)
        {
            grants.GiveBack();
        }
    }

    /// <summary>Returns the connections, all of which are closed, and the day's messages that were not used.</summary>
    /// <exception cref="StorageException">The store failed; the lease ends by itself.</exception>
    public async Task ReleaseAsync(CancellationToken cancellationToken)
    {
        int unused;
        bool leased;
        lock (gate)
        {
            unused = grants.TakeUnused();
            leased = slots is not null;
            slots = null;
        }

        if (leased || unused > 0)
        {
            // A write whose reply was lost looks refused when the client repeats it. A second computation would return the same messages
            // twice.
            var release = Guid.NewGuid().ToString("n");
            await row.ChangeAsync(
                (ledger, _) => ledger.Released == release ? ledger : ledger with
                {
                    Shares = [.. ledger.Shares.Where(share => share.Holder != holder)],
                    Used = ledger.Day == grants.Day ? Math.Max(0, ledger.Used - unused) : ledger.Used,
                    Released = release,
                },
                cancellationToken);
        }
    }

    /// <summary>Cancels pending requests; leases end by themselves.</summary>
    public void Dispose() => closing.Cancel();

    private async ValueTask<GrantAnswer> WaitAsync(
        (GrantAnswer Answer, TimeSpan Wait, Task? Asked) tried, bool isService, bool waitsForHour, CancellationToken cancellationToken)
    {
        var (answer, wait, asked) = tried;
        while (true)
        {
            switch (answer)
            {
                case GrantAnswer.HourIsOver when waitsForHour:
                    await Task.Delay(HourPoll, time, cancellationToken);
                    break;

                case GrantAnswer.DayIsOver or GrantAnswer.HourIsOver:
                    return answer;

                case GrantAnswer.Taken:
                    try
                    {
                        if (wait > TimeSpan.Zero)
                        {
                            await Task.Delay(wait, time, cancellationToken);
                        }

                        return answer;
                    }
                    catch (OperationCanceledException)
                    {
                        GiveBack();
                        throw;
                    }

                default:
                    await asked!.WaitAsync(cancellationToken);
                    break;
            }

            (answer, wait, asked) = Try(isService);
        }
    }

    private (GrantAnswer Answer, TimeSpan Wait, Task? Asked) Try(bool isService)
    {
        lock (gate)
        {
            var (answer, wait) = row.Now is { } now ? grants.Take(now, isService) : (GrantAnswer.Ask, TimeSpan.Zero);
            if (answer == GrantAnswer.Ask || (answer == GrantAnswer.Taken && grants.RunsLow))
            {
                // Not under the lock: a store may work synchronously before it returns a task.
                asking ??= Task.Run(AskAsync);
            }

            return (answer, wait, asking);
        }
    }

    /// <summary>One request for all that wait.</summary>
    private async Task AskAsync()
    {
        var began = time.GetTimestamp();
        try
        {
            while (true)
            {
                try
                {
                    await GrantAsync(closed);
                    return;
                }
                catch (StorageException) when (time.GetElapsedTime(began) < OutageTimeout)
                {
                    await Task.Delay(Pause, time, closed);
                }
            }
        }
        finally
        {
            lock (gate)
            {
                asking = null;
            }
        }
    }

    private async Task GrantAsync(CancellationToken cancellationToken)
    {
        Action<DateTimeOffset> keep = _ => { };
        var at = await row.ChangeAsync(
            (ledger, now) =>
            {
                lock (gate)
                {
                    (var changed, keep) = grants.Grant(ledger, now);
                    return changed;
                }
            },
            cancellationToken);
        lock (gate)
        {
            keep(at);
        }
    }
}

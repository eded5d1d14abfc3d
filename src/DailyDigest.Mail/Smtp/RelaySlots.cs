using DailyDigest.Relays;
using DailyDigest.Runs;

namespace DailyDigest.Mail.Smtp;

/// <summary>
/// The state of one relay under one lock: which connections are open, idle, opening or closing, which borrowers wait, and what the
/// relay's health and limits allow. It decides; <see cref="RelayConnections"/> opens and closes, and <see cref="RelayPool"/> waits.
/// </summary>
internal sealed class RelaySlots
{
    private static readonly TimeSpan UpkeepInterval = TimeSpan.FromSeconds(10);

    /// <summary>How long the store may fail before waiting borrowers are refused.</summary>
    private static readonly TimeSpan StoreTimeout = TimeSpan.FromSeconds(30);

    private readonly Lock gate = new();
    private readonly RelayOptions options;
    private readonly TimeProvider time;
    private readonly ITimer upkeep;
    private readonly BudgetKeeper? keeper;
    private readonly RelayHealth health;
    private readonly RelayWaiters waiters = new();
    private readonly ConnectionSet connections;
    private bool upkeepRuns;
    private bool closed;

    /// <param name="options">The relay.</param>
    /// <param name="budget">The limits that machines share; null for none.</param>
    /// <param name="time">The clock.</param>
    /// <param name="upkeep">Calls for <see cref="Upkeep"/>; it runs while there is something to look after.</param>
    /// <param name="events">Gets a store that fails.</param>
    public RelaySlots(RelayOptions options, RelayBudget? budget, TimeProvider time, ITimer upkeep, RelayEvents events)
    {
        (this.options, this.time, this.upkeep) = (options, time, upkeep);
        (health, connections) = (new RelayHealth(time), new ConnectionSet(time));
        keeper = budget is null ? null : new BudgetKeeper(budget, options.Connections > 0, time, events, Demand, WakeAll);
    }

    private int Allowed => Math.Min(health.Limit, keeper?.Allowed ?? int.MaxValue);

    /// <summary>True while one connection finds out whether a relay that could not be used can be used again.</summary>
    private bool IsProbing => health.Failures > 0 && connections.AllAreConnecting;

    /// <summary>Why the relay cannot be used now; no refusal if it can.</summary>
    /// <param name="waitsForProbe">False to be refused while another borrower finds out.</param>
    public NextStep Refusal(bool waitsForProbe)
    {
        lock (gate)
        {
            return RefusalNow(waitsForProbe);
        }
    }

    /// <summary>Decides the next step of a borrower. A new connection is counted as open from here on.</summary>
    /// <param name="waitsForProbe">False to be refused while another borrower finds out whether the relay can be used.</param>
    /// <param name="waiter">The borrower's place, if it has waited; null if it asks for the first time.</param>
    public NextStep Next(bool waitsForProbe, RelayWaiter? waiter)
    {
        lock (gate)
        {
            var refused = RefusalNow(waitsForProbe);
            if (refused.Refusal is null && keeper is { Fails: true } && Allowed == 0
                && waiter is not null && time.GetElapsedTime(waiter.Since) >= StoreTimeout)
            {
                refused = new NextStep(BudgetKeeper.NotReadable(options.Name));
            }

            if (refused.Refusal is not null)
            {
                waiters.Remove(waiter);
                waiters.WakeOne();
                return refused;
            }

            var (delay, allowed) = (health.Delay, Allowed);
            if (delay > TimeSpan.Zero || IsProbing)
            {
                return Wait(waiter, delay > TimeSpan.Zero ? delay : Timeout.InfiniteTimeSpan);
            }

            var isFree = connections.HasIdle(allowed) || connections.Open < allowed;
            if (!isFree)
            {
                var step = Wait(waiter, keeper?.PollInterval ?? Timeout.InfiniteTimeSpan);
                keeper?.RequestIfUseful(connections.Open, connections.Open + waiters.Count);
                return step;
            }

            // First come, first served: else a sender of message after message would keep its connection for itself.
            if (waiters.IsBehind(waiter))
            {
                waiters.WakeFirst();
                return Wait(waiter, keeper?.PollInterval ?? Timeout.InfiniteTimeSpan);
            }

            waiters.Remove(waiter);
            return Serve(allowed);
        }
    }

    /// <summary>A borrower leaves without a connection: another may use what it was woken for.</summary>
    public void Leave(RelayWaiter waiter)
    {
        lock (gate)
        {
            waiters.Remove(waiter);
            waiters.WakeOne();
        }
    }

    /// <summary>A connection that is open is being changed for a new one.</summary>
    public void Reopening()
    {
        lock (gate)
        {
            connections.BeginReopening();
        }
    }

    /// <summary>The connection that was counted is open.</summary>
    public void Opened()
    {
        lock (gate)
        {
            connections.EndOpening(succeeded: true);
            if (!upkeepRuns && !closed)
            {
                upkeepRuns = true;
                upkeep.Change(UpkeepInterval, UpkeepInterval);
            }

            waiters.WakeAll();
        }
    }

    /// <summary>The connection that was counted could not be opened.</summary>
    /// <param name="reply">The error; null if the attempt was cancelled.</param>
    /// <param name="began">When the attempt began.</param>
    public HealthChange NotOpened(string? reply, long began)
    {
        lock (gate)
        {
            // If others are connected, or may yet be, the relay works and only wants fewer of us.
            var wait = reply is null ? null
                : connections.InUse > 1 ? health.SlowDown(reply, connections.InUse, began)
                : health.Pause(reply, began);
            connections.EndOpening(succeeded: false);
            waiters.WakeAll();
            return Change(wait);
        }
    }

    /// <summary>Learns from the answer to a message.</summary>
    public HealthChange Learn(SendResult result, Backpressure pressure, long began)
    {
        lock (gate)
        {
            return pressure != Backpressure.None ? Change(health.SlowDown(result.Reply, connections.InUse, began))
                : result.Outcome is SendOutcome.Sent or SendOutcome.Rejected ? new HealthChange(Recovered: health.Worked())
                : default;
        }
    }

    /// <summary>
    /// Makes the connection idle. Returns false, and counts it as closing, if it is dead, has done its share, or is one too many.
    /// </summary>
    public bool TryRest(RelayConnection connection)
    {
        lock (gate)
        {
            var isDone = options.PerConnection > 0 && connection.Begun >= options.PerConnection;
            if (!connections.TryRest(connection, connection.Client.IsConnected && !closed && !isDone, Allowed))
            {
                return false;
            }

            waiters.WakeOne();
            return true;
        }
    }

    /// <summary>A connection that was counted as closing is closed.</summary>
    public void Closed()
    {
        lock (gate)
        {
            connections.EndClosing();
            waiters.WakeOne();
        }
    }

    /// <summary>
    /// Takes out the connections that were idle for long or are too many; they count as closing. The lease is renewed, or released when
    /// nothing uses the relay.
    /// </summary>
    public List<RelayConnection> Upkeep()
    {
        lock (gate)
        {
            var expired = connections.TakeExpired(Allowed);
            if (connections.Open == 0 && waiters.Count == 0 && keeper?.TryRelease() != false)
            {
                if (upkeepRuns)
                {
                    upkeepRuns = false;
                    upkeep.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
                }
            }
            else
            {
                keeper?.RenewIfDue();
            }

            return expired;
        }
    }

    public void WakeAll()
    {
        lock (gate)
        {
            waiters.WakeAll();
        }
    }

    /// <summary>Refuses every borrower from now on. Returns the idle connections, which the caller closes.</summary>
    public List<RelayConnection> Close()
    {
        lock (gate)
        {
            closed = true;
            upkeep.Dispose();
            waiters.WakeAll();
            return connections.TakeAllIdle();
        }
    }

    private NextStep Wait(RelayWaiter? waiter, TimeSpan atMost) => new(Place: waiters.Wait(waiter, time.GetTimestamp()), Wait: atMost);

    private NextStep Serve(int allowed)
    {
        NextStep step;
        if (connections.HasIdle(allowed))
        {
            step = new NextStep(Idle: connections.TakeIdle());
        }
        else
        {
            connections.BeginOpening();
            step = new NextStep(Began: time.GetTimestamp());
        }

        if (connections.HasIdle(allowed) || connections.Open < allowed)
        {
            waiters.WakeOne();
        }

        return step;
    }

    private NextStep RefusalNow(bool waitsForProbe) =>
        closed ? new NextStep("the program is stopping")
        : health.IsPaused ? new NextStep(health.Reply)
        : !waitsForProbe && IsProbing ? new NextStep(health.Reply, IsProbed: true)
        : default;

    private HealthChange Change(TimeSpan? wait) => new(wait, health.IsPaused, health.Limit);

    private (int Open, int Wanted) Demand()
    {
        lock (gate)
        {
            return (connections.Open, connections.Open + waiters.Count);
        }
    }
}

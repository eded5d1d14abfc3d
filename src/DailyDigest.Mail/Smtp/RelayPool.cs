using DailyDigest.Delivery;
using DailyDigest.Storage;
using Microsoft.Extensions.Logging;

namespace DailyDigest.Mail.Smtp;

/// <summary>What a borrower got: a connection, or why there is none.</summary>
/// <param name="Pool">Whose it is.</param>
/// <param name="Connection">The connection, which is the borrower's alone; null if there is none.</param>
/// <param name="Trouble">Why there is none.</param>
/// <param name="IsProbed">True if somebody is finding out whether the relay can be used again.</param>
internal readonly record struct Loan(RelayPool? Pool, RelayConnection? Connection, SendResult? Trouble, bool IsProbed = false);

/// <summary>
/// The connections to one relay, kept between messages and parts. Whoever has a message to send borrows one, and waits here for what the
/// relay's limits and its health allow. A message costs one lock here; timers and storage are used only where something limits.
/// </summary>
internal sealed partial class RelayPool : IAsyncDisposable, IDisposable
{
    private static readonly TimeSpan Rests = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Round = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Goodbye = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(2);

    /// <summary>How long a store may fail before those who wait for connections are told.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Lock gate = new();
    private readonly RelayOptions options;
    private readonly RelayConnector connector;
    private readonly Replies replies;
    private readonly RelayBudget? budget;
    private readonly TimeProvider time;
    private readonly ILogger logger;
    private readonly RelayHealth health;
    private readonly ITimer rounds;
    private readonly KeyValuePair<string, object?> tag;
    private readonly List<RelayConnection> idle = [];
    private readonly LinkedList<TaskCompletionSource> waiters = new();
    private int open;
    private int connecting;
    private int lastWanted;
    private long? lastLease;
    private long? storeFails;
    private Task? leasing;
    private bool ticking;
    private bool closed;

    public RelayPool(RelayOptions options, RelayConnector connector, Replies replies, RelayBudget? budget, TimeProvider time, ILogger logger)
    {
        (this.options, this.connector, this.replies, this.budget, this.time, this.logger) = (options, connector, replies, budget, time, logger);
        health = new RelayHealth(time);
        tag = new("relay", options.Name);
        rounds = time.CreateTimer(_ => _ = GoRoundAsync(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public string Name => options.Name;

    private bool HasSlots => budget is not null && options.Connections > 0;

    private int Allowed => Math.Min(health.Limit, budget?.Allowed ?? int.MaxValue);

    /// <summary>
    /// Waits for a connection on which one message may begin. Returns at once if the relay cannot be used now, and, unless patient, if somebody
    /// is just finding out.
    /// </summary>
    public async ValueTask<Loan> BorrowAsync(bool patient, CancellationToken cancellationToken)
    {
        if (budget is null)
        {
            return await ConnectionAsync(patient, cancellationToken);
        }

        lock (gate)
        {
            if (Unusable(patient) is { } why)
            {
                return why;
            }
        }

        try
        {
            if (!await budget.TakeAsync(cancellationToken))
            {
                return Refusal($"the day's limit of relay {Name} ({options.PerDay}) is reached");
            }
        }
        catch (StorageException)
        {
            return Refusal($"storage does not tell what relay {Name} allows");
        }

        var loan = default(Loan);
        try
        {
            return loan = await ConnectionAsync(patient, cancellationToken);
        }
        finally
        {
            if (loan.Connection is null)
            {
                budget.GiveBack();
            }
        }
    }

    /// <summary>Takes back a connection on which nothing was begun.</summary>
    public void GiveBack(RelayConnection connection)
    {
        budget?.GiveBack();
        Put(connection);
    }

    /// <summary>Takes back a connection and learns from the answer to the message. Returns the answer, marked if it was about the relay only.</summary>
    /// <param name="connection">The connection, which is not the borrower's any more.</param>
    /// <param name="result">The answer; null if the message was cut off.</param>
    /// <param name="began">When the message began, a timestamp of the clock.</param>
    public SendResult? Settle(RelayConnection connection, SendResult? result, long began)
    {
        connection.Begun++;
        if (result is null)
        {
            connection.Drop();
            Put(connection);
            return null;
        }

        var pressure = RelayHealth.Of(result);
        if (result.Reply.StartsWith("421", StringComparison.Ordinal))
        {
            connection.Drop();
        }

        TimeSpan? slowed = null;
        var recovered = false;
        lock (gate)
        {
            if (pressure != Pressure.None)
            {
                slowed = health.Slow(result.Reply, open, began);
            }
            else if (result.Outcome is SendOutcome.Sent or SendOutcome.Rejected)
            {
                recovered = health.Worked();
            }
        }

        Put(connection);
        Tell(slowed, recovered, result.Reply);
        return result with { Relay = Name, Begun = pressure != Pressure.Certain };
    }

    /// <summary>Changes the borrower's connection for a new one. Returns null, and why, if there is none.</summary>
    public async Task<(RelayConnection? Connection, SendResult? Trouble)> ReplaceAsync(RelayConnection old, CancellationToken cancellationToken)
    {
        using (var patience = new CancellationTokenSource(Goodbye, time))
        {
            await old.QuitAsync(patience.Token);
        }

        lock (gate)
        {
            connecting++;
        }

        Telemetry.RelayConnections.Add(-1, tag);
        var (connection, trouble) = await ConnectAsync(time.GetTimestamp(), cancellationToken);
        if (connection is null)
        {
            budget?.GiveBack();
        }

        return (connection, trouble);
    }

    /// <summary>Says goodbye on every connection at rest, for five seconds at most, and gives back what was leased.</summary>
    public async ValueTask DisposeAsync()
    {
        var resting = Close();
        using var patience = new CancellationTokenSource(Goodbye, time);
        await Task.WhenAll(resting.Select(connection => connection.QuitAsync(patience.Token)));
        Telemetry.RelayConnections.Add(-resting.Count, tag);
        try
        {
            if (budget is not null)
            {
                await budget.ReleaseAsync(patience.Token);
            }
        }
        catch (Exception e) when (e is StorageException or OperationCanceledException)
        {
            // What was leased runs out by itself.
        }

        budget?.Dispose();
    }

    /// <summary>Closes without waiting for anybody.</summary>
    public void Dispose()
    {
        var resting = Close();
        resting.ForEach(connection => connection.Drop());
        Telemetry.RelayConnections.Add(-resting.Count, tag);
        budget?.Dispose();
    }

    private List<RelayConnection> Close()
    {
        lock (gate)
        {
            closed = true;
            List<RelayConnection> resting = [.. idle];
            idle.Clear();
            open -= resting.Count;
            rounds.Dispose();
            WakeAll();
            return resting;
        }
    }

    private async ValueTask<Loan> ConnectionAsync(bool patient, CancellationToken cancellationToken)
    {
        while (true)
        {
            RelayConnection? resting = null;
            LinkedListNode<TaskCompletionSource>? waiter = null;
            var (wait, began) = (TimeSpan.Zero, 0L);
            lock (gate)
            {
                if (Unusable(patient) is { } why)
                {
                    return why;
                }

                var pause = health.Pause;
                var allowed = Allowed;
                if (pause > TimeSpan.Zero || IsProbed())
                {
                    (waiter, wait) = (waiters.AddLast(NewWaiter()), pause > TimeSpan.Zero ? pause : Timeout.InfiniteTimeSpan);
                }
                else if (idle.Count > 0 && open <= allowed)
                {
                    // The one that rested last: the others may go to sleep.
                    resting = idle[^1];
                    idle.RemoveAt(idle.Count - 1);
                }
                else if (open < allowed)
                {
                    (open, connecting, began) = (open + 1, connecting + 1, time.GetTimestamp());
                }
                else
                {
                    (waiter, wait) = (waiters.AddLast(NewWaiter()), HasSlots ? Poll : Timeout.InfiniteTimeSpan);
                    LeaseIfUseful();
                }
            }

            if (waiter is not null)
            {
                await WaitAsync(waiter, wait, cancellationToken);
            }
            else if (resting is null)
            {
                var (connection, _) = await ConnectAsync(began, cancellationToken);
                if (connection is not null)
                {
                    return new Loan(this, connection, null);
                }
            }
            else if (resting.IsAlive)
            {
                return new Loan(this, resting, null);
            }
            else
            {
                resting.Drop();
                Put(resting);
            }
        }

        static TaskCompletionSource NewWaiter() => new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    /// <summary>Opens the connection that was counted already.</summary>
    private async Task<(RelayConnection? Connection, SendResult? Trouble)> ConnectAsync(long began, CancellationToken cancellationToken)
    {
        RelayConnection? connection = null;
        SendResult? trouble = null;
        try
        {
            var (client, stream) = await connector.ConnectAsync(cancellationToken);
            try
            {
                await connector.LogInAsync(client, cancellationToken);
                connection = new RelayConnection(client, stream);
            }
            finally
            {
                if (connection is null)
                {
                    client.Dispose();
                    await stream.DisposeAsync();
                }
            }
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            trouble = replies.Connecting(e);
        }
        finally
        {
            Connected(connection, trouble, began);
        }

        return (connection, trouble);
    }

    private void Connected(RelayConnection? connection, SendResult? trouble, long began)
    {
        TimeSpan? slowed = null;
        lock (gate)
        {
            connecting--;
            if (connection is null)
            {
                if (trouble is not null)
                {
                    // Where others are connected, or may yet be, the relay works and only wants no more of us.
                    slowed = open > 1 ? health.Slow(trouble.Reply, open, began) : health.Refused(trouble.Reply, began);
                }

                open--;
            }
            else if (!ticking && !closed)
            {
                ticking = true;
                rounds.Change(Round, Round);
            }

            WakeAll();
        }

        if (connection is not null)
        {
            Telemetry.RelayConnections.Add(1, tag);
        }
        else if (trouble is not null)
        {
            Log.NoConnection(logger, Name, trouble.Outcome, trouble.Reply);
            Tell(slowed, recovered: false, trouble.Reply);
        }
    }

    /// <summary>Puts a connection to rest, or closes it: because it is dead, has done its share, or is one too many.</summary>
    private void Put(RelayConnection connection)
    {
        lock (gate)
        {
            var done = options.PerConnection > 0 && connection.Begun >= options.PerConnection;
            if (connection.Client.IsConnected && !closed && !done && open <= Allowed)
            {
                connection.RestsSince = time.GetTimestamp();
                idle.Add(connection);
                WakeOne();
                return;
            }
        }

        if (connection.Client.IsConnected)
        {
            _ = QuitAsync(connection);
        }
        else
        {
            connection.Drop();
            Gone();
        }
    }

    private async Task QuitAsync(RelayConnection connection)
    {
        using var patience = new CancellationTokenSource(Goodbye, time);
        await connection.QuitAsync(patience.Token);
        Gone();
    }

    private void Gone()
    {
        Telemetry.RelayConnections.Add(-1, tag);
        lock (gate)
        {
            open--;
            WakeOne();
        }
    }

    /// <summary>Every ten seconds: connections that rest for long are closed, leases renewed, and what nobody uses given back.</summary>
    private async Task GoRoundAsync()
    {
        try
        {
            List<RelayConnection> tired;
            bool release;
            lock (gate)
            {
                var spare = open - Allowed;
                tired = [.. idle.Where((connection, index) => index < spare || time.GetElapsedTime(connection.RestsSince) >= Rests)];
                idle.RemoveAll(tired.Contains);
                release = open == 0 && waiters.Count == 0 && leasing is null;
                if (release && ticking)
                {
                    ticking = false;
                    rounds.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
                }

                if (!release && HasSlots && budget!.RenewalIsDue)
                {
                    leasing ??= Task.Run(LeaseAsync);
                }
            }

            await Task.WhenAll(tired.Select(QuitAsync));
            if (release && budget is not null)
            {
                await budget.ReleaseAsync(CancellationToken.None);
            }
        }
        catch (Exception e) when (e is StorageException or ObjectDisposedException or OperationCanceledException)
        {
            // What was leased runs out by itself.
        }
    }

    /// <summary>Asks for connections if there may be some: more are wanted than the last time, or that was a while ago. Under the lock.</summary>
    private void LeaseIfUseful()
    {
        var wanted = open + waiters.Count;
        if (HasSlots && leasing is null && open >= budget!.Allowed
            && (wanted > lastWanted || lastLease is not { } last || time.GetElapsedTime(last) >= Poll))
        {
            // Not under the lock: a store may do its work before it returns a task.
            leasing = Task.Run(LeaseAsync);
        }
    }

    private async Task LeaseAsync()
    {
        int isOpen, wanted;
        lock (gate)
        {
            (isOpen, wanted) = (open, open + waiters.Count);
            (lastLease, lastWanted) = (time.GetTimestamp(), wanted);
        }

        long? fails = null;
        try
        {
            await budget!.LeaseAsync(isOpen, wanted, CancellationToken.None);
        }
        catch (StorageException e)
        {
            fails = time.GetTimestamp();
            Log.StoreFails(logger, Name, e);
        }
        finally
        {
            lock (gate)
            {
                storeFails = fails is null ? null : storeFails ?? fails;
                leasing = null;
                WakeAll();
            }
        }
    }

    private async Task WaitAsync(LinkedListNode<TaskCompletionSource> waiter, TimeSpan wait, CancellationToken cancellationToken)
    {
        try
        {
            await waiter.Value.Task.WaitAsync(wait, time, cancellationToken);
        }
        catch (TimeoutException)
        {
            // Time to look again.
        }
        finally
        {
            lock (gate)
            {
                if (waiter.List is not null)
                {
                    waiters.Remove(waiter);
                }
                else if (cancellationToken.IsCancellationRequested)
                {
                    // It was woken for something that another can use.
                    WakeOne();
                }
            }
        }
    }

    /// <summary>Why the relay cannot be used at all now; null if it can. Under the lock.</summary>
    private Loan? Unusable(bool patient) =>
        closed ? Refusal("the program ends")
        : health.IsAlone ? Refusal(health.Reply)
        : !patient && IsProbed() ? Refusal(health.Reply) with { IsProbed = true }
        : HasSlots && storeFails is { } since && time.GetElapsedTime(since) >= Patience && budget!.Allowed == 0
            ? Refusal($"storage does not tell what relay {Name} allows")
        : null;

    /// <summary>True while one connection finds out whether a relay that could not be used can be used again. Under the lock.</summary>
    private bool IsProbed() => health.Failures > 0 && connecting > 0 && open == connecting;

    private Loan Refusal(string reply) => new(this, null, new SendResult(SendOutcome.RelayRefused, reply) { Relay = Name });

    private void WakeOne()
    {
        if (waiters.First is { } first)
        {
            waiters.RemoveFirst();
            first.Value.SetResult();
        }
    }

    private void WakeAll()
    {
        while (waiters.Count > 0)
        {
            WakeOne();
        }
    }

    private void Tell(TimeSpan? slowed, bool recovered, string reply)
    {
        if (recovered)
        {
            Log.Recovered(logger, Name);
        }

        if (slowed is not { } wait)
        {
            return;
        }

        bool alone;
        int limit;
        lock (gate)
        {
            (alone, limit) = (health.IsAlone, health.Limit);
            WakeAll();
        }

        Telemetry.RelayTroubles.Add(1, tag, new("kind", alone ? "left-alone" : "slowed"));
        if (alone)
        {
            Log.LeftAlone(logger, Name, wait, reply);
        }
        else
        {
            Log.Slowed(logger, Name, limit, wait, reply);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "No connection to the relay {Relay} ({Outcome}): {Reply}")]
        public static partial void NoConnection(ILogger logger, string relay, SendOutcome outcome, string reply);

        [LoggerMessage(2, LogLevel.Warning, "The relay {Relay} cannot be used and is left alone for {Wait}: {Reply}")]
        public static partial void LeftAlone(ILogger logger, string relay, TimeSpan wait, string reply);

        [LoggerMessage(3, LogLevel.Warning, "The relay {Relay} slows us down; at most {Connections} connections go on after {Wait}: {Reply}")]
        public static partial void Slowed(ILogger logger, string relay, int connections, TimeSpan wait, string reply);

        [LoggerMessage(4, LogLevel.Information, "The relay {Relay} takes as many connections as before")]
        public static partial void Recovered(ILogger logger, string relay);

        [LoggerMessage(5, LogLevel.Warning, "Storage does not tell how many connections to the relay {Relay} are free")]
        public static partial void StoreFails(ILogger logger, string relay, Exception exception);
    }
}

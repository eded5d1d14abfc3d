using DailyDigest.Relays;
using DailyDigest.Runs;
using DailyDigest.Settings;
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

    /// <summary>Waiters that were woken and have not looked yet: what they were woken for is not for those who come later.</summary>
    private int woken;
    private int open;
    private int leaving;
    private int connecting;
    private int lastWanted;
    private long? lastLease;
    private bool storeFails;
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
                // A relay that was slow to say goodbye leaves time enough for this.
                using var last = new CancellationTokenSource(Goodbye, time);
                await budget.ReleaseAsync(last.Token);
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
}

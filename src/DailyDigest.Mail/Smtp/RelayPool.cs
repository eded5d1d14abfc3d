using DailyDigest.Mailing;
using DailyDigest.Relays;
using DailyDigest.Runs;
using DailyDigest.Storage;
using Microsoft.Extensions.Logging;

namespace DailyDigest.Mail.Smtp;

/// <summary>
/// Lends the connections to one relay, message by message. A borrower waits here for what the relay's limits and its health allow. A
/// message costs one lock to borrow and one to give back; timers and storage are used only where something limits.
/// </summary>
internal sealed class RelayPool : IAsyncDisposable, IDisposable
{
    private readonly RelayOptions options;
    private readonly RelayBudget? budget;
    private readonly TimeProvider time;
    private readonly RelayConnections connections;
    private readonly RelaySlots slots;

    public RelayPool(
        RelayOptions options, RelayConnector connector, Replies replies, RelayBudget? budget, RelayFaults? faults,
        TimeProvider time, ILogger logger)
    {
        (this.options, this.budget, this.time) = (options, budget, time);
        connections = new RelayConnections(options, connector, replies, budget, faults, time, new RelayEvents(logger, options.Name));
        slots = connections.Slots;
    }

    public string Name => options.Name;

    /// <summary>Waits for a connection on which one message may begin. Returns at once if the relay cannot be used now.</summary>
    /// <param name="who">The borrower.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async ValueTask<ConnectionLease> BorrowAsync(Borrower who, CancellationToken cancellationToken)
    {
        if (budget is null)
        {
            return await ConnectionAsync(who.WaitsForProbe, cancellationToken);
        }

        if (slots.Refusal(who.WaitsForProbe) is { Refusal: not null } refused)
        {
            return Refused(refused);
        }

        try
        {
            switch (await budget.TakeAsync(who.IsService, who.WaitsForHour, cancellationToken))
            {
                case GrantAnswer.DayIsOver:
                    return Refused(new NextStep($"the day's limit of relay {Name} ({options.PerDay}) is reached"));
                case GrantAnswer.HourIsOver:
                    return Refused(new NextStep($"the hour's limit of relay {Name} ({options.PerHour}) is reached", IsHourOver: true));
            }
        }
        catch (StorageException)
        {
            return Refused(new NextStep(BudgetKeeper.NotReadable(Name)));
        }

        var lease = default(ConnectionLease);
        try
        {
            return lease = await ConnectionAsync(who.WaitsForProbe, cancellationToken);
        }
        finally
        {
            if (lease.Connection is null)
            {
                budget.GiveBack();
            }
        }
    }

    /// <summary>Takes back a connection on which no message was begun.</summary>
    public void GiveBack(RelayConnection connection)
    {
        budget?.GiveBack();
        connections.Put(connection);
    }

    /// <summary>
    /// Takes back a connection and learns from the answer to the message. Returns the answer, marked if it was about the relay only.
    /// </summary>
    /// <param name="connection">The connection, which is not the borrower's any more.</param>
    /// <param name="result">The answer; null if the message was cut off.</param>
    /// <param name="began">When the message began, a timestamp of the clock.</param>
    public SendResult? Settle(RelayConnection connection, SendResult? result, long began)
    {
        connection.Begun++;
        if (result is null)
        {
            connection.Drop();
            connections.Put(connection);
            return null;
        }

        var pressure = RelayHealth.Of(result);
        if (result.Reply.StartsWith("421", StringComparison.Ordinal))
        {
            connection.Drop();
        }

        var change = slots.Learn(result, pressure, began);
        connections.Put(connection);
        connections.Report(change, result.Reply);
        return result with { Relay = Name, Begun = pressure != Backpressure.Certain };
    }

    /// <summary>Changes the borrower's connection for a new one. Returns null, and why, if there is none.</summary>
    public async Task<(RelayConnection? Connection, SendResult? Trouble)> ReplaceAsync(
        RelayConnection old, CancellationToken cancellationToken)
    {
        var (connection, trouble) = await connections.ReplaceAsync(old, cancellationToken);
        if (connection is null)
        {
            budget?.GiveBack();
        }

        return (connection, trouble);
    }

    /// <summary>Ends the idle connections with QUIT, for five seconds at most, and releases what was leased.</summary>
    public async ValueTask DisposeAsync()
    {
        await connections.CloseAsync();
        try
        {
            if (budget is not null)
            {
                // A timeout of its own: a relay that was slow to answer QUIT has used up the other.
                using var timeout = new CancellationTokenSource(RelayConnections.QuitTimeout, time);
                await budget.ReleaseAsync(timeout.Token);
            }
        }
        catch (Exception e) when (e is StorageException or OperationCanceledException)
        {
            // The lease runs out by itself.
        }

        budget?.Dispose();
    }

    /// <summary>Drops the idle connections without waiting.</summary>
    public void Dispose()
    {
        connections.Drop();
        budget?.Dispose();
    }

    private async ValueTask<ConnectionLease> ConnectionAsync(bool waitsForProbe, CancellationToken cancellationToken)
    {
        RelayWaiter? waiter = null;
        while (true)
        {
            var step = slots.Next(waitsForProbe, waiter);
            waiter = step.Place;
            if (step.Refusal is not null)
            {
                return Refused(step);
            }

            if (waiter is not null)
            {
                await WaitAsync(waiter, step.Wait, cancellationToken);
            }
            else if (step.Idle is null)
            {
                var (connection, _) = await connections.OpenAsync(step.Began, cancellationToken);
                if (connection is not null)
                {
                    return new ConnectionLease(this, connection, null);
                }
            }
            else if (step.Idle.IsAlive)
            {
                return new ConnectionLease(this, step.Idle, null);
            }
            else
            {
                step.Idle.Drop();
                connections.Put(step.Idle);
            }
        }
    }

    /// <summary>Waits until the borrower is woken, or until it is time to ask again.</summary>
    private async Task WaitAsync(RelayWaiter waiter, TimeSpan atMost, CancellationToken cancellationToken)
    {
        try
        {
            await waiter.Woken.WaitAsync(atMost, time, cancellationToken);
        }
        catch (TimeoutException)
        {
            // It is time to ask again.
        }
        catch (OperationCanceledException)
        {
            slots.Leave(waiter);
            throw;
        }
    }

    private ConnectionLease Refused(NextStep step) =>
        new(this, null, new SendResult(SendOutcome.RelayRefused, step.Refusal!) { Relay = Name }, step.IsProbed, step.IsHourOver);
}

using DailyDigest.Mailing;
using DailyDigest.Relays;
using DailyDigest.Runs;

namespace DailyDigest.Mail.Smtp;

/// <summary>
/// Opens, keeps and closes the connections to one relay. Its <see cref="Slots"/> decide which ones may be opened or kept.
/// </summary>
internal sealed class RelayConnections
{
    /// <summary>How long the relay may take to answer QUIT.</summary>
    public static readonly TimeSpan QuitTimeout = TimeSpan.FromSeconds(5);

    private readonly RelayConnector connector;
    private readonly Replies replies;
    private readonly RelayFaults? faults;
    private readonly RelayEvents events;
    private readonly string relay;
    private readonly TimeProvider time;

    public RelayConnections(
        RelayOptions options, RelayConnector connector, Replies replies, RelayBudget? budget, RelayFaults? faults,
        TimeProvider time, RelayEvents events)
    {
        (this.connector, this.replies, this.faults, this.time, this.events) = (connector, replies, faults, time, events);
        relay = options.Name;
        var upkeep = time.CreateTimer(_ => _ = UpkeepAsync(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        Slots = new RelaySlots(options, budget, time, upkeep, events);
    }

    public RelaySlots Slots { get; }

    /// <summary>Opens the connection that was counted already. Returns null for both if the attempt was cancelled.</summary>
    /// <param name="began">When the attempt began, as a timestamp of the clock.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    public async Task<(RelayConnection? Connection, SendResult? Trouble)> OpenAsync(long began, CancellationToken cancellationToken)
    {
        RelayConnection? connection = null;
        SendResult? trouble = null;
        var paused = false;
        try
        {
            connection = await connector.OpenAsync(cancellationToken);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            trouble = replies.Connecting(e);
        }
        finally
        {
            paused = Count(connection, trouble, began);
        }

        if (faults is not null && connection is not null)
        {
            await faults.ClearAsync(relay, cancellationToken);
        }
        else if (faults is not null && paused)
        {
            await faults.RecordAsync(relay, trouble!.Reply, cancellationToken);
        }

        return (connection, trouble);
    }

    /// <summary>Changes a connection for a new one. Returns null, and why, if there is none.</summary>
    public async Task<(RelayConnection? Connection, SendResult? Trouble)> ReplaceAsync(
        RelayConnection old, CancellationToken cancellationToken)
    {
        using (var timeout = new CancellationTokenSource(QuitTimeout, time))
        {
            await old.QuitAsync(timeout.Token);
        }

        Slots.Reopening();
        events.Closed(1);
        return await OpenAsync(time.GetTimestamp(), cancellationToken);
    }

    /// <summary>Keeps the connection as an idle one, or closes it: because it is dead, has done its share, or is one too many.</summary>
    public void Put(RelayConnection connection)
    {
        if (!Slots.TryRest(connection))
        {
            _ = QuitAsync(connection);
        }
    }

    /// <summary>Logs and counts a change of the relay's health, and lets the waiting borrowers see it.</summary>
    public void Report(HealthChange change, string reply)
    {
        if (change.Wait is not null)
        {
            Slots.WakeAll();
        }

        events.Report(change, reply);
    }

    /// <summary>Refuses every borrower from now on, and ends the idle connections with QUIT.</summary>
    public async Task CloseAsync()
    {
        var idle = Slots.Close();
        using var timeout = new CancellationTokenSource(QuitTimeout, time);
        await Task.WhenAll(idle.Select(connection => connection.QuitAsync(timeout.Token)));
        events.Closed(idle.Count);
    }

    /// <summary>Refuses every borrower from now on, and drops the idle connections.</summary>
    public void Drop()
    {
        var idle = Slots.Close();
        idle.ForEach(connection => connection.Drop());
        events.Closed(idle.Count);
    }

    /// <summary>Returns true if the relay is paused now, because it cannot be used.</summary>
    private bool Count(RelayConnection? connection, SendResult? trouble, long began)
    {
        if (connection is not null)
        {
            Slots.Opened();
            events.Opened();
            return false;
        }

        var change = Slots.NotOpened(trouble?.Reply, began);
        if (trouble is not null)
        {
            events.NotOpened(trouble);
            Report(change, trouble.Reply);
        }

        return trouble is not null && change.IsPaused;
    }

    /// <summary>Closes a connection that was counted as closing.</summary>
    private async Task QuitAsync(RelayConnection connection)
    {
        try
        {
            using var timeout = new CancellationTokenSource(QuitTimeout, time);
            await connection.QuitAsync(timeout.Token);
        }
        finally
        {
            events.Closed(1);
            Slots.Closed();
        }
    }

    private async Task UpkeepAsync()
    {
        try
        {
            await Task.WhenAll(Slots.Upkeep().Select(QuitAsync));
        }
        catch (ObjectDisposedException)
        {
            // The program is stopping, and the timer is gone.
        }
    }
}

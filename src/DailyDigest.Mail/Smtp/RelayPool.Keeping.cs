using DailyDigest.Runs;
using DailyDigest.Settings;
using DailyDigest.Storage;
using Microsoft.Extensions.Logging;

namespace DailyDigest.Mail.Smtp;

/// <content>Opens connections, keeps them, closes them, leases the right to them, and tells of it.</content>
internal sealed partial class RelayPool
{
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
            if (connection.Client.IsConnected && !closed && !done && open - leaving <= Allowed)
            {
                connection.RestsSince = time.GetTimestamp();
                idle.Add(connection);
                WakeOne();
                return;
            }

            leaving++;
        }

        _ = QuitAsync(connection);
    }

    /// <summary>Closes a connection that was counted as leaving: politely if it still can be.</summary>
    private async Task QuitAsync(RelayConnection connection)
    {
        try
        {
            using var patience = new CancellationTokenSource(Goodbye, time);
            await connection.QuitAsync(patience.Token);
        }
        finally
        {
            Telemetry.RelayConnections.Add(-1, tag);
            lock (gate)
            {
                (open, leaving) = (open - 1, leaving - 1);
                WakeOne();
            }
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
                var spare = open - leaving - Allowed;
                tired = [.. idle.Where((connection, index) => index < spare || time.GetElapsedTime(connection.RestsSince) >= Rests)];
                idle.RemoveAll(tired.Contains);
                leaving += tired.Count;
                release = open == 0 && waiters.Count == 0 && leasing is null;
                if (release && ticking)
                {
                    ticking = false;
                    rounds.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
                }

                if (release && budget is not null)
                {
                    // In place of a lease: one that is asked for meanwhile would be wiped out of the row, and believed here.
                    leasing = Task.Run(ReleaseAsync);
                }
                else if (!release && HasSlots && budget!.RenewalIsDue)
                {
                    leasing ??= Task.Run(LeaseAsync);
                }
            }

            await Task.WhenAll(tired.Select(QuitAsync));
        }
        catch (ObjectDisposedException)
        {
            // The program ends.
        }
    }

    private async Task ReleaseAsync()
    {
        try
        {
            await budget!.ReleaseAsync(CancellationToken.None);
        }
        catch (StorageException)
        {
            // What was leased runs out by itself.
        }
        finally
        {
            lock (gate)
            {
                leasing = null;
                WakeAll();
            }
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

        var fails = false;
        try
        {
            await budget!.LeaseAsync(isOpen, wanted, CancellationToken.None);
        }
        catch (StorageException e)
        {
            fails = true;
            Log.StoreFails(logger, Name, e);
        }
        finally
        {
            lock (gate)
            {
                storeFails = fails;
                leasing = null;
                WakeAll();
            }
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

        [LoggerMessage(3, LogLevel.Warning, "The relay {Relay} takes fewer connections; at most {Connections} go on after {Wait}: {Reply}")]
        public static partial void Slowed(ILogger logger, string relay, int connections, TimeSpan wait, string reply);

        [LoggerMessage(4, LogLevel.Information, "The relay {Relay} takes as many connections as before")]
        public static partial void Recovered(ILogger logger, string relay);

        [LoggerMessage(5, LogLevel.Warning, "Storage does not tell how many connections to the relay {Relay} are free")]
        public static partial void StoreFails(ILogger logger, string relay, Exception exception);
    }
}

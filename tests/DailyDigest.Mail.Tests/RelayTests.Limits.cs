using System.Net;
using System.Net.Sockets;
using DailyDigest.Mail.Smtp;
using DailyDigest.Runs;
using DailyDigest.Storage;
using DailyDigest.Testing.Services;
using DailyDigest.Testing.Storage;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace DailyDigest.Mail.Tests;

/// <summary>Limits of connections and messages that machines share, and relays that ask for less.</summary>
public sealed partial class RelayTests
{
    [Fact]
    public async Task Two_machines_never_have_more_connections_open_than_the_relay_allows()
    {
        var server = await ServerAsync(
            new SmtpOptions { Faults = [new SmtpFault(SmtpStage.Data) { Delay = TimeSpan.FromMilliseconds(5) }] });
        var store = new MemoryTableStore(TimeProvider.System);
        var sockets = new CountedSockets();
        var machines = Enumerable.Range(0, 2)
            .Select(_ => Transport(
                Options(Relay(server.Port, relay => relay.Connections = 3)), store, TimeProvider.System, sockets.DialAsync)).ToList();

        await Task.WhenAll(machines.Select(async machine =>
        {
            await Task.WhenAll(Enumerable.Range(0, 5).Select(async _ =>
            {
                for (var i = 0; i < 4; i++)
                {
                    Assert.Equal(SendOutcome.Sent, (await SendAsync(machine)).Outcome);
                }
            }));
            await machine.DisposeAsync();
        }));

        Assert.Equal(40, (await server.WaitForAsync(40, Stop)).Count);

        // Counted at the client: the server may see the end of a connection after the beginning of the next.
        Assert.InRange(sockets.Most, 1, 3);
        Assert.Equal(0, sockets.Open);
    }

    [Fact]
    public async Task The_longest_waiting_borrower_is_next_even_if_the_last_one_returns_at_once()
    {
        var server = await ServerAsync();
        var transport = Transport(Options(Relay(server.Port, relay => relay.Connections = 1)));
        await using var digests = transport.OpenSession();
        await using var notice = transport.OpenSession();
        await using var third = transport.OpenSession();
        Assert.Null(await digests.ReadyAsync(Stop));
        var second = notice.ReadyAsync(Stop).AsTask();
        var last = third.ReadyAsync(Stop).AsTask();
        Task<SendResult?>? again = null;
        for (var round = 0; round < 20; round++)
        {
            Assert.Equal(SendOutcome.Sent, (await digests.SendAsync(SampleMails.Notice(), Stop)).Outcome);
            again = digests.ReadyAsync(Stop).AsTask();
            if (!again.IsCompleted)
            {
                break;
            }
        }

        Assert.Null(await second);
        Assert.False(again!.IsCompleted || last.IsCompleted);
        notice.Rest();
        Assert.Null(await last);
        Assert.False(again.IsCompleted);
        third.Rest();
        Assert.Null(await again);
        Assert.Single(await server.WaitForAsync(1, Stop));
        Assert.Equal(1, server.Connections);
    }

    [Fact]
    public async Task A_borrower_that_gives_up_does_not_block_those_behind_it()
    {
        var server = await ServerAsync();
        var transport = Transport(Options(Relay(server.Port, relay => relay.Connections = 1)));
        await using var first = transport.OpenSession();
        Assert.Null(await first.ReadyAsync(Stop));
        for (var round = 0; round < 50; round++)
        {
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(Stop);
            await using var going = transport.OpenSession();
            await using var next = transport.OpenSession();
            var leaves = going.ReadyAsync(stop.Token).AsTask();
            var stays = next.ReadyAsync(Stop).AsTask();

            await Task.WhenAll(Task.Run(stop.Cancel, Stop), Task.Run(first.Rest, Stop));

            if (await Record.ExceptionAsync(() => leaves) is null)
            {
                going.Rest();
            }

            Assert.Null(await stays);
            next.Rest();
            Assert.Null(await first.ReadyAsync(Stop));
        }
    }

    [Fact]
    public async Task A_service_mail_waits_90_seconds_for_a_connection_and_is_then_not_begun()
    {
        var server = await ServerAsync();
        var transport = Transport(Options(Relay(server.Port, relay => relay.Connections = 1)));
        await using var digests = transport.OpenSession();
        Assert.Null(await digests.ReadyAsync(Stop));

        var sending = SendAsync(transport);
        while (!sending.IsCompleted)
        {
            Stop.ThrowIfCancellationRequested();
            time.Advance(TimeSpan.FromMilliseconds(100));
            await Task.Yield();
        }

        var result = await sending;
        Assert.Equal((SendOutcome.RelayRefused, "no connection to the relay became free in time"), (result.Outcome, result.Reply));
        digests.Rest();
        Assert.Equal(SendOutcome.Sent, (await SendAsync(transport)).Outcome);
    }

    [Fact]
    public async Task Without_limits_storage_is_not_used()
    {
        var server = await ServerAsync();
        var plan = new FaultPlan();
        var transport = Transport(Options(Relay(server.Port)), new FaultTableStore(tables, plan));

        await SendAsync(transport);
        await transport.DisposeAsync();

        Assert.Empty(plan.Trace);
    }

    [Fact]
    public async Task A_relay_with_its_daily_limit_reached_is_passed_over_even_after_a_restart()
    {
        var (one, two) = (await ServerAsync(), await ServerAsync());
        var first = Transport(Options(Relay(one.Port, relay => relay.PerDay = 2)));
        await SendAsync(first);
        await SendAsync(first);
        await first.DisposeAsync();
        var alone = Transport(Options(Relay(one.Port, relay => relay.PerDay = 2)));
        var both = Transport(Options(Relay(one.Port, relay => relay.PerDay = 2), Relay(two.Port)));

        var refused = await SendAsync(alone);

        Assert.Equal(
            (SendOutcome.RelayRefused, $"the day's limit of relay 127.0.0.1:{one.Port} (2) is reached"), (refused.Outcome, refused.Reply));
        Assert.Equal($"127.0.0.1:{two.Port}", (await SendAsync(both)).Relay);
        time.SetUtcNow(new DateTimeOffset(2026, 11, 23, 0, 0, 1, TimeSpan.Zero));
        Assert.Equal($"127.0.0.1:{one.Port}", (await SendAsync(both)).Relay);
    }

    [Fact]
    public async Task A_wait_for_the_rate_limit_can_be_cancelled_and_has_begun_nothing()
    {
        var server = await ServerAsync();
        var transport = Transport(Options(Relay(server.Port, relay => relay.PerSecond = 0.01)));
        await SendAsync(transport);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        await using var session = transport.OpenSession();
        var waiting = session.ReadyAsync(stop.Token).AsTask();
        Assert.False(waiting.IsCompleted);

        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        Assert.Single(await server.WaitForAsync(1, Stop));
    }

    [Fact]
    public async Task A_refused_connection_halves_the_connections_and_delays_no_message()
    {
        var server = await ServerAsync();
        var transport = Transport(Options(Relay(server.Port)));
        var sessions = Enumerable.Range(0, 4).Select(_ => transport.OpenSession()).ToList();
        foreach (var session in sessions)
        {
            Assert.Null(await session.ReadyAsync(Stop));
        }

        await server.ScriptAsync([SmtpFault.Refuse(SmtpStage.Connect, 421, "4.7.0 Too many connections")], Stop);
        await using var fifth = transport.OpenSession();
        var waiting = fifth.ReadyAsync(Stop).AsTask();
        await log.WaitForAsync("takes fewer connections: at most 2 are used", Stop);
        Assert.False(waiting.IsCompleted);
        sessions.ForEach(session => session.Rest());
        var waited = await time.AdvanceUntilAsync(waiting, TimeSpan.FromSeconds(1), Stop);
        Assert.InRange(waited, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2));

        Assert.Null(await waiting);
        Assert.Equal(SendOutcome.Sent, (await fifth.SendAsync(SampleMails.Notice(), Stop)).Outcome);
        await server.WaitForAsync(1, Stop);
        Assert.Equal(5, server.Connections);
    }

    [Fact]
    public async Task After_a_421_the_message_counts_as_not_begun_and_the_relay_recovers_with_success()
    {
        var server = await ServerAsync(new SmtpOptions { Faults = [SmtpFault.Refuse(SmtpStage.Mail, 421, "4.3.2 Too much", times: 1)] });
        var transport = Transport(Options(Relay(server.Port)));

        var slowed = await SendAsync(transport);
        Assert.Equal((SendOutcome.Deferred, false), (slowed.Outcome, slowed.Begun));
        await using var session = transport.OpenSession();
        var waiting = session.ReadyAsync(Stop).AsTask();
        Assert.False(waiting.IsCompleted);
        await time.AdvanceUntilAsync(waiting, TimeSpan.FromSeconds(1), Stop);
        Assert.Null(await waiting);
        session.Rest();
        for (var i = 0; i < 20; i++)
        {
            Assert.Equal(SendOutcome.Sent, (await SendAsync(transport)).Outcome);
        }

        Assert.Contains(log.All, line => line.Contains("as many connections as before", StringComparison.Ordinal));
        await server.WaitForAsync(20, Stop);
        Assert.Equal(2, server.Connections);
    }

    [Theory]
    [InlineData(SmtpStage.Connect)]
    [InlineData(SmtpStage.Mail)]
    [InlineData(SmtpStage.Rcpt)]
    [InlineData(SmtpStage.Data)]
    public async Task A_relay_that_answers_only_421_is_paused_soon(SmtpStage at)
    {
        var server = await ServerAsync(new SmtpOptions { Faults = [SmtpFault.Refuse(at, 421, "4.3.2 Not now")] });
        var transport = Transport(Options(Relay(server.Port)));

        var results = new List<SendResult>();
        while (results.Count < 10 && (results.Count == 0 || results[^1].Outcome != SendOutcome.RelayRefused))
        {
            results.Add(await SendAsync(transport));
            time.Advance(TimeSpan.FromSeconds(8));
        }

        Assert.Equal(at == SmtpStage.Connect ? 1 : 6, results.Count);
        Assert.Contains("421 4.3.2 Not now", results[^1].Reply, StringComparison.Ordinal);
        Assert.All(results.SkipLast(1), result => Assert.False(result.Begun));
        await server.SyncAsync(Stop);
        Assert.InRange(server.Connections, 1, 5);
    }

    [Theory]
    [InlineData(451, "4.7.1 Greylisting in action, please come back later", true, false)]
    [InlineData(450, "4.2.1 The user you are trying to contact is receiving mail too quickly", true, false)]
    [InlineData(452, "4.2.2 Mailbox full, limit exceeded", true, false)]
    [InlineData(451, "4.3.0 Temporary lookup failure", true, false)]
    [InlineData(451, "4.7.0 Temporary server error", true, true)]
    [InlineData(454, "Throttling failure: Maximum sending rate exceeded.", false, true)]
    [InlineData(452, "4.3.1 Too many messages in this session, slow down", false, true)]
    [InlineData(450, "4.7.1 Error: too much mail from 192.0.2.1", false, true)]
    [InlineData(451, "4.4.5 Rate limit for your account", false, true)]
    public async Task A_reply_about_our_rate_slows_the_relay_and_one_about_a_mailbox_does_not(
        int code, string text, bool begun, bool slows)
    {
        var server = await ServerAsync(new SmtpOptions { Faults = [SmtpFault.Refuse(SmtpStage.Rcpt, code, text)] });

        var result = await SendAsync(Transport(Options(Relay(server.Port))));

        Assert.Equal((SendOutcome.Deferred, begun), (result.Outcome, result.Begun));
        Assert.Equal(slows, log.All.Any(line => line.Contains("takes fewer connections", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Sending_stops_while_the_store_does_not_answer_and_then_continues()
    {
        var server = await ServerAsync();
        var plan = new FaultPlan { Before = _ => throw new StorageException("out of reach") };
        var transport = Transport(Options(Relay(server.Port, relay => relay.Connections = 3)), new FaultTableStore(tables, plan));

        await using var session = transport.OpenSession();
        var waiting = session.ReadyAsync(Stop).AsTask();
        while (!waiting.IsCompleted)
        {
            time.Advance(TimeSpan.FromMilliseconds(100));
            await Task.Yield();
        }

        var refused = (await waiting)!;
        Assert.Equal((SendOutcome.RelayRefused, $"storage does not answer what relay 127.0.0.1:{server.Port} allows"),
            (refused.Outcome, refused.Reply));
        await server.SyncAsync(Stop);
        Assert.Equal(0, server.Connections);
        plan.Before = null;
        time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(SendOutcome.Sent, (await SendAsync(transport)).Outcome);
    }
}

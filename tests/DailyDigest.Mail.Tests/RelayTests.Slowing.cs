using DailyDigest.Mail.Smtp;
using DailyDigest.Runs;
using DailyDigest.Testing.Services;

namespace DailyDigest.Mail.Tests;

/// <summary>A relay that asks for less is slowed down, and recovers step by step when it takes mail again.</summary>
public sealed partial class RelayTests
{
    [Theory]
    [InlineData(421, "4.3.2 Too much", false)]
    [InlineData(450, "4.7.1 Error: too much mail from 192.0.2.1", false)]
    [InlineData(451, "4.7.0 Temporary server error", true)]
    [InlineData(454, "Throttling failure: Maximum sending rate exceeded.", false)]
    public async Task A_relay_that_complains_gets_half_the_connections_and_then_one_more_at_a_time(
        int code, string text, bool begun)
    {
        var server = await ServerAsync();
        var transport = Transport(Options(Relay(server.Port, relay => relay.PerConnection = 0)));
        await using var first = transport.OpenSession();
        await using (var second = transport.OpenSession())
        await using (var third = transport.OpenSession())
        await using (var fourth = transport.OpenSession())
        {
            foreach (var session in new[] { first, second, third, fourth })
            {
                Assert.Null(await session.ReadyAsync(Stop));
            }

            await server.ScriptAsync([SmtpFault.Refuse(SmtpStage.Rcpt, code, text, times: 1)], Stop);
            var told = await first.SendAsync(SampleMails.Notice(), Stop);
            Assert.Equal((SendOutcome.Deferred, begun), (told.Outcome, told.Begun));
            Assert.Single(
                log.All, line => line.Contains("takes fewer connections: at most 2 are used after 00:00:01", StringComparison.Ordinal));
        }

        // Two connections are being closed meanwhile. That wakes waiting borrowers, which may set their timers again.
        Assert.InRange(await PauseAsync(transport, TimeSpan.FromSeconds(1)), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2));
        await AssertLimitAsync(transport, server, 2, connections: 4);
        await SendAsync(transport, 39);
        await AssertLimitAsync(transport, server, 2, connections: 4);
        await SendAsync(transport, 1);
        await AssertLimitAsync(transport, server, 3, connections: 5);
        await SendAsync(transport, 59);
        await AssertLimitAsync(transport, server, 3, connections: 5);
        Assert.DoesNotContain(log.All, line => line.Contains("as many connections as before", StringComparison.Ordinal));
        await SendAsync(transport, 1);
        Assert.Single(log.All, line => line.Contains("as many connections as before", StringComparison.Ordinal));

        // "As before" means as many as are wanted, not only as many as there were.
        var sessions = Enumerable.Range(0, 5).Select(_ => transport.OpenSession()).ToList();
        foreach (var session in sessions)
        {
            Assert.Null(await session.ReadyAsync(Stop).AsTask().WaitAsync(TimeSpan.FromMinutes(1), Stop));
        }

        sessions.ForEach(session => session.Rest());
        await server.SyncAsync(Stop);
        Assert.Equal(7, server.Connections);
    }

    [Theory]
    [InlineData(421, "4.3.2 Too much")]
    [InlineData(450, "4.7.1 Error: too much mail from 192.0.2.1")]
    [InlineData(451, "4.7.0 Temporary server error")]
    public async Task Each_complaint_doubles_the_delay_and_the_fifth_in_a_row_pauses_the_relay(int code, string text)
    {
        var server = await ServerAsync();
        var transport = Transport(Options(Relay(server.Port)));
        var refuses = new[] { SmtpFault.Refuse(SmtpStage.Rcpt, code, text) };

        await server.ScriptAsync(refuses, Stop);
        Assert.Equal([1, 2, 4], await PausesAsync(3));
        await server.ScriptAsync([], Stop);
        await SendAsync(transport, 1);
        await server.ScriptAsync(refuses, Stop);
        Assert.Equal([1, 2, 4, 8], await PausesAsync(4));
        Assert.DoesNotContain(log.All, line => line.Contains("is paused", StringComparison.Ordinal));

        Assert.Equal(SendOutcome.Deferred, (await SendAsync(transport)).Outcome);
        Assert.Single(log.All, line => line.Contains("is paused: no connection is opened for 00:01:00", StringComparison.Ordinal));
        Assert.Equal(SendOutcome.RelayRefused, (await SendAsync(transport)).Outcome);

        async Task<List<double>> PausesAsync(int complaints)
        {
            var pauses = new List<double>();
            while (pauses.Count < complaints)
            {
                Assert.Equal(SendOutcome.Deferred, (await SendAsync(transport)).Outcome);
                pauses.Add((await PauseAsync(transport, TimeSpan.FromSeconds(8))).TotalSeconds);
            }

            return pauses;
        }
    }

    /// <summary>The time on the clock until a message may begin.</summary>
    private async Task<TimeSpan> PauseAsync(SmtpTransport transport, TimeSpan longest)
    {
        await using var session = transport.OpenSession();
        var waiting = session.ReadyAsync(Stop).AsTask();
        var pause = await time.AdvanceUntilAsync(waiting, longest, Stop);
        Assert.Null(await waiting);
        return pause;
    }

    /// <summary>
    /// This many sessions get a connection. One more gets a connection only when another session returns one: the server has seen no more
    /// than
    /// <paramref name="connections"/> of them since it began.
    /// </summary>
    private static async Task AssertLimitAsync(SmtpTransport transport, SmtpRecorder server, int limit, int connections)
    {
        var sessions = Enumerable.Range(0, limit).Select(_ => transport.OpenSession()).ToList();
        foreach (var session in sessions)
        {
            Assert.Null(await session.ReadyAsync(Stop).AsTask().WaitAsync(TimeSpan.FromMinutes(1), Stop));
        }

        await using var further = transport.OpenSession();
        var waiting = further.ReadyAsync(Stop).AsTask();
        sessions[0].Rest();
        Assert.Null(await waiting.WaitAsync(TimeSpan.FromMinutes(1), Stop));
        await server.SyncAsync(Stop);
        Assert.Equal(connections, server.Connections);
        sessions.ForEach(session => session.Rest());
    }

    private static async Task SendAsync(SmtpTransport transport, int messages)
    {
        for (var i = 0; i < messages; i++)
        {
            Assert.Equal(SendOutcome.Sent, (await SendAsync(transport)).Outcome);
        }
    }
}

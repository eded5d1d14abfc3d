using System.Net;
using System.Net.Sockets;
using DailyDigest.Mail.Smtp;
using DailyDigest.Mailing;
using DailyDigest.Runs;
using DailyDigest.Testing.Services;
using DailyDigest.Testing.Storage;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace DailyDigest.Mail.Tests;

/// <summary>Several relays, their connections and limits, against real mail servers, with a test clock.</summary>
public sealed partial class RelayTests : IAsyncDisposable
{
    private const string Secret = "correct horse battery";
    private readonly SteppedTime time = new(SampleMails.Now);
    private readonly Lines log = new();
    private readonly MemoryTableStore tables;
    private readonly RelayFaults faults;
    private readonly List<IAsyncDisposable> ends = [];

    public RelayTests()
    {
        tables = new MemoryTableStore(time);
        faults = new RelayFaults(tables, time);
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        foreach (var one in Enumerable.Reverse(ends))
        {
            await one.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_relay_that_is_not_there_is_passed_over_and_used_again_after_a_minute()
    {
        var port = PortWithoutServer();
        var second = await ServerAsync();
        var transport = Transport(Options(Relay(port), Relay(second.Port)));

        var first = await SendAsync(transport);
        Assert.Equal((SendOutcome.Sent, $"127.0.0.1:{second.Port}"), (first.Outcome, first.Relay));
        var fault = Assert.Single(await faults.ListAsync(Stop));
        Assert.Equal(($"127.0.0.1:{port}", "cannot connect: the connection was refused"), (fault.Relay, fault.Reply));
        var back = await ServerAsync(new SmtpOptions { Port = port });
        time.Advance(TimeSpan.FromSeconds(59));
        Assert.Equal($"127.0.0.1:{second.Port}", (await SendAsync(transport)).Relay);
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal($"127.0.0.1:{port}", (await SendAsync(transport)).Relay);
        Assert.Empty(await faults.ListAsync(Stop));

        await back.WaitForAsync(1, Stop);
        Assert.Equal(2, (await second.WaitForAsync(2, Stop)).Count);
        Assert.Single(log.All, line => line.Contains("is paused: no connection is opened for 00:01:00", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_relay_that_stays_away_is_paused_for_longer_each_time()
    {
        var transport = Transport(Options(Relay(PortWithoutServer())));

        for (var minute = 0; minute < 31; minute++)
        {
            Assert.Equal(SendOutcome.RelayRefused, (await SendAsync(transport)).Outcome);
            time.Advance(TimeSpan.FromMinutes(1));
        }

        Assert.Equal(
            ["00:01:00", "00:02:00", "00:04:00", "00:08:00", "00:15:00", "00:15:00"],
            log.All.Where(line => line.Contains("is paused", StringComparison.Ordinal))
                .Select(line => line.Split("is opened for ")[1][..8]));
    }

    [Fact]
    public async Task A_refused_login_or_greeting_passes_to_the_next_relay_without_a_password_logged()
    {
        var shut = await ServerAsync(new SmtpOptions { Faults = [SmtpFault.Refuse(SmtpStage.Connect, 554, "5.3.2 No service")] });
        var strict = await ServerAsync(new SmtpOptions
        {
            User = "courier",
            Password = "other",
            Faults = [SmtpFault.Refuse(SmtpStage.Auth, 535, $"5.7.8 {Secret} is wrong")],
        });
        var transport = Transport(Options(
            Relay(shut.Port), Relay(strict.Port, relay => (relay.User, relay.Password) = ("courier", Secret))));

        var result = await SendAsync(transport);

        Assert.Equal(SendOutcome.RelayRefused, result.Outcome);
        Assert.StartsWith($"127.0.0.1:{strict.Port}: login refused", result.Reply, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, string.Concat(log.All) + result.Reply, StringComparison.Ordinal);
        Assert.Contains(log.All, line => line.Contains("554 5.3.2 No service", StringComparison.Ordinal));
        Assert.Equal(
            ["554 5.3.2 No service", "login refused: 535: 5.7.8 *** is wrong"],
            (await faults.ListAsync(Stop)).OrderBy(fault => fault.Reply).Select(fault => fault.Reply));

        // Both are paused: no connection is opened within the minute.
        await SendAsync(transport);
        await Task.WhenAll(shut.SyncAsync(Stop), strict.SyncAsync(Stop));
        Assert.Equal((1, 1), (shut.Connections, strict.Connections));
    }

    [Fact]
    public async Task Connections_are_kept_between_sessions_and_closed_with_quit_after_30_seconds()
    {
        var server = await ServerAsync();
        var transport = Transport(Options(Relay(server.Port)));

        await SendAsync(transport);
        await SendAsync(transport);
        await server.WaitForAsync(2, Stop);
        Assert.Equal((1, 1), (server.Connections, server.OpenConnections));
        for (var i = 0; i < 4; i++)
        {
            time.Advance(TimeSpan.FromSeconds(10));
        }

        await server.WaitUntilQuietAsync(Stop);
        await SendAsync(transport);
        await transport.DisposeAsync();
        await server.WaitUntilQuietAsync(Stop);
        Assert.Equal(2, server.Connections);
    }

    [Fact]
    public async Task A_connection_is_closed_after_PerConnection_messages()
    {
        var server = await ServerAsync();
        var transport = Transport(Options(Relay(server.Port, relay => relay.PerConnection = 2)));

        for (var i = 0; i < 5; i++)
        {
            Assert.Equal(SendOutcome.Sent, (await SendAsync(transport)).Outcome);
        }

        await transport.DisposeAsync();
        await server.WaitUntilQuietAsync(Stop);
        Assert.Equal([2, 2, 1], server.Messages.CountBy(mail => mail.Session).Select(pair => pair.Value));
    }

    [Fact]
    public async Task The_check_tries_every_relay_and_names_each()
    {
        var server = await ServerAsync();
        var gone = PortWithoutServer();

        var steps = await new SmtpCheck(Options(Relay(server.Port), Relay(gone))).CheckAsync(Stop);

        Assert.Equal(8, steps.Count);
        Assert.Contains(steps, step => step.Step == $"127.0.0.1:{server.Port} greeting" && step.Result == CheckResult.Ok);
        Assert.Contains(steps, step => step.Step == $"127.0.0.1:{gone} connect" && step.Result == CheckResult.Failed);
        Assert.Equal(
            ["Mail", "Mail__Relays__0"], steps.Chunk(4).Select(own => Assert.Single(own.Select(step => step.Relay!.Prefix).Distinct())));
        var further = await new SmtpCheck(new MailOptions { Relays = [Relay(gone)] }).CheckAsync(Stop);
        Assert.All(further, step => Assert.Equal("Mail__Relays__0", step.Relay!.Prefix));
    }
}

using DailyDigest.Runs;

namespace DailyDigest.Mail.Tests;

/// <summary>A relay whose messages of the hour are used up.</summary>
public sealed partial class RelayTests
{
    [Fact]
    public async Task A_relay_with_its_hourly_limit_reached_is_passed_over_and_a_service_mail_is_told()
    {
        var (one, two) = (await ServerAsync(), await ServerAsync());
        var alone = Transport(Options(Relay(one.Port, relay => relay.PerHour = 2)));
        var both = Transport(Options(Relay(one.Port, relay => relay.PerHour = 2), Relay(two.Port)));
        await SendAsync(alone);
        await SendAsync(alone);

        var refused = await SendAsync(alone);

        Assert.Equal(
            (SendOutcome.RelayRefused, $"the hour's limit of relay 127.0.0.1:{one.Port} (2) is reached"), (refused.Outcome, refused.Reply));
        Assert.Equal($"127.0.0.1:{two.Port}", (await SendAsync(both)).Relay);
        time.Advance(TimeSpan.FromMinutes(62));
        Assert.Equal($"127.0.0.1:{one.Port}", (await SendAsync(both)).Relay);
    }

    [Fact]
    public async Task A_digest_waits_for_the_hour_and_a_confirmation_goes_meanwhile()
    {
        var server = await ServerAsync();
        var transport = Transport(Options(Relay(server.Port, relay => relay.PerHour = 2)));
        await using var digests = transport.OpenSession();
        Assert.Null(await digests.ReadyAsync(Stop));
        Assert.Equal(SendOutcome.Sent, (await digests.SendAsync(SampleMails.Notice(), Stop)).Outcome);
        var waiting = digests.ReadyAsync(Stop).AsTask();

        Assert.Equal(SendOutcome.Sent, (await SendAsync(transport)).Outcome);

        Assert.False(waiting.IsCompleted);
        var waited = await time.AdvanceUntilAsync(waiting, TimeSpan.FromMinutes(1), Stop);
        Assert.Null(await waiting);
        Assert.InRange(waited, TimeSpan.FromMinutes(60), TimeSpan.FromMinutes(63));
    }

    [Fact]
    public async Task A_digest_waits_for_the_first_of_two_relays_whose_hours_are_used_up()
    {
        var (one, two) = (await ServerAsync(), await ServerAsync());
        var transport = Transport(
            Options(Relay(one.Port, relay => relay.PerHour = 1), Relay(two.Port, relay => relay.PerHour = 1)));
        await SendAsync(transport);
        await SendAsync(transport);
        await using var digests = transport.OpenSession();
        var waiting = digests.ReadyAsync(Stop).AsTask();
        Assert.False(waiting.IsCompleted);

        await time.AdvanceUntilAsync(waiting, TimeSpan.FromMinutes(1), Stop);

        Assert.Null(await waiting);
        Assert.Equal($"127.0.0.1:{one.Port}", (await digests.SendAsync(SampleMails.Notice(), Stop)).Relay);
        await one.WaitForAsync(2, Stop);
    }

    [Fact]
    public void A_negative_hour_is_refused_at_the_start()
    {
        var options = Options(Relay(25, relay => relay.PerHour = -1), Relay(26, relay => relay.PerHour = -5));

        Assert.Equal(
            ["Mail__PerHour: 1 or more, or 0 for no limit.", "Mail__Relays__0__PerHour: 1 or more, or 0 for no limit."],
            options.Validate(development: false));
    }
}

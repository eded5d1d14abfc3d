using DailyDigest.Runs;
using DailyDigest.Subscribers;
using DailyDigest.Tests.Fixtures;

namespace DailyDigest.Tests.Subscribers;

/// <summary>No digest before a date, and digests again from that date on. Now is 2 March 2026, 11:00 in Paris.</summary>
public sealed class PauseTests
{
    private const string Reader = "reader@example.com";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_paused_reader_stays_active_and_is_served_from_the_date_on(bool sqlite)
    {
        using var fixture = new SubscriberFixture(sqlite);
        var person = await fixture.SubscribedAsync(Reader);
        Assert.Equal(PauseOutcome.Paused, await fixture.Pause.ExecuteAsync(person.Id, "2026-03-09", CancellationToken.None));
        Assert.Equal(SubscriberStatus.Active, (await fixture.FindAsync(Reader))!.Status);
        Assert.Equal(["2026-03-09", "2026-03-10"], await ServedAsync(fixture, person.Id, 2, 10));

        // Another hour does not end the pause, and another date moves its end.
        await fixture.ChangePreferences.ExecuteAsync(person.Id, new Preferences("Asia/Tokyo", 18, "daily", null), CancellationToken.None);
        Assert.Equal(["2026-03-09", "2026-03-10"], await ServedAsync(fixture, person.Id, 2, 10));
        Assert.Equal(PauseOutcome.Paused, await fixture.Pause.ExecuteAsync(person.Id, "2026-03-05", CancellationToken.None));
        Assert.Equal("2026-03-05", (await ServedAsync(fixture, person.Id, 2, 10))[0]);
    }

    [Fact]
    public async Task A_pause_that_is_ended_before_the_hour_brings_todays_digest()
    {
        using var fixture = new SubscriberFixture();
        var person = await fixture.SubscribedAsync(Reader);
        await fixture.Pause.ExecuteAsync(person.Id, "2026-03-09", CancellationToken.None);
        fixture.Time.Advance(TimeSpan.FromDays(2));
        Assert.True(await fixture.EndPause.ExecuteAsync(person.Id, CancellationToken.None));
        Assert.Equal("2026-03-04", (await ServedAsync(fixture, person.Id, 2, 10))[0]);
        Assert.True(await fixture.EndPause.ExecuteAsync(person.Id, CancellationToken.None));
        Assert.Equal("2026-03-04", (await ServedAsync(fixture, person.Id, 2, 10))[0]);
    }

    [Theory]
    [InlineData(null, PauseOutcome.NotADate)]
    [InlineData("", PauseOutcome.NotADate)]
    [InlineData("tomorrow", PauseOutcome.NotADate)]
    [InlineData("09/03/2026", PauseOutcome.NotADate)]
    [InlineData("2026-02-30", PauseOutcome.NotADate)]
    [InlineData("2026-03-09T00:00", PauseOutcome.NotADate)]
    [InlineData("<script>alert(1)</script>", PauseOutcome.NotADate)]
    [InlineData("2026-03-09\r\nX: y", PauseOutcome.NotADate)]
    [InlineData("0001-01-01", PauseOutcome.TooEarly)]
    [InlineData("2026-03-01", PauseOutcome.TooEarly)]
    [InlineData("2026-03-02", PauseOutcome.TooEarly)]
    [InlineData("2027-03-03", PauseOutcome.TooLate)]
    [InlineData("9999-12-31", PauseOutcome.TooLate)]
    [InlineData("2027-03-02", PauseOutcome.Paused)]
    [InlineData("2026-03-03", PauseOutcome.Paused)]
    public async Task A_pause_ends_on_a_date_within_a_year(string? until, PauseOutcome expected)
    {
        using var fixture = new SubscriberFixture();
        var person = await fixture.SubscribedAsync(Reader);
        Assert.Equal(expected, await fixture.Pause.ExecuteAsync(person.Id, until, CancellationToken.None));
        Assert.Equal(expected == PauseOutcome.Paused, (await fixture.FindAsync(Reader))!.PausedUntil is not null);
        await fixture.Unsubscribe.ExecuteAsync(person.Id, CancellationToken.None);
        Assert.Equal(PauseOutcome.NotSubscribed, await fixture.Pause.ExecuteAsync(person.Id, until, CancellationToken.None));
        Assert.False(await fixture.EndPause.ExecuteAsync(person.Id, CancellationToken.None));
    }

    [Fact]
    public async Task A_paused_reader_who_leaves_is_gone_and_a_new_sign_up_is_not_paused()
    {
        using var fixture = new SubscriberFixture();
        var person = await fixture.SubscribedAsync(Reader);
        await fixture.Pause.ExecuteAsync(person.Id, "2026-03-09", CancellationToken.None);
        await fixture.Unsubscribe.ExecuteAsync(person.Id, CancellationToken.None);
        Assert.True(await fixture.Resubscribe.ExecuteAsync(person.Id, CancellationToken.None));
        Assert.Equal("2026-03-09", (await ServedAsync(fixture, person.Id, 2, 10))[0]);
        await fixture.Unsubscribe.ExecuteAsync(person.Id, CancellationToken.None);
        Assert.Empty(await ServedAsync(fixture, person.Id, 2, 10));
        await fixture.SubscribedAsync(Reader);
        Assert.Equal("2026-03-02", (await ServedAsync(fixture, person.Id, 2, 10))[0]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public Task A_pause_that_stops_anywhere_is_there_or_not_and_can_be_repeated(bool sqlite) => StoppedTests.StopEverywhereAsync(
        sqlite,
        fixture => fixture.SubscribedAsync(Reader),
        async fixture => await fixture.Pause.ExecuteAsync((await fixture.FindAsync(Reader))!.Id, "2026-03-09", CancellationToken.None),
        async fixture =>
        {
            var person = (await fixture.FindAsync(Reader))!;
            Assert.Equal(person.PausedUntil is null ? "2026-03-02" : "2026-03-09", (await ServedAsync(fixture, person.Id, 2, 10))[0]);
            Assert.Equal(PauseOutcome.Paused, await fixture.Pause.ExecuteAsync(person.Id, "2026-03-09", CancellationToken.None));
            Assert.Equal("2026-03-09", (await ServedAsync(fixture, person.Id, 2, 10))[0]);
        });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public Task The_end_of_a_pause_that_stops_anywhere_is_there_or_not_and_can_be_repeated(bool sqlite) => StoppedTests.StopEverywhereAsync(
        sqlite,
        async fixture => await fixture.Pause.ExecuteAsync((await fixture.SubscribedAsync(Reader)).Id, "2026-03-09", CancellationToken.None),
        async fixture => await fixture.EndPause.ExecuteAsync((await fixture.FindAsync(Reader))!.Id, CancellationToken.None),
        async fixture =>
        {
            var person = (await fixture.FindAsync(Reader))!;
            Assert.Equal($"{person.PausedUntil:yyyy-MM-dd}", (await ServedAsync(fixture, person.Id, 2, 10))[0]);
            Assert.True(await fixture.EndPause.ExecuteAsync(person.Id, CancellationToken.None));
            Assert.Equal("2026-03-02", (await ServedAsync(fixture, person.Id, 2, 10))[0]);
        });

    [Fact]
    public async Task A_reader_who_pauses_during_a_run_is_withheld_until_the_date()
    {
        var fixture = new DeliveryFixture();
        var ids = new List<string> { await fixture.SubscribeAsync(), await fixture.SubscribeAsync() };
        await fixture.PublishAsync();
        fixture.GoTo(2, 7);
        fixture.Relay.AnswerWith(_ => ScriptedRelay.Later);
        await fixture.Program.RunOnceAsync();
        Assert.Equal(
            PauseOutcome.Paused, await fixture.Program.Get<PauseDigest>().ExecuteAsync(ids[0], "2026-03-04", DeliveryFixture.Cancellation));
        Assert.Equal((DeliveryState.Withheld, DeliveryState.Deferred), (fixture.Delivery(ids[0]).State, fixture.Delivery(ids[1]).State));

        // Today's run has begun: ending the pause does not bring today's digest, but tomorrow's comes.
        Assert.True(await fixture.Program.Get<EndPause>().ExecuteAsync(ids[0], DeliveryFixture.Cancellation));
        fixture.Relay.AnswerWith(_ => ScriptedRelay.Ok);
        await fixture.RunAsync(TimeSpan.FromHours(2));
        Assert.Equal(RunState.Closed, (await fixture.RunOfAsync(fixture.Today))!.State);
        Assert.Equal((DeliveryState.Withheld, DeliveryState.Sent), (fixture.Delivery(ids[0]).State, fixture.Delivery(ids[1]).State));
        fixture.GoTo(3, 7);
        await fixture.PublishAsync();
        await fixture.Program.RunOnceAsync();
        Assert.Equal(DeliveryState.Sent, fixture.Delivery(ids[0]).State);
    }

    [Fact]
    public async Task The_pause_ends_by_itself_as_the_days_go_by()
    {
        var fixture = new DeliveryFixture();
        var id = await fixture.SubscribeAsync();
        await fixture.Program.Get<PauseDigest>().ExecuteAsync(id, "2026-03-04", DeliveryFixture.Cancellation);
        for (var day = 2; day <= 5; day++)
        {
            fixture.GoTo(day, 7);
            await fixture.PublishAsync();
            await fixture.Program.RunOnceAsync();
            Assert.Equal(Math.Max(0, day - 3), fixture.Relay.Offered.Count);
        }
    }

    private static async Task<List<string>> ServedAsync(SubscriberFixture fixture, string id, int first, int last)
    {
        var served = new List<string>();
        for (var day = first; day <= last; day++)
        {
            if ((await fixture.ServedByAsync(id, new DateOnly(2026, 3, day))).Count > 0)
            {
                served.Add($"2026-03-{day:00}");
            }
        }

        return served;
    }
}

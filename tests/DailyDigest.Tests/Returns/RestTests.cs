using DailyDigest.Calendar;
using DailyDigest.Returns;
using DailyDigest.Runs;
using DailyDigest.Subscribers;
using DailyDigest.Testing.Storage;
using DailyDigest.Tests.Fixtures;

namespace DailyDigest.Tests.Returns;

/// <summary>Readers whose servers refuse several digests for reasons that may pass. Each day begins at seven with two readers.</summary>
public sealed class RestTests
{
    private static readonly SendResult Full = new(SendOutcome.Rejected, "552 5.2.2 mailbox full", "mailbox-full");
    private readonly DeliveryFixture fixture = new();
    private SendResult answer = Full;
    private string id = "";
    private DateOnly day = new(2026, 3, 2);

    [Fact]
    public async Task The_fifth_refused_day_brings_14_days_of_rest_and_then_one_try()
    {
        await BeginAsync();
        await DaysAsync(4);
        Assert.Null((await PersonAsync()).Rest);
        await DaysAsync(1);
        var rest = (await PersonAsync()).Rest;
        Assert.Equal(new Rest(new DateOnly(2026, 3, 6), new DateOnly(2026, 3, 20), "mailbox-full"), rest);

        await DaysAsync(13);
        Assert.Equal(5, Offered());
        Assert.Equal(new DateOnly(2026, 3, 20), day);

        // Refused again, it rests again at once.
        await DaysAsync(1);
        Assert.Equal((6, new DateOnly(2026, 4, 3)), (Offered(), (await PersonAsync()).Rest!.Until));

        // Delivered, the next refusal is the first of a new series.
        await DaysAsync(13);
        answer = ScriptedRelay.Ok;
        await DaysAsync(1);
        answer = Full;
        await DaysAsync(1);
        Assert.Equal(8, Offered());
        var person = await PersonAsync();
        Assert.Equal((SubscriberStatus.Active, (Rest?)null, 1), (person.Status, person.Rest, person.RefusedOn.Count));
    }

    [Fact]
    public async Task A_delivery_in_between_begins_the_series_anew()
    {
        await BeginAsync();
        await DaysAsync(4);
        answer = ScriptedRelay.Ok;
        await DaysAsync(1);
        answer = Full;
        await DaysAsync(4);
        Assert.Null((await PersonAsync()).Rest);
        await DaysAsync(1);
        Assert.NotNull((await PersonAsync()).Rest);
    }

    [Fact]
    public async Task Five_refusals_in_more_than_three_weeks_are_no_reason()
    {
        await BeginAsync(rhythm: "weekly-monday");
        for (var week = 0; week < 6; week++)
        {
            await DaysAsync(7);
        }

        Assert.Equal(6, Offered());
        Assert.Null((await PersonAsync()).Rest);
        Assert.Equal(3, (await PersonAsync()).RefusedOn.Count);
    }

    [Theory]
    [InlineData("mailbox-full", true)]
    [InlineData("temporary", true)]
    [InlineData("other", true)]
    [InlineData("too-big", false)]
    [InlineData("content-refused", false)]
    [InlineData("policy", false)]
    [InlineData("sender-refused", false)]
    [InlineData("relay-trouble", false)]
    public async Task Only_reasons_that_may_be_about_the_mailbox_count(string reason, bool counts)
    {
        await BeginAsync();
        answer = new SendResult(SendOutcome.Rejected, "550 no", reason);
        await DaysAsync(5);
        Assert.Equal(counts, (await PersonAsync()).Rest is not null);
    }

    [Theory]
    [InlineData("452 4.2.2 mailbox full", "mailbox-full")]
    [InlineData("450 4.2.0 greylisted, try again later", "temporary")]
    [InlineData("450 4.7.1 listed as a source of spam", null)]
    [InlineData("the connection broke", null)]
    public async Task A_digest_that_expires_counts_if_the_readers_server_said_so(string reply, string? reason)
    {
        await BeginAsync();
        answer = new SendResult(SendOutcome.Deferred, reply);
        for (var count = 0; count < 5; count++)
        {
            await DaysAsync(1, hours: 13);
        }

        Assert.Equal(DeliveryState.Expired, fixture.Ledger(day.AddDays(-1)).Single(row => row.SubscriberId == id).State);
        Assert.Equal(reason, (await PersonAsync()).Rest?.Reason);
    }

    [Fact]
    public async Task Refusals_of_too_many_readers_put_nobody_to_rest()
    {
        await BeginAsync(readers: 30);
        fixture.Relay.AnswerWith(_ => Full);
        await DaysAsync(5, steers: false);
        Assert.True((await fixture.RunOfAsync(day.AddDays(-1)))!.SoftDistrusted);
        Assert.Empty((await PersonAsync()).RefusedOn);
    }

    [Fact]
    public async Task Days_that_turn_out_to_be_trouble_of_the_relay_do_not_count()
    {
        await BeginAsync();
        await DaysAsync(4);
        var runs = fixture.Program.Get<RunStore>();
        var run = (await fixture.RunOfAsync(new DateOnly(2026, 3, 3)))!;
        Assert.NotNull(await runs.ChangeAsync(run with { Distrusted = true }, DeliveryFixture.Cancellation));
        await DaysAsync(1);
        var person = await PersonAsync();
        Assert.Equal(((Rest?)null, 4), (person.Rest, person.RefusedOn.Count));
    }

    [Fact]
    public async Task Late_reports_count_for_the_date_of_their_digest_in_any_order_and_once()
    {
        await BeginAsync();
        answer = ScriptedRelay.Ok;
        await DaysAsync(5);
        foreach (var date in new[] { 3, 2, 3, 5, 4, 4 })
        {
            await ReportAsync(new DateOnly(2026, 3, date));
        }

        Assert.Equal(4, (await PersonAsync()).RefusedOn.Count);
        await ReportAsync(new DateOnly(2026, 3, 6));
        Assert.Equal(new DateOnly(2026, 3, 6), (await PersonAsync()).Rest!.Since);

        // A report about a digest from before the rest begins no other.
        await ReportAsync(new DateOnly(2026, 3, 6));
        Assert.Equal(new DateOnly(2026, 3, 6), (await PersonAsync()).Rest!.Since);
    }

    [Fact]
    public async Task More_late_reports_than_can_be_believed_put_nobody_to_rest()
    {
        await BeginAsync(readers: 30);
        answer = ScriptedRelay.Ok;
        await DaysAsync(5);
        foreach (var other in (await fixture.Program.Get<SubscriberStore>().ScanAsync(null, DeliveryFixture.Cancellation)
            .ToListAsync(DeliveryFixture.Cancellation)).Where(one => one.Id != id))
        {
            for (var date = 2; date <= 6; date++)
            {
                await ReportAsync(new DateOnly(2026, 3, date), other.Id);
            }
        }

        for (var date = 2; date <= 6; date++)
        {
            await ReportAsync(new DateOnly(2026, 3, date));
        }

        Assert.Null((await PersonAsync()).Rest);
    }

    [Fact]
    public async Task A_reader_who_is_woken_gets_the_next_digest_and_begins_anew()
    {
        await BeginAsync();
        await DaysAsync(7);
        Assert.True(await fixture.Program.Get<EndRest>().ExecuteAsync(id, DeliveryFixture.Cancellation));
        await DaysAsync(4);
        Assert.Equal(9, Offered());
        Assert.Null((await PersonAsync()).RestAt(fixture.Time.GetUtcNow()));
        await DaysAsync(1);
        Assert.NotNull((await PersonAsync()).RestAt(fixture.Time.GetUtcNow()));
    }

    [Fact]
    public async Task A_rest_survives_a_kill_after_any_write_and_two_machines()
    {
        for (var kill = 1; ; kill++)
        {
            var own = new RestTests();
            await own.BeginAsync();
            await own.DaysAsync(4);
            own.fixture.GoTo(own.day.Day, 7);
            await own.fixture.PublishAsync();
            own.Steer();
            await own.fixture.Program.RunOnceAsync();
            own.fixture.Advance(TimeSpan.FromMinutes(1));
            var plan = new FaultPlan();
            var other = own.fixture.Start(plan);
            plan.StopBefore = kill;
            try
            {
                await other.RunOnceAsync();
            }
            catch (Exception) when (plan.Stopped)
            {
                // The next program goes on.
            }

            await Task.WhenAll(own.fixture.RunAsync(TimeSpan.FromMinutes(5)), own.fixture.Start().TickAsync());
            Assert.Equal(new DateOnly(2026, 3, 20), (await own.PersonAsync()).Rest?.Until);
            var entry = await own.fixture.Program.Get<AudienceStore>().GetAsync(
                (await own.PersonAsync()).Cohort, own.id, DeliveryFixture.Cancellation);
            Assert.Equal(new DateOnly(2026, 3, 20), entry!.From);
            if (!plan.Stopped)
            {
                return;
            }
        }
    }

    private async Task BeginAsync(int readers = 2, string rhythm = "daily")
    {
        Assert.True(Rhythm.TryParse(rhythm, out var days));
        id = await fixture.SubscribeAsync(rhythm: days);
        await fixture.SubscribeAsync(readers - 1);
        if (rhythm != "daily")
        {
            await fixture.SubscribeAsync(rhythm: days);
        }

        Steer();
    }

    private void Steer() => fixture.Relay.AnswerWith(mail => mail.To.Value == DeliveryFixture.Address(id) ? answer : ScriptedRelay.Ok);

    private async Task DaysAsync(int count, bool steers = true, int hours = 0)
    {
        for (var end = day.AddDays(count); day < end; day = day.AddDays(1))
        {
            fixture.Time.SetUtcNow(new DateTimeOffset(day, new TimeOnly(7, 0), TimeSpan.Zero));
            await fixture.PublishAsync();
            if (steers)
            {
                Steer();
            }

            await fixture.RunAsync(TimeSpan.FromMinutes(2));
            if (hours > 0)
            {
                fixture.Advance(TimeSpan.FromHours(hours));
                await fixture.RunAsync(TimeSpan.FromMinutes(3));
            }
        }
    }

    private int Offered() => fixture.Relay.Offered.Count(seen => seen.To == DeliveryFixture.Address(id));

    private async Task<Subscriber> PersonAsync() =>
        (await fixture.Program.Get<SubscriberStore>().GetAsync(id, DeliveryFixture.Cancellation))!.Subscriber;

    private async Task ReportAsync(DateOnly date, string? reader = null) => await fixture.Program.Get<AcceptOutcome>().ExecuteAsync(
        new OutcomeInput
        {
            Outcome = "bounced",
            Reply = "552 5.2.2 mailbox full",
            Envelope = fixture.Program.Get<EnvelopeTokens>().Create(date, reader ?? id),
        },
        DeliveryFixture.Cancellation);
}

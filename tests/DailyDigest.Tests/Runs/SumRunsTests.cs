using DailyDigest.Figures;
using DailyDigest.Repair;
using DailyDigest.Reporting;
using DailyDigest.Runs;
using DailyDigest.Storage;
using DailyDigest.Subscribers;
using DailyDigest.Tests.Fixtures;

namespace DailyDigest.Tests.Runs;

/// <summary>Deliveries are counted with the batches that write them, and added up for each date.</summary>
public sealed class SumRunsTests
{
    private readonly DeliveryFixture fixture = new();

    private static CancellationToken Cancellation => DeliveryFixture.Cancellation;

    [Fact]
    public async Task A_dates_deliveries_are_counted_by_outcome_and_domain()
    {
        var ids = await fixture.SubscribeAsync(8);
        await fixture.PublishAsync();
        var deferred = false;
        fixture.Relay.AnswerWith(mail =>
        {
            var (first, second) = (mail.To.Value == DeliveryFixture.Address(ids[0]), mail.To.Value == DeliveryFixture.Address(ids[1]));
            var defers = second && !deferred;
            deferred |= second;
            return first ? ScriptedRelay.Never : defers ? ScriptedRelay.Later : ScriptedRelay.Ok;
        });
        fixture.GoTo(2, 7);
        await fixture.RunAsync(TimeSpan.FromMinutes(5));

        var day = Assert.Single(await DaysAsync(FigureKinds.Deliveries));
        Assert.Equal((1, 8, 7, 1, 1), (day.Counts["runs"], day.Counts["readers"], day.Counts["sent"], day.Counts["rejected"],
            day.Counts["deferrals"]));
        Assert.InRange(day.Counts["slowest-seconds"], 54, 180);
        var domains = Assert.Single(await DaysAsync(FigureKinds.Domains));
        Assert.Equal("example.com\tdeferred=1 rejected=1 sent=7", domains.Labels.ToString());
    }

    [Fact]
    public async Task A_domain_of_few_readers_is_not_named_unless_it_is_public()
    {
        await SubscribeAtAsync("one@small.example", "two@small.example", "reader@gmail.com", "reader@GMAIL.com");
        await fixture.PublishAsync();
        fixture.GoTo(2, 7);
        await fixture.RunAsync(TimeSpan.FromMinutes(2));

        var domains = Assert.Single(await DaysAsync(FigureKinds.Domains));
        Assert.Equal("gmail.com\tsent=2\nother\tsent=2", domains.Labels.ToString());
    }

    [Fact]
    public async Task A_run_that_is_sent_again_replaces_its_counts_and_another_tick_writes_nothing()
    {
        await fixture.SubscribeAsync(3);
        await fixture.PublishAsync();
        fixture.Relay.AnswerWith(_ => new SendResult(SendOutcome.Rejected, "550 policy", "policy"));
        fixture.GoTo(2, 7);
        await fixture.RunAsync(TimeSpan.FromMinutes(2));
        Assert.Equal(3, Assert.Single(await DaysAsync(FigureKinds.Deliveries)).Counts["rejected"]);

        foreach (var program in new[] { fixture.Program, fixture.Start() })
        {
            var before = program.Plan.Trace.Count(call => call is { Operation: "Write", Place: Tables.Figures });
            await program.TickAsync();
            Assert.Equal(before, program.Plan.Trace.Count(call => call is { Operation: "Write", Place: Tables.Figures }));
        }

        fixture.Relay.AnswerWith(_ => ScriptedRelay.Ok);
        var run = (await fixture.RunOfAsync(fixture.Today))!;
        await fixture.Program.Get<SendAgain>().ExecuteAsync(run, SendAgainTo.Missing, null, false, Cancellation);
        await fixture.RunAsync(TimeSpan.FromMinutes(2));

        var day = Assert.Single(await DaysAsync(FigureKinds.Deliveries));
        Assert.Equal((3, 0, 3), (day.Counts["sent"], day.Counts["rejected"], day.Counts["readers"]));
    }

    [Fact]
    public async Task A_report_fills_its_days_with_zeros_and_costs_five_requests()
    {
        await fixture.SubscribeAsync(3);
        await fixture.PublishAsync();
        fixture.GoTo(3, 7);
        await fixture.RunAsync(TimeSpan.FromMinutes(2));
        await fixture.Program.Get<Unsubscribe>().ExecuteAsync(await fixture.SubscribeAsync(), Cancellation);
        fixture.GoTo(9, 1);
        await fixture.Program.TickAsync();

        var program = fixture.Start();
        foreach (var days in new[] { 7, 30, 365 })
        {
            var before = program.Plan.Trace.Count;
            var report = await program.Get<ReadFigures>().ExecuteAsync(days, Cancellation);
            Assert.Equal(5, program.Plan.Trace.Count - before);
            Assert.Equal((days, fixture.Today), (report.Days.Count, report.Days[^1].Date));
            Assert.Equal((3, false), (report.Now["active"], report.IsCounting));
        }

        var week = await program.Get<ReadFigures>().ExecuteAsync(7, Cancellation);
        Assert.Equal([3, 3, 3, 3, 3, 3, 3], week.Days.Select(day => day.Subscribers));
        Assert.Equal([3, 0, 0, 0, 0, 0, 0], week.Days.Select(day => day.Deliveries["sent"]));
        Assert.Equal([1, 0, 0, 0, 0, 0, 0], week.Days.Select(day => day.Departures));
        Assert.Equal(3, week.WeekAgo);
    }

    private Task<IReadOnlyList<FigureDay>> DaysAsync(string kind) =>
        fixture.Program.Get<FigureStore>().RangeAsync(kind, fixture.Today.AddDays(-400), fixture.Today, Cancellation);

    private async Task SubscribeAtAsync(params string[] addresses)
    {
        foreach (var address in addresses)
        {
            var id = await fixture.SubscribeAsync();
            await fixture.Program.Get<ChangeSubscriber>().ExecuteAsync(id, person => person! with { Address = address }, Cancellation);
        }
    }
}

using DailyDigest.Calendar;
using DailyDigest.Runs;
using DailyDigest.Tests.Fixtures;

namespace DailyDigest.Tests.Sending;

/// <summary>How many requests to the table store deliveries cost. On Azure each one is paid for.</summary>
public sealed class RequestsTests
{
    private const int Readers = 2_000;

    /// <summary>With few connections the cost is that of <see cref="A_thousand_deliveries_cost_few_requests"/>.</summary>
    public static TheoryData<string, int> Sixteen => Environment.GetEnvironmentVariable("DAILYDIGEST_LONG") == "1"
        ? new() { { "16", 58 }, { "4", 150 } } : new() { { "16", 58 } };

    /// <summary>One thread: the answers arrive in the same order every time, however busy the machine is.</summary>
    [Theory]
    [InlineData(null, 4, 150)]
    [InlineData("16", 16, 60)]
    public void A_thousand_deliveries_cost_few_requests(string? setting, int connections, int limit) => OneThread.Run(async () =>
    {
        var fixture = setting is null ? new DeliveryFixture() : new DeliveryFixture(("Delivery:Connections", setting));
        await fixture.SubscribeAsync(Readers);
        await fixture.PublishAsync();
        fixture.GoTo(2, 7);
        await fixture.Program.TickAsync();
        var most = 0;
        var program = fixture.Start();
        program.Plan.After = call =>
        {
            most = call.Operation == "Write" ? Math.Max(most, fixture.Ledger(fixture.Today).Count(InDoubt)) : most;
            return Task.CompletedTask;
        };
        await program.DeliverAsync();

        Assert.Equal((RunState.Closed, Readers),
            ((await fixture.RunOfAsync(fixture.Today))!.State, fixture.Relay.Inbox.DistinctBy(seen => seen.To).Count()));
        Assert.Equal(2 * connections, most);
        Assert.InRange(program.Plan.Trace.Count(call => call.IsOfTables) * 1000.0 / Readers, 1, limit);
    });

    /// <summary>
    /// The smallest run of sixteen parts, from the tick to the close: each part has its own beginning and end, so they cost most here.
    /// </summary>
    [Theory]
    [MemberData(nameof(Sixteen))]
    public void A_run_of_sixteen_parts_costs_few_requests_a_thousand(string connections, int limit) => OneThread.Run(async () =>
    {
        var fixture = new DeliveryFixture(("Delivery:Connections", connections));
        await fixture.SubscribeAsync(20_000);
        await fixture.PublishAsync();
        fixture.GoTo(2, 7);
        var program = fixture.Start();

        // Only the first run of a cohort counts its readers.
        var cohort = new Cohort(DeliveryFixture.Utc, 7, Rhythm.Daily);
        await program.Get<CohortStore>().CountAsync(cohort.Key, 20_000, DeliveryFixture.Cancellation);
        await program.TickAsync();
        await program.DeliverAsync();

        Assert.Equal(16, fixture.Controls().Count);
        Assert.Equal((RunState.Closed, 20_000), ((await fixture.RunOfAsync(fixture.Today))!.State, fixture.Relay.Inbox.Count));
        Assert.InRange(program.Plan.Trace.Count(call => call.IsOfTables) / 20.0, 1, limit);
    });

    private static bool InDoubt(DeliveryRow row) => row.State == DeliveryState.Attempting;
}

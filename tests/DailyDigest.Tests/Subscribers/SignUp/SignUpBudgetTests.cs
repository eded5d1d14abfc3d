using DailyDigest.Storage;
using DailyDigest.Subscribers;
using DailyDigest.Tests.Fixtures;

namespace DailyDigest.Tests.Subscribers;

public sealed class SignUpBudgetTests : IDisposable
{
    private readonly SubscriberFixture fixture = new();

    [Fact]
    public async Task Ten_an_hour_are_ten_in_any_hour_and_not_ten_before_and_ten_after_the_full_one()
    {
        var budget = new SignUpBudget(fixture.Tables, fixture.Time);
        fixture.Time.Advance(TimeSpan.FromMinutes(55));
        Assert.Equal(10, await TakenAsync(budget, 40, 10));
        fixture.Time.Advance(TimeSpan.FromMinutes(10));
        Assert.Equal(0, await TakenAsync(budget, 40, 10));
        fixture.Time.Advance(TimeSpan.FromMinutes(25));
        Assert.Equal(5, await TakenAsync(budget, 40, 10));
        fixture.Time.Advance(TimeSpan.FromHours(3));
        Assert.Equal(10, await TakenAsync(budget, 40, 10));
    }

    /// <summary>A rate held for a day lets through no more in any hour than the limit.</summary>
    [Fact]
    public async Task Knocking_without_end_gets_in_at_the_rate_allowed_and_being_refused_costs_nothing()
    {
        var budget = new SignUpBudget(fixture.Tables, fixture.Time);
        var taken = new List<DateTimeOffset>();
        for (var minute = 0; minute < 24 * 60; minute++)
        {
            if (await budget.TakeAsync("network", 20, CancellationToken.None) is null)
            {
                taken.Add(fixture.Time.GetUtcNow());
            }

            fixture.Time.Advance(TimeSpan.FromMinutes(1));
        }

        Assert.InRange(taken.Count, 23 * 20 * 8 / 10, 25 * 20);
        Assert.All(taken, at => Assert.InRange(taken.Count(other => other >= at && other < at.AddHours(1)), 1, 30));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(1000)]
    public async Task A_retry_succeeds_after_the_stated_wait_and_not_before(int limit)
    {
        var budget = new SignUpBudget(fixture.Tables, fixture.Time);
        foreach (var minutes in new[] { 0, 3, 31, 59, 60, 95 })
        {
            fixture.Time.Advance(TimeSpan.FromMinutes(minutes));
            TimeSpan? wait;
            while ((wait = await budget.TakeAsync("network", limit, CancellationToken.None)) is null)
            {
            }

            Assert.InRange(wait.Value, TimeSpan.FromSeconds(1), TimeSpan.FromHours(2));
            fixture.Time.Advance(wait.Value / 2);
            Assert.NotNull(await budget.TakeAsync("network", limit, CancellationToken.None));
            fixture.Time.Advance(wait.Value / 2 + TimeSpan.FromSeconds(1));
            Assert.Null(await budget.TakeAsync("network", limit, CancellationToken.None));
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Many_machines_at_once_give_away_exactly_what_there_is(bool sqlite)
    {
        using var shared = new SubscriberFixture(sqlite);
        var machines = Enumerable.Range(0, 6).Select(_ => new SignUpBudget(shared.Store, shared.Time)).ToList();
        var answers = await Task.WhenAll(Enumerable.Range(0, 600).Select(index => Task.Run(
            () => machines[index % machines.Count].TakeAsync(SignUpBudget.AllSignUps, 250, CancellationToken.None))));
        Assert.Equal(250, answers.Count(answer => answer is null));
    }

    [Fact]
    public async Task Sign_ups_that_wait_on_one_machine_share_one_write()
    {
        var budget = new SignUpBudget(fixture.Tables, fixture.Time);
        await budget.TakeAsync("network", 1000, CancellationToken.None);
        fixture.Plan.Restart();
        var open = new TaskCompletionSource();
        fixture.Plan.Before = _ => open.Task;
        var waiting = Enumerable.Range(0, 500).Select(_ => budget.TakeAsync("network", 1000, CancellationToken.None)).ToList();
        open.SetResult();
        Assert.All(await Task.WhenAll(waiting), Assert.Null);
        Assert.Equal(2, fixture.Plan.Writes);
    }

    [Fact]
    public async Task Each_network_has_a_budget_of_its_own_and_without_a_limit_nothing_is_written()
    {
        var budget = new SignUpBudget(fixture.Tables, fixture.Time);
        Assert.Equal(3, await TakenAsync(budget, 9, 3));
        Assert.Null(await budget.TakeAsync("another", 3, CancellationToken.None));
        fixture.Plan.Restart();
        Assert.Null(await budget.TakeAsync("network", 0, CancellationToken.None));
        Assert.Empty(fixture.Plan.Trace);
    }

    [Fact]
    public async Task A_store_that_fails_lets_nobody_in_and_closes_nothing()
    {
        var budget = new SignUpBudget(fixture.Tables, fixture.Time);
        foreach (var operation in new[] { "Get", "Write" })
        {
            fixture.Plan.Before = call => call.Operation == operation
                ? throw new StorageException("The disk is full.") : Task.CompletedTask;
            await Assert.ThrowsAsync<StorageException>(() => budget.TakeAsync("network", 3, CancellationToken.None));
        }

        fixture.Plan.Restart();
        Assert.Equal(3, await TakenAsync(budget, 9, 3));
    }

    [Fact]
    public async Task A_sign_up_that_stops_waiting_does_not_cancel_others()
    {
        var budget = new SignUpBudget(fixture.Tables, fixture.Time);
        var open = new TaskCompletionSource();
        fixture.Plan.Before = _ => open.Task;
        using var impatient = new CancellationTokenSource();
        var first = budget.TakeAsync("network", 9, impatient.Token);
        var second = budget.TakeAsync("network", 9, CancellationToken.None);
        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        open.SetResult();
        Assert.Null(await second);
    }

    [Theory]
    [InlineData(long.MaxValue, long.MaxValue)]
    [InlineData(long.MinValue, -1L)]
    [InlineData("many", true)]
    public async Task A_damaged_row_neither_closes_the_door_for_ever_nor_opens_it(object count, object before)
    {
        var budget = new SignUpBudget(fixture.Tables, fixture.Time);
        var row = new TableRow("network") { { "count", count }, { "before", before } };
        await fixture.Tables.WriteAsync(Tables.Budgets, "2026-03-02-10", TableWrite.Upsert(row), CancellationToken.None);
        Assert.InRange(await TakenAsync(budget, 9, 3), 0, 3);
        fixture.Time.Advance(TimeSpan.FromHours(2));
        Assert.Equal(3, await TakenAsync(budget, 9, 3));
    }

    public void Dispose() => fixture.Dispose();

    private static async Task<int> TakenAsync(SignUpBudget budget, int tries, int limit)
    {
        var taken = 0;
        for (var index = 0; index < tries; index++)
        {
            taken += await budget.TakeAsync("network", limit, CancellationToken.None) is null ? 1 : 0;
        }

        return taken;
    }
}

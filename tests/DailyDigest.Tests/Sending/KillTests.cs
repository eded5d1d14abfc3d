using DailyDigest.Runs;
using DailyDigest.Storage;
using DailyDigest.Testing.Storage;
using DailyDigest.Tests.Fixtures;

namespace DailyDigest.Tests.Sending;

/// <summary>
/// The program is stopped before and after every write of a run, and started again. The result must be correct each time.
/// </summary>
public sealed class KillTests
{
    private const int Readers = 30;
    private const int Connections = 4;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Stopped_at_any_write_nobody_is_lost_and_doubles_stay_within_the_bound(bool after)
    {
        var (stops, faults) = await StopEverywhereAsync(after, again: null, wrap: null);

        Assert.InRange(stops, 15, 500);
        Assert.Empty(faults);
    }

    [Theory]
    [InlineData(4)]
    [InlineData(9)]
    public async Task Stopped_again_while_it_recovers_nobody_is_lost_either(int again)
    {
        var (_, faults) = await StopEverywhereAsync(after: true, again, wrap: null);

        Assert.Empty(faults);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_program_that_does_not_commit_its_attempts_first_fails_these_tests(bool after)
    {
        var (_, faults) = await StopEverywhereAsync(after, again: null, wrap: tables => new WithoutAttempts(tables));

        // Before a write, everything that the last one let be sent is answered: the readers have their mail, and the ledger knows nothing.
        var found = after ? "lost" : "the ledger does not account";
        Assert.Contains(faults, fault => fault.Contains(found, StringComparison.Ordinal));
    }

    private static async Task<(int Stops, List<string> Faults)> StopEverywhereAsync(
        bool after, int? again, Func<ITableStore, ITableStore>? wrap)
    {
        var faults = new List<string>();
        for (var write = 1; ; write++)
        {
            var fixture = new DeliveryFixture();
            var ids = await fixture.SubscribeAsync(Readers);
            await fixture.PublishAsync();
            fixture.GoTo(2, 7);

            var stops = 0;
            var plans = new List<int?> { write, again, null };
            foreach (var at in plans.Where((one, index) => one is not null || index == plans.Count - 1))
            {
                var plan = new FaultPlan { StopAfter = after ? at : null, StopBefore = after ? null : at };
                fixture.Program = fixture.Start(plan, wrap);
                try
                {
                    await fixture.RunAsync(TimeSpan.FromMinutes(5));
                }
                catch (Exception) when (plan.Stopped)
                {
                    stops++;
                }

                if (at == write && !plan.Stopped)
                {
                    return (write - 1, faults);
                }
            }

            faults.AddRange(
                (await FaultsAsync(fixture, ids, stops)).Select(fault => $"stopped {(after ? "after" : "before")} write {write}: {fault}"));
        }
    }

    /// <summary>The faults found after the run.</summary>
    private static async Task<List<string>> FaultsAsync(DeliveryFixture fixture, IReadOnlyList<string> ids, int stops)
    {
        var faults = new List<string>();
        var run = await fixture.RunOfAsync(fixture.Today);
        var ledger = fixture.Ledger(fixture.Today);
        var lost = ids.Count(id => fixture.Relay.Inbox.All(seen => seen.To != DeliveryFixture.Address(id)));
        var doubles = fixture.Relay.Inbox.Count - fixture.Relay.Inbox.DistinctBy(seen => seen.To).Count();
        if (lost > 0)
        {
            faults.Add($"{lost} lost");
        }

        if (doubles > 2 * Connections * stops)
        {
            faults.Add($"{doubles} doubled");
        }

        if (run is not { State: RunState.Closed } || run.Counts.GetValueOrDefault(DeliveryState.Sent) != ids.Count)
        {
            faults.Add($"the run is {run?.State} and has {run?.Counts.GetValueOrDefault(DeliveryState.Sent)} sent");
        }

        if (ledger.Count != ids.Count || ledger.Any(row => row.State != DeliveryState.Sent))
        {
            faults.Add("the ledger does not account for everybody");
        }

        if (fixture.Relay.Inbox.DistinctBy(seen => seen.MessageId).Count() != ids.Count - lost)
        {
            faults.Add("a copy has another Message-ID");
        }

        return faults;
    }
}

using DailyDigest.Hooks;
using DailyDigest.Storage;
using DailyDigest.Testing.Storage;
using Microsoft.Extensions.Time.Testing;

namespace DailyDigest.Web.Tests;

/// <summary>Web hooks learn which alerts were raised and which have ended.</summary>
public sealed class AnnounceAlertsTests
{
    private readonly FakeTimeProvider time = new(new DateTimeOffset(2026, 3, 2, 10, 0, 0, TimeSpan.Zero));
    private readonly MemoryTableStore store;
    private string? relay;

    public AnnounceAlertsTests() => store = new MemoryTableStore(time);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_alert_is_announced_once_when_it_is_raised_and_once_when_it_ends()
    {
        var hook = await AddAsync();
        var machine = Machine();
        await machine.ExecuteAsync(Cancellation);
        Assert.Empty(await LogAsync(hook));

        relay = "550 reader@example.com is unknown";
        await MinutesAsync(3, machine);
        relay = null;
        await MinutesAsync(3, machine);

        var calls = await LogAsync(hook);
        Assert.Equal([HookTypes.AlertEnded, HookTypes.AlertRaised], calls.Select(call => call.Type));
        Assert.All(calls, call => Assert.Contains("""
            "data":{"alert":"relay"}
            """, call.Body, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Another_machine_ends_an_alert_only_when_nobody_sees_it_any_more()
    {
        var hook = await AddAsync();
        var (sees, doesNot) = (Machine(), Machine(_ => Task.FromResult<string?>(null)));
        relay = "refused";
        await MinutesAsync(20, sees, doesNot);
        Assert.Single(await LogAsync(hook));

        await MinutesAsync(9, doesNot);
        Assert.Single(await LogAsync(hook));
        await MinutesAsync(3, doesNot);
        Assert.Equal(2, (await LogAsync(hook)).Count);
    }

    [Fact]
    public async Task A_kill_at_any_write_loses_no_announcement_and_repeats_none()
    {
        foreach (var before in new[] { true, false })
        {
            for (var write = 1; ; write++)
            {
                var hook = await AddAsync();
                var plan = new FaultPlan();
                plan.StopBefore = before ? write : null;
                plan.StopAfter = before ? null : write;
                relay = "refused";
                try
                {
                    await Machine(tables: new FaultTableStore(store, plan)).ExecuteAsync(Cancellation);
                }
                catch (ProgramStoppedException)
                {
                }

                var next = Machine();
                await MinutesAsync(2, next);
                Assert.Equal(HookTypes.AlertRaised, Assert.Single(await LogAsync(hook)).Type);
                relay = null;
                await MinutesAsync(12, next);
                Assert.Equal(2, (await LogAsync(hook)).Count);
                await new HookStore(store, time).ChangeAsync(hook.Id, one => one with { State = HookState.Removed }, Cancellation);
                if (!plan.Stopped)
                {
                    Assert.True(write > 2);
                    break;
                }
            }
        }
    }

    [Fact]
    public async Task Without_a_hook_for_alerts_none_is_checked()
    {
        var hooks = new HookStore(store, time);
        await hooks.AddAsync("https://hooks.example.com/", [HookTypes.RunBegun], false, [1], Cancellation);

        await Machine(_ => throw new InvalidOperationException()).ExecuteAsync(Cancellation);

        Assert.DoesNotContain(store.Everything, one => one.Partition == "alert");
    }

    private Task<Hook> AddAsync() => new HookStore(store, time).AddAsync(
        "https://hooks.example.com/", [HookTypes.AlertRaised, HookTypes.AlertEnded], false, [1], Cancellation);

    private AnnounceAlerts Machine(Func<CancellationToken, Task<string?>>? check = null, ITableStore? tables = null)
    {
        tables ??= store;
        return new AnnounceAlerts(
            [new Alert("relay", check ?? (_ => Task.FromResult(relay)))],
            new PublishEvents(new HookStore(tables, time), new HookCallStore(tables), time), tables, time);
    }

    private async Task MinutesAsync(int minutes, params AnnounceAlerts[] machines)
    {
        for (var minute = 0; minute < minutes; minute++)
        {
            time.Advance(TimeSpan.FromMinutes(1));
            foreach (var machine in machines)
            {
                await machine.ExecuteAsync(Cancellation);
            }
        }
    }

    private Task<IReadOnlyList<HookCall>> LogAsync(Hook hook) =>
        new HookCallStore(store).ListAsync(hook.Id, null, 100, Cancellation);
}

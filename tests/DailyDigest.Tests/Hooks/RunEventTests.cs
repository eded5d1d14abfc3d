using System.Text.Json;
using DailyDigest.Hooks;
using DailyDigest.Testing.Storage;
using DailyDigest.Tests.Fixtures;

namespace DailyDigest.Tests.Hooks;

/// <summary>Runs and digests are notified to web hooks.</summary>
public sealed class RunEventTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_run_is_told_when_it_begins_when_its_digest_is_frozen_and_when_it_closes()
    {
        var (fixture, hook) = await StartAsync();
        await fixture.RunAsync(TimeSpan.FromMinutes(5));

        var calls = await LogAsync(fixture, hook);
        Assert.Equal(
            [HookTypes.DigestFrozen, HookTypes.RunBegun, HookTypes.RunClosed], calls.Select(call => call.Type).Order());
        var closed = Data(calls, HookTypes.RunClosed);
        Assert.Equal(
            ("2026-03-02", "daily_07_Etc.UTC", "closed", 3),
            (closed.GetProperty("date").GetString(), closed.GetProperty("cohort").GetString(), closed.GetProperty("state").GetString(),
                closed.GetProperty("counts").GetProperty("sent").GetInt32()));
        Assert.Equal(1, Data(calls, HookTypes.DigestFrozen).GetProperty("stories").GetArrayLength());
    }

    [Fact]
    public async Task A_skipped_run_is_told_with_the_reason_and_a_cohort_without_readers_is_not()
    {
        var (fixture, hook) = await StartAsync(stories: 0);
        await fixture.SubscribeAsync(zone: "Asia/Tokyo", hour: 16);
        await fixture.RunAsync(TimeSpan.FromMinutes(3));

        var calls = await LogAsync(fixture, hook);
        Assert.All(calls, call => Assert.Equal(HookTypes.RunClosed, call.Type));
        Assert.Equal("skipped", Data([calls[0]], HookTypes.RunClosed).GetProperty("state").GetString());
        Assert.NotEqual("", Data([calls[0]], HookTypes.RunClosed).GetProperty("why").GetString());
    }

    [Fact]
    public async Task A_kill_at_any_write_of_a_run_loses_no_event_and_tells_none_twice()
    {
        for (var write = 1; ; write++)
        {
            var (fixture, hook) = await StartAsync();
            var plan = new FaultPlan { StopBefore = write };
            var program = fixture.Start(plan);
            try
            {
                for (var minute = 0; minute < 3; minute++)
                {
                    await program.RunOnceAsync();
                }
            }
            catch (Exception exception) when (plan.Stopped && exception is ProgramStoppedException or AggregateException)
            {
            }

            fixture.Program = fixture.Start();
            await fixture.RunAsync(TimeSpan.FromMinutes(15));

            var types = (await LogAsync(fixture, hook)).Select(call => call.Type).Order().ToList();
            Assert.True(
                types.SequenceEqual([HookTypes.DigestFrozen, HookTypes.RunBegun, HookTypes.RunClosed]),
                $"write {write}: {string.Join(' ', types)}");
            if (!plan.Stopped)
            {
                Assert.True(write > 10);
                return;
            }
        }
    }

    [Fact]
    public async Task Without_a_hook_for_runs_a_tick_writes_nothing_and_asks_once_for_hooks()
    {
        var fixture = new DeliveryFixture();
        await fixture.SubscribeAsync(2);
        await fixture.PublishAsync();
        fixture.GoTo(2, 7);
        var plan = new FaultPlan();
        var program = fixture.Start(plan);

        await program.RunOnceAsync();

        Assert.Single(plan.Trace, call => call.Place is "Hooks" or "HookCalls");
    }

    private static async Task<(DeliveryFixture Fixture, Hook Hook)> StartAsync(int stories = 1)
    {
        var fixture = new DeliveryFixture();
        await fixture.SubscribeAsync(3);
        for (var story = 0; story < stories; story++)
        {
            await fixture.PublishAsync();
        }

        var hook = await fixture.Program.Get<HookStore>().AddAsync(
            "https://hooks.example.com/", [HookTypes.RunBegun, HookTypes.RunClosed, HookTypes.DigestFrozen], false, [1], Cancellation);
        fixture.GoTo(2, 7);
        return (fixture, hook);
    }

    private static Task<IReadOnlyList<HookCall>> LogAsync(DeliveryFixture fixture, Hook hook) =>
        new HookCallStore(fixture.Tables).ListAsync(hook.Id, null, 100, Cancellation);

    private static JsonElement Data(IReadOnlyList<HookCall> calls, string type) =>
        JsonDocument.Parse(calls.Single(call => call.Type == type).Body).RootElement.GetProperty("data");
}

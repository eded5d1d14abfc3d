using DailyDigest.Hooks;
using DailyDigest.Testing.Storage;
using DailyDigest.Tests.Fixtures;
using Microsoft.Extensions.Logging.Abstractions;

namespace DailyDigest.Tests.Hooks;

public sealed class DeliverHooksTests
{
    private readonly HookFixture fixture = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_event_is_delivered_once_to_each_hook_that_asked_for_it()
    {
        var runs = await fixture.AddAsync("run");
        var readers = await fixture.AddAsync("subscriber.left,subscriber.bounced");
        var one = await fixture.HappenAsync();
        await fixture.Publish().ExecuteAsync([one], Cancellation);

        Assert.Equal(1, await fixture.Deliver().ExecuteAsync(Cancellation));
        Assert.Equal(0, await fixture.Deliver().ExecuteAsync(Cancellation));

        var request = Assert.Single(fixture.Requests);
        Assert.Equal((runs.Url, one.Id, one.Body(false)), (request.Url, request.Id, request.Body));
        Assert.Equal(
            """{"type":"run.begun","version":1,"timestamp":"2026-03-02T10:00:00Z","data":{"cohort":"a"}}""", request.Body);
        Assert.Equal(fixture.Time.GetUtcNow().ToUnixTimeSeconds(), request.Timestamp);
        var call = Assert.Single(await fixture.LogAsync(runs));
        Assert.Equal((HookCallState.Delivered, 1, 204, null), (call.State, call.Attempts, call.Status, call.Next));
        Assert.Empty(await fixture.LogAsync(readers));
    }

    [Fact]
    public async Task What_happened_before_a_hook_was_added_or_while_it_was_off_is_not_told()
    {
        var early = new HookEvent(HookTypes.RunBegun, fixture.Time.GetUtcNow(), "early", new Dictionary<string, object?>());
        fixture.Time.Advance(TimeSpan.FromSeconds(1));
        var hook = await fixture.AddAsync();
        await fixture.Publish().ExecuteAsync([early], Cancellation);
        await new SwitchHook(fixture.Hooks(), fixture.Time).ExecuteAsync(hook.Id, HookState.Off, Cancellation);
        var meanwhile = await fixture.HappenAsync();
        fixture.Time.Advance(TimeSpan.FromSeconds(1));
        await new SwitchHook(fixture.Hooks(), fixture.Time).ExecuteAsync(hook.Id, HookState.On, Cancellation);
        await fixture.Publish().ExecuteAsync([early, meanwhile], Cancellation);

        Assert.Empty(await fixture.LogAsync(hook));
    }

    [Fact]
    public async Task A_receiver_that_is_down_and_up_again_gets_everything_under_the_same_ids()
    {
        var hook = await fixture.AddAsync();
        fixture.Answer = _ => Task.FromResult(HookFixture.Refused);
        var events = new[] { await fixture.HappenAsync("a"), await fixture.HappenAsync("b") };
        await fixture.Deliver().ExecuteAsync(Cancellation);
        fixture.Time.Advance(TimeSpan.FromSeconds(10));
        await fixture.Deliver().ExecuteAsync(Cancellation);
        Assert.Equal(4, (await fixture.ReadAsync(hook)).Failures);
        Assert.Equal(HookFixture.Refused.Fault, (await fixture.ReadAsync(hook)).LastError);

        fixture.Answer = _ => Task.FromResult(new HookAnswer(200, null));
        await fixture.DeliverAllAsync(hook);

        Assert.Equal(6, fixture.Requests.Count);
        Assert.Equal(
            events.Select(one => one.Id).Order(), fixture.Requests.TakeLast(2).Select(request => request.Id).Order());
        Assert.All(await fixture.LogAsync(hook), call => Assert.Equal((HookCallState.Delivered, 3), (call.State, call.Attempts)));
        Assert.Equal((0, null, null), ((await fixture.ReadAsync(hook)).Failures, (await fixture.ReadAsync(hook)).FailingSince,
            (await fixture.ReadAsync(hook)).LastError));
    }

    [Fact]
    public async Task After_three_days_of_failures_an_event_is_given_up_and_the_hook_switched_off()
    {
        var log = new Lines();
        fixture.Logger = log;
        var hook = await fixture.AddAsync(url: "https://hooks.example.com/private-token");
        fixture.Answer = _ => Task.FromResult(HookFixture.Refused);
        var began = fixture.Time.GetUtcNow();
        await fixture.HappenAsync();
        await fixture.DeliverAllAsync(hook);

        var call = Assert.Single(await fixture.LogAsync(hook));
        Assert.Equal((HookCallState.Failed, 10, 500), (call.State, call.Attempts, call.Status));
        Assert.InRange(fixture.Time.GetUtcNow() - began, TimeSpan.FromHours(72), TimeSpan.FromHours(81));
        Assert.Equal(HookState.Failing, (await fixture.ReadAsync(hook)).State);
        Assert.Equal([261, 262, 263], log.All.Select(line => line.Id).Order());
        Assert.All(log.All, line => Assert.DoesNotContain("private-token", line.Text, StringComparison.Ordinal));

        // It is notified nothing more until an operator switches it on.
        await fixture.HappenAsync("later");
        Assert.Single(await fixture.LogAsync(hook));
        Assert.Equal(0, await fixture.Deliver().ExecuteAsync(Cancellation));
    }

    [Fact]
    public async Task A_receiver_that_is_gone_is_not_called_again_until_the_hook_is_switched_on()
    {
        var hook = await fixture.AddAsync();
        fixture.Answer = _ => Task.FromResult(new HookAnswer(410, "410 Gone"));
        await fixture.HappenAsync("a");
        await fixture.Deliver().ExecuteAsync(Cancellation);
        Assert.Equal((HookState.Gone, "410 Gone"), ((await fixture.ReadAsync(hook)).State, (await fixture.ReadAsync(hook)).LastError));
        await fixture.HappenAsync("b");
        fixture.Time.Advance(TimeSpan.FromDays(1));
        Assert.Equal(0, await fixture.Deliver().ExecuteAsync(Cancellation));

        fixture.Answer = _ => Task.FromResult(new HookAnswer(200, null));
        await new SwitchHook(fixture.Hooks(), fixture.Time).ExecuteAsync(hook.Id, HookState.On, Cancellation);
        await fixture.HappenAsync("c");
        Assert.Equal(1, await fixture.Deliver().ExecuteAsync(Cancellation));
        Assert.Equal(0, (await fixture.ReadAsync(hook)).Failures);
    }

    [Fact]
    public async Task Two_machines_at_once_deliver_each_event_once()
    {
        var hook = await fixture.AddAsync();
        for (var number = 0; number < 40; number++)
        {
            await fixture.HappenAsync($"run {number}");
        }

        var attempts = await Task.WhenAll(Enumerable.Range(0, 4).Select(
            _ => Task.Run(() => fixture.Deliver().ExecuteAsync(Cancellation), Cancellation)));

        Assert.Equal(40, attempts.Sum());
        Assert.Equal(40, fixture.Requests.Select(request => request.Id).Distinct().Count());
        Assert.All(await fixture.LogAsync(hook), call => Assert.Equal((HookCallState.Delivered, 1), (call.State, call.Attempts)));
    }

    [Fact]
    public async Task A_slow_receiver_does_not_hold_the_others_and_has_four_requests_at_most()
    {
        const string Slow = "https://slow.example.com/";
        await fixture.AddAsync(url: Slow);
        var quick = await fixture.AddAsync(url: "https://quick.example.com/");
        var (release, atOnce, most, begun) = (new TaskCompletionSource(), 0, 0, new SemaphoreSlim(0));
        fixture.Answer = async request =>
        {
            if (request.Url == Slow)
            {
                InterlockedMax(ref most, Interlocked.Increment(ref atOnce));
                begun.Release();
                await release.Task;
                Interlocked.Decrement(ref atOnce);
            }

            return new HookAnswer(200, null);
        };
        for (var number = 0; number < 10; number++)
        {
            await fixture.HappenAsync($"run {number}");
        }

        var looks = new SemaphoreSlim(0);
        var time = new WatchedTime(fixture.Time, _ => looks.Release());
        var round = new DeliverHooks(fixture.Hooks(), fixture.Calls(), fixture.Receiver(), time).ExecuteAsync(Cancellation);
        for (var number = 0; number < DeliverHooks.MaxPerHook; number++)
        {
            await begun.WaitAsync(Cancellation);
        }

        // The slow one still waits: an event that happens now reaches the quick one within the look of every two seconds.
        await fixture.HappenAsync("while it waits");
        while ((await fixture.LogAsync(quick)).Count(call => call.State == HookCallState.Delivered) < 11)
        {
            await looks.WaitAsync(Cancellation);
            Assert.False(round.IsCompleted);
            fixture.Time.Advance(TimeSpan.FromSeconds(2));
        }

        release.SetResult();
        await round;
        Assert.Equal(DeliverHooks.MaxPerHook, most);
    }

    /// <summary>Stopped before or after each write of a round. Another machine takes up what the dead one had taken.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_machine_that_dies_anywhere_leaves_its_deliveries_to_another(bool before)
    {
        for (var write = 1; ; write++)
        {
            var one = new HookFixture();
            var hook = await one.AddAsync();
            await one.HappenAsync("a");
            await one.HappenAsync("b");
            var plan = new FaultPlan();
            plan.StopBefore = before ? write : null;
            plan.StopAfter = before ? null : write;
            try
            {
                await one.Deliver(new FaultTableStore(one.Store, plan)).ExecuteAsync(Cancellation);
            }
            catch (ProgramStoppedException)
            {
            }

            one.Time.Advance(CallReceiver.Lease);
            await one.Deliver().ExecuteAsync(Cancellation);

            Assert.All(await one.LogAsync(hook), call => Assert.Equal(HookCallState.Delivered, call.State));
            Assert.Equal(2, one.Requests.Select(request => request.Id).Distinct().Count());
            if (!plan.Stopped)
            {
                Assert.True(write > 4);
                return;
            }
        }
    }

    [Fact]
    public async Task An_event_is_sent_again_on_an_operators_order_with_the_same_id_and_all_attempts()
    {
        var hook = await fixture.AddAsync();
        var one = await fixture.HappenAsync();
        await fixture.Deliver().ExecuteAsync(Cancellation);
        var call = Assert.Single(await fixture.LogAsync(hook));

        Assert.NotNull(await new RedeliverEvent(fixture.Calls(), fixture.Time).ExecuteAsync(hook.Id, call.Key, Cancellation));
        Assert.NotNull(await new RedeliverEvent(fixture.Calls(), fixture.Time).ExecuteAsync(hook.Id, call.Key, Cancellation));
        Assert.Null(await new RedeliverEvent(fixture.Calls(), fixture.Time).ExecuteAsync(hook.Id, "e-nothing", Cancellation));
        await fixture.Deliver().ExecuteAsync(Cancellation);

        Assert.Equal([one.Id, one.Id], fixture.Requests.Select(request => request.Id));
        Assert.Equal(1, Assert.Single(await fixture.LogAsync(hook)).Attempts);
    }

    [Fact]
    public async Task A_test_is_tried_once_and_does_not_count_against_the_hook()
    {
        var hook = await fixture.AddAsync("run");
        fixture.Answer = _ => Task.FromResult(HookFixture.Refused);

        var call = await new TestHook(fixture.Calls(), fixture.Receiver(), fixture.Time).ExecuteAsync(hook, Cancellation);

        Assert.Equal((HookTypes.Test, HookCallState.Failed, HookFixture.Refused.Fault), (call.Type, call.State, call.Fault));
        Assert.Equal(0, (await fixture.ReadAsync(hook)).Failures);
        fixture.Time.Advance(TimeSpan.FromDays(1));
        Assert.Equal(0, await fixture.Deliver().ExecuteAsync(Cancellation));
    }

    [Fact]
    public async Task A_hook_whose_secret_cannot_be_decrypted_says_so()
    {
        var hook = await fixture.AddAsync();
        await fixture.HappenAsync();
        var receiver = new CallReceiver(
            fixture.Hooks(), fixture.Calls(), new HookSecrets(new byte[32]), fixture, fixture.Time,
            NullLogger<CallReceiver>.Instance);

        await new DeliverHooks(fixture.Hooks(), fixture.Calls(), receiver, fixture.Time).ExecuteAsync(Cancellation);

        Assert.Empty(fixture.Requests);
        Assert.StartsWith(
            "its secret cannot be decrypted", (await fixture.ReadAsync(hook)).LastError, StringComparison.Ordinal);
    }

    private static void InterlockedMax(ref int most, int value)
    {
        for (var known = Volatile.Read(ref most); value > known; known = Volatile.Read(ref most))
        {
            Interlocked.CompareExchange(ref most, value, known);
        }
    }
}

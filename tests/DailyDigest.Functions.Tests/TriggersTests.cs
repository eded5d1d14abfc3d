using System.Reflection;
using DailyDigest.Calendar;
using DailyDigest.Content;
using DailyDigest.Hooks;
using DailyDigest.Subscribers;
using Microsoft.Azure.Functions.Worker;

namespace DailyDigest.Functions.Tests;

/// <summary>The effect of each timer and queue trigger, invoked as the host invokes it.</summary>
[Collection(nameof(SharedApp))]
public sealed class TriggersTests
{
    private readonly FunctionApp app;

    public TriggersTests(FunctionApp app)
    {
        FunctionApp.Require();
        this.app = app;
    }

    private static CancellationToken Cancellation => FunctionApp.Cancellation;

    [Fact]
    public async Task The_first_tick_adds_the_publications_home_cohort()
    {
        Assert.Null(await app.Get<CohortStore>().GetAsync(app.Home, Cancellation));

        await app.Worker.TimerAsync("Tick", Cancellation);

        Assert.NotNull(await app.Get<CohortStore>().GetAsync(app.Home, Cancellation));
    }

    [Fact]
    public async Task Notices_settles_the_service_mails_that_are_due()
    {
        var (notices, now) = (app.Get<NoticeStore>(), TimeProvider.System.GetUtcNow());
        await notices.AddAsync("0123456789abcdef0123456789abcdef", now, Cancellation);

        await app.Worker.TimerAsync("Notices", Cancellation);

        // Nobody has that id, so nothing is sent, and the notice is settled.
        Assert.Empty(await notices.DueAsync(now.AddDays(1), 2, Cancellation).ToListAsync(Cancellation));
    }

    /// <summary>The receiver's address is private and not allowed, so the attempt needs no connection.</summary>
    [Fact]
    public async Task Notices_calls_web_hooks_too()
    {
        var (hooks, calls) = (app.Get<HookStore>(), app.Get<HookCallStore>());
        var (_, secret) = app.Get<HookSecrets>().Create();
        var hook = await hooks.AddAsync("https://127.0.0.1/hook", [HookTypes.RunBegun], false, secret, Cancellation);
        var now = TimeProvider.System.GetUtcNow();
        await calls.InsertAsync(
            hook.Id, new HookEvent(HookTypes.RunBegun, now, "run", new Dictionary<string, object?>()), false, now, Cancellation);

        // The worker may have read the list of hooks before, and keeps it for ten seconds.
        HookCall call;
        do
        {
            await app.Worker.TimerAsync("Notices", Cancellation);
            call = Assert.Single(await calls.ListAsync(hook.Id, null, 10, Cancellation));
        }
        while (call.Attempts == 0);

        Assert.Equal(
            (1, "the address 127.0.0.1 is private; set Hooks__AllowPrivateAddresses to allow it"), (call.Attempts, call.Fault));
        Assert.DoesNotContain("127.0.0.1/hook", app.Logged, StringComparison.Ordinal);
        await new SwitchHook(hooks, TimeProvider.System).ExecuteAsync(hook.Id, HookState.Removed, Cancellation);
    }

    [Fact]
    public async Task Ingest_polls_the_feeds_and_records_what_failed()
    {
        await app.Worker.TimerAsync("Ingest", Cancellation);

        var failures = (await app.Get<FeedStore>().ListAsync(Cancellation)).Select(feed => feed.Failures).Order();
        Assert.Equal([0, 1], failures);
    }

    [Theory]
    [InlineData("not a hint")]
    [InlineData("{\"to\":\"poison@example.org\",\"token\":\"poison-token\"}")]
    [InlineData("2026-03-02/poison@example.org/poison-token")]
    [InlineData(" ")]
    public async Task A_poison_hint_succeeds_sends_nothing_and_is_not_logged(string hint)
    {
        var before = app.Smtp.Messages.Count;
        await app.Queue.AddAsync(hint, Cancellation);

        Assert.Equal(1, await app.Queue.DrainAsync(app.Worker, Cancellation));

        await app.Smtp.SyncAsync(Cancellation);
        Assert.Equal(before, app.Smtp.Messages.Count);
        Assert.DoesNotContain("poison", app.Logged, StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Read from the code, because the metadata that the worker reports does not contain it.</summary>
    [Theory]
    [InlineData("Tick")]
    [InlineData("Notices")]
    [InlineData("Ingest")]
    [InlineData("Deliver")]
    public void Every_function_of_a_timer_or_the_queue_can_be_cancelled(string name)
    {
        var method = typeof(Triggers).GetMethods().Single(method => method.GetCustomAttribute<FunctionAttribute>()?.Name == name);

        Assert.Contains(method.GetParameters(), parameter => parameter.ParameterType == typeof(CancellationToken));
    }
}

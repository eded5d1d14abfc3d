using System.Text.Json;
using DailyDigest.Hooks;
using DailyDigest.Subscribers;
using DailyDigest.Testing.Storage;
using DailyDigest.Tests.Fixtures;

namespace DailyDigest.Tests.Hooks;

/// <summary>Changes of subscribers reach web hooks once, also if the program is killed at any write.</summary>
public sealed class SubscriberEventTests
{
    private const string Reader = "reader@example.com";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>The steps of a reader's life with the event of each.</summary>
    public static TheoryData<string, string, string> Steps => new()
    {
        { "sign up", HookTypes.Subscribed, "" },
        { "confirm", HookTypes.Confirmed, "confirmed" },
        { "change hour", HookTypes.Changed, "hour" },
        { "pause", HookTypes.Changed, "pause" },
        { "leave", HookTypes.Left, "unsubscribed" },
        { "come back", HookTypes.Confirmed, "restored" },
        { "bounce", HookTypes.Bounced, "bounced" },
        { "complain", HookTypes.Complained, "complained" },
        { "erase", HookTypes.Left, "erased" },
    };

    [Theory]
    [MemberData(nameof(Steps))]
    public async Task Each_step_of_a_readers_life_is_told_once_with_the_id_only(string step, string type, string detail)
    {
        using var fixture = new SubscriberFixture();
        var hook = await AddHookAsync(fixture, withAddress: false);
        var id = await PrepareAsync(fixture, step);
        var before = await LogAsync(fixture, hook);

        await StepAsync(fixture, step);

        var call = Assert.Single(await LogAsync(fixture, hook), one => before.All(other => other.Id != one.Id));
        Assert.Equal(type, call.Type);
        Assert.DoesNotContain("example.com", call.Body, StringComparison.Ordinal);
        var data = JsonDocument.Parse(call.Body).RootElement.GetProperty("data");
        Assert.Equal(id ?? (await fixture.FindAsync(Reader))!.Id, data.GetProperty("subscriber").GetString());
        Assert.Equal(
            detail,
            data.TryGetProperty("changed", out var changed) ? changed[0].GetString()
                : data.TryGetProperty("reason", out var reason) ? reason.GetString() : "");
    }

    /// <summary>Stopped before or after each write of the step. The tick, or the reader, repeats what was not completed.</summary>
    [Theory]
    [MemberData(nameof(Steps))]
    public async Task A_kill_at_any_write_of_a_step_loses_no_event_and_tells_none_twice(string step, string type, string detail)
    {
        foreach (var before in new[] { true, false })
        {
            for (var write = 1; ; write++)
            {
                using var fixture = new SubscriberFixture();
                var hook = await AddHookAsync(fixture, withAddress: false);
                await PrepareAsync(fixture, step);
                fixture.Plan.Restart();
                fixture.Plan.StopBefore = before ? write : null;
                fixture.Plan.StopAfter = before ? null : write;
                var stopped = false;
                try
                {
                    await StepAsync(fixture, step);
                }
                catch (ProgramStoppedException)
                {
                    stopped = true;
                }

                await fixture.RestartAndFinishAsync();
                await fixture.SendNotices.ExecuteAsync(Cancellation);
                await StepAsync(fixture, step);

                var told = (await LogAsync(fixture, hook)).Where(call => call.Type == type
                    && (detail.Length == 0 || call.Body.Contains($"\"{detail}\"", StringComparison.Ordinal)));
                Assert.True(told.Count() == 1, $"write {write}, {(before ? "before" : "after")}: {told.Count()} events");
                if (!stopped)
                {
                    Assert.True(write > 3);
                    break;
                }
            }
        }
    }

    /// <summary>The next change comes before the tick has completed the first one.</summary>
    [Fact]
    public async Task An_interrupted_event_is_published_before_the_next_change_overwrites_it()
    {
        using var fixture = new SubscriberFixture();
        var hook = await AddHookAsync(fixture, withAddress: false);
        var person = await fixture.SubscribedAsync(Reader);
        fixture.Plan.Restart();
        fixture.Plan.Before = call => call.Place == "Audience" && call.Writes ? throw new ProgramStoppedException() : Task.CompletedTask;
        await Assert.ThrowsAsync<ProgramStoppedException>(
            () => fixture.Unsubscribe.ExecuteAsync(person.Id, Cancellation));
        Assert.DoesNotContain(await LogAsync(fixture, hook), call => call.Type == HookTypes.Left);
        fixture.Plan.Restart();

        Assert.True(await fixture.Resubscribe.ExecuteAsync(person.Id, Cancellation));

        Assert.Contains(await LogAsync(fixture, hook), call => call.Type == HookTypes.Left);
    }

    [Fact]
    public async Task The_address_is_told_only_to_a_hook_that_was_added_so()
    {
        using var fixture = new SubscriberFixture();
        var (with, without) = (await AddHookAsync(fixture, withAddress: true), await AddHookAsync(fixture, withAddress: false));
        await fixture.SubscribedAsync(Reader);

        Assert.Contains($"\"address\":\"{Reader}\"", Assert.Single(await LogAsync(fixture, with)).Body, StringComparison.Ordinal);
        Assert.All(await LogAsync(fixture, without), call => Assert.DoesNotContain(Reader, call.Body, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Without_web_hooks_a_change_writes_nothing_for_them()
    {
        using var fixture = new SubscriberFixture();
        await fixture.SubscribedAsync(Reader);
        Assert.DoesNotContain(fixture.Plan.Trace, call => call.Writes && call.Place is "Hooks" or "HookCalls");
    }

    private static async Task<Hook> AddHookAsync(SubscriberFixture fixture, bool withAddress) => await fixture.Hooks.AddAsync(
        "https://hooks.example.com/", withAddress ? [HookTypes.Confirmed] : HookTypes.All,
        withAddress, [1], Cancellation);

    private static Task<IReadOnlyList<HookCall>> LogAsync(SubscriberFixture fixture, Hook hook) =>
        fixture.HookCalls.ListAsync(hook.Id, null, 100, Cancellation);

    /// <summary>Brings the reader to the state before the step. Returns the id; null before the sign-up.</summary>
    private static async Task<string?> PrepareAsync(SubscriberFixture fixture, string step)
    {
        if (step == "sign up")
        {
            return null;
        }

        await StepAsync(fixture, "sign up");
        var id = (await fixture.FindAsync(Reader))!.Id;
        if (step != "confirm")
        {
            await StepAsync(fixture, "confirm");
        }

        if (step == "come back")
        {
            await StepAsync(fixture, "leave");
        }

        return id;
    }

    private static async Task StepAsync(SubscriberFixture fixture, string step)
    {
        if (step == "sign up")
        {
            await fixture.SignUp.ExecuteAsync(new SignUpRequest(Reader, "page"), Cancellation);
            await fixture.SendNotices.ExecuteAsync(Cancellation);
            return;
        }

        if (await fixture.FindAsync(Reader) is not { Id: var id } person)
        {
            Assert.Equal("erase", step);
            return;
        }

        await (step switch
        {
            "confirm" => fixture.Confirm.ExecuteAsync(id, Cancellation),
            "change hour" => fixture.Change.ExecuteAsync(id, known => known!.Hour == 9 ? null : known with { Hour = 9 }, Cancellation),
            "pause" => fixture.Change.ExecuteAsync(
                id, known => known!.PausedUntil is null ? known with { PausedUntil = new DateOnly(2026, 4, 1) } : null, Cancellation),
            "leave" => fixture.Unsubscribe.ExecuteAsync(id, Cancellation),
            "come back" => fixture.Resubscribe.ExecuteAsync(id, Cancellation),
            "bounce" => fixture.Suppress.ExecuteAsync(SubscriberFixture.Address(Reader), Suppression.Bounced, Cancellation),
            "complain" => fixture.Suppress.ExecuteAsync(SubscriberFixture.Address(Reader), Suppression.Complained, Cancellation),
            "erase" => (Task)fixture.Erase.ExecuteAsync(person.Id, Cancellation),
            _ => throw new ArgumentException(step),
        });
    }
}

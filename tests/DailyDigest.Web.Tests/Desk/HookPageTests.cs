using System.Net;
using System.Text.RegularExpressions;
using DailyDigest.Accounts;
using DailyDigest.Hooks;

namespace DailyDigest.Web.Tests.Desk;

/// <summary>Web hooks on the desk, as an operator without script uses them.</summary>
public sealed partial class HookPageTests
{
    private const string Url = "https://hooks.example.com/in?token=of-the-receiver";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_hook_is_added_and_its_secret_is_shown_once()
    {
        await using var site = await WebFixture.StartAsync();
        using var person = await site.SignInAsync(Role.Operator);
        Assert.Contains("There is no web hook yet.", await person.PageAsync("/desk/hooks"), StringComparison.Ordinal);

        using var added = await person.PostAsync(
            "/desk/hooks", "/desk/hooks/add", ("url", Url), ("events", "run.closed"), ("events", "subscriber.left"), ("address", "1"));

        Assert.Equal(HttpStatusCode.OK, added.StatusCode);
        Assert.True(added.Headers.CacheControl!.NoStore);
        var shown = await added.Content.ReadAsStringAsync(Cancellation);
        Assert.Single(Secret().Matches(shown));
        var hook = Assert.Single(await site.Get<HookStore>().ListAsync(Cancellation));
        Assert.Equal((Url, true), (hook.Url, hook.WithAddress));
        Assert.Equal([HookTypes.Left, HookTypes.RunClosed], hook.Events);
        foreach (var path in new[] { "/desk/hooks", "/desk/hooks/" + hook.Id, "/desk/audit" })
        {
            var page = await person.PageAsync(path);
            Assert.Contains(path == "/desk/audit" ? "hook.add" : "hooks.example.com", page, StringComparison.Ordinal);
            Assert.Empty(Secret().Matches(page));
        }
    }

    [Theory]
    [InlineData("http://hooks.example.com/", "run.closed", "The URL has to begin with https")]
    [InlineData("javascript:alert(1)", "run.closed", "The URL has to begin with https")]
    [InlineData(Url, "nothing", "Choose at least one event.")]
    [InlineData(Url, "", "Choose at least one event.")]
    public async Task A_wrong_url_or_event_is_named_and_adds_nothing(string url, string events, string fault)
    {
        await using var site = await WebFixture.StartAsync();
        using var person = await site.SignInAsync(Role.Operator);

        using var answer = await person.PostAsync("/desk/hooks", "/desk/hooks/add", ("url", url), ("events", events));

        Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
        Assert.Contains(fault, await answer.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
        Assert.Empty(await site.Get<HookStore>().ListAsync(Cancellation));
    }

    [Fact]
    public async Task A_hook_is_switched_off_and_on_tested_told_again_and_removed()
    {
        await using var site = await WebFixture.StartAsync();
        using var person = await site.SignInAsync(Role.Operator);
        var (_, hook, _) = await site.Get<AddHook>().ExecuteAsync(Url, "*", false, Cancellation);
        var page = "/desk/hooks/" + hook!.Id;

        await ActAsync("test", "The receiver took the test.");
        var call = Assert.Single(await site.Get<HookCallStore>().ListAsync(hook.Id, null, 10, Cancellation));
        Assert.Equal(HookCallState.Delivered, call.State);
        await ActAsync("redeliver", "The event is sent again.", ("call", call.Key));
        Assert.NotNull((await site.Get<HookCallStore>().FindAsync(hook.Id, call.Key, Cancellation))!.Next);
        await ActAsync("disable", "The web hook is off.");
        Assert.Equal(HookState.Off, (await site.Get<HookStore>().GetAsync(hook.Id, Cancellation))!.State);
        await ActAsync("enable", "The web hook is on.");
        await ActAsync("remove", "The web hook was removed.");
        Assert.Empty(await site.Get<HookStore>().ListAsync(Cancellation));
        using var gone = await person.GetAsync(page);
        Assert.Equal(HttpStatusCode.NotFound, gone.StatusCode);
        var audit = await site.Get<AuditLog>().ListAsync(null, "hook", null, 100, Cancellation);
        Assert.Equal(
            ["hook.remove", "hook.enable", "hook.disable", "hook.redeliver", "hook.test"], audit.Entries.Select(entry => entry.Verb));

        async Task ActAsync(string verb, string message, params (string, string)[] fields)
        {
            site.Time.Advance(TimeSpan.FromSeconds(1));
            using var answer = await person.PostAsync(page, $"{page}/{verb}", fields);
            Assert.Equal(HttpStatusCode.SeeOther, answer.StatusCode);
            Assert.Contains(
                message, await person.PageAsync(answer.Headers.Location!.ToString()), StringComparison.Ordinal);
        }
    }

    [GeneratedRegex("whsec_[A-Za-z0-9+/=]{44}|whsec_[A-Za-z0-9&#;+/=]{44,}")]
    private static partial Regex Secret();
}

using System.Net;
using DailyDigest.Accounts;
using DailyDigest.Calendar;
using DailyDigest.Runs;
using DailyDigest.Storage;

namespace DailyDigest.Web.Tests.Desk;

/// <summary>An operator's acts on a run: said before, done once, and recorded.</summary>
public sealed class RunActTests
{
    private const string Page = "/desk/runs/2026-03-02/daily_07_Europe.Paris";

    [Fact]
    public async Task A_pause_is_said_before_and_done_and_recorded()
    {
        await using var site = await WebFixture.StartAsync();
        await site.RunAsync(RunState.Open, [DeliveryState.Sent, DeliveryState.Deferred]);
        using var person = await site.SignInAsync(Role.Operator);

        var ask = await person.PageAsync(Page + "/pause");
        Assert.Contains("Pause this run?", ask, StringComparison.Ordinal);
        Assert.Contains("Readers concerned: 1", ask, StringComparison.Ordinal);
        Assert.False((await site.RunAsync())!.Paused);

        using var done = await ActAsync(person, "pause");
        Assert.Equal((HttpStatusCode.SeeOther, Page), (done.StatusCode, done.Headers.Location!.ToString()));
        Assert.True((await site.RunAsync())!.Paused);
        Assert.Contains("The run is paused.", await person.PageAsync(Page), StringComparison.Ordinal);
        var entry = Assert.Single(await AuditAsync(site), entry => entry.Verb.StartsWith("run.", StringComparison.Ordinal));
        Assert.Equal(
            ("run.pause", "2026-03-02 daily_07_Europe.Paris", "open", "open, paused", "The Operator"),
            (entry.Verb, entry.Subject, entry.Before, entry.After, entry.Actor.Name));
    }

    [Theory]
    [InlineData("pause", "resume")]
    [InlineData("cancel", "cancel")]
    [InlineData("retry", "hold")]
    public async Task Of_two_operators_at_once_the_second_is_told(string first, string second)
    {
        await using var site = await WebFixture.StartAsync();
        await site.RunAsync(RunState.Open, [DeliveryState.Sent, DeliveryState.Deferred, DeliveryState.Unknown]);
        using var one = await site.SignInAsync(Role.Operator);
        using var other = await site.SignInAsync(Role.Owner);
        var seen = await other.PageAsync(Page + "/" + first);
        var version = DeskClient.VersionOf(seen);

        using (var done = await ActAsync(one, first))
        {
            Assert.Equal(HttpStatusCode.SeeOther, done.StatusCode);
        }

        var after = await site.RunAsync();
        using var late = await other.PostAsync(Page, $"{Page}/{second}", ("version", version));
        Assert.Equal(HttpStatusCode.Conflict, late.StatusCode);
        Assert.Contains(
            "Somebody changed this before you", await late.Content.ReadAsStringAsync(TestContext.Current.CancellationToken),
            StringComparison.Ordinal);
        Assert.Equal(after!.ETag, (await site.RunAsync())!.ETag);
        Assert.Single(await AuditAsync(site), entry => entry.Verb.StartsWith("run.", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Sending_to_the_missing_names_them_before_and_reaches_only_them()
    {
        await using var site = await WebFixture.StartAsync();
        await site.RunAsync(
            RunState.Closed, [DeliveryState.Sent, DeliveryState.Expired, DeliveryState.Rejected, DeliveryState.Held]);
        using var person = await site.SignInAsync(Role.Operator);

        var ask = await person.PageAsync(Page + "/missing");
        Assert.Contains("Readers concerned: 2", ask, StringComparison.Ordinal);
        Assert.Contains("1 expired", ask, StringComparison.Ordinal);
        Assert.Contains("1 rejected: mailbox-full", ask, StringComparison.Ordinal);

        using (var done = await ActAsync(person, "missing"))
        {
            Assert.Equal(HttpStatusCode.SeeOther, done.StatusCode);
        }

        Assert.Contains("Done. Readers: 2.", await person.PageAsync(Page), StringComparison.Ordinal);
        var run = (await site.RunAsync())!;
        Assert.Equal((RunState.Open, null, 2L), (run.State, run.Ordered, run.LastTask!.Readers));
        Assert.Equal(
            [DeliveryState.Sent, DeliveryState.Deferred, DeliveryState.Deferred, DeliveryState.Held], await StatesAsync(site, 4));

        // A reload, or a second press, sends nobody a second one.
        using var again = await ActAsync(person, "missing");
        Assert.Equal(0, (await site.RunAsync())!.LastTask!.Readers);
    }

    [Fact]
    public async Task What_is_in_doubt_is_held_and_released_again()
    {
        await using var site = await WebFixture.StartAsync();
        await site.RunAsync(RunState.Open, [DeliveryState.Sent, DeliveryState.Unknown, DeliveryState.Deferred]);
        using var person = await site.SignInAsync(Role.Operator);

        using (await ActAsync(person, "hold"))
        {
            Assert.Equal([DeliveryState.Sent, DeliveryState.Held, DeliveryState.Deferred], await StatesAsync(site, 3));
        }

        using (await ActAsync(person, "release"))
        {
            Assert.Equal([DeliveryState.Sent, DeliveryState.Unknown, DeliveryState.Deferred], await StatesAsync(site, 3));
        }
    }

    [Fact]
    public async Task The_work_on_a_large_run_is_ordered_and_not_done_in_the_request()
    {
        await using var site = await WebFixture.StartAsync();
        await site.RunAsync(RunState.Closed, [DeliveryState.Sent, DeliveryState.Expired], slices: 16);
        using var person = await site.SignInAsync(Role.Operator);
        site.Plan.Restart();

        using var done = await ActAsync(person, "missing");

        Assert.Equal(HttpStatusCode.SeeOther, done.StatusCode);
        Assert.Equal(RunTask.Missing, (await site.RunAsync())!.Ordered);
        Assert.DoesNotContain(site.Plan.Trace, call => call.Place == Tables.Ledger && call.Writes);
        var page = await person.PageAsync(Page);
        Assert.Contains("It is ordered, and begins within a minute.", page, StringComparison.Ordinal);
        Assert.Contains("Ordered and not finished yet: send to the missing.", page, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("pause", "The run has ended")]
    [InlineData("retry", "The run has ended")]
    [InlineData("skip", "Nothing is held")]
    [InlineData("release", "Nothing is held")]
    [InlineData("begin", "The run was not missed")]
    public async Task An_act_that_the_run_does_not_allow_is_refused_with_the_reason(string act, string reason)
    {
        await using var site = await WebFixture.StartAsync();
        await site.RunAsync(RunState.Closed, [DeliveryState.Sent]);
        using var person = await site.SignInAsync(Role.Operator);

        using var ask = await person.GetAsync($"{Page}/{act}");
        Assert.Equal(HttpStatusCode.Conflict, ask.StatusCode);
        Assert.Contains(reason, await ask.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        using var forced = await person.PostAsync(Page, $"{Page}/{act}", ("version", (await site.RunAsync())!.ETag!));
        Assert.Contains(reason, await person.PageAsync(Page), StringComparison.Ordinal);
        Assert.DoesNotContain(await AuditAsync(site), entry => entry.Verb.StartsWith("run.", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_missed_run_is_begun_from_today()
    {
        await using var site = await WebFixture.StartAsync();
        await site.RunAsync(
            RunState.Skipped, [], run => run with { Missed = true, Why = "the service was not running" },
            cohort: new Cohort("Europe/Paris", 6, Rhythm.Daily).Key);
        using var person = await site.SignInAsync(Role.Operator);
        var today = await person.PageAsync("/desk/today");
        Assert.Contains("was missed.", today, StringComparison.Ordinal);
        const string Begin = "/desk/runs/2026-03-02/daily_06_Europe.Paris/begin";
        Assert.Contains(Begin, today, StringComparison.Ordinal);

        using var done = await person.PostAsync(Begin, Begin, ("version", DeskClient.VersionOf(await person.PageAsync(Begin))));

        Assert.Equal(HttpStatusCode.SeeOther, done.StatusCode);
        var run = (await site.RunAsync("daily_06_Europe.Paris"))!;
        Assert.Equal((RunState.Preparing, false, null), (run.State, run.Missed, run.Why));
    }

    [Theory]
    [InlineData("release", false, false)]
    [InlineData("skip", true, true)]
    public async Task A_run_that_is_held_after_a_restore_is_released_or_skipped(string act, bool cancelled, bool held)
    {
        await using var site = await WebFixture.StartAsync();
        await site.RunAsync(RunState.Open, [DeliveryState.Deferred], run => run with { Held = true });
        using var person = await site.SignInAsync(Role.Operator);
        var today = await person.PageAsync("/desk/today");
        Assert.Contains(Page + "/release", today, StringComparison.Ordinal);
        Assert.Contains(Page + "/skip", today, StringComparison.Ordinal);

        using var done = await ActAsync(person, act);

        var run = (await site.RunAsync())!;
        Assert.Equal((HttpStatusCode.SeeOther, cancelled, held), (done.StatusCode, run.Cancelled, run.Held));
    }

    private static async Task<HttpResponseMessage> ActAsync(DeskClient person, string act)
    {
        var path = $"{Page}/{act}";
        return await person.PostAsync(path, path, ("version", DeskClient.VersionOf(await person.PageAsync(path))));
    }

    private static async Task<IReadOnlyList<AuditEntry>> AuditAsync(WebFixture site) =>
        (await site.Get<AuditLog>().ListAsync(null, null, null, 20, TestContext.Current.CancellationToken)).Entries;

    private static async Task<IReadOnlyList<DeliveryState>> StatesAsync(WebFixture site, int readers)
    {
        var states = new List<DeliveryState>();
        foreach (var index in Enumerable.Range(0, readers))
        {
            var row = await site.Get<ITableStore>().GetAsync(
                Tables.Ledger, Part.LedgerPartition(WebFixture.RunDate, Part.Whole), WebFixture.Reader(index), CancellationToken.None);
            states.Add(DeliveryRow.Read(row!)!.State);
        }

        return states;
    }
}

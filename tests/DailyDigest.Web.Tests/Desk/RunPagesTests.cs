using System.Net;
using DailyDigest.Accounts;
using DailyDigest.Calendar;
using DailyDigest.Mailing;
using DailyDigest.Returns;
using DailyDigest.Runs;
using DailyDigest.Storage;
using DailyDigest.Subscribers;

namespace DailyDigest.Web.Tests.Desk;

/// <summary>Today and the runs of any date: what they show to whom, and what they read for it.</summary>
public sealed class RunPagesTests
{
    private const string Page = "/desk/runs/2026-03-02/daily_07_Europe.Paris";

    private static readonly DeliveryState[] Mixed =
    [
        DeliveryState.Sent, DeliveryState.Sent, DeliveryState.Sent, DeliveryState.Rejected, DeliveryState.Expired, DeliveryState.Held,
    ];

    [Fact]
    public async Task The_desk_opens_on_today()
    {
        await using var site = await WebFixture.StartAsync();
        using var viewer = await site.SignInAsync(Role.Viewer);
        using var answer = await viewer.GetAsync("/desk");
        Assert.Equal((HttpStatusCode.SeeOther, "/desk/today"), (answer.StatusCode, answer.Headers.Location!.ToString()));
        var page = await viewer.PageAsync("/desk/today");
        Assert.Contains("No run has begun today.", page, StringComparison.Ordinal);
        Assert.Contains("aria-current=\"page\">Today", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Today_shows_how_far_a_run_is_and_when_it_will_be_done()
    {
        await using var site = await WebFixture.StartAsync();
        DeliveryState[] deliveries = [.. Enumerable.Repeat(DeliveryState.Sent, 8), DeliveryState.Deferred, DeliveryState.Deferred];
        await site.RunAsync(RunState.Open, deliveries, run => run with { Started = site.Time.GetUtcNow().AddSeconds(-16) });
        using var viewer = await site.SignInAsync(Role.Viewer);

        var page = await viewer.PageAsync("/desk/today");

        Assert.Contains("aria-label=\"8 sent, 2 waiting, 0 not sent\"", page, StringComparison.Ordinal);
        Assert.Contains("<dd>0.5 a second</dd>", page, StringComparison.Ordinal);
        Assert.Contains("<dd>4 seconds</dd>", page, StringComparison.Ordinal);
        Assert.Contains("Nothing needs you now.", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Today_says_when_too_many_readers_complain_and_leads_to_the_figures()
    {
        await using var site = await WebFixture.StartAsync();
        await site.FiguresAsync(days: 2);
        await site.EndingsAsync("gmail.com\tcomplaints=3");
        using var viewer = await site.SignInAsync(Role.Viewer);
        var page = await viewer.PageAsync("/desk/today");

        Assert.Contains("So many readers call the digest spam that providers may refuse it.", page, StringComparison.Ordinal);
        Assert.Contains("gmail.com on 2026-03-02: 3 of 700 (0.43 %; limit 0.3 %)", page, StringComparison.Ordinal);
        Assert.Contains("href=\"/desk/figures?days=7\"", page, StringComparison.Ordinal);
        Assert.Contains("قد يرفضها مقدمو البريد", await viewer.PageAsync("/desk/today?lang=ar"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Today_says_that_the_mailbox_fails_and_leads_to_the_settings()
    {
        await using var site = await WebFixture.StartAsync(null, ("Test:Mailbox", "mail.example.com:993"));
        var states = site.Get<MailboxStates>();
        await states.ReleaseAsync(
            "1", (await states.TakeAsync("1", evenEarly: true, CancellationToken.None))!,
            new MailboxState { Failures = 3, SetAside = 25, Since = site.Time.GetUtcNow(), Reply = "login refused" },
            CancellationToken.None);
        using var person = await site.SignInAsync(Role.Operator);
        var page = await person.PageAsync("/desk/today");

        Assert.Contains("The mailbox mail.example.com:993 cannot be read since 11:00.", page, StringComparison.Ordinal);
        Assert.Contains("login refused</q>", page, StringComparison.Ordinal);
        Assert.Contains("href=\"/desk/settings\">Show the settings", page, StringComparison.Ordinal);
        Assert.Contains("25 messages in the mailbox mail.example.com:993 are of no known kind.", page, StringComparison.Ordinal);
        Assert.Contains("تتعذر قراءة صندوق البريد", await person.PageAsync("/desk/today?lang=ar"), StringComparison.Ordinal);

        var today = await (await site.ProgramAsync("viewer")).GetAsync("/today");
        Assert.Equal(["mailbox", "returns"], today["alerts"].AsArray().Select(alert => (string?)alert!["kind"]));
    }

    [Fact]
    public async Task Today_says_when_confirmations_wait_too_long()
    {
        await using var site = await WebFixture.StartAsync();
        await site.Get<NoticeStore>().AddAsync(new string('1', 32), site.Time.GetUtcNow(), CancellationToken.None);
        using var editor = await site.SignInAsync(Role.Editor);
        Assert.Contains("Nothing needs you now.", await editor.PageAsync("/desk/today"), StringComparison.Ordinal);

        site.Time.Advance(TimeSpan.FromMinutes(16));

        Assert.Contains(
            "Confirmations and other service mails wait: 1, the oldest since", await editor.PageAsync("/desk/today"),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Role.Viewer, false)]
    [InlineData(Role.Editor, false)]
    [InlineData(Role.Operator, true)]
    [InlineData(Role.Owner, true)]
    public async Task Addresses_and_acts_are_for_those_who_may_have_them(Role role, bool may)
    {
        await using var site = await WebFixture.StartAsync();
        await site.RunAsync(RunState.Closed, Mixed);
        using var person = await site.SignInAsync(role);

        var (page, today) = (await person.PageAsync(Page), await person.PageAsync("/desk/today"));

        Assert.Contains("mailbox-full: 552 5.2.2 mailbox full", page, StringComparison.Ordinal);
        Assert.Equal(may, page.Contains("00000004@example.com", StringComparison.Ordinal));
        Assert.Equal(may, page.Contains(Page + "/missing", StringComparison.Ordinal));
        Assert.Equal(may, page.Contains("not-sent.csv", StringComparison.Ordinal));
        Assert.Equal(may, today.Contains(Page + "/missing", StringComparison.Ordinal));
        Assert.Contains("did not reach about 2 of its readers", today, StringComparison.Ordinal);
        using var csv = await person.GetAsync(Page + "/not-sent.csv");
        Assert.Equal(may ? HttpStatusCode.OK : HttpStatusCode.Forbidden, csv.StatusCode);
        Assert.Equal(
            may, (await csv.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).Contains(
                "00000004@example.com", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Those_who_did_not_get_it_are_listed_in_pages_and_nobody_twice()
    {
        await using var site = await WebFixture.StartAsync();
        await site.RunAsync(RunState.Closed, [.. Enumerable.Range(0, 120).Select(
            index => index % 2 == 0 ? DeliveryState.Rejected : DeliveryState.Sent)]);
        using var viewer = await site.SignInAsync(Role.Viewer);
        var (seen, path) = (new List<string>(), Page);
        for (var pages = 0; path.Length > 0; pages++)
        {
            Assert.InRange(pages, 0, 1);
            var page = await viewer.PageAsync(path);
            seen.AddRange(Enumerable.Range(0, 120).Select(WebFixture.Reader).Where(
                id => page.Contains($"title=\"{id}\"", StringComparison.Ordinal)));
            const string Next = $"rel=\"next\" href=\"{Page}?after=";
            var at = page.IndexOf(Next, StringComparison.Ordinal) + Next.Length;
            path = at < Next.Length ? "" : $"{Page}?after={page[at..(at + 32)]}";
        }

        Assert.Equal(Enumerable.Range(0, 60).Select(index => WebFixture.Reader(index * 2)), seen);
    }

    [Fact]
    public async Task What_the_relay_and_feeds_say_is_text_and_not_markup()
    {
        const string Hostile = "<script>alert(1)</script>";
        await using var site = await WebFixture.StartAsync();
        await site.RunAsync(
            RunState.Open, [DeliveryState.Sent, DeliveryState.Deferred],
            part: control => control with { Trouble = Hostile, NextRetry = site.Time.GetUtcNow().AddMinutes(5) });
        await site.Get<RelayFaults>().RecordAsync(Hostile, Hostile, CancellationToken.None);
        using var owner = await site.SignInAsync(Role.Owner);
        foreach (var path in new[] { "/desk/today", Page })
        {
            using var answer = await owner.GetAsync(path);
            var html = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
            Assert.DoesNotContain(Hostile, html, StringComparison.Ordinal);
            Assert.Contains("&lt;script&gt;alert(1)", html, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("/desk/runs/2026-03-02/daily_07_Europe.Nowhere")]
    [InlineData("/desk/runs/2026-03-02/daily_7_Europe.Paris")]
    [InlineData("/desk/runs/2026-03-02/%24slices")]
    [InlineData("/desk/runs/2026-03-02/..%2F..%2Fx")]
    [InlineData("/desk/runs/2026-13-02/daily_07_Europe.Paris")]
    [InlineData("/desk/runs/0001-01-01/daily_07_Europe.Paris")]
    [InlineData("/desk/runs/9999-12-31/daily_07_Europe.Paris")]
    [InlineData("/desk/runs/yesterday")]
    [InlineData("/desk/runs?date=yesterday")]
    [InlineData("/desk/runs/2026-03-02/daily_07_Europe.Paris/3")]
    [InlineData("/desk/runs/2026-03-02/daily_07_Europe.Paris/Pause")]
    [InlineData("/desk/runs/2026-03-02/daily_07_Europe.Paris/pause%20")]
    [InlineData("/desk/runs/2026-03-01/daily_07_Europe.Paris/pause")]
    public async Task A_run_that_cannot_be_is_not_found(string path)
    {
        await using var site = await WebFixture.StartAsync();
        await site.RunAsync(RunState.Open, [DeliveryState.Sent]);
        using var owner = await site.SignInAsync(Role.Owner);
        using var answer = await owner.GetAsync(path);
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
    }

    [Theory]
    [InlineData(Page + "?after=zzz")]
    [InlineData(Page + "?after=%00")]
    [InlineData(Page + "?after=~daily")]
    [InlineData(Page + "?after=" + "ffffffffffffffffffffffffffffffff")]
    [InlineData("/desk/runs?before=0001-01-01")]
    [InlineData("/desk/runs?before=9999-12-31")]
    [InlineData("/desk/runs?before=x")]
    [InlineData("/desk/runs/2026-03-02?after=%F0%9F%98%80")]
    [InlineData("/desk/runs/9999-12-31")]
    [InlineData("/desk/runs/0001-01-01")]
    public async Task A_hostile_cursor_shows_a_page(string path)
    {
        await using var site = await WebFixture.StartAsync();
        await site.RunAsync(RunState.Closed, Mixed);
        using var viewer = await site.SignInAsync(Role.Viewer);
        using var answer = await viewer.GetAsync(path);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Fact]
    public async Task A_date_that_is_asked_for_is_shown()
    {
        await using var site = await WebFixture.StartAsync();
        await site.RunAsync(RunState.Closed, Mixed, on: new DateOnly(2026, 2, 27));
        using var viewer = await site.SignInAsync(Role.Viewer);
        using var asked = await viewer.GetAsync("/desk/runs?date=2026-02-27");
        Assert.Equal("/desk/runs/2026-02-27", asked.Headers.Location!.ToString());
        Assert.Contains(
            "/desk/runs/2026-02-27/daily_07_Europe.Paris\"", await viewer.PageAsync("/desk/runs/2026-02-27"), StringComparison.Ordinal);
        Assert.Contains("/desk/runs/2026-02-27\"", await viewer.PageAsync("/desk/runs"), StringComparison.Ordinal);
    }

    /// <summary>A hundred open runs of 16 parts, and a hundred thousand readers more or less, cost no page a further request.</summary>
    [Theory]
    [InlineData("/desk/today", 40)]
    [InlineData("/desk/runs", 20)]
    [InlineData("/desk/runs/2026-03-02", 30)]
    [InlineData(Page, 60)]
    [InlineData(Page + "/pause", 40)]
    [InlineData(Page + "/missing", 45)]
    [InlineData(Page + "/retry", 45)]
    public async Task A_page_of_many_large_runs_makes_few_requests(string path, int limit)
    {
        await using var site = await WebFixture.StartAsync();
        foreach (var hour in Enumerable.Range(0, 24))
        {
            foreach (var zone in new[] { "Europe/Paris", "Europe/Berlin", "Europe/Rome", "Europe/Madrid" })
            {
                await site.RunAsync(
                    RunState.Open, [], part: control => control with { Exhausted = false, Sent = 50_000 },
                    cohort: new Cohort(zone, hour, Rhythm.Daily).Key, slices: 16);
            }
        }

        using var owner = await site.SignInAsync(Role.Owner);
        site.Plan.Restart();
        using var answer = await owner.GetAsync(path);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.InRange(site.Plan.Trace.Count, 3, limit);
        Assert.DoesNotContain(site.Plan.Trace, call => call.Place == Tables.Audience || call.Writes);
    }
}

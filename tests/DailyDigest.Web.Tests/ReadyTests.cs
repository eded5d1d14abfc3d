using System.Text.Json;
using DailyDigest.App;
using DailyDigest.Clock;
using DailyDigest.Content;
using DailyDigest.Digests;
using DailyDigest.Mailing;
using DailyDigest.Runs;
using DailyDigest.Settings;
using DailyDigest.Storage;
using DailyDigest.Subscribers;
using DailyDigest.Testing.Storage;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Moq;

namespace DailyDigest.Web.Tests;

/// <summary>
/// From a failure to the alert that an operator reads: the real tick and the real sender use the same tables as the pages.
/// </summary>
public sealed class ReadyTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_tick_that_comes_too_late_is_an_alert_of_the_missed_run()
    {
        await using var site = await WebFixture.StartAsync();
        using var worker = Worker(site);
        var tick = worker.GetRequiredService<Tick>();

        // Noon in Paris is in time for the day's run, which is skipped: too few stories.
        await tick.ExecuteAsync(Cancellation);
        Assert.Empty(await AlertsAsync(site));

        // The next day's window ends at noon UTC. A minute later is too late.
        site.Time.Advance(TimeSpan.FromHours(25) + TimeSpan.FromMinutes(59));
        var inTime = await tick.ExecuteAsync(Cancellation);
        Assert.Single(inTime.Started);
        Assert.Empty(await AlertsAsync(site));
        site.Time.Advance(TimeSpan.FromHours(24) + TimeSpan.FromMinutes(2));
        Assert.Empty((await tick.ExecuteAsync(Cancellation)).Started);

        var (alert, text) = Assert.Single(await AlertsAsync(site));
        Assert.Equal("runs", alert);
        Assert.Equal(
            $"{site.Get<Publication>().HomeCohort.Key} on 2026-03-04 was missed: "
            + "the service was not running at 2026-03-04 06:00 UTC or within 6 hours after it", text);
    }

    [Fact]
    public async Task Complaints_and_bounces_are_alerts_and_the_server_stays_ready()
    {
        await using var site = await WebFixture.StartAsync();
        await site.FiguresAsync(days: 2);
        Assert.Empty(await AlertsAsync(site));

        // This domain got 700 of 1,170 messages.
        await site.EndingsAsync("gmail.com\tbounces=40 complaints=3");
        site.Time.Advance(TimeSpan.FromMinutes(1));
        var alerts = await AlertsAsync(site);

        Assert.Equal(["complaints", "complaints_high", "bounces", "bounces_high"], alerts.Select(one => one.Alert));
        Assert.Contains("all domains on 2026-03-02: 3 of 1,170 (0.26 %; warning at 0.1 %)", alerts[0].Text, StringComparison.Ordinal);
        Assert.Contains("gmail.com on 2026-03-02: 3 of 700 (0.43 %; limit 0.3 %)", alerts[1].Text, StringComparison.Ordinal);
        Assert.Contains("all domains on 2026-03-02: 40 of 1,172 (3.41 %; warning at 2 %)", alerts[2].Text, StringComparison.Ordinal);
        Assert.Contains("gmail.com on 2026-03-02: 40 of 700 (5.71 %; limit 5 %)", alerts[3].Text, StringComparison.Ordinal);
        using var ready = await site.Client.GetAsync("/readyz", Cancellation);
        Assert.Equal(System.Net.HttpStatusCode.OK, ready.StatusCode);
    }

    [Fact]
    public async Task Refused_confirmations_are_an_alert_until_the_relay_accepts_them()
    {
        const string Reader = "reader@example.com";
        await using var site = await WebFixture.StartAsync();
        var result = new SendResult(SendOutcome.RelayRefused, $"535 5.7.8 no such user {Reader}");
        var session = new Mock<IMailSession>();
        session.Setup(mock => mock.SendAsync(It.IsAny<NoticeMail>(), It.IsAny<CancellationToken>())).ReturnsAsync(() => result);
        Mock.Get(site.Get<IMailTransport>()).Setup(mock => mock.OpenSession()).Returns(session.Object);
        Mock.Get(site.Get<INoticeRenderer>())
            .Setup(mock => mock.RenderAsync(It.IsAny<NoticeKind>(), It.IsAny<string>(), It.IsAny<string>(), It.IsAny<CancellationToken>()))
            .ReturnsAsync(new NoticeText("Confirm", "<p>Confirm</p>", "Confirm"));
        await site.Get<SignUp>().ExecuteAsync(new SignUpRequest(Reader, "page"), Cancellation);

        for (var minute = 0; minute < 15; minute++)
        {
            await site.Get<SendNotices>().ExecuteAsync(Cancellation);
            var (relay, reply) = Assert.Single(await AlertsAsync(site));
            Assert.Equal("relay", relay);
            Assert.Contains("535 5.7.8 no such user <address>", reply, StringComparison.Ordinal);
            site.Time.Advance(TimeSpan.FromMinutes(1));
        }

        site.Time.Advance(TimeSpan.FromMinutes(1));
        await site.Get<SendNotices>().ExecuteAsync(Cancellation);
        var raised = await AlertsAsync(site);
        Assert.Equal(["relay", "notices"], raised.Select(one => one.Alert));
        Assert.DoesNotContain("reader", string.Concat(raised), StringComparison.OrdinalIgnoreCase);

        result = new SendResult(SendOutcome.Sent, "250 2.0.0 queued");
        site.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(1, (await site.Get<SendNotices>().ExecuteAsync(Cancellation)).Sent);
        Assert.Empty(await AlertsAsync(site));
    }

    /// <summary>The tick and its use cases, with the store and the clock of the fixture.</summary>
    private static ServiceProvider Worker(WebFixture site)
    {
        var publication = site.Get<Publication>();
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Publication:Name"] = publication.Name,
            ["Publication:BaseUrl"] = publication.BaseUrl,
            ["Identity:Key"] = site.Get<IdentityOptions>().Key,
            ["Links:Keys"] = site.Get<LinksOptions>().Keys,
        }).Build();
        var services = new ServiceCollection();
        services.AddSingleton<TimeProvider>(site.Time).AddSingleton(site.Get<ITableStore>()).AddSingleton<IQueueStore>(
            new MemoryQueueStore(site.Time));
        services.AddSingleton<ILoggerFactory>(NullLoggerFactory.Instance).AddSingleton(typeof(ILogger<>), typeof(NullLogger<>));
        services.AddSingleton(Mock.Of<IDigestRenderer>()).AddSingleton(Mock.Of<IMailTransport>()).AddSingleton<StoryStore>();
        services.AddSingleton(publication);
        return services.AddDailyDigest(configuration).BuildServiceProvider();
    }

    /// <summary>
    /// Load balancers poll every few seconds, strangers at any rate. The text of an alert may contain hosts, cohorts and numbers.
    /// </summary>
    [Fact]
    public async Task Strangers_read_only_names_and_alerts_are_checked_every_30_seconds()
    {
        await using var site = await WebFixture.StartAsync();
        var feeds = site.Get<FeedStore>();
        await feeds.AddAsync("https://news.example.com/feed", "Courier", StoryKind.Article, false, Cancellation);
        var id = (await feeds.ListAsync(Cancellation)).Single().Id;
        for (var failures = 0; failures < 3; failures++)
        {
            await feeds.RecordAsync(id, new FeedReading.Failed("the address 10.1.2.3 is private"), site.Time.GetUtcNow(), Cancellation);
        }

        site.Plan.Restart();
        Assert.Equal("""{"status":"ready","alerts":[{"alert":"feeds"}]}""", await site.PageAsync("/readyz"));
        Assert.True(site.Plan.Trace.Count > 1);
        site.Plan.Restart();
        foreach (var (name, value) in ((string, string)[])
            [("X-Api-Key", ""), ("X-Api-Key", "wrong"), ("Authorization", "Bearer wrong"), ("Authorization", "Basic !!!"),
                ("Authorization", WebFixture.Key), ("Accept", "*/*")])
        {
            var answer = await site.AskAsync("GET", "/readyz", headers: [(name, value)]);
            Assert.Equal((200, """{"status":"ready","alerts":[{"alert":"feeds"}]}""", "no-store"),
                (answer.Status, answer.Body, answer.Headers.CacheControl.ToString()));
        }

        foreach (var (name, value) in ((string, string)[])[("X-Api-Key", WebFixture.Key), ("Authorization", "Bearer " + WebFixture.Key)])
        {
            Assert.Equal(
                """{"status":"ready","alerts":[{"alert":"feeds","text":"Courier fails: the address 10.1.2.3 is private"}]}""",
                (await site.AskAsync("GET", "/readyz", headers: [(name, value)])).Body);
        }

        // Each request reads one row, to see whether storage answers.
        Assert.Equal(8, site.Plan.Trace.Count);
        Assert.All(site.Plan.Trace, call => Assert.Equal(("Get", Tables.Facts), (call.Operation, call.Place)));

        await feeds.RecordAsync(id, new FeedReading.NotModified(), site.Time.GetUtcNow(), Cancellation);
        site.Time.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal("""{"status":"ready","alerts":[]}""", await site.PageAsync("/readyz"));
    }

    private static async Task<IReadOnlyList<(string Alert, string Text)>> AlertsAsync(WebFixture site)
    {
        using var body = JsonDocument.Parse((await site.AskAsync("GET", "/readyz", headers: [("X-Api-Key", WebFixture.Key)])).Body);
        Assert.Equal("ready", body.RootElement.GetProperty("status").GetString());
        return [.. body.RootElement.GetProperty("alerts").EnumerateArray()
            .Select(one => (one.GetProperty("alert").GetString()!, one.GetProperty("text").GetString()!))];
    }
}

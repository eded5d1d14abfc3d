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

/// <summary>From what goes wrong at work to what an operator reads: the real clock's beat and the real sender, over the tables that the pages ask.</summary>
public sealed class ReadyTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_tick_that_comes_too_late_is_an_alert_of_the_missed_run()
    {
        await using var site = await Site.StartAsync();
        using var worker = Worker(site);
        var tick = worker.GetRequiredService<Tick>();

        // Noon in Paris: on time enough for the day's run, of which nothing comes but "too few stories".
        await tick.ExecuteAsync(Cancellation);
        Assert.Empty(await AlertsAsync(site));

        // The next day's window ends at noon UTC. A minute before is in time, a minute after is not.
        site.Time.Advance(TimeSpan.FromHours(25) + TimeSpan.FromMinutes(59));
        var inTime = await tick.ExecuteAsync(Cancellation);
        Assert.Single(inTime.Started);
        Assert.Empty(await AlertsAsync(site));
        site.Time.Advance(TimeSpan.FromHours(24) + TimeSpan.FromMinutes(2));
        Assert.Empty((await tick.ExecuteAsync(Cancellation)).Started);

        var (alert, text) = Assert.Single(await AlertsAsync(site));
        Assert.Equal("runs", alert);
        Assert.Equal(
            $"{site.Get<Publication>().HomeCohort.Key} on 2026-03-04 was missed: the service was not running at 2026-03-04 06:00 UTC or within 6 hours after it", text);
    }

    [Fact]
    public async Task Confirmations_that_the_relay_refuses_are_an_alert_though_no_run_is_open_until_it_takes_them()
    {
        const string Reader = "reader@example.com";
        await using var site = await Site.StartAsync();
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
            Assert.Empty(await AlertsAsync(site));
            site.Time.Advance(TimeSpan.FromMinutes(1));
        }

        site.Time.Advance(TimeSpan.FromMinutes(1));
        await site.Get<SendNotices>().ExecuteAsync(Cancellation);
        var (alert, text) = Assert.Single(await AlertsAsync(site));
        Assert.Equal("notices", alert);
        Assert.DoesNotContain("reader", text, StringComparison.OrdinalIgnoreCase);

        result = new SendResult(SendOutcome.Sent, "250 2.0.0 queued");
        site.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(1, (await site.Get<SendNotices>().ExecuteAsync(Cancellation)).Sent);
        Assert.Empty(await AlertsAsync(site));
    }

    /// <summary>The part of the program that has the clock, over the store and the time of the site's.</summary>
    private static ServiceProvider Worker(Site site)
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
        services.AddSingleton<TimeProvider>(site.Time).AddSingleton(site.Get<ITableStore>()).AddSingleton<IQueueStore>(new MemoryQueueStore(site.Time));
        services.AddSingleton<ILoggerFactory>(NullLoggerFactory.Instance).AddSingleton(typeof(ILogger<>), typeof(NullLogger<>));
        services.AddSingleton(Mock.Of<IDigestRenderer>()).AddSingleton(Mock.Of<IMailTransport>()).AddSingleton<StoryStore>();
        services.AddSingleton(publication);
        return services.AddDailyDigest(configuration).BuildServiceProvider();
    }

    /// <summary>A load balancer asks every few seconds, strangers as often as they like; what an alert says may hold hosts, cohorts and numbers.</summary>
    [Fact]
    public async Task Strangers_read_the_names_of_alerts_and_nobody_makes_them_be_looked_for_twice_in_half_a_minute()
    {
        await using var site = await Site.StartAsync();
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
            [("X-Api-Key", ""), ("X-Api-Key", "wrong"), ("Authorization", "Bearer wrong"), ("Authorization", "Basic !!!"), ("Authorization", Site.Key), ("Accept", "*/*")])
        {
            var said = await site.AskAsync("GET", "/readyz", headers: [(name, value)]);
            Assert.Equal((200, """{"status":"ready","alerts":[{"alert":"feeds"}]}""", "no-store"), (said.Status, said.Body, said.Headers.CacheControl.ToString()));
        }

        foreach (var (name, value) in ((string, string)[])[("X-Api-Key", Site.Key), ("Authorization", "Bearer " + Site.Key)])
        {
            Assert.Equal(
                """{"status":"ready","alerts":[{"alert":"feeds","text":"Courier fails: the address 10.1.2.3 is private"}]}""",
                (await site.AskAsync("GET", "/readyz", headers: [(name, value)])).Body);
        }

        // Whether storage answers is asked each time, and nothing else is.
        Assert.Equal(8, site.Plan.Trace.Count);
        Assert.All(site.Plan.Trace, call => Assert.Equal(("Get", Tables.Facts), (call.Operation, call.Place)));

        await feeds.RecordAsync(id, new FeedReading.NotModified(), site.Time.GetUtcNow(), Cancellation);
        site.Time.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal("""{"status":"ready","alerts":[]}""", await site.PageAsync("/readyz"));
    }

    private static async Task<IReadOnlyList<(string Alert, string Text)>> AlertsAsync(Site site)
    {
        using var body = JsonDocument.Parse((await site.AskAsync("GET", "/readyz", headers: [("X-Api-Key", Site.Key)])).Body);
        Assert.Equal("ready", body.RootElement.GetProperty("status").GetString());
        return [.. body.RootElement.GetProperty("alerts").EnumerateArray()
            .Select(one => (one.GetProperty("alert").GetString()!, one.GetProperty("text").GetString()!))];
    }
}

using System.Net;
using DailyDigest.Content;
using DailyDigest.Demo;
using DailyDigest.EndToEnd.Tests.Fixtures;
using DailyDigest.Server;
using DailyDigest.Settings;
using DailyDigest.Subscribers;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using MimeKit;

namespace DailyDigest.EndToEnd.Tests;

/// <summary>The program without configuration, started on other days and hours.</summary>
public sealed class DemoTests : IDisposable
{
    private static readonly string[] Due =
    [
        "amina.keeler@example.com", "bruno.salt@example.com", "clara.voss@example.org", "dara.quill@example.org", "farid.noor@example.com",
        "gwen.marsh@example.org", "hana.sabri@example.com", "ishan.rao@example.com", "jaya.sen@example.org",
    ];

    private readonly string folder = Directory.CreateTempSubdirectory("dailydigest-demo-").FullName;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string Outbox => Path.Combine(folder, "outbox");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData("2026-03-10T14:20:00Z")]
    [InlineData("2026-11-22T23:40:00Z")] // 23 o'clock at home: the reader whose hour is still to come lives further east
    [InlineData("2026-03-29T01:05:00Z")] // the hour after the one that Lisbon skips
    public async Task Started_for_the_first_time_it_delivers_to_every_sample_reader_who_is_due(string now)
    {
        await using var demo = await DemoServer.StartAsync(folder, now);

        Assert.Equal(Due, await DigestsAsync());
        Assert.Contains("21 stories from 4 feeds", demo.Output, StringComparison.Ordinal);
        Assert.Contains("Sent      9 digests", demo.Output, StringComparison.Ordinal);
        Assert.Contains("is dated in the future", await demo.GetAsync("/demo/why"), StringComparison.Ordinal);
        Assert.Contains("the same news as", await demo.GetAsync("/demo/why"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_page_in_the_summary_and_every_link_of_the_mail_exists()
    {
        await using var demo = await DemoServer.StartAsync(folder, "2026-03-10T14:20:00Z");

        var pages = demo.Output.Split(' ', '\n', '\r', ';').Where(word => word.StartsWith("http", StringComparison.Ordinal)).Distinct()
            .Where(page => page != demo.DeskLink).ToList();
        Assert.Equal(4, pages.Count);
        Assert.All(pages, page => Assert.StartsWith(demo.BaseUrl, page, StringComparison.Ordinal));
        foreach (var page in pages)
        {
            await demo.GetAsync(page[demo.BaseUrl.Length..]);
        }

        var (file, mail) = (await MailsAsync()).Single(sent => To(sent.Mail) == "amina.keeler@example.com");
        var name = "/demo/outbox/" + Path.GetFileName(file);
        Assert.Contains("sandbox=", await demo.GetAsync(name), StringComparison.Ordinal);
        Assert.Contains("Night ferry", await demo.GetAsync(name + "/text"), StringComparison.Ordinal);
        Assert.Contains("List-Unsubscribe-Post", await demo.GetAsync(name + "/headers"), StringComparison.Ordinal);
        Assert.Contains("target=\"_blank\"", await demo.GetAsync(name + "/page"), StringComparison.Ordinal);

        var links = mail.TextBody!.Split('\n', '\r').Where(line => line.Contains("/demo/stories/", StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(links);
        foreach (var link in links)
        {
            await demo.GetAsync(link.Trim()[demo.BaseUrl.Length..]);
        }
    }

    [Fact]
    public async Task On_a_phone_no_page_is_wider_than_the_screen_and_no_word_in_a_table_is_split()
    {
        await using var demo = await DemoServer.StartAsync(folder, "2026-03-10T14:20:00Z");
        await using var browser = await Browser.StartAsync();
        var page = await browser.PageAsync(new BrowserSettings("phone", Width: 375));
        foreach (var path in new[] { "/demo", "/demo/outbox", "/demo/why", "/", "/digests", "/digests/2026-03-10" })
        {
            await page.GotoAsync(demo.BaseUrl + path);
            Assert.InRange(await page.EvaluateAsync<int>("document.documentElement.scrollWidth"), 1, 375);

            // A word that stands on one line has one rectangle.
            Assert.Empty(await page.EvaluateAsync<string[]>("""
                [...document.querySelectorAll('main th, main td')].flatMap(cell => [...cell.childNodes])
                  .filter(node => node.nodeType === 3).flatMap(node =>
                  [...node.data.matchAll(/[\p{L}\p{N}:]+/gu)].filter(word => {
                    const range = document.createRange();
                    range.setStart(node, word.index);
                    range.setEnd(node, word.index + word[0].length);
                    return range.getClientRects().length > 1;
                  }).map(word => word[0]))
                """));
        }
    }

    [Theory]
    [InlineData("/demo/outbox/..%2f..%2fdemo.json")]
    [InlineData("/demo/outbox/%2e%2e%2fdailydigest.db")]
    [InlineData("/demo/outbox/..%5cdemo.json/text")]
    [InlineData("/demo/outbox/nobody.eml")]
    [InlineData("/demo/outbox/.hidden.eml")]
    [InlineData("/demo/images/none.png")]
    [InlineData("/demo/stories/2026-03-10/none")]
    [InlineData("/demo/stories/0001-01-01/night-ferry-returns")]
    public async Task Unknown_demo_paths_are_not_found(string path)
    {
        await File.WriteAllTextAsync(Path.Combine(folder, ".hidden.eml"), "Subject: hidden\r\n\r\n", Cancellation);
        await using var demo = await DemoServer.StartAsync(folder, "2026-03-10T14:20:00Z");

        Assert.Equal(HttpStatusCode.NotFound, await demo.StatusAsync(path));
    }

    [Fact]
    public async Task Started_again_it_sends_nothing_twice_and_reports_it()
    {
        await using (await DemoServer.StartAsync(folder, "2026-03-10T14:20:00Z"))
        {
        }

        var before = Written();
        await using var demo = await DemoServer.StartAsync(folder, "2026-03-10T14:40:00Z");

        Assert.Equal(before, Written());
        Assert.Contains("today's digests were sent earlier", demo.Output, StringComparison.Ordinal);
        Assert.Contains("Next      ", demo.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Started_on_another_day_without_a_due_reader_it_adds_a_guest_who_gets_new_stories()
    {
        await using (await DemoServer.StartAsync(folder, "2026-03-10T14:20:00Z"))
        {
        }

        var titles = await TitlesAsync();
        await using var demo = await DemoServer.StartAsync(folder, "2026-03-12T06:10:00Z");

        Assert.Equal(
            [.. Due, "guest.20260312@example.org"], (await DigestsAsync()).OrderBy(to => to.StartsWith("guest", StringComparison.Ordinal)));
        Assert.Contains("Sent      1 digest", demo.Output, StringComparison.Ordinal);
        Assert.DoesNotContain((await TitlesAsync())[^1], titles);
    }

    [Fact]
    public async Task Where_a_publication_is_configured_nothing_of_it_exists()
    {
        await using var server = await DemoServer.StartAsync(
            folder, "2026-03-10T14:20:00Z", "--Publication:Name=The Real One", "--Publication:TimeZone=Europe/Paris");

        await AssertNothingAsync(server);
    }

    [Fact]
    public async Task Outside_Development_nothing_of_it_exists()
    {
        static string Key() => Convert.ToBase64String(System.Security.Cryptography.RandomNumberGenerator.GetBytes(32));
        await using var server = await DemoServer.StartAsync(
            folder, "2026-03-10T14:20:00Z", "--environment=Production", "--Publication:Name=The Real One",
            "--Publication:TimeZone=Europe/Paris",
            "--Publication:BaseUrl=https://digest.example.com", "--Publication:PostalAddress=1 Example Quay",
            "--Mail:From=news@example.com",
            "--Links:Keys=" + Key(), "--Identity:Key=" + Key(), "--Api:Keys=" + Key());

        await AssertNothingAsync(server);
    }

    private static async Task AssertNothingAsync(DemoServer server)
    {
        foreach (var path in new[] { "/demo", "/demo/outbox", "/demo/why", "/demo/demo.css", "/demo/feeds/top-stories.rss",
            "/demo/images/ferry.png" })
        {
            Assert.Equal(HttpStatusCode.NotFound, await server.StatusAsync(path));
        }

        Assert.Empty(server.Output);
        Assert.Empty(await server.Services.GetRequiredService<FeedStore>().ListAsync(Cancellation));
        Assert.Empty(await server.Services.GetRequiredService<ListSubscribers>().ExecuteAsync(null, null, 10, Cancellation));
    }

    private async Task<IReadOnlyList<string>> DigestsAsync() =>
        [.. (await MailsAsync()).Select(sent => To(sent.Mail)).Order(StringComparer.Ordinal)];

    // The subjects' headlines, by the date of the digest.
    private async Task<IReadOnlyList<string>> TitlesAsync() =>
        [.. (await MailsAsync()).OrderBy(sent => sent.Mail.Date).Select(sent => sent.Mail.Subject!)];

    // In no order that says anything: the files are named by chance.
    private async Task<IReadOnlyList<(string File, MimeMessage Mail)>> MailsAsync()
    {
        var mails = new List<(string, MimeMessage)>();
        foreach (var file in Files())
        {
            mails.Add((file, await MimeMessage.LoadAsync(file, Cancellation)));
        }

        return mails;
    }

    private static string To(MimeMessage mail) => mail.To.Mailboxes.Single().Address;

    private IReadOnlyList<(string, DateTime)> Written() => [.. Files().Select(file => (file, File.GetLastWriteTimeUtc(file)))];

    private IEnumerable<string> Files() => Directory.EnumerateFiles(Outbox, "*.eml")
        .Where(file => !Path.GetFileName(file).StartsWith("notice", StringComparison.Ordinal)).Order(StringComparer.Ordinal);
}

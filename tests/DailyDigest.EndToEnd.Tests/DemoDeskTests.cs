using System.Net;
using DailyDigest.Content;
using DailyDigest.EndToEnd.Tests.Fixtures;
using DailyDigest.Hooks;
using DailyDigest.Reporting;
using DailyDigest.Runs;
using DailyDigest.Tests.Browser;
using Microsoft.Extensions.DependencyInjection;

namespace DailyDigest.EndToEnd.Tests;

/// <summary>The desk of the demonstration: its link, and the two weeks that it shows.</summary>
public sealed class DemoDeskTests : IDisposable
{
    private const string Now = "2026-03-10T14:20:00Z";

    private static readonly string[] MayBeEmpty = ["/desk/keys", "/desk/readers/import"];

    private readonly string folder = Directory.CreateTempSubdirectory("dailydigest-demo-").FullName;
    private readonly string? pictures = Environment.GetEnvironmentVariable("DAILYDIGEST_EYEBALL");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string Temporary => Path.Combine(folder, "history.tmp");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task The_first_link_opens_the_desk_with_two_weeks_and_no_empty_plot()
    {
        await using var demo = await DemoServer.StartWithHistoryAsync(folder, Now);
        await using var browser = await Browser.StartAsync();

        // Other tests open the desk in every look: here one for each language is enough, unless pictures are made.
        foreach (var settings in pictures is null ? BrowserSettings.All.DistinctBy(one => one.Locale) : BrowserSettings.All)
        {
            var page = await browser.PageAsync(settings);
            var language = settings.Locale.StartsWith("ar", StringComparison.Ordinal) ? "?lang=ar" : "";
            await page.GotoAsync(demo.DeskLink);
            await page.WaitForSelectorAsync("h1");
            var paths = await page.EvaluateAsync<string[]>(
                "[...document.querySelectorAll('nav a')].map(a => new URL(a.href).pathname).filter(path => path.startsWith('/desk/'))");
            Assert.Contains("/desk/figures", paths);
            foreach (var path in paths.Distinct())
            {
                await page.GotoAsync(demo.BaseUrl + path + language);
                Assert.Equal(1, await page.Locator("h1").CountAsync());
                if (!MayBeEmpty.Contains(path) && await page.Locator(".empty").CountAsync() > 0)
                {
                    Assert.Fail($"{path} is empty: {await page.Locator("main").InnerTextAsync()}\n{demo.Output}");
                }

                if (pictures is not null)
                {
                    var name = path.Replace('/', '-').Replace("-desk-", "", StringComparison.Ordinal);
                    var file = Path.Combine(pictures, $"demo-{name}-{settings.Name}.png");
                    await WholePage.SaveAsync(page, file);
                }
            }

            // Each plot has a table of its numbers: without numbers it is empty.
            await page.GotoAsync(demo.BaseUrl + "/desk/figures" + language);
            var empty = await page.EvaluateAsync<string[]>("""
                [...document.querySelectorAll('figure.plot')].filter(plot => [...plot.querySelectorAll('td.number')]
                  .filter(cell => /[1-9١-٩]/.test(cell.textContent)).length < 12).map(plot => plot.textContent.trim().slice(0, 60))
                """);
            Assert.Empty(empty);
            await page.Context.CloseAsync();
        }

        if (pictures is not null)
        {
            await TakeForReadmeAsync(demo, browser, pictures);
        }
    }

    [Fact]
    public async Task The_two_weeks_have_bounces_retries_departures_a_failing_feed_and_a_web_hook()
    {
        await using var demo = await DemoServer.StartWithHistoryAsync(folder, Now);
        var report = await demo.Services.GetRequiredService<ReadFigures>().ExecuteAsync(16, Cancellation);
        var days = report.Days.Where(day => day.Deliveries["sent"] > 0).ToList();

        Assert.Equal(15, days.Count);
        Assert.All(days, day => Assert.InRange(day.Deliveries["sent"], 9, 1_000));
        Assert.All(days[..^1], day => Assert.InRange(day.Deliveries["slowest-seconds"], 60, 7_200));
        foreach (var name in new[] { "rejected", "deferrals" })
        {
            Assert.InRange(days.Sum(day => day.Deliveries[name]), 5, 500);
        }

        foreach (var name in new[] { "sign-ups", "confirmed", "left", "bounced", "complained" })
        {
            Assert.InRange(report.Days.Sum(day => day.Readers[name]), 1, 500);
        }

        Assert.True(report.Now["active"] > report.WeekAgo);
        Assert.True(report.Domains.Count > 4);
        var feeds = await demo.Services.GetRequiredService<FeedStore>().ListAsync(Cancellation);
        Assert.Equal("Ferry timetable", Assert.Single(feeds, feed => feed.Failures >= Feed.FailuresToAlert).Name);
        var hook = Assert.Single(await demo.Services.GetRequiredService<HookStore>().ListAsync(Cancellation));
        Assert.Equal((HookState.On, 0), (hook.State, hook.Failures));
        Assert.Equal(9, Directory.EnumerateFiles(Path.Combine(folder, "outbox"), "*.eml").Count(IsDigest));
        Assert.All(
            await demo.Services.GetRequiredService<RunStore>().ListNearAsync(DateTimeOffset.Parse(
                Now, System.Globalization.CultureInfo.InvariantCulture), 15, Cancellation),
            run => Assert.False(run.Missed || run.Distrusted));
    }

    [Fact]
    public async Task The_text_names_the_desk_first_and_has_ten_lines()
    {
        await using var demo = await DemoServer.StartAsync(folder, Now);
        var lines = demo.Output.Split('\n').Where(line => line.Trim().Length > 0).ToList();

        Assert.True(lines.Count <= 10, demo.Output);
        Assert.StartsWith("  Desk      " + demo.BaseUrl + "/demo/desk/", lines[1], StringComparison.Ordinal);
        Assert.DoesNotContain("welcome", demo.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("wrong token")]
    [InlineData("no token")]
    [InlineData("behind a proxy")]
    [InlineData("another name")]
    public async Task The_link_to_the_desk_works_on_this_machine_with_its_token_only(string how)
    {
        await using var demo = await DemoServer.StartAsync(folder, Now);
        using var http = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false, UseCookies = false });
        async Task<HttpResponseMessage> AskAsync(string link, Action<HttpRequestMessage>? change = null)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, link);
            change?.Invoke(request);
            return await http.SendAsync(request, Cancellation);
        }

        using var right = await AskAsync(demo.DeskLink);
        Assert.Equal(HttpStatusCode.Redirect, right.StatusCode);
        Assert.Contains(right.Headers.GetValues("Set-Cookie"), cookie => cookie.StartsWith("desk=", StringComparison.Ordinal));

        using var wrong = how switch
        {
            "wrong token" => await AskAsync(demo.DeskLink[..^1] + (demo.DeskLink[^1] == 'A' ? 'B' : 'A')),
            "no token" => await AskAsync(demo.BaseUrl + "/demo/desk/%20"),
            "behind a proxy" => await AskAsync(demo.DeskLink, request => request.Headers.Add("X-Forwarded-For", "192.0.2.1")),
            _ => await AskAsync(demo.DeskLink, request => request.Headers.Host = "desk.example.com"),
        };
        Assert.Equal(HttpStatusCode.NotFound, wrong.StatusCode);
        Assert.False(wrong.Headers.Contains("Set-Cookie"));
    }

    [Fact]
    public async Task The_link_changes_nothing_in_the_store_once_the_key_of_the_cookies_is_there()
    {
        await using var demo = await DemoServer.StartAsync(folder, Now);
        await demo.StatusAsync(demo.DeskLink[demo.BaseUrl.Length..]);
        var accounts = await AccountsAsync();

        await demo.StatusAsync(demo.DeskLink[demo.BaseUrl.Length..]);

        Assert.Equal(accounts, await AccountsAsync());

        async Task<IReadOnlyList<string>> AccountsAsync() => [.. (await StoreDump.ReadAsync(Path.Combine(
            folder, "dailydigest.db"), Cancellation)).Where(row => row.Contains("Accounts|", StringComparison.Ordinal)
                || row.Contains("KeyRing|", StringComparison.Ordinal) || row.Contains("Audit|", StringComparison.Ordinal))];
    }

    [Fact]
    public async Task Killed_while_the_two_weeks_are_made_it_begins_anew_and_doubles_nothing()
    {
        var settings = new Dictionary<string, string>
        {
            ["DOTNET_ENVIRONMENT"] = "Development",
            ["ASPNETCORE_ENVIRONMENT"] = "Development",
            ["Urls"] = "http://127.0.0.1:0",
            ["Storage__Path"] = Path.Combine(folder, "dailydigest.db"),
            ["Mail__PickupFolder"] = Path.Combine(folder, "outbox"),
        };
        await using (var first = ServerProcess.Start(folder, settings))
        {
            await first.LineAsync("No publication is configured", Cancellation);
            while (!File.Exists(Path.Combine(Temporary, "history.db-wal")) && !first.HasEnded)
            {
                await Task.Yield();
            }

            await first.KillAsync(Cancellation);
        }

        Assert.False(File.Exists(Path.Combine(folder, "dailydigest.db")));
        Assert.True(Directory.Exists(Temporary));
        await using var second = ServerProcess.Start(folder, settings);
        await second.LineAsync("Ctrl-C", Cancellation);
        await second.KillAsync(Cancellation);

        Assert.False(Directory.Exists(Temporary));
        var runs = (await StoreDump.ReadAsync(Path.Combine(folder, "dailydigest.db"), Cancellation))
            .Where(row => row.Contains("Runs|", StringComparison.Ordinal)).ToList();
        Assert.InRange(runs.Count, 20, 60);
    }

    [Fact]
    public async Task Killed_before_the_journal_is_in_its_place_the_next_start_puts_it_there()
    {
        await using (await DemoServer.StartWithHistoryAsync(folder, Now))
        {
        }

        var journal = Path.Combine(folder, "dailydigest.journal");
        var bytes = await File.ReadAllBytesAsync(journal, Cancellation);
        Directory.CreateDirectory(Temporary);
        File.Move(journal, Path.Combine(Temporary, "history.journal"));

        await using var demo = await DemoServer.StartWithHistoryAsync(folder, "2026-03-10T14:40:00Z");

        Assert.False(Directory.Exists(Temporary));
        Assert.Equal(bytes.AsSpan(0, 40).ToArray(), (await File.ReadAllBytesAsync(journal, Cancellation)).AsSpan(0, 40).ToArray());
        Assert.Contains("today's digests were sent earlier", demo.Output, StringComparison.Ordinal);
    }

    // The pictures in docs/pictures.
    private static async Task TakeForReadmeAsync(DemoServer demo, Browser browser, string folder)
    {
        foreach (var (name, height, settings) in new[]
        {
            ("today", 1000, BrowserSettings.Desk), ("figures?days=7", 960, new BrowserSettings("dark", Dark: true)),
            ("tomorrow", 800, new BrowserSettings("phone", Width: 390)),
        })
        {
            var page = await browser.PageAsync(settings);
            await page.GotoAsync(demo.DeskLink);
            await page.WaitForSelectorAsync("h1");
            await page.GotoAsync($"{demo.BaseUrl}/desk/{name}");
            await page.SetViewportSizeAsync(settings.Width, height);
            await page.ScreenshotAsync(new() { Path = Path.Combine(folder, $"readme-{name.Split('?')[0]}.png") });
            await page.Context.CloseAsync();
        }
    }

    private static bool IsDigest(string file) => !Path.GetFileName(file).StartsWith("notice", StringComparison.Ordinal);
}

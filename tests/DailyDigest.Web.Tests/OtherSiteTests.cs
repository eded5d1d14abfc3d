using DailyDigest.Storage;
using DailyDigest.Tests.Browser;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Playwright;

namespace DailyDigest.Web.Tests;

/// <summary>A publisher's page on another origin, in a real browser with its rules for origins, policies and redirects.</summary>
public sealed class OtherSiteTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_reader_comes_from_a_publishers_page_solves_the_sum_and_returns(bool script)
    {
        await using var publisher = await PublisherAsync();
        await using var site = await StartAsync(publisher.Urls.First());
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await ChromiumBrowser.LaunchAsync(playwright);
        await using var context = await browser.NewContextAsync(
            new BrowserNewContextOptions { JavaScriptEnabled = script, TimezoneId = "Asia/Tokyo" });
        var page = await context.NewPageAsync();
        var faults = Listen(page);
        await page.GotoAsync($"{publisher.Urls.First()}/form?{site.Client.BaseAddress!.Authority}");
        await page.FillAsync("[name=email]", "reader@example.com");
        await page.ClickAsync("button");
        Assert.Equal("/subscribe", new Uri(page.Url).PathAndQuery);
        Assert.Equal("reader@example.com", await page.InputValueAsync("#email"));
        await page.FillAsync("#answer", Sum(await page.InnerTextAsync(".sum")));
        await page.ClickAsync("form button[type=submit]");
        Assert.Equal(publisher.Urls.First() + "/thanks", page.Url);
        Assert.Empty(faults);
        Assert.Equal(script ? "Asia/Tokyo" : "Europe/Paris", (await site.FindAsync("reader@example.com")).SignUp!.Zone);
    }

    [Fact]
    public async Task Only_scripts_of_configured_origins_read_the_question_and_sign_up()
    {
        await using var publisher = await PublisherAsync();
        await using var stranger = await PublisherAsync();
        await using var site = await StartAsync(publisher.Urls.First());
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await ChromiumBrowser.LaunchAsync(playwright);
        var page = await browser.NewPageAsync();
        const string Call = """
            async base => {
              const question = await (await fetch(base + "signup.json?lang=en")).json();
              const [a, , b] = question.sum.split(" ");
              const reply = await fetch(base + "signup.json", {
                method: "POST", headers: { "Content-Type": "application/json" },
                body: JSON.stringify({ email: "reader@example.com", check: question.check, answer: +a + +b }),
              });
              return reply.status;
            }
            """;
        await page.GotoAsync(publisher.Urls.First() + "/thanks");
        Assert.Equal(202, await page.EvaluateAsync<int>(Call, site.Client.BaseAddress!.ToString()));
        await page.GotoAsync(stranger.Urls.First() + "/thanks");
        await Assert.ThrowsAsync<PlaywrightException>(() => page.EvaluateAsync<int>(Call, site.Client.BaseAddress!.ToString()));
    }

    [Theory]
    [InlineData("en")]
    [InlineData("ar")]
    public async Task A_screen_reader_reads_the_sum_in_words_and_skips_the_trap(string language)
    {
        await using var site = await StartAsync("http://127.0.0.1:1");
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await ChromiumBrowser.LaunchAsync(playwright);
        var page = await browser.NewPageAsync();
        await page.GotoAsync($"{site.Client.BaseAddress}?lang={language}");
        var texts = new PageTexts(language);
        var sum = await page.InnerTextAsync(".sum");
        var words = texts["SignUp.Sum", texts["Number." + sum[0]], texts["Number." + sum[4]]];
        Assert.Equal(1, await page.GetByRole(AriaRole.Textbox, new PageGetByRoleOptions { Name = words, Exact = true }).CountAsync());
        Assert.Equal(2, await page.GetByRole(AriaRole.Textbox).CountAsync());
    }

    private static List<string> Listen(IPage page)
    {
        var faults = new List<string>();

        // The page has no icon. That is not an error.
        page.Console += (_, message) => faults.AddRange(
            message.Type == "error" && !message.Text.Contains("404", StringComparison.Ordinal) ? [message.Text] : Array.Empty<string>());
        page.PageError += (_, error) => faults.Add(error);
        return faults;
    }

    private static Task<WebFixture> StartAsync(string origin) =>
        WebFixture.StartAsync(null, ("Environment", "Development"), ("SignUp:Origins", origin), ("SignUp:MinimumSeconds", "0"));

    private static string Sum(string text) => $"{text[0] - '0' + text[4] - '0'}";

    private static async Task<WebApplication> PublisherAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.Run(context =>
        {
            context.Response.ContentType = "text/html; charset=utf-8";
            return context.Response.WriteAsync(context.Request.Path == "/form"
                ? $"""
                    <!DOCTYPE html><title>News</title>
                    <form method="post" action="http://{context.Request.QueryString.Value![1..]}/subscribe">
                    <label>Address <input name="email" type="email"></label>
                    <input type="hidden" name="return" value="http://{context.Request.Host}/thanks">
                    <input type="hidden" name="zone">
                    <script src="http://{context.Request.QueryString.Value![1..]}/signup.js" defer></script>
                    <button>Sign me up</button></form>
                    """
                : "<!DOCTYPE html><title>Thanks</title><link rel=icon href=data:,>Check your inbox");
        });
        await app.StartAsync();
        return app;
    }
}

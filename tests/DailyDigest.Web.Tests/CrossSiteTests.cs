using System.Text;
using DailyDigest.Storage;
using DailyDigest.Tests.Browser;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;
using Microsoft.Playwright;

namespace DailyDigest.Web.Tests;

/// <summary>Pages of other sites cannot change anything with the key that an editor's browser keeps for the desk.</summary>
public sealed class CrossSiteTests
{
    private const string Story = """{"url":"https://evil.example/bought","title":"Bought"}""";
    private const string Basic = "Basic ";

    /// <summary>A form can send a JSON body as text/plain, and the browser adds the password that it was given for the desk.</summary>
    [Fact]
    public async Task Another_sites_form_cannot_push_a_story_from_an_editors_browser()
    {
        await using var site = await WebFixture.StartAsync();
        await using var stranger = await StrangerAsync(site.Client.BaseAddress!);
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await ChromiumBrowser.LaunchAsync(playwright);
        var page = await browser.NewPageAsync();
        var desk = await page.GotoAsync($"http://editor:{WebFixture.Key}@{site.Client.BaseAddress!.Authority}/desk/digests");
        Assert.Equal(200, desk!.Status);
        site.Plan.Restart();

        // Another host name is another site; another port alone is not.
        await page.GotoAsync(stranger.Urls.First().Replace("127.0.0.1", "localhost", StringComparison.Ordinal));
        var attack = await page.RunAndWaitForResponseAsync(() => page.ClickAsync("button"), answer => answer.Request.Method == "POST");

        Assert.EndsWith("/api/stories", attack.Url, StringComparison.Ordinal);
        Assert.Equal(403, attack.Status);
        Assert.DoesNotContain(site.Plan.Trace, call => call.Writes);

        // The desk itself still answers the editor.
        Assert.Equal(200, (await page.GotoAsync(site.Client.BaseAddress + "desk/digests"))!.Status);
    }

    [Theory]
    [InlineData("/api/stories")]
    [InlineData("/api/outcomes")]
    [InlineData("/api/stories/x/signals")]
    [InlineData("/signup.json")]
    [InlineData("/readyz")]
    public async Task Basic_credentials_count_below_the_desk_only(string path)
    {
        await using var site = await WebFixture.StartAsync();
        var credentials = Basic + Convert.ToBase64String(Encoding.UTF8.GetBytes("editor:" + WebFixture.Key));

        Assert.Equal(200, (await site.AskAsync("GET", "/desk/digests", headers: ("Authorization", credentials))).Status);
        var isRead = path == "/readyz";
        var answer = await site.AskAsync(
            isRead ? "GET" : "POST", path, isRead ? null : Story, type: "application/json", headers: ("Authorization", credentials));
        Assert.Equal(isRead ? 200 : 401, answer.Status);
        Assert.DoesNotContain("text\":", answer.Body, StringComparison.Ordinal);
        Assert.DoesNotContain(site.Plan.Trace, call => call.Writes);
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("multipart/form-data; boundary=x")]
    [InlineData("application/jsonp")]
    [InlineData("text/plain; application/json")]
    [InlineData("")]
    public async Task The_api_takes_json_only(string type)
    {
        await using var site = await WebFixture.StartAsync();
        foreach (var path in (string[])["/api/stories", "/api/stories/x/signals", "/api/outcomes"])
        {
            var answer = await site.AskAsync("POST", path, Story, type: type, headers: ("X-Api-Key", WebFixture.Key));
            Assert.Equal((415, "application/problem+json; charset=utf-8"), (answer.Status, answer.Headers.ContentType.ToString()));
        }

        Assert.DoesNotContain(site.Plan.Trace, call => call.Writes);
        foreach (var json in (string[])["application/json", "Application/JSON; charset=utf-8"])
        {
            var answer = await site.AskAsync("POST", "/api/stories", Story, type: json, headers: ("X-Api-Key", WebFixture.Key));
            Assert.Equal(200, answer.Status);
        }
    }

    [Theory]
    [InlineData("Origin", "https://evil.example", 403)]
    [InlineData("Origin", "null", 403)]
    [InlineData("Origin", "http://localhost.evil.example", 403)]
    [InlineData("Origin", "https://localhost", 403)] // another scheme is another origin
    [InlineData("Origin", "http://localhost:81", 403)]
    [InlineData("Origin", "http://localhost", 200)]
    [InlineData("Sec-Fetch-Site", "cross-site", 403)]
    [InlineData("Sec-Fetch-Site", "same-site", 403)] // another host below the same domain
    [InlineData("Sec-Fetch-Site", "same-origin", 200)]
    [InlineData("Sec-Fetch-Site", "none", 200)]
    [InlineData("Accept", "*/*", 200)] // a program
    public async Task A_foreign_origin_pushes_no_story(string name, string value, int status)
    {
        await using var site = await WebFixture.StartAsync();
        var answer = await site.AskAsync(
            "POST", "/api/stories", Story, type: "application/json", headers: [("X-Api-Key", WebFixture.Key), (name, value)]);
        Assert.Equal(status, answer.Status);
        Assert.Equal(status == 200, site.Plan.Trace.Any(call => call is { Writes: true, Place: Tables.Stories }));
    }

    /// <summary>
    /// A new route is refused from other sites unless it is added here: as a form that a reader may send from anywhere, or as a web hook of
    /// a provider, which proves itself by a secret or a signature that no page has.
    /// </summary>
    [Fact]
    public async Task Only_readers_forms_and_providers_answer_a_post_from_another_site()
    {
        string[] readers =
        [
            "/signup", "/signup/again", "/subscribe", "/confirm/{token}", "/unsubscribe/{token}", "/unsubscribe/{token}/undo",
            "/unsubscribe/{token}/why", "/unsubscribe/{token}/instead",
            "/address/{token}", "/preferences/{token}", "/preferences/{token}/pause", "/preferences/{token}/resume",
            "/preferences/{token}/wake",
            "/preferences/{token}/link", "/move/{token}", "/erase/{token}", "/undo-move/{token}",
        ];
        string[] providers =
            ["/hooks/azure", "/hooks/mailgun", "/hooks/postmark", "/hooks/sendgrid", "/hooks/ses", "/hooks/{**rest}"];
        await using var site = await WebFixture.StartAsync();
        var open = new List<string>();
        foreach (var route in site.Get<EndpointDataSource>().Endpoints.Cast<RouteEndpoint>())
        {
            var methods = route.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? ["POST", "PUT", "PATCH", "DELETE"];
            var path = "/" + System.Text.RegularExpressions.Regex.Replace(route.RoutePattern.RawText!.TrimStart('/'), @"\{[^}]*\}", "x");
            foreach (var method in methods.Except(["GET", "HEAD", "OPTIONS"]))
            {
                foreach (var (name, value) in ((string, string)[])[("Origin", "https://evil.example"), ("Sec-Fetch-Site", "cross-site")])
                {
                    var answer = await site.AskAsync(
                        method, path, "{}", type: "application/json", headers: [("X-Api-Key", WebFixture.Key), (name, value)]);
                    if (answer.Status != 403)
                    {
                        open.Add(route.RoutePattern.RawText!);
                    }
                }
            }
        }

        Assert.Equal(readers.Concat(providers).Order(StringComparer.Ordinal), open.Distinct().Order(StringComparer.Ordinal));
    }

    private static async Task<WebApplication> StrangerAsync(Uri target)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.Run(context =>
        {
            context.Response.ContentType = "text/html; charset=utf-8";
            return context.Response.WriteAsync($$"""
                <!DOCTYPE html><title>Kittens</title><link rel=icon href=data:,>
                <form method="post" action="{{target}}api/stories" enctype="text/plain">
                <input type="hidden" name='{"url":"https://evil.example/bought","title":"Bought","x":"' value='"}'>
                <button>More kittens</button></form>
                """);
        });
        await app.StartAsync();
        return app;
    }
}

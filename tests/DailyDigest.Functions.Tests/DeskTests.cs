using System.Net;
using DailyDigest.Accounts;
using DailyDigest.Functions.Tests.TestHost;
using DailyDigest.Mailing;
using DailyDigest.Tests.Browser;
using Microsoft.Playwright;

namespace DailyDigest.Functions.Tests;

/// <summary>
/// The desk through the worker, in a browser: the same way that DailyDigest.Web.Tests takes on the server. Accounts, cookies and their
/// keys, forms, files, styles and scripts pass the front end, the host and the worker.
/// </summary>
public sealed class DeskTests(DeskTests.Desk desk) : IClassFixture<DeskTests.Desk>
{
    private readonly FunctionApp app = desk.App;

    [Fact]
    public async Task A_provider_signs_a_person_in_through_the_worker()
    {
        FunctionApp.Require();
        using var asked = await AskAsync("/desk/sign-in/openid?returnUrl=%2Fdesk%2Ffigures", "");
        Assert.Equal(HttpStatusCode.Redirect, asked.StatusCode);
        using var done = await AskAsync(desk.Provider.Agree(asked.Headers.Location!), CookiesOf(asked));
        Assert.Equal((HttpStatusCode.SeeOther, "/desk/figures"), (done.StatusCode, done.Headers.Location!.ToString()));
        using var page = await AskAsync("/desk/profile", CookiesOf(done));
        Assert.Contains(
            "ada@example.com", await page.Content.ReadAsStringAsync(FunctionApp.Cancellation), StringComparison.Ordinal);
    }

    private async Task<HttpResponseMessage> AskAsync(string path, string cookies)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Add("Accept", "text/html");
        request.Headers.TryAddWithoutValidation("Cookie", cookies);
        return await app.Worker.HttpAsync(request, FunctionApp.Cancellation);
    }

    private static string CookiesOf(HttpResponseMessage answer) =>
        string.Join("; ", answer.Headers.GetValues("Set-Cookie").Select(cookie => cookie.Split(';')[0]));

    [Fact]
    public async Task People_work_on_the_desk_through_the_worker()
    {
        FunctionApp.Require();
        var cancellationToken = FunctionApp.Cancellation;
        var reader = new Visitor(app.Worker, "ada.reader@example.org");
        Assert.Equal(HttpStatusCode.OK, await reader.SignUpAsync());
        await app.Worker.TimerAsync("Notices", cancellationToken);
        var confirm = reader.LinkIn(Assert.Single(await reader.MailAsync(app.Smtp)), "/confirm/");
        await reader.AskAsync(HttpMethod.Post, confirm, new Dictionary<string, string>());
        await app.Worker.TimerAsync("Ingest", cancellationToken);

        var name = new Uri(ExampleSettings.BaseUrl).Host;
        await using var front = await FrontEnd.StartAsync(app.Worker, name, cancellationToken);
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await ChromiumBrowser.LaunchAsync(
            playwright, $"--host-resolver-rules=MAP {name}:443 127.0.0.1:{front.Port}, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1");
        var journey = new DeskJourney(browser, new Uri(ExampleSettings.BaseUrl), InviteAsync, reader.Address);

        // On the server each role walks. The worker could break scripts, styles, files and forms: the first walk sends a file and runs
        // scripts, the second has forms without script.
        Assert.Empty(await journey.WalkAsync(Role.Operator, "en", 375, ColorScheme.Dark, script: true));
        Assert.Empty(await journey.WalkAsync(Role.Owner, "ar", 1280, ColorScheme.Light, script: false));
        if (Environment.GetEnvironmentVariable("DAILYDIGEST_LONG") == "1")
        {
            Assert.Empty(await journey.WalkAsync(Role.Viewer, "en", 1280, ColorScheme.Light, script: true));
            Assert.Empty(await journey.WalkAsync(Role.Editor, "ar", 375, ColorScheme.Dark, script: false));
        }

        Assert.All(reader.Secrets, secret => Assert.DoesNotContain(secret, app.Logged, StringComparison.OrdinalIgnoreCase));
    }

    private async Task<string> InviteAsync(string address, Role role)
    {
        Assert.True(EmailAddress.TryParse(address, out var email));
        return new Uri(await app.Get<InviteAccount>().ExecuteAsync(
            email, role, $"The {role}", Actor.CommandLine, FunctionApp.Cancellation)).AbsolutePath;
    }

    /// <summary>One worker for both tests, and the provider that it asks.</summary>
    public sealed class Desk : IAsyncLifetime
    {
        internal FunctionApp App { get; } = new();

        internal OpenIdProvider Provider { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            Provider = await OpenIdProvider.StartAsync();
            (Provider.Now, Provider.Site) = (TimeProvider.System.GetUtcNow, ExampleSettings.BaseUrl);
            App.Settings["Desk__OpenId__Authority"] = Provider.Address;
            App.Settings["Desk__OpenId__ClientId"] = "desk";
            App.Settings["Desk__OpenId__ClientSecret"] = OpenIdProvider.Secret;
            App.Settings["Desk__OpenId__Editors"] = "desk-editors";
            App.Settings["Publication__Languages__0"] = "en";
            App.Settings["Publication__Languages__1"] = "ar";
            await App.InitializeAsync();
        }

        public async ValueTask DisposeAsync()
        {
            await App.DisposeAsync();
            await Provider.DisposeAsync();
        }
    }
}

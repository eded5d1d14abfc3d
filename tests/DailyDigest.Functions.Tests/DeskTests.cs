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
public sealed class DeskTests : IAsyncLifetime
{
    private readonly FunctionApp app = new();

    public ValueTask InitializeAsync()
    {
        app.Settings["Publication__Languages__0"] = "en";
        app.Settings["Publication__Languages__1"] = "ar";
        return app.InitializeAsync();
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();

    [Fact]
    public async Task Each_role_works_on_the_desk()
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

        Assert.Empty(await journey.WalkAsync(Role.Viewer, "en", 1280, ColorScheme.Light, script: true));
        Assert.Empty(await journey.WalkAsync(Role.Editor, "ar", 375, ColorScheme.Dark, script: false));
        Assert.Empty(await journey.WalkAsync(Role.Operator, "en", 375, ColorScheme.Dark, script: true));
        Assert.Empty(await journey.WalkAsync(Role.Owner, "ar", 1280, ColorScheme.Light, script: false));
        Assert.All(reader.Secrets, secret => Assert.DoesNotContain(secret, app.Logged, StringComparison.OrdinalIgnoreCase));
    }

    private async Task<string> InviteAsync(string address, Role role)
    {
        Assert.True(EmailAddress.TryParse(address, out var email));
        return new Uri(await app.Get<InviteAccount>().ExecuteAsync(
            email, role, $"The {role}", Actor.CommandLine, FunctionApp.Cancellation)).AbsolutePath;
    }
}

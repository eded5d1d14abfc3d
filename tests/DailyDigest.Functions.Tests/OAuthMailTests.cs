using DailyDigest.Testing.Services;

namespace DailyDigest.Functions.Tests;

/// <summary>The worker logs in at its relay with a token of the app's managed identity, whose endpoint is on this machine.</summary>
public sealed class OAuthMailTests : IAsyncLifetime
{
    private readonly TokenServer identity = TokenServer.Start();
    private readonly FunctionApp app = new(
        new SmtpOptions { User = "news@example.com", TokenPrefix = "token-", Mechanisms = ["XOAUTH2"] });

    public ValueTask InitializeAsync()
    {
        app.Settings["Mail__User"] = "news@example.com";
        app.Settings["Mail__OAuth__ManagedIdentity"] = "true";
        app.Settings["Mail__OAuth__Scope"] = "https://outlook.office365.com/.default";
        app.Settings["AZURE_CLIENT_ID"] = "5f3e2a80-0000-4000-8000-000000000001";
        app.Settings["IDENTITY_ENDPOINT"] = identity.Url;
        app.Settings["IDENTITY_HEADER"] = "header";
        return app.InitializeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await app.DisposeAsync();
        await identity.DisposeAsync();
    }

    [Fact]
    public async Task A_confirmation_is_sent_with_a_token_of_the_managed_identity()
    {
        FunctionApp.Require();
        var reader = new Visitor(app.Worker, "ada.reader@example.org");

        await reader.SignUpAsync();
        await app.Worker.TimerAsync("Notices", FunctionApp.Cancellation);

        Assert.Equal("news@example.com", Assert.Single(await app.Smtp.WaitForAsync(1, FunctionApp.Cancellation)).User);
        var form = Assert.Single(identity.Requests).Form;
        Assert.Equal(("https://outlook.office365.com", app.Settings["AZURE_CLIENT_ID"]), (form["resource"], form["client_id"]));
        Assert.DoesNotContain("token-1", app.Logged, StringComparison.Ordinal);
    }
}

using System.Globalization;
using DailyDigest.Testing.Services;

namespace DailyDigest.EndToEnd.Tests;

/// <summary>A relay that wants an access token, with a token endpoint on this machine.</summary>
public sealed partial class CommandsTroubleTests
{
    [Fact]
    public async Task The_doctor_and_a_test_mail_log_in_with_an_access_token()
    {
        const string Secret = "correct horse battery";
        await using var endpoint = TokenServer.Start();
        await using var relay = await SmtpRecorder.StartAsync(
            new SmtpOptions { User = "courier@example.com", TokenPrefix = "token-", Mechanisms = ["XOAUTH2"] }, Cancellation);
        publication.Settings["Mail__Port"] = relay.Port.ToString(CultureInfo.InvariantCulture);
        publication.Settings["Mail__User"] = "courier@example.com";
        publication.Settings["Mail__OAuth__TokenUrl"] = endpoint.Url;
        publication.Settings["Mail__OAuth__ClientId"] = "app";
        publication.Settings["Mail__OAuth__ClientSecret"] = Secret;
        publication.Settings["Mail__OAuth__Scoop"] = "misspelt";
        await publication.SeedAsync(1, Cancellation);

        var (_, good, warned) = await ExamineAsync(NoRecords);
        var (code, _, error) = await CommandsTests.RunAsync(publication, ["send-test", "--to", "editor@example.org", "--language", "en"]);
        endpoint.Script = _ => Task.FromResult<TokenReply?>(
            new TokenReply(401, $$"""{"error":"invalid_client","error_description":"{{Secret}} is not the secret"}"""));
        var (failed, bad, failedError) = await ExamineAsync(NoRecords);

        Assert.Contains("smtp token: OK: valid for 60 minutes", good, StringComparison.Ordinal);
        Assert.Contains("smtp login: OK", good, StringComparison.Ordinal);
        Assert.Contains(
            "settings Mail__OAuth__Scoop: warning: there is no such setting; the nearest is Mail__OAuth__Scope", good,
            StringComparison.Ordinal);
        Assert.True(code == 0, error);
        Assert.Equal("courier@example.com", Assert.Single(await relay.WaitForAsync(1, Cancellation)).User);
        Assert.Equal(1, failed);
        Assert.Matches(@"smtp token: FAILED: no access token: 127\.0\.0\.1:[0-9]+ answered 401 invalid_client: \*\*\* is not", bad);
        Assert.Contains("Check the settings Mail__OAuth__", bad, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, good + warned + error + bad + failedError, StringComparison.Ordinal);
    }
}

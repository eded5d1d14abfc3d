using System.Buffers.Text;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using DailyDigest.Mail.OAuth;
using DailyDigest.Mailing;
using DailyDigest.Testing.Services;
using Microsoft.Extensions.Time.Testing;

namespace DailyDigest.Mail.Tests;

/// <summary>Answers of a token endpoint, also hostile ones, and which settings are refused.</summary>
public sealed class TokenEndpointTests : IAsyncLifetime
{
    private const string Secret = "correct horse battery";
    private readonly FakeTimeProvider time = new(SampleMails.Now);
    private readonly TokenServer server = TokenServer.Start();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => server.DisposeAsync();

    [Theory]
    [InlineData("""{"access_token":"a.b","expires_in":3599,"token_type":"bearer"}""", 3599)]
    [InlineData("""{"access_token":"a.b","expires_in":"1200"}""", 1200)]
    [InlineData("""{"access_token":"a.b","expires_in":-5}""", 0)]
    [InlineData("""{"access_token":"a.b","expires_in":1e300}""", 86400)]
    [InlineData("""{"access_token":"a.b","expires_in":"soon"}""", 600)]
    [InlineData("""{"access_token":"a.b"}""", 600)]
    public async Task The_lifetime_of_a_token_is_what_the_answer_says_within_a_day(string body, int seconds)
    {
        Answer(200, body);

        var token = await FetchAsync();

        Assert.Equal(("a.b", TimeSpan.FromSeconds(seconds)), (token.Value, token.ExpiresIn));
        Assert.DoesNotContain("a.b", $"{token}", StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(200, "<html>", "answered no JSON object")]
    [InlineData(200, "", "answered no JSON object")]
    [InlineData(200, "[1]", "answered no JSON object")]
    [InlineData(200, "{}", "without an access token")]
    [InlineData(200, """{"access_token":5}""", "without an access token")]
    [InlineData(200, """{"access_token":"a b"}""", "without an access token")]
    [InlineData(200, """{"access_token":"a\r\nMAIL FROM:<x>"}""", "without an access token")]
    [InlineData(200, """{"access_token":"\ud800"}""", "without an access token")]
    [InlineData(200, """{"access_token":"a","token_type":"mac"}""", "not of the type Bearer")]
    [InlineData(400, """{"error":"invalid_client","error_description":"No such app"}""", "answered 400 invalid_client: No such app")]
    [InlineData(401, """{"error":7}""", "answered 401")]
    [InlineData(500, "oops", "answered 500")]
    [InlineData(204, "", "answered 204")]
    public async Task An_answer_without_a_token_is_explained(int status, string body, string why)
    {
        Answer(status, body);

        var error = await Assert.ThrowsAsync<AccessTokenException>(FetchAsync);

        Assert.EndsWith(why, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_redirect_is_not_followed_because_it_would_take_the_secret_elsewhere()
    {
        await using var elsewhere = TokenServer.Start();
        server.Script = _ => Task.FromResult<TokenReply?>(new TokenReply(307, "", "Location: " + elsewhere.Url));

        var error = await Assert.ThrowsAsync<AccessTokenException>(FetchAsync);

        Assert.EndsWith("answered 307", error.Message, StringComparison.Ordinal);
        Assert.Empty(elsewhere.Requests);
    }

    [Fact]
    public async Task A_huge_answer_is_not_read_to_its_end()
    {
        Answer(200, $$"""{"access_token":"{{new string('a', 3_000_000)}}"}""");

        var error = await Assert.ThrowsAsync<AccessTokenException>(FetchAsync);

        Assert.EndsWith("sent more than 64 KB", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_endpoint_that_does_not_answer_is_given_thirty_seconds()
    {
        var asked = new TaskCompletionSource();
        server.Script = _ =>
        {
            asked.TrySetResult();
            return new TaskCompletionSource<TokenReply?>().Task;
        };

        var fetching = FetchAsync();
        await asked.Task.WaitAsync(Stop);
        time.Advance(TimeSpan.FromSeconds(29));
        Assert.False(fetching.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(1));

        var error = await Assert.ThrowsAsync<AccessTokenException>(() => fetching);
        Assert.EndsWith("did not answer within 30 s", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_endpoint_that_is_not_there_is_explained_without_the_secret()
    {
        using var closed = new TcpListener(IPAddress.Loopback, 0);
        closed.Start();
        var port = ((IPEndPoint)closed.LocalEndpoint).Port;
        closed.Stop();
        var options = new OAuthOptions
        {
            TokenUrl = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}/"),
            ClientId = "app",
            ClientSecret = Secret,
        };

        var error = await Assert.ThrowsAsync<AccessTokenException>(
            () => new TokenEndpoint(options, "news@example.com", time).FetchAsync("mail", Stop));

        Assert.EndsWith("cannot be reached (ConnectionError)", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_service_account_signs_that_it_asks_for_the_mailbox(bool inBase64)
    {
        using var key = RSA.Create(2048);
        var pem = key.ExportPkcs8PrivateKeyPem();
        var options = new OAuthOptions
        {
            TokenUrl = server.Url,
            ClientId = "mailer@project.example",
            Scope = "https://mail.google.com/",
            PrivateKey = inBase64
                ? Convert.ToBase64String(Encoding.UTF8.GetBytes(pem)) : pem.Replace("\n", "\\n", StringComparison.Ordinal),
        };
        Assert.Empty(options.Validate("Mail__OAuth"));

        await new TokenEndpoint(options, "news@example.com", time).FetchAsync(options.Scope, Stop);

        var form = Assert.Single(server.Requests).Form;
        Assert.Equal(["grant_type", "assertion"], form.Keys);
        Assert.Equal("urn:ietf:params:oauth:grant-type:jwt-bearer", form["grant_type"]);
        var parts = form["assertion"].Split('.');
        Assert.True(key.VerifyData(
            Encoding.ASCII.GetBytes($"{parts[0]}.{parts[1]}"), Base64Url.DecodeFromChars(parts[2]), HashAlgorithmName.SHA256,
            RSASignaturePadding.Pkcs1));
        var claims = JsonDocument.Parse(Base64Url.DecodeFromChars(parts[1])).RootElement;
        Assert.Equal(
            ("mailer@project.example", "news@example.com", "https://mail.google.com/", server.Url),
            (Text("iss"), Text("sub"), Text("scope"), Text("aud")));
        Assert.Equal(
            (SampleMails.Now.ToUnixTimeSeconds(), 600L),
            (claims.GetProperty("iat").GetInt64(), claims.GetProperty("exp").GetInt64() - claims.GetProperty("iat").GetInt64()));

        string? Text(string name) => claims.GetProperty(name).GetString();
    }

    [Theory]
    [InlineData("TokenUrl", "http://login.example.com/token")]
    [InlineData("TokenUrl", "login.example.com")]
    [InlineData("TokenUrl", "https://user:pass@login.example.com/token")]
    [InlineData("ClientId", "")]
    [InlineData("ClientSecret", "")]
    [InlineData("PrivateKey", "no key")]
    [InlineData("ManagedIdentity", "true")]
    public void A_setting_that_cannot_work_is_named_at_start(string name, string value)
    {
        var options = new OAuthOptions { TokenUrl = "https://login.example.com/token", ClientId = "app", ClientSecret = Secret };
        Assert.Empty(options.Validate("Mail__OAuth"));
        var property = typeof(OAuthOptions).GetProperty(name)!;
        property.SetValue(options, Convert.ChangeType(value, property.PropertyType, CultureInfo.InvariantCulture));

        var faults = options.Validate("Mail__OAuth").ToList();

        Assert.StartsWith($"Mail__OAuth__{name}: ", faults[0], StringComparison.Ordinal);
        Assert.All(faults, fault => Assert.DoesNotContain(Secret, fault, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("", "", "Mail__User: with Mail__OAuth, the mailbox whose login it is.")]
    [InlineData("news@example.com", "x", "Mail__Password: set it or Mail__OAuth, not both.")]
    [InlineData("news@example.com", "", "Mail__Security: a login must not travel unencrypted; set starttls or tls.")]
    public void A_token_needs_a_mailbox_no_password_and_tls(string user, string password, string fault)
    {
        var options = new MailOptions
        {
            Host = "smtp.example.com",
            Security = "none",
            From = "news@example.com",
            User = user,
            Password = password,
            OAuth = new OAuthOptions { TokenUrl = "https://login.example.com/token", ClientId = "app", ClientSecret = Secret },
        };

        Assert.Contains(fault, options.Validate(development: false));
    }

    private void Answer(int status, string body) => server.Script = _ => Task.FromResult<TokenReply?>(new TokenReply(status, body));

    private Task<AccessToken> FetchAsync() => new TokenEndpoint(
        new OAuthOptions { TokenUrl = server.Url, ClientId = "app", ClientSecret = Secret }, "news@example.com", time)
        .FetchAsync("mail", Stop);
}

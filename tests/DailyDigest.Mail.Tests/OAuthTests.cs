using DailyDigest.Mail.OAuth;
using DailyDigest.Mail.Smtp;
using DailyDigest.Mailing;
using DailyDigest.Runs;
using DailyDigest.Testing.Services;
using DailyDigest.Testing.Storage;
using Microsoft.Extensions.Time.Testing;

namespace DailyDigest.Mail.Tests;

/// <summary>Login at a relay with an access token from a token endpoint.</summary>
public sealed class OAuthTests : IAsyncLifetime
{
    private const string Secret = "correct horse battery";
    private readonly FakeTimeProvider time = new(SampleMails.Now);
    private readonly TokenServer endpoint = TokenServer.Start();
    private readonly ScriptedSmtp relay = Relay();
    private readonly MemoryTableStore tables;
    private readonly RelayFaults faults;
    private readonly List<IAsyncDisposable> ends = [];

    public OAuthTests()
    {
        tables = new MemoryTableStore(time);
        faults = new RelayFaults(tables, time);
        ends.AddRange([endpoint, relay]);
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        foreach (var end in Enumerable.Reverse(ends))
        {
            await end.DisposeAsync();
        }
    }

    [Theory]
    [InlineData("XOAUTH2")]
    [InlineData("OAUTHBEARER")]
    public async Task The_program_logs_in_with_a_token_of_its_own(string mechanism)
    {
        await using var server = Relay(mechanism);

        var result = await SendAsync(Transport(Options(server)));

        Assert.Equal(SendOutcome.Sent, result.Outcome);
        Assert.Equal(["token-1"], server.Tokens);
        Assert.Contains(server.Commands, line => line.StartsWith("AUTH " + mechanism, StringComparison.Ordinal));
        Assert.Equal(
            new Dictionary<string, string>
            {
                ["grant_type"] = "client_credentials",
                ["client_id"] = "app",
                ["client_secret"] = Secret,
                ["scope"] = "mail",
            },
            Assert.Single(endpoint.Requests).Form);
    }

    [Fact]
    public async Task A_token_serves_every_connection_until_shortly_before_it_expires()
    {
        var transport = Transport(Options(relay, perConnection: 1));

        await SendAsync(transport);
        time.Advance(TimeSpan.FromMinutes(54));
        await SendAsync(transport);
        time.Advance(TimeSpan.FromMinutes(2));
        await SendAsync(transport);

        Assert.Equal(["token-1", "token-1", "token-2"], relay.Tokens);
    }

    [Fact]
    public async Task Connections_that_open_at_once_share_one_fetch()
    {
        const int Connections = 6;
        var asked = new TaskCompletionSource();
        var answer = new TaskCompletionSource<TokenReply?>();
        endpoint.Script = _ =>
        {
            asked.TrySetResult();
            return answer.Task;
        };
        var tokens = LoginTokens.Create(Options(relay), null, time, _ => { })!;

        var waiting = Enumerable.Range(0, Connections).Select(_ => tokens.GetAsync(Stop)).ToList();
        using var hurried = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        var cancelled = tokens.GetAsync(hurried.Token);
        await asked.Task.WaitAsync(Stop);
        await hurried.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
        answer.SetResult(null);

        Assert.All(await Task.WhenAll(waiting), token => Assert.Equal("token-1", token.Value));
        Assert.Single(endpoint.Requests);
    }

    [Fact]
    public async Task A_token_that_the_relay_refuses_is_fetched_anew_once()
    {
        relay.Accepts = token => token != "token-1";

        var result = await SendAsync(Transport(Options(relay)));

        Assert.Equal(SendOutcome.Sent, result.Outcome);
        Assert.Equal(["token-1", "token-2"], relay.Tokens);
        Assert.Empty(await faults.ListAsync(Stop));
    }

    [Fact]
    public async Task A_relay_that_refuses_every_token_is_paused_and_named_without_the_token()
    {
        relay.Accepts = _ => false;
        var log = new LogLines();
        var transport = Transport(Options(relay), log);

        var results = new[] { await SendAsync(transport), await SendAsync(transport) };
        time.Advance(TimeSpan.FromMinutes(1));
        relay.Accepts = _ => true;
        var fault = Assert.Single(await faults.ListAsync(Stop));
        var later = await SendAsync(transport);

        Assert.All(results, result => Assert.Equal(SendOutcome.RelayRefused, result.Outcome));
        Assert.Equal(["token-1", "token-2", "token-3"], relay.Tokens);
        Assert.Contains("login refused: 535", fault.Reply, StringComparison.Ordinal);
        Assert.Equal(SendOutcome.Sent, later.Outcome);
        Assert.Empty(await faults.ListAsync(Stop));

        // The relay repeats the whole command in its answer.
        var texts = log.All.Append(fault.Reply).Concat(results.Select(one => one.Reply));
        var sent = relay.Commands.Where(line => line.StartsWith("AUTH XOAUTH2 ", StringComparison.Ordinal))
            .Select(line => line.Split(' ')[2]).Concat(relay.Tokens).Append(Secret);
        Assert.All(texts, text => Assert.All(sent, secret => Assert.DoesNotContain(secret, text, StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_login_that_fails_for_a_while_keeps_the_token()
    {
        await using var server = Relay("XOAUTH2", new Act(At.Auth, "454 4.7.0 Temporary authentication failure\r\n"));
        var transport = Transport(Options(server));

        var first = await SendAsync(transport);
        time.Advance(TimeSpan.FromMinutes(1));
        var second = await SendAsync(transport);

        Assert.Equal([SendOutcome.RelayRefused, SendOutcome.Sent], [first.Outcome, second.Outcome]);
        Assert.Equal(1, endpoint.Issued);
    }

    [Fact]
    public async Task While_the_endpoint_is_down_a_valid_token_is_used_and_then_the_relay_is_paused()
    {
        var transport = Transport(Options(relay, perConnection: 1));
        await SendAsync(transport);
        endpoint.Script = _ => Task.FromResult<TokenReply?>(new TokenReply(503, "down"));

        time.Advance(TimeSpan.FromMinutes(57));
        var early = await SendAsync(transport);
        time.Advance(TimeSpan.FromMinutes(4));
        var late = await SendAsync(transport);
        var fault = Assert.Single(await faults.ListAsync(Stop));
        endpoint.Script = null;
        var paused = await SendAsync(transport);
        time.Advance(TimeSpan.FromMinutes(1));
        var back = await SendAsync(transport);

        Assert.Equal(
            [SendOutcome.Sent, SendOutcome.RelayRefused, SendOutcome.RelayRefused, SendOutcome.Sent],
            [early.Outcome, late.Outcome, paused.Outcome, back.Outcome]);
        Assert.Matches("no access token: 127.0.0.1:[0-9]+ answered 503$", fault.Reply);
        Assert.Equal(["token-1", "token-1", "token-2"], relay.Tokens);
        Assert.Empty(await faults.ListAsync(Stop));
    }

    [Fact]
    public async Task A_connection_that_is_being_closed_does_not_tell_that_the_relay_can_be_used()
    {
        await using var server = Relay("XOAUTH2", new Act(At.Quit, null, Then.Silence));
        var transport = Transport(Options(server, perConnection: 1));
        endpoint.Lifetime = TimeSpan.Zero;
        await SendAsync(transport);
        endpoint.Script = _ => Task.FromResult<TokenReply?>(new TokenReply(503, "down"));

        // The clock stands still: a delay in place of the refusal would not end.
        var result = await SendAsync(transport).WaitAsync(TimeSpan.FromMinutes(1), Stop);

        Assert.Equal(SendOutcome.RelayRefused, result.Outcome);
        Assert.Single(await faults.ListAsync(Stop));
    }

    [Fact]
    public async Task Each_relay_and_each_machine_has_a_token_of_its_own_and_the_next_relay_takes_over()
    {
        await using var second = TokenServer.Start();
        endpoint.Script = _ => Task.FromResult<TokenReply?>(new TokenReply(401, """{"error":"invalid_client"}"""));
        await using var spare = Relay();
        var options = Options(relay);
        options.Relays =
        [
            new RelayOptions
            {
                Host = "127.0.0.1", Port = spare.Port, Security = "none", User = "other@example.com",
                OAuth = new OAuthOptions { TokenUrl = second.Url, ClientId = "other", RefreshToken = Secret },
            },
        ];
        Assert.Empty(options.Validate(development: false));

        var results = new[] { await SendAsync(Transport(options)), await SendAsync(Transport(options)) };

        Assert.All(results, result => Assert.Equal(SendOutcome.Sent, result.Outcome));
        Assert.Equal(["token-1", "token-2"], spare.Tokens);
        Assert.All(second.Requests, request => Assert.Equal(
            new Dictionary<string, string> { ["grant_type"] = "refresh_token", ["client_id"] = "other", ["refresh_token"] = Secret },
            request.Form));
        Assert.Contains("invalid_client", Assert.Single(await faults.ListAsync(Stop)).Reply, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_managed_identity_is_asked_for_the_scope()
    {
        var scopes = new List<string>();
        var options = Options(relay);
        options.OAuth = new OAuthOptions { ManagedIdentity = true, Scope = "https://outlook.office365.com/.default" };
        Assert.Empty(options.Validate(development: false));

        var result = await SendAsync(Transport(options, identity: (scope, _) =>
        {
            scopes.Add(scope);
            return Task.FromResult(new AccessToken("of-the-identity", TimeSpan.FromHours(1)));
        }));

        Assert.Equal(SendOutcome.Sent, result.Outcome);
        Assert.Equal(["https://outlook.office365.com/.default"], scopes);
        Assert.Equal(["of-the-identity"], relay.Tokens);
    }

    [Fact]
    public async Task A_check_has_a_step_for_the_token_and_says_why_there_is_none()
    {
        relay.Accepts = token => token == "token-1";
        await using var passwords = new ScriptedSmtp();

        var good = await CheckAsync(Options(relay));
        var refused = await CheckAsync(Options(relay));
        var lacking = await CheckAsync(Options(passwords));
        endpoint.Script = _ => Task.FromResult<TokenReply?>(
            new TokenReply(
                400, $$"""{"error":"invalid_client","error_description":"Wrong secret {{Secret}} of ops@example.com\r\nTrace: 1"}"""));
        var none = await CheckAsync(Options(relay));

        Assert.Equal(["connect Ok", "greeting Ok", "TLS NotChecked", "token Ok", "login Ok"], good.Select(Word));
        Assert.Equal("valid for 60 minutes", good[3].Text);
        Assert.Equal(["token Ok", "login Failed"], refused.Skip(3).Select(Word));
        Assert.Contains("offers neither XOAUTH2 nor OAUTHBEARER", lacking[4].Text, StringComparison.Ordinal);
        Assert.Equal(["token Failed", "login NotChecked"], none.Skip(3).Select(Word));
        Assert.Matches(@"^no access token: 127.0.0.1:[0-9]+ answered 400 invalid_client: Wrong secret \*\*\* of ", none[3].Text);
        Assert.DoesNotContain("ops@", none[3].Text, StringComparison.Ordinal);

        static string Word(CheckStep step) => $"{step.Step} {step.Result}";
    }

    private Task<IReadOnlyList<CheckStep>> CheckAsync(MailOptions options) => new SmtpCheck(options, time: time).CheckAsync(Stop);

    private static async Task<SendResult> SendAsync(SmtpTransport transport)
    {
        await using var session = transport.OpenSession();
        return await session.SendAsync(SampleMails.Notice(), Stop);
    }

    private static ScriptedSmtp Relay(string mechanism = "XOAUTH2", params Act[] script) =>
        new(script) { Extensions = ["PIPELINING", "8BITMIME", "ENHANCEDSTATUSCODES", "AUTH PLAIN " + mechanism], Accepts = _ => true };

    private MailOptions Options(ScriptedSmtp server, int perConnection = 100) => new()
    {
        Host = "127.0.0.1",
        Port = server.Port,
        Security = "none",
        User = "news@example.com",
        From = "news@example.com",
        PerConnection = perConnection,
        OAuth = new OAuthOptions { TokenUrl = endpoint.Url, ClientId = "app", ClientSecret = Secret, Scope = "mail" },
    };

    private SmtpTransport Transport(
        MailOptions options, LogLines? log = null, FetchAccessToken? identity = null)
    {
        var transport = new SmtpTransport(
            options, SampleMails.Publication(), log ?? new LogLines(),
            tables: tables, time: time, faults: faults, identity: identity);
        ends.Add(transport);
        return transport;
    }
}

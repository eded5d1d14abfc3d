using System.Net;
using DailyDigest.Hooks;
using DailyDigest.Settings;
using Microsoft.AspNetCore.Http;
using StandardWebhooks;
using StandardWebhooks.Diagnostics;

namespace DailyDigest.Feeds.Tests;

/// <summary>Web hooks over HTTP, to a real receiver on loopback.</summary>
public sealed class HookSenderTests : FeedServerTests
{
    private const string Body = """{"type":"subscriber.left","version":1,"data":{"subscriber":"3c9d","reason":"unsubscribed"}}""";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_receiver_with_the_reference_library_accepts_the_signature_and_no_other_body()
    {
        var secrets = new HookSecrets([.. Enumerable.Range(0, 32).Select(number => (byte)number)]);
        var (shown, stored) = secrets.Create();
        (IHeaderDictionary Headers, string Body)? got = null;
        Server.On("/hook", async context =>
        {
            using var reader = new StreamReader(context.Request.Body);
            got = (new HeaderDictionary(context.Request.Headers.ToDictionary()), await reader.ReadToEndAsync(Cancel));
            context.Response.StatusCode = 204;
        });
        var hook = new Hook { Id = "a", Url = Server.Url("/hook"), Events = [], Secret = stored, Created = default, Since = default };
        var timestamp = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        var signature = secrets.Sign(hook, "evt_1", timestamp, Body)!;

        var answer = await SendAsync(new HookRequest(hook.Url, "evt_1", timestamp, signature, Body));

        Assert.Equal(new HookAnswer(204, null), answer);
        Assert.Equal(Body, got!.Value.Body);
        Assert.Equal("application/json; charset=utf-8", got.Value.Headers.ContentType);
        Assert.StartsWith("DailyDigest/", got.Value.Headers.UserAgent, StringComparison.Ordinal);
        new StandardWebhook(shown).Verify(Body, got.Value.Headers);
        Assert.Throws<WebhookVerificationException>(() => new StandardWebhook(shown).Verify(Body + " ", got.Value.Headers));
        Assert.Throws<WebhookVerificationException>(
            () => new StandardWebhook(secrets.Create().Shown).Verify(Body, got.Value.Headers));
    }

    // cspell:disable-next-line
    /// <summary>The example of the specification: its message, secret and signature. cspell:ignore ILPZ</summary>
    [Fact]
    public void The_signature_is_that_of_the_specification()
    {
        var key = new byte[32];
        var hook = new Hook
        {
            Id = "a",
            Url = "",
            Events = [],
            Created = default,
            Since = default,
            // cspell:disable-next-line
            Secret = SealedBytes.Seal(key, Convert.FromBase64String("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")),
        };

        Assert.Equal(
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
            new HookSecrets(key).Sign(hook, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, """{"test": 2432232314}"""));
    }

    [Theory]
    [InlineData(200, null)]
    [InlineData(299, null)]
    [InlineData(410, "410 Gone")]
    [InlineData(500, "500 Internal Server Error")]
    [InlineData(302, "302 Found: redirects are not followed")]
    [InlineData(307, "307 Temporary Redirect: redirects are not followed")]
    public async Task The_answer_is_its_status_and_no_redirect_is_followed(int status, string? fault)
    {
        Server.On("/hook", context =>
        {
            context.Response.StatusCode = status;
            context.Response.Headers.Location = "/other";
            return Task.CompletedTask;
        });

        Assert.Equal(new HookAnswer(status, fault), await SendAsync(Request(Server.Url("/hook"))));
        Assert.Equal("/hook", Assert.Single(Server.Requests).Path);
    }

    /// <summary>The receiver waits until the sender hangs up: one that reads the body to its end fails this test.</summary>
    [Fact]
    public async Task An_answer_without_end_is_not_read()
    {
        var hungUp = new TaskCompletionSource();
        Server.On("/hook", async context =>
        {
            try
            {
                var chunk = new byte[64 * 1024];
                while (true)
                {
                    await context.Response.Body.WriteAsync(chunk, context.RequestAborted);
                }
            }
            catch (OperationCanceledException)
            {
                hungUp.SetResult();
            }
        });

        Assert.Equal(new HookAnswer(200, null), await SendAsync(Request(Server.Url("/hook"))));
        await hungUp.Task.WaitAsync(Cancel);
    }

    [Fact]
    public async Task A_receiver_that_does_not_answer_is_left_after_fifteen_seconds()
    {
        var begun = new TaskCompletionSource();
        Server.On("/hook", async context =>
        {
            begun.SetResult();
            var aborted = new TaskCompletionSource();
            context.RequestAborted.Register(aborted.SetResult);
            await aborted.Task;
        });

        var sending = SendAsync(Request(Server.Url("/hook")));
        await begun.Task.WaitAsync(Cancel);
        Server.Time.Advance(HttpHookSender.MaxTime);

        Assert.Equal(new HookAnswer(null, "no answer within 15 s"), await sending);
    }

    [Theory]
    [InlineData("http://10.0.0.1/", "the address 10.0.0.1 is private; set Hooks__AllowPrivateAddresses to allow it")]
    [InlineData("http://inside.test/", "the address 192.168.1.1 is private; set Hooks__AllowPrivateAddresses to allow it")]
    [InlineData("http://[::ffff:127.0.0.2]/", "the address ::ffff:127.0.0.2 is private; set Hooks__AllowPrivateAddresses to allow it")]
    [InlineData("http://169.254.169.254/", "the address 169.254.169.254 belongs to a cloud's own services and is always refused")]
    public async Task A_private_address_is_refused_also_behind_a_name(string url, string fault)
    {
        Server.Hosts["inside.test"] = [IPAddress.Parse("192.168.1.1")];

        Assert.Equal(new HookAnswer(null, fault), await SendAsync(Request(url)));
        Assert.Empty(Server.Connections);
    }

    [Fact]
    public async Task Other_faults_are_named_without_the_url()
    {
        Assert.Equal("the host name is not known", (await SendAsync(Request("http://nobody.test/token"), unknown: true)).Fault);
        Server.On("/hook", context =>
        {
            context.Abort();
            return Task.CompletedTask;
        });
        var lost = (await SendAsync(Request(Server.Url("/hook")))).Fault;
        Assert.Equal("the connection was lost, or the server does not speak HTTP", lost);
    }

    private static HookRequest Request(string url) => new(url, "evt_1", 1, "v1,x", Body);

    private async Task<HookAnswer> SendAsync(HookRequest request, bool unknown = false)
    {
        var connector = new FeedConnector(
            (host, _) => unknown
                ? throw new System.Net.Sockets.SocketException((int)System.Net.Sockets.SocketError.HostNotFound)
                : Task.FromResult(Server.Hosts.TryGetValue(host, out var addresses) ? addresses : [IPAddress.Parse(host)]),
            address => !address.Equals(IPAddress.Loopback) && PrivateAddress.Is(address),
            (address, cancellationToken) =>
            {
                Server.Connections.Enqueue(address.Address);
                return FeedConnector.TcpAsync(address, cancellationToken);
            },
            "Hooks__AllowPrivateAddresses");
        using var sender = new HttpHookSender(
            new Publication { BaseUrl = "https://digest.example.com" }, connector, Server.Time);
        return await sender.SendAsync(request, Cancel);
    }
}

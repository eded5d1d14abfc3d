using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using DailyDigest.Accounts;
using DailyDigest.EndToEnd.Tests.Fixtures;
using DailyDigest.Hooks;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace DailyDigest.EndToEnd.Tests;

/// <summary>Web hooks from the command line to a receiver on loopback, with the real program and its database.</summary>
public sealed class HooksCommandTests : IAsyncLifetime
{
    private readonly PublicationFixture publication = new(smtpPort: 1);
    private readonly ConcurrentQueue<(string Id, string Timestamp, string Signature, string Body)> received = new();
    private WebApplication receiver = null!;
    private volatile int status = 204;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string Url => receiver.Urls.Single() + "/in?token=of-the-receiver";

    public async ValueTask InitializeAsync()
    {
        publication.Settings["Hooks__AllowPrivateAddresses"] = "true";
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        receiver = builder.Build();
        receiver.Run(async context =>
        {
            using var reader = new StreamReader(context.Request.Body);
            var body = await reader.ReadToEndAsync(context.RequestAborted);
            var headers = context.Request.Headers;
            received.Enqueue((headers["webhook-id"]!, headers["webhook-timestamp"]!, headers["webhook-signature"]!, body));
            context.Response.StatusCode = status;
        });
        await receiver.StartAsync(Cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        await receiver.DisposeAsync();
        publication.Dispose();
    }

    [Fact]
    public async Task A_hook_is_added_tested_called_with_a_signature_listed_and_removed()
    {
        Assert.Equal(2, (await RunAsync("hooks", "add", "ftp://example.com/")).Code);
        Assert.Equal(2, (await RunAsync("hooks", "add", Url, "--events", "nothing")).Code);
        var (code, output, error) = await RunAsync("hooks", "add", Url, "--events", "subscriber.left,run");
        Assert.True(code == 0, error);
        var (id, secret) = (output.Split(' ')[2], output[output.IndexOf("whsec_", StringComparison.Ordinal)..].Trim());

        (code, output, error) = await RunAsync("hooks", "test", id);
        Assert.True(code == 0, error);
        var test = received.Single();
        Assert.Contains(test.Id, output, StringComparison.Ordinal);
        Assert.Equal(Sign(secret, test.Id, test.Timestamp, test.Body), test.Signature);

        await RunAsync("subscribers", "add", "ada@example.org");
        await RunAsync("subscribers", "unsubscribe", "ada@example.org");
        await DeliverAsync();
        var left = received.Last();
        Assert.Equal("subscriber.left", JsonDocument.Parse(left.Body).RootElement.GetProperty("type").GetString());
        Assert.Equal(Sign(secret, left.Id, left.Timestamp, left.Body), left.Signature);
        Assert.DoesNotContain("ada@", left.Body, StringComparison.Ordinal);

        (_, output, _) = await RunAsync("hooks", "log", id);
        Assert.Contains(left.Id, output, StringComparison.Ordinal);
        Assert.Contains("delivered", output, StringComparison.Ordinal);
        Assert.Equal(0, (await RunAsync("hooks", "redeliver", id, left.Id[..12])).Code);
        await DeliverAsync();
        Assert.Equal(left.Id, received.Last().Id);
        Assert.Equal(3, received.Count);

        (_, output, _) = await RunAsync("hooks", "list");
        Assert.Contains(id, output, StringComparison.Ordinal);
        Assert.DoesNotContain(secret, output, StringComparison.Ordinal);
        Assert.Equal(0, (await RunAsync("hooks", "remove", id)).Code);
        Assert.Equal(1, (await RunAsync("hooks", "test", id)).Code);
        Assert.Equal("[]", (await RunAsync("hooks", "list", "--json")).Output.Trim());
        Assert.Equal(["hook.remove", "hook.redeliver", "hook.add"], await AuditAsync());
    }

    [Fact]
    public async Task A_receiver_that_is_gone_switches_the_hook_off_until_it_is_enabled()
    {
        var id = (await RunAsync("hooks", "add", Url)).Output.Split(' ')[2];
        status = 410;
        await RunAsync("subscribers", "add", "ada@example.org");
        await RunAsync("subscribers", "unsubscribe", "ada@example.org");
        await DeliverAsync();

        Assert.Contains("gone", (await RunAsync("hooks", "list")).Output, StringComparison.Ordinal);
        var (code, _, error) = await RunAsync("hooks", "test", id);
        Assert.Equal(1, code);
        Assert.Contains("410 Gone", error, StringComparison.Ordinal);
        Assert.DoesNotContain("of-the-receiver", error, StringComparison.Ordinal);

        status = 200;
        Assert.Equal(0, (await RunAsync("hooks", "enable", id)).Code);
        Assert.Equal(0, (await RunAsync("hooks", "test", id)).Code);
        Assert.Equal(0, (await RunAsync("hooks", "disable", id)).Code);
        Assert.Contains("\toff\t", (await RunAsync("hooks", "list")).Output, StringComparison.Ordinal);
    }

    /// <summary>The rule of the specification, without our code.</summary>
    private static string Sign(string secret, string id, string timestamp, string body) => "v1," + Convert.ToBase64String(
        HMACSHA256.HashData(Convert.FromBase64String(secret["whsec_".Length..]), Encoding.UTF8.GetBytes($"{id}.{timestamp}.{body}")));

    private async Task DeliverAsync()
    {
        await using var app = await publication.StartAsync(Cancellation);
        await app.Services.GetRequiredService<DeliverHooks>().ExecuteAsync(Cancellation);
    }

    private async Task<IEnumerable<string>> AuditAsync()
    {
        await using var app = await publication.StartAsync(Cancellation);
        var page = await app.Services.GetRequiredService<AuditLog>().ListAsync(null, "hook", null, 100, Cancellation);
        return page.Entries.Select(entry => entry.Verb);
    }

    private Task<(int Code, string Output, string Error)> RunAsync(params string[] args) => CommandsTests.RunAsync(publication, args);
}

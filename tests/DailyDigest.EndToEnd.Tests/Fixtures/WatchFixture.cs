using DailyDigest.Testing.Services;

namespace DailyDigest.EndToEnd.Tests.Fixtures;

/// <summary>A server that shows its metrics, and that has done a run. Classes share it.</summary>
public sealed class WatchFixture : IAsyncLifetime
{
    public const string Collection = "watched";

    public const string Key = "key-of-prometheus-0123456789abcdef";

    private SmtpRecorder? smtp;
    private PublicationFixture? publication;
    private ServerProcess? server;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>A client of the server without a key.</summary>
    public HttpClient Client { get; } = new();

    /// <summary>The key of the API, which does not open the metrics.</summary>
    public string OtherKey => publication!.Settings["Api__Keys"];

    /// <summary>The log of the server.</summary>
    public string Log => server!.Output;

    public async ValueTask InitializeAsync()
    {
        if (SmtpRecorder.WhyNot is not null)
        {
            return;
        }

        smtp = await SmtpRecorder.StartAsync(new SmtpOptions(), Cancellation);
        publication = new PublicationFixture(smtp.Port);
        publication.Settings["Metrics__Prometheus"] = "true";
        publication.Settings["Api__Keys__0__Name"] = "prometheus";
        publication.Settings["Api__Keys__0__Scope"] = "metrics";
        publication.Settings["Api__Keys__0__Key"] = Key;
        await publication.SeedAsync(3, Cancellation);
        server = ServerProcess.Start(publication.Folder, publication.Settings, "serve");
        Client.BaseAddress = await server.AddressAsync(Cancellation);
        await server.LineAsync(" closed: 3 of 3 sent", Cancellation);
        await ScrapeAsync("dailydigest_subscribers{");
        await Client.GetAsync("/", Cancellation);

        // A request is counted after its answer.
        await ScrapeAsync("http_route=\"/\"");
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await (server?.DisposeAsync() ?? ValueTask.CompletedTask);
        await (smtp?.DisposeAsync() ?? ValueTask.CompletedTask);
        publication?.Dispose();
    }

    /// <summary>The metrics, as soon as they have the text.</summary>
    internal async Task<string> ScrapeAsync(string text)
    {
        TestServices.Require("smtp-server");
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        limit.CancelAfter(TimeSpan.FromMinutes(2));
        while (true)
        {
            using var answer = await AskAsync(HttpMethod.Get, ("Authorization", "Bearer " + Key));
            answer.EnsureSuccessStatusCode();
            if (await answer.Content.ReadAsStringAsync(limit.Token) is { } metrics && metrics.Contains(text, StringComparison.Ordinal))
            {
                return metrics;
            }
        }
    }

    /// <summary>A request for the metrics with a header.</summary>
    internal async Task<HttpResponseMessage> AskAsync(HttpMethod method, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, "/metrics");
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return await Client.SendAsync(request, Cancellation);
    }
}

/// <summary>The classes that share it.</summary>
[CollectionDefinition(WatchFixture.Collection)]
public sealed class WatchedServer : ICollectionFixture<WatchFixture>;

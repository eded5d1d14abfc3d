using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace DailyDigest.Functions.Tests;

/// <summary>A publisher's JSON Feed with six stories of the last hour.</summary>
internal sealed class JsonFeed : IAsyncDisposable
{
    private static readonly string[] Titles =
    [
        "Bridge opens to ferries", "Choir sings in the bakery", "Storm leaves the tower dry",
        "Pilot finds an old logbook", "Mussel market moves inland", "Regatta clock runs late",
    ];

    private readonly WebApplication app;

    private JsonFeed(WebApplication app) => this.app = app;

    /// <summary>The URL of the feed.</summary>
    public string Url => app.Urls.Single() + "/feed.json";

    /// <summary>Starts it on a free port.</summary>
    public static async Task<JsonFeed> StartAsync(CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var feed = new JsonFeed(builder.Build());
        var body = Body(TimeProvider.System.GetUtcNow().AddHours(-1));
        feed.app.Run(context =>
        {
            context.Response.ContentType = "application/feed+json";
            return context.Response.WriteAsync(body, context.RequestAborted);
        });
        await feed.app.StartAsync(cancellationToken);
        return feed;
    }

    public async ValueTask DisposeAsync() => await app.DisposeAsync();

    private static string Body(DateTimeOffset published) => JsonSerializer.Serialize(new
    {
        version = "https://jsonfeed.org/version/1.1",
        title = "The Daily Example",
        items = Titles.Select((title, number) => new
        {
            id = $"{number}",
            url = $"https://news.example.com/stories/{number}",
            title,
            summary = "What happened and why.",
            date_published = published,
        }),
    });
}

using System.Globalization;
using System.Xml.Linq;
using DailyDigest.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace DailyDigest.EndToEnd.Tests.Fixtures;

/// <summary>A story in the publisher's feed.</summary>
internal sealed record FeedStory(string Title, string Url, DateTimeOffset Published, int Comments, string? Section = null);

/// <summary>A publisher's RSS feed on a web server of its own.</summary>
internal sealed class TestFeed : IAsyncDisposable
{
    private readonly WebApplication app;
    private int pictureRequests;

    private TestFeed(WebApplication app) => this.app = app;

    public IReadOnlyList<FeedStory> Stories { get; set; } = [];

    /// <summary>The feed's ETag; null for none.</summary>
    public string? Tag { get; set; }

    /// <summary>A page that is answered instead of the feed; null for the feed.</summary>
    public string? Page { get; set; }

    /// <summary>The picture of every story; null for none.</summary>
    public byte[]? Picture { get; set; }

    /// <summary>How often the picture was fetched.</summary>
    public int PictureRequests => Volatile.Read(ref pictureRequests);

    public string Url { get; private set; } = "";

    public static async Task<TestFeed> StartAsync(CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var feed = new TestFeed(builder.Build());
        feed.app.Run(feed.AnswerAsync);
        await feed.app.StartAsync(cancellationToken);
        var address = feed.app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        feed.Url = address + "/feed.xml";
        return feed;
    }

    public async ValueTask DisposeAsync() => await app.DisposeAsync();

    private Task AnswerAsync(HttpContext context)
    {
        if (context.Request.Path == "/picture.jpg" && Picture is { } picture)
        {
            Interlocked.Increment(ref pictureRequests); // two stories' pictures are fetched at the same time
            context.Response.ContentType = "image/jpeg";
            return context.Response.Body.WriteAsync(picture, context.RequestAborted).AsTask();
        }

        if (Page is not null)
        {
            context.Response.ContentType = "text/html";
            return context.Response.WriteAsync(Page);
        }

        if (Tag is not null)
        {
            context.Response.Headers.ETag = Tag;
            if (context.Request.Headers.IfNoneMatch == Tag)
            {
                context.Response.StatusCode = StatusCodes.Status304NotModified;
                return Task.CompletedTask;
            }
        }

        XNamespace slash = "http://purl.org/rss/1.0/modules/slash/";
        XNamespace media = "http://search.yahoo.com/mrss/";
        var items = Stories.Select(story => new XElement(
            "item",
            new XElement("title", story.Title),
            new XElement("link", story.Url),
            new XElement("pubDate", story.Published.ToString("r", CultureInfo.InvariantCulture)),
            new XElement("description", "What happened, and why it matters."),
            story.Section is null ? null : new XElement("category", story.Section),
            Picture is null ? null : new XElement(
                media + "content", new XAttribute("url", new Uri(new Uri(Url), "picture.jpg")), new XAttribute("medium", "image")),
            new XElement(slash + "comments", story.Comments)));
        var rss = new XElement(
            "rss",
            new XAttribute("version", "2.0"),
            new XAttribute(XNamespace.Xmlns + "slash", slash),
            new XElement("channel", new XElement("title", "The Courier"), new XElement("link", "https://news.example.com/"), items));
        context.Response.ContentType = "application/rss+xml; charset=utf-8";
        return context.Response.WriteAsync(rss.ToString(), context.RequestAborted);
    }
}

using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using DailyDigest.Content;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace DailyDigest.Web.Tests.Desk;

/// <summary>A site on loopback with feeds: good, odd, hostile, moved and gone.</summary>
public sealed class FeedSite : IAsyncDisposable
{
    private readonly WebApplication app;

    private int requests;

    private FeedSite(WebApplication app) => this.app = app;

    /// <summary>The documents by path.</summary>
    public ConcurrentDictionary<string, string> Pages { get; } = new()
    {
        ["/"] = """
            <!doctype html><title>The wire</title>
            <link rel="alternate" type="application/rss+xml" href="/harbour">
            <link rel="alternate" type="application/rss+xml" href="/culture">
            """,
        ["/harbour"] = Rss("Harbour news", "en", ("The ferry is late again", "/1"), ("A ship came in", "/2"), ("Low tide on Sunday", "/3")),
        ["/culture"] = Rss("Culture", null, ("A week of poetry", "/c1"), ("The sail loft opens", "/c2")),
        ["/odd"] = Rss(
            "Odds & ends <b>bold", "en", ("Good entry", "/4"), ("", "/5"), ("No link", "javascript:alert(1)"), ("Twice", "/4")),
        ["/none"] = Rss("Nothing", "en", ("", "/6")),
    };

    /// <summary>The number of requests.</summary>
    public int Requests => Volatile.Read(ref requests);

    public static async Task<FeedSite> StartAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var site = new FeedSite(builder.Build());
        site.app.Run(context =>
        {
            Interlocked.Increment(ref site.requests);
            if (!site.Pages.TryGetValue(context.Request.Path, out var page))
            {
                context.Response.StatusCode = 404;
                return Task.CompletedTask;
            }

            context.Response.ContentType = "text/xml; charset=utf-8";
            return context.Response.WriteAsync(page.Replace("HOST", site.Url(""), StringComparison.Ordinal));
        });
        await site.app.StartAsync(TestContext.Current.CancellationToken);
        return site;
    }

    public string Url(string path) => app.Urls.Single() + path;

    /// <summary>Feeds of every state for the pages: good, odd, failing, paused and new.</summary>
    public async Task FeedsToSeeAsync(WebFixture web)
    {
        var feeds = web.Get<FeedStore>();
        foreach (var (path, name) in new[]
        {
            ("/harbour", "Harbour news"), ("/odd", "The odd one"), ("/gone", "A blog that is gone"), ("/paused", "شؤون الميناء"),
        })
        {
            await feeds.AddAsync(Url(path), name, StoryKind.Article, path == "/harbour", CancellationToken.None);
        }

        for (var times = 0; times < Feed.FailuresToAlert; times++)
        {
            await web.Get<PollFeeds>().ExecuteAsync(true, CancellationToken.None);
        }

        await web.Get<ChangeFeed>().ExecuteAsync(Feed.IdOf(Url("/paused")), null, null, paused: true, CancellationToken.None);
        await feeds.AddAsync(Url("/new"), "A new one", StoryKind.BlogPost, false, CancellationToken.None);
    }

    /// <summary>An RSS feed. A link that begins with a slash is one of the site.</summary>
    public static string Rss(string title, string? language, params (string Title, string Link)[] items) =>
        $"<rss version=\"2.0\"><channel><title>{WebUtility.HtmlEncode(title)}</title>"
        + (language is null ? "" : $"<language>{language}</language>")
        + string.Concat(items.Select((item, index) =>
            $"<item><title>{WebUtility.HtmlEncode(item.Title)}</title>"
            + $"<link>{WebUtility.HtmlEncode(item.Link.StartsWith('/') ? "HOST" + item.Link : item.Link)}</link>"
            + string.Create(CultureInfo.InvariantCulture, $"<pubDate>Mon, 02 Mar 2026 0{9 - (index % 9)}:00:00 GMT</pubDate></item>")))
        + "</channel></rss>";

    public async ValueTask DisposeAsync() => await app.DisposeAsync();
}

using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using DailyDigest.Content;
using DailyDigest.Settings;
using DailyDigest.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace DailyDigest.Feeds.Tests;

/// <summary>A web server on loopback that answers as the test defines, and a reader that may connect only to it.</summary>
public sealed class FeedServer : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly HttpFeedReader reader;
    private readonly ConcurrentDictionary<string, RequestDelegate> pages = new();

    private FeedServer(WebApplication app)
    {
        this.app = app;

        // The product's rule, except that 127.0.0.1 counts as public.
        reader = new HttpFeedReader(
            new Publication { BaseUrl = "https://digest.example.com" },
            Connector(address => !address.Equals(IPAddress.Loopback) && PrivateAddress.Is(address)), Time);
    }

    /// <summary>The addresses that a connection was asked for, in order.</summary>
    public ConcurrentQueue<IPAddress> Connections { get; } = new();

    public FakeTimeProvider Time { get; } = new(new(2026, 3, 10, 12, 0, 0, TimeSpan.Zero));

    public ConcurrentDictionary<string, IPAddress[]> Hosts { get; } = new() { ["feeds.test"] = [IPAddress.Loopback] };

    public ConcurrentQueue<(string Path, IHeaderDictionary Headers)> Requests { get; } = new();

    public int Port => new Uri(app.Urls.Single()).Port;

    public static async Task<FeedServer> StartAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var app = builder.Build();
        var server = new FeedServer(app);
        app.Run(async context =>
        {
            server.Requests.Enqueue((context.Request.Path, new HeaderDictionary(context.Request.Headers.ToDictionary())));
            if (server.pages.TryGetValue(context.Request.Path, out var page))
            {
                await page(context);
            }
            else
            {
                context.Response.StatusCode = 404;
            }
        });
        await app.StartAsync(TestContext.Current.CancellationToken);
        return server;
    }

    /// <summary>
    /// A connector with the names of <see cref="Hosts"/>. It records every address, and connects to loopback only: a test never reaches
    /// another machine, whatever the rule lets through.
    /// </summary>
    internal FeedConnector Connector(Func<IPAddress, bool> refuses) => new(
        (host, _) => Task.FromResult(Hosts.TryGetValue(host, out var addresses) ? addresses : [IPAddress.Parse(host)]),
        refuses,
        (address, cancellationToken) =>
        {
            Connections.Enqueue(address.Address);
            return IPAddress.IsLoopback(address.Address)
                ? FeedConnector.TcpAsync(address, cancellationToken)
                : throw new SocketException((int)SocketError.HostUnreachable);
        });

    public string Url(string path, string host = "feeds.test") => $"http://{host}:{Port}{path}";

    public void On(string path, RequestDelegate page) => pages[path] = page;

    public void Serve(string path, byte[] body, string? type = "application/xml", string? coding = null) => On(path, async context =>
    {
        context.Response.ContentType = type;
        context.Response.Headers.ContentEncoding = coding;
        await context.Response.Body.WriteAsync(body, context.RequestAborted);
    });

    public void Redirect(string path, int status, string location) => On(path, context =>
    {
        context.Response.StatusCode = status;
        context.Response.Headers.Location = location;
        return Task.CompletedTask;
    });

    public Task<FeedReading> PollAsync(string path, Func<Feed, Feed>? change = null, CancellationToken? cancellationToken = null)
    {
        var url = path.StartsWith('/') ? Url(path) : path;
        var feed = new Feed { Id = Feed.IdOf(url), Url = url, Name = "Test" };
        return reader.ReadAsync(change?.Invoke(feed) ?? feed, cancellationToken ?? TestContext.Current.CancellationToken);
    }

    /// <summary>Serves the document and reads it.</summary>
    public Task<FeedReading> PollAsync(
        byte[] document, string? type = "application/xml", string? coding = null, Func<Feed, Feed>? change = null)
    {
        Serve("/news/feed", document, type, coding);
        return PollAsync("/news/feed", change);
    }

    public async Task<FeedReading.Read> ReadAsync(string document, Func<Feed, Feed>? change = null) =>
        Assert.IsType<FeedReading.Read>(await PollAsync(Encoding.UTF8.GetBytes(document), change: change));

    public async Task<string> FailAsync(string document, string? type = "application/xml") =>
        Assert.IsType<FeedReading.Failed>(await PollAsync(Encoding.UTF8.GetBytes(document), type)).Reason;

    public async ValueTask DisposeAsync()
    {
        reader.Dispose();
        await app.StopAsync(CancellationToken.None);
        await app.DisposeAsync();
    }
}

/// <summary>A test class with its own server.</summary>
public abstract class FeedServerTests : IAsyncLifetime
{
    protected FeedServer Server { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Server = await FeedServer.StartAsync();

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await Server.DisposeAsync();
    }

    protected static string Rss(string items) =>
        """<?xml version="1.0"?><rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" """
        + """xmlns:media="http://search.yahoo.com/mrss/" xmlns:content="http://purl.org/rss/1.0/modules/content/" """
        + """xmlns:slash="http://purl.org/rss/1.0/modules/slash/" xmlns:atom="http://www.w3.org/2005/Atom">"""
        + $"<channel><title>T</title>{items}</channel></rss>";

    protected static string Item(string title, string more = "<link>https://example.com/a</link>") =>
        Rss($"<item><title>{title}</title>{more}</item>");
}

using System.Net;
using System.Text;
using BenchmarkDotNet.Attributes;
using DailyDigest.Content;
using DailyDigest.Feeds;
using DailyDigest.Settings;
using DailyDigest.Storage;

namespace DailyDigest.Benchmarks;

/// <summary>
/// Fetching over loopback and reading an RSS feed of 1,000 items with HTML in its descriptions, by the product's HTTP reader.
/// </summary>
[ShortRunJob, MinColumn, MemoryDiagnoser]
public class FeedBenchmark
{
    private readonly HttpListener listener = new();
    private readonly HttpFeedReader reader =
        new(new Publication { Name = "Benchmark" }, FeedConnector.For(allowPrivateAddresses: true), TimeProvider.System);
    private Feed feed = new() { Id = "feed", Name = "feed", Url = "" };
    private byte[] document = [];

    [GlobalSetup]
    public void Serve()
    {
        document = Document();
        using (var probe = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0))
        {
            probe.Start();
            feed = feed with { Url = $"http://127.0.0.1:{((IPEndPoint)probe.LocalEndpoint).Port}/feed" };
        }

        listener.Prefixes.Add(feed.Url + "/");
        listener.Start();
        _ = Task.Run(AnswerAsync);
    }

    [Benchmark]
    public async Task<int> ReadThousandItems() =>
        await reader.ReadAsync(feed, CancellationToken.None) is FeedReading.Read { Stories.Count: 1_000 } read
            ? read.Stories.Count
            : throw new InvalidOperationException("The feed was not read whole.");

    [GlobalCleanup]
    public void Close()
    {
        listener.Close();
        reader.Dispose();
    }

    private async Task AnswerAsync()
    {
        while (listener.IsListening)
        {
            HttpListenerContext context;
            try
            {
                context = await listener.GetContextAsync();
            }
            catch (Exception closed) when (closed is HttpListenerException or ObjectDisposedException)
            {
                return;
            }

            context.Response.ContentType = "application/rss+xml; charset=utf-8";
            context.Response.ContentLength64 = document.Length;
            await context.Response.OutputStream.WriteAsync(document);
            context.Response.Close();
        }
    }

    private static byte[] Document()
    {
        var xml = new StringBuilder("""<?xml version="1.0" encoding="utf-8"?>""")
            .Append("""<rss version="2.0" xmlns:slash="http://purl.org/rss/1.0/modules/slash/"><channel><title>News</title>""");
        foreach (var story in Samples.Stories(1_000, seed: 3))
        {
            xml.Append("<item><title>").Append(story.Title).Append("</title><link>").Append(story.Url)
                .Append("</link><description><![CDATA[<p>")
                .Append(story.Summary).Append(" <a href=\"").Append(story.Url).Append("\">more</a></p>]]></description><pubDate>")
                .Append(story.Published.ToString("R", System.Globalization.CultureInfo.InvariantCulture))
                .Append("</pubDate><category>").Append(story.Section).Append("</category><slash:comments>7</slash:comments></item>");
        }

        return Encoding.UTF8.GetBytes(xml.Append("</channel></rss>").ToString());
    }
}

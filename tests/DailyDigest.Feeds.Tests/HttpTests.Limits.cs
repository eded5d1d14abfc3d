using System.IO.Compression;
using DailyDigest.Content;
using DailyDigest.Storage;
using Microsoft.AspNetCore.Http;

namespace DailyDigest.Feeds.Tests;

/// <summary>Compression, sizes, timeouts, and lost connections.</summary>
public sealed partial class HttpTests
{
    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    [InlineData("raw")]
    [InlineData("br")]
    [InlineData("gzip, br")]
    public async Task A_compressed_document_is_read(string coding)
    {
        var body = coding.Split(", ").Aggregate(Document, Compress);
        Assert.IsType<FeedReading.Read>(await Server.PollAsync(body, coding: coding == "raw" ? "deflate" : coding));
    }

    [Theory]
    [InlineData("gzip", "Content-Encoding is gzip, but the body is not")]
    [InlineData("br", "Content-Encoding is br, but the body is not")]
    [InlineData("zstd", "compressed with a method that was not requested (zstd)")]
    [InlineData("gzip, gzip, gzip", "compressed more than twice")]
    public async Task A_wrong_content_encoding_is_a_failure(string coding, string reason)
    {
        Server.Serve("/feed", [0xFF, 0xFF, 1, 2, .. Document], coding: coding);
        Assert.Equal(reason, await FailAsync("/feed"));
    }

    [Theory]
    [InlineData("none")]
    [InlineData("identity")]
    [InlineData("UTF-8")]
    [InlineData("binary")]
    [InlineData("x-unknown")]
    [InlineData("gzip")]
    [InlineData("br")]
    [InlineData("deflate")]
    public async Task A_document_that_is_not_compressed_is_read_whatever_the_label(string coding) =>
        Assert.IsType<FeedReading.Read>(await Server.PollAsync(Document, coding: coding));

    [Theory]
    [InlineData(null, "gzip")]
    [InlineData("none", "gzip")]
    [InlineData(null, "gzip,gzip")]
    [InlineData("gzip", "gzip,gzip")]
    [InlineData("deflate", "gzip,deflate")]
    public async Task Gzip_without_a_label_is_read(string? label, string codings)
    {
        var body = codings.Split(',').Aggregate(Document, Compress);
        Assert.IsType<FeedReading.Read>(await Server.PollAsync(body, coding: label));
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    [InlineData("raw")]
    [InlineData("br")]
    public async Task A_compressed_document_that_is_cut_off_is_read_as_far_as_it_goes(string coding)
    {
        var items = Enumerable.Range(0, 2000)
            .Select(i => $"<item><title>{i * 7919} {i * 104_729}</title><link>https://e.example/{i}</link></item>");
        var whole = Compress(System.Text.Encoding.UTF8.GetBytes(Rss(string.Concat(items))), coding);
        var read = Assert.IsType<FeedReading.Read>(
            await Server.PollAsync(whole[..^(whole.Length / 3)], coding: coding == "raw" ? "deflate" : coding));
        Assert.InRange(read.Stories.Count, 500, 1900);
        Assert.Contains("the end is missing", read.Note, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unlabelled_decompression_bomb_stops_at_the_limit()
    {
        Server.Serve("/feed", Compress(Compress(new byte[200 << 20], "gzip"), "gzip"));
        Assert.Equal("larger than 5 MB", await FailAsync("/feed"));
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    [InlineData("deflate")]
    [InlineData("gzip, gzip")]
    public async Task A_decompression_bomb_stops_at_the_limit(string coding)
    {
        var bomb = coding.Split(", ").Aggregate(new byte[200 << 20], Compress);
        Assert.True(bomb.Length < 1 << 20);
        Server.Serve("/feed", bomb, coding: coding);
        Assert.Equal("larger than 5 MB", await FailAsync("/feed"));
    }

    /// <summary>The rest is never sent, so a reader that waits for the end of the body fails this test.</summary>
    [Fact]
    public async Task A_body_of_50_MB_is_aborted_after_5()
    {
        Server.On("/feed", async context =>
        {
            var chunk = new byte[64 * 1024];
            chunk.AsSpan().Fill((byte)' ');
            for (var sent = 0; sent <= 5 << 20; sent += chunk.Length)
            {
                await context.Response.Body.WriteAsync(chunk, context.RequestAborted);
            }

            await WaitAsync(context);
        });
        Assert.Equal("larger than 5 MB", await FailAsync("/feed"));
    }

    [Fact]
    public async Task A_body_that_announces_more_than_5_MB_is_not_read()
    {
        Server.On("/feed", async context =>
        {
            context.Response.ContentLength = 50 << 20;
            await context.Response.Body.FlushAsync(Cancel);
            await WaitAsync(context);
        });
        Assert.Equal("larger than 5 MB", await FailAsync("/feed"));
    }

    [Fact]
    public async Task A_document_of_exactly_5_MB_is_read()
    {
        var padded = new byte[5 * 1024 * 1024];
        padded.AsSpan().Fill((byte)' ');
        Document.CopyTo(padded, 0);
        Assert.IsType<FeedReading.Read>(await Server.PollAsync(padded));
        Assert.Equal("larger than 5 MB", Assert.IsType<FeedReading.Failed>(await Server.PollAsync([.. padded, (byte)' '])).Reason);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_request_is_aborted_after_20_s(bool headersFirst)
    {
        var reached = new TaskCompletionSource();
        Server.On("/feed", async context =>
        {
            if (headersFirst)
            {
                await context.Response.Body.WriteAsync(Document.AsMemory(0, 20), context.RequestAborted);
                await context.Response.Body.FlushAsync(context.RequestAborted);
            }

            reached.SetResult();
            await WaitAsync(context);
        });
        var poll = Server.PollAsync("/feed");
        await reached.Task.WaitAsync(Cancel);
        Server.Time.Advance(TimeSpan.FromSeconds(19));
        Assert.False(poll.IsCompleted);
        Server.Time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal("took longer than 20 s", Assert.IsType<FeedReading.Failed>(await poll).Reason);
    }

    [Fact]
    public async Task Cancelling_is_not_a_failure_of_the_feed()
    {
        using var stop = new CancellationTokenSource();
        Server.On("/feed", async context =>
        {
            await stop.CancelAsync();
            await WaitAsync(context);
        });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Server.PollAsync("/feed", cancellationToken: stop.Token));
    }

    [Fact]
    public async Task A_lost_or_refused_connection_is_a_failure()
    {
        Server.On("/feed", async context =>
        {
            context.Response.ContentLength = 1000;
            await context.Response.Body.WriteAsync(Document.AsMemory(0, 20), Cancel);
            await context.Response.Body.FlushAsync(Cancel);
            context.Abort();
        });
        Assert.Equal("the connection was lost, or the server does not speak HTTP", await FailAsync("/feed"));
        Assert.Equal("the TLS certificate or handshake was refused", await FailAsync(
            Server.Url("/feed").Replace("http:", "https:", StringComparison.Ordinal)));
        Assert.Equal("the connection was refused", await FailAsync("http://feeds.test:1/feed"));
    }

    private static async Task WaitAsync(HttpContext context)
    {
        var disconnected = new TaskCompletionSource();
        await using var _ = context.RequestAborted.Register(disconnected.SetResult);
        await disconnected.Task;
    }

    private static byte[] Compress(byte[] bytes, string coding)
    {
        using var compressed = new MemoryStream();
        using (Stream stream = coding switch
        {
            "gzip" => new GZipStream(compressed, CompressionLevel.Optimal),
            "deflate" => new ZLibStream(compressed, CompressionLevel.Optimal),
            "raw" => new DeflateStream(compressed, CompressionLevel.Optimal),
            _ => new BrotliStream(compressed, CompressionLevel.Fastest),
        })
        {
            stream.Write(bytes);
        }

        return compressed.ToArray();
    }
}

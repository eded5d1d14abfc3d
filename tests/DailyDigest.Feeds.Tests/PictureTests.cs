using System.IO.Compression;
using System.Net;
using System.Text;
using DailyDigest.Digests;
using DailyDigest.Settings;
using SkiaSharp;

namespace DailyDigest.Feeds.Tests;

/// <summary>Pictures of strangers: what is taken, and what becomes of it.</summary>
public sealed class PictureTests : FeedServerTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(SKEncodedImageFormat.Jpeg)]
    [InlineData(SKEncodedImageFormat.Png)]
    [InlineData(SKEncodedImageFormat.Webp)]
    public async Task A_large_picture_becomes_a_small_jpeg(SKEncodedImageFormat format)
    {
        var read = await ReadAsync(TestPictures.Make(2000, 1000, format));
        Assert.Equal((600, 300), (read.Width, read.Height));
        Assert.Equal([0xFF, 0xD8, 0xFF], read.Jpeg[..3]);
        using var picture = TestPictures.Read(read.Jpeg);
        Assert.Equal((600, 300), (picture.Width, picture.Height));
        Assert.InRange(picture.GetPixel(100, 150).Red, 200, 255);
        Assert.InRange(picture.GetPixel(500, 150).Blue, 200, 255);
    }

    [Fact]
    public async Task A_gif_becomes_a_jpeg_of_its_first_frame()
    {
        var read = await ReadAsync(TestPictures.Gif(64, 60));
        Assert.Equal((64, 60), (read.Width, read.Height));
        using var picture = TestPictures.Read(read.Jpeg);
        Assert.InRange(picture.GetPixel(30, 30).Red, 200, 255);
    }

    [Fact]
    public async Task A_small_picture_keeps_its_size() =>
        Assert.Equal(320, (await ReadAsync(TestPictures.Make(320, 200))).Width);

    [Fact]
    public async Task Transparent_parts_become_white()
    {
        using var bitmap = new SKBitmap(100, 100);
        bitmap.Erase(SKColors.Transparent);
        using var data = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        using var picture = TestPictures.Read((await ReadAsync(data.ToArray())).Jpeg);
        Assert.Equal(new SKColor(255, 255, 255), picture.GetPixel(50, 50));
    }

    /// <summary>The red half of the picture after turning is at x and y.</summary>
    [Theory]
    [InlineData(1, 200, 100, 20, 50)]
    [InlineData(2, 200, 100, 180, 50)]
    [InlineData(3, 200, 100, 180, 50)]
    [InlineData(4, 200, 100, 20, 50)]
    [InlineData(5, 100, 200, 50, 20)]
    [InlineData(6, 100, 200, 50, 20)]
    [InlineData(7, 100, 200, 50, 180)]
    [InlineData(8, 100, 200, 50, 180)]
    public async Task A_turned_picture_is_upright(byte orientation, int width, int height, int x, int y)
    {
        var read = await ReadAsync(TestPictures.JpegWithExif(200, 100, orientation));
        Assert.Equal((width, height), (read.Width, read.Height));
        using var picture = TestPictures.Read(read.Jpeg);
        Assert.InRange(picture.GetPixel(x, y).Red, 200, 255);
        Assert.InRange(picture.GetPixel(width - x, height - y).Blue, 200, 255);
    }

    [Fact]
    public async Task Metadata_and_hidden_parts_are_gone()
    {
        const string Script = "<script>alert(1)</script>";
        byte[] exif = TestPictures.JpegWithExif(100, 100, 1);
        Assert.Contains("GPS", Encoding.Latin1.GetString(exif), StringComparison.Ordinal);
        Assert.DoesNotContain("GPS", Encoding.Latin1.GetString((await ReadAsync(exif)).Jpeg), StringComparison.Ordinal);
        foreach (var format in new[] { SKEncodedImageFormat.Jpeg, SKEncodedImageFormat.Png, SKEncodedImageFormat.Webp })
        {
            byte[] both = [.. TestPictures.Make(100, 100, format), .. Encoding.ASCII.GetBytes(Script), .. "PK\u0003\u0004"u8];
            var jpeg = Encoding.Latin1.GetString((await ReadAsync(both)).Jpeg);
            Assert.DoesNotContain("script", jpeg, StringComparison.Ordinal);
            Assert.DoesNotContain("PK\u0003\u0004", jpeg, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'><rect width='100' height='100'/></svg>")]
    [InlineData("<?xml version='1.0'?><!DOCTYPE svg [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><svg>&x;</svg>")]
    [InlineData("<!DOCTYPE html><html><img src=x onerror=alert(1)></html>")]
    [InlineData("BM this was a bitmap")]
    [InlineData("%PDF-1.7")]
    [InlineData("")]
    public async Task A_file_that_is_no_common_picture_is_refused_whatever_its_type(string text)
    {
        Assert.Equal("not a JPEG, PNG, GIF or WebP", await RefusedAsync(Encoding.UTF8.GetBytes(text), "image/jpeg"));
        Assert.Equal("not a JPEG, PNG, GIF or WebP", await RefusedAsync(Encoding.UTF8.GetBytes(text), "image/svg+xml"));
    }

    [Theory]
    [InlineData("GIF89a/*'*/=1;alert(1)//")]
    [InlineData("\u0089PNG\r\n\u001A\n<script>")]
    [InlineData("RIFF\u0010\0\0\0WEBPVP8 ")]
    [InlineData("\u00FF\u00D8\u00FF\u00E0")]
    public async Task A_file_with_only_the_first_bytes_of_a_picture_is_refused(string text)
    {
        // The script that is also a GIF has a size: 10,794 by 10,023.
        var reason = await RefusedAsync(Encoding.Latin1.GetBytes(text));
        Assert.True(reason is "damaged" or "more than 20 million pixels, or more than 16,000 on a side", reason);
    }

    [Fact]
    public async Task Half_a_picture_is_damaged()
    {
        var png = TestPictures.Make(400, 400, SKEncodedImageFormat.Png);
        Assert.Equal("damaged", await RefusedAsync(png[..(png.Length / 2)]));
    }

    [Theory]
    [InlineData(100_000, 100_000)]
    [InlineData(2_000_000_000, 2)]
    [InlineData(16_001, 60)]
    [InlineData(5_000, 4_001)]
    public async Task A_picture_bomb_is_refused_before_its_pixels_are_decoded(int width, int height)
    {
        var before = GC.GetTotalAllocatedBytes();
        var reason = await RefusedAsync(TestPictures.PngThatClaims(width, height));
        Assert.True(reason is "more than 20 million pixels, or more than 16,000 on a side" or "damaged", reason);
        Assert.InRange(GC.GetTotalAllocatedBytes() - before, 0, 20_000_000);
    }

    [Fact]
    public async Task A_jpeg_of_endless_scans_is_refused() =>
        Assert.Equal("a JPEG with too many scans", await RefusedAsync(TestPictures.JpegOfManyScans()));

    [Fact]
    public async Task A_compressed_bomb_is_refused()
    {
        using var bomb = new MemoryStream();
        await using (var gzip = new GZipStream(bomb, CompressionLevel.Optimal))
        {
            await gzip.WriteAsync(new byte[20_000_000], Cancel);
        }

        Server.Serve("/p.jpg", bomb.ToArray(), "image/jpeg", "gzip");
        Assert.Equal("larger than 5 MB", await RefusedAsync("/p.jpg"));
    }

    [Fact]
    public async Task A_tracking_pixel_is_refused() =>
        Assert.Equal("smaller than 50 pixels", await RefusedAsync(TestPictures.Gif(1, 1)));

    [Fact]
    public async Task A_picture_at_a_forbidden_address_is_refused()
    {
        foreach (var (address, reason) in new[]
        {
            ("10.0.0.1", "the address 10.0.0.1 is private; set Feeds__AllowPrivateAddresses to allow it"),
            ("168.63.129.16", "the address 168.63.129.16 belongs to a cloud's own services and is always refused"),
        })
        {
            Server.Redirect("/p.jpg", 302, $"http://{address}/p.jpg");
            Assert.Equal(reason, await RefusedAsync("/p.jpg"));
            Server.Hosts["pictures.test"] = [IPAddress.Parse(address)];
            Assert.Equal(reason, await RefusedAsync("http://pictures.test/p.jpg"));
        }

        Assert.All(Server.Connections, address => Assert.Equal(IPAddress.Loopback, address));
    }

    [Fact]
    public async Task A_missing_slow_or_odd_picture_is_refused()
    {
        Assert.Equal("404 Not Found", await RefusedAsync("/missing.jpg"));
        Assert.Equal("the URL is not an absolute http(s) URL", await RefusedAsync("file:///etc/passwd"));
        Assert.Equal("the URL is not an absolute http(s) URL", await RefusedAsync("data:image/png;base64,AA"));
        var reached = new TaskCompletionSource();
        Server.On("/slow.jpg", async context =>
        {
            reached.SetResult();
            var gone = new TaskCompletionSource();
            await using var _ = context.RequestAborted.Register(gone.SetResult);
            await gone.Task;
        });
        var slow = RefusedAsync("/slow.jpg");
        await reached.Task.WaitAsync(Cancel);
        Server.Time.Advance(TimeSpan.FromSeconds(11));
        Assert.Equal("took longer than 10 s", await slow);
    }

    private async Task<PictureReading.Read> ReadAsync(byte[] picture)
    {
        Server.Serve("/p.jpg", picture, "text/html");
        return Assert.IsType<PictureReading.Read>(await PictureAsync("/p.jpg"));
    }

    private Task<string> RefusedAsync(byte[] picture, string type = "image/jpeg")
    {
        Server.Serve("/p.jpg", picture, type);
        return RefusedAsync("/p.jpg");
    }

    private async Task<string> RefusedAsync(string path) => Assert.IsType<PictureReading.Refused>(await PictureAsync(path)).Reason;

    private async Task<PictureReading> PictureAsync(string path)
    {
        using var reader = new HttpPictureReader(
            new Publication { BaseUrl = "https://digest.example.com" },
            Server.Connector(address => !address.Equals(IPAddress.Loopback) && PrivateAddress.Is(address)), Server.Time);
        return await reader.ReadAsync(path.StartsWith('/') ? Server.Url(path) : path, 600, Cancel);
    }
}

using System.Net;
using DailyDigest.Content;
using DailyDigest.Digests;
using DailyDigest.Selection;
using DailyDigest.Settings;
using Microsoft.Extensions.Logging.Abstractions;

namespace DailyDigest.Web.Tests;

/// <summary>The copies of pictures that mails link.</summary>
public sealed class PictureTests
{
    private static readonly DateOnly Date = new(2026, 3, 1);
    private static readonly byte[] Jpeg = [0xFF, 0xD8, 0xFF, 0xE0, 1, 2, 3];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_copy_is_served_as_a_picture_that_never_changes()
    {
        await using var site = await WebFixture.StartAsync();
        var path = await CopyAsync(site);
        using var answer = await site.Client.GetAsync(path, Cancellation);
        Assert.Equal(Jpeg, await answer.Content.ReadAsByteArrayAsync(Cancellation));
        Assert.Equal("image/jpeg", answer.Content.Headers.ContentType!.ToString());
        Assert.Equal("public, max-age=31536000, immutable", answer.Headers.GetValues("Cache-Control").Single().ToString());
        Assert.Equal("nosniff", answer.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.Equal("default-src 'none'", answer.Headers.GetValues("Content-Security-Policy").Single());
        Assert.Equal("cross-origin", answer.Headers.GetValues("Cross-Origin-Resource-Policy").Single());
        Assert.False(answer.Headers.Contains("Set-Cookie"));
        using var head = await site.Client.SendAsync(new HttpRequestMessage(HttpMethod.Head, path), Cancellation);
        Assert.Equal((HttpStatusCode.OK, Jpeg.Length), (head.StatusCode, head.Content.Headers.ContentLength));
    }

    [Fact]
    public async Task Every_other_path_is_not_found()
    {
        await using var site = await WebFixture.StartAsync();
        var path = await CopyAsync(site);
        foreach (var wrong in new[]
        {
            path.Replace("2026-03-01", "2026-03-02", StringComparison.Ordinal),
            path.Replace(".jpg", ".svg", StringComparison.Ordinal),
            path.Replace(".jpg", "", StringComparison.Ordinal),
            path.ToUpperInvariant().Replace("/PICTURES", "/pictures", StringComparison.Ordinal),
            "/pictures/2026-03-01/" + new string('0', 32) + ".jpg",
            "/pictures/2026-03-01/url~" + new string('0', 28) + ".jpg",
            "/pictures/0000-00-00/" + new string('0', 32) + ".jpg",
            "/pictures/2026-03-01/%2e%2e%2f%2e%2e%2fstyle.css.jpg",
            "/pictures/2026-03-01/.jpg",
        })
        {
            using var answer = await site.Client.GetAsync(wrong, Cancellation);
            Assert.True(answer.StatusCode == HttpStatusCode.NotFound, wrong);
        }
    }

    private static async Task<string> CopyAsync(WebFixture site)
    {
        var copies = new CopyPictures(
            new PicturesOptions { Copy = true }, site.Get<PictureStore>(), site.Get<Publication>(), site.Time,
            NullLogger<CopyPictures>.Instance, new OnePicture());
        var story = new Story
        {
            Id = "a",
            Kind = StoryKind.Article,
            Url = "https://paper.example/a",
            Title = "A",
            Image = new StoryImage("https://photos.example/a.jpg", "", null, null, null, null),
            Source = "paper",
            Published = site.Time.GetUtcNow(),
            FirstSeen = site.Time.GetUtcNow(),
        };
        var digest = await copies.ExecuteAsync(
            new Digest
            {
                Date = Date,
                Cohort = "daily_07_Europe.Paris",
                FrozenAt = site.Time.GetUtcNow(),
                Items = [new DigestItem(story, "a", 1, [], [])],
            },
            Cancellation);
        return new Uri(digest.Items[0].Story.Image!.Url).AbsolutePath;
    }

    private sealed class OnePicture : IPictureReader
    {
        public Task<PictureReading> ReadAsync(string url, int maxWidth, CancellationToken cancellationToken) =>
            Task.FromResult<PictureReading>(new PictureReading.Read(Jpeg, 600, 400));
    }
}

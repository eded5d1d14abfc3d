using System.Net;
using System.Text.RegularExpressions;
using DailyDigest.Clock;
using DailyDigest.Content;
using DailyDigest.EndToEnd.Tests.Fixtures;
using DailyDigest.Sending;
using DailyDigest.Subscribers;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using MimeKit;
using SkiaSharp;

namespace DailyDigest.EndToEnd.Tests;

/// <summary>A picture's way from a feed to a mail, on the real program.</summary>
public sealed partial class PictureJourneyTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_mail_shows_our_copy_of_a_picture_whatever_its_owner_does_later()
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 3, 11, 5, 0, 0, TimeSpan.Zero));
        await using var feed = await TestFeed.StartAsync(Cancellation);
        feed.Picture = Picture(SKColors.Green);
        feed.Stories =
        [
            new FeedStory("Ferry timetable changes", "https://news.example.com/1", time.GetUtcNow().AddHours(-3), 9),
            new FeedStory("Choir wins a prize", "https://news.example.com/2", time.GetUtcNow().AddHours(-3), 8),
            new FeedStory("New bakery opens", "https://news.example.com/3", time.GetUtcNow().AddHours(-3), 7),
        ];
        using var publication = new PublicationFixture(1);
        var outbox = Path.Combine(publication.Folder, "outbox");
        publication.Settings["Mail__PickupFolder"] = outbox;
        publication.Settings["Feeds__AllowPrivateAddresses"] = "true";
        publication.Settings["Feeds__Sources__0__Url"] = feed.Url;
        publication.Settings["Pictures__Copy"] = "true";
        await using var app = await publication.StartAsync(Cancellation, time);
        await SubscribeAsync(app, time);

        time.SetUtcNow(new DateTimeOffset(2026, 3, 11, 6, 0, 0, TimeSpan.Zero));
        await app.Services.GetRequiredService<PollFeeds>().ExecuteAsync(evenSlow: false, Cancellation);
        await app.Services.GetRequiredService<Tick>().ExecuteAsync(Cancellation);
        await app.Services.GetRequiredService<DeliverHints>().ExecuteAsync(Cancellation);
        var mail = await MimeMessage.LoadAsync(Assert.Single(Directory.GetFiles(outbox, "*.eml")), Cancellation);
        var sources = Source().Matches(mail.HtmlBody ?? "").Select(match => match.Groups[1].Value).ToList();
        Assert.Equal(3, sources.Count);
        Assert.All(sources, source => Assert.Matches(
            "^https://digest\\.example\\.com/pictures/2026-03-11/[0-9a-f]{32}\\.jpg$", source));
        Assert.Equal(2, feed.PictureRequests);

        feed.Picture = Picture(SKColors.Red);
        var address = PublicationFixture.AddressOf(app);
        using var client = new HttpClient();
        foreach (var (source, width) in sources.Zip([1200, 600, 600]))
        {
            using var answer = await client.GetAsync(new Uri(address + new Uri(source).AbsolutePath), Cancellation);
            Assert.Equal((HttpStatusCode.OK, "image/jpeg"), (answer.StatusCode, answer.Content.Headers.ContentType!.MediaType));
            using var shown = SKBitmap.Decode(await answer.Content.ReadAsByteArrayAsync(Cancellation));
            Assert.Equal(width, shown.Width);
            Assert.InRange(shown.GetPixel(100, 100).Green, 100, 255);
            Assert.InRange(shown.GetPixel(100, 100).Red, 0, 20);
        }

        Assert.Equal(2, feed.PictureRequests);
    }

    private static async Task SubscribeAsync(WebApplication app, FakeTimeProvider time)
    {
        var person = new Subscriber
        {
            Id = new string('a', 32),
            Address = "reader@example.com",
            Status = SubscriberStatus.Active,
            Zone = "Europe/Paris",
            Hour = 7,
            Rhythm = default,
            Language = "en",
            Sections = [],
            Consent = new Consent(time.GetUtcNow(), "test", "1", "en", null),
            Created = time.GetUtcNow(),
        };
        await app.Services.GetRequiredService<ChangeSubscriber>().ExecuteAsync(person.Id, _ => person, Cancellation);
    }

    private static byte[] Picture(SKColor color)
    {
        using var bitmap = new SKBitmap(1600, 900);
        bitmap.Erase(color);
        using var jpeg = bitmap.Encode(SKEncodedImageFormat.Jpeg, 90);
        return jpeg.ToArray();
    }

    [GeneratedRegex("<img[^>]* src=\"([^\"]+)\"")]
    private static partial Regex Source();
}

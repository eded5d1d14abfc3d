using System.Globalization;
using System.Text.RegularExpressions;
using DailyDigest.Clock;
using DailyDigest.Content;
using DailyDigest.EndToEnd.Tests.Fixtures;
using DailyDigest.Reporting;
using DailyDigest.Runs;
using DailyDigest.Sending;
using DailyDigest.Subscribers;
using DailyDigest.Testing.Services;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using MimeKit;

namespace DailyDigest.EndToEnd.Tests;

/// <summary>
/// A reader's journey from the sign-up page to the last mail, on the real program with a real feed, mail server and browser. Only the clock
/// is the test's, and each step of the workers is a call.
/// </summary>
public abstract partial class JourneyTests
{
    private static readonly DateTimeOffset Evening = new(2026, 3, 10, 20, 0, 0, TimeSpan.Zero);

    private readonly FakeTimeProvider time = new(Evening);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Adds the settings of the storage under test.</summary>
    private protected abstract Task<IAsyncDisposable?> UseStorageAsync(PublicationFixture publication);

    [Fact]
    public async Task A_reader_signs_up_confirms_reads_two_digests_without_repeats_and_leaves()
    {
        await using var smtp = await SmtpRecorder.StartAsync(new SmtpOptions(), Cancellation);
        await using var browser = await Browser.StartAsync();
        await using var feed = await TestFeed.StartAsync(Cancellation);
        using var publication = new PublicationFixture(smtp.Port);
        await using var storage = await UseStorageAsync(publication);
        publication.Settings["Feeds__AllowPrivateAddresses"] = "true";
        publication.Settings["Feeds__Sources__0__Url"] = feed.Url;
        publication.Settings["Feeds__Sources__0__Name"] = "Courier";
        await using var app = await publication.StartAsync(Cancellation, time);
        var address = PublicationFixture.AddressOf(app);

        // The evening before: sign up in the browser, find the confirmation in the inbox, press its button.
        var page = await browser.PageAsync();
        await page.GotoAsync(address + "/");
        await page.FillAsync("#email", "Ada.Reader@Example.org");
        await page.FillAsync("#answer", Sum(await page.InnerTextAsync(".sum")));
        time.Advance(TimeSpan.FromSeconds(20));
        await page.ClickAsync("form button[type=submit]");
        Assert.EndsWith("/signup", new Uri(page.Url).AbsolutePath, StringComparison.Ordinal);
        Assert.Empty(await InboxAsync(smtp));

        await app.Services.GetRequiredService<SendNotices>().ExecuteAsync(Cancellation);
        var confirmation = Read(Assert.Single(await InboxAsync(smtp)));
        Assert.Equal("Ada.Reader@example.org", confirmation.To.Mailboxes.Single().Address, ignoreCase: true);
        await page.GotoAsync(address + Path(Link(confirmation.TextBody, "/confirm/")));
        await page.ClickAsync("form button[type=submit]");
        smtp.Clear();

        // Next morning, a minute before the hour: nothing. At the hour: the digest, its stories in the order of what readers made of them.
        feed.Stories = Stories("harbour", Evening.AddHours(2), [3, 90, 14, 41, 0]);
        time.SetUtcNow(new DateTimeOffset(2026, 3, 11, 5, 59, 0, TimeSpan.Zero));
        await BeatAsync(app);
        Assert.Empty(await InboxAsync(smtp));
        time.Advance(TimeSpan.FromMinutes(1));
        await BeatAsync(app);
        var first = Read(Assert.Single(await InboxAsync(smtp)));
        Assert.Equal(["harbour-1", "harbour-3", "harbour-2", "harbour-0", "harbour-4"], StoryLinks(first.HtmlBody));
        Assert.Equal(StoryLinks(first.HtmlBody), StoryLinks(first.TextBody));
        Assert.Equal("List-Unsubscribe=One-Click", first.Headers["List-Unsubscribe-Post"]);
        Assert.Equal("The Courier", first.From.Mailboxes.Single().Name);

        // Nothing at the next tick, nor at one a while later.
        await BeatAsync(app);
        time.Advance(TimeSpan.FromMinutes(45));
        await BeatAsync(app);
        Assert.Single(await InboxAsync(smtp));

        // The archive shows it to everybody.
        await page.GotoAsync(address + "/digests/2026-03-11");
        Assert.Contains("harbour-1", await page.ContentAsync(), StringComparison.Ordinal);

        // The day after: the feed still lists the old stories beside new ones; only the new ones come.
        feed.Stories = [.. feed.Stories, .. Stories("lighthouse", new DateTimeOffset(2026, 3, 11, 18, 0, 0, TimeSpan.Zero), [5, 60, 20])];
        time.SetUtcNow(new DateTimeOffset(2026, 3, 12, 6, 0, 10, TimeSpan.Zero));
        await BeatAsync(app);
        var inbox = await InboxAsync(smtp);
        Assert.Equal(2, inbox.Count);
        var second = Read(inbox[1]);
        Assert.Equal(["lighthouse-1", "lighthouse-2", "lighthouse-0"], StoryLinks(second.HtmlBody));
        Assert.NotEqual(first.MessageId, second.MessageId);

        // Leaving by what a mail program does with the header (RFC 8058): one POST, no question.
        using var mailProgram = new HttpClient();
        using var oneClick = new FormUrlEncodedContent([KeyValuePair.Create("List-Unsubscribe", "One-Click")]);
        var unsubscribe = Path(second.Headers["List-Unsubscribe"]!.Trim('<', '>'));
        using var answer = await mailProgram.PostAsync(new Uri(address + unsubscribe), oneClick, Cancellation);
        Assert.Equal(System.Net.HttpStatusCode.OK, answer.StatusCode);

        feed.Stories = Stories("tide", new DateTimeOffset(2026, 3, 12, 18, 0, 0, TimeSpan.Zero), [5, 6, 7, 8]);
        time.SetUtcNow(new DateTimeOffset(2026, 3, 13, 6, 0, 10, TimeSpan.Zero));
        await BeatAsync(app);
        Assert.Equal(2, (await InboxAsync(smtp)).Count);
        var report = await app.Services.GetRequiredService<ReportRun>().ExecuteAsync(new DateOnly(2026, 3, 13), Cancellation);
        Assert.All(report, run => Assert.DoesNotContain(DeliveryState.Sent, run.Counts.Keys));
    }

    /// <summary>The mails so far, including those that the recorder has not reported yet.</summary>
    private static async Task<IReadOnlyList<RecordedMail>> InboxAsync(SmtpRecorder smtp)
    {
        await smtp.SyncAsync(Cancellation);
        return smtp.Messages;
    }

    /// <summary>One round of the workers: poll, tick, send notices, deliver the messages in the queue.</summary>
    private static async Task BeatAsync(WebApplication app)
    {
        await app.Services.GetRequiredService<PollFeeds>().ExecuteAsync(evenSlow: false, Cancellation);
        await app.Services.GetRequiredService<Tick>().ExecuteAsync(Cancellation);
        await app.Services.GetRequiredService<SendNotices>().ExecuteAsync(Cancellation);
        while (await app.Services.GetRequiredService<DeliverHints>().ExecuteAsync(Cancellation) > 0)
        {
        }
    }

    private static FeedStory[] Stories(string name, DateTimeOffset published, int[] comments)
    {
        string[] subjects = name switch
        {
            "harbour" =>
                ["Ferry timetable changes", "Council votes on the bridge", "Choir wins a prize", "New bakery opens",
                    "Storm warning lifted"],
            "lighthouse" => ["Keeper retires after forty years", "Fresnel lens comes home from repair", "School class paints the tower"],
            _ => ["Spring tide floods the quay", "Mussel season begins early", "Regatta moves to June", "Museum buys a tide clock"],
        };
        return [.. comments.Select((count, i) => new FeedStory(subjects[i], $"https://news.example.com/{name}-{i}", published, count))];
    }

    private static string Sum(string question)
    {
        var numbers = Digits().Matches(question).Select(match => int.Parse(match.Value, CultureInfo.InvariantCulture)).ToList();
        Assert.Equal(2, numbers.Count);
        return numbers.Sum().ToString(CultureInfo.InvariantCulture);
    }

    private static MimeMessage Read(RecordedMail mail) => MimeMessage.Load(new MemoryStream(mail.Raw));

    private static string Link(string? text, string path) =>
        (text ?? "").Split('\n', ' ').Select(word => word.Trim()).First(
            word => word.StartsWith(PublicationFixture.BaseUrl + path, StringComparison.Ordinal));

    private static string Path(string url) => url[PublicationFixture.BaseUrl.Length..];

    private static List<string> StoryLinks(string? text) =>
        [.. StoryLink().Matches(text ?? "").Select(match => match.Groups[1].Value).Distinct()];

    [GeneratedRegex("[0-9]+")]
    private static partial Regex Digits();

    [GeneratedRegex(@"https://news\.example\.com/([a-z]+-[0-9])")]
    private static partial Regex StoryLink();
}

/// <summary>The journey on the embedded file.</summary>
public sealed class JourneyOnSqliteTests : JourneyTests
{
    private protected override Task<IAsyncDisposable?> UseStorageAsync(PublicationFixture publication) =>
        Task.FromResult<IAsyncDisposable?>(null);
}

/// <summary>The journey on Azure's tables and queues.</summary>
public sealed class JourneyOnAzureTests : JourneyTests
{
    private protected override async Task<IAsyncDisposable?> UseStorageAsync(PublicationFixture publication)
    {
        var azurite = await Azurite.StartAsync(TestContext.Current.CancellationToken);
        publication.Settings["Storage__Azure__ConnectionString"] = azurite.ConnectionString;
        return azurite;
    }
}

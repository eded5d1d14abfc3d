using System.Globalization;
using System.Text.RegularExpressions;
using DailyDigest.Calendar;
using DailyDigest.Clock;
using DailyDigest.Sending;
using DailyDigest.Subscribers;
using DailyDigest.Testing.Services;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Microsoft.Playwright;
using MimeKit;

namespace DailyDigest.EndToEnd.Tests.Fixtures;

/// <summary>
/// The real program on a port of its own with its embedded file, a real feed, a real mail server and a browser, shared by the tests of a
/// class.
/// The clock is the tests', only goes on, and each of its beats is a call. The home zone is Europe/Paris, the hour seven.
/// </summary>
public sealed partial class ReadersFixture : IAsyncLifetime
{
    private static readonly string[] Words =
        ["ferry", "bridge", "choir", "bakery", "storm", "keeper", "lens", "tower", "tide", "mussel", "regatta", "clock", "pilot", "market",
            "logbook", "sail", "net", "crane"];

    private readonly FakeTimeProvider time = new(new DateTimeOffset(2026, 3, 10, 20, 0, 0, TimeSpan.Zero));
    private SmtpRecorder? smtp;
    private Browser? browser;
    private TestFeed? feed;
    private PublicationFixture? publication;
    private WebApplication? app;
    private int mornings;

    /// <summary>The address of the pages.</summary>
    public string Address { get; private set; } = "";

    /// <summary>The program's own parts.</summary>
    public T Get<T>() where T : notnull => app!.Services.GetRequiredService<T>();

    /// <summary>The clock.</summary>
    public FakeTimeProvider Time => time;

    /// <summary>Today in the home zone.</summary>
    public DateOnly Today => Zones.LocalDate("Europe/Paris", time.GetUtcNow());

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        if (SmtpRecorder.WhyNot is not null || TestServices.Which("chromium") is null)
        {
            return;
        }

        smtp = await SmtpRecorder.StartAsync(new SmtpOptions(), Cancellation);
        browser = await Browser.StartAsync();
        feed = await TestFeed.StartAsync(Cancellation);
        publication = new PublicationFixture(smtp.Port);
        publication.Settings["Feeds__AllowPrivateAddresses"] = "true";
        publication.Settings["Feeds__Sources__0__Url"] = feed.Url;
        publication.Settings["Feeds__Sources__0__Name"] = "Courier";
        app = await publication.StartAsync(Cancellation, time);
        Address = PublicationFixture.AddressOf(app);
    }

    public async ValueTask DisposeAsync()
    {
        if (app is not null)
        {
            await app.DisposeAsync();
        }

        if (feed is not null)
        {
            await feed.DisposeAsync();
        }

        if (browser is not null)
        {
            await browser.DisposeAsync();
        }

        if (smtp is not null)
        {
            await smtp.DisposeAsync();
        }

        publication?.Dispose();
    }

    /// <summary>Ends the test as skipped, or failed where services are required, if something it needs is not installed.</summary>
    public static void Require()
    {
        TestServices.Require("smtp-server");
        TestServices.RequireProgram("chromium");
    }

    /// <summary>Opens the front page as this reader sees it.</summary>
    internal async Task<IPage> OpenAsync(BrowserSettings settings, string path = "/")
    {
        var page = await browser!.PageAsync(settings);
        await page.GotoAsync(Address + path);
        return page;
    }

    /// <summary>Fills in the form on the page and sends it.</summary>
    public async Task SignUpAsync(IPage page, string address)
    {
        await page.FillAsync("#email", address);
        await page.FillAsync("#answer", Sum(await page.InnerTextAsync(".sum")));
        time.Advance(TimeSpan.FromSeconds(20));
        await PressAsync(page);
    }

    /// <summary>Signs up, sends the mail, follows its link and presses the button there.</summary>
    public async Task SubscribeAsync(IPage page, string address)
    {
        await SignUpAsync(page, address);
        await BeatAsync();
        await page.GotoAsync(Address + LinkIn(LastTo(address), "/confirm/"));
        await PressAsync(page);
    }

    /// <summary>Presses the page's button.</summary>
    public static Task PressAsync(IPage page) => page.ClickAsync("main form button[type=submit]");

    /// <summary>Goes to the next day at the hour of the home zone, with fresh stories in the feed, and lets the program work.</summary>
    public async Task MorningAsync()
    {
        await EveningAsync();
        time.SetUtcNow(At(Today.AddDays(1), 7, 0));
        await BeatAsync();
    }

    /// <summary>Fresh stories are in the feed from now on.</summary>
    public async Task EveningAsync()
    {
        var turn = ++mornings;
        feed!.Stories =
        [
            .. feed.Stories,
            .. Enumerable.Range(0, 5).Select(number => new FeedStory(
                string.Join(' ', Enumerable.Range(0, 4).Select(
                    word => Words[((turn * 7) + (number * 5) + (word * turn)) % Words.Length] + $"{turn}{(char)('a' + number)}{word}")),
                $"https://news.example.com/day{turn}-{number}", time.GetUtcNow(), number)),
        ];
        await BeatAsync();
    }

    /// <summary>The instant of a local hour in the home zone.</summary>
    public static DateTimeOffset At(DateOnly date, int hour, int minute, string zone = "Europe/Paris")
    {
        var local = date.ToDateTime(new TimeOnly(hour, minute));
        return new DateTimeOffset(local, TimeZoneInfo.FindSystemTimeZoneById(zone).GetUtcOffset(local)).ToUniversalTime();
    }

    /// <summary>One round of the workers: poll, tick, send notices, deliver the messages in the queue.</summary>
    public async Task BeatAsync()
    {
        await Get<Content.PollFeeds>().ExecuteAsync(evenSlow: false, Cancellation);
        await Get<Tick>().ExecuteAsync(Cancellation);
        await Get<SendNotices>().ExecuteAsync(Cancellation);
        while (await Get<DeliverHints>().ExecuteAsync(Cancellation) > 0)
        {
        }

        // The program knows by the server's reply that a mail is sent; the tests read the server's record.
        await smtp!.SyncAsync(Cancellation);
    }

    /// <summary>The mails to this address, in order.</summary>
    public IReadOnlyList<MimeMessage> To(string address) =>
        [.. smtp!.Messages.Where(mail => mail.To.Contains(address, StringComparer.OrdinalIgnoreCase)).Select(
            mail => MimeMessage.Load(new MemoryStream(mail.Raw)))];

    /// <summary>The digests among them.</summary>
    public IReadOnlyList<MimeMessage> DigestsTo(string address) =>
        [.. To(address).Where(mail => mail.Headers["List-Unsubscribe"] is not null)];

    /// <summary>The newest.</summary>
    public MimeMessage LastTo(string address) => To(address)[^1];

    /// <summary>The path of the first of our links that begins so, from the mail's text.</summary>
    public static string LinkIn(MimeMessage mail, string path) => PathOf((mail.TextBody ?? "").Split('\n', ' ')
        .Select(word => word.Trim()).First(word => word.StartsWith(PublicationFixture.BaseUrl + path, StringComparison.Ordinal)));

    /// <summary>The path of the list header's link.</summary>
    public static string ListLink(MimeMessage mail) => PathOf(HeaderLink().Match(mail.Headers["List-Unsubscribe"]!).Value);

    /// <summary>A link of ours without its host.</summary>
    public static string PathOf(string url) => url[PublicationFixture.BaseUrl.Length..];

    /// <summary>The answer to the sum as it stands on the page.</summary>
    public static string Sum(string question)
    {
        var numbers = Digits().Matches(question).Select(match => int.Parse(match.Value, CultureInfo.InvariantCulture)).ToList();
        Assert.Equal(2, numbers.Count);
        return numbers.Sum().ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>Every row of the embedded file, as text.</summary>
    public async Task<IReadOnlyList<string>> RowsAsync() => await StoreDump.ReadAsync(publication!.DatabasePath, Cancellation);

    /// <summary>Pictures of every page that is open, where failing tests leave them.</summary>
    internal Task PicturesOfFailureAsync(string test) => browser?.PicturesAsync(Path.Combine(AppContext.BaseDirectory, "failed"), test)
        ?? Task.CompletedTask;

    /// <summary>Closes the pages of a test.</summary>
    internal Task ClosePagesAsync() => browser?.ClosePagesAsync() ?? Task.CompletedTask;

    [GeneratedRegex("[0-9]+")]
    private static partial Regex Digits();

    [GeneratedRegex("https://[^>]+")]
    private static partial Regex HeaderLink();
}

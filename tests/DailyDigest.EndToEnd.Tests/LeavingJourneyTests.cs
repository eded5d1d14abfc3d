using System.Net;
using DailyDigest.EndToEnd.Tests.Fixtures;

namespace DailyDigest.EndToEnd.Tests;

/// <summary>A subscriber's changes in a browser, and their effect the next morning.</summary>
public sealed class LeavingJourneyTests(ReadersFixture readers) : BrowserTests(readers), IClassFixture<ReadersFixture>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("en-GB", true)]
    [InlineData("ar-EG", false)]
    public async Task Another_hour_and_zone_count_from_the_next_digest_on(string locale, bool script)
    {
        var address = $"traveller-{locale}@example.org".ToLowerInvariant();
        var page = await Readers.OpenAsync(new BrowserSettings("traveller", locale, script));
        await Readers.SubscribeAsync(page, address);
        await Readers.MorningAsync();
        var first = Assert.Single(Readers.DigestsTo(address));

        await page.GotoAsync(Readers.Address + ReadersFixture.LinkIn(first, "/preferences/"));
        await page.SelectOptionAsync("#hour", "18");
        await page.SelectOptionAsync("#zone", "Asia/Tokyo");
        await page.ClickAsync("main form.card button[type=submit]");
        Assert.Equal("18", await page.InputValueAsync("#hour"));
        Assert.Equal("Asia/Tokyo", await page.InputValueAsync("#zone"));
        Assert.Equal(1, await page.Locator("[role=status]").CountAsync());

        // Seven in Paris has passed; a minute to six in the evening in Tokyo; six.
        await Readers.MorningAsync();
        Assert.Single(Readers.DigestsTo(address));
        Readers.Time.SetUtcNow(ReadersFixture.At(Readers.Today, 17, 59, "Asia/Tokyo"));
        await Readers.BeatAsync();
        Assert.Single(Readers.DigestsTo(address));
        Readers.Time.Advance(TimeSpan.FromMinutes(1));
        await Readers.BeatAsync();
        Assert.Equal(2, Readers.DigestsTo(address).Count);
    }

    [Theory]
    [InlineData("en-GB", true)]
    [InlineData("ar-EG", false)]
    public async Task A_reader_who_leaves_by_the_mails_link_gets_no_more_unless_the_leave_is_undone(string locale, bool script)
    {
        var address = $"leaver-{locale}@example.org".ToLowerInvariant();
        var page = await Readers.OpenAsync(new BrowserSettings("leaver", locale, script));
        await Readers.SubscribeAsync(page, address);
        await Readers.MorningAsync();
        var link = ReadersFixture.LinkIn(Assert.Single(Readers.DigestsTo(address)), "/unsubscribe/");

        // To settings is not to leave.
        await page.GotoAsync(Readers.Address + link);
        await Readers.MorningAsync();
        Assert.Equal(2, Readers.DigestsTo(address).Count);

        await ReadersFixture.PressAsync(page);
        await Readers.MorningAsync();
        Assert.Equal(2, Readers.DigestsTo(address).Count);

        // Too late to take it back: a day has passed since. Signing up again works.
        await page.GotoAsync(Readers.Address + "/");
        await Readers.SubscribeAsync(page, address);
        await Readers.MorningAsync();
        Assert.Equal(3, Readers.DigestsTo(address).Count);

        // A slip, taken back at once.
        await page.GotoAsync(Readers.Address + link);
        await ReadersFixture.PressAsync(page);
        await page.ClickAsync("main form[action*='/undo'] button[type=submit]");
        await Readers.MorningAsync();
        Assert.Equal(4, Readers.DigestsTo(address).Count);
    }

    [Fact]
    public async Task The_list_headers_post_is_answered_at_once_and_ends_it()
    {
        const string Address = "header@example.org";
        var page = await Readers.OpenAsync(BrowserSettings.Desk);
        await Readers.SubscribeAsync(page, Address);
        await Readers.MorningAsync();
        var digest = Assert.Single(Readers.DigestsTo(Address));
        Assert.Equal("List-Unsubscribe=One-Click", digest.Headers["List-Unsubscribe-Post"]);
        using var program = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false });
        for (var twice = 0; twice < 2; twice++)
        {
            using var form = new FormUrlEncodedContent([KeyValuePair.Create("List-Unsubscribe", "One-Click")]);
            using var answer = await program.PostAsync(new Uri(Readers.Address + ReadersFixture.ListLink(digest)), form, Cancellation);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            Assert.Empty(await answer.Content.ReadAsByteArrayAsync(Cancellation));
            Assert.False(answer.Headers.Contains("Set-Cookie"));
        }

        await Readers.MorningAsync();
        Assert.Single(Readers.DigestsTo(Address));
        await page.GotoAsync(Readers.Address + ReadersFixture.LinkIn(digest, "/preferences/"));
        Assert.Contains("not subscribed", await page.InnerTextAsync("h1"), StringComparison.Ordinal);
    }
}

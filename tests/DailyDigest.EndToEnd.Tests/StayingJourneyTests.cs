using System.Text.Json;
using DailyDigest.EndToEnd.Tests.Fixtures;

namespace DailyDigest.EndToEnd.Tests;

/// <summary>A subscriber's requests in a browser besides hour and zone: a pause, another address, their data, to be forgotten.</summary>
public sealed class StayingJourneyTests(ReadersFixture readers) : BrowserTests(readers), IClassFixture<ReadersFixture>
{
    [Theory]
    [InlineData("en-GB", true)]
    [InlineData("ar-EG", false)]
    public async Task A_pause_keeps_the_digest_away_until_its_date_and_can_be_ended(string locale, bool script)
    {
        var address = $"pause-{locale}@example.org".ToLowerInvariant();
        var page = await Readers.OpenAsync(new BrowserSettings("pause", locale, script));
        await Readers.SubscribeAsync(page, address);
        await Readers.MorningAsync();
        var preferences = ReadersFixture.LinkIn(Assert.Single(Readers.DigestsTo(address)), "/preferences/");

        // Away tomorrow, back the day after.
        await page.GotoAsync(Readers.Address + preferences);
        await page.FillAsync("#until", Iso(Readers.Today.AddDays(2)));
        await page.ClickAsync("form[action*='/pause'] button");
        await Readers.MorningAsync();
        Assert.Single(Readers.DigestsTo(address));
        await Readers.MorningAsync();
        Assert.Equal(2, Readers.DigestsTo(address).Count);

        // Away for a month, and back at once.
        await page.GotoAsync(Readers.Address + preferences);
        await page.FillAsync("#until", Iso(Readers.Today.AddDays(30)));
        await page.ClickAsync("form[action*='/pause'] button");
        await Readers.MorningAsync();
        Assert.Equal(2, Readers.DigestsTo(address).Count);
        await page.ClickAsync("form[action*='/resume'] button");
        await Readers.MorningAsync();
        Assert.Equal(3, Readers.DigestsTo(address).Count);
    }

    [Fact]
    public async Task A_new_address_gets_the_digest_after_its_confirmation_and_the_old_one_is_notified()
    {
        const string Old = "old@example.org";
        const string New = "new@example.net";
        var page = await Readers.OpenAsync(BrowserSettings.Desk);
        await Readers.SubscribeAsync(page, Old);
        await Readers.MorningAsync();
        var digest = Assert.Single(Readers.DigestsTo(Old));
        await page.GotoAsync(Readers.Address + ReadersFixture.LinkIn(digest, "/preferences/"));
        await page.ClickAsync("button[value=move]");
        await Readers.BeatAsync();
        await page.GotoAsync(Readers.Address + ReadersFixture.LinkIn(Readers.To(Old)[^1], "/move/"));
        await page.FillAsync("#address", New);
        await ReadersFixture.PressAsync(page);
        await Readers.BeatAsync();
        var link = ReadersFixture.LinkIn(Assert.Single(Readers.To(New)), "/address/");

        // Until then everything stays, also when a scanner has opened the link.
        await page.GotoAsync(Readers.Address + link);
        await Readers.MorningAsync();
        Assert.Equal((2, 0), (Readers.DigestsTo(Old).Count, Readers.DigestsTo(New).Count));

        var before = Readers.To(Old).Count;
        await ReadersFixture.PressAsync(page);
        await Readers.BeatAsync();
        Assert.Equal(before + 1, Readers.To(Old).Count);
        await Readers.MorningAsync();
        Assert.Equal((2, 1), (Readers.DigestsTo(Old).Count, Readers.DigestsTo(New).Count));

        // Same subscriber: a link of the first mail still ends it.
        await page.GotoAsync(Readers.Address + ReadersFixture.LinkIn(digest, "/unsubscribe/"));
        await ReadersFixture.PressAsync(page);
        await Readers.MorningAsync();
        Assert.Equal((2, 1), (Readers.DigestsTo(Old).Count, Readers.DigestsTo(New).Count));
    }

    [Fact]
    public async Task My_data_is_a_file_and_an_erased_reader_is_nowhere_and_gets_nothing()
    {
        const string Address = "forget.me@example.org";
        var page = await Readers.OpenAsync(BrowserSettings.Desk);
        await Readers.SubscribeAsync(page, Address);
        await Readers.MorningAsync();
        var preferences = ReadersFixture.LinkIn(Assert.Single(Readers.DigestsTo(Address)), "/preferences/");
        await page.GotoAsync(Readers.Address + preferences);
        await page.ClickAsync("button[value=data]");
        await Readers.BeatAsync();
        await page.GotoAsync(Readers.Address + ReadersFixture.LinkIn(Readers.To(Address)[^1], "/data/"));
        var download = await page.RunAndWaitForDownloadAsync(() => page.ClickAsync("a[href*='/file']"));
        Assert.Equal("my-data.json", download.SuggestedFilename);
        await using (var file = await download.CreateReadStreamAsync())
        {
            using var data = await JsonDocument.ParseAsync(file, cancellationToken: TestContext.Current.CancellationToken);
            Assert.Contains(Address, data.RootElement.GetRawText(), StringComparison.Ordinal);
        }

        Assert.Contains(await Readers.RowsAsync(), IsTheirs);
        await page.GotoAsync(Readers.Address + preferences);
        await page.ClickAsync("button[value=erase]");
        await Readers.BeatAsync();
        await page.GotoAsync(Readers.Address + ReadersFixture.LinkIn(Readers.To(Address)[^1], "/erase/"));
        Assert.Contains(await Readers.RowsAsync(), IsTheirs);
        await ReadersFixture.PressAsync(page);
        Assert.DoesNotContain(await Readers.RowsAsync(), IsTheirs);
        await Readers.MorningAsync();
        Assert.Single(Readers.DigestsTo(Address));

        // The person's own confirmation, and nothing less, brings them back.
        await page.GotoAsync(Readers.Address + "/");
        await Readers.SubscribeAsync(page, Address);
        await Readers.MorningAsync();
        Assert.Equal(2, Readers.DigestsTo(Address).Count);

        // As text, and as the bytes of a value that is not text.
        static bool IsTheirs(string row) =>
            row.Contains("forget.me", StringComparison.OrdinalIgnoreCase)
                || row.Contains(Convert.ToHexStringLower("forget.me"u8), StringComparison.Ordinal);
    }

    private static string Iso(DateOnly date) => date.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture);
}

using DailyDigest.EndToEnd.Tests.Fixtures;

namespace DailyDigest.EndToEnd.Tests;

/// <summary>From the front page to the first digest, in a browser.</summary>
public sealed class SignUpJourneyTests(ReadersFixture readers) : BrowserTests(readers), IClassFixture<ReadersFixture>
{
    [Theory]
    [InlineData("en-GB", true, "Check your inbox", "Welcome")]
    [InlineData("en-GB", false, "Check your inbox", "Welcome")]
    [InlineData("ar-EG", true, "تفقّد بريدك الوارد", "أهلًا بك")]
    [InlineData("ar-EG", false, "تفقّد بريدك الوارد", "أهلًا بك")]
    public async Task A_reader_signs_up_confirms_by_the_button_and_gets_the_digest_in_their_language(
        string locale, bool script, string inbox, string welcome)
    {
        var (language, address) = (locale[..2], $"reader-{locale}-{script}@example.org".ToLowerInvariant());
        var page = await Readers.OpenAsync(new BrowserSettings("reader", locale, script));
        Assert.Equal(language, await page.GetAttributeAsync("html", "lang"));
        await Readers.SignUpAsync(page, address);
        Assert.Equal("/signup", new Uri(page.Url).AbsolutePath);
        Assert.Contains(inbox, await page.InnerTextAsync("h1"), StringComparison.Ordinal);
        Assert.Empty(Readers.To(address));

        await Readers.BeatAsync();
        var confirmation = Assert.Single(Readers.To(address));
        await page.GotoAsync(Readers.Address + ReadersFixture.LinkIn(confirmation, "/confirm/"));

        // Looking at the page is not consent.
        await Readers.MorningAsync();
        Assert.Single(Readers.To(address));
        await ReadersFixture.PressAsync(page);
        Assert.Contains(welcome, await page.InnerTextAsync("h1"), StringComparison.Ordinal);
        Assert.Equal(language == "ar" ? "rtl" : "ltr", await page.GetAttributeAsync("html", "dir"));

        // The welcome page links to that morning's digest.
        await page.ClickAsync("main a[href*='/digests/']");
        Assert.Equal(language, await page.GetAttributeAsync("html", "lang"));
        Assert.Contains("day", await page.ContentAsync(), StringComparison.Ordinal);

        await Readers.MorningAsync();
        var digest = Assert.Single(Readers.DigestsTo(address));
        Assert.Contains($"lang=\"{language}\"", digest.HtmlBody, StringComparison.Ordinal);
        await Readers.BeatAsync();
        Assert.Single(Readers.DigestsTo(address));
    }

    [Fact]
    public async Task A_wrong_answer_is_shown_beside_its_field_and_the_next_sum_can_be_solved()
    {
        var page = await Readers.OpenAsync(BrowserSettings.Desk);
        await page.FillAsync("#email", "slip@example.org");
        await page.FillAsync("#answer", "42");
        Readers.Time.Advance(TimeSpan.FromSeconds(20));
        await ReadersFixture.PressAsync(page);
        Assert.Equal("true", await page.GetAttributeAsync("#answer", "aria-invalid"));
        Assert.Contains("fault", await page.GetAttributeAsync("#answer", "aria-describedby"), StringComparison.Ordinal);
        Assert.Contains("not the sum", await page.InnerTextAsync("#answer-fault"), StringComparison.Ordinal);
        Assert.Equal("slip@example.org", await page.InputValueAsync("#email"));
        Assert.Equal("", await page.InputValueAsync("#answer"));
        await Readers.BeatAsync();
        Assert.Empty(Readers.To("slip@example.org"));

        await Readers.SignUpAsync(page, "slip@example.org");
        Assert.Equal("/signup", new Uri(page.Url).AbsolutePath);
        await Readers.BeatAsync();
        Assert.Single(Readers.To("slip@example.org"));
    }

    [Fact]
    public async Task A_sum_left_lying_for_an_hour_is_asked_anew()
    {
        var page = await Readers.OpenAsync(BrowserSettings.Desk);
        Readers.Time.Advance(TimeSpan.FromHours(1));
        await Readers.SignUpAsync(page, "late@example.org");
        Assert.Contains("too old", await page.InnerTextAsync("#answer-fault"), StringComparison.Ordinal);
        await Readers.BeatAsync();
        Assert.Empty(Readers.To("late@example.org"));

        await Readers.SignUpAsync(page, "late@example.org");
        Assert.Equal("/signup", new Uri(page.Url).AbsolutePath);
        await Readers.BeatAsync();
        Assert.Single(Readers.To("late@example.org"));
    }

    [Fact]
    public async Task An_invalid_address_is_shown_beside_its_field()
    {
        var page = await Readers.OpenAsync(new BrowserSettings("plain", Script: false));
        await Readers.SignUpAsync(page, "nobody at example.org");
        Assert.Equal("true", await page.GetAttributeAsync("#email", "aria-invalid"));
        Assert.Equal("email-fault", await page.GetAttributeAsync("#email", "aria-describedby"));
    }

    [Fact]
    public async Task A_link_that_waited_three_days_confirms_nobody()
    {
        var page = await Readers.OpenAsync(BrowserSettings.Desk);
        await Readers.SignUpAsync(page, "slow@example.org");
        await Readers.BeatAsync();
        var link = ReadersFixture.LinkIn(Readers.LastTo("slow@example.org"), "/confirm/");
        await page.GotoAsync(Readers.Address + link);
        Readers.Time.Advance(TimeSpan.FromDays(3));
        await ReadersFixture.PressAsync(page);
        Assert.Contains("does not work any more", await page.InnerTextAsync("h1"), StringComparison.Ordinal);
        await Readers.MorningAsync();
        Assert.Empty(Readers.DigestsTo("slow@example.org"));
    }

    [Fact]
    public async Task The_keyboard_alone_suffices_from_the_front_page_to_the_preferences()
    {
        const string Address = "keys@example.org";
        var page = await Readers.OpenAsync(BrowserSettings.Desk);
        await Keyboard.TabToAsync(page, "a.skip");
        await page.Keyboard.PressAsync("Enter");
        await Keyboard.TabToAsync(page, "#email");
        await page.Keyboard.TypeAsync(Address);
        await Keyboard.TabToAsync(page, "#answer");
        await page.Keyboard.TypeAsync(ReadersFixture.Sum(await page.InnerTextAsync(".sum")));
        Readers.Time.Advance(TimeSpan.FromSeconds(20));

        // The hidden field for bots is not in the tab order.
        await Keyboard.TabToAsync(page, "main form button", max: 1);
        await Keyboard.PressAsync(page, "Space");
        Assert.Equal("/signup", new Uri(page.Url).AbsolutePath);

        await Readers.BeatAsync();
        await page.GotoAsync(Readers.Address + ReadersFixture.LinkIn(Readers.LastTo(Address), "/confirm/"));
        await Keyboard.TabToAsync(page, "main form button");
        await Keyboard.PressAsync(page, "Enter");
        await Keyboard.TabToAsync(page, "main a[href*='/preferences/']");
        await Keyboard.PressAsync(page, "Enter");

        await Keyboard.TabToAsync(page, "#hour");
        await page.Keyboard.PressAsync("ArrowDown");
        await Keyboard.TabToAsync(page, "#zone");
        await page.Keyboard.TypeAsync("Tok");
        await Keyboard.TabToAsync(page, "main form.card button");
        await Keyboard.PressAsync(page, "Enter");
        Assert.Equal("8", await page.InputValueAsync("#hour"));
        Assert.Equal("Asia/Tokyo", await page.InputValueAsync("#zone"));
        Assert.Contains("Saved", await page.InnerTextAsync("[role=status]"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_reader_who_never_confirms_gets_one_mail_and_no_digest()
    {
        var page = await Readers.OpenAsync(BrowserSettings.Desk);
        await Readers.SignUpAsync(page, "silent@example.org");
        await page.GotoAsync(Readers.Address + "/");
        await Readers.SignUpAsync(page, "silent@example.org");
        await Readers.BeatAsync();
        await Readers.MorningAsync();
        Assert.Single(Readers.To("silent@example.org"));
    }
}

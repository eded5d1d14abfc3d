using DailyDigest.Subscribers;
using DailyDigest.Tests.Browser;
using Microsoft.Playwright;

namespace DailyDigest.Web.Tests;

/// <summary>
/// The pages behind a signed link in a browser: not wider than the smallest phone, without faults of axe, usable by keyboard, with
/// screenshots.
/// </summary>
public sealed class PersonalPicturesTests
{
    [Theory]
    [InlineData("phone", 320, ColorScheme.Light, "en")]
    [InlineData("desk", 1280, ColorScheme.Light, "en")]
    [InlineData("phone-dark", 320, ColorScheme.Dark, "en")]
    [InlineData("arabic-phone", 320, ColorScheme.Light, "ar")]
    [InlineData("arabic-dark", 1280, ColorScheme.Dark, "ar")]
    public async Task All_personal_pages_fit_the_screen(string look, int width, ColorScheme scheme, string language)
    {
        await using var site = await StartAsync();
        await site.DigestAsync(new DateOnly(2026, 3, 2));
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await ChromiumBrowser.LaunchAsync(playwright);
        var context = await browser.NewContextAsync(new BrowserNewContextOptions
        {
            ViewportSize = new ViewportSize { Width = width, Height = 720 },
            ColorScheme = scheme,
            JavaScriptEnabled = true,
        });
        await Axe.AddAsync(context);
        var page = await context.NewPageAsync();
        var root = site.Client.BaseAddress!.ToString().TrimEnd('/');
        await site.Get<SignUp>().ExecuteAsync(new SignUpRequest("reader@example.com", "page", language), CancellationToken.None);
        var links = site.Get<ReaderLinks>();
        var id = (await site.FindAsync("reader@example.com")).Id;

        await GoAsync("confirm", links.Confirm(id));
        await PressAsync("welcome", "button");
        await GoAsync("confirm-again", links.Confirm(id));
        await GoAsync("preferences", links.Preferences(id));
        await page.FillAsync("#until", "2026-03-09");
        await PressAsync("paused", "form[action*='/pause'] button");
        await page.EvaluateAsync("document.querySelector('#until').type = 'text'");
        await page.FillAsync("#until", "nonsense");
        await PressAsync("pause-fault", "form[action*='/pause'] button");
        await PressAsync("link-mailed", "form[action*='/link'] button[value=move]");
        var version = (await site.FindAsync("reader@example.com")).Version;
        await GoAsync("data", links.Mailed(LinkPurpose.Data, id, version));
        await GoAsync("move", links.Mailed(LinkPurpose.Move, id, version));
        await page.FillAsync("#address", "nonsense");
        await PressAsync("address-fault", "main form button");
        await page.FillAsync("#address", "new@example.org");
        await PressAsync("address-asked", "main form button");
        await GoAsync("new-address", links.NewAddress(id, site.Get<AddressHash>().Tag(WebFixture.Address("new@example.org"))));
        await PressAsync("moved", "button");
        await GoAsync("new-address-again", links.NewAddress(id, site.Get<AddressHash>().Tag(WebFixture.Address("new@example.org"))));
        await GoAsync("undo", links.UndoMove(id, site.Get<AddressHash>().Tag(WebFixture.Address("reader@example.com"))));
        await PressAsync("moved-back", "main form button");
        version = (await site.FindAsync("reader@example.com")).Version;
        await GoAsync("unsubscribe", links.Unsubscribe(id, version));
        await PressAsync("weekly", "button[value=weekly]");
        await GoAsync("unsubscribe", links.Unsubscribe(id, version));
        await PressAsync("goodbye", "button");
        await page.CheckAsync("#why-other");
        await PressAsync("thanks", "form[action*='/why'] button");
        await GoAsync("left", links.Preferences(id, version));
        await GoAsync("goodbye-again", links.Unsubscribe(id, version));
        await PressAsync("returned", "form[action*='/undo'] button");
        await GoAsync("former-address", links.Unsubscribe(id));
        await PressAsync("ended", "button");
        await GoAsync("erase", links.Mailed(LinkPurpose.Erase, id, version));
        await PressAsync("erased", "button");
        Assert.Null(await site.StatusAsync(id));

        Task GoAsync(string name, string link) => LookAsync(name, page.GotoAsync(root + WebFixture.Path(link)));

        Task PressAsync(string name, string selector) => LookAsync(name, page.ClickAsync(selector));

        async Task LookAsync(string name, Task act)
        {
            await act;
            Assert.Equal(language == "ar" ? "rtl" : "ltr", await page.GetAttributeAsync("html", "dir"));
            Assert.True(await page.EvaluateAsync<int>("document.documentElement.scrollWidth") <= width,
                $"{name} is wider than {width} pixels.");
            Assert.Empty(await Axe.FaultsAsync(page));
            if (Environment.GetEnvironmentVariable("DAILYDIGEST_EYEBALL") is { } folder)
            {
                await page.ScreenshotAsync(
                    new PageScreenshotOptions { Path = Path.Combine(folder, $"page-life-{name}-{look}.png"), FullPage = true });
            }
        }
    }

    [Fact]
    public async Task The_keyboard_reaches_every_choice_in_page_order()
    {
        await using var site = await StartAsync();
        var person = await site.SubscribedAsync();
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await ChromiumBrowser.LaunchAsync(playwright);
        var page = await browser.NewPageAsync();
        await page.GotoAsync(
            site.Client.BaseAddress!.ToString().TrimEnd('/') + WebFixture.Path(site.Get<ReaderLinks>().Preferences(person.Id)));
        await page.FocusAsync("#hour");
        var order = new List<string>();
        for (var step = 0; step < 30 && !order.Contains("erase"); step++)
        {
            var here = await page.EvaluateAsync<string>(
                "(e => e.id || (e.href && 'leave') || e.value || e.type)(document.activeElement)");
            order.Add(here);
            await page.Keyboard.PressAsync("Tab");
        }

        // A date input has one tab stop per part.
        Assert.Equal(
            ["hour", "rhythm", "zone", "language", "section-0", "section-1", "section-2", "story-language-en",
                "story-language-ar", "submit", "until", "submit", "leave", "move", "data", "erase"],
            order.Where((name, at) => at == 0 || order[at - 1] != name));

        await page.FocusAsync("#section-1");
        await page.Keyboard.PressAsync("Space");
        await page.Keyboard.PressAsync("Enter");
        await page.WaitForSelectorAsync(".done");
        await page.FocusAsync("#until");
        await page.FillAsync("#until", "2026-03-09");
        await page.Keyboard.PressAsync("Enter");
        await page.WaitForSelectorAsync("form[action$='/resume']");
        var after = (await site.Get<SubscriberStore>().GetAsync(person.Id, CancellationToken.None))!.Subscriber;
        Assert.Equal((new DateOnly(2026, 3, 9), "City and region"), (after.PausedUntil!.Value, Assert.Single(after.Sections)));
    }

    private static Task<WebFixture> StartAsync() =>
        WebFixture.StartAsync(publication => publication.Sections = ["Harbour", "City and region", "Sport"]);
}

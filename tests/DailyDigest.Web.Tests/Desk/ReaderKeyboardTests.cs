using DailyDigest.Accounts;
using DailyDigest.Subscribers;
using DailyDigest.Testing.Services;
using Microsoft.Playwright;

namespace DailyDigest.Web.Tests.Desk;

/// <summary>The pages of readers with the keyboard alone, and without script.</summary>
public sealed class ReaderKeyboardTests
{
    [Theory]
    [InlineData("en", true)]
    [InlineData("ar", false)]
    public async Task A_reader_is_found_and_paused_with_the_keyboard_alone(string language, bool hasScript)
    {
        TestServices.RequireProgram("chromium");
        await using var site = await WebFixture.StartAsync();
        var person = await site.SubscribedAsync();
        using (await site.SignInAsync(Role.Operator))
        {
        }

        using var playwright = await Playwright.CreateAsync();
        await using var browser = await OtherSiteTests.LaunchAsync(playwright);
        await using var context = await browser.NewContextAsync(new BrowserNewContextOptions { JavaScriptEnabled = hasScript });
        var page = await context.NewPageAsync();
        await site.SignInAsync(page, Role.Operator, language);
        await page.GotoAsync($"{site.Client.BaseAddress}desk/readers?lang={language}");

        await TabToAsync(page, "#reader");
        await page.Keyboard.TypeAsync("reader@example.com");
        await page.Keyboard.PressAsync("Enter");
        await page.WaitForURLAsync("**/desk/readers/" + person.Id + "*");
        await TabToAsync(page, "details:has(#until) > summary");
        await page.Keyboard.PressAsync("Enter");
        await TabToAsync(page, "#until");
        await page.FillAsync("#until", "2026-04-01");
        await TabToAsync(page, "details:has(#until) button");
        await page.Keyboard.PressAsync("Enter");
        await page.WaitForSelectorAsync(".notice.done");

        var after = (await site.Get<SubscriberStore>().GetAsync(person.Id, CancellationToken.None))!.Subscriber;
        Assert.Equal(new DateOnly(2026, 4, 1), after.PausedUntil);
    }

    // Presses Tab until the element has the focus.
    private static async Task TabToAsync(IPage page, string selector)
    {
        for (var presses = 0; presses < 60; presses++)
        {
            await page.Keyboard.PressAsync("Tab");
            if (await page.Locator(selector + ":focus").CountAsync() > 0)
            {
                return;
            }
        }

        Assert.Fail($"The keyboard does not reach {selector}.");
    }
}

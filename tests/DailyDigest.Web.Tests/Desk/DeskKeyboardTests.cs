using DailyDigest.Accounts;
using DailyDigest.Tests.Browser;
using Microsoft.Playwright;

namespace DailyDigest.Web.Tests.Desk;

/// <summary>The Tab key alone reaches every control of every page, in the order of the page, and the focus can be seen.</summary>
public sealed class DeskKeyboardTests
{
    /// <summary>
    /// The controls that a person sees, without those of mails in frames. One of a group of radio buttons has the focus for all.
    /// </summary>
    private const string Controls = """
        [...document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex="0"]')]
          .filter(one => !one.disabled && one.type !== 'hidden' && one.type !== 'radio' && one.tabIndex >= 0 && one.checkVisibility())
        """;

    /// <summary>Notes each control that gets the focus, and how it looks then.</summary>
    private const string Watch = $$"""
        () => {
          window.controls = {{Controls}};
          window.reached = [];
          window.addEventListener('focusin', () => {
            const style = getComputedStyle(document.activeElement);
            const seen = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0 || style.boxShadow !== 'none';
            window.reached.push([window.controls.indexOf(document.activeElement), seen]);
          });
          return window.controls.length;
        }
        """;

    private const string Faults = """
        () => {
          const name = one => one.outerHTML.slice(0, 120);
          const at = window.reached.filter(([index]) => index >= 0);
          const missed = window.controls.filter((_, index) => !at.some(([reached]) => reached === index));
          const unseen = at.filter(([, seen]) => !seen).map(([index]) => window.controls[index]);
          const back = at.slice(1).filter(([index], before) => index < at[before][0] && index !== at[0][0])
            .map(([index]) => window.controls[index]);
          return [
            ...missed.map(one => 'not reached: ' + name(one)), ...unseen.map(one => 'focus not seen: ' + name(one)),
            ...back.map(one => 'out of order: ' + name(one)),
          ];
        }
        """;

    [Theory]
    [InlineData("en", 1280, ColorScheme.Dark)]
    [InlineData("ar", 375, ColorScheme.Light)]
    public async Task The_keyboard_reaches_every_control_of_every_page(string language, int width, ColorScheme scheme)
    {
        await using var site = await WebFixture.StartAsync();
        await site.RunsToSeeAsync();
        await site.PublishAsync("The old bridge opens again", "Ferry fares rise", "A quiet year for the harbour");
        var reader = await site.SubscribedAsync("reader@example.com");
        using (await site.SignInAsync(Role.Owner))
        {
        }

        using var playwright = await Playwright.CreateAsync();
        await using var browser = await ChromiumBrowser.LaunchAsync(playwright);
        await using var context = await browser.NewContextAsync(new BrowserNewContextOptions
        {
            ViewportSize = new ViewportSize { Width = width, Height = 800 },
            ColorScheme = scheme,
        });
        var page = await context.NewPageAsync();
        await site.SignInAsync(page, Role.Owner, language);
        const string Run = "/daily_07_Europe.Paris";
        string[] paths =
        [
            .. DeskPlace.All.Select(place => place.Path), "/desk/readers/" + reader.Id, "/desk/readers/import", "/desk/settings/look",
            "/desk/runs/2026-03-01" + Run, "/desk/runs/2026-03-02" + Run, "/desk/runs/2026-03-01" + Run + "/missing",
            "/desk/accounts/" + site.Get<AccountStore>().IdOf(WebFixture.Address(WebFixture.AddressOf(Role.Owner))),
        ];
        var faults = new List<string>();
        foreach (var path in paths)
        {
            await page.GotoAsync($"{site.Client.BaseAddress}{path[1..]}?lang={language}");
            var controls = await page.EvaluateAsync<int>(Watch);

            // Frames have controls of their own, a wide table is a stop, and so is the browser itself.
            var others = 10 + (40 * await page.Locator("iframe").CountAsync());
            for (var presses = 0; presses < controls + others; presses++)
            {
                await page.Keyboard.PressAsync("Tab");
            }

            faults.AddRange((await page.EvaluateAsync<string[]>(Faults)).Distinct().Select(fault => $"{path}: {fault}"));
        }

        Assert.True(faults.Count == 0, string.Join('\n', faults));
    }
}

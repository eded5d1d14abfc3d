using System.Globalization;
using DailyDigest.Subscribers;
using DailyDigest.Tests.Browser;
using Microsoft.Playwright;

namespace DailyDigest.Web.Tests;

/// <summary>The arrow of a select box is at the end of the line, the text at its start, in both directions.</summary>
public sealed class SelectBoxTests
{
    // Distances in pixels of the arrow's two halves from the left edge, from the computed style, and the room that the text leaves.
    private const string Measure = """
        () => [...document.querySelectorAll('select')].map(box => {
          const style = getComputedStyle(box);
          const width = box.clientWidth;
          const left = position => {
            const [, percent, sign, pixels] = position.match(/^(?:calc\()?(?:([\d.]+)%)?(?: ([+-]) )?(?:([\d.]+)px)?/);
            const share = parseFloat(percent || '0') / 100;
            const size = parseFloat(style.backgroundSize);
            return (width - size) * share + (sign === '-' ? -1 : 1) * parseFloat(pixels || '0');
          };
          return [
            box.id, style.direction, style.textAlign, style.appearance, style.backgroundImage.split('deg').length - 1,
            width, parseFloat(style.paddingLeft), parseFloat(style.paddingRight), parseFloat(style.backgroundSize),
            ...style.backgroundPosition.split(', ').map(left)].join(' ');
        })
        """;

    [Theory]
    [InlineData("en", 1280)]
    [InlineData("en", 320)]
    [InlineData("ar", 1280)]
    [InlineData("ar", 320)]
    public async Task The_arrow_is_at_the_end_of_the_line_and_the_text_keeps_clear_of_it(string language, int width)
    {
        await using var site = await WebFixture.StartAsync();
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await ChromiumBrowser.LaunchAsync(playwright);
        var page = await browser.NewPageAsync(new() { ViewportSize = new ViewportSize { Width = width, Height = 800 }, BypassCSP = true });
        await OpenAsync(site, page, language);
        Assert.Empty(await FaultsAsync(page, language));

        // The same page with the arrow of the other direction fails.
        await page.AddStyleTagAsync(new()
        {
            Content = language == "ar" ? "[dir] select { background-position: right 1.2rem center, right .85rem center }"
                : "[dir] select { background-position: left .85rem center, left 1.2rem center }",
        });
        Assert.Equal(4, (await FaultsAsync(page, language)).Count);
        await OpenAsync(site, page, language);
        await page.AddStyleTagAsync(new() { Content = "[dir] select { padding-left: .8rem; padding-right: .8rem }" });
        Assert.Equal(4, (await FaultsAsync(page, language)).Count);
    }

    [Fact]
    public async Task With_colours_of_the_system_the_box_has_the_arrow_of_the_browser_only()
    {
        await using var site = await WebFixture.StartAsync();
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await ChromiumBrowser.LaunchAsync(playwright);
        var page = await browser.NewPageAsync(new() { ForcedColors = ForcedColors.Active });
        await OpenAsync(site, page, "ar");
        Assert.All(await page.EvaluateAsync<string[]>(Measure), box => Assert.Equal(["auto", "0"], box.Split(' ')[3..5]));
    }

    private static async Task OpenAsync(WebFixture site, IPage page, string language)
    {
        var person = await site.SubscribedAsync();
        var path = WebFixture.Path(site.Get<ReaderLinks>().Preferences(person.Id));
        await page.GotoAsync($"{site.Client.BaseAddress!.ToString().TrimEnd('/')}{path}?lang={language}");
    }

    private static async Task<List<string>> FaultsAsync(IPage page, string language)
    {
        var faults = new List<string>();
        var boxes = await page.EvaluateAsync<string[]>(Measure);
        Assert.Equal(4, boxes.Length);
        foreach (var box in boxes)
        {
            var parts = box.Split(' ');
            var numbers = parts[5..].Select(part => double.Parse(part, CultureInfo.InvariantCulture)).ToList();
            var (width, start, end, size, first, second) = (numbers[0], numbers[1], numbers[2], numbers[3], numbers[4], numbers[5]);
            var isRtl = language == "ar";
            if (isRtl)
            {
                (start, end) = (end, start);
            }

            // The two halves touch, and the arrow is within the room that the text leaves at its end.
            var (near, far) = isRtl ? (first, second + size) : (width - second - size, width - first);
            if (parts[1] != (isRtl ? "rtl" : "ltr") || parts[2] is not ("start" or "auto") || parts[3] != "none" || parts[4] != "2"
                || Math.Abs(second - first - size) > 1 || near < 8 || far > end - 8 || start > end / 2)
            {
                faults.Add(box);
            }
        }

        return faults;
    }
}

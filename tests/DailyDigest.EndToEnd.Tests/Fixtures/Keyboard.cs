using Microsoft.Playwright;

namespace DailyDigest.EndToEnd.Tests.Fixtures;

/// <summary>Uses a page with the keyboard only.</summary>
internal static class Keyboard
{
    /// <summary>Presses Tab until the element has the focus. Asserts that the focus is visible at each step.</summary>
    public static async Task TabToAsync(IPage page, string selector, int max = 25)
    {
        for (var times = 0; times < max; times++)
        {
            await page.Keyboard.PressAsync("Tab");
            Assert.True(
                await page.EvaluateAsync<bool>("() => { const style = getComputedStyle(document.activeElement); return "
                    + "document.activeElement === document.body || (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= "
                        + "2); }"),
                "The focus does not show on " + await page.EvaluateAsync<string>("() => document.activeElement.outerHTML.slice(0, 200)"));
            if (await page.EvaluateAsync<bool>("selector => document.activeElement.matches(selector)", selector))
            {
                return;
            }
        }

        Assert.Fail($"{max} presses of Tab did not reach {selector}.");
    }

    /// <summary>Presses a key that opens another page, and waits for the page.</summary>
    public static async Task PressAsync(IPage page, string key)
    {
        var loaded = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        void OnLoaded(object? sender, IPage loadedPage) => loaded.TrySetResult();
        page.DOMContentLoaded += OnLoaded;
        await page.Keyboard.PressAsync(key);
        await loaded.Task.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
        page.DOMContentLoaded -= OnLoaded;
    }
}

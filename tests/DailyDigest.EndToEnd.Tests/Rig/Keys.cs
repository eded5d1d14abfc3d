using Microsoft.Playwright;

namespace DailyDigest.EndToEnd.Tests.Rig;

/// <summary>A reader without a mouse.</summary>
internal static class Keys
{
    /// <summary>Presses Tab until this has the focus, and sees that the focus shows.</summary>
    public static async Task TabToAsync(IPage page, string selector, int most = 25)
    {
        for (var times = 0; times < most; times++)
        {
            await page.Keyboard.PressAsync("Tab");
            Assert.True(
                await page.EvaluateAsync<bool>("() => { const style = getComputedStyle(document.activeElement); return document.activeElement === document.body || (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2); }"),
                "The focus does not show on " + await page.EvaluateAsync<string>("() => document.activeElement.outerHTML.slice(0, 200)"));
            if (await page.EvaluateAsync<bool>("selector => document.activeElement.matches(selector)", selector))
            {
                return;
            }
        }

        Assert.Fail($"{most} times Tab did not lead to {selector}.");
    }

    /// <summary>Presses a key that leads to another page, and waits for that.</summary>
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

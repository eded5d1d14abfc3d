using DailyDigest.Mail.Rendering;
using DailyDigest.Subscribers;
using Microsoft.Playwright;

namespace DailyDigest.Mail.Tests;

/// <summary>How the mail stands in its window. With DAILYDIGEST_EYEBALL, pictures for people are written into the folder that it names.</summary>
public sealed class EyeballTests(MailBrowser browser) : IClassFixture<MailBrowser>
{
    private static readonly string? Folder = Environment.GetEnvironmentVariable("DAILYDIGEST_EYEBALL");

    [Theory]
    [InlineData("mail-light", "en", 700, false)]
    [InlineData("mail-dark", "en", 700, true)]
    [InlineData("mail-phone", "en", 375, false)]
    [InlineData("mail-phone-dark", "en", 375, true)]
    [InlineData("mail-arabic", "ar", 700, false)]
    [InlineData("mail-arabic-phone", "ar", 375, false)]
    public async Task The_digest_fits_its_window(string name, string language, int width, bool dark)
    {
        var variant = (await Sample.Renderer().RenderAsync(Sample.Digest(language), language, [], TestContext.Current.CancellationToken))!;
        await LookAsync(name, variant.Html, width, dark);
    }

    [Theory]
    [InlineData("notice-confirm", NoticeKind.Confirm, "en", false)]
    [InlineData("notice-already-arabic-dark", NoticeKind.AlreadySubscribed, "ar", true)]
    public async Task The_notices_fit_their_window(string name, NoticeKind kind, string language, bool dark)
    {
        var notice = await new RazorNoticeRenderer(Sample.Publication(), Sample.Options())
            .RenderAsync(kind, language, Sample.Preferences, TestContext.Current.CancellationToken);
        await LookAsync(name, notice.Html, 700, dark);
    }

    private async Task LookAsync(string name, string html, int width, bool dark)
    {
        if (Folder is { Length: > 0 })
        {
            await browser.DrawAsync();
        }

        var page = await browser.OpenAsync(html, width, dark, scale: 2);
        Assert.Equal(width, await page.EvaluateAsync<int>("document.documentElement.scrollWidth"));
        if (Folder is { Length: > 0 })
        {
            await File.WriteAllTextAsync(Path.Combine(Folder, name + ".html"), html, TestContext.Current.CancellationToken);
            await page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(Folder, name + ".png"), FullPage = true });
        }
    }
}

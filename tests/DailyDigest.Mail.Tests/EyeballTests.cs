using DailyDigest.Mail.Rendering;
using DailyDigest.Subscribers;
using Microsoft.Playwright;

namespace DailyDigest.Mail.Tests;

/// <summary>Pictures for people: written into the folder that DAILYDIGEST_EYEBALL names.</summary>
public sealed class EyeballTests(MailBrowser browser) : IClassFixture<MailBrowser>
{
    private static readonly string? Folder = Environment.GetEnvironmentVariable("DAILYDIGEST_EYEBALL");

    public static bool Wanted => Folder is { Length: > 0 };

    [Theory(Skip = "set DAILYDIGEST_EYEBALL to a folder to get pictures", SkipUnless = nameof(Wanted))]
    [InlineData("mail-light", "en", 700, false)]
    [InlineData("mail-dark", "en", 700, true)]
    [InlineData("mail-phone", "en", 375, false)]
    [InlineData("mail-phone-dark", "en", 375, true)]
    [InlineData("mail-arabic", "ar", 700, false)]
    [InlineData("mail-arabic-phone", "ar", 375, false)]
    public async Task The_digest(string name, string language, int width, bool dark)
    {
        var variant = (await Sample.Renderer().RenderAsync(Sample.Digest(language), language, [], TestContext.Current.CancellationToken))!;
        await WriteAsync(name, variant.Html, width, dark);
    }

    [Theory(Skip = "set DAILYDIGEST_EYEBALL to a folder to get pictures", SkipUnless = nameof(Wanted))]
    [InlineData("notice-confirm", NoticeKind.Confirm, "en", false)]
    [InlineData("notice-already-arabic-dark", NoticeKind.AlreadySubscribed, "ar", true)]
    public async Task The_notices(string name, NoticeKind kind, string language, bool dark)
    {
        var notice = await new RazorNoticeRenderer(Sample.Publication(), Sample.Options())
            .RenderAsync(kind, language, Sample.Preferences, TestContext.Current.CancellationToken);
        await WriteAsync(name, notice.Html, 700, dark);
    }

    private async Task WriteAsync(string name, string html, int width, bool dark)
    {
        await File.WriteAllTextAsync(Path.Combine(Folder!, name + ".html"), html, TestContext.Current.CancellationToken);
        var page = await browser.OpenAsync(html, width, dark, scale: 2);
        await page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(Folder!, name + ".png"), FullPage = true });
    }
}

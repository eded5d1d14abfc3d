using DailyDigest.Mail.Rendering;
using DailyDigest.Subscribers;
using Microsoft.Playwright;

namespace DailyDigest.Mail.Tests;

/// <summary>
/// The layout of mails in a browser window. DAILYDIGEST_EYEBALL names a folder into which screenshots are written.
/// </summary>
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
        var variant = (
            await SampleMails.Renderer().RenderAsync(SampleMails.Digest(language), language, [], TestContext.Current.CancellationToken))!;
        await LookAsync(name, variant.Html, width, dark);
    }

    /// <summary>
    /// Many mail programs show no pictures at first: the alternative text needs the contrast of other text (WCAG 2.2, 1.4.3).
    /// </summary>
    [Theory]
    [InlineData("mail-no-pictures", false)]
    [InlineData("mail-no-pictures-dark", true)]
    public async Task The_alternative_text_of_a_picture_can_be_read(string name, bool dark)
    {
        var variant = (
            await SampleMails.Renderer().RenderAsync(SampleMails.Digest("en"), "en", [], TestContext.Current.CancellationToken))!;
        var page = await LookAsync(name, variant.Html, 700, dark, blocked: true);
        var contrasts = await page.EvaluateAsync<double[]>("""
            () => {
              const light = color => {
                const [r, g, b] = color.match(/\d+/g).slice(0, 3)
                    .map(c => (c /= 255) <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
                return 0.2126 * r + 0.7152 * g + 0.0722 * b;
              };
              const paper = light(getComputedStyle(document.querySelector('.card')).backgroundColor);
              return [...document.images].map(image => {
                const ink = light(getComputedStyle(image).color);
                return (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05);
              });
            }
            """);
        Assert.InRange(contrasts.Length, 3, 20);
        Assert.All(contrasts, contrast => Assert.InRange(contrast, 4.5, 21));
        Assert.Equal(0, await page.EvaluateAsync<int>(
            "[...document.images].filter(image => getComputedStyle(image.parentElement).textDecorationLine != 'none').length"));
    }

    [Theory]
    [InlineData("notice-confirm", NoticeKind.Confirm, "en", false)]
    [InlineData("notice-already-arabic-dark", NoticeKind.AlreadySubscribed, "ar", true)]
    public async Task The_notices_fit_their_window(string name, NoticeKind kind, string language, bool dark)
    {
        var notice = await new RazorNoticeRenderer(SampleMails.Publication(), SampleMails.Options())
            .RenderAsync(kind, language, SampleMails.Preferences, TestContext.Current.CancellationToken);
        await LookAsync(name, notice.Html, 700, dark);
    }

    [Theory]
    [InlineData("en")]
    [InlineData("ar")]
    public async Task Long_words_do_not_widen_a_mail_on_the_smallest_phone(string language)
    {
        var word = string.Concat(Enumerable.Repeat("Gazette", 8));
        var publication = SampleMails.Publication();
        (publication.Name, publication.Tagline, publication.PostalAddress) = (word, word, word);
        var digest = SampleMails.Digest(language);
        digest = digest with
        {
            Items = [.. digest.Items.Select(item =>
                item with { Story = item.Story with { Title = word, Summary = word, Section = word, Byline = word } })],
        };
        var variant = (await SampleMails.Renderer(publication).RenderAsync(digest, language, [], TestContext.Current.CancellationToken))!;
        var notice = await new RazorNoticeRenderer(publication, SampleMails.Options())
            .RenderAsync(NoticeKind.Confirm, language, SampleMails.Preferences, TestContext.Current.CancellationToken);

        foreach (var html in (string[])[variant.Html, notice.Html])
        {
            var page = await browser.OpenAsync(html, 320);
            Assert.Equal(320, await page.EvaluateAsync<int>("document.documentElement.scrollWidth"));
        }
    }

    [Fact]
    public async Task A_name_in_another_direction_is_isolated_but_not_in_the_subject()
    {
        var publication = SampleMails.Publication();
        publication.Name = "Gazette!";
        var notice = await new RazorNoticeRenderer(publication, SampleMails.Options())
            .RenderAsync(NoticeKind.Confirm, "ar", SampleMails.Preferences, TestContext.Current.CancellationToken);
        var variant = (await SampleMails.Renderer(publication).RenderAsync(
            SampleMails.Digest("ar"), "ar", [], TestContext.Current.CancellationToken))!;

        Assert.Contains("\u2068Gazette!\u2069", notice.Text, StringComparison.Ordinal);
        Assert.Contains("\u2068Gazette!\u2069", variant.Text, StringComparison.Ordinal);
        Assert.Contains("Gazette!", notice.Subject, StringComparison.Ordinal);
        Assert.DoesNotContain("\u2068", notice.Subject, StringComparison.Ordinal);
    }

    private async Task<IPage> LookAsync(string name, string html, int width, bool dark, bool blocked = false)
    {
        if (Folder is { Length: > 0 })
        {
            await browser.DrawAsync();
        }

        var page = await browser.OpenAsync(html, width, dark, scale: 2, blocked);
        Assert.Equal(width, await page.EvaluateAsync<int>("document.documentElement.scrollWidth"));
        if (Folder is { Length: > 0 })
        {
            await File.WriteAllTextAsync(Path.Combine(Folder, name + ".html"), html, TestContext.Current.CancellationToken);
            await page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(Folder, name + ".png"), FullPage = true });
        }

        return page;
    }
}

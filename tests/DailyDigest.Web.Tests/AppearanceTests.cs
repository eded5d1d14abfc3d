using DailyDigest.Testing.Services;
using DailyDigest.Tests.Browser;
using Microsoft.Playwright;

namespace DailyDigest.Web.Tests;

/// <summary>
/// Every page in a browser: light and dark, wide and narrow, left-to-right and right-to-left. Axe finds no fault, and no page is wider than
/// the screen. DAILYDIGEST_EYEBALL=folder saves a screenshot of each. <see cref="PersonalPicturesTests"/> checks the pages behind a signed
/// link; the mail tests check mails.
/// </summary>
public sealed class AppearanceTests : IAsyncLifetime
{
    private const string Press = "main form button[type=submit]";

    private readonly string? folder = Environment.GetEnvironmentVariable("DAILYDIGEST_EYEBALL");
    private WebFixture site = null!;
    private IPlaywright? playwright;
    private IBrowser? browser;

    public async ValueTask InitializeAsync()
    {
        TestServices.RequireProgram("chromium");
        site = await WebFixture.StartAsync();
        await site.DigestAsync(new DateOnly(2026, 1, 15));
        await site.DigestAsync(new DateOnly(2026, 3, 1));
        await site.DigestAsync(new DateOnly(2026, 3, 2));
        playwright = await Playwright.CreateAsync();
        browser = await ChromiumBrowser.LaunchAsync(playwright, "--disable-gpu");
    }

    public async ValueTask DisposeAsync()
    {
        await (browser?.DisposeAsync() ?? ValueTask.CompletedTask);
        playwright?.Dispose();
        await (site?.DisposeAsync() ?? ValueTask.CompletedTask);
    }

    [Theory]
    [MemberData(nameof(Looks.All), MemberType = typeof(Looks))]
    public async Task Every_page_is_accessible(string look, int width, ColorScheme scheme, string language)
    {
        await using var context = await browser!.NewContextAsync(new BrowserNewContextOptions
        {
            ViewportSize = new ViewportSize { Width = width, Height = 800 },
            ColorScheme = scheme,
            ExtraHTTPHeaders = new Dictionary<string, string> { ["X-Api-Key"] = WebFixture.Key },
        });
        await Axe.AddAsync(context);
        var page = await context.NewPageAsync();
        var faults = new List<string>();
        async Task LookAsync(string name)
        {
            if (await page.EvaluateAsync<int>("document.documentElement.scrollWidth") > width)
            {
                faults.Add($"{name} is wider than {width} pixels.");
            }

            faults.AddRange((await Axe.FaultsAsync(page)).Select(fault => $"{name}: {fault}"));
            if (folder is not null)
            {
                await page.ScreenshotAsync(
                    new PageScreenshotOptions { Path = Path.Combine(folder, $"page-{name}-{look}.png"), FullPage = true });
            }
        }

        async Task GoAsync(string name, string path)
        {
            await page.GotoAsync(
                site.Client.BaseAddress + path[1..] + (path.Contains('?', StringComparison.Ordinal) ? "&" : "?") + "lang=" + language);
            await LookAsync(name);
        }

        foreach (var (name, path) in new[]
        {
            ("sign-up", "/"), ("archive", "/digests"), ("archive-2", "/digests?page=2"),
            ("digest", "/digests/2026-03-02"), ("no-digest", "/digests/2026-02-30"),
            ("not-found", "/nothing"), ("dead-link", "/confirm/x"), ("desk", "/desk/digests/2026-03-02"), ("desk-index", "/desk/digests"),
            ("desk-nothing", "/desk/nothing"), ("api", "/api/v1/docs"),
        })
        {
            await GoAsync(name, path);
        }

        // The page with the fault of a form.
        await GoAsync("sign-up-again", "/");
        await page.FillAsync("#email", "nonsense");
        await page.PressAsync("#answer", "Enter");
        await page.WaitForSelectorAsync("#email:focus[aria-describedby=email-fault]");
        await LookAsync("sign-up-fault");
        await page.FillAsync("#email", "reader@example.com");
        await page.FillAsync("#answer", "99");
        site.Time.Advance(TimeSpan.FromSeconds(10));
        await page.ClickAsync(Press);
        Assert.Equal("true", await page.GetAttributeAsync("#answer:focus", "aria-invalid"));
        await LookAsync("sign-up-sum");
        var sum = await page.InnerTextAsync(".sum");
        await page.FillAsync("#answer", $"{sum[0] - '0' + sum[4] - '0'}");
        site.Time.Advance(TimeSpan.FromSeconds(10));
        await page.ClickAsync(Press);
        await LookAsync("inbox");
        await page.ClickAsync("form[action*='/again'] button");
        await page.WaitForSelectorAsync(".done");
        await LookAsync("inbox-again");
        await page.ClickAsync("form[action*='/subscribe'] button");
        Assert.Equal("reader@example.com", await page.InputValueAsync("#email:focus"));
        Assert.Empty(faults);
    }

    [Fact]
    public async Task Axe_finds_faults_in_a_faulty_page()
    {
        await using var context = await browser!.NewContextAsync();
        await Axe.AddAsync(context);
        var page = await context.NewPageAsync();
        await page.GotoAsync(site.Client.BaseAddress + "?lang=en");
        await page.EvaluateAsync("""
            () => {
              document.querySelector('label[for=email]').remove();
              document.querySelector('#email').removeAttribute('placeholder');
              document.querySelector('h1').style.color = '#ddd';
              document.documentElement.removeAttribute('lang');
            }
            """);

        var faults = string.Join('\n', await Axe.FaultsAsync(page));

        Assert.All(["label:", "color-contrast:", "html-has-lang:"], rule => Assert.Contains(rule, faults, StringComparison.Ordinal));
    }
}

using DailyDigest.Accounts;
using DailyDigest.Content;
using DailyDigest.Hooks;
using DailyDigest.Runs;
using DailyDigest.Subscribers;
using DailyDigest.Testing.Services;
using DailyDigest.Tests.Browser;
using Microsoft.Playwright;
using OtpNet;

namespace DailyDigest.Web.Tests.Desk;

/// <summary>
/// The desk in a browser, as an owner sees it: light and dark, wide and narrow, in both directions. Axe finds no fault, and no page is
/// wider than the screen. DAILYDIGEST_EYEBALL=folder saves a screenshot of each page.
/// </summary>
public sealed class DeskAppearanceTests : IAsyncLifetime
{
    private readonly string? folder = Environment.GetEnvironmentVariable("DAILYDIGEST_EYEBALL");
    private WebFixture site = null!;
    private FeedSite source = null!;
    private Subscriber reader = null!;
    private Subscriber resting = null!;
    private IPlaywright? playwright;
    private IBrowser? browser;

    public async ValueTask InitializeAsync()
    {
        TestServices.RequireProgram("chromium");
        site = await WebFixture.StartAsync(
            null, ("Desk:OpenId:Authority", "https://login.example.com"), ("Desk:OpenId:ClientId", "desk"),
            ("Desk:OpenId:Name", "Example Login"), ("Desk:OpenId:Owners", "owners"), ("Feeds:AllowPrivateAddresses", "true"));
        source = await FeedSite.StartAsync();
        await source.FeedsToSeeAsync(site);
        await site.DigestAsync(new DateOnly(2026, 3, 1));
        await site.DigestAsync(new DateOnly(2026, 3, 2));
        await site.FiguresAsync(days: 380);
        await site.RunsToSeeAsync();
        await site.PublishAsync(
            "The old bridge opens again, two years later than planned", "Ferry fares rise for the third time this year",
            "A quiet year for the harbour", "School bells ring an hour later from Monday", "The lighthouse keeper who paints storms");
        reader = await site.SubscribedAsync("lina.haddad@example.com");
        resting = await site.SubscribedAsync("sami@example.com");
        await site.Get<ChangeSubscriber>().ExecuteAsync(
            resting.Id, person => person! with { Rest = Rest.From(new DateOnly(2026, 2, 28), "mailbox-full") }, CancellationToken.None);
        using var list = new MemoryStream("email,reason\ngone@example.com,bounced\n0123456789abcdef0123456789abcdef,spam\n"u8.ToArray());
        await site.Get<ImportSuppressions>().ExecuteAsync(
            list, new SuppressionDefaults(Suppression.Unsubscribed, "Old list"), false, _ => { }, null, CancellationToken.None);
        await site.DeliveredAsync(reader, new DateOnly(2026, 3, 1), DeliveryState.Sent, "250 2.0.0 queued as 4F2A1");
        await site.DeliveredAsync(reader, new DateOnly(2026, 2, 28), DeliveryState.Deferred, "451 4.7.1 Greylisted, try again later");
        playwright = await Playwright.CreateAsync();
        browser = await ChromiumBrowser.LaunchAsync(playwright);
    }

    public async ValueTask DisposeAsync()
    {
        await (browser?.DisposeAsync() ?? ValueTask.CompletedTask);
        playwright?.Dispose();
        await (source?.DisposeAsync() ?? ValueTask.CompletedTask);
        await (site?.DisposeAsync() ?? ValueTask.CompletedTask);
    }

    [Theory]
    [MemberData(nameof(Looks.All), MemberType = typeof(Looks))]
    public async Task Every_page_of_the_desk_is_accessible(string look, int width, ColorScheme scheme, string language)
    {
        await using var context = await browser!.NewContextAsync(new BrowserNewContextOptions
        {
            ViewportSize = new ViewportSize { Width = width, Height = 800 },
            ColorScheme = scheme,
            JavaScriptEnabled = true,
        });
        await Axe.AddAsync(context);
        var page = await context.NewPageAsync();
        var faults = new List<string>();

        await GoAsync("sign-in", "/desk/sign-in");
        await GoAsync("sign-in-ended", "/desk/sign-in?ended=1");
        await GoAsync("invitation", await site.InviteAsync(Role.Owner));
        await page.FillAsync("#name", "Lina Haddad");
        await page.FillAsync("#password", WebFixture.Password);
        await page.PressAsync("#password", "Enter");
        await page.WaitForSelectorAsync(".done");
        await LookAsync("welcome");
        await site.Get<InviteAccount>().ExecuteAsync(
            WebFixture.Address("noor@example.com"), Role.Editor, "نور", Actor.CommandLine, CancellationToken.None);
        await site.Get<ApiKeyStore>().AddAsync("website", "stories, sign-up", Actor.CommandLine, CancellationToken.None);
        var person = "/desk/accounts/" + site.Get<AccountStore>().IdOf(WebFixture.Address(WebFixture.AddressOf(Role.Owner)));
        foreach (var (name, path) in new[]
        {
            ("digests", "/desk/digests"), ("digest", "/desk/digests/2026-03-02"), ("nothing", "/desk/nothing"), ("audit", "/desk/audit"),
            ("audit-none", "/desk/audit?verb=none"), ("figures", "/desk/figures"), ("figures-week", "/desk/figures?days=7"),
            ("feeds", "/desk/feeds"), ("feeds-paused", "/desk/feeds?state=paused"), ("feed-try", "/desk/feeds/try"),
            ("feed", "/desk/feeds/" + Feed.IdOf(source.Url("/harbour"))), ("feed-failing", "/desk/feeds/" + Feed.IdOf(source.Url("/gone"))),
            ("stories", "/desk/stories"), ("stories-none", "/desk/stories?q=nothing&source=api"),
            ("story", "/desk/stories/"
                + StoryId.From("https://gazette.example.com/" + Uri.EscapeDataString("A quiet year for the harbour"))),
            ("figures-year", "/desk/figures?days=365"), ("tomorrow", "/desk/tomorrow"), ("hooks-none", "/desk/hooks"),
            ("people", "/desk/accounts"), ("person", person), ("keys", "/desk/keys"), ("profile", "/desk/profile"),
            ("today", "/desk/today"), ("runs", "/desk/runs"), ("runs-date", "/desk/runs/2026-03-02"),
            ("run", "/desk/runs/2026-03-01/daily_07_Europe.Paris"), ("run-open", "/desk/runs/2026-03-02/daily_07_Europe.Paris"),
            ("run-act", "/desk/runs/2026-03-01/daily_07_Europe.Paris/missing"),
            ("run-no", "/desk/runs/2026-03-01/daily_07_Europe.Paris/pause"),
            ("readers", "/desk/readers"), ("readers-none", "/desk/readers?status=bounced"),
            ("reader", "/desk/readers/" + reader.Id), ("reader-resting", "/desk/readers/" + resting.Id),
            ("suppressions", "/desk/readers/suppressions"), ("import", "/desk/readers/import"), ("settings", "/desk/settings"),
            ("look", "/desk/settings/look?color=%23116699"),
        })
        {
            await GoAsync(name, path);
        }

        await GoAsync("hooks-add", "/desk/hooks");
        await page.FillAsync("#url", "http://wrong.example.com/");
        await page.ClickAsync(".card button");
        await page.WaitForSelectorAsync("#fault");
        await LookAsync("hooks-fault");
        await page.FillAsync("#url", "https://hooks.example.com/in");
        await page.ClickAsync(".card button");
        await page.WaitForSelectorAsync("#secret");
        await LookAsync("hook-secret");
        var hook = Assert.Single(await site.Get<HookStore>().ListAsync(TestContext.Current.CancellationToken));
        await GoAsync("hooks", "/desk/hooks");
        await GoAsync("hook-none", "/desk/hooks/" + hook.Id);
        await page.ClickAsync(".acts form:first-child button");
        await page.WaitForSelectorAsync(".done");
        await LookAsync("hook");
        foreach (var (name, address) in new[] { ("odd", "/odd"), ("page", "/"), ("good", "/culture") })
        {
            await page.GotoAsync($"{site.Client.BaseAddress}desk/feeds?lang={language}");
            await page.FillAsync("#url", source.Url(address));
            await page.PressAsync("#url", "Enter");
            await page.WaitForSelectorAsync("#result");
            await LookAsync("feed-try-" + name);
        }

        await page.GotoAsync($"{site.Client.BaseAddress}desk/readers/import?lang={language}");
        await page.SetInputFilesAsync("#file", new FilePayload
        {
            Name = "readers.csv",
            MimeType = "text/csv",
            Buffer = """
                uuid,email,name,attributes,status,created_at,updated_at
                1,noor@example.com,Nora,{},enabled,2024-05-02 09:20:31 +0000 UTC,
                2,nonsense,,{},enabled,2024-05-02 09:20:31 +0000 UTC,
                3,dora@example.com,Dora,{},blocklisted,2024-05-02 09:20:31 +0000 UTC,
                4,fay@example.com,Fay,{},snoozed,2024-05-02 09:20:31 +0000 UTC,
                """u8.ToArray(),
        });
        await page.FillAsync("#source", "The old list");
        await page.ClickAsync(".card button");
        await page.WaitForSelectorAsync("#trial");
        await LookAsync("import-trial");

        await GoAsync("second-factor", "/desk/profile/second-factor");
        var app = Base32Encoding.ToBytes((await page.InnerTextAsync("#secret")).Replace(" ", "", StringComparison.Ordinal));
        await page.FillAsync("#code", new Totp(app).ComputeTotp(site.Time.GetUtcNow().UtcDateTime));
        await page.FillAsync("#password", WebFixture.Password);
        await page.PressAsync("#password", "Enter");
        await page.WaitForSelectorAsync(".codes");
        await LookAsync("recovery-codes");
        await GoAsync("second-factor-on", "/desk/profile/second-factor");
        await context.ClearCookiesAsync();
        await GoAsync("sign-in-again", "/desk/sign-in");
        await page.FillAsync("#email", WebFixture.AddressOf(Role.Owner));
        await page.FillAsync("#password", WebFixture.Password);
        await page.PressAsync("#password", "Enter");
        await page.Locator("#code:focus").WaitForAsync();
        await LookAsync("code");
        site.Time.Advance(TimeSpan.FromSeconds(30));
        await page.FillAsync("#code", new Totp(app).ComputeTotp(site.Time.GetUtcNow().UtcDateTime));
        await page.PressAsync("#code", "Enter");
        await page.WaitForSelectorAsync(".framed");

        if (width < 800)
        {
            await page.ClickAsync(".menu summary");
            await LookAsync("menu");
        }

        Assert.Empty(faults);

        async Task GoAsync(string name, string path)
        {
            await page.GotoAsync(
                site.Client.BaseAddress + path[1..] + (path.Contains('?', StringComparison.Ordinal) ? "&" : "?") + "lang=" + language);
            await LookAsync(name);
        }

        async Task LookAsync(string name)
        {
            if (await page.EvaluateAsync<int>("document.documentElement.scrollWidth") > width)
            {
                faults.Add($"{name} is wider than {width} pixels.");
            }

            faults.AddRange((await Axe.FaultsAsync(page)).Select(fault => $"{name}: {fault}"));
            if (folder is not null)
            {
                await WholePage.SaveAsync(page, Path.Combine(folder, $"desk-{name}-{look}.png"));
            }
        }
    }

    /// <summary>A person with a keyboard and without script, on a phone.</summary>
    [Theory]
    [InlineData("en")]
    [InlineData("ar")]
    public async Task The_keyboard_alone_suffices_without_script(string language)
    {
        using (await site.SignInAsync(Role.Owner))
        {
        }

        await using var context = await browser!.NewContextAsync(new BrowserNewContextOptions
        {
            ViewportSize = new ViewportSize { Width = 375, Height = 800 },
            JavaScriptEnabled = false,
        });
        var page = await context.NewPageAsync();
        await page.GotoAsync($"{site.Client.BaseAddress}desk/audit?lang={language}");
        await page.Locator("#email:focus").WaitForAsync();
        await page.Keyboard.TypeAsync(WebFixture.AddressOf(Role.Owner));
        await page.Keyboard.PressAsync("Tab");
        await page.Locator("#password:focus").WaitForAsync();
        await page.Keyboard.TypeAsync(WebFixture.Password);
        await page.Keyboard.PressAsync("Enter");
        await page.WaitForSelectorAsync(".framed form[action*='/desk/audit']");

        await page.Keyboard.PressAsync("Tab");
        await page.Locator(".skip:focus").WaitForAsync();
        await page.Keyboard.PressAsync("Tab");
        await page.Locator(".bar .brand:focus").WaitForAsync();
        await page.Keyboard.PressAsync("Tab");
        await page.Locator(".menu summary:focus").WaitForAsync();
        await page.Keyboard.PressAsync("Enter");
        await page.Keyboard.PressAsync("Tab");
        await page.Locator(".menu nav li:first-child a:focus").WaitForAsync();
        await page.Keyboard.PressAsync("Enter");
        await page.WaitForSelectorAsync(".framed main:not(:has(form[action*='/desk/audit']))");
    }
}

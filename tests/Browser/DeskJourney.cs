using DailyDigest.Accounts;
using DailyDigest.Web;
using Microsoft.Playwright;

namespace DailyDigest.Tests.Browser;

/// <summary>
/// People of each role work on the desk in a browser. Both heads run it. The publication has stories, an active reader, and the languages
/// English and Arabic.
/// </summary>
/// <param name="browser">The browser.</param>
/// <param name="site">The address of the publication.</param>
/// <param name="invite">Returns the path of a one-time link for the address and the role.</param>
/// <param name="reader">The address of the reader.</param>
internal sealed class DeskJourney(IBrowser browser, Uri site, Func<string, Role, Task<string>> invite, string reader)
{
    private const string Password = "correct horse battery";

    /// <summary>
    /// A person is invited, sees each page of the role and no other, does what the role may do, signs out and in again. Returns the faults.
    /// </summary>
    /// <param name="role">The role.</param>
    /// <param name="language">The language of the desk.</param>
    /// <param name="width">The width of the screen in pixels.</param>
    /// <param name="scheme">Light or dark.</param>
    /// <param name="script">False for a browser without script. Axe needs one.</param>
    public async Task<IReadOnlyList<string>> WalkAsync(Role role, string language, int width, ColorScheme scheme, bool script)
    {
        await using var context = await browser.NewContextAsync(new BrowserNewContextOptions
        {
            ViewportSize = new ViewportSize { Width = width, Height = 800 },
            ColorScheme = scheme,
            JavaScriptEnabled = script,
            IgnoreHTTPSErrors = true,
        });
        if (script)
        {
            await Axe.AddAsync(context);
        }

        // A busy machine compiles a page slowly when it is asked for the first time.
        context.SetDefaultTimeout(120_000);
        var visit = new Visit(await context.NewPageAsync(), site, language, width, script);
        var address = $"{role.ToString().ToLowerInvariant()}@example.com";
        await visit.GoAsync(await invite(address, role));
        await visit.Page.FillAsync("#name", $"The {role}");
        await visit.Page.FillAsync("#password", Password);
        await visit.Page.PressAsync("#password", "Enter");
        await visit.Page.WaitForSelectorAsync(".framed .done");
        await SeePagesAsync(visit, role);
        await (role switch
        {
            Role.Editor => EditAsync(visit),
            Role.Operator => OperateAsync(visit),
            Role.Owner => OwnAsync(visit),
            _ => Task.CompletedTask,
        });
        await SignOutAndInAsync(visit, address);
        return visit.Faults;
    }

    /// <summary>The navigation has the pages of the role. The others answer 403 to somebody who types their address.</summary>
    private static async Task SeePagesAsync(Visit visit, Role role)
    {
        await visit.GoAsync("/desk");
        var shown = (await visit.Page.Locator(".side nav a").EvaluateAllAsync<string[]>(
            "links => links.map(link => new URL(link.href).pathname)")).ToHashSet(StringComparer.Ordinal);
        foreach (var place in DeskPlace.All)
        {
            var may = Permissions.Of(role).Contains(place.Permission);
            var status = await visit.GoAsync(place.Path);
            Assert.True(status == (may ? 200 : 403), $"{place.Path} answered {status} to the {role}.");
            Assert.True(
                shown.Contains(place.Path) == (may && place.Key != DeskPlace.Profile),
                $"{place.Path} is in the wrong navigation: the one of the {role}.");
        }
    }

    private static async Task EditAsync(Visit visit)
    {
        await visit.ActAsync("/desk/tomorrow", ".draft li:first-child button[value=pin]", ".draft .tag");
        await visit.GoAsync("/desk/tomorrow");
        var texts = visit.Page.Locator("form.texts").First;
        await texts.Locator("input[name=subject]").FillAsync("Three things to know");
        await texts.Locator("button").ClickAsync();
        await visit.Page.WaitForSelectorAsync("input[name=subject][value='Three things to know']");
        await visit.LookAsync("tomorrow, changed");
        await visit.ActAsync("/desk/tomorrow", "form[action*='/reset'] button", ".draft:not(:has(.tag))");
    }

    private async Task OperateAsync(Visit visit)
    {
        await visit.GoAsync("/desk/hooks");
        await visit.Page.FillAsync("#url", "https://hooks.example.com/in");
        await visit.Page.ClickAsync("form:has(#url) button");
        await visit.Page.WaitForSelectorAsync("#secret");
        await visit.LookAsync("secret of a hook");

        await visit.GoAsync("/desk/readers");
        await visit.Page.FillAsync("#reader", reader);
        await visit.Page.ClickAsync("form:has(#reader) button");
        await visit.Page.WaitForSelectorAsync("form[action*='/pause']", new() { State = WaitForSelectorState.Attached });
        await visit.LookAsync("reader");
        await visit.Page.ClickAsync("details:has(form[action*='/pause']) summary");
        await visit.Page.FillAsync("#until", (await visit.Page.GetAttributeAsync("#until", "max"))!);
        await visit.Page.ClickAsync("form[action*='/pause'] button");
        await visit.Page.ClickAsync("form[action*='/resume'] button");
        await visit.Page.WaitForSelectorAsync("form[action*='/resume']", new() { State = WaitForSelectorState.Detached });

        await visit.GoAsync("/desk/readers/import");
        await visit.Page.SetInputFilesAsync("#file", new FilePayload
        {
            Name = "readers.csv",
            MimeType = "text/csv",
            Buffer = "email\nnoor@example.com\nnonsense\n"u8.ToArray(),
        });
        await visit.Page.FillAsync("#source", "The old list");
        await visit.Page.ClickAsync("form:has(#file) button");
        await visit.Page.WaitForSelectorAsync("#trial");
        await visit.LookAsync("trial of an import");
        await visit.Page.ClickAsync("section[aria-labelledby=trial] button");
        await visit.Page.WaitForSelectorAsync(".done");
        await visit.LookAsync("import");
    }

    private static async Task OwnAsync(Visit visit)
    {
        await visit.GoAsync("/desk/accounts");
        await visit.Page.FillAsync("#email", "lina@example.com");
        await visit.Page.ClickAsync("form:has(#email) button");
        await visit.Page.WaitForSelectorAsync("#link");
        await visit.LookAsync("invited");

        await visit.GoAsync("/desk/keys");
        await visit.Page.FillAsync("#name", "website");
        await visit.Page.CheckAsync("label:first-of-type > input[name=scope]");
        await visit.Page.ClickAsync("form:has(#name) button");
        await visit.Page.WaitForSelectorAsync("#key");
        await visit.LookAsync("new key");
        await visit.ActAsync("/desk/keys", "form[action*='/revoke'] button", ".done");
    }

    private static async Task SignOutAndInAsync(Visit visit, string address)
    {
        await visit.GoAsync("/desk/profile");
        if (visit.Width < 800)
        {
            await visit.Page.ClickAsync(".menu summary");
        }

        await visit.Page.Locator("form[action*='/desk/sign-out'] button").Locator("visible=true").ClickAsync();
        await visit.Page.WaitForSelectorAsync(".bare");
        await visit.GoAsync("/desk/profile");
        await visit.Page.FillAsync("#email", address);
        await visit.Page.FillAsync("#password", Password);
        await visit.Page.PressAsync("#password", "Enter");
        await visit.Page.WaitForSelectorAsync(".framed");
        Assert.Equal("/desk/profile", new Uri(visit.Page.Url).AbsolutePath);
    }

    /// <summary>A person's browser on the desk.</summary>
    private sealed class Visit(IPage page, Uri site, string language, int width, bool script)
    {
        public IPage Page => page;

        public int Width => width;

        public List<string> Faults { get; } = [];

        /// <summary>Opens a page, looks at it, and returns its status.</summary>
        public async Task<int> GoAsync(string path)
        {
            var answer = await page.GotoAsync(new Uri(site, $"{path}?lang={language}").ToString());
            await LookAsync(path);
            return answer!.Status;
        }

        /// <summary>Clicks a button on a page that is opened anew, and waits for what it leads to.</summary>
        public async Task ActAsync(string path, string button, string result)
        {
            await GoAsync(path);
            await page.ClickAsync(button);
            await page.WaitForSelectorAsync(result);
            await LookAsync(path + ", after " + button);
        }

        /// <summary>Notes what is wrong with the page that is open.</summary>
        public async Task LookAsync(string name)
        {
            if (await page.GetAttributeAsync("html", "lang") != language)
            {
                Faults.Add($"{name} is not in the language {language}.");
            }

            if (!script)
            {
                return;
            }

            if (await page.EvaluateAsync<int>("document.documentElement.scrollWidth") > width)
            {
                Faults.Add($"{name} is wider than {width} pixels.");
            }

            Faults.AddRange((await Axe.FaultsAsync(page)).Select(fault => $"{name}: {fault}"));
        }
    }
}

using System.Text.RegularExpressions;
using DailyDigest.Subscribers;
using DailyDigest.Tests.Browser;
using Microsoft.Playwright;

namespace DailyDigest.Web.Tests;

/// <summary>When the hourly limit of all runs short, sign-ups need a harder check, and honest networks still get in.</summary>
public sealed partial class RushTests
{
    private static readonly (string, string)[] Limits = [("SignUp:PerHour", "100"), ("SignUp:PerNetworkPerHour", "30")];

    [Fact]
    public async Task Strangers_with_many_networks_do_not_block_sign_up_for_everybody()
    {
        await using var site = await WebFixture.StartAsync(null, Limits);
        var accepted = 0;
        for (var number = 0; number < 300; number++)
        {
            // Ten networks, and whatever check they are asked.
            var (check, answer) = await AskedAsync(site);
            var reply = await PostAsync(site, $"stranger{number}@example.com", check, answer, $"203.0.{number % 10}.7");
            accepted += reply.Status == 200 ? 1 : 0;
        }

        Assert.Equal(80, accepted);
        for (var number = 0; number < 5; number++)
        {
            var (check, answer) = await AskedAsync(site);
            Assert.Equal(200, (await PostAsync(site, $"reader{number}@example.com", check, answer, $"198.51.{number}.7")).Status);
        }

        Assert.Single(site.Logged.Split('\n'), line => line.Contains("harder check", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_ordinary_sum_is_answered_with_a_longer_one_and_the_form_keeps_the_address()
    {
        await using var site = await WebFixture.StartAsync(null, Limits);
        await UseUpAsync(site, 79);
        var known = await site.SubscribedAsync("known@example.com");
        var (check, sum) = await site.QuestionAsync();
        await UseUpAsync(site, 1);
        site.Time.Advance(TimeSpan.FromSeconds(5));

        var answers = new List<string>();
        foreach (var address in (string[])["known@example.com", "other@example.com"])
        {
            var asked = await PostAsync(site, address, check, sum, "198.51.100.7");
            Assert.Equal(422, asked.Status);
            Assert.Contains($"value=\"{address}\"", asked.Body, StringComparison.Ordinal);
            Assert.Contains("one more step", asked.Body, StringComparison.Ordinal);
            Assert.Equal(5, Sum().Match(asked.Body).Groups[1].Captures.Count);
            answers.Add(Variable().Replace(asked.Body, "").Replace(address, "", StringComparison.Ordinal));
        }

        // The answer does not depend on the address.
        Assert.Single(answers.Distinct());
        Assert.Equal(SubscriberStatus.Active, await site.StatusAsync(known.Id));

        var json = await site.AskAsync(
            "POST", "/signup.json", $$"""{"email":"reader@example.com","check":"{{check}}","answer":{{sum}}}""", type: "application/json");
        Assert.Equal(422, json.Status);
        Assert.Contains("check: a harder one is needed", json.Body, StringComparison.Ordinal);
        Assert.Contains("\"workBits\":18", (await site.AskAsync("GET", "/signup.json")).Body, StringComparison.Ordinal);

        var hard = await AskedAsync(site);
        Assert.Equal(200, (await PostAsync(site, "other@example.com", hard.Check, hard.Answer, "198.51.100.7")).Status);
    }

    [Fact]
    public async Task Work_counts_once_and_only_for_its_own_hard_question()
    {
        await using var site = await WebFixture.StartAsync(null, Limits);
        await UseUpAsync(site, 80);
        var check = site.Get<HumanCheck>();
        var (hard, easy) = (check.Create(isHard: true), check.Create());
        var (work, other) = (Work(hard.Token), Work(easy.Token));
        site.Time.Advance(TimeSpan.FromSeconds(3));

        foreach (var (token, wrong) in ((string, string)[])
            [(hard.Token, work + "0"), (hard.Token, other), (hard.Token, ""), (hard.Token, "-1"), (hard.Token, new string('1', 5000)),
                (easy.Token, other)])
        {
            Assert.Equal(422, (await PostAsync(site, "reader@example.com", token, "", "198.51.100.7", wrong)).Status);
        }

        Assert.Equal(200, (await PostAsync(site, "reader@example.com", hard.Token, "", "198.51.100.7", work)).Status);
        Assert.Equal(422, (await PostAsync(site, "second@example.com", hard.Token, "", "198.51.100.7", work)).Status);
    }

    [Fact]
    public async Task A_wrong_address_keeps_the_work_and_the_hard_question()
    {
        await using var site = await WebFixture.StartAsync(null, Limits);
        await UseUpAsync(site, 80);
        var hard = site.Get<HumanCheck>().Create(isHard: true);
        var (work, sum) = (Work(hard.Token), $"{hard.Numbers.Sum()}");
        foreach (var (answer, done) in ((string, string)[])[("", work), (sum, "")])
        {
            var refused = await PostAsync(site, "reader@", hard.Token, answer, "198.51.100.7", done);
            Assert.Equal((422, hard.Token), (refused.Status, Token().Match(refused.Body).Groups[1].Value));
            Assert.Contains("id=\"email-fault\"", refused.Body, StringComparison.Ordinal);
            Assert.DoesNotContain("answer-fault", refused.Body, StringComparison.Ordinal);
            var kept = done.Length > 0 ? $"name=\"work\" value=\"{work}\"" : $"value=\"{sum}\"";
            Assert.Contains(kept, refused.Body, StringComparison.Ordinal);
        }

        // An ordinary question is not kept: its answer would be refused.
        var easy = site.Get<HumanCheck>().Create();
        var other = await PostAsync(site, "reader@", easy.Token, $"{easy.First + easy.Second}", "198.51.100.7");
        Assert.NotEqual(easy.Token, Token().Match(other.Body).Groups[1].Value);
        Assert.Equal(5, Sum().Match(other.Body).Groups[1].Captures.Count);
    }

    [Fact]
    public async Task Work_that_comes_too_quickly_is_kept_and_accepted_a_little_later()
    {
        await using var site = await WebFixture.StartAsync(null, Limits);
        await UseUpAsync(site, 80);
        var hard = site.Get<HumanCheck>().Create(isHard: true);
        var work = Work(hard.Token);
        var quick = await PostAsync(site, "reader@example.com", hard.Token, "", "198.51.100.7", work);
        Assert.Equal((422, hard.Token), (quick.Status, Token().Match(quick.Body).Groups[1].Value));
        Assert.Contains("very quick", quick.Body, StringComparison.Ordinal);
        Assert.Contains($"name=\"work\" value=\"{work}\"", quick.Body, StringComparison.Ordinal);
        site.Time.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal(200, (await PostAsync(site, "reader@example.com", hard.Token, "", "198.51.100.7", work)).Status);
    }

    [Fact]
    public async Task Asking_for_the_mail_again_takes_from_the_budget_of_the_network()
    {
        await using var site = await WebFixture.StartAsync(null, Limits);
        await UseUpAsync(site, 80);
        var hard = site.Get<HumanCheck>().Create(isHard: true);
        site.Time.Advance(TimeSpan.FromSeconds(3));
        var work = Work(hard.Token);
        var first = await PostAsync(site, "reader@example.com", hard.Token, "", "198.51.100.7", work);
        Assert.Contains($"name=\"work\" value=\"{work}\"", first.Body, StringComparison.Ordinal);
        var statuses = new List<int>();
        for (var times = 0; times < 4; times++)
        {
            statuses.Add((await PostAsync(site, "reader@example.com", hard.Token, "", "198.51.100.7", work, "/signup/again")).Status);
        }

        // A tenth of 30 for the network, of which the sign-up took one.
        Assert.Equal([200, 200, 429, 429], statuses);
    }

    [Theory]
    [InlineData("en", true)]
    [InlineData("ar", true)]
    [InlineData("en", false)]
    public async Task A_browser_works_in_place_of_the_reader_or_shows_a_longer_sum(string language, bool script)
    {
        await using var site = await WebFixture.StartAsync(null, [.. Limits, ("SignUp:MinimumSeconds", "0")]);
        await UseUpAsync(site, 80);
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await ChromiumBrowser.LaunchAsync(playwright);
        await using var context = await browser.NewContextAsync(new BrowserNewContextOptions { JavaScriptEnabled = script });
        var page = await context.NewPageAsync();
        var faults = new List<string>();
        page.PageError += (_, error) => faults.Add(error);
        await page.GotoAsync($"{site.Client.BaseAddress}?lang={language}");
        await page.FillAsync("#email", "reader@");
        await page.ClickAsync("form button[type=submit]");
        await page.Locator("#email-fault").WaitForAsync();
        await page.FillAsync("#email", "reader@example.com");
        if (!script)
        {
            var sum = await page.InnerTextAsync(".sum");
            await page.FillAsync("#answer", $"{sum.Where(char.IsAsciiDigit).Sum(digit => digit - '0')}");
        }

        Assert.Equal(script ? 0 : 1, await page.Locator("#answer").CountAsync());
        await page.ClickAsync("form button[type=submit]");
        await page.Locator("form[action*='/signup/again']").WaitForAsync();
        Assert.Empty(faults);
        Assert.Equal(SubscriberStatus.Pending, (await site.FindAsync("reader@example.com")).Status);
    }

    private static async Task UseUpAsync(WebFixture site, int count)
    {
        for (var number = 0; number < count; number++)
        {
            Assert.Null(await site.Get<SignUpBudget>().TakeAsync(SignUpBudget.AllSignUps, 100, CancellationToken.None));
        }

        site.Time.Advance(TimeSpan.FromSeconds(5));
    }

    /// <summary>The question that the page asks now, with the answer of a patient person.</summary>
    private static async Task<(string Check, string Answer)> AskedAsync(WebFixture site)
    {
        var page = (await site.AskAsync("GET", "/")).Body;
        var sum = Sum().Match(page).Groups[1].Captures.Sum(number => number.Value[0] - '0');
        site.Time.Advance(TimeSpan.FromSeconds(6));
        return (Token().Match(page).Groups[1].Value, $"{sum}");
    }

    private static Task<WebFixture.Answer> PostAsync(
        WebFixture site, string email, string check, string answer, string client, string work = "", string path = "/signup") =>
        site.AskAsync(
            "POST", path, WebFixture.Form(("email", email), ("check", check), ("answer", answer), ("work", work)), client);

    private static string Work(string token)
    {
        for (var number = 0; ; number++)
        {
            var hash = System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.ASCII.GetBytes($"{token}:{number}"));
            if (hash[0] == 0 && hash[1] == 0 && hash[2] < 1 << (24 - HumanCheck.WorkBits))
            {
                return $"{number}";
            }
        }
    }

    [GeneratedRegex("""<span class="sum"[^>]*>(?:(\d) (?:\+|&#x2B;|=) ?)+""")]
    private static partial Regex Sum();

    [GeneratedRegex("""name="check" value="([^"]+)""")]
    private static partial Regex Token();

    [GeneratedRegex("""name="check" value="[^"]+|<label for="answer">.*?</label>""", RegexOptions.Singleline)]
    private static partial Regex Variable();
}

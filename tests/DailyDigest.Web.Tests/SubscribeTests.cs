using Microsoft.AspNetCore.Http;

namespace DailyDigest.Web.Tests;

/// <summary>The form on a publisher's own page: docs/sign-up-form.md.</summary>
public sealed partial class SubscribeTests
{
    private const string Thanks = "https://www.example.com/thanks?a=1&b=2";

    [Theory]
    [InlineData("en", "ltr")]
    [InlineData("ar", "rtl")]
    public async Task A_form_on_another_site_passes_zone_hour_and_return(string language, string direction)
    {
        await using var site = await StartAsync();
        var asked = await site.AskAsync("POST", "/subscribe", WebFixture.Form(
            ("email", "reader@example.com"), ("lang", language), ("zone", "Asia/Tokyo"), ("hour", "19"), ("return", Thanks)));
        Assert.Equal(200, asked.Status);
        Assert.Contains($"dir=\"{direction}\"", asked.Body, StringComparison.Ordinal);
        Assert.DoesNotContain("role=\"alert\"", asked.Body, StringComparison.Ordinal);
        Assert.Contains($"href=\"/?lang={(language == "en" ? "ar" : "en")}\"", asked.Body, StringComparison.Ordinal);
        Assert.DoesNotContain(site.Plan.Trace, call => call.Writes);
        var fields = Fields().Matches(asked.Body).ToDictionary(
            match => match.Groups[1].Value, match => System.Net.WebUtility.HtmlDecode(match.Groups[2].Value));
        Assert.Equal(("reader@example.com", "Asia/Tokyo", "19", Thanks),
            (fields["email"], fields["zone"], fields["hour"], fields["return"]));

        // After a wrong answer the form keeps all fields.
        site.Time.Advance(TimeSpan.FromSeconds(5));
        fields["answer"] = "99";
        var wrong = await site.AskAsync("POST", "/signup", WebFixture.Form([.. fields.Select(field => (field.Key, field.Value))]));
        Assert.Equal(422, wrong.Status);
        var again = Fields().Matches(wrong.Body).ToDictionary(
            match => match.Groups[1].Value, match => System.Net.WebUtility.HtmlDecode(match.Groups[2].Value));
        Assert.Equal(fields.Where(field => field.Key is not ("check" or "answer")), again.Where(
            field => field.Key is not ("check" or "answer")));

        again["answer"] = Sum(wrong.Body);
        site.Time.Advance(TimeSpan.FromSeconds(5));
        var done = await site.AskAsync("POST", "/signup", WebFixture.Form([.. again.Select(field => (field.Key, field.Value))]));
        Assert.Equal((303, Thanks), (done.Status, done.Headers.Location.ToString()));
        var waiting = (await site.FindAsync("reader@example.com")).SignUp!;
        Assert.Equal(("Asia/Tokyo", 19, language, "form: https://www.example.com"),
            (waiting.Zone, waiting.Hour, waiting.Language, waiting.Consent.Source));
    }

    /// <summary>Browsers apply form-action of the page with the form to its redirects.</summary>
    [Theory]
    [InlineData("/signup", "/")]
    [InlineData("/subscribe?lang=ar", "/?lang=ar")]
    [InlineData("/signup?lang=AR-EG", "/?lang=ar")]
    [InlineData("/signup?lang=//evil.example", "/")]
    public async Task A_GET_of_a_forms_target_redirects_to_the_form(string path, string location)
    {
        await using var site = await WebFixture.StartAsync();
        var answer = await site.AskAsync("GET", path);
        Assert.Equal((303, location), (answer.Status, answer.Headers.Location.ToString()));
    }

    [Fact]
    public async Task The_page_shows_the_hour_of_the_publishers_form()
    {
        await using var site = await WebFixture.StartAsync();
        var asked = await site.AskAsync("POST", "/subscribe", WebFixture.Form(("email", "reader@example.com"), ("hour", "19")));
        Assert.Contains("At 7:00 PM at first.", asked.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_policy_permits_the_return_and_only_our_own_script()
    {
        await using var site = await StartAsync();
        foreach (var answer in new[] { await site.AskAsync("GET", "/"), await site.AskAsync("POST", "/subscribe", "email=x"),
            await site.AskAsync("POST", "/signup", "") })
        {
            Assert.Equal(
                "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; form-action 'self' https://www.example.com; "
                + "base-uri 'none'; frame-ancestors 'none'",
                answer.Headers.ContentSecurityPolicy);
            Assert.Single(Scripts().Matches(answer.Body));
        }
    }

    [Theory]
    [InlineData("https://evil.test/")]
    [InlineData("//evil.test")]
    [InlineData("https://www.example.com@evil.test/")]
    [InlineData("https://www.example.com\\@evil.test/")]
    [InlineData("https://www.example.com\r\nX-Evil: 1")]
    [InlineData("javascript:alert(1)")]
    [InlineData("/\\evil.test")]
    public async Task Readers_are_redirected_only_to_configured_origins(string url)
    {
        await using var site = await StartAsync();
        Assert.DoesNotContain("name=\"return\"", (await site.AskAsync("POST", "/subscribe",
            WebFixture.Form(("email", "reader@example.com"), ("return", url)))).Body, StringComparison.Ordinal);
        var (check, sum) = await site.QuestionAsync();
        var done = await site.AskAsync(
            "POST", "/signup", WebFixture.Form(("email", "reader@example.com"), ("check", check), ("answer", sum), ("return", url)));
        Assert.Equal((200, ""), (done.Status, done.Headers.Location.ToString()));
        Assert.False(done.Headers.ContainsKey("X-Evil"));
    }

    [Theory]
    [InlineData("Mars/Olympus", "7", "en")]
    [InlineData("../../etc/passwd", "-1", "../en")]
    [InlineData("\"><script>", "24", "<script>")]
    [InlineData("", "", "")]
    [InlineData("\0", "٧", "\0")]
    [InlineData("Europe/Paris\r\n", "7.0", "en\r\n")]
    public async Task An_unknown_zone_hour_or_language_falls_back_to_the_default(string zone, string hour, string language)
    {
        await using var site = await StartAsync();
        var asked = await site.AskAsync(
            "POST", "/subscribe", WebFixture.Form(("email", "reader@example.com"), ("zone", zone), ("hour", hour), ("lang", language)));
        Assert.Equal(200, asked.Status);
        Assert.DoesNotContain("<script>", asked.Body, StringComparison.Ordinal);
        var (check, sum) = await site.QuestionAsync();
        var done = await site.AskAsync("POST", "/signup", WebFixture.Form(
            ("email", "reader@example.com"), ("check", check), ("answer", sum), ("zone", zone), ("hour", hour), ("lang", language)));
        Assert.Equal(200, done.Status);
        var waiting = (await site.FindAsync("reader@example.com")).SignUp!;
        Assert.Equal(("Europe/Paris", 7, "en", "page"), (waiting.Zone, waiting.Hour, waiting.Language, waiting.Consent.Source));
    }

    [Fact]
    public async Task An_invalid_address_from_another_site_is_shown_encoded()
    {
        await using var site = await StartAsync();
        var asked = await site.AskAsync("POST", "/subscribe", WebFixture.Form(("email", "\"><script>alert(1)</script>")));
        Assert.Equal(422, asked.Status);
        Assert.Contains("&quot;&gt;&lt;script&gt;", asked.Body, StringComparison.Ordinal);
        Assert.Contains("id=\"email-fault\"", asked.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_script_is_small_and_publishers_pages_may_load_it()
    {
        await using var site = await StartAsync();
        var script = await site.AskAsync("GET", "/signup.js");
        Assert.Equal((200, "text/javascript; charset=utf-8"), (script.Status, script.Headers.ContentType.ToString()));
        Assert.Equal("cross-origin", script.Headers["Cross-Origin-Resource-Policy"]);
        Assert.InRange(script.Body.Length, 100, 1000);
        Assert.DoesNotContain("http", script.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_documented_form_works()
    {
        var text = await File.ReadAllTextAsync(Path("docs/sign-up-form.md"), TestContext.Current.CancellationToken);
        Assert.Contains("action=\"https://digest.example.com/subscribe\"", text, StringComparison.Ordinal);
        await using var site = await StartAsync();
        var asked = await site.AskAsync("POST", "/subscribe", WebFixture.Form(
            ("email", "reader@example.com"), ("zone", "Asia/Tokyo"), ("hour", "7"), ("lang", "en"), ("return", Thanks)));
        foreach (System.Text.RegularExpressions.Match field in Named().Matches(text))
        {
            Assert.Contains($"name=\"{field.Groups[1].Value}\"", asked.Body, StringComparison.Ordinal);
        }

        Assert.Equal(StatusCodes.Status200OK, (await site.AskAsync("GET", "/signup.js")).Status);
    }

    private static Task<WebFixture> StartAsync() => WebFixture.StartAsync(null, ("SignUp:Origins", "https://www.example.com"));

    private static string Sum(string page) =>
        SumOf().Match(page) is var match ? $"{match.Groups[1].Value[0] - '0' + match.Groups[2].Value[0] - '0'}" : "";

    private static string Path(string file)
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(System.IO.Path.Combine(folder!.FullName, "DailyDigest.sln")))
        {
            folder = folder.Parent;
        }

        return System.IO.Path.Combine(folder.FullName, file);
    }

    [System.Text.RegularExpressions.GeneratedRegex("""<input[^>]*? name="(\w+)"[^>]*? value="([^"]*)"[^>]*>""",
        System.Text.RegularExpressions.RegexOptions.Singleline)]
    private static partial System.Text.RegularExpressions.Regex Fields();

    [System.Text.RegularExpressions.GeneratedRegex("""<span class="sum"[^>]*>(\d) (?:\+|&#x2B;) (\d) =""")]
    private static partial System.Text.RegularExpressions.Regex SumOf();

    [System.Text.RegularExpressions.GeneratedRegex("""<input [^>]*?name="(\w+)""")]
    private static partial System.Text.RegularExpressions.Regex Named();

    [System.Text.RegularExpressions.GeneratedRegex("<script")]
    private static partial System.Text.RegularExpressions.Regex Scripts();
}

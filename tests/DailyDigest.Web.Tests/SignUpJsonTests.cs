using System.Text.Json;

namespace DailyDigest.Web.Tests;

public sealed class SignUpJsonTests
{
    private const string Origin = "https://www.example.com";
    private const string Type = "application/json";

    [Theory]
    [InlineData("en", "plus")]
    [InlineData("ar", "مجموع")]
    public async Task A_question_is_fetched_and_its_answer_signs_up_with_zone_hour_and_language(string language, string word)
    {
        await using var site = await StartAsync();
        var question = JsonDocument.Parse((await site.AskAsync("GET", "/signup.json?lang=" + language,
            headers: ("Origin", Origin))).Body).RootElement;
        Assert.Equal(language, question.GetProperty("language").GetString());
        Assert.Contains(word, question.GetProperty("text").GetString(), StringComparison.Ordinal);
        Assert.Contains("The Harbour Gazette", question.GetProperty("consent").GetString(), StringComparison.Ordinal);
        var sum = question.GetProperty("sum").GetString()!;
        site.Time.Advance(TimeSpan.FromSeconds(5));
        var answer = await PostAsync(site, new
        {
            email = "reader@example.com",
            check = question.GetProperty("check").GetString(),
            answer = sum[0] - '0' + sum[4] - '0',
            zone = "Asia/Tokyo",
            hour = 19,
            language,
        });
        Assert.Equal((202, """{"status":"accepted"}"""), (answer.Status, answer.Body));
        var waiting = (await site.FindAsync("reader@example.com")).SignUp!;
        Assert.Equal(("Asia/Tokyo", 19, language, "json"), (waiting.Zone, waiting.Hour, waiting.Language, waiting.Consent.Source));
    }

    [Theory]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{")]
    [InlineData("")]
    [InlineData("\"text\"")]
    [InlineData("""{"email":{}}""")]
    [InlineData("""{"email":"a@example.com","hour":"x"}""")]
    [InlineData("""{"email":"\ud800@example.com"}""")]
    public async Task A_body_of_another_shape_is_a_problem_that_quotes_nothing(string body)
    {
        await using var site = await StartAsync();
        var answer = await site.AskAsync("POST", "/signup.json", body, type: Type);
        Assert.Equal((400, "application/problem+json; charset=utf-8"), (answer.Status, answer.Headers.ContentType.ToString()));
        Assert.DoesNotContain("example.com", answer.Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"email":"reader@example.com"}""", "check:")]
    [InlineData("""{"email":"reader@example.com","check":"x","answer":"\ud800"}""", "check:")]
    [InlineData("""{"email":"reader@example.com","check":"x","answer":{"a":1}}""", "check:")]
    [InlineData("""{"email":"nobody"}""", "email:")]
    [InlineData("""{}""", "email:")]
    public async Task A_sign_up_without_an_answered_question_is_refused(string body, string fault)
    {
        await using var site = await StartAsync();
        var answer = await site.AskAsync("POST", "/signup.json", body, type: Type);
        Assert.Equal(422, answer.Status);
        Assert.StartsWith(
            fault, JsonDocument.Parse(answer.Body).RootElement.GetProperty("errors")[0].GetString(), StringComparison.Ordinal);
        Assert.DoesNotContain(site.Plan.Trace, call => call.Writes);
    }

    [Fact]
    public async Task A_key_needs_no_question_and_a_wrong_one_is_refused_even_with_an_answer()
    {
        await using var site = await StartAsync();
        foreach (var (header, value, status) in new[]
        {
            ("X-Api-Key", WebFixture.Key, 202), ("Authorization", "Bearer " + WebFixture.Key, 202), ("X-Api-Key", "wrong", 401),
            ("Authorization", "Bearer wrong", 401),
        })
        {
            var (check, sum) = await site.QuestionAsync();
            var answer = await site.AskAsync("POST", "/signup.json",
                JsonSerializer.Serialize(new { email = "reader@example.com", check, answer = sum }), type: Type, headers: (header, value));
            Assert.Equal(status, answer.Status);
        }

        Assert.Null((await site.FindAsync("reader@example.com")).SignUp!.Consent.NetworkHash);
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("multipart/form-data; boundary=x")]
    [InlineData("")]
    public async Task Content_types_that_need_no_preflight_are_refused(string type)
    {
        await using var site = await StartAsync();
        var (check, sum) = await site.QuestionAsync();
        var answer = await site.AskAsync(
            "POST", "/signup.json", JsonSerializer.Serialize(new { email = "reader@example.com", check, answer = sum }), type: type);
        Assert.Equal(415, answer.Status);
        Assert.DoesNotContain(site.Plan.Trace, call => call.Writes);
    }

    [Theory]
    [InlineData("OPTIONS", Origin, 204, Origin)]
    [InlineData("GET", Origin, 200, Origin)]
    [InlineData("HEAD", Origin, 200, Origin)]
    [InlineData("POST", Origin, 422, Origin)]
    [InlineData("GET", "http://localhost", 200, "")]
    [InlineData("GET", "", 200, "")]
    [InlineData("OPTIONS", "https://evil.test", 403, "")]
    [InlineData("GET", "https://evil.test", 403, "")]
    [InlineData("POST", "https://evil.test", 403, "")]
    [InlineData("POST", "null", 403, "")]
    [InlineData("POST", "https://www.example.com.evil.test", 403, "")]
    [InlineData("POST", "http://www.example.com", 403, "")]
    [InlineData("POST", "https://WWW.example.com", 403, "")]
    [InlineData("POST", "*", 403, "")]
    public async Task A_browser_may_call_from_the_origins_configured_and_never_with_credentials(
        string method, string origin, int status, string allowed)
    {
        await using var site = await StartAsync();
        var headers = new List<(string, string)> { ("Access-Control-Request-Method", "POST"),
            ("Access-Control-Request-Headers", "content-type,x-api-key") };
        headers.AddRange(origin.Length > 0 ? [("Origin", origin)] : []);
        var answer = await site.AskAsync(method, "/signup.json", method == "POST" ? """{"email":"reader@example.com"}""" : null,
            type: Type, headers: [.. headers]);
        Assert.Equal((status, allowed), (answer.Status, answer.Headers.AccessControlAllowOrigin.ToString()));
        Assert.Contains("Origin", answer.Headers.Vary.ToString(), StringComparison.Ordinal);
        Assert.False(answer.Headers.ContainsKey("Access-Control-Allow-Credentials"));
        Assert.Equal(method == "OPTIONS" && allowed.Length > 0 ? "Content-Type" : "", answer.Headers.AccessControlAllowHeaders.ToString());
        Assert.DoesNotContain(site.Plan.Trace, call => call.Writes);
    }

    [Fact]
    public async Task A_permitted_page_can_read_every_error_as_a_problem()
    {
        await using var site = await StartAsync();
        var large = await site.AskAsync("POST", "/signup.json", new string('x', 70_000), type: Type, headers: ("Origin", Origin));
        Assert.Equal((413, Origin), (large.Status, large.Headers.AccessControlAllowOrigin.ToString()));
        Assert.Equal("application/problem+json; charset=utf-8", large.Headers.ContentType);
        Assert.Equal(405, (await site.AskAsync("DELETE", "/signup.json")).Status);
    }

    private static Task<WebFixture> StartAsync() => WebFixture.StartAsync(null, ("SignUp:Origins", $"https://blog.example.com, {Origin}"));

    private static Task<WebFixture.Answer> PostAsync(WebFixture site, object body) =>
        site.AskAsync("POST", "/signup.json", JsonSerializer.Serialize(body), type: Type, headers: ("Origin", Origin));
}

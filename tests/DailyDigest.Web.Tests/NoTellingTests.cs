using DailyDigest.Subscribers;

namespace DailyDigest.Web.Tests;

/// <summary>Neither the answer nor the storage calls reveal whether an address is known.</summary>
public sealed class NoTellingTests
{
    private static readonly string[] Kinds =
        ["new", "pending", "again", "active", "former", "returning", "bounced", "complained",
            "blocked", "unknown-blocked", "erased", "NEW", "Active"];

    [Theory]
    [InlineData("page")]
    [InlineData("page with a way back")]
    [InlineData("page, wrong sum")]
    [InlineData("page, no sum")]
    [InlineData("from elsewhere")]
    [InlineData("json")]
    [InlineData("json with key")]
    [InlineData("json, wrong sum")]
    [InlineData("json, no sum")]
    [InlineData("over the budget")]
    public async Task Every_kind_of_address_gets_the_same_bytes_and_storage_calls(string way)
    {
        await using var site = await WebFixture.StartAsync(
            null, ("SignUp:Origins", "https://www.example.com"), ("SignUp:PerNetworkPerHour", way[0] == 'o' ? "1" : "1000"));
        await PrepareAsync(site);

        // All questions come first, so that all answers have the same instant. The first sign-up of an hour creates the hour's budgets.
        var first = await PreparedAsync(site, way, "first@example.com");
        var asks = new List<(string Kind, Func<Task<WebFixture.Answer>> Ask)>();
        foreach (var kind in Kinds)
        {
            asks.Add((kind, await PreparedAsync(site, way, kind + "@example.com")));
        }

        await first();
        var seen = new List<string>();
        foreach (var (kind, ask) in asks)
        {
            site.Plan.Restart();
            var answer = await ask();
            var calls = string.Join(", ", site.Plan.Trace.Select(call => $"{call.Operation} {call.Place}"));
            seen.Add($"{answer.Everything.Replace(kind + "@example.com", "ADDRESS", StringComparison.Ordinal)}\n{calls}");
        }

        Assert.Single(seen.Distinct());
        Assert.Equal(way[0] == 'o', seen[0].Contains("\n429\n", StringComparison.Ordinal));
        Assert.Equal(way is "page" or "page with a way back" or "json" or "json with key", seen[0].Contains(
            "Write Subscribers", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Mail_goes_only_to_the_address_and_only_its_own_link_confirms()
    {
        await using var site = await WebFixture.StartAsync();
        await PrepareAsync(site);
        foreach (var kind in new[] { "former", "bounced", "complained", "erased" })
        {
            var before = await site.Get<FindSubscriber>().ExecuteAsync(WebFixture.Address(kind + "@example.com"), CancellationToken.None);
            Assert.Equal(200, (await AskAsync(site, "page", kind + "@example.com")).Status);
            var after = await site.FindAsync(kind + "@example.com");
            Assert.NotEqual(SubscriberStatus.Active, after.Status);
            Assert.Equal(before.Subscriber?.Status ?? SubscriberStatus.Pending, after.Status);
            await site.Get<ConfirmSignUp>().ExecuteAsync(after.Id, CancellationToken.None);
            Assert.Equal(SubscriberStatus.Active, await site.StatusAsync(after.Id));
        }
    }

    private static async Task PrepareAsync(WebFixture site)
    {
        var signUp = site.Get<SignUp>();
        foreach (var name in new[] { "pending", "again", "again" })
        {
            await signUp.ExecuteAsync(new SignUpRequest(name + "@example.com", "page"), CancellationToken.None);
        }

        await site.SubscribedAsync("active@example.com");
        foreach (var name in new[] { "former", "returning" })
        {
            await site.Get<Unsubscribe>().ExecuteAsync((await site.SubscribedAsync(name + "@example.com")).Id, CancellationToken.None);
        }

        await signUp.ExecuteAsync(new SignUpRequest("returning@example.com", "page"), CancellationToken.None);
        await site.SubscribedAsync("erased@example.com");
        await site.Get<EraseSubscriber>().ExecuteAsync(WebFixture.Address("erased@example.com"), CancellationToken.None);
        foreach (var (name, reason) in new[] { ("bounced", Suppression.Bounced), ("complained", Suppression.Complained),
            ("blocked", Suppression.Blocked) })
        {
            await site.SubscribedAsync(name + "@example.com");
            await site.Get<SuppressAddress>().ExecuteAsync(WebFixture.Address(name + "@example.com"), reason, CancellationToken.None);
        }

        await site.Get<SuppressAddress>().ExecuteAsync(
            WebFixture.Address("unknown-blocked@example.com"), Suppression.Blocked, CancellationToken.None);
    }

    private static async Task<WebFixture.Answer> AskAsync(WebFixture site, string way, string email) =>
        await (await PreparedAsync(site, way, email))();

    private static async Task<Func<Task<WebFixture.Answer>>> PreparedAsync(WebFixture site, string way, string email)
    {
        var (check, sum) = await site.QuestionAsync();
        var answer = way.EndsWith("wrong sum", StringComparison.Ordinal) ? "99" : sum;
        check = way.EndsWith("no sum", StringComparison.Ordinal) ? "" : check;
        var json = System.Text.Json.JsonSerializer.Serialize(new { email, check, answer });
        return way.Split(',')[0] switch
        {
            "page" or "over the budget" => () => site.AskAsync(
                "POST", "/signup", WebFixture.Form(("email", email), ("check", check), ("answer", answer))),
            "page with a way back" => () => site.AskAsync(
                "POST", "/signup", WebFixture.Form(("email", email), ("check", check), ("answer", answer),
                ("return", "https://www.example.com/thanks"), ("zone", "Asia/Tokyo"))),
            "from elsewhere" => () => site.AskAsync("POST", "/subscribe", WebFixture.Form(("email", email))),
            "json" => () => site.AskAsync(
                "POST", "/signup.json", json, type: "application/json", headers: ("Origin", "https://www.example.com")),
            "json with key" => () => site.AskAsync(
                "POST", "/signup.json", $$"""{"email":"{{email}}"}""", type: "application/json", headers: ("X-Api-Key", WebFixture.Key)),
            _ => throw new ArgumentException(way),
        };
    }
}

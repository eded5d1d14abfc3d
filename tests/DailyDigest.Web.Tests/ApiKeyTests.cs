using DailyDigest.Settings;
using Microsoft.Extensions.Options;

namespace DailyDigest.Web.Tests;

/// <summary>Keys have names and scopes, and wrong ones are counted, logged and delayed.</summary>
public sealed class ApiKeyTests
{
    private const string Story = """{"url":"https://gazette.example.com/a","title":"A ship came in"}""";

    private static readonly (string Key, string Value)[] Named =
    [
        ("Api:Keys", ""),
        ("Api:Keys:0:Name", "website"), ("Api:Keys:0:Key", "3k-0t9-m1j-Uq0-Zc7-bI4-hA"), ("Api:Keys:0:Scope", "stories, sign-up"),
        ("Api:Keys:1:Name", "editors"), ("Api:Keys:1:Key", "Wq8-Lr2-sV5-Yb1-Eo7-Gu9-x"), ("Api:Keys:1:Scope", "desk"),
        ("Api:Keys:2:Name", "relay"), ("Api:Keys:2:Key", "Tz6-Mf1-nJ4-Kv0-Xi3-Be8-w"), ("Api:Keys:2:Scope", "outcomes"),
    ];

    [Theory]
    [InlineData(0, 200, 403, 202, 403)]
    [InlineData(1, 403, 403, 403, 200)]
    [InlineData(2, 403, 200, 403, 403)]
    public async Task A_key_opens_what_its_scope_names(int number, int stories, int outcomes, int signUp, int desk)
    {
        await using var site = await WebFixture.StartAsync(null, Named);
        var key = Named.Single(setting => setting.Key == $"Api:Keys:{number}:Key").Value;

        Assert.Equal(stories, await StatusAsync(site, "POST", "/api/stories", Story, key));
        Assert.Equal(outcomes, await StatusAsync(site, "POST", "/api/outcomes", "[]", key));
        Assert.Equal(signUp, await StatusAsync(site, "POST", "/signup.json", """{"email":"reader@example.com"}""", key));
        Assert.Equal(desk, await StatusAsync(site, "GET", "/desk/digests", null, key));
        Assert.Equal(404, await StatusAsync(site, "GET", "/api/nothing", null, key));
    }

    [Fact]
    public async Task The_log_has_the_name_of_a_key_and_the_route_but_never_the_key()
    {
        await using var site = await WebFixture.StartAsync(null, Named);
        var keys = Named.Where(setting => setting.Key.EndsWith(":Key", StringComparison.Ordinal)).Select(setting => setting.Value).ToList();

        await StatusAsync(site, "POST", "/api/stories", Story, keys[0]);
        await StatusAsync(site, "POST", "/api/stories/0123/signals", "{}", keys[0]);
        await StatusAsync(site, "GET", "/desk/digests", null, keys[0]);

        Assert.Contains("Key website used at /api/stories ", site.Logged, StringComparison.Ordinal);
        Assert.Contains("Key website used at /api/stories/{id}/signals", site.Logged, StringComparison.Ordinal);
        Assert.Contains("Key website was refused at /desk/digests", site.Logged, StringComparison.Ordinal);
        Assert.All(keys, key => Assert.DoesNotContain(key, site.Logged, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Wrong_keys_are_logged_once_a_minute_with_their_number()
    {
        await using var site = await WebFixture.StartAsync();
        for (var number = 0; number < 5; number++)
        {
            Assert.Equal(401, await StatusAsync(site, "POST", "/api/stories", Story, "a-guess-of-somebody-" + number));
        }

        site.Time.Advance(TimeSpan.FromMinutes(1));
        await StatusAsync(site, "GET", "/readyz", null, "another-guess-of-somebody");

        var lines = site.Logged.Split('\n').Where(line => line.Contains("wrong API key", StringComparison.Ordinal)).ToList();
        Assert.Equal(2, lines.Count);
        Assert.Contains("1 requests with a wrong API key since the last such line, the last one at /api/stories;", lines[0],
            StringComparison.Ordinal);
        Assert.Contains("5 requests with a wrong API key since the last such line, the last one at /readyz;", lines[1],
            StringComparison.Ordinal);
        Assert.DoesNotContain("guess", site.Logged, StringComparison.Ordinal);
    }

    [Fact]
    public async Task After_ten_wrong_keys_every_key_of_that_network_waits()
    {
        await using var site = await WebFixture.StartAsync();
        for (var number = 0; number < 10; number++)
        {
            // Within one /24 network, and without a wait.
            var guess = StatusAsync(site, "POST", "/api/stories", Story, "a-guess-of-somebody", $"203.0.113.{number}");
            Assert.True(guess.IsCompleted);
            Assert.Equal(401, await guess);
        }

        foreach (var (key, status) in ((string, int)[])[("a-guess-of-somebody", 401), (WebFixture.Key, 200)])
        {
            var delayed = StatusAsync(site, "POST", "/api/stories", Story, key, "203.0.113.200");
            Assert.False(delayed.IsCompleted);
            site.Time.Advance(WrongKeys.Delay);
            Assert.Equal(status, await delayed);
        }

        var elsewhere = StatusAsync(site, "POST", "/api/stories", Story, WebFixture.Key, "198.51.100.1");
        Assert.True(elsewhere.IsCompleted);
        Assert.Equal(200, await elsewhere);
        Assert.True(StatusAsync(site, "POST", "/api/stories", Story, "", "203.0.113.1").IsCompleted);

        site.Time.Advance(WrongKeys.Memory);
        var forgotten = StatusAsync(site, "POST", "/api/stories", Story, WebFixture.Key, "203.0.113.1");
        Assert.True(forgotten.IsCompleted);
        Assert.Equal(200, await forgotten);
    }

    [Theory]
    [InlineData("Api:Keys:0:Name", "", "Api__Keys__0__Name:")]
    [InlineData("Api:Keys:0:Name", "two words", "Api__Keys__0__Name:")]
    [InlineData("Api:Keys:0:Key", "short", "Api__Keys__0__Key:")]
    [InlineData("Api:Keys:0:Key", "", "Api__Keys__0__Key:")]
    [InlineData("Api:Keys:0:Scope", "", "Api__Keys__0__Scope:")]
    [InlineData("Api:Keys:0:Scope", "stories, everything", "Api__Keys__0__Scope:")]
    [InlineData("Api:Keys:1:Name", "website", "Api__Keys: two keys")]
    [InlineData("Api:Keys:1:Key", "3k-0t9-m1j-Uq0-Zc7-bI4-hA", "Api__Keys__1__Key: the same key as Api__Keys__0__Key")]
    [InlineData("Api:Keys", "$(openssl rand -base64 32)", "Api__Keys: this is the text of a command")]
    [InlineData("Api:Keys", "3k-0t9-m1j-Uq0-Zc7-bI4-hA", "Api__Keys__0__Key: the same key as Api__Keys.")]
    [InlineData("Identity:Key", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "Identity__Key: the same characters are repeated")]
    [InlineData("Links:Keys", "c2l0ZS1hZGRyZXNzLWtleS0wMTIzNDU2Nzg5MDEyMzQ1Njc=", "Links__Keys: the same key as Identity__Key")]
    public async Task A_faulty_key_stops_the_start_and_names_its_setting(string setting, string value, string fault)
    {
        var exception = await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            await using var site = await WebFixture.StartAsync(
                null, [.. Named.Where(one => one.Key != setting), (setting, value)]);
        });

        IEnumerable<Exception> all = exception is AggregateException several ? several.InnerExceptions : [exception];
        Assert.Contains(
            all.OfType<OptionsValidationException>().SelectMany(one => one.Failures),
            line => line.StartsWith(fault, StringComparison.Ordinal));
        Assert.DoesNotContain("3k-0t9-m1j-Uq0-Zc7-bI4-hA", exception.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_named_key_without_a_value_opens_nothing_in_Development()
    {
        var options = new ApiOptions { Keys = [new ApiKey { Name = "website", Scope = "stories" }] };

        Assert.Empty(options.Validate(development: true));
        Assert.Null(options.Find(""));
        Assert.NotEmpty(options.Validate(development: false));
    }

    private static async Task<int> StatusAsync(
        WebFixture site, string method, string path, string? body, string key, string client = "203.0.113.7") =>
        (await site.AskAsync(method, path, body, client, "application/json", ("X-Api-Key", key))).Status;
}

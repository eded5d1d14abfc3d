using System.Net;
using System.Text.RegularExpressions;
using DailyDigest.Accounts;
using DailyDigest.Content;
using DailyDigest.Digests;
using DailyDigest.Hooks;
using DailyDigest.Runs;
using Microsoft.AspNetCore.Routing;

namespace DailyDigest.Web.Tests.Desk;

/// <summary>
/// Text of feeds, readers and relays on the desk, and requests that no form of ours sends. Both walk what there is: a new page and a new
/// route are in them without a change here.
/// </summary>
public sealed partial class HostileContentTests
{
    private const string Markup = WebFixture.Markup + "\"'><script>alert(1)</script>";

    /// <summary>The walk follows every link of the desk, from the navigation on, and opens at most this many pages.</summary>
    private const int MaxPages = 150;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Markup_of_feeds_readers_and_relays_is_text_on_every_page()
    {
        await using var site = await WebFixture.StartAsync();
        using var owner = await SeedAsync(site);
        var (seen, waiting, shown) = (new HashSet<string>(StringComparer.Ordinal), new Queue<string>(["/desk/today"]), 0);
        foreach (var place in DeskPlace.All)
        {
            waiting.Enqueue(place.Path);
        }

        while (waiting.TryDequeue(out var path) && seen.Count < MaxPages)
        {
            if (!seen.Add(path))
            {
                continue;
            }

            using var answer = await owner.GetAsync(path);
            Assert.True((int)answer.StatusCode < 500, $"{path}: {answer.StatusCode}");
            if (answer.Content.Headers.ContentType?.MediaType != "text/html")
            {
                continue;
            }

            var html = await answer.Content.ReadAsStringAsync(Cancellation);
            Assert.False(Live().IsMatch(html), $"{path} has markup of a stranger: {Live().Match(html).Value}");
            var policy = answer.Headers.GetValues("Content-Security-Policy").Single();
            var isMail = policy.Contains("sandbox", StringComparison.Ordinal);
            Assert.True(isMail || !policy.Contains("unsafe", StringComparison.Ordinal), $"{path}: {policy}");
            Assert.DoesNotContain("script-src 'unsafe", policy, StringComparison.Ordinal);
            shown += html.Contains("alert(1)", StringComparison.Ordinal) ? 1 : 0;
            foreach (Match link in Link().Matches(html))
            {
                var target = WebUtility.HtmlDecode(link.Groups[1].Value);
                Assert.False(target.StartsWith("javascript:", StringComparison.OrdinalIgnoreCase), $"{path} links to {target}");
                if (target.StartsWith("/desk/", StringComparison.Ordinal) && !target.Contains("lang=", StringComparison.Ordinal))
                {
                    waiting.Enqueue(target);
                }
            }
        }

        // Not an empty walk: the text is there, and it is text.
        Assert.InRange(shown, 8, MaxPages);
    }

    [Fact]
    public async Task No_path_and_no_query_breaks_a_page()
    {
        await using var site = await WebFixture.StartAsync();
        using var owner = await site.SignInAsync(Role.Owner);
        var faults = new List<string>();
        foreach (var pattern in Patterns(site, "GET"))
        {
            foreach (var value in (string[])[
                "%00", "..%2F..%2Fx", "a%23b%3Fc", "%5C", "%27%22%3E", "%F0%9F%98%80", new string('a', 1_500), "-1"])
            {
                var path = Parameter().Replace(pattern, value);
                foreach (var one in (string[])[
                    path, $"{path}?after={value}&date={value}&cohort={value}&days={value}&status={value}&stories={value}&before={value}"])
                {
                    using var answer = await owner.GetAsync(one);
                    if ((int)answer.StatusCode >= 500)
                    {
                        faults.Add($"{one[..Math.Min(one.Length, 80)]}: {(int)answer.StatusCode}");
                    }
                }
            }
        }

        Assert.Empty(faults);
    }

    [Fact]
    public async Task No_form_breaks_an_act_whatever_its_fields_hold()
    {
        await using var site = await WebFixture.StartAsync();
        using var owner = await SeedAsync(site);
        var names = Fields().Matches(await AllPagesAsync(owner, site)).Select(match => match.Groups[1].Value)
            .Where(name => name is not ("token" or "lang")).Distinct().Take(40).ToList();
        Assert.InRange(names.Count, 20, 40);
        var faults = new List<string>();
        foreach (var pattern in Patterns(site, "POST").Where(one => !one.StartsWith("/desk/sign-", StringComparison.Ordinal)))
        {
            var path = Parameter().Replace(pattern, "x-none");
            foreach (var value in (string?[])[null, "", "\0\r\n\u202e", Markup, new string('9', 400), "-1", "2026-02-30"])
            {
                using var answer = await owner.PostAsync(
                    "/desk/profile", path, value is null ? [] : [.. names.Select(name => (name, value))]);
                if ((int)answer.StatusCode >= 500 || answer.StatusCode == HttpStatusCode.Unauthorized)
                {
                    faults.Add($"{path} with {value}: {(int)answer.StatusCode}");
                }
            }
        }

        Assert.Empty(faults);
    }

    [Fact]
    public async Task No_body_breaks_the_API()
    {
        await using var site = await WebFixture.StartAsync();
        var faults = new List<string>();
        byte[][] bodies =
        [
            [], "null"u8.ToArray(), "[]"u8.ToArray(), [0xEF, 0xBB, 0xBF, (byte)'{', (byte)'}'], [(byte)'"', 0xFF, 0xFE, (byte)'"'],
            .. ((string[])[
                """{"url":"\ud800","title":"\udfff","published":"2026-13-45T99:99:99Z"}""", """[{"message":"\ud800","status":"\ud800"}]""",
                """{"url":"https://a.example/","title":"x","url":"https://b.example/"}""", """{"views":1e999,"votes":-1,"clicks":0.5}""",
                """{"url":"https://a.example/","title":"x","image":{"url":[],"width":99999999999999999999}}""",
                new string('[', 20_000), new string('{', 200), "{\"\\u0000\":1}",
            ]).Select(System.Text.Encoding.UTF8.GetBytes),
        ];
        foreach (var path in (string[])["/api/stories", "/api/stories/%00/signals", "/api/stories/x-none/signals", "/api/outcomes"])
        {
            foreach (var body in bodies)
            {
                using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new ByteArrayContent(body) };
                request.Headers.Add("X-Api-Key", WebFixture.Key);
                request.Content.Headers.ContentType = new("application/json");
                using var answer = await site.Client.SendAsync(request, Cancellation);
                if ((int)answer.StatusCode >= 500)
                {
                    var text = System.Text.Encoding.UTF8.GetString(body);
                    faults.Add($"{path}: {(int)answer.StatusCode} for {text[..Math.Min(text.Length, 60)]}");
                }
            }
        }

        Assert.Empty(faults);
    }

    [Fact]
    public async Task Keys_links_and_tokens_of_another_publication_open_nothing()
    {
        await using var here = await WebFixture.StartAsync();
        await using var there = await WebFixture.StartAsync(publication => publication.BaseUrl = "http://localhost:81");
        var key = await there.Get<ApiKeyStore>().AddAsync("website", "desk, stories", Actor.CommandLine, Cancellation);
        foreach (var path in (string[])["/desk/digests", "/api/nothing"])
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path);
            request.Headers.Add("X-Api-Key", key);
            using var answer = await here.Client.SendAsync(request, Cancellation);
            Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        }

        using var visitor = here.Visitor();
        using var welcome = await visitor.GetAsync(await there.InviteAsync(Role.Owner));
        Assert.Equal(HttpStatusCode.NotFound, welcome.StatusCode);

        using var owner = await here.SignInAsync(Role.Owner);
        using var other = await there.SignInAsync(Role.Owner);
        var token = Token().Match(await other.PageAsync("/desk/profile")).Groups[1].Value;
        using var forged = await owner.SendAsync("/desk/accounts", ("token", token), ("email", "eve@example.com"), ("role", "Owner"));
        Assert.Equal(HttpStatusCode.BadRequest, forged.StatusCode);
    }

    /// <summary>Everything that a stranger can write, with markup in it; and an owner who is signed in.</summary>
    private static async Task<DeskClient> SeedAsync(WebFixture site)
    {
        var owner = await site.SignInAsync(Role.Owner);
        await site.RunAsync(RunState.Closed, [DeliveryState.Sent, DeliveryState.Rejected]);
        await site.DigestAsync(new DateOnly(2026, 3, 1), Markup);
        await site.HostileReaderAsync();
        var feeds = site.Get<FeedStore>();
        await feeds.AddAsync("https://gazette.example.com/rss", Markup, StoryKind.Article, ranked: false, Cancellation);
        var feed = Assert.Single(await feeds.ListAsync(Cancellation));
        await feeds.RecordAsync(feed.Id, new FeedReading.Failed(Markup), site.Time.GetUtcNow(), Cancellation);
        foreach (var number in Enumerable.Range(0, 6))
        {
            var url = $"https://gazette.example.com/{number}?q=%22%3E";
            await site.Get<StoryStore>().UpsertAsync(
                new Story
                {
                    Id = StoryId.From(url),
                    Kind = StoryKind.Article,
                    Url = url,
                    Title = number + Markup,
                    Summary = Markup,
                    Byline = Markup,
                    Section = Markup,
                    Source = feed.Id,
                    Image = new StoryImage("https://gazette.example.com/a.png?\">", Markup, Markup, Markup, 600, 400),
                    Published = site.Time.GetUtcNow(),
                    FirstSeen = site.Time.GetUtcNow(),
                },
                Cancellation);
        }

        await site.Get<AuditLog>().WriteAsync(new Actor("command", Markup), "feed.add", Markup, Markup, Markup, Cancellation);
        await site.Get<AddHook>().ExecuteAsync("https://hooks.example.com/in?q=%22", "*", withAddress: false, Cancellation);
        site.Time.Advance(TimeSpan.FromHours(1));
        return owner;
    }

    private static async Task<string> AllPagesAsync(DeskClient owner, WebFixture site)
    {
        var id = (await site.Get<AccountStore>().ListAsync(Cancellation))[0].Id;
        var reader = await site.SubscribedAsync("fields@example.com");
        string[] further = ["/desk/accounts/" + id, "/desk/readers/" + reader.Id, "/desk/readers/import", "/desk/profile/second-factor"];
        var all = "";
        foreach (var path in DeskPlace.All.Select(place => place.Path).Concat(further))
        {
            all += await owner.PageRawAsync(path);
        }

        return all;
    }

    private static IEnumerable<string> Patterns(WebFixture site, string method) =>
        from route in site.Get<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
        let methods = route.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods
        where route.Metadata.GetMetadata<Requirement>() is not null && methods?.Contains(method) == true
        let pattern = route.RoutePattern.RawText!
        where pattern.StartsWith("/desk", StringComparison.Ordinal)
        select pattern;

    // A tag that only the stranger's text could have made. Text that left an attribute would make one too.
    [GeneratedRegex("<img src=x|<script>", RegexOptions.IgnoreCase)]
    private static partial Regex Live();

    [GeneratedRegex("""(?:href|src)="([^"]*)""")]
    private static partial Regex Link();

    [GeneratedRegex("""<(?:input|select|textarea|button)[^>]*\sname="([^"]+)""")]
    private static partial Regex Fields();

    [GeneratedRegex(@"\{[^}]*\}")]
    private static partial Regex Parameter();

    [GeneratedRegex("""name="token" value="([^"]+)""")]
    private static partial Regex Token();
}

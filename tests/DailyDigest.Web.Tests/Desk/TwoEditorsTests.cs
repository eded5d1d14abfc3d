using System.Net;
using System.Text.RegularExpressions;
using DailyDigest.Accounts;
using DailyDigest.Content;
using DailyDigest.Runs;
using Microsoft.AspNetCore.Routing;

namespace DailyDigest.Web.Tests.Desk;

/// <summary>
/// Two people at once: each form that changes something refuses an old version, or has a reason why nothing can be lost. A new form needs a
/// line here.
/// </summary>
public sealed partial class TwoEditorsTests
{
    private const string Sets = "It says what shall be afterwards; twice is once.";
    private const string Adds = "It adds something and replaces nothing that another person wrote.";
    private const string Tells = "It changes nothing that is stored, but for a message or a record.";
    private const string Proves = "It asks for the password or a code, and is about the own account only.";

    /// <summary>Forms without a version, with the reason.</summary>
    private static readonly Dictionary<string, string> Reasons = new()
    {
        ["/desk/sign-in"] = Proves,
        ["/desk/sign-in/code"] = Proves,
        ["/desk/sign-out"] = Sets,
        ["/desk/welcome/{token}"] = "The link works once.",
        ["/desk/profile/password"] = Proves,
        ["/desk/profile/sessions"] = Sets,
        ["/desk/profile/second-factor"] = Proves,
        ["/desk/profile/second-factor/codes"] = Proves,
        ["/desk/profile/second-factor/off"] = Proves,
        ["/desk/accounts"] = "A new link ends the former one, and the page says so.",
        ["/desk/keys"] = Adds,
        ["/desk/keys/{id}/revoke"] = Sets,
        ["/desk/hooks/add"] = Adds,
        ["/desk/hooks/{id}/enable"] = Sets,
        ["/desk/hooks/{id}/disable"] = Sets,
        ["/desk/hooks/{id}/remove"] = Sets,
        ["/desk/hooks/{id}/test"] = Tells,
        ["/desk/hooks/{id}/redeliver"] = Tells,
        ["/desk/feeds/try"] = Tells,
        ["/desk/feeds/add"] = Adds,
        ["/desk/feeds/{id}/read"] = Tells,
        ["/desk/settings/doctor"] = Tells,
        ["/desk/readers/find"] = Tells,
        ["/desk/readers/suppress"] = Sets,
        ["/desk/readers/export"] = Tells,
        ["/desk/readers/suppressions/export"] = Tells,
        ["/desk/readers/suppressions/import"] = Sets,
        ["/desk/readers/suppressions/remove"] = Sets,
        ["/desk/readers/{id}/data"] = Tells,
        ["/desk/readers/import/try"] = Tells,
        ["/desk/readers/import"] = "A list is known by its bytes; sent again it continues.",
        ["/desk/tomorrow/{date}/test"] = Tells,
    };

    [Fact]
    public async Task Every_form_refuses_an_old_version_or_has_a_reason_why_not()
    {
        await using var site = await WebFixture.StartAsync(null, ("Approval:Required", "true"));
        using var owner = await site.SignInAsync(Role.Owner);
        using (await site.SignInAsync(Role.Editor))
        {
        }

        await site.RunAsync(RunState.Open, [DeliveryState.Sent]);
        await site.PublishAsync("The bridge opens", "Ferry fares rise again", "A quiet year", "School bells ring", "The lighthouse");
        var person = site.Get<AccountStore>().IdOf(WebFixture.Address(WebFixture.AddressOf(Role.Editor)));
        var reader = await site.SubscribedAsync("reader@example.com");
        const string url = "https://gazette.example.com/rss";
        await site.Get<FeedStore>().AddAsync(url, "The wire", StoryKind.Article, false, CancellationToken.None);
        var day = await owner.PageAsync("/desk/tomorrow");
        var date = Date().Match(day).Groups[1].Value;
        var story = StoryId.From("https://gazette.example.com/" + Uri.EscapeDataString("The bridge opens"));
        var paths = new Dictionary<string, string>
        {
            ["/desk/accounts/{id}"] = "/desk/accounts/" + person,
            ["/desk/stories/{id}"] = "/desk/stories/" + story,
            ["/desk/feeds/{id}"] = "/desk/feeds/" + Feed.IdOf(url),
            ["/desk/readers/{id}"] = "/desk/readers/" + reader.Id,
            ["/desk/tomorrow/{date}"] = "/desk/tomorrow/" + date,
            ["/desk/runs/{date}/{cohort}/{act}"] = $"/desk/runs/2026-03-02/{WebFixture.Home}/pause",
        };
        (string, string)[] fields =
        [
            ("version", "999999"), ("name", "Another"), ("role", "Viewer"), ("story", story), ("act", "drop"), ("reason", "blocked"),
            ("address", "reader@example.com"), ("until", "2026-04-01"), ("zone", "Europe/Paris"), ("hour", "9"), ("rhythm", "daily"),
            ("language", "en"), ("subject", "Another"), ("title", "Another"), ("shown", Shown().Match(day).Groups[1].Value),
        ];

        var faults = new List<string>();
        var tried = 0;
        foreach (var pattern in Posts(site))
        {
            if (Reasons.ContainsKey(pattern))
            {
                continue;
            }

            var begin = paths.Keys.FirstOrDefault(key => pattern.StartsWith(key, StringComparison.Ordinal));
            var path = (begin is null ? pattern : paths[begin] + pattern[begin.Length..]).Replace(
                "{story}", story, StringComparison.Ordinal);
            var token = Token().Match(await owner.PageAsync("/desk/profile")).Groups[1].Value;
            site.Plan.Restart();
            using var answer = await owner.SendAsync(path, [("token", token), .. fields]);
            var writes = site.Plan.Trace.Where(call => call.Writes).Select(call => call.Place).Distinct().ToList();
            tried++;
            if (answer.StatusCode != HttpStatusCode.Conflict || writes.Count > 0)
            {
                faults.Add($"{pattern}: {(int)answer.StatusCode}, wrote {string.Join(' ', writes)}");
            }
        }

        Assert.Empty(faults);
        Assert.InRange(tried, 15, 100);
    }

    [Fact]
    public async Task Every_reason_is_that_of_a_form_that_exists()
    {
        await using var site = await WebFixture.StartAsync();
        Assert.Subset(Posts(site).ToHashSet(), Reasons.Keys.ToHashSet());
    }

    private static IEnumerable<string> Posts(WebFixture site) =>
        site.Get<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(route => route.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods is ["POST"])
            .Select(route => route.RoutePattern.RawText!)
            .Where(pattern => pattern.StartsWith("/desk", StringComparison.Ordinal));

    [GeneratedRegex("""action="/desk/tomorrow/(\d{4}-\d\d-\d\d)/""")]
    private static partial Regex Date();

    [GeneratedRegex("""name="shown" value="([^"]*)""")]
    private static partial Regex Shown();

    [GeneratedRegex("""name="token" value="([^"]+)""")]
    private static partial Regex Token();
}

using System.Net;
using System.Text.RegularExpressions;
using DailyDigest.Accounts;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace DailyDigest.Web.Tests.Desk;

/// <summary>The permissions of each role, for every route of the desk and the API.</summary>
public sealed partial class GateTests
{
    /// <summary>All routes with all roles, a key and nobody. A new route is in the walk without a change here.</summary>
    [Fact]
    public async Task Every_route_answers_only_to_who_may()
    {
        await using var site = await WebFixture.StartAsync();
        var routes = Guarded(site).ToList();
        Assert.True(routes.Count >= 12);
        var faults = new List<string>();
        foreach (var role in Enum.GetValues<Role>())
        {
            using var client = await site.SignInAsync(role);
            foreach (var (method, path, permission) in routes.Where(route => IsDesk(route.Path) && route.Permission != Permission.Open))
            {
                using var request = new HttpRequestMessage(method, path);
                using var answer = await client.SendAsync(request);
                var isForbidden = answer.StatusCode == HttpStatusCode.Forbidden;
                if (isForbidden == Permissions.Of(role).Contains(permission) || answer.StatusCode == HttpStatusCode.InternalServerError)
                {
                    faults.Add($"{role} {method} {path}: {(int)answer.StatusCode}");
                }
            }
        }

        Assert.Empty(faults);
    }

    [Fact]
    public async Task No_route_answers_without_a_session_or_a_key()
    {
        await using var site = await WebFixture.StartAsync();
        using var browser = site.Visitor();
        var faults = new List<string>();
        foreach (var (method, path, permission) in Guarded(site).Where(
            route => route.Permission is not (Permission.Open or Permission.BeProvider)))
        {
            using var page = new HttpRequestMessage(method, path);
            using var sent = await browser.SendAsync(page);
            var isSent = sent.StatusCode == HttpStatusCode.Unauthorized || (sent.StatusCode == HttpStatusCode.SeeOther
                && sent.Headers.Location!.ToString().StartsWith("/desk/sign-in", StringComparison.Ordinal));
            using var call = new HttpRequestMessage(method, path);
            using var refused = await site.Client.SendAsync(call, TestContext.Current.CancellationToken);
            if (!isSent || refused.StatusCode != HttpStatusCode.Unauthorized)
            {
                faults.Add($"{method} {path}: {(int)sent.StatusCode}, {(int)refused.StatusCode}");
            }
        }

        Assert.Empty(faults);
    }

    [Fact]
    public async Task A_key_for_the_desk_sees_and_changes_nothing()
    {
        await using var site = await WebFixture.StartAsync();
        var seen = Permissions.OfKey(Role.Viewer);
        foreach (var (method, path, permission) in Guarded(site).Where(route => IsDesk(route.Path) && route.Permission != Permission.Open))
        {
            using var request = new HttpRequestMessage(method, path);
            request.Headers.Add("X-Api-Key", WebFixture.Key);
            using var answer = await site.Client.SendAsync(request, TestContext.Current.CancellationToken);
            Assert.Equal(seen.Contains(permission), answer.StatusCode != HttpStatusCode.Forbidden);
        }
    }

    /// <summary>All routes of the API with a key of each scope.</summary>
    [Fact]
    public async Task Every_route_of_the_API_answers_only_to_the_scopes_that_may()
    {
        await using var site = await WebFixture.StartAsync();
        var faults = new List<string>();
        foreach (var word in ApiKey.Words)
        {
            var (program, allowed) = (await site.ProgramAsync(word), ApiKey.PermissionsOf(new ApiKey { Scope = word }.Scopes()));
            foreach (var (method, path, permission) in Guarded(site).Where(route => IsApi(route.Path)))
            {
                var answer = await site.AskAsync(method.Method, path, headers: ("X-Api-Key", program.Key));
                if ((answer.Status != 403) != (permission == Permission.Open || allowed.Contains(permission)) || answer.Status >= 500)
                {
                    faults.Add($"{word} {method} {path}: {answer.Status}");
                }
            }
        }

        Assert.Empty(faults);
    }

    /// <summary>Closed without a setting; with it, closed to everybody without the provider's proof.</summary>
    [Theory]
    [InlineData(false, 404)]
    [InlineData(true, 401)]
    public async Task No_account_and_no_key_opens_a_web_hook_of_a_provider(bool isSet, int status)
    {
        await using var site = await WebFixture.StartAsync(null, isSet ? Returns.Caller.Settings : []);
        using var owner = await site.SignInAsync(Role.Owner);
        var program = await site.ProgramAsync("owner");
        var routes = Guarded(site).Where(route => route.Permission == Permission.BeProvider).ToList();
        Assert.Equal(Returns.Caller.Names, routes.Where(route => route.Method == HttpMethod.Post && !route.Path.Contains("x-none"))
            .Select(route => route.Path.Split('/')[^1]).Order());
        foreach (var (method, path, _) in routes)
        {
            var expected = path.EndsWith("/x-none", StringComparison.Ordinal) ? 404 : status;
            using var request = new HttpRequestMessage(method, path);
            using var signedIn = await owner.SendAsync(request);
            Assert.Equal((path, expected), (path, (int)signedIn.StatusCode));
            Assert.Equal(expected, (await site.AskAsync(method.Method, path, headers: ("X-Api-Key", program.Key))).Status);
            site.Time.Advance(WrongKeys.Memory);
        }
    }

    [Fact]
    public async Task A_route_without_a_permission_refuses_the_start()
    {
        await using var site = await WebFixture.StartAsync();
        Endpoint open = new RouteEndpointBuilder(
            _ => Task.CompletedTask, Microsoft.AspNetCore.Routing.Patterns.RoutePatternFactory.Parse("/desk/open"), 0).Build();
        Endpoint hook = new RouteEndpointBuilder(
            _ => Task.CompletedTask, Microsoft.AspNetCore.Routing.Patterns.RoutePatternFactory.Parse("/hooks/open"), 0).Build();
        var fault = Assert.Throws<InvalidOperationException>(() => Requirement.Check([open, hook]));
        Assert.Contains("/desk/open, /hooks/open", fault.Message, StringComparison.Ordinal);
        Requirement.Check(site.Get<EndpointDataSource>().Endpoints);
    }

    [Fact]
    public void Each_role_may_do_what_the_one_before_it_may()
    {
        foreach (var (lower, higher) in Enum.GetValues<Role>().Zip(Enum.GetValues<Role>().Skip(1)))
        {
            Assert.Subset(Permissions.Of(higher).ToHashSet(), Permissions.Of(lower).ToHashSet());
        }

        Assert.DoesNotContain(Permission.ChangeDigests, Permissions.Of(Role.Viewer));
        Assert.DoesNotContain(Permission.SeeReaders, Permissions.Of(Role.Editor));
        Assert.DoesNotContain(Permission.ChangeAccounts, Permissions.Of(Role.Operator));
        Assert.All(Enum.GetValues<Role>(), role => Assert.DoesNotContain(Permission.OwnAccount, Permissions.OfKey(role)));
    }

    [Fact]
    public async Task A_form_without_its_token_changes_nothing()
    {
        await using var site = await WebFixture.StartAsync();
        using var client = await site.SignInAsync(Role.Owner);
        var faults = new List<string>();
        site.Plan.Restart();
        foreach (var (method, path, _) in Guarded(site).Where(route => IsDesk(route.Path) && route.Method == HttpMethod.Post))
        {
            foreach (var fields in ((string, string)[][])[[], [("token", "forged")]])
            {
                using var answer = await client.SendAsync(path, fields);
                if (answer.StatusCode != HttpStatusCode.BadRequest)
                {
                    faults.Add($"{method} {path}: {(int)answer.StatusCode}");
                }
            }
        }

        Assert.Empty(faults);
        Assert.DoesNotContain(site.Plan.Trace, call => call.Writes);
    }

    [Fact]
    public async Task A_token_of_another_person_is_refused()
    {
        await using var site = await WebFixture.StartAsync();
        using var owner = await site.SignInAsync(Role.Owner);
        using var viewer = await site.SignInAsync(Role.Viewer);
        var token = Token().Match(await viewer.PageAsync("/desk/digests")).Groups[1].Value;
        using var answer = await owner.SendAsync("/desk/sign-out", ("token", token));
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
    }

    [Fact]
    public async Task The_navigation_shows_only_what_the_role_may_see()
    {
        await using var site = await WebFixture.StartAsync();
        using var viewer = await site.SignInAsync(Role.Viewer);
        using var owner = await site.SignInAsync(Role.Owner);
        Assert.DoesNotContain("href=\"/desk/audit\"", await viewer.PageAsync("/desk/digests"), StringComparison.Ordinal);
        Assert.Contains("href=\"/desk/audit\"", await owner.PageAsync("/desk/digests"), StringComparison.Ordinal);
    }

    /// <summary>The endpoints below /desk and /api, each with a path that its pattern matches.</summary>
    private static IEnumerable<(HttpMethod Method, string Path, Permission Permission)> Guarded(WebFixture site) =>
        from route in site.Get<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
        let requirement = route.Metadata.GetMetadata<Requirement>()
        where requirement is not null
        from method in route.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? ["GET", "POST", "PUT", "DELETE"]
        select (new HttpMethod(method), Parameter().Replace(route.RoutePattern.RawText!, "x-none"), requirement.Permission);

    private static bool IsApi(string path) => path.StartsWith("/api", StringComparison.Ordinal);

    private static bool IsDesk(string path) => path.StartsWith("/desk", StringComparison.Ordinal);

    [GeneratedRegex(@"\{[^}]*\}")]
    private static partial Regex Parameter();

    [GeneratedRegex("""name="token" value="([^"]+)""")]
    private static partial Regex Token();
}

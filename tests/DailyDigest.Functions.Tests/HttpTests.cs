using System.Net;
using System.Text.RegularExpressions;
using DailyDigest.Accounts;
using DailyDigest.Mailing;
using DailyDigest.Subscribers;

namespace DailyDigest.Functions.Tests;

/// <summary>Requests through the whole chain: the host's invocation, the worker's web server and routing, the product's pages.</summary>
[Collection(nameof(SharedApp))]
public sealed partial class HttpTests(FunctionApp app)
{
    /// <summary>Each status and text is one that only the product's own endpoint gives.</summary>
    [Theory]
    [InlineData("GET", "/", 200, "name=\"check\"")]
    [InlineData("HEAD", "/", 200, "")]
    [InlineData("GET", "/signup", 303, "")]
    [InlineData("POST", "/signup", 422, "id=\"email-fault\"")]
    [InlineData("POST", "/unsubscribe/token", 404, "This link does not work")]
    [InlineData("OPTIONS", "/signup.json", 204, "")]
    [InlineData("PUT", "/api/stories/1", 401, "")]
    [InlineData("POST", "/api/stories", 401, "")]
    [InlineData("GET", "/api/v1/openapi.json", 200, "\"openapi\": \"3.1")]
    [InlineData("GET", "/api/v1/docs", 200, "id=\"listReaders\"")]
    [InlineData("GET", "/api/v1/readers", 401, "no-key")]
    [InlineData("PATCH", "/api/v1/readers/1", 401, "no-key")]
    [InlineData("PUT", "/api/v1/drafts/next/order", 401, "no-key")]
    [InlineData("DELETE", "/api/v1/hooks/1", 401, "no-key")]
    [InlineData("GET", "/no-such-page", 404, "<h1>")]
    public async Task Every_method_and_path_reaches_the_pages(string method, string path, int status, string text)
    {
        FunctionApp.Require();

        var form = method == "POST" ? new Dictionary<string, string>() : null;
        var (answered, body) = await Visitor("nobody@example.org").AskAsync(new HttpMethod(method), path, form);

        Assert.Equal((status, method, path), ((int)answered, method, path));
        Assert.Contains(text, body, StringComparison.Ordinal);
    }

    /// <summary>Event Grid asks for an answer, then sends events. The secret is in the query, which no log has.</summary>
    [Fact]
    public async Task A_provider_reports_to_its_web_hook_with_the_secret_only()
    {
        FunctionApp.Require();
        const string Question = """
            [{"id":"1","eventType":"Microsoft.EventGrid.SubscriptionValidationEvent","data":{"validationCode":"512d38b6"}}]
            """;
        const string Report = """
            [{"id":"2","eventType":"Microsoft.Communication.EmailDeliveryReportReceived","eventTime":"2026-03-02T09:00:05Z",
              "data":{"recipient":"hooked@example.org","internetMessageId":"<1@example.org>","status":"Bounced"}}]
            """;

        Assert.Equal((401, false), await PostAsync("/hooks/azure?secret=wrong-secret-of-somebody-else", Question));
        Assert.Equal((200, true), await PostAsync($"/hooks/azure?secret={FunctionApp.HookSecret}", Question));
        Assert.Equal((200, false), await PostAsync($"/hooks/azure?secret={FunctionApp.HookSecret}", Report));
        Assert.Equal((404, false), await PostAsync($"/hooks/postmark?secret={FunctionApp.HookSecret}", Report));
        Assert.All([FunctionApp.HookSecret, "wrong-secret", "hooked@example.org", "512d38b6"],
            text => Assert.DoesNotContain(text, app.Worker.Logged, StringComparison.Ordinal));

        async Task<(int Status, bool HasCode)> PostAsync(string path, string body)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, path)
            {
                Content = new StringContent(body, System.Text.Encoding.UTF8, "application/json"),
            };
            using var response = await app.Worker.HttpAsync(request, FunctionApp.Cancellation);
            var text = await response.Content.ReadAsStringAsync(FunctionApp.Cancellation);
            return ((int)response.StatusCode, text.Contains("512d38b6", StringComparison.Ordinal));
        }
    }

    /// <summary>The platform's front end appends the address that it sees. The worker takes the last one without any setting.</summary>
    [Fact]
    public async Task A_readers_network_is_the_last_forwarded_address_not_a_claimed_one()
    {
        FunctionApp.Require();

        Assert.Equal(HttpStatusCode.OK, await Visitor("network@example.org").SignUpAsync("9.9.9.9, 203.0.113.7:4711"));

        var subscriber = await app.Get<SubscriberStore>().ScanAsync(null, FunctionApp.Cancellation)
            .SingleAsync(one => one.Address == "network@example.org", FunctionApp.Cancellation);
        Assert.Equal(app.Get<AddressHash>().OfNetwork(IPAddress.Parse("203.0.113.7")), subscriber.SignUp?.Consent.NetworkHash);
    }

    [Fact]
    public async Task A_forged_path_prefix_changes_nothing()
    {
        FunctionApp.Require();
        var visitor = Visitor("prefix@example.org");

        var plain = await visitor.AskAsync(HttpMethod.Get, "/digests");
        var prefixed = await visitor.AskAsync(HttpMethod.Get, "/digests", null, ("X-Forwarded-Prefix", "/elsewhere"));

        Assert.Equal(HttpStatusCode.OK, plain.Status);
        Assert.Equal(plain, prefixed);
    }

    [Fact]
    public async Task Urls_forms_and_addresses_of_requests_are_not_logged()
    {
        FunctionApp.Require();
        var form = new Dictionary<string, string> { ["email"] = "posted@example.org", ["answer"] = "posted-answer" };

        await Visitor("url@example.org").AskAsync(HttpMethod.Get, "/preferences/path-token?lang=query-token");
        await Visitor("url@example.org").AskAsync(HttpMethod.Post, "/signup", form);

        Assert.All(
            ["path-token", "query-token", "posted@example.org", "posted-answer", "203.0.113.7"],
            text => Assert.DoesNotContain(text, app.Worker.Logged, StringComparison.Ordinal));
    }

    /// <summary>The cookies of the desk and their keys work in the worker as in the server.</summary>
    [Fact]
    public async Task A_person_signs_in_to_the_desk()
    {
        FunctionApp.Require();
        Assert.True(EmailAddress.TryParse("desk@example.org", out var address));
        var link = new Uri(await app.Get<InviteAccount>().ExecuteAsync(
            address, Role.Editor, "Ada", Actor.CommandLine, FunctionApp.Cancellation)).AbsolutePath;
        var cookies = new Dictionary<string, string>(StringComparer.Ordinal);

        var page = await DeskAsync(HttpMethod.Get, link, null);
        var token = Token().Match(page.Body).Groups[1].Value;
        var accepted = await DeskAsync(HttpMethod.Post, link, new()
        {
            ["token"] = token,
            ["name"] = "Ada",
            ["password"] = "correct horse battery",
        });

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.SeeOther), (page.Status, accepted.Status));
        Assert.Contains("__Host-desk", cookies.Keys);
        Assert.Contains("Welcome, Ada.", (await DeskAsync(HttpMethod.Get, "/desk/digests", null)).Body, StringComparison.Ordinal);
        cookies.Clear();
        Assert.Equal(HttpStatusCode.SeeOther, (await DeskAsync(HttpMethod.Get, "/desk/digests", null)).Status);
        Assert.DoesNotContain(link.Split('/')[^1], app.Worker.Logged, StringComparison.Ordinal);

        async Task<(HttpStatusCode Status, string Body)> DeskAsync(HttpMethod method, string path, Dictionary<string, string>? form)
        {
            using var request = new HttpRequestMessage(method, path);
            request.Headers.Add("Accept", "text/html");
            if (cookies.Count > 0)
            {
                request.Headers.Add("Cookie", string.Join("; ", cookies.Select(pair => $"{pair.Key}={pair.Value}")));
            }

            request.Content = form is null ? null : new FormUrlEncodedContent(form);
            using var response = await app.Worker.HttpAsync(request, FunctionApp.Cancellation);
            foreach (var cookie in response.Headers.TryGetValues("Set-Cookie", out var set) ? set : [])
            {
                var pair = cookie.Split(';')[0].Split('=', 2);
                cookies[pair[0]] = pair[1];
            }

            return (response.StatusCode, await response.Content.ReadAsStringAsync(FunctionApp.Cancellation));
        }
    }

    [GeneratedRegex("name=\"token\" value=\"([^\"]+)\"")]
    private static partial Regex Token();

    private Visitor Visitor(string address) => new(app.Worker, address);
}

using System.Globalization;
using System.Text;
using DailyDigest.Subscribers;
using Microsoft.AspNetCore.Routing;

namespace DailyDigest.Web.Tests;

/// <summary>Ten thousand random requests to every route, the same in every run.</summary>
public sealed class FuzzTests
{
    private const int Cases = 10_000;
    private const string Mark = "<b data-echo=\"'`";

    private static readonly string[] Pieces =
    [
        Mark, "<script>alert(1)</script>", "\"><svg onload=alert(1)>", "javascript:alert(1)", "%00", "%", "%zz", "%E0%A4%A", "&", "=", "+",
            ";", "?", "#", "/", "\\", "../", "..%2f", "%2e%2e/",
        "\r\nX-Evil: 1\r\n", "\n", "\t", "\0", "\u0001", "\u007f", "é😀", "\u202e", "\ud800", "\ufeff", "１２", "٧", "{{7*7}}", "${7*7}",
        "@Model", "' OR 1=1 --", "null", "true", "-1", "0", "1e309",
        "99999999999999999999", "{", "}", "[", "]", "\"", ":", ",", "email", "check", "answer", "zone", "hour", "lang", "return", "website",
        "page", "reader@example.com", "a@b.c", "Europe/Paris",
        "2026-03-02", "en", "ar", "daily", "https://www.example.com/", "https://evil.test/",
    ];

    private static readonly string[] OddMethods = ["PUT", "DELETE", "PATCH", "TRACE", "OPTIONS", "PROPFIND", "get"];

    private static readonly string[] Names = ["email", "check", "answer", "zone", "hour", "lang", "language", "return", "website", "page",
        "rhythm", "cohort", "why", "until", "address"];

    private static readonly string[] HeaderNames =
    [
        "Accept-Language", "Origin", "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "Authorization", "X-Api-Key", "Cookie",
        "Referer", "User-Agent", "Accept",
        "If-None-Match", "If-Modified-Since", "Range", "Access-Control-Request-Method", "Forwarded", "X-Original-URL",
        "X-HTTP-Method-Override", "Content-Encoding",
    ];

    private static readonly string[] Types =
        ["application/x-www-form-urlencoded", "application/json", "application/json; charset=utf-16", "multipart/form-data; boundary=x",
            "text/plain", "", "application/x-www-form-urlencoded; charset=\"\"", "*"];

    [Fact]
    public async Task Random_input_causes_no_error_no_echo_and_no_log_of_itself()
    {
        await using var site = await WebFixture.StartAsync(
            null, ("SignUp:Origins", "https://www.example.com"), ("Web:Proxies", "10.0.0.0/8"), ("SignUp:MinimumSeconds", "0"));
        await site.DigestAsync(new DateOnly(2026, 3, 1));
        var person = await site.SubscribedAsync();
        var links = site.Get<ReaderLinks>();
        string[] tokens = [.. new[] { links.Confirm(person.Id), links.Unsubscribe(person.Id), links.Preferences(person.Id) }.Select(
            link => link[(link.LastIndexOf('/') + 1)..])];
        var routes = site.Get<EndpointDataSource>().Endpoints.Cast<RouteEndpoint>()
            .Select(route => (Path: "/" + route.RoutePattern.RawText!.TrimStart('/'),
                Methods: route.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? ["GET", "POST"])).ToList();
        var signUps = routes.Where(route => route.Path is "/signup" or "/signup.json" or "/subscribe"
            && route.Methods.Contains("POST")).ToList();
        Assert.Equal(3, signUps.Count);
        var statuses = new System.Collections.Concurrent.ConcurrentDictionary<int, int>();
        await Parallel.ForEachAsync(Enumerable.Range(0, Cases), async (seed, _) =>
        {
            var random = new Random(seed);
            var (template, methods) = random.Next(4) == 0 ? signUps[random.Next(signUps.Count)] : routes[random.Next(routes.Count)];
            var method = random.Next(10) == 0 ? OddMethods[random.Next(OddMethods.Length)] : methods[random.Next(methods.Count)];
            var path = System.Text.RegularExpressions.Regex.Replace(
                template, @"\{[^}]*\}", _ => random.Next(3) == 0
                    ? Mutated(random, tokens[random.Next(tokens.Length)]) : Uri.EscapeDataString(
                        Whole(Rubbish(random)).Replace("\0", "", StringComparison.Ordinal)));
            var query = random.Next(3) == 0 ? "?" + string.Join(
                '&', Enumerable.Range(0, random.Next(4)).Select(_ => Name(random) + "=" + Encoded(random, Rubbish(random)))) : "";
            var headers = Enumerable.Range(0, random.Next(4))
                .Select(_ => (HeaderNames[random.Next(HeaderNames.Length)], Header(random))).ToList();
            if (random.Next(8) == 0)
            {
                headers.Add(("X-Api-Key", WebFixture.Key));
            }

            // Each case comes from a network of its own, or has no address and no key: wrong keys of one network are delayed.
            var client = random.Next(4) switch
            {
                0 => $"10.{seed >> 8}.{seed & 255}.3",
                1 => $"2001:db8:{seed:x}::1",
                2 => "",
                _ => $"203.{seed >> 8}.{seed & 255}.9",
            };
            headers.RemoveAll(header => client.Length == 0 && (header.Item1 is "Authorization" or "X-Api-Key"));
            var type = random.Next(2) == 0
                ? Types[template.EndsWith(".json", StringComparison.Ordinal) ? 1 : 0] : Types[random.Next(Types.Length)];
            var body = method is "GET" or "HEAD" ? null : Body(random, site, type);
            WebFixture.Answer answer;
            try
            {
                answer = await site.AskAsync(method, path + query, body, client, type, [.. headers]);
            }
            catch (Exception exception)
            {
                throw new InvalidOperationException($"Case {seed}: {method} {path}", exception);
            }

            statuses.AddOrUpdate(answer.Status, 1, (_, count) => count + 1);
            Assert.True(answer.Status is > 99 and < 500, $"Case {seed}: {answer.Status} for {method} {path}");
            Assert.False(answer.Body.Contains("<b data-echo", StringComparison.OrdinalIgnoreCase) || answer.Body.Contains(
                "alert(1)</script>", StringComparison.OrdinalIgnoreCase)
                || answer.Body.Contains("<svg onload", StringComparison.OrdinalIgnoreCase), $"Case {seed}: an echo from {method} {path}");
            Assert.All(answer.Headers, header => Assert.DoesNotContain(header.Value.ToString(), character => character is < ' ' or > '~'));
            Assert.Equal("nosniff", answer.Headers.XContentTypeOptions);
            Assert.False(answer.Headers.ContainsKey("X-Evil"));

            // Readers' pages set no cookie.
            Assert.False(answer.Headers.ContainsKey("Set-Cookie") && !template.StartsWith("/desk", StringComparison.Ordinal));
            Assert.DoesNotContain(
                "evil.test", answer.Headers.Location.ToString() + answer.Headers.AccessControlAllowOrigin, StringComparison.Ordinal);
        });

        // The cases must reach pages, redirects and acceptances, not only refusals.
        Assert.All([200, 202, 303, 400, 401, 404, 405, 415, 422], status => Assert.True(
            statuses.ContainsKey(status), $"No case was answered with {status}."));
        Assert.DoesNotContain("example.com", site.Logged, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("data-echo", site.Logged, StringComparison.Ordinal);
        Assert.All(tokens, token => Assert.DoesNotContain(token, site.Logged, StringComparison.Ordinal));
    }

    private static string Rubbish(Random random) =>
        string.Concat(Enumerable.Range(0, random.Next(5)).Select(_ => random.Next(5) == 0 ? Mark : Pieces[random.Next(Pieces.Length)]));

    private static string Name(Random random) =>
        random.Next(6) == 0 ? Uri.EscapeDataString(Whole(Rubbish(random))) : Names[random.Next(Names.Length)];

    private static string Encoded(Random random, string text) =>
        random.Next(5) == 0 ? text.Replace('#', '-') : Uri.EscapeDataString(Whole(text));

    // Servers refuse a NUL in a path. Half a surrogate pair can only be sent as an escape in JSON.
    private static string Whole(string text) => text.Replace("\ud800", "", StringComparison.Ordinal);

    // A server accepts headers without line breaks and NUL.
    private static string Header(Random random) =>
        string.Concat(Whole(Rubbish(random)).Where(character => character is not ('\r' or '\n' or '\0')));

    private static string Mutated(Random random, string token)
    {
        var text = new StringBuilder(token);
        for (var times = random.Next(4); times > 0 && text.Length > 0; times--)
        {
            var place = random.Next(text.Length);
            switch (random.Next(3))
            {
                case 0: text[place] = (char)random.Next('-', 'z'); break;
                case 1: text.Remove(place, 1); break;
                default: text.Insert(place, 'A'); break;
            }
        }

        return Uri.EscapeDataString(text.ToString());
    }

    private static string Body(Random random, WebFixture site, string type)
    {
        if (random.Next(6) == 0)
        {
            return random.Next(20) == 0 ? new string('x', 70_000) : Whole(Rubbish(random));
        }

        var question = site.Get<HumanCheck>().Create();
        var fields = new List<(string Name, string Value)>
        {
            ("email", random.Next(2) == 0 ? $"reader{random.Next(50)}@example.com" : Rubbish(random) + "@example.com"),
            ("check", random.Next(3) == 0 ? Mutated(random, question.Token) : question.Token),
            ("answer", (question.First + question.Second).ToString(CultureInfo.InvariantCulture)),
        };
        fields.AddRange(Enumerable.Range(0, random.Next(4)).Select(_ => (Names[random.Next(Names.Length)], Rubbish(random))));
        return type.Contains("json", StringComparison.Ordinal)
            ? "{" + string.Join(',', fields.Select(field => $"\"{field.Name}\":{Json(random, field.Value)}")) + (
                random.Next(9) == 0 ? "" : "}")
            : string.Join('&', fields.Select(field => field.Name + "=" + Encoded(random, field.Value)));
    }

    private static string Json(Random random, string value) => random.Next(12) switch
    {
        0 => "{\"a\":[]}",
        1 => "null",
        2 => "7",
        3 => "\"\\ud800\"",
        4 => new string('[', 100),
        _ => System.Text.Json.JsonSerializer.Serialize(value),
    };
}

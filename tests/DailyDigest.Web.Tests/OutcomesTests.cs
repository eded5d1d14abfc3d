using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using DailyDigest.Calendar;
using DailyDigest.Runs;
using DailyDigest.Storage;
using DailyDigest.Subscribers;

namespace DailyDigest.Web.Tests;

/// <summary>POST /api/outcomes: late reports of relays.</summary>
public sealed class OutcomesTests
{
    private static readonly DateOnly Date = new(2026, 3, 2);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_report_is_answered_in_order_and_a_repeated_batch_changes_nothing()
    {
        await using var site = await WebFixture.StartAsync();
        var (person, token) = await SentAsync(site);
        var batch = $$$"""
            [{"envelope":"bounces+{{{token}}}@mail.example.com","outcome":"delivered"},
             {"envelope":"{{{new string('a', 48)}}}","outcome":"bounced"},
             {"envelope":"{{{token}}}","outcome":"exploded","at":"yesterday"},
             7, null, [], {"envelope":{}}, {"envelope":"x","envelope":"y","outcome":"bounced"}]
            """;
        Assert.Equal(["recorded", "unknown-delivery", "bad", "bad", "bad", "bad", "bad", "bad"], await AnswersAsync(site, batch));
        Assert.Equal("already-recorded", (await AnswersAsync(site, batch))[0]);
        Assert.Equal(["recorded"], await AnswersAsync(site, $$"""[{"envelope":"{{token}}","outcome":"complained"}]"""));
        Assert.Equal(["already-recorded"], await AnswersAsync(site, $$"""[{"envelope":"{{token}}","outcome":"complained"}]"""));
        Assert.Equal(SubscriberStatus.Complained, await site.StatusAsync(person.Id));
        var (status, body) = await PostAsync(site, """[{"outcome":"exploded","at":"yesterday"}]""");
        Assert.Equal(200, status);
        Assert.All(["envelope:", "outcome:", "at:"], field => Assert.Contains(field, body, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Only_a_POST_with_a_key_is_accepted()
    {
        await using var site = await WebFixture.StartAsync();
        var (person, token) = await SentAsync(site);
        var writes = site.Plan.Writes;
        foreach (var (method, key, expected) in new[]
        {
            ("POST", null, 401), ("POST", "wrong", 401), ("GET", null, 401), ("HEAD", null, 401), ("GET", WebFixture.Key, 404),
            ("HEAD", WebFixture.Key, 404), ("PUT", WebFixture.Key, 404),
        })
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), $"/api/outcomes?envelope={token}&outcome=complained");
            request.Headers.TryAddWithoutValidation("X-Api-Key", key);
            if (method is "POST" or "PUT")
            {
                request.Content = new StringContent($$"""[{"envelope":"{{token}}","outcome":"complained"}]""",
                    Encoding.UTF8, "application/json");
            }

            using var response = await site.Client.SendAsync(request, Stop);
            Assert.Equal((method, expected), (method, (int)response.StatusCode));
        }

        Assert.Equal(SubscriberStatus.Active, await site.StatusAsync(person.Id));
        Assert.Equal(writes, site.Plan.Writes);
    }

    [Fact]
    public async Task Random_reports_cause_no_error_and_are_not_logged()
    {
        await using var site = await WebFixture.StartAsync();
        var (_, token) = await SentAsync(site);
        var deep = new string('[', 5_000) + new string(']', 5_000);
        string[] values =
        [
            "null", "7", "1e999", "true", "{}", "[]", deep[4_990..5_010], "\"\"", "\"\\u0000\"", "\"\\ud800\"", $"\"{token}\"",
            $"\"{token.ToUpperInvariant()}\"", "\"complained\"",
            "\"bounced\"", "\"5.1.1\"", "\"9999-12-31T23:59:59Z\"", "\"0001-01-01T00:00:00+14:00\"", "\"secret.person@example.com\"",
            $"\"{new string('@', 30_000)}\"", "\"5.99999999999.1\"",
        ];
        string[] names = ["envelope", "outcome", "status", "reply", "at", "\\u0065nvelope", "Envelope", "__proto__", ""];
        var random = new Random(11);
        for (var round = 0; round < 400; round++)
        {
            var items = Enumerable.Range(0, random.Next(4)).Select(_ =>
                "{" + string.Join(',', Enumerable.Range(0, random.Next(6))
                    .Select(_ => $"\"{names[random.Next(names.Length)]}\":{values[random.Next(values.Length)]}")) + "}");
            var body = $"[{string.Join(',', items)}]";
            body = random.Next(4) == 0 ? body[..random.Next(body.Length)] : body;
            Assert.True((await PostAsync(site, body)).Status is 200 or 400, body);
        }

        foreach (var body in new[] { "", "{}", "null", "\"x\"", deep, "[" + string.Join(',', Enumerable.Repeat("{}", 501)) + "]", "\u0000",
            "[{]" })
        {
            Assert.Equal(400, (await PostAsync(site, body)).Status);
        }

        using var broken = new ByteArrayContent([.. "[{\"envelope\":\""u8, 0xff, 0xc3, .. "\",\"outcome\":\"bounced\"}]"u8]);
        broken.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using var answer = await site.Client.PostAsync("/api/outcomes", broken, Stop);
        Assert.InRange((int)answer.StatusCode, 200, 400);
        Assert.DoesNotContain("secret.person", site.Logged, StringComparison.Ordinal);
        Assert.DoesNotContain(token, site.Logged, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("Exception", site.Logged, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Ten_megabytes_of_reports_are_refused(bool announced)
    {
        await using var site = await WebFixture.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/outcomes") { Content = new ByteArrayContent(new byte[10 << 20]) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.ExpectContinue = true;
        request.Headers.TransferEncodingChunked = !announced;
        request.Headers.Add("X-Api-Key", WebFixture.Key);
        using var response = await site.Client.SendAsync(request, Stop);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
    }

    [Fact]
    public async Task Five_hundred_reports_with_long_replies_are_accepted()
    {
        await using var site = await WebFixture.StartAsync();
        var (_, token) = await SentAsync(site);
        var reply = new string('x', 1_000);
        var items = Enumerable.Range(0, 500).Select(
            _ => $$"""{"envelope":"{{token}}","outcome":"bounced","status":"5.2.2","reply":"{{reply}}"}""");
        var answers = await AnswersAsync(site, $"[{string.Join(',', items)}]");
        Assert.Single(answers, "recorded");
        Assert.Equal(499, answers.Count(answer => answer == "already-recorded"));
    }

    private static async Task<(Subscriber Person, string Token)> SentAsync(WebFixture site)
    {
        var person = await site.SubscribedAsync();
        var row = new DeliveryRow
        {
            SubscriberId = person.Id,
            Cohort = person.Cohort.Key,
            State = DeliveryState.Sent,
            At = site.Time.GetUtcNow(),
            Reply = "250 ok"
        };
        await site.Get<RunStore>().SlicesAsync(Date, 1, Stop);
        await site.Get<ITableStore>().WriteAsync(
            Tables.Ledger, Part.LedgerPartition(Date, Part.Whole), TableWrite.Insert(row.ToRow()), Stop);
        site.Client.DefaultRequestHeaders.Clear();
        return (person, site.Get<EnvelopeTokens>().Create(Date, person.Id));
    }

    private static async Task<(int Status, string Body)> PostAsync(WebFixture site, string json)
    {
        site.Client.DefaultRequestHeaders.Remove("X-Api-Key");
        site.Client.DefaultRequestHeaders.Add("X-Api-Key", WebFixture.Key);
        using var response = await site.Client.PostAsync("/api/outcomes", new StringContent(json, Encoding.UTF8, "application/json"), Stop);
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync(Stop));
    }

    private static async Task<IReadOnlyList<string>> AnswersAsync(WebFixture site, string json)
    {
        var (status, body) = await PostAsync(site, json);
        Assert.Equal(200, status);
        using var answer = JsonDocument.Parse(body);
        return [.. answer.RootElement.GetProperty("results").EnumerateArray().Select(one => one.GetProperty("result").GetString()!)];
    }
}

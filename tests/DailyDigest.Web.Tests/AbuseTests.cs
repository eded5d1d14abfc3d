using DailyDigest.Storage;
using DailyDigest.Subscribers;

namespace DailyDigest.Web.Tests;

public sealed class AbuseTests
{
    [Fact]
    public async Task A_thousand_sign_ups_of_one_address_request_one_mail()
    {
        await using var site = await WebFixture.StartAsync();
        var questions = new List<(string Check, string Sum)>();
        for (var number = 0; number < 1000; number++)
        {
            questions.Add(Asked(site));
        }

        site.Time.Advance(TimeSpan.FromSeconds(5));
        site.Plan.Restart();
        await Parallel.ForEachAsync(questions.Index(), new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (one, _) =>
        {
            var answer = one.Index % 2 == 0
                ? await site.AskAsync("POST", "/signup", WebFixture.Form(("email", "victim@example.com"), ("check", one.Item.Check),
                    ("answer", one.Item.Sum)), $"203.{one.Index / 250}.{one.Index % 250}.9")
                : await site.AskAsync(
                    "POST", "/signup.json", $$"""{"email":"Victim@Example.com","check":"{{one.Item.Check}}","answer":{{one.Item.Sum}}}""",
                        $"2a{one.Index / 256:x2}:{one.Index % 256:x}::1", "application/json");
            Assert.Equal(one.Index % 2 == 0 ? 200 : 202, answer.Status);
        });

        var due = new List<DueNotice>();
        await foreach (var notice in site.Get<NoticeStore>().DueAsync(site.Time.GetUtcNow(), 2, CancellationToken.None))
        {
            if (notice.SubscriberId == (await site.FindAsync("victim@example.com")).Id)
            {
                due.Add(notice);
            }
        }

        Assert.Single(due);
        Assert.Equal(SubscriberStatus.Pending, (await site.FindAsync("victim@example.com")).Status);
    }

    [Theory]
    [InlineData("/signup", 30)]
    [InlineData("/signup.json", 30)]
    public async Task Ten_thousand_addresses_from_one_network_stop_at_the_budget(string path, int budget)
    {
        await using var site = await WebFixture.StartAsync();
        var (accepted, refused, asked) = (0, 0, Asked(site));
        site.Time.Advance(TimeSpan.FromSeconds(5));
        for (var number = 0; number < 10_000; number++)
        {
            var answer = await PostAsync(site, path, $"reader{number}@example.com", asked, $"203.0.113.{number % 256}");
            if (answer.Status is 200 or 202)
            {
                accepted++;
                asked = Asked(site);
                site.Time.Advance(TimeSpan.FromMilliseconds(2100));
            }
            else
            {
                // A question that was refused by the budget can still be answered.
                Assert.Equal(429, answer.Status);
                Assert.InRange(int.Parse(answer.Headers.RetryAfter.ToString(), null), 1, 7200);
                Assert.Equal(path == "/signup"
                    ? "text/html; charset=utf-8" : "application/problem+json; charset=utf-8", answer.Headers.ContentType);
                refused++;
            }
        }

        Assert.Equal((budget, 10_000 - budget), (accepted, refused));
        var elsewhere = await PostAsync(site, path, "reader@example.com", asked, "203.0.114.1");
        Assert.InRange(elsewhere.Status, 200, 202);
    }

    [Fact]
    public async Task One_ipv6_network_is_one_network_and_so_is_ipv4_however_it_is_written()
    {
        await using var site = await WebFixture.StartAsync(null, ("SignUp:PerNetworkPerHour", "2"));
        foreach (var (clients, rest) in new (string[], string)[]
        {
            (["2001:db8:0:100::1", "2001:db8:0:1ff:ffff::2", "2001:db8:0:1aa::3"], "2001:db8:0:200::1"),
            (["203.0.113.1", "::ffff:203.0.113.200", "203.0.113.255"], "203.0.112.255"),
        })
        {
            var statuses = new List<int>();
            foreach (var client in clients.Append(rest))
            {
                var asked = await site.QuestionAsync();
                statuses.Add((await PostAsync(site, "/signup", "reader@example.com", asked, client)).Status);
            }

            Assert.Equal([200, 200, 429, 200], statuses);
        }
    }

    [Fact]
    public async Task The_total_budget_also_limits_keys_and_is_renewed()
    {
        await using var site = await WebFixture.StartAsync(null, ("SignUp:PerHour", "5"));
        async Task<int> ByKeyAsync() => (await site.AskAsync(
            "POST", "/signup.json", """{"email":"reader@example.com"}""", type: "application/json",
            headers: ("X-Api-Key", WebFixture.Key))).Status;
        for (var number = 0; number < 5; number++)
        {
            Assert.Equal(202, await ByKeyAsync());
        }

        Assert.Equal(429, await ByKeyAsync());
        Assert.Equal(429, (await PostAsync(site, "/signup", "reader@example.com", await site.QuestionAsync(), "198.51.100.1")).Status);
        Assert.Single(site.Logged.Split('\n'), line => line.Contains("SignUp__PerHour", StringComparison.Ordinal));
        site.Time.Advance(TimeSpan.FromHours(2));
        Assert.Equal(202, await ByKeyAsync());
    }

    [Fact]
    public async Task Loopback_and_unknown_clients_share_the_budget_of_ten_networks()
    {
        await using var site = await WebFixture.StartAsync(null, ("SignUp:PerNetworkPerHour", "1"));
        string[] clients = ["127.0.0.1", "::1", "", "127.0.0.2", "::ffff:127.0.0.1", "127.0.0.1", "::1", "", "127.0.0.1", "::1"];
        foreach (var client in clients)
        {
            Assert.Equal(200, (await PostAsync(site, "/signup", "reader@example.com", await site.QuestionAsync(), client)).Status);
        }

        foreach (var client in (string[])["127.0.0.1", "::1", ""])
        {
            Assert.Equal(429, (await PostAsync(site, "/signup", "reader@example.com", await site.QuestionAsync(), client)).Status);
        }

        Assert.Equal(200, (await PostAsync(site, "/signup", "reader@example.com", await site.QuestionAsync(), "203.0.113.1")).Status);
    }

    [Fact]
    public async Task An_ipv6_holder_of_many_networks_is_stopped_at_48_and_at_32_bits()
    {
        await using var site = await WebFixture.StartAsync(null, ("SignUp:PerNetworkPerHour", "2"));
        var accepted = new Dictionary<string, int>();
        foreach (var prefix in (string[])["2001:db8:1:", "2001:db8:2:", "2001:db8:3:", "2001:db9:1:"])
        {
            // Twelve /56 networks below one /48.
            for (var number = 1; number <= 12; number++)
            {
                var answer = await PostAsync(site, "/signup", "reader@example.com", await site.QuestionAsync(), $"{prefix}{number:x}00::1");
                accepted[prefix] = accepted.GetValueOrDefault(prefix) + (answer.Status == 200 ? 1 : 0);
            }
        }

        // A /48 has four times the budget of a network, a /32 ten times.
        Assert.Equal([8, 8, 4, 8], accepted.Values);
    }

    [Theory]
    [InlineData("/signup", 503)]
    [InlineData("/signup.json", 503)]
    public async Task While_storage_fails_sign_ups_are_refused_with_Retry_After(string path, int status)
    {
        await using var site = await WebFixture.StartAsync();
        var asked = await site.QuestionAsync();
        site.Plan.Before = call => call.Place == Tables.Budgets ? throw new StorageException("The disk is full.") : Task.CompletedTask;
        var answer = await PostAsync(site, path, "reader@example.com", asked, "203.0.113.1");
        Assert.Equal((status, "60"), (answer.Status, answer.Headers.RetryAfter.ToString()));
        Assert.Equal(path == "/signup"
            ? "text/html; charset=utf-8" : "application/problem+json; charset=utf-8", answer.Headers.ContentType);
        Assert.DoesNotContain(site.Plan.Trace, call => call.Place is Tables.Subscribers);
        site.Plan.Restart();
        Assert.InRange((await PostAsync(site, path, "reader@example.com", asked, "203.0.113.1")).Status, 200, 202);
    }

    [Fact]
    public async Task Of_two_concurrent_uses_of_an_answer_one_succeeds()
    {
        await using var site = await WebFixture.StartAsync();
        var asked = await site.QuestionAsync();
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(number => Task.Run(
            () => PostAsync(
                site, number % 2 == 0 ? "/signup" : "/signup.json", $"reader{number}@example.com", asked, $"203.0.{number}.1"))));
        Assert.Single(answers, answer => answer.Status is 200 or 202);
        Assert.Equal(19, answers.Count(answer => answer.Status == 422));
    }

    private static (string Check, string Sum) Asked(WebFixture site)
    {
        var question = site.Get<HumanCheck>().Create();
        return (question.Token, $"{question.First + question.Second}");
    }

    private static Task<WebFixture.Answer> PostAsync(WebFixture site, string path, string email, (string Check, string Sum) asked,
        string client) => path == "/signup"
        ? site.AskAsync("POST", path, WebFixture.Form(("email", email), ("check", asked.Check), ("answer", asked.Sum)), client)
        : site.AskAsync("POST", path, $$"""{"email":"{{email}}","check":"{{asked.Check}}","answer":"{{asked.Sum}}"}""",
            client, "application/json");
}

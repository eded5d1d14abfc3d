using System.Buffers.Text;
using System.Globalization;
using System.Text.RegularExpressions;
using DailyDigest.Sending;
using DailyDigest.Settings;
using DailyDigest.Subscribers;
using Microsoft.AspNetCore.Routing;

namespace DailyDigest.Web.Tests;

/// <summary>Refusals have the same bytes for every reason.</summary>
public sealed class RefusalTests
{
    private static readonly LinksOptions OtherKey = new()
    {
        Keys = Convert.ToBase64String(new byte[32].Select((_, index) => (byte)index).ToArray()),
    };

    [Theory]
    [InlineData("GET", "/confirm/{0}", LinkPurpose.Confirm)]
    [InlineData("HEAD", "/confirm/{0}", LinkPurpose.Confirm)]
    [InlineData("POST", "/confirm/{0}", LinkPurpose.Confirm)]
    [InlineData("GET", "/address/{0}", LinkPurpose.NewAddress)]
    [InlineData("POST", "/address/{0}", LinkPurpose.NewAddress)]
    [InlineData("GET", "/unsubscribe/{0}", LinkPurpose.Unsubscribe)]
    [InlineData("POST", "/unsubscribe/{0}", LinkPurpose.Unsubscribe)]
    [InlineData("POST", "/unsubscribe/{0}/why", LinkPurpose.Unsubscribe)]
    [InlineData("POST", "/unsubscribe/{0}/undo", LinkPurpose.Unsubscribe)]
    [InlineData("POST", "/unsubscribe/{0}/instead", LinkPurpose.Unsubscribe)]
    [InlineData("GET", "/preferences/{0}", LinkPurpose.Preferences)]
    [InlineData("POST", "/preferences/{0}", LinkPurpose.Preferences)]
    [InlineData("POST", "/preferences/{0}/pause", LinkPurpose.Preferences)]
    [InlineData("POST", "/preferences/{0}/resume", LinkPurpose.Preferences)]
    [InlineData("POST", "/preferences/{0}/link", LinkPurpose.Preferences)]
    [InlineData("GET", "/data/{0}", LinkPurpose.Data)]
    [InlineData("GET", "/data/{0}/file", LinkPurpose.Data)]
    [InlineData("GET", "/move/{0}", LinkPurpose.Move)]
    [InlineData("POST", "/move/{0}", LinkPurpose.Move)]
    [InlineData("GET", "/erase/{0}", LinkPurpose.Erase)]
    [InlineData("POST", "/erase/{0}", LinkPurpose.Erase)]
    [InlineData("GET", "/undo-move/{0}", LinkPurpose.UndoMove)]
    [InlineData("POST", "/undo-move/{0}", LinkPurpose.UndoMove)]
    public async Task Forged_truncated_old_and_foreign_links_are_refused_alike(
        string method, string path, LinkPurpose purpose)
    {
        await using var site = await WebFixture.StartAsync();
        var person = await site.SubscribedAsync();
        var links = site.Get<ReaderLinks>();
        var good = Token(Of(links, purpose, person.Id));
        var bad = new List<string>
        {
            "x", "%20", good + "A", good[1..], good[..^1], good + "%0A", good + "=", good.ToLowerInvariant(), new('A', good.Length),
                new('A', 5000), new('é', good.Length),
            Token(Of(new ReaderLinks(site.Get<Publication>(), OtherKey, site.Time), purpose, person.Id)),
        };
        bad.AddRange(Enum.GetValues<LinkPurpose>().Where(other => other != purpose)
            .Select(other => Token(Of(links, other, person.Id))));
        var bytes = Base64Url.DecodeFromChars(good);
        for (var place = 0; place < bytes.Length; place++)
        {
            var forged = bytes.ToArray();
            forged[place] ^= 1;
            bad.Add(Base64Url.EncodeToString(forged));
        }

        site.Plan.Restart();
        var answers = new HashSet<string>();
        foreach (var token in bad)
        {
            var answer = await AskAsync(token);
            answers.Add(answer.Everything);
            Assert.Equal(404, answer.Status);
        }

        Assert.DoesNotContain(site.Plan.Trace, call => call.Writes);
        Assert.DoesNotContain(site.Plan.Trace, call => call.Place is "Subscribers" or "Addresses");

        // The expired link comes last, because pages show the date. It is compared with a link that never existed.
        site.Time.Advance(ReaderLinks.Lifetime(purpose) + TimeSpan.FromMinutes(2));
        var expired = await AskAsync(good);
        Assert.Equal((await AskAsync("x")).Everything, expired.Everything);
        Assert.Single(answers);
        Assert.Equal(SubscriberStatus.Active, await site.StatusAsync(person.Id));

        // On a refused form the language link leads to the page with the form, with the token that was sent.
        async Task<(int Status, string Everything)> AskAsync(string token)
        {
            var answer = await site.AskAsync(
                method, string.Format(CultureInfo.InvariantCulture, path, token), method == "POST"
                    ? "page=1&lang=en&email=other%40example.com&until=2030-01-01" : null);
            return (answer.Status, Regex.Replace(
                answer.Everything, "href=\"/(preferences|unsubscribe)/[^\"]*\\?lang=ar\"", "href=\"?lang=ar\""));
        }
    }

    [Fact]
    public async Task A_used_confirmation_is_refused_like_one_that_never_existed()
    {
        await using var site = await WebFixture.StartAsync();
        var person = await site.SubscribedAsync();
        var path = WebFixture.Path(site.Get<ReaderLinks>().Confirm(person.Id));
        await site.Get<Unsubscribe>().ExecuteAsync(person.Id, CancellationToken.None);
        Assert.Equal((await site.AskAsync("POST", "/confirm/x", "page=1")).Everything,
            (await site.AskAsync("POST", path, "page=1")).Everything);
        Assert.Equal(SubscriberStatus.Unsubscribed, await site.StatusAsync(person.Id));
        await site.Get<EraseSubscriber>().ExecuteAsync(WebFixture.Address("reader@example.com"), CancellationToken.None);
        Assert.Equal((await site.AskAsync("POST", "/confirm/x", "page=1")).Everything,
            (await site.AskAsync("POST", path, "page=1")).Everything);
    }

    [Theory]
    [InlineData("/signup")]
    [InlineData("/signup.json")]
    public async Task Every_invalid_question_is_refused_alike(string path)
    {
        await using var site = await WebFixture.StartAsync();
        var check = site.Get<HumanCheck>();
        var old = check.Create();
        site.Time.Advance(HumanCheck.Lifetime);
        var used = check.Create();
        var good = check.Create();
        site.Time.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal(CheckUse.First, await check.UseAsync(used.Token, "somebody.else@example.com", CancellationToken.None));
        var foreign = new HumanCheck(site.Get<DailyDigest.Storage.ITableStore>(), OtherKey, new SignUpOptions(), site.Time).Create();
        var young = check.Create();
        var sum = $"{good.First + good.Second}";
        var tries = new List<(string Check, string Answer)>
        {
            ("", sum), ("x", sum), (good.Token[1..], sum), (good.Token + "A", sum), (good.Token[..^1], sum),
                (new('A', good.Token.Length), sum), (new('A', 5000), sum),
            (old.Token, $"{old.First + old.Second}"), (old.Token, "99"),
            (foreign.Token, $"{foreign.First + foreign.Second}"), (Token(site.Get<ReaderLinks>().Confirm(SubscriberStore.NewId())), sum),
        };
        for (var place = 0; place < Base64Url.DecodeFromChars(good.Token).Length; place++)
        {
            var forged = Base64Url.DecodeFromChars(good.Token);
            forged[place] ^= 1;
            tries.Add((Base64Url.EncodeToString(forged), sum));
        }

        var answers = new HashSet<string>();
        foreach (var (token, answer) in tries)
        {
            var reply = await PostAsync(token, answer);
            Assert.Equal(422, reply.Status);
            answers.Add(reply.Everything);
        }

        // A person can act on these: another question, or the same one a little later.
        foreach (var question in new[] { used, young })
        {
            var reply = await PostAsync(question.Token, $"{question.First + question.Second}");
            Assert.Equal(422, reply.Status);
            Assert.Contains(question == used ? "used for another address" : "quick", reply.Body, StringComparison.Ordinal);
        }

        Assert.Single(answers);
        Assert.DoesNotContain(site.Plan.Trace, call => call.Place == "Subscribers");
        Assert.InRange((await PostAsync(good.Token, sum)).Status, 200, 202);

        Task<WebFixture.Answer> PostAsync(string token, string answer) => path == "/signup"
            ? site.AskAsync("POST", path, WebFixture.Form(("email", "reader@example.com"), ("check", token), ("answer", answer)))
            : site.AskAsync("POST", path,
                $$"""{"email":"reader@example.com","check":"{{token}}","answer":"{{answer}}"}""", type: "application/json");
    }

    [Fact]
    public async Task No_route_creates_a_subscriber_without_an_answer_or_a_key()
    {
        await using var site = await WebFixture.StartAsync();
        var asked = 0;
        foreach (var route in site.Get<EndpointDataSource>().Endpoints.Cast<RouteEndpoint>())
        {
            var path = "/" + Regex.Replace(route.RoutePattern.RawText!.TrimStart('/'), @"\{[^}]*\}", "x");
            foreach (var method in new[] { "GET", "HEAD", "POST", "PUT", "OPTIONS" })
            {
                foreach (var (type, body) in new[]
                {
                    ("application/x-www-form-urlencoded", "email=reader%40example.com&answer=7&check=&lang=en&page=1"),
                    ("application/json", """{"email":"reader@example.com","answer":"7","address":"reader@example.com"}"""),
                })
                {
                    var answer = await site.AskAsync(
                        method, path + "?email=reader%40example.com&answer=7", method is "GET" or "HEAD" ? null : body, type: type);
                    Assert.True(answer.Status < 500, $"{method} {path}");
                    asked++;
                }
            }
        }

        Assert.True(asked > 200);
        Assert.DoesNotContain(site.Plan.Trace, call => call.Writes);
    }

    private static string Of(ReaderLinks links, LinkPurpose purpose, string id) => purpose switch
    {
        LinkPurpose.Confirm => links.Confirm(id),
        LinkPurpose.Unsubscribe => links.Unsubscribe(id),
        LinkPurpose.NewAddress => links.NewAddress(id, "0123456789abcdef"),
        LinkPurpose.UndoMove => links.UndoMove(id, "0123456789abcdef"),
        LinkPurpose.Preferences => links.Preferences(id),
        _ => links.Mailed(purpose, id, 0),
    };

    private static string Token(string link) => link[(link.LastIndexOf('/') + 1)..];
}

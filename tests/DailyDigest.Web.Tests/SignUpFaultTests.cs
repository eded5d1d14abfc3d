using System.Net;
using System.Text.RegularExpressions;
using DailyDigest.Mailing;
using DailyDigest.Subscribers;

namespace DailyDigest.Web.Tests;

/// <summary>The sign-up form after a slip, and the page after a sign-up.</summary>
public sealed class SignUpFaultTests
{
    [Fact]
    public async Task All_empty_fields_are_named_and_the_first_has_the_focus()
    {
        await using var site = await WebFixture.StartAsync();
        var (check, _) = await site.QuestionAsync();
        var page = (await site.AskAsync("POST", "/signup", WebFixture.Form(("email", ""), ("check", check), ("answer", "")))).Body;
        Assert.Contains("id=\"email-fault\">Please enter your e-mail address.", page, StringComparison.Ordinal);
        Assert.Contains("id=\"answer-fault\">Please solve the sum.", page, StringComparison.Ordinal);
        Assert.Matches("id=\"email\"[^>]* autofocus", page);
        Assert.Single(Regex.Matches(page, " autofocus"));
    }

    [Fact]
    public async Task A_solved_sum_is_kept_while_the_address_is_corrected()
    {
        await using var site = await WebFixture.StartAsync();
        var (check, sum) = await site.QuestionAsync();
        var page = (await site.AskAsync("POST", "/signup", WebFixture.Form(("email", "nonsense"), ("check", check), ("answer", sum)))).Body;
        Assert.Contains($"name=\"check\" value=\"{check}\"", page, StringComparison.Ordinal);
        Assert.Matches($"name=\"answer\"[^>]* value=\"{sum}\"", page);
        Assert.Single(Regex.Matches(page, "role=\"alert\""));
        var done = await site.AskAsync(
            "POST", "/signup", WebFixture.Form(("email", "reader@example.com"), ("check", check), ("answer", sum)));
        Assert.Equal(200, done.Status);
    }

    [Theory]
    [InlineData(0, "That was very quick.", true)]
    [InlineData(31 * 60, "That sum is too old.", false)]
    public async Task A_sum_has_one_cause_of_refusal(int seconds, string expected, bool kept)
    {
        await using var site = await WebFixture.StartAsync();
        var question = site.Get<HumanCheck>().Create();
        site.Time.Advance(TimeSpan.FromSeconds(seconds));
        var page = (await site.AskAsync("POST", "/signup", WebFixture.Form(
            ("email", "reader@example.com"), ("check", question.Token), ("answer", $"{question.First + question.Second}")))).Body;
        Assert.Contains($"id=\"answer-fault\">{expected}", page, StringComparison.Ordinal);
        Assert.Matches("id=\"answer\"[^>]* autofocus", page);
        Assert.Equal(kept, page.Contains(question.Token, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("digest@example.com", true)]
    [InlineData("Digest@EXAMPLE.com", true)]
    [InlineData("reader@example.com", false)]
    public void The_publications_own_address_is_recognised(string typed, bool own) =>
        Assert.Equal(own, new OwnAddress("digest@example.com").Is(WebFixture.Address(typed)));

    [Fact]
    public async Task The_publications_own_address_is_named_as_such()
    {
        await using var site = await WebFixture.StartAsync(null, ("Test:Own", "digest@example.com"));
        var (check, sum) = await site.QuestionAsync();
        var answer = await site.AskAsync(
            "POST", "/signup", WebFixture.Form(("email", "digest@example.com"), ("check", check), ("answer", sum)));
        Assert.Equal(422, answer.Status);
        Assert.Contains("That is our own address.", answer.Body, StringComparison.Ordinal);
        Assert.DoesNotContain(site.Plan.Trace, call => call.Writes);
    }

    [Theory]
    [InlineData("reader@example.com")]
    [InlineData("o'neil+digest@example.com")]
    [InlineData("a&b=c@example.com")]
    public async Task The_address_is_shown_after_the_sign_up_and_can_be_changed(string typed)
    {
        await using var site = await WebFixture.StartAsync();
        var (check, sum) = await site.QuestionAsync();
        var answer = await site.AskAsync("POST", "/signup", WebFixture.Form(("email", typed), ("check", check), ("answer", sum)));
        Assert.Contains($"<bdi>{typed}</bdi>", WebUtility.HtmlDecode(answer.Body), StringComparison.Ordinal);
        Assert.Equal("no-store", answer.Headers.CacheControl.ToString());
        var links = string.Concat(Regex.Matches(answer.Body, "(?:href|action)=\"[^\"]*\""));
        Assert.DoesNotContain("example.com", links, StringComparison.Ordinal);
        var again = await site.AskAsync("POST", "/subscribe", WebFixture.Form(("email", typed), ("lang", "en")));
        Assert.Contains($"value=\"{typed}\"", WebUtility.HtmlDecode(again.Body), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_mail_is_sent_again_by_a_button_with_the_same_answer_for_everybody()
    {
        await using var site = await WebFixture.StartAsync();
        await site.SubscribedAsync("known@example.com");
        await site.Get<SuppressAddress>().ExecuteAsync(
            WebFixture.Address("blocked@example.com"), Suppression.Blocked, TestContext.Current.CancellationToken);
        var answers = new HashSet<string>();
        foreach (var kind in new[] { "known", "new", "blocked" })
        {
            var address = kind + "@example.com";
            var (check, sum) = await site.QuestionAsync();
            for (var times = 0; times < 5; times++)
            {
                var path = times == 0 ? "/signup" : "/signup/again";
                var answer = await site.AskAsync("POST", path, WebFixture.Form(("email", address), ("check", check), ("answer", sum)));
                Assert.Equal(200, answer.Status);
                answers.Add(path + answer.Everything.Replace(address, "ADDRESS", StringComparison.Ordinal));
                site.Time.Advance(TimeSpan.FromMinutes(2));
            }

            var person = await site.FindAsync(address);
            var mails = await site.Get<NoticeStore>().ListAsync(person.Id, site.Time.GetUtcNow(), 1, TestContext.Current.CancellationToken);
            Assert.Equal(kind == "known" ? 4 : 3, mails.Count);
        }

        Assert.Equal(2, answers.Count);
    }

    [Theory]
    [InlineData("99", "")]
    [InlineData("", "")]
    [InlineData("7", "x")]
    public async Task Nothing_is_sent_again_without_the_solved_sum(string answer, string token)
    {
        await using var site = await WebFixture.StartAsync();
        var (check, _) = await site.QuestionAsync();
        var refused = await site.AskAsync("POST", "/signup/again", WebFixture.Form(
            ("email", "victim@example.com"), ("check", token.Length > 0 ? token : check), ("answer", answer)));
        Assert.Equal(422, refused.Status);
        Assert.DoesNotContain(site.Plan.Trace, call => call.Writes);
    }
}

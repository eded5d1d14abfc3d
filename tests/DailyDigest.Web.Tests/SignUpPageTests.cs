using System.Net;
using DailyDigest.Storage;
using DailyDigest.Subscribers;

namespace DailyDigest.Web.Tests;

public sealed class SignUpPageTests
{
    [Fact]
    public async Task From_the_front_page_to_the_welcome_by_forms_alone()
    {
        await using var site = await WebFixture.StartAsync();
        await site.DigestAsync(new DateOnly(2026, 3, 2));
        using var posted = await site.SignUpAsync("reader@example.com");
        var inbox = await posted.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, posted.StatusCode);
        Assert.Contains("<h1>Check your inbox</h1>", inbox, StringComparison.Ordinal);

        var person = await site.FindAsync("reader@example.com");
        Assert.NotNull(person.SignUp!.Consent.NetworkHash);
        var path = WebFixture.Path(site.Get<ReaderLinks>().Confirm(person.Id));
        Assert.Contains($"action=\"{path}\"", await site.PageAsync(path), StringComparison.Ordinal);
        Assert.Equal(SubscriberStatus.Pending, await site.StatusAsync(person.Id));

        using var confirmed = await site.PostAsync(path);
        Assert.Contains("href=\"/digests/2026-03-02\"", await confirmed.Content.ReadAsStringAsync(TestContext.Current.CancellationToken),
            StringComparison.Ordinal);
        Assert.Equal(SubscriberStatus.Active, await site.StatusAsync(person.Id));
    }

    [Theory]
    [InlineData("nonsense", "email")]
    [InlineData("\"><script>alert(1)</script>", "email")]
    [InlineData("reader@example.com\r\nBcc: victim@example.com", "email")]
    [InlineData("", "email")]
    public async Task An_invalid_address_is_shown_encoded_with_its_fault(string email, string field)
    {
        await using var site = await WebFixture.StartAsync();
        using var response = await site.SignUpAsync(email);
        var page = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, response.StatusCode);
        Assert.DoesNotContain("<script>", page, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("href=\"/?lang=ar\"", page, StringComparison.Ordinal);
        Assert.Matches($"""id="{field}"[^>]*autofocus[^>]*aria-invalid="true" aria-describedby="email-fault""", page);
        Assert.DoesNotContain("Subscribers", site.Plan.Trace.Select(call => call.Place));
    }

    [Fact]
    public async Task A_sign_up_without_a_solved_sum_is_refused()
    {
        await using var site = await WebFixture.StartAsync();
        var (token, sum) = await site.SumAsync();
        (string, string)[][] tries =
        [
            [],
            [("email", "reader@example.com")],
            [("email", "reader@example.com"), ("check", token), ("answer", "99")],
            [("email", "reader@example.com"), ("check", token[..^3] + (token[^3] == 'A' ? "B" : "A") + token[^2..]), ("answer", sum)],
            [("email", "reader@example.com"), ("check", "A"), ("answer", sum)],
            [("email", "reader@example.com"), ("check", token), ("check", token), ("answer", sum)],
        ];
        foreach (var fields in tries)
        {
            using var response = await site.PostAsync("/signup", fields);
            Assert.Equal(HttpStatusCode.UnprocessableEntity, response.StatusCode);
        }

        Assert.DoesNotContain(site.Plan.Trace, call => call.Writes);
        using var first = await site.PostAsync("/signup", ("email", "reader@example.com"), ("check", token), ("answer", sum));
        Assert.Equal(HttpStatusCode.OK, first.StatusCode);
        using var replayed = await site.PostAsync("/signup", ("email", "other@example.com"), ("check", token), ("answer", sum));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, replayed.StatusCode);
    }

    [Fact]
    public async Task Pressing_the_button_twice_gives_one_answer_and_one_mail()
    {
        await using var site = await WebFixture.StartAsync(null, ("SignUp:PerHour", "1"));
        var (token, sum) = await site.SumAsync();
        var presses = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => Task.Run(
            () => site.PostAsync("/signup", ("email", "Reader@example.com"), ("check", token), ("answer", sum)))));
        using var later = await site.PostAsync("/signup", ("email", " reader@Example.com "), ("check", token), ("answer", sum));
        Assert.All(presses.Append(later), answer => Assert.Equal(HttpStatusCode.OK, answer.StatusCode));
        var person = await site.FindAsync("reader@example.com");
        Assert.Single(await site.Get<NoticeStore>().ListAsync(person.Id, site.Time.GetUtcNow(), 1, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Sending_the_same_form_again_completes_an_interrupted_sign_up()
    {
        await using var site = await WebFixture.StartAsync();
        var (token, sum) = await site.SumAsync();
        site.Plan.Before = call => call.Place == Tables.Addresses ? throw new StorageException("The disk is full.") : Task.CompletedTask;
        using var failed = await site.PostAsync("/signup", ("email", "reader@example.com"), ("check", token), ("answer", sum));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, failed.StatusCode);
        site.Plan.Restart();
        using var again = await site.PostAsync("/signup", ("email", "reader@example.com"), ("check", token), ("answer", sum));
        Assert.Equal(HttpStatusCode.OK, again.StatusCode);
        Assert.Equal(SubscriberStatus.Pending, (await site.FindAsync("reader@example.com")).Status);
    }

    [Theory]
    [InlineData("en", "", "Please solve the sum.", "in digits.")]
    [InlineData("en", " \t", "Please solve the sum.", "in digits.")]
    [InlineData("en", "99", "That is not the sum", "in digits.")]
    [InlineData("ar", "", "يرجى حل المسألة.", "بالأرقام.")]
    public async Task A_wrong_or_missing_sum_gets_the_same_message_for_every_address(
        string language, string answer, string expected, string hint)
    {
        await using var site = await WebFixture.StartAsync();
        await site.SubscribedAsync("known@example.com");
        var page = WebUtility.HtmlDecode(await site.PageAsync("/", language));
        Assert.Contains(hint, page, StringComparison.Ordinal);
        site.Plan.Restart();
        foreach (var address in new[] { "known@example.com", "new@example.com" })
        {
            var (token, _) = await site.SumAsync();
            using var refused = await site.PostAsync(
                "/signup", ("email", address), ("check", token), ("answer", answer), ("lang", language));
            var body = WebUtility.HtmlDecode(await refused.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
            Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.StatusCode);
            Assert.Contains(expected, body, StringComparison.Ordinal);
            Assert.Contains("aria-invalid=\"true\" aria-describedby=\"answer-fault why\"", body, StringComparison.Ordinal);
        }

        Assert.DoesNotContain(site.Plan.Trace, call => call.Writes);
    }

    [Fact]
    public async Task Filling_in_the_trap_gets_the_usual_answer_and_changes_nothing()
    {
        await using var site = await WebFixture.StartAsync();
        using var response = await site.SignUpAsync("reader@example.com", ("website", "https://spam.example"));
        Assert.Contains("Check your inbox", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken),
            StringComparison.Ordinal);
        Assert.DoesNotContain(site.Plan.Trace, call => call.Writes);
    }

    [Fact]
    public async Task Arabic_pages_are_right_to_left_and_links_keep_the_language()
    {
        await using var site = await WebFixture.StartAsync();
        Assert.Contains("<html lang=\"ar\" dir=\"rtl\">", await site.PageAsync("/", "ar-EG, en;q=0.5"), StringComparison.Ordinal);
        Assert.Contains("<html lang=\"en\" dir=\"ltr\">", await site.PageAsync("/", "fr, en;q=0.5"), StringComparison.Ordinal);
        Assert.Contains("<html lang=\"en\" dir=\"ltr\">", await site.PageAsync("/?lang=xx\"><script>"), StringComparison.Ordinal);
        Assert.Contains("action=\"/signup?lang=ar\"", await site.PageAsync("/?lang=ar"), StringComparison.Ordinal);
        using var posted = await site.SignUpAsync("reader@example.com", ("lang", "ar"));
        Assert.Contains("action=\"/subscribe?lang=ar\"", await posted.Content.ReadAsStringAsync(TestContext.Current.CancellationToken),
            StringComparison.Ordinal);
    }
}

using System.Net;
using DailyDigest.Accounts;
using DailyDigest.Subscribers;

namespace DailyDigest.Web.Tests.Desk;

/// <summary>The acts on one reader.</summary>
public sealed class ReaderActsTests
{
    [Fact]
    public async Task An_operator_pauses_resumes_and_ends_a_subscription()
    {
        await using var site = await WebFixture.StartAsync();
        var person = await site.SubscribedAsync();
        using var client = await site.SignInAsync(Role.Operator);

        Assert.Equal("The digest is paused.", await DoneAsync(site, client, person.Id, "pause", ("until", "2026-04-01")));
        Assert.Equal(new DateOnly(2026, 4, 1), (await ReadAsync(site, person.Id)).PausedUntil);
        var paused = await client.PageAsync("/desk/readers/" + person.Id);
        Assert.Matches("<td colspan=\"2\">\\s*Paused: no digest before Wednesday, 1 April 2026", paused);
        Assert.Equal("The pause is over.", await DoneAsync(site, client, person.Id, "resume"));
        Assert.True((await ReadAsync(site, person.Id)).PausedUntil < new DateOnly(2026, 4, 1));
        Assert.Equal("The subscription has ended.", await DoneAsync(site, client, person.Id, "leave"));
        Assert.Equal(SubscriberStatus.Unsubscribed, await site.StatusAsync(person.Id));

        var changes = await site.Get<AuditLog>().ListOfAsync(person.Id, 10, CancellationToken.None);
        Assert.Equal(["reader.leave", "reader.resume", "reader.pause"], changes.Select(change => change.Verb));
        Assert.All(changes, change => Assert.Equal("The Operator", change.Actor.Name));
        Assert.Contains("paused until 2026-04-01", changes[2].After, StringComparison.Ordinal);
        Assert.DoesNotContain("@", string.Concat(changes), StringComparison.Ordinal);
        Assert.Contains("reader.pause", await client.PageAsync("/desk/readers/" + person.Id), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_operator_changes_the_choices_of_a_reader()
    {
        await using var site = await WebFixture.StartAsync(publication => publication.Sections = ["Harbour", "Town"]);
        var person = await site.SubscribedAsync();
        using var client = await site.SignInAsync(Role.Operator);

        Assert.Equal("Saved.", await DoneAsync(
            site, client, person.Id, "change", ("hour", "18"), ("rhythm", "weekdays"), ("zone", "Asia/Tokyo"), ("language", "ar"),
            ("sections", "1"), ("section", "Town")));

        var after = await ReadAsync(site, person.Id);
        Assert.Equal(
            (18, "weekdays", "Asia/Tokyo", "ar", "Town"),
            (after.Hour, after.Rhythm.ToString(), after.Zone, after.Language, string.Join(' ', after.Sections)));
    }

    [Theory]
    [InlineData("pause", "until", "never", "That is not a date.")]
    [InlineData("pause", "until", "2026-03-01", "from tomorrow on")]
    [InlineData("pause", "until", "2036-03-01", "more than a year away")]
    [InlineData("change", "zone", "Moon/Base", "There is no such choice.")]
    [InlineData("change", "rhythm", "<script>", "There is no such choice.")]
    [InlineData("restore", "x", "", "only by their own confirmation")]
    [InlineData("resend", "x", "", "waits for a confirmation")]
    [InlineData("suppress", "reason", "erased", "There is no such choice.")]
    [InlineData("erase", "address", "other@example.com", "not this reader’s address")]
    [InlineData("erase", "address", "", "not this reader’s address")]
    public async Task A_refused_act_says_why_and_changes_nothing(string act, string name, string value, string text)
    {
        await using var site = await WebFixture.StartAsync();
        var person = await site.SubscribedAsync();
        using var client = await site.SignInAsync(Role.Operator);
        var path = "/desk/readers/" + person.Id;

        using var answer = await client.PostAsync(
            path, $"{path}/{act}", [("version", await site.VersionAsync(person.Id)), ("hour", "7"), (name, value)]);

        Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
        var page = WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Contains(text, page, StringComparison.Ordinal);
        Assert.Equivalent(person, await ReadAsync(site, person.Id));
        Assert.Empty(await site.Get<AuditLog>().ListOfAsync(person.Id, 10, CancellationToken.None));
    }

    [Fact]
    public async Task The_second_of_two_operators_is_told_and_loses_nothing_in_silence()
    {
        await using var site = await WebFixture.StartAsync();
        var person = await site.SubscribedAsync();
        using var first = await site.SignInAsync(Role.Operator);
        using var second = await site.SignInAsync(Role.Operator, "second@example.com");
        var (path, version) = ("/desk/readers/" + person.Id, await site.VersionAsync(person.Id));

        using var done = await first.PostAsync(path, path + "/pause", ("version", version), ("until", "2026-04-01"));
        foreach (var (act, fields) in ((string, (string, string)[])[])[
            ("pause", [("until", "2026-05-01")]), ("leave", []), ("change", [("hour", "9")]),
            ("erase", [("address", "reader@example.com")])])
        {
            using var late = await second.PostAsync(path, $"{path}/{act}", [("version", version), .. fields]);
            Assert.Equal(HttpStatusCode.Conflict, late.StatusCode);
            Assert.Contains(
                "Somebody changed this before you", await late.Content.ReadAsStringAsync(TestContext.Current.CancellationToken),
                StringComparison.Ordinal);
        }

        Assert.Equal(HttpStatusCode.SeeOther, done.StatusCode);
        var after = await ReadAsync(site, person.Id);
        Assert.Equal((SubscriberStatus.Active, new DateOnly(2026, 4, 1)), (after.Status, after.PausedUntil));
    }

    [Fact]
    public async Task Of_two_pauses_at_once_one_is_stored_and_the_other_is_told()
    {
        await using var site = await WebFixture.StartAsync();
        var person = await site.SubscribedAsync();
        var acts = site.Get<ActOnReader>();

        var results = await Task.WhenAll(Enumerable.Range(1, 8).Select(day => Task.Run(() => acts.ExecuteAsync(
            person.Id, new ReaderAct.Pause($"2026-04-0{day}"), person.Version, CancellationToken.None))));

        Assert.Single(results, result => result.Outcome == ReaderActOutcome.Done);
        Assert.Equal(7, results.Count(result => result.Outcome == ReaderActOutcome.Changed));
        Assert.Equal(person.Version + 1, (await ReadAsync(site, person.Id)).Version);
    }

    [Fact]
    public async Task A_form_without_a_version_changes_nothing()
    {
        await using var site = await WebFixture.StartAsync();
        var person = await site.SubscribedAsync();
        using var client = await site.SignInAsync(Role.Operator);
        using var answer = await client.PostAsync("/desk/readers", $"/desk/readers/{person.Id}/leave");
        Assert.Equal(HttpStatusCode.Conflict, answer.StatusCode);
        Assert.Equal(SubscriberStatus.Active, await site.StatusAsync(person.Id));
    }

    [Fact]
    public async Task An_operator_restores_a_bounced_reader_and_resends_a_confirmation()
    {
        await using var site = await WebFixture.StartAsync();
        var person = await site.SubscribedAsync();
        using var client = await site.SignInAsync(Role.Operator);
        Assert.Equal("No more mail is sent to that address.", await DoneAsync(site, client, person.Id, "suppress", ("reason", "bounced")));
        Assert.Equal(SubscriberStatus.Bounced, await site.StatusAsync(person.Id));
        Assert.Equal("The subscription is restored.", await DoneAsync(site, client, person.Id, "restore"));
        Assert.Equal(SubscriberStatus.Active, await site.StatusAsync(person.Id));

        await site.Get<SignUp>().ExecuteAsync(new SignUpRequest("new@example.com", "page"), CancellationToken.None);
        var waiting = await site.FindAsync("new@example.com");
        Assert.Equal("The confirmation mail will be sent again.", await DoneAsync(site, client, waiting.Id, "resend"));
    }

    [Fact]
    public async Task Erasing_needs_the_typed_address_and_leaves_nothing()
    {
        await using var site = await WebFixture.StartAsync();
        var person = await site.SubscribedAsync();
        using var client = await site.SignInAsync(Role.Operator);
        var path = "/desk/readers/" + person.Id;

        using var answer = await client.PostAsync(
            path, path + "/erase", ("version", await site.VersionAsync(person.Id)), ("address", " Reader@example.COM"));

        Assert.Equal((HttpStatusCode.SeeOther, "/desk/readers"), (answer.StatusCode, answer.Headers.Location!.ToString()));
        Assert.Contains("The reader was erased.", await client.PageAsync("/desk/readers"), StringComparison.Ordinal);
        using var gone = await client.GetAsync(path);
        Assert.Equal(HttpStatusCode.NotFound, gone.StatusCode);
        var change = Assert.Single(await site.Get<AuditLog>().ListOfAsync(person.Id, 10, CancellationToken.None));
        Assert.Equal(("reader.erase", (string?)null), (change.Verb, change.After));
    }

    [Fact]
    public async Task An_address_without_a_reader_is_suppressed_and_noted_without_it()
    {
        await using var site = await WebFixture.StartAsync();
        using var client = await site.SignInAsync(Role.Operator);
        using var answer = await client.PostAsync(
            "/desk/readers", "/desk/readers/suppress", ("address", "gone@example.com"), ("reason", "blocked"));
        Assert.Equal(HttpStatusCode.SeeOther, answer.StatusCode);
        var (_, reason) = await site.Get<FindSubscriber>().ExecuteAsync(WebFixture.Address("gone@example.com"), CancellationToken.None);
        Assert.Equal(Suppression.Blocked, reason);
        var page = await site.Get<AuditLog>().ListAsync(null, "reader.suppress", null, 10, CancellationToken.None);
        Assert.DoesNotContain("gone", Assert.Single(page.Entries).Subject, StringComparison.Ordinal);

        using var faulty = await client.PostAsync("/desk/readers", "/desk/readers/suppress", ("address", "x"), ("reason", "blocked"));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, faulty.StatusCode);
    }

    [Fact]
    public async Task The_data_of_a_reader_and_the_list_of_all_are_files()
    {
        await using var site = await WebFixture.StartAsync();
        var person = await site.SubscribedAsync("=cmd|calc@example.com");
        using var client = await site.SignInAsync(Role.Operator);

        using var data = await client.PostAsync("/desk/readers", $"/desk/readers/{person.Id}/data");
        using var all = await client.PostAsync("/desk/readers", "/desk/readers/export");

        var stored = await data.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.Contains("=cmd|calc@example.com", stored, StringComparison.Ordinal);
        Assert.Equal("attachment", data.Content.Headers.ContentDisposition!.DispositionType);
        Assert.Equal(("text/csv", "no-store"), (all.Content.Headers.ContentType!.MediaType, all.Headers.CacheControl!.ToString()));
        var lines = (await all.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).Split('\n');
        Assert.StartsWith("email,", lines[0], StringComparison.Ordinal);

        // A spreadsheet would run the cell as a formula.
        Assert.StartsWith("'=cmd|calc@example.com,", lines[1].Replace("\"", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    private static async Task<Subscriber> ReadAsync(WebFixture site, string id) =>
        (await site.Get<SubscriberStore>().GetAsync(id, CancellationToken.None))!.Subscriber;

    // The message on the page that the act leads to.
    private static async Task<string> DoneAsync(
        WebFixture site, DeskClient client, string id, string act, params (string Name, string Value)[] fields)
    {
        var path = "/desk/readers/" + id;
        site.Time.Advance(TimeSpan.FromMinutes(1));
        using var answer = await client.PostAsync(path, $"{path}/{act}", [("version", await site.VersionAsync(id)), .. fields]);
        Assert.Equal((HttpStatusCode.SeeOther, path), (answer.StatusCode, answer.Headers.Location?.ToString()));
        var page = await client.PageAsync(path);
        return System.Text.RegularExpressions.Regex.Match(page, "class=\"notice done\"[^>]*>\\s*([^<]*?)\\s*<").Groups[1].Value;
    }
}

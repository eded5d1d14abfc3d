using System.Text.Json.Nodes;
using DailyDigest.Accounts;
using DailyDigest.Returns;
using DailyDigest.Runs;
using DailyDigest.Subscribers;

namespace DailyDigest.Web.Tests.Api;

/// <summary>Readers through the API: lists, the search, acts.</summary>
public sealed class ReaderApiTests
{
    [Fact]
    public async Task A_list_comes_in_pages_and_each_reader_once()
    {
        await using var site = await WebFixture.StartAsync();
        var program = await site.ProgramAsync("operator");
        var all = new List<string>();
        for (var number = 0; number < 7; number++)
        {
            all.Add((await site.SubscribedAsync($"reader{number}@example.com")).Id);
        }

        var (found, path) = (new List<string>(), "/readers?limit=3");
        for (var cursor = ""; cursor is not null;)
        {
            var page = await program.GetAsync(path + cursor);
            Assert.Equal(200, page.Status);
            found.AddRange(page["items"].AsArray().Select(one => (string)one!["id"]!));
            cursor = page.Json["next"] is { } next ? "&cursor=" + next : null;
        }

        Assert.Equal(all.Order(), found);
    }

    [Fact]
    public async Task A_reader_is_found_by_address_and_no_address_is_in_a_URL()
    {
        await using var site = await WebFixture.StartAsync();
        var program = await site.ProgramAsync("operator");
        var person = await site.SubscribedAsync();

        var found = await program.PostAsync("/readers/find", new { address = "Reader@Example.com" });
        Assert.Equal(person.Id, (string?)found["reader"]["id"]);
        Assert.Equal("{}", (await program.PostAsync("/readers/find", new { address = "nobody@example.com" })).Text);
        Assert.Equal(422, (await program.PostAsync("/readers/find", new { address = "nobody" })).Status);
        Assert.Equal(404, (await program.GetAsync("/readers/reader@example.com")).Status);
        Assert.DoesNotContain("example.com", site.Logged, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_act_needs_the_version_that_was_seen_if_one_is_sent()
    {
        await using var site = await WebFixture.StartAsync();
        var program = await site.ProgramAsync("operator");
        var id = (await site.SubscribedAsync()).Id;
        var seen = await program.GetAsync($"/readers/{id}");
        var tag = seen.Header("ETag")!;
        Assert.Equal(tag, (string?)seen["etag"]);

        var paused = await program.PostAsync($"/readers/{id}/pause", new { until = "2026-03-20" }, ("If-Match", tag));
        Assert.Equal((200, "2026-03-20"), (paused.Status, (string?)paused["pausedUntil"]));
        var late = await program.PostAsync($"/readers/{id}/unsubscribe", null, ("If-Match", tag));
        Assert.Equal((412, "changed"), (late.Status, late.Code));
        Assert.Equal(SubscriberStatus.Active, await site.StatusAsync(id));
        Assert.Equal(412, (await program.PostAsync($"/readers/{id}/unsubscribe", null, ("If-Match", "\"other\""))).Status);
        Assert.Equal(412, (await program.PostAsync($"/readers/{id}/unsubscribe", null, ("If-Match", "W/\"NA\""))).Status);

        var left = await program.PostAsync($"/readers/{id}/unsubscribe", null, ("If-Match", paused.Header("ETag")!));
        Assert.Equal((200, "unsubscribed"), (left.Status, (string?)left["status"]));
        var again = await program.PostAsync($"/readers/{id}/unsubscribe");
        Assert.Equal((409, "not-possible"), (again.Status, again.Code));
    }

    [Fact]
    public async Task Each_act_is_recorded_with_the_name_of_the_key()
    {
        await using var site = await WebFixture.StartAsync();
        var program = await site.ProgramAsync("operator");
        var person = await site.SubscribedAsync();
        await program.SendAsync("PATCH", $"/readers/{person.Id}", """{"hour":9,"rhythm":"weekdays"}""");
        site.Time.Advance(TimeSpan.FromSeconds(1));
        await program.PostAsync($"/readers/{person.Id}/suppress", new { reason = "blocked" });

        var history = await program.GetAsync($"/readers/{person.Id}/history");
        Assert.Equal(["reader.suppress", "reader.change"], history["changes"].AsArray().Select(one => (string)one!["verb"]!));
        Assert.All(history["changes"].AsArray(), one => Assert.StartsWith("key-", (string)one!["who"]!, StringComparison.Ordinal));
        Assert.DoesNotContain("example.com", history["changes"].ToJsonString(), StringComparison.Ordinal);
        Assert.Equal("sign-up", (string?)history["consents"][0]!["act"]);
    }

    [Fact]
    public async Task A_history_has_what_came_back_for_digests_and_service_mails()
    {
        await using var site = await WebFixture.StartAsync();
        var (program, day) = (await site.ProgramAsync("operator"), new DateOnly(2026, 3, 1));
        var person = await site.SubscribedAsync();
        await site.DeliveredAsync(person, day, DeliveryState.Sent, "250 ok");
        await site.Get<SendNotices>().ExecuteAsync(CancellationToken.None);
        var notices = site.Get<NoticeStore>();
        var notice = Assert.Single(await notices.ListAsync(person.Id, site.Time.GetUtcNow(), 2, CancellationToken.None));
        foreach (var token in new[]
        {
            site.Get<NoticeTokens>().Create(notice.Key)!, site.Get<EnvelopeTokens>().Create(day, person.Id),
        })
        {
            var report = new ReturnEvent("mailbox", token, ReturnKind.Bounced)
            {
                Candidates = [new ReturnCandidate(ReturnProof.Token, token, null)],
                Verdict = new Verdict("mailbox-full"),
            };
            Assert.Equal(ReturnResult.Done, await site.Get<SettleReturn>().ExecuteAsync(report, CancellationToken.None));
        }

        var history = await program.GetAsync($"/readers/{person.Id}/history");
        Assert.Equal("bounced", (string?)history["deliveries"][0]!["cameBack"]);
        Assert.Equal("bounced", (string?)history["notices"][0]!["cameBack"]);
        Assert.Equal("mailbox-full", (string?)history["notices"][0]!["reason"]);
        using var somebody = await site.SignInAsync(Role.Operator);
        var page = await somebody.PageAsync("/desk/readers/" + person.Id);
        Assert.Equal(2, page.Split(">Came back</span>").Length - 1);
    }

    [Fact]
    public async Task A_reader_is_erased_only_with_their_own_address()
    {
        await using var site = await WebFixture.StartAsync();
        var program = await site.ProgramAsync("operator");
        var id = (await site.SubscribedAsync()).Id;
        Assert.Equal(422, (await program.PostAsync($"/readers/{id}/erase", new { address = "other@example.com" })).Status);
        Assert.Equal(204, (await program.PostAsync($"/readers/{id}/erase", new { address = "reader@example.com" })).Status);
        Assert.Equal(404, (await program.GetAsync($"/readers/{id}")).Status);
        var found = await program.PostAsync("/readers/find", new { address = "reader@example.com" });
        Assert.Equal("""{"suppressed":"erased"}""", found.Text);
    }

    [Fact]
    public async Task A_sign_up_answers_the_same_for_known_and_new_addresses()
    {
        await using var site = await WebFixture.StartAsync();
        var program = await site.ProgramAsync("sign-up");
        await site.SubscribedAsync();
        var (known, made) = (
            await program.PostAsync("/sign-ups", new { address = "reader@example.com" }),
            await program.PostAsync("/sign-ups", new { address = "new@example.com", hour = 6, rhythm = "weekdays" }));
        Assert.Equal((202, 202, known.Text), (known.Status, made.Status, made.Text));
        var person = await site.FindAsync("new@example.com");
        Assert.Equal((SubscriberStatus.Pending, 6), (person.Status, person.Hour));
        Assert.Equal(403, (await program.GetAsync("/readers")).Status);
    }

    [Theory]
    [InlineData("""{"address":"new@example.com","hour":77}""", "hour")]
    [InlineData("""{"address":"new@example.com","zone":"Mars/Olympus"}""", "zone")]
    [InlineData("""{"address":"new@example.com","rhythm":"hourly"}""", "rhythm")]
    [InlineData("""{"address":"new@example.com","sections":["Nowhere"]}""", "sections")]
    public async Task A_sign_up_with_a_wrong_choice_is_refused(string body, string field)
    {
        await using var site = await WebFixture.StartAsync();
        var program = await site.ProgramAsync("sign-up");

        var answer = await program.PostAsync("/sign-ups", JsonNode.Parse(body)!);

        Assert.Equal(422, answer.Status);
        Assert.Contains($"\"errors\":[\"{field}: ", answer.Text, StringComparison.Ordinal);
        Assert.Null(await site.FindAsync("new@example.com"));
    }

    [Fact]
    public async Task A_list_is_tried_imported_and_its_refused_lines_are_a_file()
    {
        await using var site = await WebFixture.StartAsync();
        var program = await site.ProgramAsync("operator");
        const string list = "email,hour\nada@example.com,6\nnot an address,7\n";
        var trial = await program.PostAsync("/imports", new { csv = list, source = "Old list", trial = true });
        Assert.Equal((200, 1, 1), (trial.Status, (int)trial["added"], (int)trial["refused"]));
        Assert.Null(await site.FindAsync("ada@example.com"));

        var done = await program.PostAsync("/imports", new { csv = list, source = "Old list" });
        Assert.Equal((1, 3), ((int)done["added"], (int)done["lines"][0]!["line"]!));
        Assert.Equal(SubscriberStatus.Active, (await site.FindAsync("ada@example.com")).Status);
        var id = (string)done["id"]!;
        Assert.Equal("Old list", (string?)(await program.GetAsync($"/imports/{id}"))["source"]);
        var file = await program.GetAsync($"/imports/{id}/refused");
        Assert.Equal("text/csv", file.Message.Content.Headers.ContentType!.MediaType);
        Assert.Contains("3", file.Text, StringComparison.Ordinal);
        Assert.Single((await program.GetAsync("/imports"))["items"].AsArray());
        Assert.Contains("ada@example.com", (await program.PostAsync("/readers/export")).Text, StringComparison.Ordinal);
        Assert.Equal(422, (await program.PostAsync("/imports", new { csv = "name\nAda\n", source = "Old list" })).Status);
        Assert.Equal(413, (await program.PostAsync(
            "/imports", new { csv = "email\n" + new string('\n', ListFile.MaxLines + 2), source = "Old list" })).Status);
    }

    [Fact]
    public async Task An_export_of_a_service_is_recognised_as_list_and_as_suppression_list()
    {
        await using var site = await WebFixture.StartAsync();
        var program = await site.ProgramAsync("operator");
        const string list = "id,email,subscribed_to_emails,complimentary_plan,created_at\n1,ada@example.com,true,false,2024-05-02\n"
            + "2,bob@example.com,false,false,2024-05-02\n";
        var trial = await program.PostAsync("/imports", new { csv = list, source = "Old list", name = "members.csv", trial = true });
        Assert.Equal((1, "Ghost"), ((int)trial["added"], (string?)trial["service"]));
        Assert.Equal("state", (string?)trial["columns"][2]!["meaning"]);
        Assert.Equal("false", (string?)trial["states"][0]!["value"]);
        var left = await program.PostAsync("/suppressions/import", new { csv = list, source = "Old list", trial = true });
        Assert.Equal((1, 1, "Ghost"), ((int)left["added"], (int)left["notLeft"], (string?)left["service"]));
    }

    [Fact]
    public async Task The_figures_count_who_signed_up()
    {
        await using var site = await WebFixture.StartAsync();
        var program = await site.ProgramAsync("viewer");
        await site.SubscribedAsync();
        await site.Get<SumReaders>().ExecuteAsync(CancellationToken.None);
        var figures = await program.GetAsync("/figures?days=7");
        Assert.Equal((200, 7, 1), (figures.Status, figures["days"].AsArray().Count, (int)figures["now"]["active"]!));
        foreach (var days in (string[])["0", "401", "x", "7&days=8"])
        {
            Assert.Equal(422, (await program.GetAsync("/figures?days=" + days)).Status);
        }
    }
}

using DailyDigest.Accounts;
using DailyDigest.Content;
using DailyDigest.Hooks;
using DailyDigest.Runs;

namespace DailyDigest.Web.Tests.Api;

/// <summary>Runs, the digest to come, web hooks and settings through the API.</summary>
public sealed class DeskApiTests
{
    private static readonly string[] Titles =
        ["The bridge opens", "Ferry fares rise again", "A quiet year for the harbour", "School bells ring"];

    [Fact]
    public async Task A_run_is_tried_paused_and_not_paused_twice()
    {
        await using var site = await WebFixture.StartAsync();
        var run = await site.RunAsync(RunState.Open, [DeliveryState.Sent, DeliveryState.Deferred, DeliveryState.Rejected]);
        var (program, path) = (await site.ProgramAsync("operator"), $"/runs/2026-03-02/{run.Cohort}");
        var seen = await program.GetAsync(path);
        Assert.Equal((200, "open", 1), (seen.Status, (string?)seen["state"], (int)seen["sent"]));
        Assert.Single((await program.GetAsync("/runs/2026-03-02?limit=1"))["items"].AsArray());

        var trial = await program.PostAsync(path + "/act", new { act = "pause", trial = true });
        Assert.Equal((200, true), (trial.Status, (bool)trial["isTrial"]));
        Assert.False((bool)(await program.GetAsync(path))["isPaused"]);
        var paused = await program.PostAsync(path + "/act", new { act = "pause" }, ("If-Match", seen.Header("ETag")!));
        Assert.Equal(200, paused.Status);
        Assert.True((bool)(await program.GetAsync(path))["isPaused"]);
        Assert.Equal(412, (await program.PostAsync(path + "/act", new { act = "resume" }, ("If-Match", seen.Header("ETag")!))).Status);
        var twice = await program.PostAsync(path + "/act", new { act = "pause" });
        Assert.Equal((409, "It is in that state already."), (twice.Status, (string?)twice["detail"]));
        Assert.Equal(422, (await program.PostAsync(path + "/act", new { act = "explode" })).Status);
        Assert.Equal(404, (await program.GetAsync("/runs/2026-03-02/nobody")).Status);
        Assert.Equal(404, (await program.GetAsync("/runs/yesterday")).Status);
    }

    [Fact]
    public async Task The_dates_of_runs_are_listed_by_pages()
    {
        await using var site = await WebFixture.StartAsync();
        await site.RunAsync(RunState.Closed, [DeliveryState.Sent, DeliveryState.Rejected]);
        var program = await site.ProgramAsync("viewer");
        var page = await program.GetAsync("/runs");
        var day = Assert.Single(page["items"].AsArray())!;
        Assert.Equal(("2026-03-02", 1, 1, 1), ((string?)day["date"], (int)day["runs"]!, (int)day["sent"]!, (int)day["notSent"]!));

        // Tomorrow's page comes first, because other zones may have it. It is empty here.
        var first = await program.GetAsync("/runs?limit=1");
        Assert.Empty(first["items"].AsArray());
        var second = await program.GetAsync("/runs?limit=1&cursor=" + first["next"]);
        Assert.Equal("2026-03-02", (string?)Assert.Single(second["items"].AsArray())!["date"]);
        Assert.NotEqual((string?)first["next"], (string?)second["next"]);
        Assert.Equal(422, (await program.GetAsync("/runs?cursor=2026-03-02")).Status);
    }

    [Fact]
    public async Task Digests_that_were_made_are_listed()
    {
        await using var site = await WebFixture.StartAsync();
        var program = await site.ProgramAsync("viewer");
        Assert.Empty((await program.GetAsync("/digests"))["items"].AsArray());
        await site.DigestAsync(new DateOnly(2026, 3, 2), "The bridge opens");
        var one = Assert.Single((await program.GetAsync("/digests"))["items"].AsArray())!;
        Assert.Equal(("The bridge opens", true), ((string?)one["first"], (bool)one["isHome"]!));
        Assert.Equal(200, (await program.GetAsync("/digests/" + one["date"])).Status);
    }

    [Fact]
    public async Task Doctor_answers_with_its_checks()
    {
        await using var site = await WebFixture.StartAsync(settings: ("Test:Doctor", "The table Runs cannot be read."));
        var report = await (await site.ProgramAsync("operator")).PostAsync("/doctor");
        Assert.Equal(200, report.Status);
        Assert.True((bool)report["isComplete"]);
        var check = Assert.Single(report["checks"].AsArray())!;
        Assert.Equal(("storage", "failed", "The table Runs cannot be read."), (
            (string?)check["area"], (string?)check["result"], (string?)check["text"]));
        await using var without = await WebFixture.StartAsync();
        Assert.Equal(409, (await (await without.ProgramAsync("operator")).PostAsync("/doctor")).Status);
        Assert.Equal(403, (await (await site.ProgramAsync("viewer")).PostAsync("/doctor")).Status);
    }

    [Fact]
    public async Task Only_a_key_that_may_see_readers_gets_the_addresses_of_a_run()
    {
        await using var site = await WebFixture.StartAsync();
        var run = await site.RunAsync(RunState.Closed, [DeliveryState.Sent, DeliveryState.Rejected]);
        var path = $"/runs/2026-03-02/{run.Cohort}/not-sent";
        var hidden = await (await site.ProgramAsync("viewer")).GetAsync(path);
        Assert.Equal((200, "rejected"), (hidden.Status, (string?)hidden["items"][0]!["state"]));
        Assert.DoesNotContain("@", hidden.Text, StringComparison.Ordinal);
        var program = await site.ProgramAsync("operator");
        Assert.Contains("@", (await program.GetAsync(path)).Text, StringComparison.Ordinal);
        Assert.Contains("@", (await program.GetAsync(path + "/file")).Text, StringComparison.Ordinal);
        Assert.Equal(403, (await (await site.ProgramAsync("viewer")).GetAsync(path + "/file")).Status);
        var today = await program.GetAsync("/today");
        Assert.Equal((200, "2026-03-02"), (today.Status, (string?)today["date"]));
    }

    [Fact]
    public async Task A_draft_is_edited_with_the_version_that_was_seen_and_approved_as_seen()
    {
        await using var site = await WebFixture.StartAsync(settings: ("Approval:Required", "true"));
        foreach (var title in Titles)
        {
            await site.Get<AcceptStory>().ExecuteAsync(
                new StoryInput { Url = "https://gazette.example.com/" + title.Length, Title = title }, CancellationToken.None);
        }

        var program = await site.ProgramAsync("editor");
        var draft = await program.GetAsync("/drafts/next");
        Assert.Equal((200, 4), (draft.Status, draft["items"].AsArray().Count));
        var (path, last, tag) = ($"/drafts/{draft["date"]}", (string)draft["items"][3]!["story"]!, draft.Header("ETag")!);

        var blind = await program.SendAsync("PUT", $"{path}/stories/{last}", """{"pinned":true}""");
        Assert.Equal((428, "no-version"), (blind.Status, blind.Code));
        var pinned = await program.SendAsync(
            "PUT", $"{path}/stories/{last}", """{"pinned":true,"title":"School bells ring again"}""", ("If-Match", tag));
        Assert.Equal((200, last), (pinned.Status, (string?)pinned["items"][0]!["story"]));
        Assert.Equal("School bells ring again", (string?)pinned["items"][0]!["title"]);
        var second = await program.SendAsync("PUT", $"{path}/texts/en", """{"subject":"Bells"}""", ("If-Match", tag));
        Assert.Equal((412, "changed"), (second.Status, second.Code));
        var texts = await program.SendAsync("PUT", $"{path}/texts/en", """{"subject":"Bells"}""", ("If-Match", pinned.Header("ETag")!));
        Assert.Equal("Bells", (string?)(await program.GetAsync(path + "/mail"))["subject"]);
        Assert.Equal(404, (await program.SendAsync("PUT", $"{path}/texts/xx", "{}", ("If-Match", texts.Header("ETag")!))).Status);

        var wrong = await program.PostAsync(path + "/approve", new { mark = "0" }, ("If-Match", texts.Header("ETag")!));
        Assert.Equal(412, wrong.Status);
        var approved = await program.PostAsync(
            path + "/approve", new { mark = (string)texts["mark"]! }, ("If-Match", texts.Header("ETag")!));
        Assert.StartsWith("key-", (string)approved["approvedBy"]!, StringComparison.Ordinal);
        var reset = await program.PostAsync(path + "/reset", null, ("If-Match", approved.Header("ETag")!));
        Assert.Empty(reset["edits"].AsObject());
        Assert.Equal(404, (await program.GetAsync("/drafts/2020-01-01")).Status);
        Assert.Equal(403, (await (await site.ProgramAsync("viewer")).PostAsync(path + "/reset")).Status);
    }

    [Fact]
    public async Task A_pin_that_takes_nothing_in_is_refused_with_the_reason()
    {
        await using var site = await WebFixture.StartAsync();
        foreach (var title in Titles)
        {
            await site.Get<AcceptStory>().ExecuteAsync(
                new StoryInput { Url = "https://gazette.example.com/" + title.Length, Title = title }, CancellationToken.None);
        }

        await site.Get<AcceptStory>().ExecuteAsync(
            new StoryInput { Url = "https://gazette.example.com/old", Title = "An old tale", Published = "2026-01-02T06:00:00Z" },
            CancellationToken.None);
        var program = await site.ProgramAsync("editor");
        var draft = await program.GetAsync("/drafts/next");
        var (path, tag) = ($"/drafts/{draft["date"]}/stories/{StoryId.From("https://gazette.example.com/old")}", draft.Header("ETag")!);
        var refused = await program.SendAsync("PUT", path, """{"pinned":true}""", ("If-Match", tag));
        Assert.Equal((409, "not-possible"), (refused.Status, refused.Code));
        Assert.StartsWith("The story cannot be taken in: ", (string?)refused["detail"], StringComparison.Ordinal);
        Assert.Empty((await program.GetAsync("/drafts/next"))["edits"].AsObject());
        Assert.Equal(200, (await program.SendAsync("PUT", path, """{"title":"An old tale"}""", ("If-Match", tag))).Status);
    }

    [Fact]
    public async Task A_web_hook_is_added_once_tested_switched_off_and_removed()
    {
        await using var site = await WebFixture.StartAsync();
        var program = await site.ProgramAsync("operator");
        var body = new { url = "https://receiver.example.com/in", events = new[] { HookTypes.All[0] } };
        var added = await program.PostAsync("/hooks", body, ("Idempotency-Key", "hook-1"));
        var again = await program.PostAsync("/hooks", body, ("Idempotency-Key", "hook-1"));
        Assert.Equal((201, added.Text, added.Header("Location")), (again.Status, again.Text, again.Header("Location")));
        Assert.StartsWith("whsec_", (string)added["secret"]!, StringComparison.Ordinal);
        var path = $"/hooks/{added["hook"]["id"]}";
        Assert.Single((await program.GetAsync("/hooks"))["items"].AsArray());

        Assert.Equal("delivered", (string?)(await program.PostAsync(path + "/test"))["state"]);
        var call = (await program.GetAsync(path + "/calls"))["items"][0]!;
        Assert.Equal("waiting", (string?)(await program.PostAsync($"{path}/calls/{call["key"]}/redeliver"))["state"]);
        Assert.Equal("off", (string?)(await program.SendAsync("PATCH", path, """{"isOn":false}"""))["state"]);
        Assert.Equal(204, (await program.SendAsync("DELETE", path, null)).Status);
        Assert.Equal(404, (await program.GetAsync(path)).Status);
        Assert.Equal(422, (await program.PostAsync("/hooks", new { url = "http://receiver.example.com", events = body.events })).Status);
        Assert.Equal(422, (await program.PostAsync("/hooks", new { body.url, events = Array.Empty<string>() })).Status);
    }

    [Fact]
    public async Task The_settings_hide_their_secrets()
    {
        await using var site = await WebFixture.StartAsync();
        var answer = await (await site.ProgramAsync("operator")).GetAsync("/settings");
        Assert.Contains(answer["items"].AsArray(), one => (string?)one!["name"] == "Identity__Key" && (bool)one["isSecret"]!);
        Assert.DoesNotContain("c2l0ZS1hZGRyZXNz", answer.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(WebFixture.Key, answer.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_key_did_is_in_the_audit()
    {
        await using var site = await WebFixture.StartAsync();
        var run = await site.RunAsync(RunState.Open, [DeliveryState.Deferred]);
        await (await site.ProgramAsync("operator")).PostAsync($"/runs/2026-03-02/{run.Cohort}/act", new { act = "pause" });
        var entry = Assert.Single((await site.Get<AuditLog>().ListAsync(null, "run.", null, 9, CancellationToken.None)).Entries);
        Assert.Equal(("key", "run.pause"), (entry.Actor.Id, entry.Verb));
    }
}

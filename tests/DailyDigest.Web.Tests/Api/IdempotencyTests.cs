using System.Net;
using DailyDigest.Accounts;
using DailyDigest.Storage;
using DailyDigest.Subscribers;

namespace DailyDigest.Web.Tests.Api;

/// <summary>A request with an Idempotency-Key is done once, and answered the same again.</summary>
public sealed class IdempotencyTests
{
    private const string Header = "Idempotency-Key";

    [Fact]
    public async Task The_same_request_again_gets_the_first_answer_and_does_nothing()
    {
        await using var site = await WebFixture.StartAsync();
        var program = await site.ProgramAsync("operator");
        var id = (await site.SubscribedAsync()).Id;
        var first = await program.PostAsync($"/readers/{id}/pause", new { until = "2026-03-20" }, (Header, "pause-1"));
        await program.PostAsync($"/readers/{id}/resume");
        var second = await program.PostAsync($"/readers/{id}/pause", new { until = "2026-03-20" }, (Header, "pause-1"));

        Assert.Equal((200, first.Text, first.Header("ETag")), (second.Status, second.Text, second.Header("ETag")));
        Assert.Equal((null, "true"), (first.Header("Idempotency-Replayed"), second.Header("Idempotency-Replayed")));
        Assert.Null((await program.GetAsync($"/readers/{id}")).Json["pausedUntil"]);
        Assert.Equal(2, (await site.Get<AuditLog>().ListOfAsync(id, 9, CancellationToken.None)).Count);

        site.Time.Advance(TimeSpan.FromHours(24));
        var later = await program.PostAsync($"/readers/{id}/pause", new { until = "2026-03-20" }, (Header, "pause-1"));
        Assert.Null(later.Header("Idempotency-Replayed"));
        Assert.NotNull((await program.GetAsync($"/readers/{id}")).Json["pausedUntil"]);
    }

    [Fact]
    public async Task The_same_key_with_another_request_is_refused()
    {
        await using var site = await WebFixture.StartAsync();
        var program = await site.ProgramAsync("operator");
        var id = (await site.SubscribedAsync()).Id;
        await program.PostAsync($"/readers/{id}/pause", new { until = "2026-03-20" }, (Header, "one"));
        foreach (var other in new[]
        {
            await program.PostAsync($"/readers/{id}/pause", new { until = "2026-03-21" }, (Header, "one")),
            await program.PostAsync($"/readers/{id}/unsubscribe", null, (Header, "one")),
            await program.PostAsync($"/readers/{id}/pause", new { until = "2026-03-20" }, (Header, "one"), ("If-Match", "*")),
        })
        {
            Assert.Equal((422, "key-reused"), (other.Status, other.Code));
        }

        // Another program has keys of its own.
        var stranger = await site.ProgramAsync("operator");
        Assert.Equal(200, (await stranger.PostAsync($"/readers/{id}/unsubscribe", null, (Header, "one"))).Status);
    }

    [Fact]
    public async Task A_refused_request_may_be_sent_again_with_its_key()
    {
        await using var site = await WebFixture.StartAsync();
        var program = await site.ProgramAsync("operator");
        var id = (await site.SubscribedAsync()).Id;
        Assert.Equal(409, (await program.PostAsync($"/readers/{id}/restore", null, (Header, "two"))).Status);
        await program.PostAsync($"/readers/{id}/suppress", new { reason = "bounced" });
        Assert.Equal(200, (await program.PostAsync($"/readers/{id}/restore", null, (Header, "two"))).Status);
    }

    [Fact]
    public async Task Of_many_at_once_one_does_it_and_the_others_wait_or_repeat_its_answer()
    {
        await using var site = await WebFixture.StartAsync();
        var program = await site.ProgramAsync("operator");
        var id = (await site.SubscribedAsync()).Id;
        var answers = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ =>
            program.PostAsync($"/readers/{id}/unsubscribe", null, (Header, "many"))));

        Assert.All(answers, one => Assert.True(one.Status == 200 || (one.Status == 409 && one.Code == "under-way"), one.Text));
        Assert.Single(answers.Where(one => one.Status == 200).Select(one => one.Text).Distinct());
        Assert.Single(await site.Get<AuditLog>().ListOfAsync(id, 99, CancellationToken.None));
    }

    /// <summary>The process ends between the act and its record: the row says only that it was begun.</summary>
    [Fact]
    public async Task After_a_kill_the_key_waits_a_minute_and_then_does_it_again()
    {
        await using var site = await WebFixture.StartAsync();
        var program = await site.ProgramAsync("operator");
        var id = (await site.SubscribedAsync()).Id;
        await program.PostAsync($"/readers/{id}/pause", new { until = "2026-03-20" }, (Header, "killed"));
        await ForgetAnswersAsync(site);

        var early = await program.PostAsync($"/readers/{id}/pause", new { until = "2026-03-20" }, (Header, "killed"));
        Assert.Equal((409, "under-way", "2"), (early.Status, early.Code, early.Header("Retry-After")));
        site.Time.Advance(ApiCallStore.Lease);
        var again = await program.PostAsync($"/readers/{id}/pause", new { until = "2026-03-20" }, (Header, "killed"));
        Assert.Equal((200, null), (again.Status, again.Header("Idempotency-Replayed")));
        Assert.Equal(2, (await site.Get<AuditLog>().ListOfAsync(id, 9, CancellationToken.None)).Count);
    }

    [Fact]
    public async Task The_store_shows_neither_the_key_nor_the_request_nor_the_answer()
    {
        await using var site = await WebFixture.StartAsync();
        var program = await site.ProgramAsync("operator");
        var id = (await site.SubscribedAsync()).Id;
        await program.PostAsync($"/readers/{id}/pause", new { until = "2026-03-20" }, (Header, "hidden-key"));
        var rows = await RowsAsync(site);
        var text = string.Join('\n', rows.SelectMany(row => row.Properties.Values.Append(row.Key))
            .Select(value => value is byte[] bytes ? System.Text.Encoding.Latin1.GetString(bytes) : value.ToString()));
        Assert.Single(rows);
        Assert.DoesNotContain("hidden-key", text, StringComparison.Ordinal);
        Assert.DoesNotContain("2026-03-20", text, StringComparison.Ordinal);
        Assert.DoesNotContain(id, text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(" ")]
    [InlineData("two words")]
    [InlineData("ключ")]
    [InlineData("x,y\u0001")]
    public async Task A_hostile_key_is_refused_and_changes_nothing(string key)
    {
        await using var site = await WebFixture.StartAsync();
        var program = await site.ProgramAsync("operator");
        var id = (await site.SubscribedAsync()).Id;
        foreach (var value in (string[])[key, new string('k', 201)])
        {
            var answer = await site.AskAsync(
                "POST", $"/api/v1/readers/{id}/unsubscribe", "{}", type: "application/json",
                headers: [("X-Api-Key", program.Key), (Header, value)]);
            Assert.Equal((int)HttpStatusCode.UnprocessableEntity, answer.Status);
        }

        Assert.Equal(SubscriberStatus.Active, await site.StatusAsync(id));
        Assert.Empty(await RowsAsync(site));
    }

    private static async Task ForgetAnswersAsync(WebFixture site)
    {
        foreach (var row in await RowsAsync(site))
        {
            await site.Get<ITableStore>().WriteAsync(
                Tables.ApiCalls, row.Key[..1],
                TableWrite.Upsert(new TableRow(row.Key) { { "at", row.Instant("at") }, { "request", row.Bytes("request") } }),
                CancellationToken.None);
        }
    }

    private static async Task<List<TableRow>> RowsAsync(WebFixture site)
    {
        var rows = new List<TableRow>();
        foreach (var partition in ApiCallStore.Partitions)
        {
            rows.AddRange(await site.Get<ITableStore>().QueryAsync(
                Tables.ApiCalls, partition, RowRange.All, 1000, CancellationToken.None));
        }

        return rows;
    }
}

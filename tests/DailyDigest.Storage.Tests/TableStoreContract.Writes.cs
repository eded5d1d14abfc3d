using System.Globalization;
using DailyDigest.Calendar;

namespace DailyDigest.Storage.Tests;

/// <summary>Versions, refusals and batches.</summary>
public abstract partial class TableStoreContract
{
    [Fact]
    public async Task An_insert_of_a_row_that_exists_is_refused_and_changes_nothing()
    {
        await WriteAsync(Insert("a", "first"));

        var result = await WriteAsync(Insert("a", "second"));

        Assert.Equal((WriteOutcome.Exists, 0), (result.Outcome, result.FailedIndex));
        Assert.Empty(result.ETags);
        Assert.Equal("first", (await GetAsync("a"))?.Text("text"));
    }

    [Fact]
    public async Task An_update_needs_the_ETag_of_the_row_as_it_is_now()
    {
        var first = (await WriteAsync(Insert("a", "1"))).ETags[0];
        var second = (await WriteAsync(TableWrite.Update(new TableRow("a") { { "text", "2" } }, first))).ETags[0];

        var stale = await WriteAsync(TableWrite.Update(new TableRow("a") { { "text", "3" } }, first));
        var missing = await WriteAsync(TableWrite.Update(new TableRow("b"), second));

        Assert.Equal((WriteOutcome.Changed, 0), (stale.Outcome, stale.FailedIndex));
        Assert.Equal((WriteOutcome.Missing, 0), (missing.Outcome, missing.FailedIndex));
        Assert.Equal("2", (await GetAsync("a"))?.Text("text"));
        Assert.NotEqual(first, second);
    }

    [Fact]
    public async Task The_ETag_that_a_write_returns_is_the_one_that_reads_show()
    {
        var result = await WriteAsync(Insert("a"), Insert("b"), TableWrite.Upsert(new TableRow("c")));
        var one = (await WriteAsync(Insert("d"))).ETags[0];

        var rows = await Store.QueryAsync(Table, partition, RowRange.All, 10, Stop);
        Assert.Equal([.. result.ETags, one], rows.Select(row => row.ETag));
        Assert.Equal(one, (await GetAsync("d"))?.ETag);
        Assert.True((await WriteAsync(TableWrite.Update(new TableRow("d"), rows[3].ETag!))).IsDone);
    }

    [Fact]
    public async Task A_row_deleted_and_written_again_has_a_new_ETag()
    {
        var first = (await WriteAsync(Insert("a", "same"))).ETags[0];
        await WriteAsync(TableWrite.Delete("a"));
        await WriteAsync(Insert("a", "same"));

        Assert.Equal(WriteOutcome.Changed, (await WriteAsync(TableWrite.Update(new TableRow("a"), first))).Outcome);
    }

    [Fact]
    public async Task An_update_or_upsert_replaces_all_properties()
    {
        var etag = (await WriteAsync(TableWrite.Upsert(new TableRow("a") { { "x", 1 }, { "y", 2 } }))).ETags[0];
        await WriteAsync(TableWrite.Update(new TableRow("a") { { "y", 3 } }, etag));
        Assert.Equal(["y"], (await GetAsync("a"))!.Properties.Keys);

        await WriteAsync(TableWrite.Upsert(new TableRow("a") { { "z", 4 } }));
        Assert.Equal(["z"], (await GetAsync("a"))!.Properties.Keys);
    }

    [Fact]
    public async Task A_delete_needs_a_row_and_its_ETag_if_one_is_named()
    {
        var etag = (await WriteAsync(Insert("a"))).ETags[0];
        var newer = (await WriteAsync(TableWrite.Update(new TableRow("a"), etag))).ETags[0];

        Assert.Equal(WriteOutcome.Changed, (await WriteAsync(TableWrite.Delete("a", etag))).Outcome);
        Assert.NotNull(await GetAsync("a"));
        Assert.Equal([""], (await WriteAsync(TableWrite.Delete("a", newer))).ETags);
        Assert.Null(await GetAsync("a"));
        Assert.Equal(WriteOutcome.Missing, (await WriteAsync(TableWrite.Delete("a", newer))).Outcome);
        Assert.Equal(WriteOutcome.Missing, (await WriteAsync(TableWrite.Delete("a"))).Outcome);
    }

    [Fact]
    public async Task A_batch_with_a_refused_write_writes_nothing_and_names_it()
    {
        var etag = (await WriteAsync(Insert("there", "old"))).ETags[0];
        await WriteAsync(TableWrite.Update(new TableRow("there") { { "text", "new" } }, etag));
        TableWrite[] refused =
        [
            Insert("there"), TableWrite.Update(new TableRow("there"), etag), TableWrite.Delete("there", etag),
            TableWrite.Delete("missing"), TableWrite.Update(new TableRow("missing"), etag),
        ];
        WriteOutcome[] outcomes = [WriteOutcome.Exists, WriteOutcome.Changed, WriteOutcome.Changed, WriteOutcome.Missing,
            WriteOutcome.Missing];

        for (var i = 0; i < refused.Length; i++)
        {
            var batch = Enumerable.Range(0, 6).Select(n => Insert($"n{n}")).ToList();
            batch.Insert(i, refused[i]);
            var result = await WriteAsync([.. batch]);

            Assert.Equal((outcomes[i], i), (result.Outcome, result.FailedIndex));
            Assert.Empty(result.ETags);
        }

        Assert.Equal("new", Assert.Single(await Store.QueryAsync(Table, partition, RowRange.All, 10, Stop)).Text("text"));
    }

    [Fact]
    public async Task A_batch_does_all_its_writes()
    {
        var etag = (await WriteAsync(Insert("update"), Insert("delete"), Insert("upsert"))).ETags[0];

        var result = await WriteAsync(
            TableWrite.Update(new TableRow("update") { { "n", 1 } }, etag), TableWrite.Delete("delete"),
            TableWrite.Upsert(new TableRow("upsert") { { "n", 2 } }), TableWrite.Insert(new TableRow("insert") { { "n", 3 } }));

        Assert.Equal((WriteOutcome.Done, -1), (result.Outcome, result.FailedIndex));
        Assert.Equal([false, true, false, false], result.ETags.Select(string.IsNullOrEmpty));
        var rows = await Store.QueryAsync(Table, partition, RowRange.All, 10, Stop);
        Assert.Equal("insert=3 update=1 upsert=2", string.Join(' ', rows.Select(row => $"{row.Key}={row.Count("n")}")));
    }

    [Fact]
    public async Task Of_concurrent_writers_of_a_row_exactly_one_wins()
    {
        var inserts = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(() => WriteAsync(Insert("claim", $"{i}")))));
        var winner = Assert.Single(inserts, result => result.IsDone);
        Assert.All(inserts.Where(result => result != winner), result => Assert.Equal(WriteOutcome.Exists, result.Outcome));

        var updates = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(() => WriteAsync(
            TableWrite.Update(new TableRow("claim") { { "text", $"{i}" } }, winner.ETags[0]), TableWrite.Upsert(
                new TableRow($"row{i}"))))));
        Assert.Single(updates, result => result.IsDone);
        Assert.All(updates.Where(result => !result.IsDone), result => Assert.Equal(
            (WriteOutcome.Changed, 0), (result.Outcome, result.FailedIndex)));
        Assert.Equal(2, (await Store.QueryAsync(Table, partition, RowRange.All, 100, Stop)).Count);
    }
}

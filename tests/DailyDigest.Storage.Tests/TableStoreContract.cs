using System.Globalization;
using DailyDigest.Storage;

namespace DailyDigest.Storage.Tests;

/// <summary>What every <see cref="ITableStore"/> does. One subclass per adapter.</summary>
public abstract class TableStoreContract : IAsyncLifetime
{
    private const string Table = Tables.Stories;
    private readonly string partition = "p" + Guid.NewGuid().ToString("N");

    protected ITableStore Store { get; private set; } = null!;

    protected static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => Store = await OpenAsync();

    public virtual ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    /// <summary>The adapter, prepared. Each test uses a partition of its own.</summary>
    protected abstract Task<ITableStore> OpenAsync();

    private Task<WriteResult> WriteAsync(params TableWrite[] writes) => Store.WriteAsync(Table, partition, writes, Stop);

    private Task<TableRow?> GetAsync(string row) => Store.GetAsync(Table, partition, row, Stop);

    private async Task<string> KeysAsync(RowRange range, int take = 1000) =>
        string.Join(' ', (await Store.QueryAsync(Table, partition, range, take, Stop)).Select(row => row.Key));

    private static TableWrite Insert(string key, string text = "") => TableWrite.Insert(new TableRow(key) { { "text", text } });

    [Fact]
    public async Task Preparing_again_keeps_what_is_there()
    {
        await WriteAsync(Insert("a", "kept"));

        await Store.PrepareAsync(Stop);

        Assert.Equal("kept", (await GetAsync("a"))?.Text("text"));
    }

    [Fact]
    public async Task A_row_that_is_not_there_is_null_and_an_empty_range_is_empty()
    {
        Assert.Null(await GetAsync("a"));
        Assert.Empty(await Store.QueryAsync(Table, partition, RowRange.All, 10, Stop));
    }

    [Fact]
    public async Task Every_type_of_property_comes_back_as_it_was()
    {
        object[] values =
        [
            "", "text", "a \"quoted\" \\ 'line'\r\n\ttwo", "\u0000\u0001", "{\"$instant\":\"2026-01-01\"}", "2026-01-02T03:04:05Z", "W/\"x\"",
            true, false,
            0L, 1L, -1L, long.MaxValue, long.MinValue,
            0.5, 1.0, -0.0, 1e300, 1e16, 123456789.0, double.Epsilon, double.MaxValue, double.MinValue, Math.PI,
            new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero).AddTicks(1234567), TableRules.FirstInstant,
            DateTimeOffset.MaxValue, DateTimeOffset.UnixEpoch,
            Array.Empty<byte>(), new byte[] { 0, 255, 10, 13 },
        ];
        var row = new TableRow("all");
        for (var i = 0; i < values.Length; i++)
        {
            row.Add($"v{i}", values[i]);
        }

        await WriteAsync(TableWrite.Insert(row));
        var found = (await GetAsync("all"))!;

        Assert.Equal(values.Length, found.Properties.Count);
        Assert.All(values, (value, i) => Assert.Equal(value, found.Properties[$"v{i}"]));
    }

    [Fact]
    public async Task An_instant_of_another_zone_comes_back_as_the_same_instant_in_UTC()
    {
        var local = new DateTimeOffset(2026, 6, 1, 7, 0, 0, TimeSpan.FromHours(5.5));

        await WriteAsync(TableWrite.Insert(new TableRow("a") { { "at", local } }));

        var instant = (await GetAsync("a"))!.Instant("at")!.Value;
        Assert.Equal(local, instant);
        Assert.Equal(TimeSpan.Zero, instant.Offset);
    }

    [Theory]
    [InlineData("2026-01-02|news~opinion;~a=b&c+d%20 e")]
    [InlineData("!cohort")]
    [InlineData("O'Brien \"x\" (y) [z] {w} <v> @:,;*$^`")]
    [InlineData("صباح الخير")]
    [InlineData("日本語 čeština 🎈 e\u0301")]
    [InlineData("%2F%23")]
    public async Task A_key_may_be_any_text_without_the_forbidden_characters(string key)
    {
        await Store.WriteAsync(Table, key, [Insert(key, key)], Stop);
        await Store.WriteAsync(Table, key, [Insert("other"), TableWrite.Upsert(new TableRow(key) { { "text", key + key } })], Stop);

        Assert.Equal(key + key, (await Store.GetAsync(Table, key, key, Stop))?.Text("text"));
        Assert.Equal(key, Assert.Single(await Store.QueryAsync(Table, key, new RowRange(From: key, Before: key + " "), 10, Stop)).Key);
        Assert.True((await Store.WriteAsync(Table, key, [TableWrite.Delete(key), TableWrite.Delete("other")], Stop)).IsDone);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a/b")]
    [InlineData("a\\b")]
    [InlineData("a#b")]
    [InlineData("a?b")]
    [InlineData("a\tb")]
    [InlineData("a\nb")]
    [InlineData("a\u0000b")]
    [InlineData("a\u007fb")]
    [InlineData("a\u0085b")]
    public async Task A_key_with_a_forbidden_character_is_refused_everywhere(string key)
    {
        await Assert.ThrowsAsync<ArgumentException>(() => WriteAsync(Insert(key)));
        await Assert.ThrowsAsync<ArgumentException>(() => Store.WriteAsync(Table, key, [Insert("a")], Stop));
        await Assert.ThrowsAsync<ArgumentException>(() => GetAsync(key));
        await Assert.ThrowsAsync<ArgumentException>(() => Store.GetAsync(Table, key, "a", Stop));
        await Assert.ThrowsAsync<ArgumentException>(() => Store.QueryAsync(Table, key, RowRange.All, 1, Stop));
    }

    [Fact]
    public async Task A_key_with_half_a_surrogate_pair_is_refused()
    {
        await Assert.ThrowsAsync<ArgumentException>(() => WriteAsync(Insert("high \ud83c")));
        await Assert.ThrowsAsync<ArgumentException>(() => WriteAsync(Insert("low \udf88 alone")));
        await Assert.ThrowsAsync<ArgumentException>(() => WriteAsync(Insert("turned \udf88\ud83c")));
    }

    [Fact]
    public async Task The_longest_key_is_512_characters()
    {
        var key = new string('k', TableRules.MaxKeyLength);

        Assert.True((await Store.WriteAsync(Table, key, [Insert(key, "here")], Stop)).IsDone);
        Assert.Equal("here", (await Store.GetAsync(Table, key, key, Stop))?.Text("text"));
        await Assert.ThrowsAsync<ArgumentException>(() => WriteAsync(Insert(key + "k")));
    }

    [Fact]
    public async Task Rows_come_in_ordinal_order_of_their_keys()
    {
        string[] keys = ["b", "a", "B", "A", "aa", "a!", "10", "9", "~", "!", "é", "z", "_", "a-b", "ab", "日"];
        foreach (var key in keys)
        {
            await WriteAsync(Insert(key));
        }

        Assert.Equal(string.Join(' ', keys.Order(StringComparer.Ordinal)), await KeysAsync(RowRange.All));
    }

    [Fact]
    public async Task A_range_has_an_inclusive_or_exclusive_begin_and_an_exclusive_end()
    {
        await WriteAsync([.. "abcdef".Select(c => Insert(c.ToString()))]);

        Assert.Equal("c d e f", await KeysAsync(new RowRange(From: "c")));
        Assert.Equal("d e f", await KeysAsync(new RowRange(After: "c")));
        Assert.Equal("a b", await KeysAsync(new RowRange(Before: "c")));
        Assert.Equal("b c", await KeysAsync(new RowRange(From: "b", Before: "d")));
        Assert.Equal("d e", await KeysAsync(new RowRange(From: "b", After: "c", Before: "f")));
        Assert.Equal("d e f", await KeysAsync(new RowRange(From: "d", After: "b")));
        Assert.Equal("e f", await KeysAsync(new RowRange(From: "d", After: "d")));
        Assert.Equal("", await KeysAsync(new RowRange(From: "d", Before: "b")));
        Assert.Equal("a b", await KeysAsync(RowRange.All, take: 2));
    }

    [Fact]
    public async Task A_prefix_finds_what_begins_with_it_and_nothing_else()
    {
        await WriteAsync(Insert("ab"), Insert("ab|1"), Insert("ab~"), Insert("abé"), Insert("ac"), Insert("aB"), Insert("a"));

        Assert.Equal("ab ab|1 ab~ abé", await KeysAsync(RowRange.Prefix("ab")));
    }

    [Fact]
    public async Task Partitions_and_tables_do_not_see_one_another()
    {
        await WriteAsync(Insert("a", "here"));
        await Store.WriteAsync(Table, partition + "x", [Insert("a", "other partition")], Stop);
        await Store.WriteAsync(Tables.Feeds, partition, [Insert("a", "other table")], Stop);

        Assert.Equal("here", Assert.Single(await Store.QueryAsync(Table, partition, RowRange.All, 10, Stop)).Text("text"));
        Assert.Equal("other table", (await Store.GetAsync(Tables.Feeds, partition, "a", Stop))?.Text("text"));
    }

    [Fact]
    public async Task More_than_a_thousand_rows_are_paged_through_completely_and_in_order()
    {
        var keys = Enumerable.Range(0, 1250).Select(i => i.ToString("d5", CultureInfo.InvariantCulture)).ToList();
        foreach (var batch in keys.Chunk(TableRules.MaxBatch))
        {
            await WriteAsync([.. batch.Select(key => Insert(key))]);
        }

        var all = new List<string>();
        await foreach (var row in Store.ScanAsync(Table, partition, RowRange.All, Stop))
        {
            all.Add(row.Key);
        }

        var tail = new List<string>();
        await foreach (var row in Store.ScanAsync(Table, partition, new RowRange(From: "00990", Before: "01010"), Stop, page: 7))
        {
            tail.Add(row.Key);
        }

        Assert.Equal(keys, all);
        Assert.Equal(keys[990..1010], tail);
        Assert.Equal(1000, (await Store.QueryAsync(Table, partition, RowRange.All, 1000, Stop)).Count);
    }

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
        WriteOutcome[] outcomes = [WriteOutcome.Exists, WriteOutcome.Changed, WriteOutcome.Changed, WriteOutcome.Missing, WriteOutcome.Missing];

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
    public async Task Of_many_who_claim_a_row_at_once_exactly_one_wins()
    {
        var inserts = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(() => WriteAsync(Insert("claim", $"{i}")))));
        var winner = Assert.Single(inserts, result => result.IsDone);
        Assert.All(inserts.Where(result => result != winner), result => Assert.Equal(WriteOutcome.Exists, result.Outcome));

        var updates = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(() => WriteAsync(
            TableWrite.Update(new TableRow("claim") { { "text", $"{i}" } }, winner.ETags[0]), TableWrite.Upsert(new TableRow($"row{i}"))))));
        Assert.Single(updates, result => result.IsDone);
        Assert.All(updates.Where(result => !result.IsDone), result => Assert.Equal((WriteOutcome.Changed, 0), (result.Outcome, result.FailedIndex)));
        Assert.Equal(2, (await Store.QueryAsync(Table, partition, RowRange.All, 100, Stop)).Count);
    }

    [Fact]
    public async Task A_batch_has_1_to_100_writes_and_no_row_twice()
    {
        var hundred = Enumerable.Range(0, 100).Select(i => Insert($"{i}")).ToArray();

        Assert.Equal(100, (await WriteAsync(hundred)).ETags.Count);
        await Assert.ThrowsAsync<ArgumentException>(() => WriteAsync([.. hundred, Insert("101")]));
        await Assert.ThrowsAsync<ArgumentException>(() => WriteAsync());
        await Assert.ThrowsAsync<ArgumentException>(() => WriteAsync(TableWrite.Delete("1"), TableWrite.Delete("1")));
        Assert.Equal(100, (await Store.QueryAsync(Table, partition, RowRange.All, 1000, Stop)).Count);
    }

    [Theory]
    [InlineData('x')]
    [InlineData('é')]
    [InlineData('日')]
    public async Task A_property_has_at_most_64_KiB_and_a_row_16_of_them_less_a_little(char letter)
    {
        var text = new string(letter, TableRules.MaxStringLength);
        var bytes = Enumerable.Range(0, TableRules.MaxBytesLength).Select(i => (byte)i).ToArray();
        var row = new TableRow("large") { { "text", text }, { "bytes", bytes } };
        for (var i = 0; i < 13; i++)
        {
            row.Add($"more{i}", text);
        }

        Assert.True((await WriteAsync(TableWrite.Insert(row))).IsDone);
        var found = (await GetAsync("large"))!;
        Assert.Equal(text, found.Text("more12"));
        Assert.Equal(bytes, found.Bytes("bytes"));

        row.Add("last", text);
        await Assert.ThrowsAsync<ArgumentException>(() => WriteAsync(TableWrite.Upsert(row)));
        await Assert.ThrowsAsync<ArgumentException>(() => WriteAsync(Insert("a", text + letter)));
        await Assert.ThrowsAsync<ArgumentException>(() => WriteAsync(TableWrite.Insert(new TableRow("b") { { "bytes", new byte[(64 * 1024) + 1] } })));
    }

    [Fact]
    public async Task A_batch_has_at_most_about_4_MiB()
    {
        var bytes = new byte[TableRules.MaxBytesLength];
        var writes = Enumerable.Range(0, 47).Select(i => TableWrite.Insert(new TableRow($"{i}") { { "bytes", bytes } })).ToArray();

        await Assert.ThrowsAsync<ArgumentException>(() => WriteAsync(writes));
        Assert.True((await WriteAsync(writes[..46])).IsDone);
    }

    [Theory]
    [InlineData("PartitionKey")]
    [InlineData("RowKey")]
    [InlineData("Timestamp")]
    [InlineData("odata.etag")]
    [InlineData("a-b")]
    [InlineData("a b")]
    [InlineData("1a")]
    [InlineData("")]
    [InlineData("é")]
    public async Task A_property_cannot_have_a_name_of_Azures_own_or_one_that_is_no_identifier(string name) =>
        await Assert.ThrowsAsync<ArgumentException>(() => WriteAsync(TableWrite.Insert(new TableRow("a") { { name, 1 } })));

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(double.NegativeInfinity)]
    public async Task A_number_that_is_none_is_refused(double number) =>
        await Assert.ThrowsAsync<ArgumentException>(() => WriteAsync(TableWrite.Insert(new TableRow("a") { { "number", number } })));

    [Fact]
    public async Task An_instant_before_1601_and_a_251st_property_are_refused()
    {
        var row = new TableRow("a");
        for (var i = 0; i < 250; i++)
        {
            row.Add($"p{i}", i);
        }

        Assert.True((await WriteAsync(TableWrite.Insert(row))).IsDone);
        row.Add("p250", 250);
        await Assert.ThrowsAsync<ArgumentException>(() => WriteAsync(TableWrite.Upsert(row)));
        await Assert.ThrowsAsync<ArgumentException>(
            () => WriteAsync(TableWrite.Insert(new TableRow("b") { { "at", TableRules.FirstInstant.AddTicks(-1) } })));
    }

    [Fact]
    public async Task Half_a_surrogate_pair_in_a_text_becomes_the_replacement_character()
    {
        await WriteAsync(Insert("a", "x\ud83cy"));

        Assert.Equal("x\ufffdy", (await GetAsync("a"))?.Text("text"));
    }

    [Fact]
    public async Task A_table_that_is_not_listed_and_a_page_of_none_or_1001_are_refused()
    {
        await Assert.ThrowsAsync<ArgumentException>(() => Store.GetAsync("Nope", partition, "a", Stop));
        await Assert.ThrowsAsync<ArgumentException>(() => Store.QueryAsync(Table, partition, RowRange.All, 0, Stop));
        await Assert.ThrowsAsync<ArgumentException>(() => Store.QueryAsync(Table, partition, RowRange.All, 1001, Stop));
    }

    [Fact]
    public async Task A_row_that_was_read_shows_when_it_was_written_and_shares_nothing_with_the_store()
    {
        await WriteAsync(TableWrite.Insert(new TableRow("a") { { "bytes", new byte[] { 1 } } }));
        var first = (await GetAsync("a"))!;
        first.Bytes("bytes")![0] = 2;
        first.Add("more", 1);
        await WriteAsync(TableWrite.Update(new TableRow("a") { { "bytes", new byte[] { 1 } } }, first.ETag!));
        var second = (await GetAsync("a"))!;

        Assert.NotNull(first.Timestamp);
        Assert.True(first.Timestamp <= second.Timestamp);
        Assert.Equal([1], second.Bytes("bytes")!);
        Assert.Equal(["bytes"], second.Properties.Keys);
    }

    [Fact]
    public async Task A_call_that_is_cancelled_before_it_begins_does_nothing()
    {
        var cancelled = new CancellationToken(canceled: true);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Store.WriteAsync(Table, partition, [Insert("a")], cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Store.WriteAsync(Table, partition, [Insert("a"), Insert("b")], cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Store.GetAsync(Table, partition, "a", cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Store.QueryAsync(Table, partition, RowRange.All, 1, cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Store.PrepareAsync(cancelled));
        Assert.Equal("", await KeysAsync(RowRange.All));
    }

    [Fact]
    public async Task A_batch_that_is_cancelled_on_its_way_is_done_whole_or_not_at_all()
    {
        for (var i = 0; i < 20; i++)
        {
            using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Stop);
            var key = $"{i:d2}";
            var write = Store.WriteAsync(Table, partition, [.. Enumerable.Range(0, 50).Select(n => Insert($"{key}|{n:d2}"))], cancel.Token);
            await cancel.CancelAsync();
            var done = false;
            try
            {
                done = (await write).IsDone;
            }
            catch (OperationCanceledException)
            {
            }

            var rows = await Store.QueryAsync(Table, partition, RowRange.Prefix(key), 100, Stop);
            Assert.True(rows.Count == 50 || (rows.Count == 0 && !done), $"{rows.Count} rows of 50, done: {done}");
        }
    }

    [Fact]
    public async Task A_large_value_comes_back_from_its_parts()
    {
        var value = new byte[700_000];
        new Random(1).NextBytes(value);
        var row = new TableRow("large");
        row.AddLarge("body", value);
        await WriteAsync(TableWrite.Insert(row));

        Assert.Equal(value, (await GetAsync("large"))!.Large("body"));
        Assert.Null((await GetAsync("large"))!.Large("other"));
    }
}

using System.Globalization;
using DailyDigest.Calendar;

namespace DailyDigest.Storage.Tests;

/// <summary>The contract of <see cref="ITableStore"/>. Each adapter has a subclass.</summary>
public abstract partial class TableStoreContract : IAsyncLifetime
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

    /// <summary>Returns the prepared adapter. Each test uses its own partition.</summary>
    protected abstract Task<ITableStore> OpenAsync();

    private Task<WriteResult> WriteAsync(params TableWrite[] writes) => Store.WriteAsync(Table, partition, writes, Stop);

    private Task<TableRow?> GetAsync(string row) => Store.GetAsync(Table, partition, row, Stop);

    private async Task<string> KeysAsync(RowRange range, int take = 1000) =>
        string.Join(' ', (await Store.QueryAsync(Table, partition, range, take, Stop)).Select(row => row.Key));

    private static TableWrite Insert(string key, string text = "") => TableWrite.Insert(new TableRow(key) { { "text", text } });

    [Fact]
    public async Task Preparing_again_keeps_the_rows()
    {
        await WriteAsync(Insert("a", "kept"));

        await Store.PrepareAsync(Stop);

        Assert.Equal("kept", (await GetAsync("a"))?.Text("text"));
    }

    [Fact]
    public async Task A_missing_row_is_null_and_an_empty_range_is_empty()
    {
        Assert.Null(await GetAsync("a"));
        Assert.Empty(await Store.QueryAsync(Table, partition, RowRange.All, 10, Stop));
    }

    [Fact]
    public async Task Every_type_of_property_comes_back_as_it_was()
    {
        object[] values =
        [
            "", "text", "a \"quoted\" \\ 'line'\r\n\ttwo", "\u0000\u0001", "{\"$instant\":\"2026-01-01\"}", "2026-01-02T03:04:05Z",
                "W/\"x\"",
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
}

using System.Globalization;
using DailyDigest.Calendar;

namespace DailyDigest.Storage.Tests;

/// <summary>Limits and cancellation.</summary>
public abstract partial class TableStoreContract
{
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
        await Assert.ThrowsAsync<ArgumentException>(
            () => WriteAsync(TableWrite.Insert(new TableRow("b") { { "bytes", new byte[(64 * 1024) + 1] } })));
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
    public async Task A_number_that_is_not_finite_is_refused(double number) =>
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
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => Store.WriteAsync(Table, partition, [Insert("a"), Insert("b")], cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Store.GetAsync(Table, partition, "a", cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Store.QueryAsync(Table, partition, RowRange.All, 1, cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Store.PrepareAsync(cancelled));
        Assert.Equal("", await KeysAsync(RowRange.All));
    }

    [Fact]
    public async Task A_cancelled_batch_is_done_completely_or_not_at_all()
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

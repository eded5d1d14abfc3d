using System.Text;
using DailyDigest.Calendar;
using DailyDigest.Digests;
using DailyDigest.Storage;
using DailyDigest.Testing.Storage;
using Microsoft.Extensions.Time.Testing;

namespace DailyDigest.Tests.Digests;

public sealed class DigestStoreTests
{
    private const string Cohort = "daily_07_Europe.Paris";
    private static readonly DateOnly Date = new(2026, 3, 2);
    private readonly MemoryTableStore tables = new(new FakeTimeProvider());

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_first_digest_of_a_date_stands()
    {
        var store = new DigestStore(tables);
        await store.FreezeAsync(Empty("the first"), Cancellation);
        Assert.Equal("the first", (await store.FreezeAsync(Empty("the second"), Cancellation)).Skipped);
        Assert.Equal("the first", (await store.GetAsync(Date, Cohort, Cancellation))!.Skipped);
    }

    [Theory]
    [InlineData("not packed at all")]
    [InlineData("")]
    public async Task A_damaged_row_is_no_digest_and_no_exception(string stored)
    {
        var row = new TableRow(Cohort) { { "items", 3 }, { "json0", Encoding.UTF8.GetBytes(stored) } };
        await tables.WriteAsync(Tables.Digests, "2026-03-02", TableWrite.Upsert(row), Cancellation);
        Assert.Null(await new DigestStore(tables).GetAsync(Date, Cohort, Cancellation));
    }

    private static Digest Empty(string why) => new()
    {
        Date = Date,
        Cohort = Cohort,
        FrozenAt = DateTimeOffset.UnixEpoch,
        Items = [],
        Skipped = why,
    };
}

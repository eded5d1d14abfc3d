using System.Text;
using CsCheck;
using DailyDigest.Subscribers;
using DailyDigest.Tests.Fixtures;

namespace DailyDigest.Tests.Subscribers;

/// <summary>Random lists, two minutes with DAILYDIGEST_LONG=1 and four seconds otherwise. A failure prints the list.</summary>
public sealed class CsvFuzzTests
{
    private const int Rows = 6;
    private const string Header = "email,notes,consent_at,status\n";
    private static readonly bool Long = Environment.GetEnvironmentVariable("DAILYDIGEST_LONG") == "1";

    private static readonly Gen<string> Parts = Gen.OneOf<string>(
        "\"", "\"\"", ",", ";", "\n", "\r\n", "\r", "\t", "\0", "\uFEFF", "'", "é", "x", "active", "@", " ", "\u200B", "=1+1",
        "\",\"", "\"\n\"");

    [Fact]
    public Task Every_row_of_any_list_is_counted() =>
        Gen.Select(Gen.Select(Gen.Double.Unit, Parts, Gen.Int[0, 2]).List[1, 6], changes => changes.Aggregate(List(), Change))
            .SampleAsync(
                async list =>
                {
                    using var fixture = new SubscriberFixture();
                    var refused = new List<RefusedRow>();
                    var report = await ImportAsync(fixture, list, refused);
                    Assert.Equal(report.Rows, report.Added + report.Known + report.LeftOut + report.Inactive + report.Refused);
                    Assert.Equal(report.Refused, refused.Count);
                },
                time: Long ? 60 : 1, threads: 1, print: list => list);

    [Fact]
    public Task One_fault_subscribes_nobody_who_has_left() =>
        Gen.Select(Gen.Double.Unit, Parts, Gen.Int[0, 2], (place, part, kind) => Change(List(), (place, part, kind)))
            .Where(list => list.StartsWith(Header, StringComparison.Ordinal))
            .SampleAsync(
                async list =>
                {
                    using var fixture = new SubscriberFixture();
                    await ImportAsync(fixture, list, []);
                    for (var row = 1; row < Rows; row += 2)
                    {
                        var isWhole = list.Contains(Row(row), StringComparison.Ordinal);
                        Assert.True(!isWhole || await fixture.FindAsync(Address(row)) is null, Address(row));
                    }
                },
                time: Long ? 60 : 1, threads: 1, print: list => list);

    private static Task<ImportReport> ImportAsync(SubscriberFixture fixture, string list, List<RefusedRow> refused) =>
        fixture.Import.ExecuteAsync(
            new MemoryStream(Encoding.UTF8.GetBytes(list)), "fuzz", dryRun: false, refused.Add, null,
            TestContext.Current.CancellationToken);

    private static string Change(string list, (double Place, string Part, int Kind) change)
    {
        var at = (int)(change.Place * (list.Length - 1));
        return change.Kind switch
        {
            0 => list.Remove(at, 1),
            1 => list.Remove(at, 1).Insert(at, change.Part),
            _ => list.Insert(at, change.Part),
        };
    }

    // Every second person has left.
    private static string List() =>
        Header + string.Concat(Enumerable.Range(0, Rows).Select(row => Row(row) + "\n"));

    private static string Row(int row) =>
        $"{Address(row)},\"a note, {row}\",2024-05-01T10:00:00Z,{(row % 2 == 0 ? "active" : "unsubscribed")}";

    private static string Address(int row) => $"reader{row}@example.com";
}

using System.Text;
using DailyDigest.Subscribers;
using DailyDigest.Tests.Fixtures;

namespace DailyDigest.Tests.Subscribers;

/// <summary>Exports of many people: a million with DAILYDIGEST_LONG=1, and 20,000 otherwise.</summary>
public sealed class LargeListTests : IDisposable
{
    private const string Header = "Email Address,First Name,OPTIN_TIME,CONFIRM_TIME,TIMEZONE,LEID,EUID,NOTES,TAGS,";

    // Rows are in memory in batches of 50,000. From then on only a hash of each address is kept, and by the fixture each call of the store.
    private const long MaxBatch = 256L * 1024 * 1024;
    private const long MaxGrowth = 160L * 1024 * 1024;

    private static readonly int Rows = Environment.GetEnvironmentVariable("DAILYDIGEST_LONG") == "1" ? 1_000_000 : 20_000;

    private readonly string file = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName() + ".csv");
    private readonly SubscriberFixture fixture = new();

    [Theory]
    [InlineData("LAST_CHANGED", true)]
    [InlineData("UNSUB_TIME", false)]
    public async Task Memory_does_not_grow_with_the_rows_of_an_export(string column, bool stays)
    {
        await WriteAsync(column);
        await using var csv = File.OpenRead(file);
        var used = new List<long> { GC.GetTotalMemory(forceFullCollection: true) };
        var report = await fixture.Import.ExecuteAsync(
            csv, "move", dryRun: true, refused => Assert.Fail(refused.Reason),
            new Measured(() => used.Add(GC.GetTotalMemory(forceFullCollection: true))), TestContext.Current.CancellationToken);

        Assert.Equal((null, "Mailchimp", Rows), (report.Fault, report.Service, report.Rows));
        Assert.Equal(stays ? (Rows, 0) : (0, Rows), (report.Added, report.Inactive));
        var (batch, growth) = (used.Skip(1).Max() - used[0], used.Skip(1).Max() - used[1]);
        TestContext.Current.TestOutputHelper!.WriteLine(
            $"{Rows} rows of {csv.Length} bytes: at most {batch / 1024 / 1024} MB more, {growth / 1024 / 1024} MB after the first batch");
        Assert.True(batch < MaxBatch && growth < MaxGrowth, $"{batch} and {growth} bytes");
    }

    public void Dispose()
    {
        fixture.Dispose();
        File.Delete(file);
    }

    private async Task WriteAsync(string column)
    {
        await using var writer = new StreamWriter(file, append: false, Encoding.UTF8);
        await writer.WriteLineAsync(Header + column);
        for (var row = 0; row < Rows; row++)
        {
            await writer.WriteLineAsync(
                $"reader{row}@example.com,Reader,2024-05-02 09:15:00,2024-05-02 09:20:31,Europe/Paris,{row},e{row},\"a note, {row}\",Sport,"
                    + "2025-01-01 10:00:00");
        }
    }

    private sealed class Measured(Action measure) : IProgress<ImportReport>
    {
        public void Report(ImportReport value) => measure();
    }
}

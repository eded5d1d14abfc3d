using System.Text;
using DailyDigest.Calendar;
using DailyDigest.Digests;
using DailyDigest.Runs;
using DailyDigest.Selection;
using DailyDigest.Settings;
using DailyDigest.Sqlite;
using DailyDigest.Subscribers;
using Microsoft.Extensions.Time.Testing;

namespace DailyDigest.Storage.Tests;

/// <summary>Importing a list and renaming a section on every store.</summary>
public abstract class ImportContract
{
    private const int Rows = 400;

    private readonly FakeTimeProvider time = new(new DateTimeOffset(2026, 3, 2, 8, 0, 0, TimeSpan.Zero));

    protected abstract Task<ITableStore> OpenAsync();

    [Fact]
    public async Task A_list_is_imported_in_batches_once_and_its_section_renamed()
    {
        var tables = await OpenAsync();
        var stop = TestContext.Current.CancellationToken;
        var counts = new ReaderCounts(tables, new Publication { TimeZone = "Etc/UTC" }, time);
        var (subscribers, addresses, audience) = (
            new SubscriberStore(tables, counts), new AddressStore(tables), new AudienceStore(tables));
        var (changes, cohorts, runs) = (new ChangeStore(tables, time), new CohortStore(tables, time), new RunStore(tables));
        var languages = new StoryLanguages(new Publication(), new SelectionOptions());
        var project = new ProjectSubscriber(audience, cohorts, new Withhold(tables, runs, time), languages, tables);
        var startNext = new StartNextDate(subscribers, project, runs, tables);
        var change = new ChangeSubscriber(changes, subscribers, project, startNext, new SentStoryStore(tables), runs, languages, time);
        var add = new AddImported(
            subscribers, addresses, new AddressHash(new IdentityOptions()), change,
            new ActivateSubscribers(changes, subscribers, project, startNext, runs, time));
        var import = new ImportSubscribers(tables, add, new Publication { TimeZone = "Etc/UTC", Hour = 7, Sections = ["World"] }, time);

        var report = await ImportAsync(Text(Rows));
        Assert.Equal((Rows, Rows, Rows), (report.Rows, report.Added, report.Undated));
        report = await ImportAsync(Text(Rows + 5));
        Assert.Equal((5, Rows), (report.Added, report.Known));

        Assert.Equal(Rows + 5, await new RenameSection(subscribers, change).ExecuteAsync("Sport", "World", stop));
        var people = await CountAsync(subscribers.ScanAsync(SubscriberStatus.Active, null, stop));
        var entries = 0;
        foreach (var cohort in await cohorts.ListAsync(stop))
        {
            entries += await CountAsync(audience.ScanAsync(cohort.Cohort, stop).Where(entry => entry.Sections is ["World"]));
        }

        Assert.Equal((Rows + 5, Rows + 5), (people, entries));
        Assert.Equal(0, await CountAsync(changes.ScanAsync(stop)));

        Task<ImportReport> ImportAsync(string text) => import.ExecuteAsync(
            new MemoryStream(Encoding.UTF8.GetBytes(text)), "list", dryRun: false, row => Assert.Fail(row.Reason), null, stop);
    }

    private static string Text(int rows) => "email,hour,sections\n" + string.Concat(
        Enumerable.Range(0, rows).Select(row => $"reader{row}@example.com,{6 + (row % 3)},Sport\n"));

    private static async Task<int> CountAsync<T>(IAsyncEnumerable<T> items)
    {
        var count = 0;
        await foreach (var _ in items)
        {
            count++;
        }

        return count;
    }
}

public sealed class Import_on_sqlite : ImportContract, IDisposable
{
    private readonly SqliteFile file = new();

    public void Dispose() => file.Dispose();

    protected override async Task<ITableStore> OpenAsync()
    {
        var tables = new SqliteTableStore(file.Open(), new FakeTimeProvider());
        await tables.PrepareAsync(CancellationToken.None);
        return tables;
    }
}

public sealed class Import_on_azure(AzuriteFixture azurite) : ImportContract
{
    private readonly AzureAccount account = new(azurite);

    protected override Task<ITableStore> OpenAsync() => account.TablesAsync();
}

using DailyDigest.App;
using DailyDigest.Calendar;
using DailyDigest.Clock;
using DailyDigest.Digests;
using DailyDigest.Hooks;
using DailyDigest.Returns;
using DailyDigest.Runs;
using DailyDigest.Selection;
using DailyDigest.Settings;
using DailyDigest.Subscribers;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Moq;

namespace DailyDigest.Storage.Tests;

/// <summary>Purging and late reports on every store.</summary>
public abstract class RetentionContract
{
    private static readonly DateOnly Date = new(2026, 3, 2);
    private readonly FakeTimeProvider time = new(new DateTimeOffset(2026, 3, 2, 8, 0, 0, TimeSpan.Zero));

    protected abstract Task<ITableStore> OpenAsync();

    [Fact]
    public async Task A_date_is_purged_completely_and_the_next_one_is_kept()
    {
        var tables = await OpenAsync();
        Assert.False(await PurgeOf(tables).ExecuteAsync(TestContext.Current.CancellationToken));
        foreach (var date in new[] { Date, Date.AddDays(1) })
        {
            foreach (var slice in Part.Sixteen.Append(Part.Whole))
            {
                await FillAsync(tables, Tables.Ledger, Part.LedgerPartition(date, slice), slice == Part.Whole ? 1_150 : 3);
            }

            await FillAsync(tables, Tables.Digests, date.Text(), 12);
            await FillAsync(tables, Tables.Variants, $"{date.Text()}~{Key(0)}", 11);
            await FillAsync(tables, Tables.Runs, date.Text(), 2);
        }

        time.SetUtcNow(new DateTimeOffset(Date.AddDays(91), new TimeOnly(0, 5), TimeSpan.Zero));
        for (var beats = 0; await PurgeOf(tables).ExecuteAsync(TestContext.Current.CancellationToken); beats++)
        {
            Assert.InRange(beats, 0, 50);
        }

        Assert.Equal(0, await CountAsync(tables, Date));
        Assert.Equal(1_150 + 48 + 12 + 11 + 2, await CountAsync(tables, Date.AddDays(1)));
    }

    [Fact]
    public async Task Eight_concurrent_copies_of_a_report_are_recorded_once()
    {
        var tables = await OpenAsync();
        var runs = new RunStore(tables);
        var (date, cohort) = (Date.AddDays(-7), new Cohort("Etc/UTC", 7, Rhythm.Daily));
        var envelopes = new EnvelopeTokens(new LinksOptions());
        var person = new Subscriber
        {
            Id = SubscriberStore.NewId(),
            Address = "reader@example.com",
            Status = SubscriberStatus.Active,
            Zone = "Etc/UTC",
            Hour = 7,
            Language = "en",
            Consent = new Consent(time.GetUtcNow().AddDays(-30), "test", "1", "en", null),
            Created = time.GetUtcNow().AddDays(-30),
        };
        var subscribers = Subscribers(tables);
        await subscribers.InsertAsync(person, CancellationToken.None);
        await runs.BeginAsync(
            new Run
            {
                Date = date,
                Cohort = cohort.Key,
                State = RunState.Closed,
                Due = time.GetUtcNow(),
                Started = time.GetUtcNow(),
                Deadline = time.GetUtcNow(),
                Slices = 1,
                Counts = new Dictionary<DeliveryState, long> { [DeliveryState.Sent] = 1 },
            },
            CancellationToken.None);
        await runs.SlicesAsync(date, 1, CancellationToken.None);
        var row = new DeliveryRow { SubscriberId = person.Id, Cohort = cohort.Key, State = DeliveryState.Sent, At = time.GetUtcNow() };
        await tables.WriteAsync(
            Tables.Ledger, Part.LedgerPartition(date, Part.Whole), TableWrite.Insert(row.ToRow()), CancellationToken.None);
        var input = new OutcomeInput { Envelope = envelopes.Create(date, person.Id), Outcome = "bounced", Status = "5.1.1" };
        var results = await Task.WhenAll(Enumerable.Range(0, 8).Select(
            _ => Task.Run(() => Accept(tables).ExecuteAsync(input, CancellationToken.None))));

        Assert.Single(results, result => result.Result == AcceptOutcomeResult.Recorded);
        Assert.Equal(7, results.Count(result => result.Result == AcceptOutcomeResult.AlreadyRecorded));
        Assert.Equal(1, (await runs.GetAsync(date, cohort.Key, CancellationToken.None))!.Refused);
        Assert.Equal(SubscriberStatus.Bounced, (await subscribers.GetAsync(person.Id, CancellationToken.None))!.Subscriber.Status);
    }

    [Fact]
    public async Task Four_readers_at_once_record_and_count_each_report_once()
    {
        var tables = await OpenAsync();
        var settle = Enumerable.Range(0, 4).Select(_ => Get<SettleReturn>(tables)).ToList();
        var reports = Enumerable.Range(0, 25).Select(number => new ReturnEvent("mailbox", $"{number}", (ReturnKind)(number % 2 * 6))
        {
            Arrived = time.GetUtcNow(),
        }).ToList();
        var results = await Task.WhenAll(settle.SelectMany(reader => reports.Select(
            report => Task.Run(() => reader.ExecuteAsync(report, CancellationToken.None)))));

        Assert.Equal(12, results.Count(result => result == ReturnResult.Counted));
        Assert.Equal(36, results.Count(result => result == ReturnResult.Repeated));
        var counts = await new ReturnStore(tables).CountsAsync(DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime), CancellationToken.None);
        Assert.Equal("autoreply=12 other=13 repeated=36", counts.ToString());
    }

    private AcceptOutcome Accept(ITableStore tables) => Get<AcceptOutcome>(tables);

    private T Get<T>(ITableStore tables) where T : notnull
    {
        var services = new ServiceCollection();
        services.AddSingleton<TimeProvider>(time).AddSingleton(tables).AddSingleton(typeof(ILogger<>), typeof(NullLogger<>));
        services.AddSingleton<IHostEnvironment>(
            Mock.Of<IHostEnvironment>(host => host.EnvironmentName == Environments.Development));
        services.AddDailyDigest(new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Publication:Name"] = "The Paper",
            ["Publication:BaseUrl"] = "https://digest.example.com",
            ["Publication:TimeZone"] = "Etc/UTC",
        }).Build());
        return services.BuildServiceProvider().GetRequiredService<T>();
    }

    private SubscriberStore Subscribers(ITableStore tables) => new(tables, Counts(tables));

    private ReaderCounts Counts(ITableStore tables) => new(tables, new Publication { TimeZone = "Etc/UTC" }, time);

    private Purge PurgeOf(ITableStore tables) => new(
        tables, new RunStore(tables), new CohortStore(tables, time),
        new DropSignUp(Subscribers(tables), new AddressStore(tables), new AddressHash(new IdentityOptions())),
        Counts(tables), new HookStore(tables, time), new Publication { TimeZone = "Etc/UTC" },
        new StoryLanguages(new Publication(), new SelectionOptions()), new DeliveryOptions(), time, NullLogger<Purge>.Instance);

    private static string Key(int number) => $"a{number:d31}";

    private static async Task FillAsync(ITableStore tables, string table, string partition, int rows)
    {
        foreach (var batch in Enumerable.Range(0, rows).Chunk(TableRules.MaxBatch))
        {
            await tables.WriteAsync(table, partition,
                [.. batch.Select(number => TableWrite.Upsert(new TableRow(Key(number)) { { "state", "x" } }))], CancellationToken.None);
        }
    }

    private static async Task<int> CountAsync(ITableStore tables, DateOnly date)
    {
        var count = 0;
        string[] partitions = [.. Part.Sixteen.Append(Part.Whole).Select(slice => Part.LedgerPartition(date, slice))];
        foreach (var (table, partition) in partitions.Select(partition => (Tables.Ledger, partition))
            .Concat([(Tables.Digests, date.Text()), (Tables.Variants, $"{date.Text()}~{Key(0)}"), (Tables.Runs, date.Text())]))
        {
            await foreach (var _ in tables.ScanAsync(table, partition, new RowRange(From: "a"), CancellationToken.None))
            {
                count++;
            }
        }

        return count;
    }
}

public sealed class Retention_on_sqlite : RetentionContract, IDisposable
{
    private readonly SqliteFile file = new();

    public void Dispose() => file.Dispose();

    protected override async Task<ITableStore> OpenAsync()
    {
        var tables = new Sqlite.SqliteTableStore(file.Open(), new FakeTimeProvider());
        await tables.PrepareAsync(CancellationToken.None);
        return tables;
    }
}

public sealed class Retention_on_azure(AzuriteFixture azurite) : RetentionContract
{
    private readonly AzureAccount account = new(azurite);

    protected override Task<ITableStore> OpenAsync() => account.TablesAsync();
}

using DailyDigest.Accounts;
using DailyDigest.App;
using DailyDigest.Calendar;
using DailyDigest.Clock;
using DailyDigest.Digests;
using DailyDigest.Reporting;
using DailyDigest.Runs;
using DailyDigest.Subscribers;
using DailyDigest.Testing.Storage;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace DailyDigest.Storage.Tests;

/// <summary>An operator's acts on every store.</summary>
public abstract class OrderContract : IAsyncDisposable
{
    private static readonly Cohort Cohort = new("Etc/UTC", 7, Rhythm.Daily);
    private static readonly Actor Ada = new("a-1", "Ada");
    private readonly FakeTimeProvider time = new(new DateTimeOffset(2026, 3, 2, 8, 0, 0, TimeSpan.Zero));
    private ServiceProvider? services;

    private static DateOnly Date { get; } = new(2026, 3, 2);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public virtual async ValueTask DisposeAsync()
    {
        await (services?.DisposeAsync() ?? ValueTask.CompletedTask);
        GC.SuppressFinalize(this);
    }

    protected abstract Task<ITableStore> OpenAsync();

    [Fact]
    public async Task Of_eight_orders_at_once_one_is_carried_out()
    {
        await ReadyAsync(RunState.Open, DeliveryState.Deferred);
        var version = (await RunAsync()).ETag;
        var orders = await Task.WhenAll(Enumerable.Range(0, 8).Select(number => Task.Run(() => OrderAsync(
            number % 2 == 0 ? RunAct.Pause : RunAct.Cancel, version))));

        Assert.Single(orders, order => order.Outcome == OrderOutcome.Done);
        Assert.Equal(7, orders.Count(order => order.Outcome == OrderOutcome.Changed));
        var run = await RunAsync();
        Assert.NotEqual(run.Paused, run.Cancelled);
        Assert.Single((await Get<AuditLog>().ListAsync(null, "run.", null, 20, Cancellation)).Entries);
    }

    [Fact]
    public async Task A_run_is_sent_to_the_missing_and_its_row_says_so()
    {
        await ReadyAsync(RunState.Closed, DeliveryState.Sent, DeliveryState.Expired, DeliveryState.Held);
        var outlook = await Get<ForeseeAct>().ExecuteAsync(await RunAsync(), RunAct.Missing, Cancellation);
        Assert.Equal((null, 1L, true), (outlook.Refusal, outlook.Readers!.Value, outlook.IsExact));

        var order = await OrderAsync(RunAct.Missing, (await RunAsync()).ETag);

        var (run, standing) = (await RunAsync(), (await Get<WatchRuns>().ExecuteAsync([await RunAsync()], Cancellation))[0]);
        Assert.Equal(OrderOutcome.Done, order.Outcome);
        Assert.Equal(
            (RunState.Open, null, new RunTaskResult(RunTask.Missing, time.GetUtcNow(), 1, 0)), (run.State, run.Ordered, run.LastTask));
        Assert.Equal(1L, standing.Waiting);
        var page = await Get<ListNotSent>().ExecuteAsync(run, null, 10, withAddresses: true, Cancellation);
        Assert.Equal([DeliveryState.Deferred, DeliveryState.Held], page.Readers.Select(one => one.Delivery.State));
    }

    [Fact]
    public async Task What_a_run_keeps_is_read_back()
    {
        await ReadyAsync(RunState.Closed, DeliveryState.Sent);
        IReadOnlyList<ReasonCount> reasons = [new(DeliveryState.Rejected, "\"quoted\" … 552", 3), new(DeliveryState.Held, "–", 1)];
        var result = new RunTaskResult(RunTask.Hold, time.GetUtcNow().AddTicks(1), 7, 2);
        await Get<RunStore>().ChangeAsync(
            (await RunAsync()) with { Reasons = reasons, Ordered = RunTask.Retry, OrderedAt = result.At, LastTask = result }, Cancellation);

        var run = await RunAsync();
        Assert.Equal(reasons, run.Reasons);
        Assert.Equal((RunTask.Retry, result.At, result), (run.Ordered, run.OrderedAt, run.LastTask));
    }

    private T Get<T>() where T : notnull => services!.GetRequiredService<T>();

    private async Task<Run> RunAsync() => (await Get<RunStore>().GetAsync(Date, Cohort.Key, Cancellation))!;

    private Task<OrderedRun> OrderAsync(RunAct act, string? version) =>
        Get<OrderRun>().ExecuteAsync(Ada, Date, Cohort.Key, act, version, Cancellation);

    private async Task ReadyAsync(RunState state, params DeliveryState[] deliveries)
    {
        var tables = await OpenAsync();
        services = new ServiceCollection()
            .AddSingleton<TimeProvider>(time).AddSingleton(tables).AddSingleton<IQueueStore>(new MemoryQueueStore(time))
            .AddSingleton<ILoggerFactory>(NullLoggerFactory.Instance).AddSingleton(typeof(ILogger<>), typeof(NullLogger<>))
            .AddSingleton<Microsoft.Extensions.Hosting.IHostEnvironment>(new Development())
            .AddDailyDigest(new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
            {
                ["Publication:Name"] = "The Paper",
                ["Publication:BaseUrl"] = "https://digest.example.com",
                ["Publication:TimeZone"] = "Etc/UTC",
            }).Build())
            .BuildServiceProvider();
        await Get<CohortStore>().EnsureAsync(Cohort, Cancellation, Date);
        foreach (var index in Enumerable.Range(0, deliveries.Length))
        {
            var person = new Subscriber
            {
                Id = Reader(index),
                Address = $"reader{index}@example.com",
                Status = SubscriberStatus.Active,
                Zone = Cohort.Zone,
                Hour = Cohort.Hour,
                Rhythm = Cohort.Rhythm,
                Language = "en",
                Consent = new Consent(time.GetUtcNow().AddDays(-30), "test", "1", "en", null),
                Created = time.GetUtcNow().AddDays(-30),
            };
            await Get<ChangeSubscriber>().ExecuteAsync(person.Id, _ => person, Cancellation);
        }

        await Get<DigestStore>().FreezeAsync(
            new Digest { Date = Date, Cohort = Cohort.Key, FrozenAt = time.GetUtcNow(), Items = [], PassedOver = [] }, Cancellation);
        await Get<RunStore>().SlicesAsync(Date, 1, Cancellation);
        await Get<RunStore>().BeginAsync(
            new Run
            {
                Date = Date,
                Cohort = Cohort.Key,
                State = state,
                Due = time.GetUtcNow().AddHours(-1),
                Started = time.GetUtcNow().AddHours(-1),
                Deadline = time.GetUtcNow().AddHours(11),
                Slices = 1,
                Counts = state == RunState.Open ? new Dictionary<DeliveryState, long>()
                    : deliveries.ToDictionary(one => one, _ => 1L),
            },
            Cancellation);
        var part = new Part(Date, Part.Whole, Cohort.Key);
        var control = new PartControl { Done = state == RunState.Closed, Exhausted = true };
        await tables.WriteAsync(Tables.Ledger, part.Partition, TableWrite.Insert(control.ToRow(part)), Cancellation);
        foreach (var (delivery, index) in deliveries.Select((delivery, index) => (delivery, index)))
        {
            var row = new DeliveryRow { SubscriberId = Reader(index), Cohort = Cohort.Key, State = delivery, At = time.GetUtcNow() };
            await tables.WriteAsync(Tables.Ledger, part.Partition, TableWrite.Insert(row.ToRow()), Cancellation);
        }
    }

    private static string Reader(int index) => $"{index:d2}{new string('a', 30)}";

    private sealed class Development : Microsoft.Extensions.Hosting.IHostEnvironment
    {
        public string EnvironmentName { get; set; } = "Development";

        public string ApplicationName { get; set; } = "";

        public string ContentRootPath { get; set; } = "";

        public Microsoft.Extensions.FileProviders.IFileProvider ContentRootFileProvider { get; set; } =
            new Microsoft.Extensions.FileProviders.NullFileProvider();
    }
}

public sealed class Orders_on_sqlite : OrderContract
{
    private readonly SqliteFile file = new();

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        file.Dispose();
    }

    protected override async Task<ITableStore> OpenAsync()
    {
        var tables = new Sqlite.SqliteTableStore(file.Open(), new FakeTimeProvider());
        await tables.PrepareAsync(CancellationToken.None);
        return tables;
    }
}

public sealed class Orders_on_azure(AzuriteFixture azurite) : OrderContract
{
    private readonly AzureAccount account = new(azurite);

    protected override Task<ITableStore> OpenAsync() => account.TablesAsync();
}

using System.Text;
using DailyDigest.Runs;
using DailyDigest.Storage;
using DailyDigest.Subscribers;
using DailyDigest.Testing.Services;

namespace DailyDigest.Functions.Tests;

/// <summary>The worker gets SIGKILL while it delivers. The host starts another, and the next tick enqueues the part again.</summary>
public sealed class KilledWorkerTests : IAsyncLifetime
{
    private const int Readers = 80;
    private const int Quick = 30;
    private const int Connections = 4;

    // After the first messages the relay answers slowly, so that every connection is sending a message when the kill comes.
    private readonly FunctionApp app = new(new SmtpOptions
    {
        Faults = [new SmtpFault(SmtpStage.Data) { Times = Quick }, new SmtpFault(SmtpStage.Data) { Delay = TimeSpan.FromSeconds(2) }],
    });

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync()
    {
        app.Settings["Delivery__Connections"] = $"{Connections}";
        return app.InitializeAsync();
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();

    [Fact]
    public async Task A_kill_during_delivery_loses_nobody_and_doubles_only_deliveries_in_doubt()
    {
        FunctionApp.Require();
        await app.BeginTodayAsync();
        await SubscribeAsync();
        await app.Worker.TimerAsync("Ingest", Cancellation);
        await app.Worker.TimerAsync("Tick", Cancellation);

        var broken = app.Queue.DrainAsync(app.Worker, Cancellation);
        await app.Smtp.WaitForAsync(Quick, Cancellation);
        await app.Worker.KillAsync(Cancellation);
        await Assert.ThrowsAsync<TestHost.WorkerGoneException>(() => broken);
        await app.Smtp.WaitUntilQuietAsync(Cancellation);
        await app.Smtp.ScriptAsync([], Cancellation);
        Assert.InRange(app.Smtp.Messages.Count, Quick, Readers - 1);
        var inDoubt = (await LedgerAsync()).Where(row => row.State == DeliveryState.Attempting).Select(row => row.SubscriberId).ToHashSet();
        Assert.InRange(inDoubt.Count, Connections, 2 * Connections);

        await app.StartWorkerAsync();
        for (var beat = 0; beat < 10 && (await RunAsync())!.State != RunState.Closed; beat++)
        {
            await app.Worker.TimerAsync("Tick", Cancellation);
            await app.Queue.DrainAsync(app.Worker, Cancellation);
        }

        await app.Smtp.SyncAsync(Cancellation);
        Assert.Equal(RunState.Closed, (await RunAsync())!.State);
        Assert.Equal(Readers, (await RunAsync())!.Counts[DeliveryState.Sent]);
        var received = app.Smtp.Messages.GroupBy(mail => mail.To.Single()).ToList();
        Assert.Equal(Readers, received.Count);
        var ids = await app.Get<SubscriberStore>().ScanAsync(null, Cancellation)
            .ToDictionaryAsync(one => one.Address, one => one.Id, cancellationToken: Cancellation);
        TestContext.Current.TestOutputHelper?.WriteLine($"{inDoubt.Count} in doubt, {app.Smtp.Messages.Count - Readers} doubles");
        Assert.All(received.Where(copies => copies.Count() > 1), copies =>
        {
            Assert.Contains(ids[copies.Key], inDoubt);
            Assert.Equal(2, copies.Count());
            Assert.Single(copies.Select(copy => copy.Header("Message-ID")).Distinct());
        });
        Assert.DoesNotContain("@example.org", app.Logged, StringComparison.Ordinal);
    }

    /// <summary>Readers of the cohort that is due, by the product's own import.</summary>
    private async Task SubscribeAsync()
    {
        var csv = string.Join('\n', Enumerable.Range(0, Readers).Select(number => $"reader{number}@example.org").Prepend("email"));
        using var file = new MemoryStream(Encoding.UTF8.GetBytes(csv));
        var report = await app.Get<ImportSubscribers>().ExecuteAsync(file, "test", dryRun: false, _ => { }, null, Cancellation);
        Assert.Equal(Readers, report.Added);
    }

    private Task<Run?> RunAsync() => app.Get<RunStore>().GetAsync(app.Today, app.Home.Key, Cancellation);

    private async Task<List<DeliveryRow>> LedgerAsync() =>
        await LedgerReader.DeliveriesAsync(app.Get<ITableStore>(), (await RunAsync())!, Cancellation).ToListAsync(Cancellation);
}

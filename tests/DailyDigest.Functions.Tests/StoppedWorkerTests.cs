using System.Text;
using DailyDigest.Functions.Tests.TestHost;
using DailyDigest.Runs;
using DailyDigest.Storage;
using DailyDigest.Subscribers;
using DailyDigest.Testing.Services;

namespace DailyDigest.Functions.Tests;

/// <summary>The host stops while a part is delivered: it cancels the invocation and terminates the worker in one breath.</summary>
public sealed class StoppedWorkerTests : IAsyncLifetime
{
    private const int Quick = 20;
    private static readonly bool Long = Environment.GetEnvironmentVariable("DAILYDIGEST_LONG") == "1";
    private readonly FunctionApp app = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => app.InitializeAsync();

    public ValueTask DisposeAsync() => app.DisposeAsync();

    [Fact]
    public async Task A_stop_waits_for_messages_being_sent_releases_the_part_and_leaves_a_hint()
    {
        const int Readers = 60;
        await StopWhileSendingAsync(Readers, TimeSpan.FromMilliseconds(700));

        await CheckReleasedAsync();
        Assert.All(await LedgerAsync(), row => Assert.Equal(0, row.Crashes + row.Breaks));
        await app.Smtp.ScriptAsync([], Cancellation);
        await FinishAsync(Readers);
        Assert.Equal(Readers, app.Smtp.Messages.Count);
    }

    [Fact]
    public async Task A_message_that_takes_longer_than_the_grace_is_in_doubt_and_not_attempting()
    {
        await StopWhileSendingAsync(readers: 40, TimeSpan.FromSeconds(20));

        await CheckReleasedAsync();
        Assert.InRange((await LedgerAsync()).Count(row => row.State == DeliveryState.Unknown), 1, 8);
    }

    /// <summary>Four moments; thirty with the long tests.</summary>
    [Fact]
    public async Task A_stop_or_a_cancel_at_any_moment_leaves_nothing_attempting_and_a_hint()
    {
        var stops = Long ? 30 : 4;
        var readers = 30 * stops;
        await BeginAsync(readers);
        await app.Smtp.ScriptAsync([new SmtpFault(SmtpStage.Data) { Delay = TimeSpan.FromMilliseconds(30) }], Cancellation);
        var moments = new Random(20261129);
        for (var stop = 0; stop < stops; stop++)
        {
            var draining = app.Queue.DrainAsync(app.Worker, Cancellation, maxRounds: 1);
            var target = app.Smtp.Messages.Count + moments.Next(1, 25);
            await Task.WhenAny(app.Smtp.WaitForAsync(target, Cancellation), draining);
            if (stop % 2 == 0)
            {
                await app.Worker.CancelAndTerminateAsync(Cancellation);
                await EndedAsync(draining);
                await CheckReleasedAsync();
                await app.StartWorkerAsync();
            }
            else
            {
                app.Worker.CancelInvocations();
                Assert.Equal(1, await draining);
                await CheckReleasedAsync();
            }
        }

        await app.Smtp.ScriptAsync([], Cancellation);
        await FinishAsync(readers);
        Assert.Equal(readers, app.Smtp.Messages.Count);
    }

    private async Task BeginAsync(int readers)
    {
        FunctionApp.Require();
        await app.BeginTodayAsync();
        var csv = string.Join('\n', Enumerable.Range(0, readers).Select(number => $"reader{number}@example.org").Prepend("email"));
        using var file = new MemoryStream(Encoding.UTF8.GetBytes(csv));
        var report = await app.Get<ImportSubscribers>().ExecuteAsync(file, "test", dryRun: false, _ => { }, null, Cancellation);
        Assert.Equal(readers, report.Added);
        await app.Worker.TimerAsync("Ingest", Cancellation);
        await app.Worker.TimerAsync("Tick", Cancellation);
    }

    /// <summary>Stops the worker while every connection waits for the mail server, which takes so long for each message.</summary>
    private async Task StopWhileSendingAsync(int readers, TimeSpan delay)
    {
        await BeginAsync(readers);
        await app.Smtp.ScriptAsync(
            [new SmtpFault(SmtpStage.Data) { Times = Quick }, new SmtpFault(SmtpStage.Data) { Delay = delay }], Cancellation);
        var draining = app.Queue.DrainAsync(app.Worker, Cancellation, maxRounds: 1);
        await app.Smtp.WaitForAsync(Quick, Cancellation);
        await app.Worker.CancelAndTerminateAsync(Cancellation);
        await EndedAsync(draining);
    }

    /// <summary>The function may have ended in time to answer the host, or not.</summary>
    private static async Task EndedAsync(Task<int> draining)
    {
        try
        {
            await draining;
        }
        catch (WorkerGoneException)
        {
        }
    }

    private async Task CheckReleasedAsync()
    {
        Assert.DoesNotContain(await LedgerAsync(), row => row.State == DeliveryState.Attempting);
        var parts = await LedgerReader.PartsAsync(app.Get<ITableStore>(), (await RunAsync())!, Cancellation);
        Assert.All(parts, part => Assert.Null(part.Control.Owner));
        Assert.Contains(await app.Queue.PeekAsync(Cancellation), hint => parts.Any(part => part.Part.ToString() == hint));
    }

    private async Task FinishAsync(int readers)
    {
        for (var beat = 0; beat < 10 && (await RunAsync())!.State != RunState.Closed; beat++)
        {
            await app.StartWorkerAsync();
            await app.Worker.TimerAsync("Tick", Cancellation);
            await app.Queue.DrainAsync(app.Worker, Cancellation);
        }

        await app.Smtp.SyncAsync(Cancellation);
        Assert.Equal((RunState.Closed, (long)readers), ((await RunAsync())!.State, (await RunAsync())!.Counts[DeliveryState.Sent]));
    }

    private Task<Run?> RunAsync() => app.Get<RunStore>().GetAsync(app.Today, app.Home.Key, Cancellation);

    private async Task<List<DeliveryRow>> LedgerAsync() =>
        await LedgerReader.DeliveriesAsync(app.Get<ITableStore>(), (await RunAsync())!, Cancellation).ToListAsync(Cancellation);
}

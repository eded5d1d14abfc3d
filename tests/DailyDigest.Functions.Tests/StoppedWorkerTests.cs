using System.Globalization;
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

    /// <summary>
    /// Five moments; thirty with the long tests. A moment is before the first message of the part, or after a random number of messages.
    /// The long tests print their seed; DAILYDIGEST_SEED repeats them.
    /// </summary>
    [Fact]
    public async Task A_stop_or_a_cancel_at_any_moment_leaves_nothing_attempting_and_a_hint()
    {
        var stops = Long ? 30 : 5;
        var seed = Environment.GetEnvironmentVariable("DAILYDIGEST_SEED") is { Length: > 0 } given
            ? int.Parse(given, CultureInfo.InvariantCulture) : Long ? Random.Shared.Next() : 20261129;
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var readers = 60 * stops;
        await BeginAsync(readers);
        await app.Smtp.ScriptAsync([new SmtpFault(SmtpStage.Data) { Delay = TimeSpan.FromMilliseconds(30) }], Cancellation);
        for (var stop = 0; stop < stops; stop++)
        {
            var invoked = app.Worker.NextInvocation();
            var draining = app.Queue.DrainAsync(app.Worker, Cancellation, maxRounds: 1, returnsFailed: true);
            var way = (Way)random.Next(3);

            // A cancel that overtakes its invocation is lost, on the real host too.
            var target = app.Smtp.Messages.Count + random.Next(way == Way.Cancel ? 1 : 0, 25);
            await Task.WhenAny(invoked, draining);
            await Task.WhenAny(app.Smtp.WaitForAsync(target, Cancellation), draining);
            var moment = $"seed {seed}, stop {stop}: {way} at {target} messages";
            TestContext.Current.TestOutputHelper?.WriteLine(moment);
            await StopAsync(way);
            await EndedAsync(draining);
            await CheckReleasedAsync(moment);
            if (way != Way.Cancel)
            {
                await app.StartWorkerAsync();
            }
        }

        await app.Smtp.ScriptAsync([], Cancellation);
        await FinishAsync(readers);
        var served = app.Smtp.Messages.Select(mail => mail.To.Single()).Distinct().Count();
        TestContext.Current.TestOutputHelper?.WriteLine($"{app.Smtp.Messages.Count - served} doubles");
        Assert.True(readers == served, $"seed {seed}: {served} of {readers} readers have the digest");
    }

    private Task StopAsync(Way way)
    {
        switch (way)
        {
            case Way.Host: return app.Worker.CancelAndTerminateAsync(Cancellation);
            case Way.Signal: return app.Worker.SignalAsync(Cancellation);
            default:
                app.Worker.CancelInvocations();
                return Task.CompletedTask;
        }
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

    /// <summary>The function may have ended in time to answer the host, or not; or it was cancelled before it took the part.</summary>
    private static async Task EndedAsync(Task<int> draining)
    {
        try
        {
            await draining;
        }
        catch (Exception e) when (e is WorkerGoneException or InvalidOperationException)
        {
        }
    }

    private async Task CheckReleasedAsync(string moment = "")
    {
        var attempting = (await LedgerAsync()).Count(row => row.State == DeliveryState.Attempting);
        var parts = await LedgerReader.PartsAsync(app.Get<ITableStore>(), (await RunAsync())!, Cancellation);
        var owners = parts.Count(part => part.Control.Owner is not null);
        var hints = (await app.Queue.PeekAsync(Cancellation)).Count(hint => parts.Any(part => part.Part.ToString() == hint));
        Assert.True(
            (attempting, owners) == (0, 0) && (hints > 0 || parts.All(part => part.Control.Done)),
            $"{moment}: {attempting} attempting, {owners} parts with an owner, {hints} hints");
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

    private enum Way
    {
        /// <summary>The host stops: it cancels and terminates in one breath.</summary>
        Host,

        /// <summary>The host cancels the invocation, and the worker goes on.</summary>
        Cancel,

        /// <summary>SIGTERM to the worker itself, as when a container stops.</summary>
        Signal,
    }

    private Task<Run?> RunAsync() => app.Get<RunStore>().GetAsync(app.Today, app.Home.Key, Cancellation);

    private async Task<List<DeliveryRow>> LedgerAsync() =>
        await LedgerReader.DeliveriesAsync(app.Get<ITableStore>(), (await RunAsync())!, Cancellation).ToListAsync(Cancellation);
}

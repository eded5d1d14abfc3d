using DailyDigest.Repair;
using DailyDigest.Returns;
using DailyDigest.Runs;
using DailyDigest.Subscribers;
using DailyDigest.Testing.Storage;

namespace DailyDigest.Tests.Delivery;

/// <summary>A run's number of readers who are not there is what its ledger says, whatever came between a report's writes.</summary>
public sealed class LateCountTests
{
    private static readonly OutcomeInput Gone = new() { Outcome = "bounced", Status = "5.1.1", Reply = "550 5.1.1 no such user" };

    [Fact]
    public async Task A_reader_whom_the_relay_refused_and_then_reports_as_well_is_one()
    {
        var (world, ids) = await ReadyAsync(3);
        world.Relay.AnswerWith(mail => mail.To == World.Address(ids[0]) ? ScriptedRelay.Never : ScriptedRelay.Ok);
        await world.RunAsync(TimeSpan.FromMinutes(2));
        await ReportAsync(world, ids[0]);
        await AssertCountedAsync(world, 1);
    }

    /// <summary>The report comes whole between any two calls of the ticks that close the run and follow it up.</summary>
    [Fact]
    public async Task A_bounce_that_comes_in_while_the_run_is_closed_is_counted_once_and_ends_the_subscription()
    {
        var seen = 0;
        for (var at = 1; ; at++)
        {
            var (world, ids) = await ReadyAsync(2);
            var (program, other) = (world.Start(), world.Start());
            var reported = false;
            program.Plan.Before = async call =>
            {
                if (call.Number >= at && !reported && world.Ledger(world.Today).Any(row => row.SubscriberId == ids[1] && row.State == DeliveryState.Sent))
                {
                    reported = true;
                    await ReportAsync(world, ids[1], other);
                }
            };
            world.Program = program;
            await world.RunAsync(TimeSpan.FromMinutes(2));
            if (!reported)
            {
                break;
            }

            seen++;
            await AssertCountedAsync(world, 1);
        }

        Assert.InRange(seen, 15, 1_000);
    }

    /// <summary>The close, and a tick after it, comes whole between any two calls of the report.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_run_that_is_closed_while_a_bounce_comes_in_counts_it_once(bool after)
    {
        for (var at = 1; ; at++)
        {
            var (world, ids) = await OpenAsync();
            var (reporter, closed) = (world.Start(), false);
            async Task CloseAsync(StorageCall call)
            {
                if (call.Number == at)
                {
                    closed = true;
                    await world.RunAsync(TimeSpan.FromMinutes(2));
                    Assert.Equal(RunState.Closed, (await world.RunOfAsync(world.Today))!.State);
                }
            }

            reporter.Plan.Before = after ? null : CloseAsync;
            reporter.Plan.After = after ? CloseAsync : null;
            await ReportAsync(world, ids[1], reporter);
            if (!closed)
            {
                Assert.InRange(at, 5, 100);
                return;
            }

            await world.RunAsync(TimeSpan.FromMinutes(2));
            await AssertCountedAsync(world, 1);
        }
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task A_report_that_was_stopped_at_any_write_and_comes_again_is_counted_once(bool open, bool after)
    {
        for (var write = 1; ; write++)
        {
            var (world, ids) = open ? await OpenAsync() : await ClosedAsync();
            var program = world.Start(new FaultPlan { StopAfter = after ? write : null, StopBefore = after ? null : write });
            try
            {
                await ReportAsync(world, ids[1], program);
            }
            catch (ProgramStoppedException)
            {
            }

            if (!program.Plan.Stopped)
            {
                Assert.InRange(write, 2, 20);
                return;
            }

            await ReportAsync(world, ids[1]);
            await world.RunAsync(TimeSpan.FromMinutes(10));
            await AssertCountedAsync(world, 1);
        }
    }

    [Fact]
    public async Task Two_machines_that_report_two_readers_at_once_count_two()
    {
        for (var at = 1; ; at++)
        {
            var (world, ids) = await ClosedAsync();
            var (first, second, interrupted) = (world.Start(), world.Start(), false);
            first.Plan.Before = async call =>
            {
                if (call.Number == at)
                {
                    interrupted = true;
                    await ReportAsync(world, ids[0], second);
                }
            };
            await ReportAsync(world, ids[1], first);
            if (!interrupted)
            {
                Assert.InRange(at, 5, 100);
                return;
            }

            await AssertCountedAsync(world, 2);
        }
    }

    [Fact]
    public async Task A_reader_who_is_sent_to_again_is_counted_no_longer_until_it_bounces_again()
    {
        var world = new World();
        var ids = await world.SubscribeAsync(30);
        await world.PublishAsync();
        world.GoTo(2, 7);
        await world.RunAsync(TimeSpan.FromMinutes(2));
        foreach (var id in ids)
        {
            await ReportAsync(world, id);
        }

        // More than is believed: they can be sent to again, those who are still subscribed.
        var run = (await world.RunOfAsync(world.Today))!;
        Assert.Equal((30L, true), (run.Refused, run.Distrusted));
        var report = await world.Program.Get<SendAgain>().ExecuteAsync(run, SendAgainTo.Missing, null, dryRun: false, World.Cancellation);
        await world.RunAsync(TimeSpan.FromMinutes(3));
        Assert.Equal((10, 20), (report.Total, report.Left));
        Assert.Equal(20, await CountAsync(world));
        Assert.False((await world.RunOfAsync(world.Today))!.Distrusted);
    }

    /// <summary>Another reader's bounce comes whole between any two calls of the sending again.</summary>
    [Fact]
    public async Task A_bounce_that_comes_in_while_others_are_sent_to_again_is_counted_once()
    {
        for (var at = 1; ; at++)
        {
            var (world, ids) = await ReadyAsync(23);
            await world.RunAsync(TimeSpan.FromMinutes(2));
            foreach (var id in ids.Take(22))
            {
                await ReportAsync(world, id);
            }

            var (program, reported) = (world.Start(), false);
            program.Plan.Before = async call =>
            {
                if (call.Number == at)
                {
                    reported = true;
                    await ReportAsync(world, ids[22]);
                }
            };
            var report = await program.Get<SendAgain>().ExecuteAsync(
                (await world.RunOfAsync(world.Today))!, SendAgainTo.Missing, null, dryRun: false, World.Cancellation);
            Assert.InRange(report.Total, 2, 3);
            await world.RunAsync(TimeSpan.FromMinutes(3));
            Assert.InRange(await CountAsync(world), 20, 21);
            if (!reported)
            {
                Assert.InRange(at, 10, 200);
                return;
            }
        }
    }

    private static async Task<(World World, IReadOnlyList<string> Ids)> ReadyAsync(int count)
    {
        var world = new World();
        var ids = await world.SubscribeAsync(count);
        await world.PublishAsync();
        world.GoTo(2, 7);
        return (world, ids);
    }

    private static async Task<(World World, IReadOnlyList<string> Ids)> ClosedAsync()
    {
        var (world, ids) = await ReadyAsync(3);
        await world.RunAsync(TimeSpan.FromMinutes(2));
        Assert.Equal(RunState.Closed, (await world.RunOfAsync(world.Today))!.State);
        return (world, ids);
    }

    /// <summary>The first reader is deferred and is served within minutes; then the run closes.</summary>
    private static async Task<(World World, IReadOnlyList<string> Ids)> OpenAsync()
    {
        var (world, ids) = await ReadyAsync(3);
        world.Relay.AnswerWith(mail => mail.To == World.Address(ids[0]) ? ScriptedRelay.Later : ScriptedRelay.Ok);
        await world.Program.RunOnceAsync();
        Assert.Equal(RunState.Open, (await world.RunOfAsync(world.Today))!.State);
        world.Relay.Answer = null;
        return (world, ids);
    }

    private static async Task ReportAsync(World world, string id, Program? program = null)
    {
        program ??= world.Program;
        var envelope = program.Get<EnvelopeTokens>().Create(world.Today, id);
        await program.Get<AcceptOutcome>().ExecuteAsync(Gone with { Envelope = envelope }, World.Cancellation);
    }

    /// <summary>So many are not there, by the run and by the ledger, and their subscriptions have ended, no others.</summary>
    private static async Task AssertCountedAsync(World world, int count)
    {
        Assert.Equal(count, await CountAsync(world));
        foreach (var row in world.Ledger(world.Today))
        {
            var status = (await world.Program.Get<SubscriberStore>().GetAsync(row.SubscriberId, World.Cancellation))!.Subscriber.Status;
            Assert.Equal(row.State == DeliveryState.Rejected ? SubscriberStatus.Bounced : SubscriberStatus.Active, status);
        }
    }

    private static async Task<long> CountAsync(World world)
    {
        var run = (await world.RunOfAsync(world.Today))!;
        Assert.Equal((RunState.Closed, run.Distrusted ? null : Run.EndedAll), (run.State, run.EndedUpTo));
        Assert.Equal(world.Ledger(world.Today).Count(row => row.State == DeliveryState.Rejected), run.Refused);
        return run.Refused;
    }
}

using DailyDigest.Repair;
using DailyDigest.Returns;
using DailyDigest.Runs;
using DailyDigest.Subscribers;
using DailyDigest.Testing.Storage;
using DailyDigest.Tests.Fixtures;

namespace DailyDigest.Tests.Returns;

/// <summary>A run's count of readers without a mailbox matches its ledger, whatever runs between the writes of a report.</summary>
public sealed class LateCountTests
{
    private static readonly OutcomeInput Gone = new() { Outcome = "bounced", Status = "5.1.1", Reply = "550 5.1.1 no such user" };

    [Fact]
    public async Task A_reader_whom_the_relay_refused_and_then_reports_as_well_is_one()
    {
        var (fixture, ids) = await ReadyAsync(3);
        fixture.Relay.AnswerWith(mail => mail.To.Value == DeliveryFixture.Address(ids[0]) ? ScriptedRelay.Never : ScriptedRelay.Ok);
        await fixture.RunAsync(TimeSpan.FromMinutes(2));
        await ReportAsync(fixture, ids[0]);
        await AssertCountedAsync(fixture, 1);
    }

    /// <summary>The report runs between any two calls of the ticks that close the run and follow it up.</summary>
    [Fact]
    public async Task A_bounce_during_the_close_is_counted_once_and_ends_the_subscription()
    {
        var seen = 0;
        for (var at = 1; ; at++)
        {
            var (fixture, ids) = await ReadyAsync(2);
            var (program, other) = (fixture.Start(), fixture.Start());
            var reported = false;
            program.Plan.Before = async call =>
            {
                if (call.Number >= at && !reported
                    && fixture.Ledger(fixture.Today).Any(row => row.SubscriberId == ids[1] && row.State == DeliveryState.Sent))
                {
                    reported = true;
                    await ReportAsync(fixture, ids[1], other);
                }
            };
            fixture.Program = program;
            await fixture.RunAsync(TimeSpan.FromMinutes(2));
            if (!reported)
            {
                break;
            }

            seen++;
            await AssertCountedAsync(fixture, 1);
        }

        Assert.InRange(seen, 15, 1_000);
    }

    /// <summary>The close and the next tick run between any two calls of the report.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_run_that_is_closed_while_a_bounce_comes_in_counts_it_once(bool after)
    {
        for (var at = 1; ; at++)
        {
            var (fixture, ids) = await OpenAsync();
            var (reporter, closed) = (fixture.Start(), false);
            async Task CloseAsync(StorageCall call)
            {
                if (call.Number == at)
                {
                    closed = true;
                    await fixture.RunAsync(TimeSpan.FromMinutes(2));
                    Assert.Equal(RunState.Closed, (await fixture.RunOfAsync(fixture.Today))!.State);
                }
            }

            reporter.Plan.Before = after ? null : CloseAsync;
            reporter.Plan.After = after ? CloseAsync : null;
            await ReportAsync(fixture, ids[1], reporter);
            if (!closed)
            {
                Assert.InRange(at, 5, 100);
                return;
            }

            await fixture.RunAsync(TimeSpan.FromMinutes(2));
            await AssertCountedAsync(fixture, 1);
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
            var (fixture, ids) = open ? await OpenAsync() : await ClosedAsync();
            var program = fixture.Start(new FaultPlan { StopAfter = after ? write : null, StopBefore = after ? null : write });
            try
            {
                await ReportAsync(fixture, ids[1], program);
            }
            catch (ProgramStoppedException)
            {
            }

            if (!program.Plan.Stopped)
            {
                Assert.InRange(write, 2, 20);
                return;
            }

            await ReportAsync(fixture, ids[1]);
            await fixture.RunAsync(TimeSpan.FromMinutes(10));
            await AssertCountedAsync(fixture, 1);
        }
    }

    [Fact]
    public async Task Two_machines_that_report_two_readers_at_once_count_two()
    {
        for (var at = 1; ; at++)
        {
            var (fixture, ids) = await ClosedAsync();
            var (first, second, interrupted) = (fixture.Start(), fixture.Start(), false);
            first.Plan.Before = async call =>
            {
                if (call.Number == at)
                {
                    interrupted = true;
                    await ReportAsync(fixture, ids[0], second);
                }
            };
            await ReportAsync(fixture, ids[1], first);
            if (!interrupted)
            {
                Assert.InRange(at, 5, 100);
                return;
            }

            await AssertCountedAsync(fixture, 2);
        }
    }

    [Fact]
    public async Task A_reader_who_is_sent_to_again_is_counted_no_longer_until_it_bounces_again()
    {
        var fixture = new DeliveryFixture();
        var ids = await fixture.SubscribeAsync(30);
        await fixture.PublishAsync();
        fixture.GoTo(2, 7);
        await fixture.RunAsync(TimeSpan.FromMinutes(2));
        foreach (var id in ids)
        {
            await ReportAsync(fixture, id);
        }

        // More refusals than the policy accepts: readers who are still subscribed can be sent to again.
        var run = (await fixture.RunOfAsync(fixture.Today))!;
        Assert.Equal((30L, true), (run.Refused, run.Distrusted));
        var report = await fixture.Program.Get<SendAgain>()
            .ExecuteAsync(run, SendAgainTo.Missing, null, dryRun: false, DeliveryFixture.Cancellation);
        await fixture.RunAsync(TimeSpan.FromMinutes(3));
        Assert.Equal((10, 20), (report.Total, report.Left));
        Assert.Equal(20, await CountAsync(fixture));
        Assert.False((await fixture.RunOfAsync(fixture.Today))!.Distrusted);
    }

    /// <summary>Another reader's bounce is reported between any two calls of the resend.</summary>
    [Fact]
    public async Task A_bounce_that_comes_in_while_others_are_sent_to_again_is_counted_once()
    {
        for (var at = 1; ; at++)
        {
            var (fixture, ids) = await ReadyAsync(23);
            await fixture.RunAsync(TimeSpan.FromMinutes(2));
            foreach (var id in ids.Take(22))
            {
                await ReportAsync(fixture, id);
            }

            var (program, reported) = (fixture.Start(), false);
            program.Plan.Before = async call =>
            {
                if (call.Number == at)
                {
                    reported = true;
                    await ReportAsync(fixture, ids[22]);
                }
            };
            var report = await program.Get<SendAgain>().ExecuteAsync(
                (await fixture.RunOfAsync(fixture.Today))!, SendAgainTo.Missing, null, dryRun: false, DeliveryFixture.Cancellation);
            Assert.InRange(report.Total, 2, 3);
            await fixture.RunAsync(TimeSpan.FromMinutes(3));
            Assert.InRange(await CountAsync(fixture), 20, 21);
            if (!reported)
            {
                Assert.InRange(at, 10, 200);
                return;
            }
        }
    }

    private static async Task<(DeliveryFixture DeliveryFixture, IReadOnlyList<string> Ids)> ReadyAsync(int count)
    {
        var fixture = new DeliveryFixture();
        var ids = await fixture.SubscribeAsync(count);
        await fixture.PublishAsync();
        fixture.GoTo(2, 7);
        return (fixture, ids);
    }

    private static async Task<(DeliveryFixture DeliveryFixture, IReadOnlyList<string> Ids)> ClosedAsync()
    {
        var (fixture, ids) = await ReadyAsync(3);
        await fixture.RunAsync(TimeSpan.FromMinutes(2));
        Assert.Equal(RunState.Closed, (await fixture.RunOfAsync(fixture.Today))!.State);
        return (fixture, ids);
    }

    /// <summary>The first reader is deferred and is served within minutes; then the run closes.</summary>
    private static async Task<(DeliveryFixture DeliveryFixture, IReadOnlyList<string> Ids)> OpenAsync()
    {
        var (fixture, ids) = await ReadyAsync(3);
        fixture.Relay.AnswerWith(mail => mail.To.Value == DeliveryFixture.Address(ids[0]) ? ScriptedRelay.Later : ScriptedRelay.Ok);
        await fixture.Program.RunOnceAsync();
        Assert.Equal(RunState.Open, (await fixture.RunOfAsync(fixture.Today))!.State);
        fixture.Relay.Answer = null;
        return (fixture, ids);
    }

    private static async Task ReportAsync(DeliveryFixture fixture, string id, Program? program = null)
    {
        program ??= fixture.Program;
        var envelope = program.Get<EnvelopeTokens>().Create(fixture.Today, id);
        await program.Get<AcceptOutcome>().ExecuteAsync(Gone with { Envelope = envelope }, DeliveryFixture.Cancellation);
    }

    /// <summary>The run and the ledger both have this many readers without a mailbox, and exactly their subscriptions have ended.</summary>
    private static async Task AssertCountedAsync(DeliveryFixture fixture, int count)
    {
        Assert.Equal(count, await CountAsync(fixture));
        foreach (var row in fixture.Ledger(fixture.Today))
        {
            var status =
                (await fixture.Program.Get<SubscriberStore>().GetAsync(row.SubscriberId, DeliveryFixture.Cancellation))!.Subscriber.Status;
            Assert.Equal(row.State == DeliveryState.Rejected ? SubscriberStatus.Bounced : SubscriberStatus.Active, status);
        }
    }

    private static async Task<long> CountAsync(DeliveryFixture fixture)
    {
        var run = (await fixture.RunOfAsync(fixture.Today))!;
        Assert.Equal((RunState.Closed, run.Distrusted ? null : Run.AllRefusedDone), (run.State, run.RefusedCursor));
        Assert.Equal(fixture.Ledger(fixture.Today).Count(row => row.State == DeliveryState.Rejected), run.Refused);
        return run.Refused;
    }
}

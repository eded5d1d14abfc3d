using DailyDigest.Returns;
using DailyDigest.Runs;
using DailyDigest.Subscribers;
using DailyDigest.Testing.Storage;
using DailyDigest.Tests.Fixtures;

namespace DailyDigest.Tests.Returns;

/// <summary>Reports that come more than once, at once, or are cut off.</summary>
public sealed partial class LateReportTests
{
    [Fact]
    public async Task Reports_have_one_effect_in_any_order_and_number()
    {
        OutcomeInput[] all = [Arrived, Gone with { Status = "5.2.2" }, Gone, Spam, new OutcomeInput { Outcome = "delayed" }];
        var random = new Random(3);
        for (var round = 0; round < 30; round++)
        {
            var own = new DeliveryFixture();
            var id = await SentAsync(own);
            var order = all.Concat(all).ToArray();
            random.Shuffle(order);
            foreach (var report in order)
            {
                await ReportAsync(id, report, own);
            }

            var row = own.Delivery(id);
            Assert.Equal((DeliveryState.Rejected, "no-such-user"), (row.State, row.Reason));
            Assert.Equal(Reports.Delayed | Reports.Delivered | Reports.Bounced | Reports.Complained, row.Reports);
            Assert.Equal(SubscriberStatus.Complained, await StatusAsync(id, own));
            Assert.Equal(1, (await own.RunOfAsync(own.Today))!.Refused);
            Assert.All(
                all, report => Assert.Equal(AcceptOutcomeResult.AlreadyRecorded, ReportAsync(id, report, own).GetAwaiter().GetResult()));
        }
    }

    /// <summary>A second machine takes the same report at each storage call of the first.</summary>
    [Fact]
    public async Task Two_machines_that_take_the_same_report_at_once_record_it_once()
    {
        foreach (var report in new[] { Gone, Spam, Arrived })
        {
            for (var at = 1; ; at++)
            {
                var own = new DeliveryFixture();
                var id = await SentAsync(own);
                var (first, second) = (own.Start(), own.Start());
                AcceptOutcomeResult? other = null;
                first.Plan.Before = async call => other = call.Number == at ? await ReportAsync(id, report, own, second) : other;
                var result = await ReportAsync(id, report, own, first);

                if (other is null)
                {
                    Assert.InRange(at, 4, 100);
                    break;
                }

                Assert.Single(new[] { result, other.Value }, AcceptOutcomeResult.Recorded);
                Assert.Equal(report == Gone ? 1 : 0, (await own.RunOfAsync(own.Today))!.Refused);
                Assert.Equal(
                    report == Gone ? SubscriberStatus.Bounced : report == Spam
                        ? SubscriberStatus.Complained : SubscriberStatus.Active, await StatusAsync(id, own));
            }
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Stopped_at_any_write_a_report_that_comes_again_is_done_whole(bool after)
    {
        foreach (var report in new[] { Gone, Spam, Arrived })
        {
            for (var write = 1; ; write++)
            {
                var own = new DeliveryFixture();
                var id = await SentAsync(own);
                var program = own.Start(new FaultPlan { StopAfter = after ? write : null, StopBefore = after ? null : write });
                try
                {
                    await ReportAsync(id, report, own, program);
                }
                catch (ProgramStoppedException)
                {
                }

                if (!program.Plan.Stopped)
                {
                    Assert.InRange(write, 2, 20);
                    break;
                }

                Assert.Contains(
                    await ReportAsync(id, report, own), new[] { AcceptOutcomeResult.Recorded, AcceptOutcomeResult.AlreadyRecorded });
                own.Advance(TimeSpan.FromMinutes(5));
                await own.Program.Get<FinishChanges>().ExecuteAsync(DeliveryFixture.Cancellation);
                var row = own.Delivery(id);
                Assert.Equal(report == Gone ? DeliveryState.Rejected : DeliveryState.Sent, row.State);
                Assert.NotEqual(Reports.None, row.Reports);
                Assert.Equal(
                    report == Gone ? SubscriberStatus.Bounced : report == Spam
                        ? SubscriberStatus.Complained : SubscriberStatus.Active, await StatusAsync(id, own));
                await AssertMailedTomorrowAsync(own, report == Arrived ? 1 : 0);
            }
        }
    }

    private static async Task AssertMailedTomorrowAsync(DeliveryFixture fixture, int copies)
    {
        await fixture.PublishAsync();
        var before = fixture.Relay.Inbox.Count;
        fixture.GoTo(3, 7);
        await fixture.RunAsync(TimeSpan.FromMinutes(2));
        Assert.Equal(copies, fixture.Relay.Inbox.Count - before);
    }
}

using DailyDigest.Returns;
using DailyDigest.Runs;
using DailyDigest.Subscribers;
using DailyDigest.Testing.Storage;
using DailyDigest.Tests.Fixtures;

namespace DailyDigest.Tests.Returns;

/// <summary>A reader of reports that is killed between any two writes, and two readers at once.</summary>
public sealed class SettleStopsTests
{
    private static readonly ReturnKind[] Kinds =
        [ReturnKind.Bounced, ReturnKind.Complained, ReturnKind.Delivered, ReturnKind.Unsubscribe, ReturnKind.AutoReply, ReturnKind.Other];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Stopped_at_any_write_a_report_is_settled_whole_and_counted_once(bool after)
    {
        foreach (var kind in Kinds)
        {
            for (var write = 1; ; write++)
            {
                var fixture = await ReturnFixture.SentAsync();
                var report = ReportOf(fixture, kind);
                var program = fixture.Publication.Start(
                    new FaultPlan { StopAfter = after ? write : null, StopBefore = after ? null : write });
                try
                {
                    await fixture.SettleAsync(report, program);
                }
                catch (ProgramStoppedException)
                {
                }

                if (!program.Plan.Stopped)
                {
                    Assert.InRange(write, 2, 20);
                    break;
                }

                Assert.NotEqual(ReturnResult.NotYet, await fixture.SettleAsync(report));
                fixture.Publication.Advance(TimeSpan.FromMinutes(5));
                await fixture.Publication.Program.Get<FinishChanges>().ExecuteAsync(DeliveryFixture.Cancellation);
                await AssertSettledAsync(fixture, kind);
            }
        }
    }

    /// <summary>A second reader takes the same report at each storage call of the first.</summary>
    [Fact]
    public async Task Of_two_readers_at_once_one_records_the_report()
    {
        foreach (var kind in Kinds)
        {
            for (var at = 1; ; at++)
            {
                var fixture = await ReturnFixture.SentAsync();
                var report = ReportOf(fixture, kind);
                var (first, second) = (fixture.Publication.Start(), fixture.Publication.Start());
                ReturnResult? other = null;
                first.Plan.Before = async call => other = call.Number == at ? await fixture.SettleAsync(report, second) : other;
                var result = await fixture.SettleAsync(report, first);
                if (other is null)
                {
                    Assert.InRange(at, 3, 100);
                    break;
                }

                Assert.Equal(kind == ReturnKind.Other ? 0 : 1, new[] { result, other.Value }.Count(one => one == ReturnResult.Repeated));
                await AssertSettledAsync(fixture, kind);
            }
        }
    }

    /// <summary>Other reports are counted in the same row at each storage call.</summary>
    [Fact]
    public async Task Reports_that_are_counted_at_the_same_time_lose_no_count()
    {
        for (var at = 1; ; at++)
        {
            var fixture = await ReturnFixture.SentAsync();
            var (first, second) = (fixture.Publication.Start(), fixture.Publication.Start());
            var report = ReportOf(fixture, ReturnKind.Delivered);
            var slice = ReturnStore.KeyOf(report.Source, report.Id)[0];
            var same = Enumerable.Range(0, 200).Select(number => $"other {number}")
                .First(id => ReturnStore.KeyOf("mailbox", id)[0] == slice);
            var met = false;
            first.Plan.Before = async call =>
            {
                if (call.Number == at)
                {
                    met = true;
                    await fixture.SettleAsync(ReportOf(fixture, ReturnKind.AutoReply) with { Id = same }, second);
                }
            };
            Assert.Equal(ReturnResult.Done, await fixture.SettleAsync(report, first));
            if (!met)
            {
                Assert.InRange(at, 3, 100);
                return;
            }

            Assert.Equal("autoreply=1 delivered=1", await fixture.CountsAsync());
        }
    }

    private static ReturnEvent ReportOf(ReturnFixture fixture, ReturnKind kind) => fixture.Report(
        kind, ReturnFixture.Gone, kind != ReturnKind.Unsubscribe ? null
            : fixture.Publication.Program.Get<UnsubscribeTokens>().Create(fixture.Reader, fixture.Publication.Time.GetUtcNow()));

    private static async Task AssertSettledAsync(ReturnFixture fixture, ReturnKind kind)
    {
        var counts = await fixture.Publication.Program.Get<ReturnStore>().CountsAsync(fixture.Today, DeliveryFixture.Cancellation);
        Assert.Equal(1, counts[kind.ToString().ToLowerInvariant()]);
        Assert.Equal(counts.Sum - counts[ReturnStore.Repeated], fixture.Records.Count);
        Assert.Equal(
            kind switch
            {
                ReturnKind.Bounced => SubscriberStatus.Bounced,
                ReturnKind.Complained => SubscriberStatus.Complained,
                ReturnKind.Unsubscribe => SubscriberStatus.Unsubscribed,
                _ => SubscriberStatus.Active,
            },
            await fixture.StatusAsync());
        Assert.Equal(kind == ReturnKind.Bounced ? DeliveryState.Rejected : DeliveryState.Sent, fixture.Delivery.State);
        Assert.Equal(kind == ReturnKind.Bounced ? 1 : 0, (await fixture.Publication.RunOfAsync(fixture.Today))!.Refused);
    }
}

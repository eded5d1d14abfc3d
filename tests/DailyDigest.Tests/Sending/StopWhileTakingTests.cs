using DailyDigest.Calendar;
using DailyDigest.Runs;
using DailyDigest.Sending;
using DailyDigest.Storage;
using DailyDigest.Testing.Storage;
using DailyDigest.Tests.Fixtures;

namespace DailyDigest.Tests.Sending;

/// <summary>The program is stopped in the moment in which it takes a part.</summary>
public sealed class StopWhileTakingTests
{
    private static Part Whole => new(new DateOnly(2026, 3, 2), Part.Whole, new Cohort(DeliveryFixture.Utc, 7, Rhythm.Daily).Key);

    /// <summary>
    /// A request that is cancelled on its way may have been carried out. Then the part would have an owner that nobody knows, and wait
    /// until its lease ends.
    /// </summary>
    [Fact]
    public async Task A_stop_while_a_part_is_being_taken_leaves_it_free_and_a_hint()
    {
        var fixture = new DeliveryFixture();
        await fixture.SubscribeAsync(5);
        await fixture.PublishAsync();
        fixture.GoTo(2, 7);
        await fixture.Program.TickAsync();
        using var stop = new CancellationTokenSource();
        var program = fixture.Start(wrap: tables => new StoppedDuringWrite(tables, stop));

        var outcome = await program.Get<DeliverPart>().ExecuteAsync(Whole.ToString(), stop.Token);

        Assert.True(stop.IsCancellationRequested);
        Assert.Equal(PartOutcome.Released, outcome);
        Assert.Null(Assert.Single(fixture.Controls()).Owner);
        Assert.Empty(fixture.Relay.Offered);
    }

    /// <summary>Carries out a write during which the stop comes, and drops the answer if the caller gave up.</summary>
    private sealed class StoppedDuringWrite(ITableStore store, CancellationTokenSource stop) : PassThroughTableStore(store)
    {
        public override async Task<WriteResult> WriteAsync(
            string table, string partition, IReadOnlyList<TableWrite> writes, CancellationToken cancellationToken)
        {
            var result = await base.WriteAsync(table, partition, writes, CancellationToken.None);
            await stop.CancelAsync();
            cancellationToken.ThrowIfCancellationRequested();
            return result;
        }
    }
}

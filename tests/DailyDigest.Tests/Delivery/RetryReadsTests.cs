using DailyDigest.Runs;
using DailyDigest.Storage;
using DailyDigest.Subscribers;

namespace DailyDigest.Tests.Delivery;

/// <summary>How what is to be tried again is read.</summary>
public sealed class RetryReadsTests
{
    [Fact]
    public async Task A_thousand_deferred_messages_are_not_read_one_row_after_another()
    {
        var (world, ids) = await DeferredAsync(1_000);
        WatchedReads? reads = null;
        world.Program = world.Start(wrap: tables => reads = new WatchedReads(tables));
        OneThread.Run(world.Program.DeliverAsync);

        Assert.Equal(ids.Count, world.Relay.Inbox.Count);
        Assert.All(world.Ledger(world.Today), row => Assert.Equal(DeliveryState.Sent, row.State));

        // Each has its row in the ledger and its row in the audience read once; together they take no longer than a few dozen would.
        Assert.Equal(2 * ids.Count, reads!.Reads);
        Assert.InRange(reads.Waits, 1, 50);
        Assert.InRange(reads.Most, 8, 32);
    }

    /// <summary>Read before, and not yet begun: whoever leaves then is not mailed to.</summary>
    [Fact]
    public async Task Who_leaves_after_the_rows_were_read_ahead_is_not_mailed_to()
    {
        var (world, ids) = await DeferredAsync(30);
        var left = await DeliverAndMeanwhileAsync(
            world, person => person with { Status = SubscriberStatus.Unsubscribed, Ended = world.Time.GetUtcNow() }, TimeSpan.Zero);

        Assert.Empty(world.Relay.Inbox.Select(seen => seen.To).Intersect(left.Select(World.Address)));
        Assert.All(world.Ledger(world.Today), row => Assert.Equal(left.Contains(row.SubscriberId) ? DeliveryState.Withheld : DeliveryState.Sent, row.State));
    }

    /// <summary>A slow relay: what was read ahead long ago is read again, so that a new address takes effect.</summary>
    [Fact]
    public async Task What_was_read_ahead_is_not_believed_for_long()
    {
        var (world, ids) = await DeferredAsync(30);
        var moved = await DeliverAndMeanwhileAsync(world, person => person with { Address = "new." + person.Address }, TimeSpan.FromSeconds(10));

        Assert.Equal(ids.Select(id => (moved.Contains(id) ? "new." : "") + World.Address(id)).Order(), world.Relay.Inbox.Select(seen => seen.To).Order());
    }

    /// <summary>Delivers, and while the first messages are on the wire changes all who are not taken up yet. Returns those.</summary>
    private static async Task<IReadOnlyList<string>> DeliverAndMeanwhileAsync(World world, Func<Subscriber, Subscriber> change, TimeSpan pause)
    {
        var (waiting, other) = (new List<string>(), world.Start());
        var changed = new Lazy<Task>(ChangeAsync);
        world.Relay.Answer = async (_, _) =>
        {
            await changed.Value;
            return ScriptedRelay.Ok;
        };
        await world.Program.DeliverAsync();
        Assert.InRange(waiting.Count, 10, 29);
        return waiting;

        async Task ChangeAsync()
        {
            waiting.AddRange(world.Ledger(world.Today).Where(row => row.State == DeliveryState.Deferred).Select(row => row.SubscriberId));
            foreach (var id in waiting)
            {
                await other.Get<ChangeSubscriber>().ExecuteAsync(id, person => change(person!), World.Cancellation);
            }

            world.Advance(pause);
        }
    }

    private static async Task<(World World, IReadOnlyList<string> Ids)> DeferredAsync(int count)
    {
        var world = new World();
        var ids = await world.SubscribeAsync(count);
        await world.PublishAsync();
        world.GoTo(2, 7);
        world.Relay.AnswerWith(_ => ScriptedRelay.Later);
        await world.Program.RunOnceAsync();
        Assert.All(world.Ledger(world.Today), row => Assert.Equal(DeliveryState.Deferred, row.State));
        Assert.Equal(count, world.Ledger(world.Today).Count);
        world.Relay.Answer = null;
        world.Advance(TimeSpan.FromMinutes(2));
        return (world, ids);
    }

    /// <summary>Counts reads of readers' single rows, and how often one is begun while no other is under way.</summary>
    private sealed class WatchedReads(ITableStore tables) : ITableStore
    {
        private int underWay;

        public int Reads { get; private set; }

        public int Waits { get; private set; }

        public int Most { get; private set; }

        public Task PrepareAsync(CancellationToken cancellationToken) => tables.PrepareAsync(cancellationToken);

        public async Task<TableRow?> GetAsync(string table, string partition, string row, CancellationToken cancellationToken)
        {
            if (table is not (Storage.Tables.Ledger or Storage.Tables.Audience) || !Uri.IsHexDigit(row[0]))
            {
                return await tables.GetAsync(table, partition, row, cancellationToken);
            }

            Reads++;
            Waits += underWay++ == 0 ? 1 : 0;
            Most = Math.Max(Most, underWay);
            await Task.Yield();
            var found = await tables.GetAsync(table, partition, row, cancellationToken);
            underWay--;
            return found;
        }

        public Task<IReadOnlyList<TableRow>> QueryAsync(
            string table, string partition, RowRange range, int take, CancellationToken cancellationToken) =>
            tables.QueryAsync(table, partition, range, take, cancellationToken);

        public Task<WriteResult> WriteAsync(
            string table, string partition, IReadOnlyList<TableWrite> writes, CancellationToken cancellationToken) =>
            tables.WriteAsync(table, partition, writes, cancellationToken);
    }
}

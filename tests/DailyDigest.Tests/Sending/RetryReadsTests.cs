using DailyDigest.Runs;
using DailyDigest.Storage;
using DailyDigest.Subscribers;
using DailyDigest.Testing.Storage;
using DailyDigest.Tests.Fixtures;

namespace DailyDigest.Tests.Sending;

/// <summary>How the rows of deferred messages are read.</summary>
public sealed class RetryReadsTests
{
    [Fact]
    public async Task A_thousand_deferred_messages_are_not_read_one_row_after_another()
    {
        var (fixture, ids) = await DeferredAsync(1_000);
        WatchedReads? reads = null;
        fixture.Program = fixture.Start(wrap: tables => reads = new WatchedReads(tables));
        OneThread.Run(fixture.Program.DeliverAsync);

        Assert.Equal(ids.Count, fixture.Relay.Inbox.Count);
        Assert.All(fixture.Ledger(fixture.Today), row => Assert.Equal(DeliveryState.Sent, row.State));

        // Each ledger row and each audience row is read once. All of them together take no longer than a few dozen would.
        Assert.Equal(2 * ids.Count, reads!.Reads);
        Assert.InRange(reads.Waits, 1, 50);
        Assert.InRange(reads.Most, 8, 32);
    }

    /// <summary>A reader who leaves after the row was read and before the message begins gets no mail.</summary>
    [Fact]
    public async Task A_reader_who_leaves_after_rows_were_read_ahead_gets_no_mail()
    {
        var (fixture, ids) = await DeferredAsync(30);
        var left = await DeliverAndMeanwhileAsync(
            fixture, person => person with { Status = SubscriberStatus.Unsubscribed, Ended = fixture.Time.GetUtcNow() }, TimeSpan.Zero);

        Assert.Empty(fixture.Relay.Inbox.Select(seen => seen.To).Intersect(left.Select(DeliveryFixture.Address)));
        Assert.All(fixture.Ledger(fixture.Today),
            row => Assert.Equal(left.Contains(row.SubscriberId) ? DeliveryState.Withheld : DeliveryState.Sent, row.State));
    }

    /// <summary>With a slow relay, rows that were read long ago are read again, so that a new address takes effect.</summary>
    [Fact]
    public async Task Rows_read_ahead_are_used_for_a_short_time_only()
    {
        var (fixture, ids) = await DeferredAsync(30);
        var moved =
            await DeliverAndMeanwhileAsync(fixture, person => person with { Address = "new." + person.Address }, TimeSpan.FromSeconds(31));

        Assert.Equal(ids.Select(id => (moved.Contains(id) ? "new." : "") + DeliveryFixture.Address(id)).Order(),
            fixture.Relay.Inbox.Select(seen => seen.To).Order());
    }

    /// <summary>
    /// Delivers. While the first messages are being sent, changes all readers who are not taken up yet, and returns them.
    /// </summary>
    private static async Task<IReadOnlyList<string>> DeliverAndMeanwhileAsync(
        DeliveryFixture fixture, Func<Subscriber, Subscriber> change, TimeSpan pause)
    {
        var (waiting, other) = (new List<string>(), fixture.Start());
        var changed = new Lazy<Task>(ChangeAsync);
        fixture.Relay.Answer = async (_, _) =>
        {
            await changed.Value;
            return ScriptedRelay.Ok;
        };
        await fixture.Program.DeliverAsync();
        Assert.InRange(waiting.Count, 10, 29);
        return waiting;

        async Task ChangeAsync()
        {
            waiting.AddRange(
                fixture.Ledger(fixture.Today).Where(row => row.State == DeliveryState.Deferred).Select(row => row.SubscriberId));
            foreach (var id in waiting)
            {
                await other.Get<ChangeSubscriber>().ExecuteAsync(id, person => change(person!), DeliveryFixture.Cancellation);
            }

            fixture.Advance(pause);
        }
    }

    private static async Task<(DeliveryFixture DeliveryFixture, IReadOnlyList<string> Ids)> DeferredAsync(int count)
    {
        var fixture = new DeliveryFixture();
        var ids = await fixture.SubscribeAsync(count);
        await fixture.PublishAsync();
        fixture.GoTo(2, 7);
        fixture.Relay.AnswerWith(_ => ScriptedRelay.Later);
        await fixture.Program.RunOnceAsync();
        Assert.All(fixture.Ledger(fixture.Today), row => Assert.Equal(DeliveryState.Deferred, row.State));
        Assert.Equal(count, fixture.Ledger(fixture.Today).Count);
        fixture.Relay.Answer = null;
        fixture.Advance(TimeSpan.FromMinutes(2));
        return (fixture, ids);
    }

    /// <summary>Counts reads of readers' single rows, and how often one is begun while no other is under way.</summary>
    private sealed class WatchedReads(ITableStore tables) : PassThroughTableStore(tables)
    {
        private int underWay;

        public int Reads { get; private set; }

        public int Waits { get; private set; }

        public int Most { get; private set; }

        public override async Task<TableRow?> GetAsync(string table, string partition, string row, CancellationToken cancellationToken)
        {
            if (table is not (Storage.Tables.Ledger or Storage.Tables.Audience) || !Uri.IsHexDigit(row[0]))
            {
                return await base.GetAsync(table, partition, row, cancellationToken);
            }

            Reads++;
            Waits += underWay++ == 0 ? 1 : 0;
            Most = Math.Max(Most, underWay);
            await Task.Yield();
            var found = await base.GetAsync(table, partition, row, cancellationToken);
            underWay--;
            return found;
        }
    }
}

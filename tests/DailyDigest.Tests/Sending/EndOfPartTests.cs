using System.Globalization;
using DailyDigest.Calendar;
using DailyDigest.Runs;
using DailyDigest.Sending;
using DailyDigest.Storage;
using DailyDigest.Testing.Storage;
using DailyDigest.Tests.Fixtures;

namespace DailyDigest.Tests.Sending;

/// <summary>Checks the ends of a part, and faults on the way there.</summary>
public sealed class EndOfPartTests
{
    private const int Readers = 40;

    private static readonly SendResult Refusal =
        new(SendOutcome.RelayRefused, "the relay refuses us: 550 5.0.0 Account suspended") { AtRecipient = true };

    private static Part Whole => new(new DateOnly(2026, 3, 2), Part.Whole, new Cohort(DeliveryFixture.Utc, 7, Rhythm.Daily).Key);

    [Fact]
    public async Task A_stop_of_the_host_says_nothing_about_the_relay()
    {
        var fixture = await ReadyAsync();
        using var stop = new CancellationTokenSource();
        fixture.Relay.AnswerWith(_ =>
        {
            if (fixture.Relay.Offered.Count >= 3)
            {
                stop.Cancel();
            }

            return Refusal;
        });

        Assert.Equal(PartOutcome.Released, await fixture.Program.Get<DeliverPart>().ExecuteAsync(Whole.ToString(), stop.Token));

        Assert.InRange(fixture.Relay.Offered.Count, 3, 24);
        Assert.Null(Assert.Single(fixture.Controls()).Trouble);
    }

    [Fact]
    public async Task A_stop_commits_at_once_the_answers_that_wait_for_others()
    {
        var fixture = await ReadyAsync();
        using var stop = new CancellationTokenSource();
        var (count, others) = (0, new TaskCompletionSource<SendResult>(TaskCreationOptions.RunContinuationsAsynchronously));
        fixture.Relay.Answer = (_, _) => Interlocked.Increment(ref count) <= 3 ? Task.FromResult(ScriptedRelay.Ok) : others.Task;
        var delivering = fixture.Program.Get<DeliverPart>().ExecuteAsync(Whole.ToString(), stop.Token);
        await UntilAsync(() => fixture.Relay.Offered.Count == 7);
        await stop.CancelAsync();

        // No time passes: nothing but the stop ends the wait.
        await UntilAsync(() => Sent() == 3);
        others.SetResult(ScriptedRelay.Ok);
        Assert.Equal(PartOutcome.Released, await delivering);
        Assert.Equal(fixture.Relay.Inbox.Count, Sent());
        Assert.InRange(Sent(), 7, 8);

        int Sent() => fixture.Ledger(Whole.Date).Count(row => row.State == DeliveryState.Sent);
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        while (!condition())
        {
            DeliveryFixture.Cancellation.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    [Fact]
    public async Task Answers_that_were_read_are_recorded_when_a_sender_fails()
    {
        var fixture = await ReadyAsync();
        var (fail, others, count) = (new TaskCompletionSource<SendResult>(), new TaskCompletionSource<SendResult>(), 0);
        var answered = "";
        fixture.Relay.Answer = (mail, _) =>
        {
            var number = Interlocked.Increment(ref count);
            if (number == 1)
            {
                answered = mail.To.Value;
                fixture.Advance(TimeSpan.FromSeconds(1));
            }

            return number switch { 1 => Task.FromResult(ScriptedRelay.Ok), 2 => fail.Task, _ => others.Task };
        };

        // The coordinator has read the first answer, and waits for more until the lease is to be renewed.
        var program = fixture.Start(time: new WatchedTime(fixture.Time, due =>
        {
            if (due == TimeSpan.FromSeconds(9))
            {
                fail.TrySetException(new InsufficientMemoryException("Full."));
                others.TrySetResult(ScriptedRelay.Ok);
            }
        }));
        await Assert.ThrowsAnyAsync<OutOfMemoryException>(() =>
            program.Get<DeliverPart>().ExecuteAsync(Whole.ToString(), DeliveryFixture.Cancellation));

        var sent = fixture.Ledger(Whole.Date).Where(row => row.State == DeliveryState.Sent).Select(row => row.SubscriberId);
        Assert.Contains(answered, sent.Select(DeliveryFixture.Address));
    }

    [Fact]
    public async Task The_cutoff_counts_the_time_of_a_recovery()
    {
        var fixture = await ReadyAsync(("Delivery:Budget", "00:00:10"), ("Delivery:CutOff", "00:01:10"));
        var abandoned = Assert.Single(fixture.Controls()) with { Owner = "another:17:4:a", Sequence = 5 };
        await fixture.Tables.WriteAsync(
            Tables.Ledger, Whole.Partition, TableWrite.Upsert(abandoned.ToRow(Whole)), DeliveryFixture.Cancellation);
        fixture.Advance(TimeSpan.FromSeconds(91));
        using var waits = new SemaphoreSlim(0);
        var program = fixture.Start(time: new WatchedTime(fixture.Time, due => _ = due == TimeSpan.FromSeconds(10) ? waits.Release() : 0));
        var recovered = false;
        program.Plan.Before = call =>
        {
            if (call is { Operation: "Query", Place: Tables.Ledger } && !recovered)
            {
                recovered = true;
                fixture.Advance(TimeSpan.FromSeconds(8));
            }

            return Task.CompletedTask;
        };
        var (begun, cut) = (new TaskCompletionSource(), new TaskCompletionSource());
        fixture.Relay.Answer = async (_, cancellation) =>
        {
            await using var onCut = cancellation.Register(() => cut.TrySetResult());
            begun.TrySetResult();
            await Task.Delay(TimeSpan.FromHours(1), fixture.Time, cancellation);
            return ScriptedRelay.Ok;
        };
        var delivery = program.Get<DeliverPart>().ExecuteAsync(Whole.ToString(), DeliveryFixture.Cancellation);
        await begun.Task;
        for (var seconds = 8; seconds < 68; seconds += 10)
        {
            // Each time the owner has renewed its lease, and waits for an answer.
            await waits.WaitAsync(DeliveryFixture.Cancellation);
            fixture.Advance(TimeSpan.FromSeconds(10));
        }

        await waits.WaitAsync(DeliveryFixture.Cancellation);
        Assert.False(cut.Task.IsCompleted);
        fixture.Advance(TimeSpan.FromSeconds(2));
        Assert.True(cut.Task.IsCompleted);
        Assert.Equal(PartOutcome.Released, await delivery);
    }

    [Fact]
    public async Task A_mail_of_an_older_format_is_sent()
    {
        var fixture = await ReadyAsync();
        fixture.Renderer.Format = 0;
        await fixture.Program.DeliverAsync();

        Assert.Equal(Readers, fixture.Relay.Inbox.Count);
    }

    [Fact]
    public async Task A_mail_that_cannot_be_built_is_retried_and_is_not_in_doubt()
    {
        var fixture = await ReadyAsync();
        var (_, partition, row) = fixture.Tables.Everything.First(one => one.Table == Tables.Audience);
        var hostile = new TableRow(row.Key[..^4] + "zzzz");
        foreach (var (name, value) in row)
        {
            hostile.Add(name, value);
        }

        await fixture.Tables.WriteAsync(Tables.Audience, partition, TableWrite.Insert(hostile), DeliveryFixture.Cancellation);
        await fixture.RunAsync(TimeSpan.FromMinutes(10));

        Assert.Equal(Readers, fixture.Relay.Inbox.Count);
        var delivery = fixture.Ledger(Whole.Date).Single(one => one.SubscriberId == hostile.Key);
        Assert.Equal((DeliveryState.Deferred, 0), (delivery.State, delivery.Breaks));
    }

    [Theory]
    [InlineData("00:00:00.5")]
    [InlineData("-00:00:04")]
    [InlineData("00:01:01")]
    public void A_grace_that_no_stop_can_keep_is_refused(string grace) => Assert.Equal(
        ["Delivery__StopGrace: 1 second to 1 minute."],
        new DeliveryOptions { StopGrace = TimeSpan.Parse(grace, CultureInfo.InvariantCulture) }.Validate());

    [Fact]
    public async Task A_cancellation_from_elsewhere_does_not_end_the_other_parts()
    {
        var fixture = await ReadyAsync();
        var thrown = false;
        fixture.Program.Plan.Before = call =>
        {
            var first = call is { Operation: "Get", Place: Tables.Digests } && !thrown;
            thrown |= first;
            return first ? throw new OperationCanceledException("A request was given up.") : Task.CompletedTask;
        };
        await fixture.Program.DeliverAsync();
        await fixture.RunAsync(TimeSpan.FromMinutes(5));

        Assert.True(thrown);
        Assert.Equal(Readers, fixture.Relay.Inbox.Count);
    }

    [Fact]
    public async Task Refusals_are_distrusted_if_nobody_was_served_even_if_one_digest_was_empty()
    {
        var fixture = new DeliveryFixture();
        await fixture.SubscribeAsync(5);
        await fixture.SubscribeAsync(sections: "chess");
        await fixture.PublishAsync();
        fixture.GoTo(2, 7);
        fixture.Relay.AnswerWith(_ => ScriptedRelay.Never);
        await fixture.RunAsync(TimeSpan.FromMinutes(3));

        var run = (await fixture.RunOfAsync(fixture.Today))!;
        Assert.Equal((5, 1), (run.Counts[DeliveryState.Rejected], run.Counts[DeliveryState.Empty]));
        Assert.True(run.Distrusted);
    }

    [Fact]
    public async Task A_refused_batch_that_names_no_row_is_an_error_and_drops_nobody()
    {
        var fixture = await ReadyAsync();
        var leases = new PartLeases(
            new NamingNoRow(fixture.Tables), fixture.Program.Get<DeliveryOptions>(), fixture.Time);
        using var lease = (await leases.TakeAsync(Whole, DeliveryFixture.Cancellation))!;
        var dropped = new List<int>();
        var batch = new PartBatch<int>(lease, 9, dropped.Add, fixture.Time);
        batch.Add(1, [TableWrite.Insert(new TableRow("one"))]);

        await Assert.ThrowsAsync<StorageException>(() => batch.CommitAsync(control => control));

        Assert.Empty(dropped);
    }

    private static async Task<DeliveryFixture> ReadyAsync(params (string Name, string Value)[] settings)
    {
        var fixture = new DeliveryFixture(settings);
        await fixture.SubscribeAsync(Readers);
        await fixture.PublishAsync();
        fixture.GoTo(2, 7);
        await fixture.Program.TickAsync();
        return fixture;
    }

    /// <summary>A store that refuses batches without naming a row.</summary>
    private sealed class NamingNoRow(ITableStore store) : PassThroughTableStore(store)
    {
        public override Task<WriteResult> WriteAsync(
            string table, string partition, IReadOnlyList<TableWrite> rows, CancellationToken cancellationToken) => rows.Count > 1
                ? Task.FromResult(WriteResult.Refused(WriteOutcome.Changed, -1))
                : base.WriteAsync(table, partition, rows, cancellationToken);
    }
}

using DailyDigest.Calendar;
using DailyDigest.Runs;
using DailyDigest.Sending;
using DailyDigest.Storage;
using DailyDigest.Testing.Storage;
using DailyDigest.Tests.Fixtures;

namespace DailyDigest.Tests.Sending;

/// <summary>The wall clock is set, or the machine sleeps, while mail is being sent.</summary>
public sealed class ClockSetTests
{
    private const int Readers = 40;
    private readonly DeliveryFixture fixture = new();

    private static Part Whole => new(new DateOnly(2026, 3, 2), Part.Whole, new Cohort(DeliveryFixture.Utc, 7, Rhythm.Daily).Key);

    /// <summary>Seconds by which the clock is set: 10 seconds, 10 minutes and a day, both ways.</summary>
    public static TheoryData<int> Steps => [10, 600, 86_400, -10, -600, -86_400];

    [Theory]
    [MemberData(nameof(Steps))]
    public async Task A_clock_that_is_set_while_mail_is_on_the_wire_doubles_nobody(int seconds)
    {
        await ReadyAsync();
        var (onTheWire, answer) = (new TaskCompletionSource(), new TaskCompletionSource<SendResult>());
        fixture.Relay.Answer = (_, _) =>
        {
            if (fixture.Relay.Offered.Count >= 10)
            {
                onTheWire.TrySetResult();
                return answer.Task;
            }

            return Task.FromResult(ScriptedRelay.Ok);
        };
        var first = DeliverAsync(fixture.Program);
        await onTheWire.Task;

        fixture.Clock.Offset = TimeSpan.FromSeconds(seconds);
        await fixture.Program.TickAsync();
        var second = fixture.Start();
        var limit = TimeSpan.FromSeconds(30); // An owner that has taken the part would wait for the relay.
        Assert.Equal(PartOutcome.Busy, await DeliverAsync(fixture.Program).WaitAsync(limit, DeliveryFixture.Cancellation));
        Assert.Equal(PartOutcome.Busy, await DeliverAsync(second).WaitAsync(limit, DeliveryFixture.Cancellation));
        fixture.Relay.Answer = null;
        answer.SetResult(ScriptedRelay.Ok);
        await first;

        // A step backward stops nothing for longer than the step.
        fixture.Advance(TimeSpan.FromSeconds(Math.Max(0, -seconds)));
        await fixture.RunAsync(TimeSpan.FromMinutes(3));
        Assert.Equal(fixture.Relay.Inbox.Count, fixture.Relay.Inbox.DistinctBy(seen => seen.To).Count());
        Assert.Equal(Readers, fixture.Ledger(Whole.Date).Count(row => row.IsSettled));
        if (seconds < 12 * 3600)
        {
            Assert.Equal(Readers, fixture.Relay.Inbox.Count);
        }
    }

    [Theory]
    [MemberData(nameof(Steps))]
    public async Task A_clock_that_is_set_after_a_crash_keeps_nobody_waiting_for_longer_than_the_step(int seconds)
    {
        await ReadyAsync();
        await WriteAsync(Control() with { Owner = "another:17:4:a", Sequence = 5 });

        fixture.Clock.Offset = TimeSpan.FromSeconds(seconds);
        fixture.Advance(TimeSpan.FromSeconds(Math.Max(0, -seconds) + 91));

        Assert.NotEqual(PartOutcome.Busy, await DeliverAsync(fixture.Program));
    }

    [Fact]
    public async Task The_owner_on_another_machine_is_judged_by_the_clock_of_the_store()
    {
        await ReadyAsync();
        await WriteAsync(Control() with { Owner = "another:17:4:a", Sequence = 5, Uptime = TimeSpan.FromDays(9_000_000) });
        fixture.Advance(TimeSpan.FromSeconds(89));
        Assert.Equal(PartOutcome.Busy, await DeliverAsync(fixture.Program));

        fixture.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(PartOutcome.Done, await DeliverAsync(fixture.Program));
        Assert.Equal(Readers, fixture.Relay.Inbox.Count);
    }

    [Fact]
    public async Task A_machine_that_slept_begins_no_message_before_it_knows_whose_the_part_is()
    {
        await ReadyAsync();
        var (reached, wake) = (new TaskCompletionSource(), new TaskCompletionSource());
        var writes = 0;
        fixture.Program.Plan.After = call =>
        {
            if (call is { Operation: "Write", Place: Tables.Ledger } && Interlocked.Increment(ref writes) == 2)
            {
                reached.SetResult();
                return wake.Task;
            }

            return Task.CompletedTask;
        };
        var first = DeliverAsync(fixture.Program);
        await reached.Task;

        // It slept for an hour after its first attempts were committed, and another machine took the part meanwhile.
        fixture.Clock.Offset = TimeSpan.FromHours(1);
        var seen = Control();
        await WriteAsync(seen with { Owner = "another:17:4:a", Sequence = seen.Sequence + 1 });
        wake.SetResult();

        Assert.Equal(PartOutcome.Lost, await first);
        Assert.Empty(fixture.Relay.Offered);
    }

    [Fact]
    public async Task A_machine_that_slept_and_still_has_the_part_goes_on()
    {
        await ReadyAsync();
        var writes = 0;
        fixture.Program.Plan.After = call =>
        {
            if (call is { Operation: "Write", Place: Tables.Ledger } && Interlocked.Increment(ref writes) == 4)
            {
                fixture.Clock.Offset = TimeSpan.FromHours(1);
            }

            return Task.CompletedTask;
        };
        await DeliverAsync(fixture.Program);
        await fixture.RunAsync(TimeSpan.FromMinutes(3));

        Assert.Equal(Readers, fixture.Relay.Inbox.Count);
        Assert.All(fixture.Ledger(Whole.Date), row => Assert.Equal((DeliveryState.Sent, 0), (row.State, row.Crashes + row.Breaks)));
    }

    [Fact]
    public async Task A_control_row_without_a_timestamp_is_not_taken()
    {
        await ReadyAsync();
        await WriteAsync(Control() with { Owner = "another:17:4:a", Sequence = 5 });
        fixture.Advance(TimeSpan.FromDays(1));
        var program = fixture.Start(wrap: store => new WithoutTimestamps(store));

        await Assert.ThrowsAsync<StorageException>(() => DeliverAsync(program));

        Assert.Empty(fixture.Relay.Offered);
    }

    [Fact]
    public void An_owner_that_could_not_read_its_own_start_is_not_gone()
    {
        var parts = PartOwner.New().Split(':');
        Assert.False(PartOwner.IsGone(string.Join(':', parts)));
        parts[2] = "1";
        Assert.Equal(OperatingSystem.IsLinux(), PartOwner.IsGone(string.Join(':', parts)));
        parts[2] = "-";
        Assert.False(PartOwner.IsGone(string.Join(':', parts)));
    }

    private static Task<PartOutcome> DeliverAsync(Program program) =>
        program.Get<DeliverPart>().ExecuteAsync(Whole.ToString(), DeliveryFixture.Cancellation);

    private PartControl Control() => Assert.Single(fixture.Controls());

    private Task<WriteResult> WriteAsync(PartControl control) => fixture.Tables.WriteAsync(
        Tables.Ledger, Whole.Partition, TableWrite.Upsert(control.ToRow(Whole)), DeliveryFixture.Cancellation);

    private async Task ReadyAsync()
    {
        await fixture.SubscribeAsync(Readers);
        await fixture.PublishAsync();
        fixture.GoTo(2, 7);
        await fixture.Program.TickAsync();
    }

    /// <summary>A store whose rows have lost their timestamps.</summary>
    private sealed class WithoutTimestamps(ITableStore store) : PassThroughTableStore(store)
    {
        public override async Task<TableRow?> GetAsync(string table, string partition, string row, CancellationToken cancellationToken) =>
            Stripped(await base.GetAsync(table, partition, row, cancellationToken));

        private static TableRow? Stripped(TableRow? row)
        {
            if (row is null)
            {
                return null;
            }

            var copy = new TableRow(row.Key) { ETag = row.ETag };
            foreach (var (name, value) in row)
            {
                copy.Add(name, value);
            }

            return copy;
        }
    }
}

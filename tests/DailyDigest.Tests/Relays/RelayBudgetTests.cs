using System.Security.Cryptography;
using System.Text;
using DailyDigest.Relays;
using DailyDigest.Sqlite;
using DailyDigest.Storage;
using DailyDigest.Testing.Storage;
using DailyDigest.Tests.Fixtures;
using Microsoft.Extensions.Time.Testing;

namespace DailyDigest.Tests.Relays;

/// <summary>Machines share the limits of a relay. Each budget is one machine.</summary>
public sealed partial class RelayBudgetTests
{
    private const string RowKey = "budget";

    private readonly WaitedTime time = new(new DateTimeOffset(2026, 3, 2, 12, 0, 0, TimeSpan.Zero));
    private readonly FaultPlan plan = new();
    private readonly MemoryTableStore memory;

    public RelayBudgetTests() => memory = new MemoryTableStore(time);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static string Partition => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes("relay")).AsSpan(0, 16));

    [Fact]
    public async Task Without_limits_storage_is_not_touched()
    {
        using var machine = Machine(new RelayLimits(0, 0, 0));

        await machine.LeaseAsync(5, 10, Stop);

        Assert.True(await machine.TakeAsync(Stop));
        Assert.Equal(int.MaxValue, machine.Allowed);
        await machine.ReleaseAsync(Stop);
        Assert.Empty(plan.Trace);
    }

    [Fact]
    public async Task Machines_never_lease_more_connections_together_than_the_relay_allows()
    {
        using var one = Machine(new RelayLimits(3, 0, 0));
        using var other = Machine(new RelayLimits(3, 0, 0));

        await one.LeaseAsync(0, 16, Stop);
        await other.LeaseAsync(0, 16, Stop);

        Assert.Equal((3, 0), (one.Allowed, other.Allowed));
    }

    [Fact]
    public async Task Waiting_machines_share_equally_and_no_open_connection_is_given_away()
    {
        using var one = Machine(new RelayLimits(3, 0, 0));
        using var other = Machine(new RelayLimits(3, 0, 0));
        await one.LeaseAsync(0, 16, Stop);
        await other.LeaseAsync(0, 16, Stop);

        // Three are open. It must close one, and until then the other machine gets none.
        await one.LeaseAsync(3, 16, Stop);
        await other.LeaseAsync(0, 16, Stop);
        Assert.Equal((2, 0), (one.Allowed, other.Allowed));

        await one.LeaseAsync(2, 16, Stop);
        await other.LeaseAsync(0, 16, Stop);
        Assert.Equal((2, 1), (one.Allowed, other.Allowed));
    }

    [Fact]
    public async Task A_dead_machine_frees_its_connections_and_begins_nothing_after_its_lease()
    {
        using var dead = Machine(new RelayLimits(3, 0, 0));
        using var other = Machine(new RelayLimits(3, 0, 0));
        await dead.LeaseAsync(0, 3, Stop);
        await other.LeaseAsync(0, 3, Stop);

        time.Advance(TimeSpan.FromSeconds(51));
        await other.LeaseAsync(0, 3, Stop);
        Assert.Equal((0, 0), (dead.Allowed, other.Allowed));

        time.Advance(TimeSpan.FromSeconds(10));
        await other.LeaseAsync(0, 3, Stop);
        Assert.Equal((0, 3), (dead.Allowed, other.Allowed));
    }

    [Fact]
    public async Task A_returned_connection_is_free_at_once()
    {
        using var one = Machine(new RelayLimits(3, 0, 1000));
        using var other = Machine(new RelayLimits(3, 0, 1000));
        await one.LeaseAsync(0, 3, Stop);
        Assert.True(await one.TakeAsync(Stop));

        await one.ReleaseAsync(Stop);
        await other.LeaseAsync(0, 3, Stop);

        Assert.Equal((0, 3), (one.Allowed, other.Allowed));
        Assert.Equal(1, (await RowAsync()).Whole("used"));
    }

    [Fact]
    public async Task Machines_at_once_on_one_file_share_exactly_what_there_is()
    {
        var folder = Directory.CreateTempSubdirectory("dailydigest-");
        using (var database = new SqliteDatabase(new SqliteOptions { Path = Path.Combine(folder.FullName, "test.db") }))
        {
            // The real clock, because a machine that loses a race waits for a random moment.
            var clock = TimeProvider.System;
            var store = new SqliteTableStore(database, clock);
            await store.PrepareAsync(Stop);
            var limits = new RelayLimits(10, 0, 200);
            var machines = Enumerable.Range(0, 6).Select(_ => new RelayBudget(store, "relay", limits, clock)).ToList();

            await Task.WhenAll(machines.Select(machine => machine.LeaseAsync(0, 4, Stop)));
            Assert.Equal(10, machines.Sum(machine => machine.Allowed));
            Assert.Equal(200, (await Task.WhenAll(machines.Select(TakeAllAsync))).Sum());
            machines.ForEach(machine => machine.Dispose());
        }

        folder.Delete(recursive: true);

        static async Task<int> TakeAllAsync(RelayBudget machine)
        {
            var count = 0;
            while (await machine.TakeAsync(Stop))
            {
                count++;
            }

            return count;
        }
    }

    [Fact]
    public async Task A_store_that_fails_is_asked_again_each_second_and_told_after_half_a_minute()
    {
        using var machine = Machine(new RelayLimits(0, 100, 0));
        plan.Before = _ => throw new StorageException("out of reach");

        var taking = machine.TakeAsync(Stop).AsTask();
        var began = time.GetUtcNow();
        await time.PassAsync(taking);

        await Assert.ThrowsAsync<StorageException>(() => taking);
        Assert.True(time.GetUtcNow() - began >= TimeSpan.FromSeconds(30));
        plan.Before = null;
        Assert.True(await machine.TakeAsync(Stop));
    }

    [Fact]
    public async Task A_lease_that_cannot_be_renewed_holds_until_shortly_before_it_ends()
    {
        using var machine = Machine(new RelayLimits(3, 0, 0));
        await machine.LeaseAsync(0, 3, Stop);
        plan.Before = _ => throw new StorageException("out of reach");

        time.Advance(TimeSpan.FromSeconds(49));
        Assert.True(machine.RenewalIsDue);
        await Assert.ThrowsAsync<StorageException>(() => machine.LeaseAsync(3, 3, Stop));
        Assert.Equal(3, machine.Allowed);

        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(0, machine.Allowed);
        plan.Before = null;
        await machine.LeaseAsync(3, 3, Stop);
        Assert.Equal(3, machine.Allowed);
    }

    [Fact]
    public async Task A_reply_that_was_lost_costs_messages_of_the_day_and_never_gives_them_twice()
    {
        using var machine = Machine(new RelayLimits(0, 0, 3));
        var lost = false;
        plan.After = call =>
        {
            if (call is { Operation: "Write", Place: Tables.Relays, OperationNumber: 2 } && !lost)
            {
                lost = true;
                throw new StorageException("the reply was lost");
            }

            return Task.CompletedTask;
        };

        var count = 0;
        for (var more = true; more; count += more ? 1 : 0)
        {
            var taking = machine.TakeAsync(Stop).AsTask();
            await time.PassAsync(taking);

            more = await taking;
        }

        Assert.True(lost);
        Assert.Equal(2, count);
    }

    public static TheoryData<string, object> HostileValues => new()
    {
        { "shares", "a" },
        { "shares", "a b c d;;; ;" },
        { "shares", "a 2147483647 2147483647 9223372036854775807;b 2147483647 1 9223372036854775807" },
        { "shares", "a -5 99 9223372036854775807" },
        { "shares", string.Concat(Enumerable.Repeat("x 1 1 1;", 4000)) },
        { "shares", 7L },
        { "granted", new DateTimeOffset(9999, 12, 31, 0, 0, 0, TimeSpan.Zero) },
        { "granted", new DateTimeOffset(1601, 1, 1, 0, 0, 0, TimeSpan.Zero) },
        { "granted", "tomorrow" },
        { "day", "9999-12-31" },
        { "day", "never" },
        { "used", -9223372036854775808L },
        { "used", 5.5 },
    };

    [Theory]
    [MemberData(nameof(HostileValues), DisableDiscoveryEnumeration = true)]
    public async Task A_hostile_row_mends_itself_within_a_minute(string name, object value)
    {
        var row = new TableRow(RowKey) { { "shares", "" }, { "granted", time.GetUtcNow() }, { "day", "2026-03-02" }, { "used", 1 } };
        row.Add(name, value);
        await WriteAsync(row);
        using var machine = Machine(new RelayLimits(4, 50, 100));

        await machine.LeaseAsync(0, 4, Stop);
        Assert.InRange(machine.Allowed, 0, 4);
        time.Advance(TimeSpan.FromSeconds(61));
        await machine.LeaseAsync(0, 4, Stop);

        Assert.Equal(4, machine.Allowed);
        Assert.True(await machine.TakeAsync(Stop));
    }

    private RelayBudget Machine(RelayLimits limits) => new(new FaultTableStore(memory, plan), "relay", limits, time);

    private Task<WriteResult> WriteAsync(TableRow row) => memory.WriteAsync(Tables.Relays, Partition, TableWrite.Upsert(row), Stop);

    private async Task<TableRow> RowAsync() => (await memory.GetAsync(Tables.Relays, Partition, RowKey, Stop))!;
}

using System.Security.Cryptography;
using System.Text;
using DailyDigest.Relays;
using DailyDigest.Storage;
using DailyDigest.Testing.Storage;
using Microsoft.Extensions.Time.Testing;

namespace DailyDigest.Tests.Relays;

/// <summary>A relay that allows fewer connections than there are machines. The machines take turns.</summary>
public sealed class RelayTurnTests
{
    private readonly FakeTimeProvider time = new(new DateTimeOffset(2026, 3, 2, 12, 0, 0, TimeSpan.Zero));
    private readonly MemoryTableStore tables;

    public RelayTurnTests() => tables = new MemoryTableStore(time);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1, 2, 1)]
    [InlineData(1, 2, 4)]
    [InlineData(1, 5, 4)]
    [InlineData(2, 5, 1)]
    [InlineData(3, 4, 16)]
    public async Task Machines_take_turns_at_the_connections_and_none_is_idle_for_long(
        int connections, int count, int wanted)
    {
        var machines = Enumerable.Range(0, count).Select(_ => new Machine(tables, connections, wanted, time)).ToList();
        await PassAsync(machines, TimeSpan.FromMinutes(5), connections);
        machines.ForEach(machine => machine.Seconds = 0);
        await PassAsync(machines, TimeSpan.FromMinutes(30), connections);

        var all = machines.Sum(machine => machine.Seconds);
        Assert.InRange(all, 0.85 * connections * 1800, connections * 1800);
        Assert.All(machines, machine => Assert.InRange(machine.Seconds / all, 0.7 / count, 1.4 / count));
        machines.ForEach(machine => machine.Budget.Dispose());
    }

    [Fact]
    public async Task No_machine_gives_up_its_connection_if_each_has_one()
    {
        var machines = Enumerable.Range(0, 3).Select(_ => new Machine(tables, 3, 4, time)).ToList();
        await PassAsync(machines, TimeSpan.FromMinutes(2), 3);
        machines.ForEach(machine => machine.Seconds = 0);
        await PassAsync(machines, TimeSpan.FromMinutes(10), 3);
        Assert.All(machines, machine => Assert.Equal(600, machine.Seconds));
        machines.ForEach(machine => machine.Budget.Dispose());
    }

    [Fact]
    public async Task One_that_waited_and_died_costs_the_others_no_more_than_seconds()
    {
        var (busy, dead) = (new Machine(tables, 1, 1, time), new Machine(tables, 1, 1, time));
        await PassAsync([busy], TimeSpan.FromSeconds(10), 1);
        await PassAsync([busy, dead], TimeSpan.FromSeconds(15), 1);
        Assert.Equal((1, 0), (busy.Open, dead.Open));
        busy.Seconds = 0;
        await PassAsync([busy], TimeSpan.FromMinutes(3), 1);
        Assert.InRange(busy.Seconds, 165, 180);
        busy.Budget.Dispose();
        dead.Budget.Dispose();
    }

    [Theory]
    [InlineData("me 0 5 {0} 0")]
    [InlineData("me 0 5 {0} 99999999999999999")]
    [InlineData("me 0 5 {0} -1")]
    [InlineData("me 0 5 {0} x")]
    [InlineData("me 1 5 {0}")]
    public async Task A_hostile_row_mends_itself_within_a_minute(string share)
    {
        var row =
            new TableRow("budget") { { "shares", string.Format(null, share, time.GetUtcNow().AddHours(1).ToUnixTimeMilliseconds()) } };
        var partition = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes("relay")).AsSpan(0, 16));
        await tables.WriteAsync(Tables.Relays, partition, TableWrite.Upsert(row), Stop);
        var machine = new Machine(tables, 1, 1, time);
        await PassAsync([machine], TimeSpan.FromSeconds(62), 1);
        Assert.Equal(1, machine.Open);
        machine.Budget.Dispose();
    }

    private async Task PassAsync(IReadOnlyList<Machine> machines, TimeSpan span, int connections)
    {
        for (var end = time.GetUtcNow() + span; time.GetUtcNow() < end; time.Advance(TimeSpan.FromSeconds(1)))
        {
            foreach (var machine in machines)
            {
                await machine.BeatAsync();
                Assert.InRange(machines.Sum(one => one.Open), 0, connections);
            }
        }
    }

    /// <summary>A machine that always has something to send, with its connections as its pool handles them.</summary>
    private sealed class Machine(ITableStore tables, int connections, int wanted, TimeProvider time)
    {
        private DateTimeOffset asked;

        public RelayBudget Budget { get; } = new(tables, "relay", new RelayLimits(connections, 0, 0), time);

        public int Open { get; private set; }

        public double Seconds { get; set; }

        public async Task BeatAsync()
        {
            // Between two messages a surplus connection is closed and an allowed one is opened.
            Open = Math.Min(wanted, Budget.Allowed);
            var mayBeMore = Open < wanted && time.GetUtcNow() - asked >= TimeSpan.FromSeconds(2);
            if (mayBeMore || Budget.RenewalIsDue)
            {
                asked = time.GetUtcNow();
                await Budget.LeaseAsync(Open, wanted, Stop);
            }

            Open = Math.Min(wanted, Budget.Allowed);
            Seconds += Open;
        }
    }
}

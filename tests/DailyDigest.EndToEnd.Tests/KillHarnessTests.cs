using System.Globalization;
using DailyDigest.EndToEnd.Tests.Rig;

namespace DailyDigest.EndToEnd.Tests;

/// <summary>
/// SIGKILL, at random and at every write, of a sender on its own database file and a real mail server, until the run is closed. A short
/// version always; the long one with DAILYDIGEST_LONG=1. The seed stands in every message of failure.
/// </summary>
public sealed class KillHarnessTests(ITestOutputHelper output)
{
    private static readonly TimeSpan Slow = TimeSpan.FromMilliseconds(25);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Killed_at_random_instants_nobody_is_lost_and_every_double_was_listed_in_between()
    {
        var (kills, readers) = KillRig.Long ? (320, 4_000) : (24, 300);
        await using var rig = await KillRig.StartAsync(readers, Slow, Cancellation);

        var seed = await DieAsync(rig, kills, readers);

        var report = await rig.ConcludeAsync(Cancellation);
        output.WriteLine(report.ToString());
        Assert.True(report.Faults.Count == 0, $"seed {seed}: {string.Join(Environment.NewLine, report.Faults)}");
        Assert.InRange(report.Kills, kills, int.MaxValue);
        Assert.InRange(report.Doubles, 0, report.Listed);
    }

    [Fact]
    public async Task A_sender_that_does_not_commit_its_attempts_first_fails_this()
    {
        const int Kills = 6;
        await using var rig = await KillRig.StartAsync(Kills * 20, Slow, Cancellation);

        await DieAsync(rig, Kills, Kills * 20, "--without-attempts");

        var report = await rig.ConcludeAsync(Cancellation);
        output.WriteLine($"{report}; {string.Join("; ", report.Faults.Take(3))}");
        Assert.Contains(report.Faults, fault => fault.EndsWith("lost", StringComparison.Ordinal));
        Assert.Contains(report.Faults, fault => fault.StartsWith("the ledger says", StringComparison.Ordinal));
    }

    /// <summary>Before the write, and between the write's commit and its reply.</summary>
    [Theory]
    [InlineData("--die-before")]
    [InlineData("--die-after")]
    public async Task Killed_at_every_write_of_either_port_nobody_is_lost_and_every_double_was_listed_in_between(string when)
    {
        const int Readers = 40;
        await using var rig = await KillRig.StartAsync(Readers, TimeSpan.Zero, Cancellation);
        var (writes, doubles, listed) = (0, 0, 0);

        // In short every seventh: the same is done at every write in memory.
        for (var write = KillRig.Long ? 1 : when == "--die-before" ? 3 : 5; ; write += KillRig.Long ? 1 : 7)
        {
            rig.Reset();
            if (!await rig.LiveAsync(Cancellation, when, write.ToString(CultureInfo.InvariantCulture)))
            {
                break;
            }

            var report = await rig.ConcludeAsync(Cancellation);
            Assert.True(report.Faults.Count == 0, $"{when} {write}: {string.Join(Environment.NewLine, report.Faults)}");
            (writes, doubles, listed) = (write, doubles + report.Doubles, listed + report.Listed);
        }

        output.WriteLine($"{when} up to write {writes}: {doubles} doubles, {listed} times in doubt");
        Assert.InRange(writes, 15, 500);
    }

    /// <summary>Starts senders that die, a quarter of them soon after the start and the others while they send. Returns the seed.</summary>
    private static async Task<int> DieAsync(KillRig rig, int kills, int readers, params string[] orders)
    {
        var seed = Environment.GetEnvironmentVariable("DAILYDIGEST_SEED") is { Length: > 0 } given
            ? int.Parse(given, CultureInfo.InvariantCulture) : Random.Shared.Next(1_000_000);
        var random = new Random(seed);
        while (rig.Kills < kills)
        {
            // So long a life that the readers last for all of them, though a death may come late.
            var share = (readers - rig.Smtp.Messages.Count) / (double)(kills - rig.Kills);
            var span = Math.Clamp(share * Slow.TotalMilliseconds / KillRig.Connections, 5, 1_000);
            var (when, most) = random.Next(4) == 0 ? ("--die-started", 900) : ("--die-sending", span);
            if (!await rig.LiveAsync(Cancellation, [when, (random.NextDouble() * most).ToString(CultureInfo.InvariantCulture), .. orders]))
            {
                break;
            }
        }

        return seed;
    }
}

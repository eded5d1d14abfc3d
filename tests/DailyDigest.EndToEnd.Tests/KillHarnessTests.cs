using System.Globalization;
using DailyDigest.EndToEnd.Tests.Fixtures;

namespace DailyDigest.EndToEnd.Tests;

/// <summary>
/// SIGKILL, at random and at every write, of a sender on its own database file and a real mail server, until the run is closed. A short
/// version runs always, the long one with DAILYDIGEST_LONG=1. Every failure message has the seed.
/// </summary>
public sealed class KillHarnessTests(ITestOutputHelper output)
{
    private static readonly TimeSpan Slow = TimeSpan.FromMilliseconds(25);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Killed_at_random_no_reader_is_lost_and_every_double_was_in_doubt()
    {
        var (kills, readers) = KillFixture.Long ? (320, 4_000) : (12, 150);
        await using var fixture = await KillFixture.StartAsync(readers, Slow, Cancellation);

        var seed = await DieAsync(fixture, kills, readers);

        var report = await fixture.ConcludeAsync(Cancellation);
        output.WriteLine(report.ToString());
        Assert.True(report.Faults.Count == 0, $"seed {seed}: {string.Join(Environment.NewLine, report.Faults)}");
        Assert.InRange(report.Kills, kills, int.MaxValue);
        Assert.InRange(report.Doubles, 0, report.Listed);
    }

    [Fact]
    public async Task A_sender_that_does_not_commit_its_attempts_first_fails_this()
    {
        const int Kills = 6;
        await using var fixture = await KillFixture.StartAsync(Kills * 20, Slow, Cancellation);

        await DieAsync(fixture, Kills, Kills * 20, "--without-attempts");

        var report = await fixture.ConcludeAsync(Cancellation);
        output.WriteLine($"{report}; {string.Join("; ", report.Faults.Take(3))}");
        Assert.Contains(report.Faults, fault => fault.EndsWith("lost", StringComparison.Ordinal));
        Assert.Contains(report.Faults, fault => fault.StartsWith("the ledger says", StringComparison.Ordinal));
    }

    /// <summary>Before the write, and between the write's commit and its reply.</summary>
    [Theory]
    [InlineData("--die-before")]
    [InlineData("--die-after")]
    public async Task Killed_at_every_write_no_reader_is_lost_and_every_double_was_in_doubt(string when)
    {
        const int Readers = 40;
        await using var fixture = await KillFixture.StartAsync(Readers, TimeSpan.Zero, Cancellation);
        var (writes, doubles, listed) = (0, 0, 0);

        // The short version takes every tenth write: tests in memory take every one.
        for (var write = KillFixture.Long ? 1 : when == "--die-before" ? 3 : 5; ; write += KillFixture.Long ? 1 : 10)
        {
            fixture.Reset();
            if (!await fixture.LiveAsync(Cancellation, when, write.ToString(CultureInfo.InvariantCulture)))
            {
                break;
            }

            var report = await fixture.ConcludeAsync(Cancellation);
            Assert.True(report.Faults.Count == 0, $"{when} {write}: {string.Join(Environment.NewLine, report.Faults)}");
            (writes, doubles, listed) = (write, doubles + report.Doubles, listed + report.Listed);
        }

        output.WriteLine($"{when} up to write {writes}: {doubles} doubles, {listed} times in doubt");
        Assert.InRange(writes, 15, 500);
    }

    /// <summary>Starts senders that die, a quarter of them soon after the start and the others while they send. Returns the seed.</summary>
    private static async Task<int> DieAsync(KillFixture fixture, int kills, int readers, params string[] options)
    {
        var seed = Environment.GetEnvironmentVariable("DAILYDIGEST_SEED") is { Length: > 0 } given
            ? int.Parse(given, CultureInfo.InvariantCulture) : Random.Shared.Next(1_000_000);
        var random = new Random(seed);
        while (fixture.Kills < kills)
        {
            // The life is short enough that readers are left for all lives, even if a kill comes late.
            var share = (readers - fixture.Smtp.Messages.Count) / (double)(kills - fixture.Kills);
            var span = Math.Clamp(share * Slow.TotalMilliseconds / KillFixture.Connections, 5, 1_000);
            var (when, most) = random.Next(4) == 0 ? ("--die-started", 900) : ("--die-sending", span);
            if (!await fixture.LiveAsync(
                Cancellation, [when, (random.NextDouble() * most).ToString(CultureInfo.InvariantCulture), .. options]))
            {
                break;
            }
        }

        return seed;
    }
}

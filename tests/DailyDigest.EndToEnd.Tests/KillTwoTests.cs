using DailyDigest.EndToEnd.Tests.Fixtures;
using DailyDigest.Runs;
using DailyDigest.Testing.Services;

namespace DailyDigest.EndToEnd.Tests;

/// <summary>Two programs on one store, killed and started again in turn: one message each, apart from what was in doubt.</summary>
public sealed class KillTwoTests(ITestOutputHelper output)
{
    private const int MaxParallelParts = 4;
    private static readonly TimeSpan Slow = TimeSpan.FromMilliseconds(40);

    /// <summary>Azure or not; the Server takes its time to start.</summary>
    public static TheoryData<bool> Stores => KillFixture.Long ? [false, true] : [true];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>
    /// The date is cut into sixteen parts, so that both have work; the clocks may be ten minutes off, one early, one late.
    /// </summary>
    [Theory]
    [InlineData(false, 0)]
    [InlineData(true, 10)]
    public async Task Two_senders_on_one_store_are_killed_in_turn(bool azure, int minutesOff)
    {
        // The emulator is one thread.
        var kills = (KillFixture.Long, azure) switch { (true, false) => 60, (true, true) => 16, (false, false) => 6, _ => 4 };
        var each = KillFixture.Long ? 40 : 60;
        await using var azurite = azure ? await Azurite.StartAsync(Cancellation) : null;
        await using var fixture = await KillFixture.StartAsync(kills * each, Slow, Cancellation, azurite);
        fixture.Settings["Delivery__SliceFrom"] = "1";

        ServerProcess[] two = [Start(0), Start(1)];
        try
        {
            for (var kill = 0; kill < kills; kill++)
            {
                // The other one sends messages while this one is killed and started.
                var count = fixture.Smtp.Messages.Count;
                await fixture.Smtp.WaitForAsync(count + Math.Max(1, ((kills * each) - count) / (kills - kill + 1) / 2), Cancellation);
                await fixture.KillAsync(two[kill % 2], Cancellation);
                await two[kill % 2].DisposeAsync();
                two[kill % 2] = Start(kill % 2);
            }

            fixture.Advance(TimeSpan.FromMinutes(2));
            await Task.WhenAll(two.Select(sender => fixture.KillAsync(sender, Cancellation)));
        }
        finally
        {
            await two[0].DisposeAsync();
            await two[1].DisposeAsync();
        }

        Check(await fixture.ConcludeAsync(Cancellation));

        ServerProcess Start(int which) => fixture.Start([], TimeSpan.FromMinutes(which == 0 ? minutesOff : -minutesOff));
    }

    /// <summary>The program as it is, template compiler and all, with the machine's clock.</summary>
    [Theory]
    [MemberData(nameof(Stores))]
    public async Task Two_servers_on_one_store_are_killed_in_turn(bool azure)
    {
        var kills = KillFixture.Long ? 12 : 2;
        await using var azurite = azure ? await Azurite.StartAsync(Cancellation) : null;
        await using var fixture = await KillFixture.StartAsync((kills + 1) * 150, Slow, Cancellation, azurite, realClock: true);
        fixture.Settings["Delivery__SliceFrom"] = "1";

        ServerProcess[] two = [fixture.StartServer("serve"), fixture.StartServer("serve")];
        try
        {
            for (var kill = 0; kill < kills; kill++)
            {
                await fixture.Smtp.WaitForAsync(fixture.Smtp.Messages.Count + 80, Cancellation);
                await fixture.KillAsync(two[kill % 2], Cancellation);
                await two[kill % 2].DisposeAsync();
                two[kill % 2] = fixture.StartServer("serve");
            }

            await fixture.Smtp.WaitForAsync(fixture.Smtp.Messages.Count + 40, Cancellation);
            await Task.WhenAll(two.Select(server => fixture.KillAsync(server, Cancellation)));
        }
        finally
        {
            await two[0].DisposeAsync();
            await two[1].DisposeAsync();
        }

        // Two at once to the end, and a third for what was in doubt more than once and waits a little.
        for (var again = 0; again < 10 && (await fixture.RunAsync(Cancellation))!.State != RunState.Closed; again++)
        {
            await using var one = fixture.StartServer("run");
            await using var other = fixture.StartServer("run");
            await Task.WhenAll(one.EndAsync(Cancellation), other.EndAsync(Cancellation));
        }

        Check(await fixture.CompareAsync(Cancellation));
    }

    private void Check(KillReport report)
    {
        output.WriteLine(report.ToString());
        Assert.True(report.Faults.Count == 0, string.Join(Environment.NewLine, report.Faults));
        Assert.InRange(report.Doubts, 0, report.Kills * 2 * KillFixture.Connections * MaxParallelParts);
        Assert.InRange(report.Doubles, 0, report.Doubts);
    }
}

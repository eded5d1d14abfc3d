using DailyDigest.EndToEnd.Tests.Rig;
using DailyDigest.Runs;
using DailyDigest.Testing.Services;

namespace DailyDigest.EndToEnd.Tests;

/// <summary>Two programs on one store, killed and started again in turn: one message each, apart from what was in doubt.</summary>
public sealed class KillTwoTests(ITestOutputHelper output)
{
    private const int PartsAtOnce = 4;
    private static readonly TimeSpan Slow = TimeSpan.FromMilliseconds(40);

    /// <summary>Azure or not; the Server takes its time to start.</summary>
    public static TheoryData<bool> Stores => KillRig.Long ? [false, true] : [true];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>The date is cut into sixteen parts, so that both have work; the clocks may be ten minutes off, one early, one late.</summary>
    [Theory]
    [InlineData(false, 0)]
    [InlineData(true, 10)]
    public async Task Two_senders_on_one_store_are_killed_in_turn(bool azure, int minutesOff)
    {
        // The emulator is one thread.
        var kills = (KillRig.Long, azure) switch { (true, false) => 60, (true, true) => 16, (false, false) => 6, _ => 4 };
        var each = KillRig.Long ? 40 : 60;
        await using var azurite = azure ? await Azurite.StartAsync(Cancellation) : null;
        await using var rig = await KillRig.StartAsync(kills * each, Slow, Cancellation, azurite);
        rig.Settings["Delivery__SliceFrom"] = "1";

        ServerProcess[] two = [Start(0), Start(1)];
        try
        {
            for (var kill = 0; kill < kills; kill++)
            {
                // What the other one sends while this one is killed and started is more than nothing.
                var count = rig.Smtp.Messages.Count;
                await rig.Smtp.WaitForAsync(count + Math.Max(1, ((kills * each) - count) / (kills - kill + 1) / 2), Cancellation);
                await rig.KillAsync(two[kill % 2], Cancellation);
                await two[kill % 2].DisposeAsync();
                two[kill % 2] = Start(kill % 2);
            }

            rig.Advance(TimeSpan.FromMinutes(2));
            await Task.WhenAll(two.Select(sender => rig.KillAsync(sender, Cancellation)));
        }
        finally
        {
            await two[0].DisposeAsync();
            await two[1].DisposeAsync();
        }

        Check(await rig.ConcludeAsync(Cancellation));

        ServerProcess Start(int which) => rig.Start([], TimeSpan.FromMinutes(which == 0 ? minutesOff : -minutesOff));
    }

    /// <summary>The program as it is, template compiler and all, with the machine's clock.</summary>
    [Theory]
    [MemberData(nameof(Stores))]
    public async Task Two_servers_on_one_store_are_killed_in_turn(bool azure)
    {
        var kills = KillRig.Long ? 12 : 2;
        await using var azurite = azure ? await Azurite.StartAsync(Cancellation) : null;
        await using var rig = await KillRig.StartAsync((kills + 1) * 150, Slow, Cancellation, azurite, realClock: true);
        rig.Settings["Delivery__SliceFrom"] = "1";

        ServerProcess[] two = [rig.StartServer("serve"), rig.StartServer("serve")];
        try
        {
            for (var kill = 0; kill < kills; kill++)
            {
                await rig.Smtp.WaitForAsync(rig.Smtp.Messages.Count + 80, Cancellation);
                await rig.KillAsync(two[kill % 2], Cancellation);
                await two[kill % 2].DisposeAsync();
                two[kill % 2] = rig.StartServer("serve");
            }

            await rig.Smtp.WaitForAsync(rig.Smtp.Messages.Count + 40, Cancellation);
            await Task.WhenAll(two.Select(server => rig.KillAsync(server, Cancellation)));
        }
        finally
        {
            await two[0].DisposeAsync();
            await two[1].DisposeAsync();
        }

        // Two at once to the end, and a third for what was in doubt more than once and waits a little.
        for (var again = 0; again < 10 && (await rig.RunAsync(Cancellation))!.State != RunState.Closed; again++)
        {
            await using var one = rig.StartServer("run");
            await using var other = rig.StartServer("run");
            await Task.WhenAll(one.EndAsync(Cancellation), other.EndAsync(Cancellation));
        }

        Check(await rig.CompareAsync(Cancellation));
    }

    private void Check(KillReport report)
    {
        output.WriteLine(report.ToString());
        Assert.True(report.Faults.Count == 0, string.Join(Environment.NewLine, report.Faults));
        Assert.InRange(report.Doubts, 0, report.Kills * 2 * KillRig.Connections * PartsAtOnce);
        Assert.InRange(report.Doubles, 0, report.Doubts);
    }
}

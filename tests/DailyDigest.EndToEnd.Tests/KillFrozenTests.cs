using System.Globalization;
using DailyDigest.EndToEnd.Tests.Rig;
using DailyDigest.Runs;
using DailyDigest.Testing.Services;

namespace DailyDigest.EndToEnd.Tests;

/// <summary>A sender that is frozen (SIGSTOP) in the middle of its part, and wakes when another has long had it.</summary>
public sealed class KillFrozenTests(ITestOutputHelper output)
{
    private const int Readers = 600;

    /// <summary>Whether the lease really passes, which takes a minute.</summary>
    public static TheoryData<bool> Ways => KillRig.Long ? [false, true] : [false];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>
    /// In short the other's clock and store are a lease and a half ahead, so that nobody waits; the frozen one then wakes and believes its lease good,
    /// which is worse than life: only the fence is left. In long the lease passes, on everybody's clock.
    /// </summary>
    [Theory]
    [MemberData(nameof(Ways))]
    public async Task A_frozen_owner_commits_nothing_when_it_wakes_and_doubles_only_what_was_in_doubt(bool passes)
    {
        await using var rig = await KillRig.StartAsync(Readers, TimeSpan.FromMilliseconds(20), Cancellation);
        rig.Settings["Delivery__Lease"] = passes ? "00:00:30" : "00:10:00";
        await using var frozen = rig.Start([]);
        await rig.Smtp.WaitForAsync(50, Cancellation);
        await frozen.FreezeAsync(Cancellation);
        for (var more = 55; !rig.CanWrite(); more += 5)
        {
            // Frozen in the middle of a commit it holds the file's lock, and nobody can write until it wakes or is killed.
            await frozen.ThawAsync(Cancellation);
            await rig.Smtp.WaitForAsync(more, Cancellation);
            await frozen.FreezeAsync(Cancellation);
        }

        var doubtful = (await rig.LedgerAsync(Cancellation)).Where(row => row.State == DeliveryState.Attempting).Select(rig.Address).ToHashSet();
        Assert.InRange(doubtful.Count, 1, 2 * KillRig.Connections);

        // Frozen it is alive: the other one has to wait for the lease and 30 seconds more.
        rig.Settings["Delivery__Lease"] = "00:00:30";
        if (!passes)
        {
            rig.Advance(TimeSpan.FromSeconds(61));
        }

        await using var other = rig.Start([]);
        await KillRig.LetGoAsync(other, Cancellation);
        var closed = await rig.LedgerAsync(Cancellation);
        Assert.Equal(RunState.Closed, (await rig.RunAsync(Cancellation))!.State);
        await frozen.ThawAsync(Cancellation);
        await KillRig.LetGoAsync(frozen, Cancellation);
        await rig.Smtp.WaitUntilQuietAsync(Cancellation);

        Assert.Equal(closed.Select(row => row.ETag), (await rig.LedgerAsync(Cancellation)).Select(row => row.ETag));
        Assert.All(closed, row => Assert.Equal(DeliveryState.Sent, row.State));
        Assert.Equal(doubtful.Order(), closed.Where(row => row.Crashes > 0).Select(rig.Address).Order());
        var doubled = rig.Smtp.Messages.GroupBy(message => message.To.Single()).Where(group => group.Count() > 1).Select(group => group.Key).ToList();
        Assert.Subset(doubtful, doubled.ToHashSet());
        Assert.Equal(Readers, rig.Smtp.Messages.DistinctBy(message => message.To.Single()).Count());
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{doubtful.Count} in doubt, {doubled.Count} doubles, {rig.Smtp.Messages.Count} messages"));
    }
}

using System.Globalization;
using DailyDigest.EndToEnd.Tests.Fixtures;
using DailyDigest.Runs;
using DailyDigest.Testing.Services;

namespace DailyDigest.EndToEnd.Tests;

/// <summary>A sender that is frozen (SIGSTOP) in the middle of its part, and wakes when another has long had it.</summary>
public sealed class KillFrozenTests(ITestOutputHelper output)
{
    private const int Readers = 600;

    /// <summary>Whether the lease really passes, which takes a minute.</summary>
    public static TheoryData<bool> Ways => KillFixture.Long ? [false, true] : [false];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>
    /// In short the other's clocks and store are a lease and a half ahead, so that nobody waits; the frozen one then wakes and believes its
    /// lease good, which is worse than life: only the fence is left. In long the lease passes, on everybody's clock.
    /// </summary>
    [Theory]
    [MemberData(nameof(Ways))]
    public async Task A_frozen_owner_commits_nothing_when_it_wakes_and_doubles_only_what_was_in_doubt(bool passes)
    {
        await using var fixture = await KillFixture.StartAsync(Readers, TimeSpan.FromMilliseconds(20), Cancellation);
        fixture.Settings["Delivery__Lease"] = passes ? "00:00:30" : "00:10:00";
        await using var frozen = fixture.Start([]);
        await fixture.Smtp.WaitForAsync(50, Cancellation);
        await frozen.FreezeAsync(Cancellation);
        for (var more = 55; !fixture.CanWrite(); more += 5)
        {
            // Frozen in the middle of a commit it holds the file's lock, and nobody can write until it wakes or is killed.
            await frozen.ThawAsync(Cancellation);
            await fixture.Smtp.WaitForAsync(more, Cancellation);
            await frozen.FreezeAsync(Cancellation);
        }

        var doubtful = (await fixture.LedgerAsync(Cancellation)).Where(row => row.State == DeliveryState.Attempting).Select(
            fixture.Address).ToHashSet();
        Assert.InRange(doubtful.Count, 1, 2 * KillFixture.Connections);

        // Frozen it is alive: the other one has to wait for the lease and 30 seconds more.
        fixture.Settings["Delivery__Lease"] = "00:00:30";
        string[] ahead = [];
        if (!passes)
        {
            fixture.Advance(TimeSpan.FromSeconds(61));
            ahead = ["--boot-shift", "61"];
        }

        await using var other = fixture.Start(ahead);
        await KillFixture.EndedAsync(other, Cancellation);
        var closed = await fixture.LedgerAsync(Cancellation);
        Assert.Equal(RunState.Closed, (await fixture.RunAsync(Cancellation))!.State);
        await frozen.ThawAsync(Cancellation);
        await KillFixture.EndedAsync(frozen, Cancellation);
        await fixture.Smtp.WaitUntilQuietAsync(Cancellation);

        Assert.Equal(closed.Select(row => row.ETag), (await fixture.LedgerAsync(Cancellation)).Select(row => row.ETag));
        Assert.All(closed, row => Assert.Equal(DeliveryState.Sent, row.State));
        Assert.Equal(doubtful.Order(), closed.Where(row => row.Crashes > 0).Select(fixture.Address).Order());
        var doubled = fixture.Smtp.Messages.GroupBy(message => message.To.Single()).Where(group => group.Count() > 1).Select(
            group => group.Key).ToList();
        Assert.Subset(doubtful, doubled.ToHashSet());
        Assert.Equal(Readers, fixture.Smtp.Messages.DistinctBy(message => message.To.Single()).Count());
        output.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{doubtful.Count} in doubt, {doubled.Count} doubles, {fixture.Smtp.Messages.Count} messages"));
    }
}

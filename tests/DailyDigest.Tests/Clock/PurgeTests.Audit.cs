using DailyDigest.Accounts;
using DailyDigest.Tests.Fixtures;

namespace DailyDigest.Tests.Clock;

/// <summary>The record of changes: 24 months, in both of its places.</summary>
public sealed partial class PurgeTests
{
    [Fact]
    public async Task A_change_goes_when_its_month_is_older_than_24_months()
    {
        var fixture = await DeliveredAsync(("Delivery:KeepDays", "20"));
        var audit = fixture.Program.Get<AuditLog>();
        foreach (var subject in (string[])["first", "second", "first", "no/key"])
        {
            await audit.WriteAsync(Actor.CommandLine, "feed.add", subject, null, null, DeliveryFixture.Cancellation);
        }

        await PassAsync(fixture, new DateOnly(2028, 3, 31));
        Assert.Equal(2, (await audit.ListOfAsync("first", 10, DeliveryFixture.Cancellation)).Count);
        await audit.WriteAsync(Actor.CommandLine, "feed.add", "first", null, null, DeliveryFixture.Cancellation);

        await PassAsync(fixture, new DateOnly(2028, 4, 1));
        Assert.Single(await audit.ListOfAsync("first", 10, DeliveryFixture.Cancellation));
        Assert.Empty(await audit.ListOfAsync("second", 10, DeliveryFixture.Cancellation));
        Assert.DoesNotContain(
            fixture.Tables.Everything, one => one.Table == Storage.Tables.Audit && one.Partition == "2026-03");
        Assert.Single((await audit.ListAsync(null, null, null, 100, DeliveryFixture.Cancellation)).Entries);
    }
}

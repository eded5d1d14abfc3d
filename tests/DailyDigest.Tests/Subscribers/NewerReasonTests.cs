using DailyDigest.Storage;
using DailyDigest.Subscribers;
using DailyDigest.Tests.Fixtures;

namespace DailyDigest.Tests.Subscribers;

/// <summary>A machine of a newer version writes beside this one during an upgrade.</summary>
public sealed class NewerReasonTests
{
    [Theory]
    [InlineData("Sanctioned")]
    [InlineData("7")]
    public async Task An_address_that_a_newer_version_suppressed_is_not_mailed(string reason)
    {
        var fixture = new DeliveryFixture();
        var hash = new string('a', 64);
        await fixture.Tables.WriteAsync(
            Tables.Addresses, hash[..2], TableWrite.Insert(new TableRow(hash) { { "reason", reason } }), DeliveryFixture.Cancellation);

        Assert.Equal(
            Suppression.Blocked, (await fixture.Program.Get<AddressStore>().GetAsync(hash, DeliveryFixture.Cancellation)).Reason);
    }
}

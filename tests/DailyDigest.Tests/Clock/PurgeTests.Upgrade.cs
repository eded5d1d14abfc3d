using DailyDigest.Calendar;
using DailyDigest.Mailing;
using DailyDigest.Returns;
using DailyDigest.Storage;
using DailyDigest.Subscribers;
using DailyDigest.Tests.Fixtures;

namespace DailyDigest.Tests.Clock;

/// <summary>An earlier version beside this one, or after it: it leaves out what it does not know, and the purge makes up for it.</summary>
public sealed partial class PurgeTests
{
    [Fact]
    public async Task Reports_go_too_after_a_version_that_does_not_know_them_did_the_purge()
    {
        var fixture = await DeliveredAsync(("Delivery:KeepDays", "20"));
        var report = new ReturnEvent("mailbox", "1", ReturnKind.AutoReply) { Arrived = fixture.Time.GetUtcNow() };
        await fixture.Program.Get<SettleReturn>().ExecuteAsync(report, DeliveryFixture.Cancellation);
        var day = fixture.Today;
        await PassAsync(fixture, day.AddDays(10));

        var known = (await fixture.Tables.GetAsync(Storage.Tables.Facts, "purge", "progress", DeliveryFixture.Cancellation))!;
        var written = new TableRow(known.Key);
        foreach (var (name, value) in known.Where(property => !property.Key.StartsWith("return", StringComparison.Ordinal)))
        {
            written.Add(name, value);
        }

        written.Add("pass", day.AddDays(30).Text());
        written.Add("ledger", day.AddDays(10).Text());
        await fixture.Tables.WriteAsync(
            Storage.Tables.Facts, "purge", TableWrite.Update(written, known.ETag!), DeliveryFixture.Cancellation);
        Assert.Equal(known.Properties.Count - 2, written.Properties.Count);

        await PassAsync(fixture, day.AddDays(31));
        Assert.DoesNotContain(
            fixture.Tables.Everything, one => one.Table == Storage.Tables.Returns && one.Row.Key[0] != '$');
        await PassAsync(fixture, day.AddDays(401));
        Assert.DoesNotContain(fixture.Tables.Everything, one => one.Table == Storage.Tables.Returns);
    }

    [Fact]
    public async Task The_suppression_list_follows_what_a_version_without_it_wrote()
    {
        var fixture = await DeliveredAsync();
        var addresses = fixture.Program.Get<AddressStore>();
        var digest = AddressDigest.AllOf(Address("hash@example.com"))[0];
        await addresses.Suppressions.AddAsync(
            new SuppressionEntry(
                fixture.Program.Get<AddressHash>().OfDigest(digest), Suppression.Unsubscribed, fixture.Time.GetUtcNow(), "list", digest),
            DeliveryFixture.Cancellation);
        await ChangeAsync("kept@example.com", Suppression.Bounced);
        await ChangeAsync("lifted@example.com", Suppression.Bounced);
        await ChangeAsync("worse@example.com", Suppression.Bounced);

        await WriteEarlierAsync("lifted@example.com", null);
        await WriteEarlierAsync("worse@example.com", "Complained");
        await WriteEarlierAsync("new@example.com", "Erased");
        await PassAsync(fixture, First.AddDays(3));

        Assert.Equal(
            [Suppression.Unsubscribed, Suppression.Bounced, Suppression.Complained, Suppression.Erased],
            (await addresses.Suppressions.ListAsync(null, 10, DeliveryFixture.Cancellation)).Select(entry => entry.Reason).Order());

        static EmailAddress Address(string text) =>
            EmailAddress.TryParse(text, out var address) ? address : throw new FormatException(text);

        string Hash(string text) => fixture.Program.Get<AddressHash>().Of(Address(text));

        Task ChangeAsync(string text, Suppression reason) =>
            addresses.ChangeAsync(Hash(text), row => row with { Reason = reason }, DeliveryFixture.Cancellation);

        async Task WriteEarlierAsync(string text, string? reason)
        {
            var (hash, row) = (Hash(text), new TableRow(Hash(text)) { { "reason", reason } });
            Assert.True((await fixture.Tables.WriteAsync(
                Storage.Tables.Addresses, hash[..2], TableWrite.Upsert(row), DeliveryFixture.Cancellation)).IsDone);
        }
    }
}

using DailyDigest.Storage;
using DailyDigest.Subscribers;
using DailyDigest.Tests.Fixtures;

namespace DailyDigest.Tests.Subscribers;

/// <summary>Helpers for a reader who moves to a new address that another reader may hold.</summary>
internal static class Moves
{
    public const string Old = "reader@example.com";
    public const string New = "Reader.New@example.org";
    public static readonly ConsentPage Page = new("new address page", "en", "0123456789abcdef");

    public static async Task<NewAddressOutcome> ConfirmAsync(SubscriberFixture fixture, string id)
    {
        var person = (await fixture.Subscribers.GetAsync(id, CancellationToken.None))?.Subscriber;
        var address = person?.NewAddress?.Address ?? New;
        return await fixture.ConfirmAddress.ExecuteAsync(
            id, fixture.Hash.Tag(SubscriberFixture.Address(address)), Page, CancellationToken.None);
    }

    public static async Task PrepareAsync(SubscriberFixture fixture, string kind)
    {
        switch (kind)
        {
            case "pending":
                await fixture.SignedUpAsync(New);
                break;
            case "active":
                await fixture.SubscribedAsync(New);
                break;
            case "former":
                await fixture.Unsubscribe.ExecuteAsync((await fixture.SubscribedAsync(New)).Id, CancellationToken.None);
                break;
            case "complained":
                await fixture.SubscribedAsync(New);
                await fixture.Suppress.ExecuteAsync(SubscriberFixture.Address(New), Suppression.Complained, CancellationToken.None);
                break;
            case "blocked":
                await fixture.Suppress.ExecuteAsync(SubscriberFixture.Address(New), Suppression.Blocked, CancellationToken.None);
                break;
            case "erased":
                await fixture.SubscribedAsync(New);
                await fixture.Erase.ExecuteAsync(SubscriberFixture.Address(New), CancellationToken.None);
                break;
        }

        await fixture.SendNotices.ExecuteAsync(CancellationToken.None);
        fixture.Box.Letters.Clear();
    }

    public static Task<AddressRow> RowAsync(SubscriberFixture fixture, string address) =>
        fixture.Addresses.GetAsync(fixture.Hash.Of(SubscriberFixture.Address(address)), CancellationToken.None);

    public static async Task<List<Subscriber>> ActiveAsync(SubscriberFixture fixture)
    {
        var active = new List<Subscriber>();
        await foreach (var person in fixture.Subscribers.ScanAsync(null, CancellationToken.None))
        {
            if (person.Status == SubscriberStatus.Active)
            {
                active.Add(person);
            }
        }

        return active;
    }

    public static async Task<int> CountAsync(SubscriberFixture fixture)
    {
        var count = 0;
        await foreach (var _ in fixture.Subscribers.ScanAsync(null, CancellationToken.None))
        {
            count++;
        }

        return count;
    }
}

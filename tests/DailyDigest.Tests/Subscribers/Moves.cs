using DailyDigest.Storage;
using DailyDigest.Subscribers;

namespace DailyDigest.Tests.Subscribers;

/// <summary>A reader who moves, and who may be in the way.</summary>
internal static class Moves
{
    public const string Old = "reader@example.com";
    public const string New = "Reader.New@example.org";
    public static readonly Shown Page = new("new address page", "en", "0123456789abcdef");

    public static async Task<NewAddressOutcome> ConfirmAsync(House house, string id)
    {
        var person = (await house.Subscribers.GetAsync(id, CancellationToken.None))?.Subscriber;
        var address = person?.NewAddress?.Address ?? New;
        return await house.ConfirmAddress.ExecuteAsync(id, house.Hash.Tie(House.Address(address)), Page, CancellationToken.None);
    }

    public static async Task PrepareAsync(House house, string kind)
    {
        switch (kind)
        {
            case "pending":
                await house.SignedUpAsync(New);
                break;
            case "active":
                await house.SubscribedAsync(New);
                break;
            case "former":
                await house.Unsubscribe.ExecuteAsync((await house.SubscribedAsync(New)).Id, CancellationToken.None);
                break;
            case "complained":
                await house.SubscribedAsync(New);
                await house.Suppress.ExecuteAsync(House.Address(New), Suppression.Complained, CancellationToken.None);
                break;
            case "blocked":
                await house.Suppress.ExecuteAsync(House.Address(New), Suppression.Blocked, CancellationToken.None);
                break;
            case "erased":
                await house.SubscribedAsync(New);
                await house.Erase.ExecuteAsync(House.Address(New), CancellationToken.None);
                break;
        }

        await house.SendNotices.ExecuteAsync(CancellationToken.None);
        house.Box.Letters.Clear();
    }

    public static Task<AddressRow> RowAsync(House house, string address) =>
        house.Addresses.GetAsync(house.Hash.Of(House.Address(address)), CancellationToken.None);

    public static async Task<List<Subscriber>> ActiveAsync(House house)
    {
        var active = new List<Subscriber>();
        await foreach (var person in house.Subscribers.ScanAsync(null, CancellationToken.None))
        {
            if (person.Status == SubscriberStatus.Active)
            {
                active.Add(person);
            }
        }

        return active;
    }

    public static async Task<int> CountAsync(House house)
    {
        var count = 0;
        await foreach (var _ in house.Subscribers.ScanAsync(null, CancellationToken.None))
        {
            count++;
        }

        return count;
    }
}

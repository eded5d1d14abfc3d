using DailyDigest.Mailing;
using DailyDigest.Subscribers;

namespace DailyDigest.Server.Commands;

/// <summary>A reader given by id, by the beginning of an id, or by address.</summary>
internal sealed record ReaderName(string? Id, EmailAddress? Address)
{
    /// <summary>Hex digits of an id.</summary>
    public const int IdLength = SubscriberStore.IdLength;

    /// <summary>Reads an id, its beginning, or an address; null for anything else.</summary>
    public static ReaderName? Parse(string text) =>
        ShortId.IsPrefix(text, IdLength) ? new ReaderName(text, null)
        : EmailAddress.TryParse(text, out var address) ? new ReaderName(null, address) : null;

    /// <summary>The reader's id. If there is none, or more than one, writes an error and returns null.</summary>
    public async Task<string?> FindAsync(IServiceProvider services, Terminal terminal, CancellationToken cancellationToken)
    {
        if (Address is { } address)
        {
            var (subscriber, reason) = await services.GetRequiredService<FindSubscriber>().ExecuteAsync(address, cancellationToken);
            if (subscriber is null)
            {
                await terminal
                    .ErrorAsync("There is no subscriber with this address"
                        + (reason is { } why ? $"; it is suppressed ({Format.Name(why)})." : "."));
            }

            return subscriber?.Id;
        }

        // The deliveries of a reader who was erased stay under the whole id.
        if (Id is not { Length: < IdLength } prefix)
        {
            return Id;
        }

        var found = await services.GetRequiredService<SubscriberStore>().FindIdsAsync(prefix, 2, cancellationToken);
        if (found.Count != 1)
        {
            await terminal.ErrorAsync(found.Count == 0
                ? $"There is no subscriber whose id begins with {prefix}." : ShortId.Ambiguous(prefix, "subscribers"));
        }

        return found.Count == 1 ? found[0] : null;
    }

    /// <summary>The reader. If there is none, writes an error and returns null.</summary>
    public async Task<Subscriber?> ReadAsync(IServiceProvider services, Terminal terminal, CancellationToken cancellationToken)
    {
        if (await FindAsync(services, terminal, cancellationToken) is not { } id)
        {
            return null;
        }

        var stored = await services.GetRequiredService<SubscriberStore>().GetAsync(id, cancellationToken);
        if (stored is null or { Subscriber.Status: SubscriberStatus.Erased })
        {
            await terminal.ErrorAsync("There is no subscriber with this id.");
            return null;
        }

        return stored.Subscriber;
    }
}

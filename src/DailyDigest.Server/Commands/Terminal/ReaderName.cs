using DailyDigest.Mailing;
using DailyDigest.Subscribers;

namespace DailyDigest.Server.Commands;

/// <summary>A reader given by id or by address.</summary>
internal sealed record ReaderName(string? Id, EmailAddress? Address)
{
    /// <summary>The reader's id. If no subscriber has the address, writes an error and returns null.</summary>
    public async Task<string?> FindAsync(IServiceProvider services, Terminal terminal, CancellationToken cancellationToken)
    {
        if (Address is not { } address)
        {
            return Id;
        }

        var (subscriber, reason) = await services.GetRequiredService<FindSubscriber>().ExecuteAsync(address, cancellationToken);
        if (subscriber is null)
        {
            await terminal
                .ErrorAsync("There is no subscriber with this address"
                    + (reason is { } why ? $"; it is suppressed ({Format.Name(why)})." : "."));
        }

        return subscriber?.Id;
    }
}

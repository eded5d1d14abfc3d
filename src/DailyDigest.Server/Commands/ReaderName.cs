using DailyDigest.Mailing;
using DailyDigest.Subscribers;

namespace DailyDigest.Server.Commands;

/// <summary>A reader as an operator names one: by id, or by address.</summary>
internal sealed record ReaderName(string? Id, EmailAddress? Address)
{
    /// <summary>The reader's id; null, after a line of trouble, if nobody has the address.</summary>
    public async Task<string?> FindAsync(IServiceProvider services, Terminal terminal, CancellationToken cancellationToken)
    {
        if (Address is not { } address)
        {
            return Id;
        }

        var (subscriber, reason) = await services.GetRequiredService<FindSubscriber>().ExecuteAsync(address, cancellationToken);
        if (subscriber is null)
        {
            await terminal.ErrorAsync("Nobody with this address is known" + (reason is { } why ? $"; it is suppressed ({Said.Word(why)})." : "."));
        }

        return subscriber?.Id;
    }
}

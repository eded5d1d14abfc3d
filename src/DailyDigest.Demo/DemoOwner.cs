using System.Buffers.Text;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using DailyDigest.Accounts;
using DailyDigest.Mailing;
using Microsoft.AspNetCore.Http;

namespace DailyDigest.Demo;

/// <summary>
/// The owner of the desk in the demonstration: an account without a password. The terminal shows a link with a token of this process, which
/// signs in a browser on this machine.
/// </summary>
internal sealed class DemoOwner(InviteAccount invite, AcceptInvitation accept, AccountStore accounts)
{
    private const string Name = "Owner of the demonstration";
    private const string Address = "owner@example.com";

    private readonly string token = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));

    /// <summary>Makes the account if nobody has one. Returns the token; null if somebody else made the accounts.</summary>
    public async Task<string?> PrepareAsync(CancellationToken cancellationToken)
    {
        if (await invite.FirstOwnerAsync(cancellationToken) is { } link)
        {
            // No password has an empty hash.
            await accept.ExecuteAsync(link[(link.LastIndexOf('/') + 1)..], Name, Address, "", cancellationToken);
        }

        return await GetAsync(cancellationToken) is null ? null : token;
    }

    /// <summary>
    /// The account, if the token is right, and the browser is on this machine and asked this machine, not through a proxy; null otherwise.
    /// </summary>
    public async Task<Account?> FindAsync(HttpContext context, string given, CancellationToken cancellationToken) =>
        IsHere(context.Connection.RemoteIpAddress) && IsHere(context.Connection.LocalIpAddress) && IsHere(context.Request)
            && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(given), Encoding.UTF8.GetBytes(token))
                ? await GetAsync(cancellationToken) : null;

    private async Task<Account?> GetAsync(CancellationToken cancellationToken) =>
        EmailAddress.TryParse(Address, out var address)
            && await accounts.GetAsync(accounts.IdOf(address), cancellationToken) is { State: AccountState.Active } account
                ? account : null;

    private static bool IsHere(HttpRequest request) =>
        !request.Headers.ContainsKey("X-Forwarded-For") && !request.Headers.ContainsKey("Forwarded")
            && (request.Host.Host is "localhost" || (IPAddress.TryParse(request.Host.Host, out var address) && IsHere(address)));

    private static bool IsHere(IPAddress? address) => address is not null && IPAddress.IsLoopback(address);
}

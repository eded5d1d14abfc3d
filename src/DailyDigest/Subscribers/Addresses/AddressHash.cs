using System.Net;
using System.Security.Cryptography;
using System.Text;
using DailyDigest.Mailing;

namespace DailyDigest.Subscribers;

/// <summary>Keyed hashes (HMAC-SHA256 under <c>Identity__Key</c>): what is stored where the thing itself must not be.</summary>
public sealed class AddressHash(IdentityOptions options)
{
    private readonly byte[] key = options.Bytes();

    /// <summary>64 lower-case hex digits that stand for the normalised address.</summary>
    public string Of(EmailAddress address) => Hash("address\n" + address.Normalized);

    /// <summary>16 lower-case hex digits that tie a link or a notice to the address; of another kind than <see cref="Of"/>, which they do not give away.</summary>
    public string Tie(EmailAddress address) => Hash("tie\n" + address.Normalized)[..16];

    /// <summary>16 lower-case hex digits that stand for the client's network (IPv4 /24, IPv6 /56); null for an unknown client.</summary>
    public string? OfNetwork(IPAddress? client)
    {
        if (client is null)
        {
            return null;
        }

        var bytes = (client.IsIPv4MappedToIPv6 ? client.MapToIPv4() : client).GetAddressBytes();
        var kept = bytes.Length == 4 ? 3 : 7;
        return Hash($"network\n{Convert.ToHexString(bytes, 0, kept)}")[..16];
    }

    /// <summary>16 lower-case hex digits by which the key is recognised.</summary>
    public string Fingerprint => Hash("fingerprint")[..16];

    private string Hash(string text) => Convert.ToHexStringLower(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(text)));
}

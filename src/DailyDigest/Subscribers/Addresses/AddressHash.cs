using System.Net;
using System.Security.Cryptography;
using System.Text;
using DailyDigest.Mailing;

namespace DailyDigest.Subscribers;

/// <summary>Keyed hashes (HMAC-SHA256 with <c>Identity__Key</c>), stored where the address or network itself must not be stored.</summary>
public sealed class AddressHash(IdentityOptions options)
{
    private readonly byte[] key = options.Bytes();

    /// <summary>The hash of the normalized address: 64 lower-case hex digits.</summary>
    public string Of(EmailAddress address) => Hash("address\n" + address.Normalized);

    /// <summary>The hash of an unkeyed hash of an address: 64 lower-case hex digits.</summary>
    public string OfDigest(AddressDigest digest) => Hash($"{digest.Kind}\n{digest.Hex}");

    /// <summary>True if the text is an address with this hash.</summary>
    public bool Matches(string? text, string addressHash) => EmailAddress.TryParse(text, out var address) && Of(address) == addressHash;

    /// <summary>The hash of a subscriber's id: 64 lower-case hex digits.</summary>
    public string OfSubscriber(string id) => Hash("subscriber\n" + id);

    /// <summary>16 lower-case hex digits that bind a link or a notice to the address. They do not reveal <see cref="Of"/>.</summary>
    public string Tag(EmailAddress address) => Hash("tie\n" + address.Normalized)[..16];

    /// <summary>The hash of the client's network (IPv4 /24, IPv6 /56): 16 lower-case hex digits; null for an unknown client.</summary>
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

    /// <summary>The hash of the first bytes of an address, for a network of that size.</summary>
    public string OfPrefix(IPAddress client, int bytes) =>
        Hash($"network\n{Convert.ToHexString(client.GetAddressBytes(), 0, bytes)}")[..16];

    /// <summary>The hash of a folded mailbox (<see cref="Mailbox.Fold"/>): 32 lower-case hex digits.</summary>
    public string OfMailbox(string folded) => Hash("mailbox\n" + folded)[..32];

    /// <summary>The hash of the domain of addresses: 32 lower-case hex digits.</summary>
    public string OfMailDomain(string domain) => Hash("mail domain\n" + domain)[..32];

    /// <summary>12 lower-case hex digits that tell notices of a day apart.</summary>
    public string OfNotice(string key) => Hash("notice\n" + key)[..12];

    /// <summary>16 lower-case hex digits that identify the key.</summary>
    public string Fingerprint => Hash("fingerprint")[..16];

    private string Hash(string text) => Convert.ToHexStringLower(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(text)));
}

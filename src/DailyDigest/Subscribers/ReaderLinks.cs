using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;

namespace DailyDigest.Subscribers;

/// <summary>What a link lets its holder do.</summary>
public enum LinkPurpose : byte
{
    /// <summary>Confirm a sign-up; 48 hours.</summary>
    Confirm = 1,

    /// <summary>Unsubscribe; 400 days.</summary>
    Unsubscribe = 2,

    /// <summary>See and change the preferences; 400 days.</summary>
    Preferences = 3,
}

/// <summary>
/// The personal links in mails. The token is base64url of: key id (1 byte: the first of SHA-256 of the key), purpose (1), minute of issue since
/// 1970 (4), subscriber (16), the first 16 bytes of HMAC-SHA256 over those. Nothing of the address is in it.
/// </summary>
public sealed class ReaderLinks
{
    private const int SignedLength = 22;
    private const int TokenLength = SignedLength + 16;
    private static readonly int TextLength = Base64Url.GetEncodedLength(TokenLength);

    private readonly TimeProvider time;
    private readonly (byte Id, byte[] Key)[] keys;
    private readonly string confirm;
    private readonly string unsubscribe;
    private readonly string preferences;

    /// <summary>Links under the publication's base URL.</summary>
    public ReaderLinks(Publication publication, LinksOptions options, TimeProvider time)
    {
        this.time = time;
        keys = [.. options.Bytes().Select(key => (SHA256.HashData(key)[0], key))];
        (confirm, unsubscribe, preferences) =
            (publication.BaseUrl + "/confirm/", publication.BaseUrl + "/unsubscribe/", publication.BaseUrl + "/preferences/");
    }

    /// <summary>The page where a sign-up is confirmed.</summary>
    public string Confirm(string subscriberId) => Create(confirm, LinkPurpose.Confirm, subscriberId);

    /// <summary>The page where one unsubscribes, and the target of one-click unsubscribing (RFC 8058).</summary>
    public string Unsubscribe(string subscriberId) => Create(unsubscribe, LinkPurpose.Unsubscribe, subscriberId);

    /// <summary>The page of the preferences.</summary>
    public string Preferences(string subscriberId) => Create(preferences, LinkPurpose.Preferences, subscriberId);

    /// <summary>How long a link of the purpose works.</summary>
    public static TimeSpan Age(LinkPurpose purpose) => purpose == LinkPurpose.Confirm ? TimeSpan.FromHours(48) : TimeSpan.FromDays(400);

    /// <summary>Reads a token. False, without saying which, for one that is forged, cut, too old, of another purpose or of an unknown key.</summary>
    public bool TryRead(LinkPurpose purpose, string? token, out string subscriberId)
    {
        subscriberId = "";
        Span<byte> bytes = stackalloc byte[TokenLength];
        if (token is null || token.Length != TextLength || !Base64Url.IsValid(token)
            || !Base64Url.TryDecodeFromChars(token, bytes, out var length) || length != TokenLength)
        {
            return false;
        }

        Span<byte> mac = stackalloc byte[32];
        var signed = false;
        foreach (var (id, key) in keys)
        {
            if (id == bytes[0])
            {
                HMACSHA256.HashData(key, bytes[..SignedLength], mac);
                signed |= CryptographicOperations.FixedTimeEquals(mac[..16], bytes[SignedLength..]);
            }
        }

        var issued = DateTimeOffset.UnixEpoch.AddMinutes(BinaryPrimitives.ReadUInt32BigEndian(bytes[2..]));
        var age = time.GetUtcNow() - issued;

        // Machines' clocks differ by a little; a link from tomorrow was not made by one of them.
        if (!signed || bytes[1] != (byte)purpose || age > Age(purpose) || age < TimeSpan.FromMinutes(-10))
        {
            return false;
        }

        subscriberId = Convert.ToHexStringLower(bytes[6..SignedLength]);
        return true;
    }

    private string Create(string prefix, LinkPurpose purpose, string subscriberId)
    {
        Span<byte> bytes = stackalloc byte[TokenLength];
        Span<byte> mac = stackalloc byte[32];
        bytes[0] = keys[0].Id;
        bytes[1] = (byte)purpose;
        BinaryPrimitives.WriteUInt32BigEndian(bytes[2..], (uint)(time.GetUtcNow().ToUnixTimeSeconds() / 60));
        if (subscriberId.Length != 32 || Convert.FromHexString(subscriberId, bytes[6..SignedLength], out _, out _) != System.Buffers.OperationStatus.Done)
        {
            throw new ArgumentException("A subscriber's id has 32 hex digits.", nameof(subscriberId));
        }

        HMACSHA256.HashData(keys[0].Key, bytes[..SignedLength], mac);
        mac[..16].CopyTo(bytes[SignedLength..]);
        Span<char> token = stackalloc char[TextLength];
        Base64Url.EncodeToChars(bytes, token);
        return string.Concat(prefix, token);
    }
}

using System.Buffers.Binary;
using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using DailyDigest.Settings;

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

    /// <summary>Confirm a new address; 48 hours.</summary>
    NewAddress = 4,
}

/// <summary>What a link says.</summary>
/// <param name="SubscriberId">Whose it is.</param>
/// <param name="Tie">Of the address that it went to; empty for purposes that know none.</param>
/// <param name="Version">The subscriber's version when it was made; 0 where that is not said.</param>
public readonly record struct ReaderLink(string SubscriberId, string Tie, long Version)
{
    /// <summary>
    /// True for a link that was made before the subscriber moved to the present address. Whoever has the former one may end the subscription, since it
    /// was theirs, and nothing else: nobody but the owner of an address brings a digest to it or looks at what is held about it.
    /// </summary>
    public bool EndsOnly(Subscriber person) => Tie.Length == 0 && Version < person.AddressVersion;
}

/// <summary>
/// The personal links in mails. The token is base64url of: key id (1 byte: the first of SHA-256 of the key), purpose (1), minute of issue since
/// 1970 (4), subscriber (16), the subscriber's version (4), the first 16 bytes of HMAC-SHA256 over those. Nothing of the address is in it. In a link that
/// confirms a new address 8 bytes of a keyed hash stand in place of the version, and tie the link to that address: it went there, and is good for no
/// other. The version is that of what the mail was made from, so that one that was under way to an address when its subscriber moved knows no more.
/// </summary>
public sealed class ReaderLinks
{
    private const int SignedLength = 22;
    private const int TieLength = 8;
    private const int VersionLength = 4;
    private const int MacLength = 16;
    private const int MostLength = SignedLength + TieLength + MacLength;

    private readonly TimeProvider time;
    private readonly (byte Id, byte[] Key)[] keys;
    private readonly string confirm;
    private readonly string unsubscribe;
    private readonly string preferences;
    private readonly string newAddress;

    /// <summary>Links under the publication's base URL.</summary>
    public ReaderLinks(Publication publication, LinksOptions options, TimeProvider time)
    {
        this.time = time;
        keys = [.. options.Bytes().Select(key => (SHA256.HashData(key)[0], key))];
        var root = publication.BaseUrl;
        (confirm, unsubscribe, preferences, newAddress) = (root + "/confirm/", root + "/unsubscribe/", root + "/preferences/", root + "/address/");
    }

    /// <summary>
    /// The page where a sign-up is confirmed; <paramref name="version"/> is the subscriber's, here as below. Without it a link does after a move what a former
    /// address may: end the subscription.
    /// </summary>
    public string Confirm(string subscriberId, long version = 0) => Create(confirm, LinkPurpose.Confirm, subscriberId, Text(version));

    /// <summary>The page where one unsubscribes, and the target of one-click unsubscribing (RFC 8058).</summary>
    public string Unsubscribe(string subscriberId, long version = 0) => Create(unsubscribe, LinkPurpose.Unsubscribe, subscriberId, Text(version));

    /// <summary>The page of the preferences.</summary>
    public string Preferences(string subscriberId, long version = 0) => Create(preferences, LinkPurpose.Preferences, subscriberId, Text(version));

    /// <summary>The page where a new address is confirmed; <paramref name="tie"/> is its <see cref="AddressHash.Tie"/>.</summary>
    public string NewAddress(string subscriberId, string tie) => Create(newAddress, LinkPurpose.NewAddress, subscriberId, tie);

    /// <summary>How long a link of the purpose works.</summary>
    public static TimeSpan Age(LinkPurpose purpose) =>
        purpose is LinkPurpose.Confirm or LinkPurpose.NewAddress ? TimeSpan.FromHours(48) : TimeSpan.FromDays(400);

    /// <summary>Reads a token. False, without saying which, for one that is forged, cut, too old, of another purpose or of an unknown key.</summary>
    public bool TryRead(LinkPurpose purpose, string? token, out ReaderLink link)
    {
        link = new ReaderLink("", "", 0);
        Span<byte> bytes = stackalloc byte[MostLength];

        // The form before links knew a version. What went out in it lives for 400 days, as was promised: as links of version 0.
        var wanted = Length(purpose) - (token?.Length == Base64Url.GetEncodedLength(SignedLength + MacLength) ? VersionLength : 0);
        if (token is null || token.Length != Base64Url.GetEncodedLength(wanted) || !Base64Url.IsValid(token)
            || !Base64Url.TryDecodeFromChars(token, bytes, out var length) || length != wanted)
        {
            return false;
        }

        var content = bytes[..(wanted - MacLength)];
        Span<byte> mac = stackalloc byte[32];
        var signed = false;
        foreach (var (id, key) in keys)
        {
            if (id == bytes[0])
            {
                HMACSHA256.HashData(key, content, mac);
                signed |= CryptographicOperations.FixedTimeEquals(mac[..MacLength], bytes[content.Length..wanted]);
            }
        }

        var issued = DateTimeOffset.UnixEpoch.AddMinutes(BinaryPrimitives.ReadUInt32BigEndian(bytes[2..]));
        var age = time.GetUtcNow() - issued;

        // Machines' clocks differ by a little; a link from tomorrow was not made by one of them.
        if (!signed || bytes[1] != (byte)purpose || age > Age(purpose) || age < TimeSpan.FromMinutes(-10))
        {
            return false;
        }

        var subscriber = Convert.ToHexStringLower(bytes[6..SignedLength]);
        link = purpose == LinkPurpose.NewAddress
            ? new ReaderLink(subscriber, Convert.ToHexStringLower(content[SignedLength..]), 0)
            : new ReaderLink(subscriber, "", content.Length > SignedLength ? BinaryPrimitives.ReadUInt32BigEndian(content[SignedLength..]) : 0);
        return true;
    }

    private static int Length(LinkPurpose purpose) => SignedLength + (purpose == LinkPurpose.NewAddress ? TieLength : VersionLength) + MacLength;

    private static string Text(long version) => ((uint)Math.Clamp(version, 0, uint.MaxValue)).ToString("x8", CultureInfo.InvariantCulture);

    private string Create(string prefix, LinkPurpose purpose, string subscriberId, string rest)
    {
        Span<byte> bytes = stackalloc byte[Length(purpose)];
        var content = bytes[..^MacLength];
        Span<byte> mac = stackalloc byte[32];
        bytes[0] = keys[0].Id;
        bytes[1] = (byte)purpose;
        BinaryPrimitives.WriteUInt32BigEndian(bytes[2..], (uint)(time.GetUtcNow().ToUnixTimeSeconds() / 60));
        if (subscriberId.Length != 32 || Convert.FromHexString(subscriberId, bytes[6..SignedLength], out _, out _) != System.Buffers.OperationStatus.Done)
        {
            throw new ArgumentException("A subscriber's id has 32 hex digits.", nameof(subscriberId));
        }

        Convert.FromHexString(rest, content[SignedLength..], out _, out _);
        HMACSHA256.HashData(keys[0].Key, content, mac);
        mac[..MacLength].CopyTo(bytes[content.Length..]);
        Span<char> token = stackalloc char[Base64Url.GetEncodedLength(bytes.Length)];
        Base64Url.EncodeToChars(bytes, token);
        return string.Concat(prefix, token);
    }
}

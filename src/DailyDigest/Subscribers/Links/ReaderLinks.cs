using System.Buffers.Binary;
using System.Buffers.Text;
using System.Globalization;
using DailyDigest.Settings;

namespace DailyDigest.Subscribers;

/// <summary>The permissions of the holder of a link.</summary>
public enum LinkPurpose : byte
{
    /// <summary>Confirm a sign-up; 48 hours.</summary>
    Confirm = 1,

    /// <summary>Unsubscribe; 400 days.</summary>
    Unsubscribe = 2,

    /// <summary>
    /// Change hour, zone, days, sections and language, and pause; 400 days. It is in every digest, and a digest may be forwarded. So it
    /// shows nothing of the person, and reaches address and data only through a link that is mailed to the address.
    /// </summary>
    Preferences = 3,

    /// <summary>Confirm a new address; 48 hours.</summary>
    NewAddress = 4,

    /// <summary>See and download the stored data; 30 minutes.</summary>
    Data = 5,

    /// <summary>Ask for another address; 30 minutes.</summary>
    Move = 6,

    /// <summary>Erase everything; 30 minutes.</summary>
    Erase = 7,

    /// <summary>
    /// Take a move back, for <see cref="UndoMove.Days"/> days. The link is valid for 400 days: afterwards its page offers to unsubscribe.
    /// </summary>
    UndoMove = 8,
}

/// <summary>The content of a link.</summary>
/// <param name="SubscriberId">The subscriber.</param>
/// <param name="AddressTag">For a new or a former address: its <see cref="AddressHash.Tag"/>. Empty for other purposes.</param>
/// <param name="Version">The subscriber's version when the link was made; 0 if unknown.</param>
public readonly record struct ReaderLink(string SubscriberId, string AddressTag, long Version)
{
    /// <summary>
    /// True for a link that was made before the subscriber moved to the present address. The owner of the former address may end the
    /// subscription and do nothing else: only the owner of an address may direct a digest to it or see the data about it.
    /// </summary>
    public bool OnlyUnsubscribes(Subscriber person) => AddressTag.Length == 0 && Version < person.AddressVersion;
}

/// <summary>
/// The personal links in mails. A token is base64url of: key id (1 byte), purpose (1), minute of issue since 1970 (4), subscriber (16), the
/// subscriber's version (4), and the first 16 bytes of HMAC-SHA256 over these. It contains nothing of the address.
/// A link that confirms a new address, or takes a move back to a former one, has 8 bytes of <see cref="AddressHash.Tag"/> in place of the
/// version: it is valid for that address only.
/// The version is that of the subscriber row from which the mail was made. A mail in transit during a move therefore has the earlier
/// version.
/// </summary>
public sealed class ReaderLinks
{
    private const int SignedLength = 22;
    private const int TagLength = 8;
    private const int VersionLength = 4;
    private const int MacLength = 16;
    private const int MaxLength = SignedLength + TagLength + MacLength;

    private readonly TimeProvider time;
    private readonly SigningKeys keys;
    private readonly string confirm;
    private readonly string unsubscribe;
    private readonly string preferences;
    private readonly string newAddress;
    private readonly string undoMove;
    private readonly string root;

    /// <summary>Creates links under the publication's base URL.</summary>
    public ReaderLinks(Publication publication, LinksOptions options, TimeProvider time)
    {
        this.time = time;
        keys = new SigningKeys(options);
        root = publication.BaseUrl;
        (confirm, unsubscribe, preferences, newAddress, undoMove) = (
            root + "/confirm/", root + "/unsubscribe/", root + "/preferences/", root + "/address/", root + "/undo-move/");
    }

    /// <summary>
    /// The page where a sign-up is confirmed. <paramref name="version"/> is the subscriber's version, here as below. A link without a
    /// version can only end the subscription after a move.
    /// </summary>
    public string Confirm(string subscriberId, long version = 0) => Create(confirm, LinkPurpose.Confirm, subscriberId, Text(version));

    /// <summary>The page to unsubscribe, and the target of one-click unsubscribe (RFC 8058).</summary>
    public string Unsubscribe(string subscriberId, long version = 0) =>
        Create(unsubscribe, LinkPurpose.Unsubscribe, subscriberId, Text(version));

    /// <summary>The page of the preferences.</summary>
    public string Preferences(string subscriberId, long version = 0) =>
        Create(preferences, LinkPurpose.Preferences, subscriberId, Text(version));

    /// <summary>The page where a new address is confirmed; <paramref name="addressTag"/> is its <see cref="AddressHash.Tag"/>.</summary>
    public string NewAddress(string subscriberId, string addressTag) =>
        Create(newAddress, LinkPurpose.NewAddress, subscriberId, addressTag);

    /// <summary>
    /// The page that takes a move back; <paramref name="addressTag"/> is the former address's <see cref="AddressHash.Tag"/>.
    /// </summary>
    public string UndoMove(string subscriberId, string addressTag) => Create(undoMove, LinkPurpose.UndoMove, subscriberId, addressTag);

    /// <summary>The page for the data, a new address or the erasure, for a mail to the subscriber's address.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The purpose is another one.</exception>
    public string Mailed(LinkPurpose purpose, string subscriberId, long version) => Create(
        root + purpose switch
        {
            LinkPurpose.Data => "/data/",
            LinkPurpose.Move => "/move/",
            LinkPurpose.Erase => "/erase/",
            _ => throw new ArgumentOutOfRangeException(nameof(purpose)),
        },
        purpose, subscriberId, Text(version));

    /// <summary>How long a link is valid.</summary>
    public static TimeSpan Lifetime(LinkPurpose purpose) => purpose switch
    {
        LinkPurpose.Confirm or LinkPurpose.NewAddress => TimeSpan.FromHours(48),
        LinkPurpose.Data or LinkPurpose.Move or LinkPurpose.Erase => TimeSpan.FromMinutes(30),
        _ => TimeSpan.FromDays(400),
    };

    /// <summary>
    /// Reads a token. Returns false for one that is forged, cut, too old, of another purpose or signed with an unknown key.
    /// </summary>
    public bool TryRead(LinkPurpose purpose, string? token, out ReaderLink link)
    {
        link = new ReaderLink("", "", 0);
        Span<byte> bytes = stackalloc byte[MaxLength];

        // The format before links had a version. Such links are valid for 400 days, with version 0.
        var wanted = Length(purpose) - (token?.Length == Base64Url.GetEncodedLength(SignedLength + MacLength) ? VersionLength : 0);
        if (token is null || token.Length != Base64Url.GetEncodedLength(wanted) || !Base64Url.IsValid(token)
            || !Base64Url.TryDecodeFromChars(token, bytes, out var length) || length != wanted)
        {
            return false;
        }

        var content = bytes[..(wanted - MacLength)];
        var signed = keys.FindKey(content, bytes[content.Length..wanted], keyId: bytes[0]) is not null;
        var issued = DateTimeOffset.UnixEpoch.AddMinutes(BinaryPrimitives.ReadUInt32BigEndian(bytes[2..]));
        var age = time.GetUtcNow() - issued;

        // The clocks of machines differ a little. A link with a later issue time is not valid.
        if (!signed || bytes[1] != (byte)purpose || age > Lifetime(purpose) || age < TimeSpan.FromMinutes(-10))
        {
            return false;
        }

        var subscriber = Convert.ToHexStringLower(bytes[6..SignedLength]);
        link = HasTag(purpose)
            ? new ReaderLink(subscriber, Convert.ToHexStringLower(content[SignedLength..]), 0)
            : new ReaderLink(
                subscriber, "", content.Length > SignedLength ? BinaryPrimitives.ReadUInt32BigEndian(content[SignedLength..]) : 0);
        return true;
    }

    private static bool HasTag(LinkPurpose purpose) => purpose is LinkPurpose.NewAddress or LinkPurpose.UndoMove;

    private static int Length(LinkPurpose purpose) => SignedLength + (HasTag(purpose) ? TagLength : VersionLength) + MacLength;

    private static string Text(long version) => ((uint)Math.Clamp(version, 0, uint.MaxValue)).ToString("x8", CultureInfo.InvariantCulture);

    private string Create(string prefix, LinkPurpose purpose, string subscriberId, string rest)
    {
        Span<byte> bytes = stackalloc byte[Length(purpose)];
        var content = bytes[..^MacLength];
        bytes[0] = keys.FirstId;
        bytes[1] = (byte)purpose;
        BinaryPrimitives.WriteUInt32BigEndian(bytes[2..], (uint)(time.GetUtcNow().ToUnixTimeSeconds() / 60));
        if (subscriberId.Length != 32
            || Convert.FromHexString(subscriberId, bytes[6..SignedLength], out _, out _) != System.Buffers.OperationStatus.Done)
        {
            throw new ArgumentException("A subscriber id has 32 hex digits.", nameof(subscriberId));
        }

        Convert.FromHexString(rest, content[SignedLength..], out _, out _);
        keys.Sign(content, bytes[content.Length..]);
        Span<char> token = stackalloc char[Base64Url.GetEncodedLength(bytes.Length)];
        Base64Url.EncodeToChars(bytes, token);
        return string.Concat(prefix, token);
    }
}

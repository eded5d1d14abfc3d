using System.Buffers.Binary;
using System.Globalization;

namespace DailyDigest.Subscribers;

/// <summary>A service mail as its token names it.</summary>
/// <param name="SubscriberId">The subscriber for whom it was requested.</param>
/// <param name="Asked">The second of the request.</param>
/// <param name="Kind">
/// Empty, <see cref="NoticeStore.NewAddressKind"/>, <see cref="NoticeStore.FormerAddressKind"/>, or <see cref="NoticeStore.LinkKind"/> with
/// <c>~</c> and a purpose.
/// </param>
public sealed record NoticeName(string SubscriberId, DateTimeOffset Asked, string Kind);

/// <summary>
/// Tokens in the envelope sender of a service mail, so that a report identifies it. A token (<see cref="AddressToken"/>) encodes the second
/// of the request since 1970 (4 bytes), subscriber (16), kind (1), and the first 9 bytes of HMAC-SHA256 over these, with
/// <see cref="SigningKeys"/> for this use. 72 bits are enough, because each guess is a mail.
/// </summary>
public sealed class NoticeTokens(LinksOptions options)
{
    private const int KindAt = 20;
    private const int SignedLength = 21;
    private const byte NewAddress = 1;
    private const byte FormerAddress = 2;

    // Links have the numbers of their purposes after this.
    private const byte Link = 16;

    private readonly SigningKeys keys = new(options, "envelope sender of a service mail");

    /// <summary>The token of a notice; null for a key that is not one (<see cref="DueNotice.Key"/>).</summary>
    public string? Create(string noticeKey)
    {
        var parts = noticeKey.Split('~');
        Span<byte> bytes = stackalloc byte[AddressToken.Bytes];
        if (parts.Length < 2 || KindOf(parts) is not { } kind || !AddressToken.TryWrite(parts[0], bytes[4..KindAt])
            || !uint.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var asked))
        {
            return null;
        }

        BinaryPrimitives.WriteUInt32BigEndian(bytes, asked);
        bytes[KindAt] = kind;
        keys.Sign(bytes[..SignedLength], bytes[SignedLength..]);
        return AddressToken.Encode(bytes);
    }

    /// <summary>
    /// Reads a token, or an address with a token after its <c>+</c>. Returns null for a token that is forged, cut, made for another use or
    /// signed with an unknown key.
    /// </summary>
    public NoticeName? Read(string? text)
    {
        Span<byte> bytes = stackalloc byte[AddressToken.Bytes];
        return AddressToken.TryRead(text, keys, SignedLength, bytes) && TextOf(bytes[KindAt]) is { } kind
            ? new NoticeName(
                Convert.ToHexStringLower(bytes[4..KindAt]),
                DateTimeOffset.FromUnixTimeSeconds(BinaryPrimitives.ReadUInt32BigEndian(bytes)),
                kind)
            : null;
    }

    private static byte? KindOf(string[] parts) => parts[2..] switch
    {
        [] => 0,
        [NoticeStore.NewAddressKind, ..] => NewAddress,
        [NoticeStore.FormerAddressKind] => FormerAddress,
        [NoticeStore.LinkKind, var text] when Enum.TryParse<LinkPurpose>(text, out var purpose) => (byte)(Link + (byte)purpose),
        _ => null,
    };

    private static string? TextOf(byte kind) => kind switch
    {
        0 => "",
        NewAddress => NoticeStore.NewAddressKind,
        FormerAddress => NoticeStore.FormerAddressKind,
        > Link when Enum.IsDefined((LinkPurpose)(kind - Link)) => $"{NoticeStore.LinkKind}~{(LinkPurpose)(kind - Link)}",
        _ => null,
    };
}

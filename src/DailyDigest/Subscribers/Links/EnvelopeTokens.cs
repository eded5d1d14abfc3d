namespace DailyDigest.Subscribers;

/// <summary>
/// Tokens in the envelope sender of a digest, so that a report identifies the delivery (VERP). A token (<see cref="AddressToken"/>)
/// encodes days since 1970 (2 bytes), subscriber (16), copy (1), and the first 11 bytes of HMAC-SHA256 over these, with
/// <see cref="SigningKeys"/> for this use. It distinguishes copies of a message but not attempts (<see cref="DeliveryRow.Copies"/>).
/// </summary>
public sealed class EnvelopeTokens
{
    /// <summary>Characters of a token.</summary>
    public const int Length = AddressToken.Length;

    /// <summary>Maximum length of a local part that leaves room for <c>+</c> and a token (RFC 5321 4.5.3.1.1).</summary>
    public const int MaxLocalPartLength = 64 - 1 - Length;

    private const int CopyAt = 18;
    private const int SignedLength = 19;

    private readonly SigningKeys keys;

    /// <summary>Creates the tokens with keys derived from those of the links.</summary>
    public EnvelopeTokens(LinksOptions options) => keys = new SigningKeys(options, "envelope sender");

    /// <summary>The token of a copy (0 to 255) of the delivery to the subscriber on the local date (1970 to 2149).</summary>
    /// <exception cref="ArgumentException">The id has not 32 hex digits, or date or copy is out of range.</exception>
    public string Create(DateOnly date, string subscriberId, int copy = 0)
    {
        Span<byte> bytes = stackalloc byte[AddressToken.Bytes];
        if (copy is < 0 or > byte.MaxValue || !AddressToken.TryWrite(date, bytes)
            || !AddressToken.TryWrite(subscriberId, bytes[2..CopyAt]))
        {
            throw new ArgumentException(
                "A token needs a date from 1970 to 2149, a subscriber id of 32 hex digits and a copy from 0 to 255.");
        }

        bytes[CopyAt] = (byte)copy;
        keys.Sign(bytes[..SignedLength], bytes[SignedLength..]);
        return AddressToken.Encode(bytes);
    }

    /// <summary>
    /// Reads a token, or an envelope address with a token after its <c>+</c>. Returns false for a token that is forged, cut, made for
    /// another use or signed with an unknown key. Every text with the length of a token takes the same time.
    /// </summary>
    public bool TryRead(string? text, out DateOnly date, out string subscriberId, out int copy)
    {
        (date, subscriberId, copy) = (default, "", 0);
        Span<byte> bytes = stackalloc byte[AddressToken.Bytes];
        if (!AddressToken.TryRead(text, keys, SignedLength, bytes))
        {
            return false;
        }

        (date, subscriberId, copy) = (AddressToken.Date(bytes), Convert.ToHexStringLower(bytes[2..CopyAt]), bytes[CopyAt]);
        return true;
    }
}

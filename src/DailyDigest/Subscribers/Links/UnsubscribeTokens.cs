using DailyDigest.Calendar;

namespace DailyDigest.Subscribers;

/// <summary>
/// Tokens in the address of unsubscribe requests by mail. A token (<see cref="AddressToken"/>) encodes the day of issue since 1970 (2
/// bytes), subscriber (16), and the first 12 bytes of HMAC-SHA256 over these, with <see cref="SigningKeys"/> for this use. It is valid as
/// long as a link of <see cref="LinkPurpose.Unsubscribe"/>, and for any version of the subscriber: every holder of a digest may end it.
/// </summary>
public sealed class UnsubscribeTokens(LinksOptions options, TimeProvider time)
{
    private const int SignedLength = 18;

    private readonly SigningKeys keys = new(options, "unsubscribe address");

    /// <summary>The token of the subscriber.</summary>
    /// <exception cref="ArgumentException">The id has not 32 hex digits, or the instant is not in 1970 to 2149.</exception>
    public string Create(string subscriberId, DateTimeOffset issued)
    {
        Span<byte> bytes = stackalloc byte[AddressToken.Bytes];
        if (!AddressToken.TryWrite(LocalDates.Utc(issued), bytes)
            || !AddressToken.TryWrite(subscriberId, bytes[2..SignedLength]))
        {
            throw new ArgumentException("A token needs a date from 1970 to 2149 and a subscriber id of 32 hex digits.");
        }

        keys.Sign(bytes[..SignedLength], bytes[SignedLength..]);
        return AddressToken.Encode(bytes);
    }

    /// <summary>
    /// Reads a token, or an address with a token after its <c>+</c>. Returns false for a token that is forged, cut, too old, made for
    /// another use or signed with an unknown key.
    /// </summary>
    public bool TryRead(string? text, out string subscriberId)
    {
        subscriberId = "";
        Span<byte> bytes = stackalloc byte[AddressToken.Bytes];
        if (!AddressToken.TryRead(text, keys, SignedLength, bytes))
        {
            return false;
        }

        // The clocks of machines differ a little.
        var age = LocalDates.Utc(time.GetUtcNow()).DayNumber - AddressToken.Date(bytes).DayNumber;
        subscriberId = Convert.ToHexStringLower(bytes[2..SignedLength]);
        return age >= -1 && age <= ReaderLinks.Lifetime(LinkPurpose.Unsubscribe).TotalDays;
    }
}

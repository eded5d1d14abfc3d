using System.Buffers.Binary;

namespace DailyDigest.Subscribers;

/// <summary>
/// Tokens in the envelope sender of a digest, so that a relay's report identifies the delivery (VERP).
/// A token has 48 characters of lower-case base32, so that mail servers may change the case. It encodes 30 bytes: days since 1970 (2),
/// subscriber (16), copy (1), and the first 11 bytes of HMAC-SHA256 over these, with <see cref="SigningKeys"/> for this use.
/// It contains nothing of the address. It distinguishes copies of a message but not attempts (<see cref="DeliveryRow.Copies"/>).
/// </summary>
public sealed class EnvelopeTokens
{
    /// <summary>Characters of a token.</summary>
    public const int Length = 48;

    /// <summary>Maximum length of a local part that leaves room for <c>+</c> and a token (RFC 5321 4.5.3.1.1).</summary>
    public const int MaxLocalPartLength = 64 - 1 - Length;

    private const string Alphabet = "abcdefghijklmnopqrstuvwxyz234567";
    private const int CopyAt = 18;
    private const int SignedLength = 19;
    private const int MacLength = 11;
    private const int MaxTextLength = 320;
    private static readonly int FirstDay = new DateOnly(1970, 1, 1).DayNumber;

    private readonly SigningKeys keys;

    /// <summary>Creates the tokens with keys derived from those of the links.</summary>
    public EnvelopeTokens(LinksOptions options) => keys = new SigningKeys(options, "envelope sender");

    /// <summary>The token of a copy (0 to 255) of the delivery to the subscriber on the local date (1970 to 2149).</summary>
    /// <exception cref="ArgumentException">The id has not 32 hex digits, or date or copy is out of range.</exception>
    public string Create(DateOnly date, string subscriberId, int copy = 0)
    {
        var day = date.DayNumber - FirstDay;
        Span<byte> bytes = stackalloc byte[SignedLength + MacLength];
        if (day is < 0 or > ushort.MaxValue || copy is < 0 or > byte.MaxValue || subscriberId.Length != 32
            || Convert.FromHexString(subscriberId, bytes[2..CopyAt], out _, out _) != System.Buffers.OperationStatus.Done)
        {
            throw new ArgumentException(
                "A token needs a date from 1970 to 2149, a subscriber id of 32 hex digits and a copy from 0 to 255.");
        }

        BinaryPrimitives.WriteUInt16BigEndian(bytes, (ushort)day);
        bytes[CopyAt] = (byte)copy;
        keys.Sign(bytes[..SignedLength], bytes[SignedLength..]);
        Span<char> token = stackalloc char[Length];
        for (var i = 0; i < Length; i++)
        {
            // 30 bytes are 48 times 5 bits: no padding, and exactly one text per token.
            var (at, shift) = (i * 5 / 8, 11 - (i * 5 % 8));
            var two = (bytes[at] << 8) | (at + 1 < bytes.Length ? bytes[at + 1] : 0);
            token[i] = Alphabet[(two >> shift) & 31];
        }

        return new string(token);
    }

    /// <summary>
    /// Reads a token, or an envelope address with a token after its <c>+</c>. Returns false for a token that is forged, cut, made for
    /// another use or signed with an unknown key. Every text with the length of a token takes the same time.
    /// </summary>
    public bool TryRead(string? text, out DateOnly date, out string subscriberId, out int copy)
    {
        (date, subscriberId, copy) = (default, "", 0);
        var token = Token(text);
        if (token.Length != Length)
        {
            return false;
        }

        Span<byte> bytes = stackalloc byte[SignedLength + MacLength];
        var valid = true;
        for (var i = 0; i < Length; i++)
        {
            var value = Alphabet.IndexOf(token[i], StringComparison.Ordinal);
            valid &= value >= 0;
            var (at, shift) = (i * 5 / 8, 11 - (i * 5 % 8));
            var two = (value & 31) << shift;
            bytes[at] |= (byte)(two >> 8);
            if (at + 1 < bytes.Length)
            {
                bytes[at + 1] |= (byte)two;
            }
        }

        var signed = keys.FindKey(bytes[..SignedLength], bytes[SignedLength..]) is not null;
        if (!(signed & valid))
        {
            return false;
        }

        date = DateOnly.FromDayNumber(FirstDay + BinaryPrimitives.ReadUInt16BigEndian(bytes));
        subscriberId = Convert.ToHexStringLower(bytes[2..CopyAt]);
        copy = bytes[CopyAt];
        return true;
    }

    private static ReadOnlySpan<char> Token(string? text)
    {
        if (text is null || text.Length > MaxTextLength)
        {
            return default;
        }

        var token = text.AsSpan().Trim();
        token = token is ['<', .., '>'] ? token[1..^1] : token;
        var at = token.LastIndexOf('@');
        return at < 0 ? token : token[(token[..at].LastIndexOf('+') + 1)..at];
    }
}

using System.Buffers.Binary;
using System.Security.Cryptography;

namespace DailyDigest.Subscribers;

/// <summary>
/// What the envelope sender of a digest carries, so that a relay's report names the delivery (VERP): 48 characters of lower-case base32, which
/// mail servers may fold to lower case without harm. Under it 30 bytes: days since 1970 (2), subscriber (16), copy (1), the first 11 of HMAC-SHA256 over those
/// under keys derived from the links' keys: the first signs, all verify. Nothing of the address is in it. It is derived, and tells copies of a message
/// apart but not attempts (<see cref="DeliveryRow.Copies"/>).
/// </summary>
public sealed class EnvelopeTokens
{
    /// <summary>Characters of a token.</summary>
    public const int Length = 48;

    /// <summary>Most characters of a local part (RFC 5321 4.5.3.1.1) that leave room for <c>+</c> and a token.</summary>
    public const int MostLocal = 64 - 1 - Length;

    private const string Alphabet = "abcdefghijklmnopqrstuvwxyz234567";
    private const int CopyAt = 18;
    private const int SignedLength = 19;
    private const int MacLength = 11;
    private const int MostText = 320;
    private static readonly int FirstDay = new DateOnly(1970, 1, 1).DayNumber;

    private readonly byte[][] keys;

    /// <summary>Tokens under the links' keys, but for this use only, so that neither passes for the other.</summary>
    public EnvelopeTokens(LinksOptions options) =>
        keys = [.. options.Bytes().Select(key => HMACSHA256.HashData(key, "envelope sender"u8))];

    /// <summary>The token of a copy (0 to 255) of what is delivered to the subscriber on the local date (1970 to 2149).</summary>
    /// <exception cref="ArgumentException">Not an id of 32 hex digits, or not such a date or copy.</exception>
    public string Create(DateOnly date, string subscriberId, int copy = 0)
    {
        var day = date.DayNumber - FirstDay;
        Span<byte> bytes = stackalloc byte[SignedLength + MacLength];
        if (day is < 0 or > ushort.MaxValue || copy is < 0 or > byte.MaxValue || subscriberId.Length != 32
            || Convert.FromHexString(subscriberId, bytes[2..CopyAt], out _, out _) != System.Buffers.OperationStatus.Done)
        {
            throw new ArgumentException("A delivery is a date from 1970 to 2149, a subscriber's id of 32 hex digits and a copy from 0 to 255.");
        }

        Span<byte> mac = stackalloc byte[32];
        BinaryPrimitives.WriteUInt16BigEndian(bytes, (ushort)day);
        bytes[CopyAt] = (byte)copy;
        HMACSHA256.HashData(keys[0], bytes[..SignedLength], mac);
        mac[..MacLength].CopyTo(bytes[SignedLength..]);
        Span<char> token = stackalloc char[Length];
        for (var i = 0; i < Length; i++)
        {
            // 30 bytes are 48 times 5 bits: there is no padding, and one spelling of each token.
            var (at, shift) = (i * 5 / 8, 11 - (i * 5 % 8));
            var two = (bytes[at] << 8) | (at + 1 < bytes.Length ? bytes[at + 1] : 0);
            token[i] = Alphabet[(two >> shift) & 31];
        }

        return new string(token);
    }

    /// <summary>
    /// Reads a token, or an envelope address that carries one after its <c>+</c>. False, without saying which, for one that is forged, cut, made for
    /// another use or under an unknown key; each that has a token's length takes the same time.
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
        var spelled = true;
        for (var i = 0; i < Length; i++)
        {
            var value = Alphabet.IndexOf(token[i], StringComparison.Ordinal);
            spelled &= value >= 0;
            var (at, shift) = (i * 5 / 8, 11 - (i * 5 % 8));
            var two = (value & 31) << shift;
            bytes[at] |= (byte)(two >> 8);
            if (at + 1 < bytes.Length)
            {
                bytes[at + 1] |= (byte)two;
            }
        }

        Span<byte> mac = stackalloc byte[32];
        var signed = false;
        foreach (var key in keys)
        {
            HMACSHA256.HashData(key, bytes[..SignedLength], mac);
            signed |= CryptographicOperations.FixedTimeEquals(mac[..MacLength], bytes[SignedLength..]);
        }

        if (!(signed & spelled))
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
        if (text is null || text.Length > MostText)
        {
            return default;
        }

        var token = text.AsSpan().Trim();
        token = token is ['<', .., '>'] ? token[1..^1] : token;
        var at = token.LastIndexOf('@');
        return at < 0 ? token : token[(token[..at].LastIndexOf('+') + 1)..at];
    }
}

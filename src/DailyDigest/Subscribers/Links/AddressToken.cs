using System.Buffers;
using System.Buffers.Binary;

namespace DailyDigest.Subscribers;

/// <summary>
/// The form of a token in the local part of an address: 30 bytes as 48 characters of lower-case base32, so that mail servers may change
/// the case. It contains nothing of the reader's address. Each use signs with keys of its own, so that a token of one use is not valid for
/// another.
/// </summary>
internal static class AddressToken
{
    /// <summary>Characters of a token.</summary>
    public const int Length = 48;

    /// <summary>Bytes that it encodes: content, then signature.</summary>
    public const int Bytes = 30;

    private const string Alphabet = "abcdefghijklmnopqrstuvwxyz234567";
    private const int MaxTextLength = 320;
    private static readonly int FirstDay = new DateOnly(1970, 1, 1).DayNumber;

    /// <summary>Writes a date as two bytes: days since 1970. Returns false for one before 1970 or after 2149.</summary>
    public static bool TryWrite(DateOnly date, Span<byte> to)
    {
        var day = date.DayNumber - FirstDay;
        BinaryPrimitives.WriteUInt16BigEndian(to, (ushort)Math.Clamp(day, 0, ushort.MaxValue));
        return day is >= 0 and <= ushort.MaxValue;
    }

    /// <summary>Writes a subscriber's id as 16 bytes. Returns false for one that has not 32 hex digits.</summary>
    public static bool TryWrite(string subscriberId, Span<byte> to) =>
        subscriberId.Length == 32 && Convert.FromHexString(subscriberId, to, out _, out _) == OperationStatus.Done;

    /// <summary>Reads the date of the first two bytes.</summary>
    public static DateOnly Date(ReadOnlySpan<byte> bytes) => DateOnly.FromDayNumber(FirstDay + BinaryPrimitives.ReadUInt16BigEndian(bytes));

    /// <summary>The token of the bytes.</summary>
    public static string Encode(ReadOnlySpan<byte> bytes)
    {
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
    /// Reads a token, or an address with a token after its <c>+</c>, and checks the signature behind the signed bytes. Every text with the
    /// length of a token takes the same time.
    /// </summary>
    public static bool TryRead(string? text, SigningKeys keys, int signedLength, Span<byte> bytes)
    {
        var token = Token(text);
        if (token.Length != Length)
        {
            return false;
        }

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

        return keys.FindKey(bytes[..signedLength], bytes[signedLength..]) is not null & valid;
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

using System.Buffers.Binary;
using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using DailyDigest.Storage;

namespace DailyDigest.Subscribers;

/// <summary>A sum to solve.</summary>
/// <param name="First">1 to 9.</param>
/// <param name="Second">1 to 9.</param>
/// <param name="Token">Goes with the form, hidden.</param>
public sealed record HumanQuestion(int First, int Second, string Token);

/// <summary>What an answer is worth.</summary>
public enum HumanAnswer
{
    /// <summary>Solved, and now used.</summary>
    Right,

    /// <summary>Another number, or none.</summary>
    Wrong,

    /// <summary>Too old, used before, or answered faster than one can read.</summary>
    Expired,

    /// <summary>Not a question of ours.</summary>
    Forged,
}

/// <summary>
/// "What is 6 + 1?", in a form that works without a session: the question is signed with the links' keys, lives half an hour, and can be answered
/// rightly once, on whatever machine. Token: key id (1 byte), second of issue since 1970 (4), two numbers (2), 8 random bytes, 16 bytes of
/// HMAC-SHA256.
/// </summary>
public sealed class HumanCheck
{
    /// <summary>How long a question can be answered.</summary>
    public static readonly TimeSpan Life = TimeSpan.FromMinutes(30);

    private const int SignedLength = 15;
    private const int TokenLength = SignedLength + 16;

    private readonly ITableStore tables;
    private readonly TimeProvider time;
    private readonly TimeSpan minimum;
    private readonly (byte Id, byte[] Key)[] keys;

    /// <summary>Checks signed with the links' keys (but for another use, so that neither passes for the other).</summary>
    public HumanCheck(ITableStore tables, LinksOptions links, SignUpOptions options, TimeProvider time)
    {
        (this.tables, this.time) = (tables, time);
        minimum = TimeSpan.FromSeconds(options.MinimumSeconds);
        keys = [.. links.Bytes().Select(key => HMACSHA256.HashData(key, "human check"u8)).Select(key => (SHA256.HashData(key)[0], key))];
    }

    /// <summary>Makes a question.</summary>
    public HumanQuestion Create()
    {
        var bytes = new byte[TokenLength];
        bytes[0] = keys[0].Id;
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(1), (uint)time.GetUtcNow().ToUnixTimeSeconds());

        // The page shows the numbers: nobody need be kept from guessing them.
        bytes[5] = (byte)Random.Shared.Next(1, 10);
        bytes[6] = (byte)Random.Shared.Next(1, 10);
        RandomNumberGenerator.Fill(bytes.AsSpan(7, 8));
        HMACSHA256.HashData(keys[0].Key, bytes.AsSpan(0, SignedLength)).AsSpan(0, 16).CopyTo(bytes.AsSpan(SignedLength));
        return new HumanQuestion(bytes[5], bytes[6], Base64Url.EncodeToString(bytes));
    }

    /// <summary>Judges the answer, in whatever digits it was typed, and uses a right one up.</summary>
    public async Task<HumanAnswer> VerifyAsync(string? token, string? answer, CancellationToken cancellationToken) =>
        Judge(token, answer) is var judged && judged == HumanAnswer.Right && !await UseAsync(token!, cancellationToken) ? HumanAnswer.Expired : judged;

    /// <summary>Judges the answer without looking whether it was used before, and without touching storage.</summary>
    public HumanAnswer Judge(string? token, string? answer)
    {
        if (Read(token) is not { } bytes || !IsSigned(bytes))
        {
            return HumanAnswer.Forged;
        }

        var age = time.GetUtcNow() - Issued(bytes);
        if (age > Life || age < TimeSpan.FromMinutes(-1) || (minimum > TimeSpan.Zero && age < minimum))
        {
            return HumanAnswer.Expired;
        }

        return Number(answer) == bytes[5] + bytes[6] ? HumanAnswer.Right : HumanAnswer.Wrong;
    }

    /// <summary>Uses up a question whose answer was judged right. False if it was used before, on whatever machine.</summary>
    public async Task<bool> UseAsync(string token, CancellationToken cancellationToken)
    {
        var bytes = Read(token) ?? throw new ArgumentException("Not a token that was judged right.", nameof(token));
        var used = new TableRow(Convert.ToHexStringLower(bytes.AsSpan(7, 8)));
        var hour = Issued(bytes).UtcDateTime.ToString("yyyy-MM-dd-HH", CultureInfo.InvariantCulture);
        return (await tables.WriteAsync(Tables.UsedChecks, hour, TableWrite.Insert(used), cancellationToken)).IsDone;
    }

    private static byte[]? Read(string? token) =>
        token is not null && token.Length == Base64Url.GetEncodedLength(TokenLength) && Base64Url.IsValid(token)
        && Base64Url.DecodeFromChars(token) is { Length: TokenLength } bytes ? bytes : null;

    private static DateTimeOffset Issued(byte[] bytes) => DateTimeOffset.FromUnixTimeSeconds(BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(1)));

    private bool IsSigned(byte[] bytes)
    {
        var signed = false;
        foreach (var (id, key) in keys)
        {
            signed |= id == bytes[0] && CryptographicOperations.FixedTimeEquals(
                HMACSHA256.HashData(key, bytes.AsSpan(0, SignedLength)).AsSpan(0, 16), bytes.AsSpan(SignedLength));
        }

        return signed;
    }

    // Arabic and Persian keyboards type digits of their own.
    private static int? Number(string? text)
    {
        text = text?.Trim();
        if (text is not { Length: > 0 and <= 3 })
        {
            return null;
        }

        var number = 0;
        foreach (var character in text)
        {
            if (!char.IsDigit(character))
            {
                return null;
            }

            number = (10 * number) + (int)char.GetNumericValue(character);
        }

        return number;
    }
}

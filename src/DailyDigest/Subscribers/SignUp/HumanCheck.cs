using System.Buffers.Binary;
using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using DailyDigest.Calendar;
using DailyDigest.Storage;

namespace DailyDigest.Subscribers;

/// <summary>A sum to solve.</summary>
/// <param name="First">1 to 9.</param>
/// <param name="Second">1 to 9.</param>
/// <param name="Token">Goes with the form, hidden.</param>
public sealed record HumanQuestion(int First, int Second, string Token);

/// <summary>What an answer is worth.</summary>
internal enum HumanAnswer
{
    /// <summary>Solved.</summary>
    Right,

    /// <summary>Another number, or none.</summary>
    Wrong,

    /// <summary>Too old, or answered faster than one can read.</summary>
    Expired,

    /// <summary>Not a question of ours.</summary>
    Forged,
}

/// <summary>What the use of a question came to.</summary>
internal enum CheckUse
{
    /// <summary>It was fresh, and is used now.</summary>
    First,

    /// <summary>It was used for the same before: the button was pressed twice, or the answer to the first got lost.</summary>
    Again,

    /// <summary>It was used for something else.</summary>
    Spent,
}

/// <summary>
/// "What is 6 + 1?", in a form that works without a session: the question is signed with the links' keys, lives half an hour, and can be answered
/// rightly for one address, on whatever machine. Token: key id (1 byte), second of issue since 1970 (4), two numbers (2), 8 random bytes, 16 bytes of
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

    /// <summary>Judges the answer, in whatever digits it was typed, without looking whether the question was used before, and without touching storage.</summary>
    internal HumanAnswer Judge(string? token, string? answer)
    {
        if (Read(token) is not { } bytes || KeyOf(bytes) is null)
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

    /// <summary>Uses up a question whose answer was judged right, on whatever machine.</summary>
    /// <param name="token">The question's token.</param>
    /// <param name="what">What it is used for, an address: kept only as a hash that no two questions share.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="ArgumentException">Not a token that was judged right.</exception>
    internal async Task<CheckUse> UseAsync(string token, string what, CancellationToken cancellationToken)
    {
        if (Read(token) is not { } bytes || KeyOf(bytes) is not { } key)
        {
            throw new ArgumentException("Not a token that was judged right.", nameof(token));
        }

        byte[] both = [.. bytes, .. Encoding.UTF8.GetBytes(what)];
        var hash = Convert.ToHexStringLower(HMACSHA256.HashData(key, both).AsSpan(0, 16));
        var used = new TableRow(Convert.ToHexStringLower(bytes.AsSpan(7, 8))) { { "for", hash } };
        var hour = Issued(bytes).UtcDateTime.ToString("yyyy-MM-dd-HH", CultureInfo.InvariantCulture);
        if ((await tables.WriteAsync(Tables.UsedChecks, hour, TableWrite.Insert(used), cancellationToken)).IsDone)
        {
            return CheckUse.First;
        }

        return (await tables.GetAsync(Tables.UsedChecks, hour, used.Key, cancellationToken))?.Text("for") == hash ? CheckUse.Again : CheckUse.Spent;
    }

    private static byte[]? Read(string? token) =>
        token is not null && token.Length == Base64Url.GetEncodedLength(TokenLength) && Base64Url.IsValid(token)
        && Base64Url.DecodeFromChars(token) is { Length: TokenLength } bytes ? bytes : null;

    private static DateTimeOffset Issued(byte[] bytes) => DateTimeOffset.FromUnixTimeSeconds(BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(1)));

    // The key that signed it; null for none of ours.
    private byte[]? KeyOf(byte[] bytes)
    {
        byte[]? found = null;
        foreach (var (id, key) in keys)
        {
            found = id == bytes[0] && CryptographicOperations.FixedTimeEquals(
                HMACSHA256.HashData(key, bytes.AsSpan(0, SignedLength)).AsSpan(0, 16), bytes.AsSpan(SignedLength)) ? key : found;
        }

        return found;
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

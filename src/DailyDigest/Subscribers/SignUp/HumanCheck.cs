using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using DailyDigest.Calendar;
using DailyDigest.Storage;

namespace DailyDigest.Subscribers;

/// <summary>A sum that a person solves.</summary>
/// <param name="Numbers">Two numbers, 1 to 9; five in a hard question.</param>
/// <param name="Token">The content of the hidden form field.</param>
public sealed record HumanQuestion(IReadOnlyList<int> Numbers, string Token)
{
    /// <summary>The first number.</summary>
    public int First => Numbers[0];

    /// <summary>The second number.</summary>
    public int Second => Numbers[1];

    /// <summary>True if a browser may work in place of the sum.</summary>
    public bool IsHard => Numbers.Count > 2;
}

/// <summary>The result of checking an answer.</summary>
internal enum HumanAnswer
{
    /// <summary>The sum is right.</summary>
    Right,

    /// <summary>The sum is wrong or missing.</summary>
    Wrong,

    /// <summary>The question is too old.</summary>
    Expired,

    /// <summary>The sum is right, but was answered faster than a person can read it.</summary>
    TooFast,

    /// <summary>The token is not signed with a known key.</summary>
    Forged,
}

/// <summary>The result of using a question.</summary>
internal enum CheckUse
{
    /// <summary>It was unused and is used now.</summary>
    First,

    /// <summary>It was used for the same address before: the button was pressed twice, or the first response was lost.</summary>
    Again,

    /// <summary>It was used for another address.</summary>
    Spent,
}

/// <summary>
/// Questions such as "What is 6 + 1?" that need no session. A question is signed with keys derived from those of the links, is valid for
/// <see cref="Lifetime"/>, and can be used for one address, on any machine.
/// A hard question has five numbers, or asks for work: a number with which the SHA-256 of "token:number" begins with
/// <see cref="WorkBits"/> zero bits.
/// Token: key id (1 byte), second of issue since 1970 (4), two numbers (2, the highest bit of the first marks a hard question), 8 random
/// bytes, 16 bytes of HMAC-SHA256.
/// </summary>
public sealed class HumanCheck
{
    /// <summary>How long a question can be answered.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(30);

    /// <summary>Zero bits of the work: a quarter of a million hashes on average, two seconds of a slow phone.</summary>
    public const int WorkBits = 18;

    private const int MaxWork = 10;
    private const int HardMark = 0x80;

    // Five numbers take longer to read and to add up.
    private const int HardFactor = 3;
    private const int SignedLength = 15;
    private const int TokenLength = SignedLength + 16;

    private readonly ITableStore tables;
    private readonly TimeProvider time;
    private readonly TimeSpan minimum;
    private readonly SigningKeys keys;

    /// <summary>Creates the check with keys derived from those of the links.</summary>
    public HumanCheck(ITableStore tables, LinksOptions links, SignUpOptions options, TimeProvider time)
    {
        (this.tables, this.time) = (tables, time);
        minimum = TimeSpan.FromSeconds(options.MinimumSeconds);
        keys = new SigningKeys(links, "human check");
    }

    /// <summary>Creates a question.</summary>
    /// <param name="isHard">True for a hard one.</param>
    public HumanQuestion Create(bool isHard = false)
    {
        var bytes = new byte[TokenLength];
        bytes[0] = keys.FirstId;
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(1), (uint)time.GetUtcNow().ToUnixTimeSeconds());

        // The page shows the numbers, so they do not have to be unpredictable.
        bytes[5] = (byte)(Random.Shared.Next(1, 10) | (isHard ? HardMark : 0));
        bytes[6] = (byte)Random.Shared.Next(1, 10);
        RandomNumberGenerator.Fill(bytes.AsSpan(7, 8));
        keys.Sign(bytes.AsSpan(0, SignedLength), bytes.AsSpan(SignedLength));
        return new HumanQuestion(Numbers(bytes), Base64Url.EncodeToString(bytes));
    }

    /// <summary>True if the token is of a hard question. Call it for a token that was judged.</summary>
    internal static bool IsHard(string token) => Read(token) is { } bytes && (bytes[5] & HardMark) != 0;

    /// <summary>
    /// Checks the answer, in digits of any script, or the work of a hard question. Makes no storage call and does not check whether the
    /// question was used.
    /// </summary>
    internal HumanAnswer Judge(string? token, string? answer, string? work = null)
    {
        if (Read(token) is not { } bytes || KeyOf(bytes) is null)
        {
            return HumanAnswer.Forged;
        }

        var hasWorked = IsHard(token!) && HasWorked(token!, work);
        var least = IsHard(token!) && !hasWorked ? HardFactor * minimum : minimum;
        var age = time.GetUtcNow() - Issued(bytes);
        if (age > Lifetime || age < TimeSpan.FromMinutes(-1))
        {
            return HumanAnswer.Expired;
        }

        return !hasWorked && Number(answer) != Numbers(bytes).Sum() ? HumanAnswer.Wrong
            : least > TimeSpan.Zero && age < least ? HumanAnswer.TooFast : HumanAnswer.Right;
    }

    /// <summary>
    /// Returns the question of a right answer, so that a form with another fault can keep it; null for a wrong answer or an old question.
    /// </summary>
    public HumanQuestion? Solved(string? token, string? answer, string? work = null) =>
        Judge(token, answer, work) is HumanAnswer.Right or HumanAnswer.TooFast && Read(token) is { } bytes
            ? new HumanQuestion(Numbers(bytes), token!)
            : null;

    /// <summary>Marks a question with a right answer as used, for all machines.</summary>
    /// <param name="token">The question's token.</param>
    /// <param name="address">The address it is used for. Only a hash that differs for each question is stored.</param>
    /// <param name="cancellationToken">Cancels the call; a repetition is safe.</param>
    /// <exception cref="ArgumentException">The token is not signed with a known key.</exception>
    internal async Task<CheckUse> UseAsync(string token, string address, CancellationToken cancellationToken)
    {
        if (Read(token) is not { } bytes || KeyOf(bytes) is not { } key)
        {
            throw new ArgumentException("Use only a token for which Judge returned Right.", nameof(token));
        }

        byte[] content = [.. bytes, .. Encoding.UTF8.GetBytes(address)];
        var hash = Convert.ToHexStringLower(HMACSHA256.HashData(key, content).AsSpan(0, 16));
        var used = new TableRow(Convert.ToHexStringLower(bytes.AsSpan(7, 8))) { { "for", hash } };
        var hour = LocalDates.UtcHourText(Issued(bytes));
        if ((await tables.WriteAsync(Tables.UsedChecks, hour, TableWrite.Insert(used), cancellationToken)).IsDone)
        {
            return CheckUse.First;
        }

        return (await tables.GetAsync(Tables.UsedChecks, hour, used.Key, cancellationToken))?.Text("for") == hash
            ? CheckUse.Again
            : CheckUse.Spent;
    }

    // The numbers are on the page, so three of them may follow from the others: 81 pages are enough for the cache.
    private static int[] Numbers(byte[] bytes)
    {
        var (first, second) = (bytes[5] & ~HardMark, (int)bytes[6]);
        return (bytes[5] & HardMark) == 0
            ? [first, second]
            : [first, second, 1 + ((first + (2 * second)) % 9), 1 + (((3 * first) + second) % 9), 1 + (first * second % 9)];
    }

    private static bool HasWorked(string token, string? work)
    {
        if (work is not { Length: > 0 and <= MaxWork } || !work.All(char.IsAsciiDigit))
        {
            return false;
        }

        var hash = SHA256.HashData(Encoding.ASCII.GetBytes($"{token}:{work}"));
        return BinaryPrimitives.ReadUInt32BigEndian(hash) >> (32 - WorkBits) == 0;
    }

    private static byte[]? Read(string? token) =>
        token is not null && token.Length == Base64Url.GetEncodedLength(TokenLength) && Base64Url.IsValid(token)
        && Base64Url.DecodeFromChars(token) is { Length: TokenLength } bytes ? bytes : null;

    private static DateTimeOffset Issued(byte[] bytes) =>
        DateTimeOffset.FromUnixTimeSeconds(BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(1)));

    private byte[]? KeyOf(byte[] bytes) => keys.FindKey(bytes.AsSpan(0, SignedLength), bytes.AsSpan(SignedLength), keyId: bytes[0]);

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

using System.Buffers.Binary;
using System.Security.Cryptography;
using DailyDigest.Accounts;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace DailyDigest.Web;

/// <summary>Hashes and checks passwords with ASP.NET Core's hasher. A check without an account takes as long as one with.</summary>
internal sealed class Passwords
{
    /// <summary>Minimum characters.</summary>
    public const int MinLength = 12;

    /// <summary>Maximum characters: hashing a long text would cost the server time.</summary>
    public const int MaxLength = 256;

    private const int MinDistinct = 4;

    private readonly PasswordHasher<Account> hasher;

    /// <param name="options">The hasher's own, except in tests.</param>
    public Passwords(IOptions<PasswordHasherOptions> options)
    {
        hasher = new PasswordHasher<Account>(options);
        Nobody = Unmatched(options.Value.IterationCount);
    }

    /// <summary>The hash that a password is checked with when there is no account.</summary>
    public string Nobody { get; }

    /// <summary>True if it is long enough and not the same few characters. There are no other rules: they make passwords worse.</summary>
    public static bool IsStrong(string? password) =>
        password is { Length: >= MinLength and <= MaxLength } && password.Distinct().Count() >= MinDistinct;

    /// <summary>The salted hash.</summary>
    public string Hash(string password) => hasher.HashPassword(null!, password);

    /// <summary>True if it is the account's password; false for null.</summary>
    public bool IsRight(Account? account, string password)
    {
        var result = hasher.VerifyHashedPassword(
            null!, account?.PasswordHash ?? Nobody, password.Length > MaxLength ? password[..MaxLength] : password);
        return account is { State: AccountState.Active, PasswordHash: not null } && result != PasswordVerificationResult.Failed;
    }

    /// <summary>
    /// A hash in the hasher's third format, with random bytes in place of the result. Nothing matches it, checking it takes as long as
    /// checking any, and making it takes the start of the program no time.
    /// </summary>
    private static string Unmatched(int iterations)
    {
        const int HmacSha512 = 2, Salt = 16, Result = 32, Header = 13;
        var hash = RandomNumberGenerator.GetBytes(Header + Salt + Result);
        hash[0] = 1;
        BinaryPrimitives.WriteInt32BigEndian(hash.AsSpan(1), HmacSha512);
        BinaryPrimitives.WriteInt32BigEndian(hash.AsSpan(5), iterations);
        BinaryPrimitives.WriteInt32BigEndian(hash.AsSpan(9), Salt);
        return Convert.ToBase64String(hash);
    }
}

using System.Security.Cryptography;
using DailyDigest.Accounts;
using Microsoft.AspNetCore.Identity;

namespace DailyDigest.Web;

/// <summary>Hashes and checks passwords with ASP.NET Core's hasher. A check without an account takes as long as one with.</summary>
internal sealed class Passwords
{
    /// <summary>Minimum characters.</summary>
    public const int MinLength = 12;

    /// <summary>Maximum characters: hashing a long text would cost the server time.</summary>
    public const int MaxLength = 256;

    private const int MinDistinct = 4;

    private readonly PasswordHasher<Account> hasher = new();
    private readonly string nobody;

    public Passwords() => nobody = Hash(Convert.ToHexString(RandomNumberGenerator.GetBytes(16)));

    /// <summary>True if it is long enough and not the same few characters. There are no other rules: they make passwords worse.</summary>
    public static bool IsStrong(string? password) =>
        password is { Length: >= MinLength and <= MaxLength } && password.Distinct().Count() >= MinDistinct;

    /// <summary>The salted hash.</summary>
    public string Hash(string password) => hasher.HashPassword(null!, password);

    /// <summary>True if it is the account's password; false for null.</summary>
    public bool IsRight(Account? account, string password)
    {
        var result = hasher.VerifyHashedPassword(
            null!, account?.PasswordHash ?? nobody, password.Length > MaxLength ? password[..MaxLength] : password);
        return account is { State: AccountState.Active, PasswordHash: not null } && result != PasswordVerificationResult.Failed;
    }
}

using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using DailyDigest.Mailing;

namespace DailyDigest.Subscribers;

/// <summary>
/// An unkeyed hash of an address, as suppression lists of other programs have it: of the trimmed address in lower case, in UTF-8.
/// </summary>
/// <param name="Kind"><see cref="Sha256"/> or <see cref="Md5"/>.</param>
/// <param name="Hex">64 or 32 lower-case hex digits.</param>
public sealed record AddressDigest(string Kind, string Hex)
{
    /// <summary>SHA-256, 64 hex digits.</summary>
    public const string Sha256 = "sha256";

    /// <summary>MD5, 32 hex digits. It is read, because other programs have it, and never made for a file.</summary>
    public const string Md5 = "md5";

    /// <summary>Reads 64 or 32 hex digits in either case; null for another text.</summary>
    public static AddressDigest? Parse(string? text) => text?.Trim() is { Length: 64 or 32 } hex && hex.All(char.IsAsciiHexDigit)
        ? new AddressDigest(hex.Length == 64 ? Sha256 : Md5, hex.ToLowerInvariant()) : null;

    /// <summary>The SHA-256 of the address.</summary>
    public static AddressDigest Of(EmailAddress address) => new(Sha256, Convert.ToHexStringLower(SHA256.HashData(Bytes(address))));

    /// <summary>The hashes under which a list may have the address.</summary>
    [SuppressMessage("Security", "CA5351", Justification = "Compares with lists of other programs. Nothing is protected by it.")]
    public static IReadOnlyList<AddressDigest> AllOf(EmailAddress address) =>
        [Of(address), new AddressDigest(Md5, Convert.ToHexStringLower(MD5.HashData(Bytes(address))))];

    private static byte[] Bytes(EmailAddress address) => Encoding.UTF8.GetBytes(address.Normalized);
}

using System.Security.Cryptography;
using System.Text;
using DailyDigest.Settings;

namespace DailyDigest.Subscribers;

/// <summary>The key under which addresses are hashed. Section <c>Identity</c>.</summary>
public sealed class IdentityOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Identity";

    /// <summary>
    /// Base64 of at least 32 random bytes. Never change it: with another key no address is recognized, so that readers get two digests and
    /// unsubscribes are lost. Empty in Development: a well-known key.
    /// </summary>
    public string Key { get; set; } = "";

    /// <summary>The key's bytes.</summary>
    /// <exception cref="FormatException">Not base64; <see cref="Validate"/> reports it.</exception>
    internal byte[] Bytes() => Key.Length == 0 ? Secret.ForDevelopment("identity") : Convert.FromBase64String(Key.Trim());

    /// <summary>A key of 32 bytes for another use (HKDF, RFC 5869). It reveals neither this one nor that of a third use.</summary>
    public byte[] Derive(string use) =>
        HKDF.DeriveKey(HashAlgorithmName.SHA256, Bytes(), outputLength: 32, info: Encoding.UTF8.GetBytes("DailyDigest " + use));

    /// <summary>One line per fault, each naming its setting.</summary>
    /// <param name="development">True: a missing key is allowed.</param>
    public IEnumerable<string> Validate(bool development)
    {
        if (Key.Length == 0 ? !development : !Secrets.IsKey(Key))
        {
            yield return "Identity__Key: base64 of at least 32 random bytes (openssl rand -base64 32). "
                + "Never change it once there are subscribers.";
        }
    }
}

/// <summary>The keys that sign links and human checks. Section <c>Links</c>.</summary>
public sealed class LinksOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Links";

    /// <summary>
    /// Comma-separated, each base64 of at least 32 random bytes. The first signs, all verify: put a new key first, and remove the old one
    /// 400 days later, when its last link has expired. Empty in Development: a well-known key.
    /// </summary>
    public string Keys { get; set; } = "";

    /// <summary>The keys' bytes; the first signs.</summary>
    /// <exception cref="FormatException">Not base64; <see cref="Validate"/> reports it.</exception>
    internal byte[][] Bytes() =>
        Keys.Trim().Length == 0 ? [Secret.ForDevelopment("links")] : [.. Split(Keys).Select(Convert.FromBase64String)];

    /// <summary>One line per fault, each naming its setting.</summary>
    /// <param name="development">True: missing keys are allowed.</param>
    public IEnumerable<string> Validate(bool development)
    {
        if (Keys.Trim().Length == 0 ? !development : !Split(Keys).All(Secrets.IsKey) || Split(Keys).Length == 0)
        {
            yield return "Links__Keys: comma-separated keys, each base64 of at least 32 random bytes (openssl rand -base64 32); "
                + "the first signs.";
        }
    }

    private static string[] Split(string keys) => keys.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}

internal static class Secrets
{
    public const int MinBytes = 32;

    public static bool IsKey(string text)
    {
        var bytes = new byte[text.Length];
        return Convert.TryFromBase64String(text.Trim(), bytes, out var length) && length >= MinBytes;
    }
}

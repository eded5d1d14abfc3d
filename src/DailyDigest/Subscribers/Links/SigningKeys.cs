using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;

namespace DailyDigest.Subscribers;

/// <summary>HMAC-SHA256 with several keys, cut to the length of the signature: the first key signs, all keys verify.</summary>
internal sealed class SigningKeys
{
    // A keyed hash that is used again has prepared its key: half of the work for such short texts. A thread has its own.
    [ThreadStatic]
    private static ConditionalWeakTable<byte[], IncrementalHash>? hashes;

    private readonly (byte Id, byte[] Key)[] keys;

    /// <summary>The keys of the links.</summary>
    public SigningKeys(LinksOptions options) : this(options.Bytes())
    {
    }

    /// <summary>Keys derived from those of the links for another use, so that a token of one use is not valid for the other.</summary>
    public SigningKeys(LinksOptions options, string use)
        : this(options.Bytes().Select(key => HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(use))))
    {
    }

    private SigningKeys(IEnumerable<byte[]> secrets) => keys = [.. secrets.Select(key => (SHA256.HashData(key)[0], key))];

    /// <summary>The id of the key that signs: the first byte of its SHA-256.</summary>
    public byte FirstId => keys[0].Id;

    /// <summary>Writes the signature of the content, at most 32 bytes.</summary>
    public void Sign(ReadOnlySpan<byte> content, Span<byte> signature)
    {
        Span<byte> mac = stackalloc byte[HMACSHA256.HashSizeInBytes];
        var hash = (hashes ??= []).GetValue(keys[0].Key, static key => IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key));
        hash.AppendData(content);
        hash.GetHashAndReset(mac);
        mac[..signature.Length].CopyTo(signature);
    }

    /// <summary>
    /// Returns the key that made the signature, or null for none. Tries every key, or every key with the given id, so that the time reveals
    /// nothing.
    /// </summary>
    public byte[]? FindKey(ReadOnlySpan<byte> content, ReadOnlySpan<byte> signature, byte? keyId = null)
    {
        Span<byte> mac = stackalloc byte[HMACSHA256.HashSizeInBytes];
        byte[]? found = null;
        foreach (var (id, key) in keys)
        {
            if (keyId is null || keyId == id)
            {
                HMACSHA256.HashData(key, content, mac);
                found = CryptographicOperations.FixedTimeEquals(mac[..signature.Length], signature) ? key : found;
            }
        }

        return found;
    }
}

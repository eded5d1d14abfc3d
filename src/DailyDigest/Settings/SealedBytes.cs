using System.Security.Cryptography;

namespace DailyDigest.Settings;

/// <summary>
/// Encrypts a secret for the store (AES-GCM), so that a copy of the store alone does not reveal it. The key is 32 bytes and derived from a
/// secret setting. The form: 12 bytes of nonce, the encrypted bytes, 16 bytes of tag.
/// </summary>
public static class SealedBytes
{
    private static readonly int NonceLength = AesGcm.NonceByteSizes.MaxSize;
    private static readonly int TagLength = AesGcm.TagByteSizes.MaxSize;

    /// <summary>Encrypts.</summary>
    public static byte[] Seal(byte[] key, ReadOnlySpan<byte> secret)
    {
        var whole = new byte[NonceLength + secret.Length + TagLength];
        var nonce = whole.AsSpan(0, NonceLength);
        RandomNumberGenerator.Fill(nonce);
        using var aes = new AesGcm(key, TagLength);
        aes.Encrypt(nonce, secret, whole.AsSpan(NonceLength, secret.Length), whole.AsSpan(NonceLength + secret.Length));
        return whole;
    }

    /// <summary>Decrypts.</summary>
    /// <exception cref="CryptographicException">The bytes were sealed with another key, or are damaged.</exception>
    public static byte[] Open(byte[] key, ReadOnlySpan<byte> whole)
    {
        if (whole.Length < NonceLength + TagLength)
        {
            throw new CryptographicException("The sealed value is too short.");
        }

        var secret = new byte[whole.Length - NonceLength - TagLength];
        using var aes = new AesGcm(key, TagLength);
        aes.Decrypt(whole[..NonceLength], whole[NonceLength..^TagLength], whole[^TagLength..], secret);
        return secret;
    }
}

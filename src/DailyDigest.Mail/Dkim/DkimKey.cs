using System.Collections.Concurrent;
using System.Security.Cryptography;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Crypto.Signers;
using Org.BouncyCastle.Security;

namespace DailyDigest.Mail.Dkim;

/// <summary>A private key and its DNS record.</summary>
public sealed class DkimKey
{
    /// <summary>The fault of a text that is not a key.</summary>
    internal const string NoPem =
        "not a private key in PEM (it begins with -----BEGIN PRIVATE KEY----- or -----BEGIN RSA PRIVATE KEY-----), nor base64 of one.";

    private const int MinBits = 2048;
    private readonly Func<byte[], byte[]> sign;

    private DkimKey(string algorithm, string domain, string selector, byte[] publicKey, Func<byte[], byte[]> sign)
    {
        (Algorithm, Domain, Selector) = (algorithm, domain, selector);
        PublicKey = Convert.ToBase64String(publicKey);
        this.sign = sign;
    }

    /// <summary>rsa or ed25519; the signature's algorithm is this with <c>-sha256</c>.</summary>
    public string Algorithm { get; }

    /// <summary>The signing domain in lower case.</summary>
    public string Domain { get; }

    /// <summary>The selector: the first label of the record's name.</summary>
    public string Selector { get; }

    /// <summary>The public key in base64, as in the record.</summary>
    public string PublicKey { get; }

    /// <summary>The record's name.</summary>
    public string RecordName => $"{Selector}._domainkey.{Domain}";

    /// <summary>
    /// The TXT record to publish. DNS takes strings of at most 255 characters each; most providers split the record themselves.
    /// </summary>
    public string Record => $"v=DKIM1; k={Algorithm}; p={PublicKey}";

    /// <summary>Signs a SHA-256 hash. May be called from several threads at once.</summary>
    internal byte[] Sign(byte[] hash) => sign(hash);

    /// <summary>
    /// Reads an RSA key of at least 2048 bits, which signs with the platform's RSA. The fault, if there is one, does not quote the key.
    /// </summary>
    internal static (DkimKey? Key, string? Fault) ReadRsa(string pem, string domain, string selector)
    {
        if (Label(pem)?.Contains("ENCRYPTED", StringComparison.Ordinal) == true
            || pem.Contains("Proc-Type: 4,ENCRYPTED", StringComparison.Ordinal))
        {
            return (null, "the key is locked with a passphrase; give one without.");
        }

        if (Label(pem) is not ("PRIVATE KEY" or "RSA PRIVATE KEY"))
        {
            return (null, NoPem);
        }

        var first = RSA.Create();
        try
        {
            first.ImportFromPem(pem);
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            first.Dispose();
            return (null, "not an RSA key that can be read; make one with: openssl genrsa -out dkim.pem 2048");
        }

        if (first.KeySize < MinBits)
        {
            var bits = first.KeySize;
            first.Dispose();
            return (null, $"the key has {bits} bits; receivers ask for {MinBits} at least: openssl genrsa -out dkim.pem {MinBits}");
        }

        // An RSA object signs for one thread at a time; there are as many as threads that sign at once.
        var free = new ConcurrentBag<RSA> { first };
        var parameters = first.ExportParameters(includePrivateParameters: true);
        return (new DkimKey("rsa", domain, selector, first.ExportSubjectPublicKeyInfo(), hash =>
        {
            var rsa = free.TryTake(out var kept) ? kept : RSA.Create(parameters);
            var signature = rsa.SignHash(hash, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
            free.Add(rsa);
            return signature;
        }), null);
    }

    /// <summary>Reads an Ed25519 key (RFC 8463). The platform does not have Ed25519; BouncyCastle, which MimeKit brings, has it.</summary>
    internal static (DkimKey? Key, string? Fault) ReadEd25519(string pem, string domain, string selector)
    {
        const string NoKey = "not an Ed25519 key that can be read; make one with: openssl genpkey -algorithm ed25519 -out dkim-ed25519.pem";
        if (Label(pem) != "PRIVATE KEY")
        {
            return (null, NoKey);
        }

        try
        {
            var field = PemEncoding.Find(pem);
            if (PrivateKeyFactory.CreateKey(Convert.FromBase64String(pem[field.Base64Data])) is not Ed25519PrivateKeyParameters key)
            {
                return (null, NoKey);
            }

            return (new DkimKey("ed25519", domain, selector, key.GeneratePublicKey().GetEncoded(), hash =>
            {
                var signer = new Ed25519Signer();
                signer.Init(forSigning: true, key);
                signer.BlockUpdate(hash, 0, hash.Length);
                return signer.GenerateSignature();
            }), null);
        }
        catch (Exception e) when (e is IOException or ArgumentException or FormatException or InvalidCastException
            or GeneralSecurityException)
        {
            return (null, NoKey);
        }
    }

    private static string? Label(string pem) => PemEncoding.TryFind(pem, out var field) ? pem[field.Label] : null;
}

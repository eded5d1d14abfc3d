using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using DailyDigest.Mail.Dkim;
using DailyDigest.Storage;
using DailyDigest.Testing.Services;
using MimeKit;
using MimeKit.Cryptography;
using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Security;

namespace DailyDigest.Mail.Tests;

/// <summary>
/// Two verifiers that share no code with ours: Python's dkimpy, which reads the bytes, and MimeKit's, which reads the message.
/// </summary>
internal static class DkimVerifiers
{
    private const string Script = """
        import sys, json, base64, dkim
        asked = json.load(sys.stdin)
        def dns(name, timeout=5):
            return asked["records"].get(name.decode().rstrip("."), "").encode()
        said = []
        for message in asked["messages"]:
            raw = base64.b64decode(message)
            signatures = dkim.DKIM(raw)
            count = sum(1 for name, _ in signatures.headers if name.lower() == b"dkim-signature")
            said.append([])
            for i in range(count):
                try:
                    said[-1].append(dkim.DKIM(raw).verify(idx=i, dnsfunc=dns))
                except dkim.ValidationError:
                    said[-1].append(False)
        print(json.dumps(said))
        """;

    private static readonly Lazy<string> Rsa = new(() =>
    {
        using var key = RSA.Create(2048);
        return key.ExportPkcs8PrivateKeyPem();
    });

    /// <summary>An RSA key of this run.</summary>
    public static string RsaPem => Rsa.Value;

    /// <summary>The key of the example in RFC 8463, which is not a secret.</summary>
    public static string Ed25519Pem
    {
        get
        {
            byte[] prefix = [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];
            byte[] der = [.. prefix, .. Convert.FromBase64String("nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=")];
            return PemEncoding.WriteString("PRIVATE KEY", der);
        }
    }

    public static DkimOptions Options(bool ed25519 = false) => new()
    {
        Selector = "morning",
        PrivateKey = RsaPem,
        Ed25519Selector = ed25519 ? "ed" : "",
        Ed25519PrivateKey = ed25519 ? Ed25519Pem : "",
    };

    public static MailSigner Signer(bool ed25519 = false) => MailSigner.Create(Options(ed25519), SampleMails.Options())!;

    /// <summary>Whether each signature of each message verifies with dkimpy.</summary>
    public static async Task<bool[][]> DkimpyAsync(MailSigner signer, IEnumerable<byte[]> messages, CancellationToken cancellationToken)
    {
        // Debian's module works with Debian's interpreter, even if another is first on the PATH.
        var python = File.Exists("/usr/bin/python3") ? "/usr/bin/python3" : TestServices.RequireProgram("python3");
        var start = new ProcessStartInfo(
            python, ["-c", Script])
        { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var (output, errors) = (
            process.StandardOutput.ReadToEndAsync(cancellationToken), process.StandardError.ReadToEndAsync(cancellationToken));
        try
        {
            await process.StandardInput.WriteAsync(
                JsonSerializer.Serialize(new
                {
                    records = signer.Keys.ToDictionary(key => key.RecordName, key => key.Record),
                    messages = messages.Select(Convert.ToBase64String),
                }).AsMemory(), cancellationToken);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // The program has ended; its error output is reported below.
        }

        await process.WaitForExitAsync(cancellationToken);
        TestServices.SkipBecause(
            (await errors).Contains("No module named 'dkim'", StringComparison.Ordinal) ? "python3-dkim is not installed" : null);
        Assert.True(process.ExitCode == 0, await errors);
        return JsonSerializer.Deserialize<bool[][]>(await output)!;
    }

    /// <summary>Whether each of the message's signatures verifies with MimeKit.</summary>
    public static bool[] MimeKit(MailSigner signer, byte[] raw)
    {
        using var message = MimeMessage.Load(new MemoryStream(raw));
        var verifier = new DkimVerifier(new Records(signer));
        verifier.Enable(DkimSignatureAlgorithm.Ed25519Sha256);
        return [.. message.Headers.Where(header => header.Id == HeaderId.DkimSignature).ToList()
            .Select(header => verifier.Verify(message, header))];
    }

    /// <summary>Fails unless every message has a signature for each key and both verifiers accept them all.</summary>
    public static async Task AcceptAsync(MailSigner signer, IReadOnlyList<byte[]> messages, CancellationToken cancellationToken)
    {
        Assert.NotEmpty(messages);
        var dkimpy = await DkimpyAsync(signer, messages, cancellationToken);
        for (var i = 0; i < messages.Count; i++)
        {
            var both = new[] { dkimpy[i], MimeKit(signer, messages[i]) };
            Assert.All(both, found => Assert.True(
                found.Length == signer.Keys.Count && found.All(good => good),
                    $"{string.Join(' ', found)} in message {i}:\n{Encoding.Latin1.GetString(messages[i])}"));
        }
    }

    private sealed class Records(MailSigner signer) : IDkimPublicKeyLocator
    {
        public AsymmetricKeyParameter LocatePublicKey(
            string methods, string domain, string selector, CancellationToken cancellationToken = default)
        {
            var key = signer.Keys.Single(key => key.Domain == domain && key.Selector == selector);
            var bytes = Convert.FromBase64String(key.PublicKey);
            return key.Algorithm == "rsa" ? PublicKeyFactory.CreateKey(bytes) : new Ed25519PublicKeyParameters(bytes);
        }

        public Task<AsymmetricKeyParameter> LocatePublicKeyAsync(
            string methods, string domain, string selector, CancellationToken cancellationToken = default) =>
            Task.FromResult(LocatePublicKey(methods, domain, selector, cancellationToken));
    }
}

using System.Globalization;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using DailyDigest.Digests;
using DailyDigest.Mail;
using DailyDigest.Mail.Dkim;
using DailyDigest.Mail.Mime;
using DailyDigest.Mailing;
using DailyDigest.Settings;
using MimeKit;
using MimeKit.Cryptography;
using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Security;

namespace DailyDigest.DeliveryBenchmark;

/// <summary>
/// Builds and signs the product's own message with RSA-2048, for one reader after another on one thread: without a signature, with the
/// product's signer, and with MimeKit's signer, with the platform's RSA and with its own. MimeKit first reads the message. Beside them
/// stands the bare signature of a hash by the platform's RSA. Both it and the product's signer also run on 16 threads, as senders do.
/// </summary>
internal static partial class Signing
{
    private const int MessagesPerRound = 400;
    private const int Threads = 16;
    private const string Domain = "example.com";
    private const string Selector = "bench";

    private static readonly string[] Headers =
    [
        "from", "to", "subject", "date", "message-id", "reply-to", "mime-version", "content-type", "list-id", "list-unsubscribe",
        "list-unsubscribe-post", "feedback-id",
    ];

    public static async Task CompareAsync(int rounds)
    {
        using var mail = await SampleMail.MakeAsync();
        var variant = Variant(MailParts.Load(mail.PartsPath));
        using var rsa = RSA.Create();
        rsa.ImportFromPem(await File.ReadAllTextAsync(mail.KeyPath));
        var key = PrivateKeyFactory.CreateKey(rsa.ExportPkcs8PrivateKey());
        var publicKey = PublicKeyFactory.CreateKey(rsa.ExportSubjectPublicKeyInfo());

        var options = new MailOptions { From = "news@" + Domain };
        var publication = new Publication { Name = "Benchmark", BaseUrl = "https://digest.example.com" };
        var ours = MailSigner.Create(new DkimOptions { Selector = Selector, PrivateKeyFile = mail.KeyPath }, options)!;
        var (plain, signing) = (new Messages(options, publication, null), new Messages(options, publication, ours));
        using var platform = new PlatformSigner(key, rsa);
        var managed = Relaxed(new DkimSigner(key, Domain, Selector));
        const string Plain = "not signed";
        const string Parsed = "not signed, read by MimeKit";
        var signers = new (string Name, Func<int, object> Build)[]
        {
            (Plain, number => Build(plain, number)),
            ("MailSigner", number => Build(signing, number)),
            (Parsed, number => Read(Build(plain, number))),
            ("MimeKit, platform's RSA", number => Signed(platform, number)),
            ("MimeKit, its own RSA", number => Signed(managed, number)),
        };
        const string Bare = "the bare signature";
        const string Many = ", 16 threads";
        var bytes = 0;
        foreach (var (name, build) in signers)
        {
            bytes = Check(name, build, publicKey, isSigned: name is not (Plain or Parsed));
            Measure(build, MessagesPerRound / 2);
        }

        var hash = SHA256.HashData("hash"u8);
        Func<int, object> bare = _ => rsa.SignHash(hash, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        (string Name, Func<int, object> Build)[] all = [.. signers, (Bare, bare)];
        (string Name, Func<int, object> Build)[] many =
            [.. all.Where(one => one.Name is Plain or "MailSigner" or Bare).Select(one => (one.Name + Many, one.Build))];
        var results = all.Concat(many).ToDictionary(one => one.Name, _ => new List<Cost>());
        for (var round = 0; round < rounds; round++)
        {
            foreach (var (name, build) in all)
            {
                results[name].Add(Measure(build, MessagesPerRound));
            }

            foreach (var (name, build) in many)
            {
                results[name].Add(MeasureMany(build, MessagesPerRound * 2));
            }
        }

        Print(string.Create(
            CultureInfo.InvariantCulture,
            $"One message has {bytes / 1024.0:0.0} KB. {rounds} rounds of {MessagesPerRound} messages each, in turn: median (least to "
                + $"most)."));
        Print("");
        Print("| signer | CPU ms a message | ms a message | KB allocated a message |");
        Print("|---|---|---|---|");
        foreach (var (name, costs) in results)
        {
            Print(string.Create(
                CultureInfo.InvariantCulture,
                $"| {name} | {Spread(costs, one => one.CpuMs)} | {Spread(costs, one => one.Ms)} | "
                    + $"{costs.Average(one => one.Kilobytes):0.0} |"));
        }

        EncodedMail Build(Messages messages, int number)
        {
            var link = $"https://digest.example.com/unsubscribe/{number:x8}-{new string('t', 120)}";
            var to = EmailAddress.TryParse($"reader{number}@example.org", out var address)
                ? address : throw new InvalidOperationException();
            return messages.Digest(
                new DigestMail(
                    to, variant, $"{number}@digest.example.com", "2026:bench", link, link.Replace("unsubscribe", "preferences"), Now),
                Messages.Recipient(to));
        }

        MimeMessage Signed(DkimSigner signer, int number)
        {
            var message = Read(Build(plain, number));
            var format = FormatOptions.Default.Clone();
            format.NewLineFormat = NewLineFormat.Dos;
            signer.Sign(format, message, Headers);
            return message;
        }
    }

    private static readonly DateTimeOffset Now = new(2026, 11, 22, 6, 0, 0, TimeSpan.Zero);

    private static Variant Variant(MailParts parts)
    {
        var (text, html) = (Slotted(parts.text), Slotted(parts.html));
        return new Variant
        {
            Language = "en",
            Sections = [],
            Subject = parts.subject,
            Html = html,
            Text = text,
            Body = EncodedBody.Encode(text, html, Slots.All),
        };
    }

    private static string Slotted(string text) =>
        Link().Replace(text, match => match.Groups[1].Value == "unsubscribe" ? Slots.Unsubscribe : Slots.Preferences);

    private static DkimSigner Relaxed(DkimSigner signer)
    {
        signer.HeaderCanonicalizationAlgorithm = DkimCanonicalizationAlgorithm.Relaxed;
        signer.BodyCanonicalizationAlgorithm = DkimCanonicalizationAlgorithm.Relaxed;
        return signer;
    }

    /// <summary>Throws unless MimeKit's verifier accepts the signature over the bytes that would be sent. Returns their number.</summary>
    private static int Check(string name, Func<int, object> build, AsymmetricKeyParameter publicKey, bool isSigned)
    {
        var built = build(1);
        using var written = new MemoryStream();
        if (built is MimeMessage message)
        {
            var format = FormatOptions.Default.Clone();
            format.NewLineFormat = NewLineFormat.Dos;
            message.WriteTo(format, written);
        }
        else
        {
            Write((EncodedMail)built, written);
        }

        written.Position = 0;
        using var read = MimeMessage.Load(written);
        var signature = read.Headers.FirstOrDefault(header => header.Id == HeaderId.DkimSignature);
        if (signature is not null != isSigned || (signature is not null && !new DkimVerifier(new Key(publicKey)).Verify(read, signature)))
        {
            throw new InvalidOperationException($"The signature of \"{name}\" does not verify.");
        }

        return (int)written.Length;
    }

    private static void Write(EncodedMail mail, Stream stream) =>
        mail.WriteToAsync(stream, CancellationToken.None).GetAwaiter().GetResult();

    private static MimeMessage Read(EncodedMail mail)
    {
        using var written = new MemoryStream(mail.Length);
        Write(mail, written);
        written.Position = 0;
        return MimeMessage.Load(written);
    }

    private static Cost Measure(Func<int, object> build, int messages)
    {
        GC.Collect();
        var (meter, allocated) = (new Meters(), GC.GetAllocatedBytesForCurrentThread());
        for (var number = 0; number < messages; number++)
        {
            (build(number) as IDisposable)?.Dispose();
        }

        var bytes = GC.GetAllocatedBytesForCurrentThread() - allocated;
        var (seconds, cpu) = meter.Read();
        return new Cost(cpu * 1000 / messages, seconds * 1000 / messages, bytes / 1024.0 / messages);
    }

    /// <summary>The same on many threads at once; the bytes are those of the process.</summary>
    private static Cost MeasureMany(Func<int, object> build, int messages)
    {
        GC.Collect();
        var (meter, allocated) = (new Meters(), GC.GetTotalAllocatedBytes());
        var threads = Enumerable.Range(0, Threads).Select(_ => new Thread(() =>
        {
            for (var number = 0; number < messages / Threads; number++)
            {
                (build(number) as IDisposable)?.Dispose();
            }
        })).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        var bytes = GC.GetTotalAllocatedBytes() - allocated;
        var (seconds, cpu) = meter.Read();
        return new Cost(cpu * 1000 / messages, seconds * 1000 / messages, bytes / 1024.0 / messages);
    }

    private static string Spread(IEnumerable<Cost> costs, Func<Cost, double> value)
    {
        var sorted = costs.Select(value).Order().ToList();
        return FormattableString.Invariant($"{sorted[sorted.Count / 2]:0.000} ({sorted[0]:0.000} to {sorted[^1]:0.000})");
    }

    private static void Print(string line) => Console.WriteLine(line);

    [GeneratedRegex("""https?://[^\s"]*/(unsubscribe|preferences)/""" + MailParts.Mark)]
    private static partial Regex Link();

    private sealed record Cost(double CpuMs, double Ms, double Kilobytes);

    private sealed class Key(AsymmetricKeyParameter key) : IDkimPublicKeyLocator
    {
        public AsymmetricKeyParameter LocatePublicKey(
            string methods, string domain, string selector, CancellationToken cancellationToken = default) => key;

        public Task<AsymmetricKeyParameter> LocatePublicKeyAsync(
            string methods, string domain, string selector, CancellationToken cancellationToken = default) => Task.FromResult(key);
    }

    /// <summary>MimeKit's signer with the platform's RSA in place of managed arithmetic.</summary>
    private sealed class PlatformSigner : DkimSigner, IDisposable
    {
        private readonly PlatformContext context;

        public PlatformSigner(AsymmetricKeyParameter key, RSA rsa) : base(key, Signing.Domain, Signing.Selector)
        {
            context = new PlatformContext(rsa);
            Relaxed(this);
        }

        public void Dispose() => context.Dispose();

        protected override ISigner CreateSigningContext() => context;
    }

    private sealed class PlatformContext(RSA rsa) : ISigner, IDisposable
    {
        private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

        public string AlgorithmName => "SHA-256withRSA";

        public void Init(bool forSigning, ICipherParameters parameters)
        {
        }

        public void Update(byte input) => hash.AppendData([input]);

        public void BlockUpdate(byte[] input, int inOff, int inLen) => hash.AppendData(input, inOff, inLen);

        public void BlockUpdate(ReadOnlySpan<byte> input) => hash.AppendData(input);

        public int GetMaxSignatureSize() => rsa.KeySize / 8;

        public byte[] GenerateSignature() => rsa.SignHash(hash.GetHashAndReset(), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);

        public bool VerifySignature(byte[] signature) => throw new NotSupportedException();

        public void Reset() => hash.GetHashAndReset();

        public void Dispose() => hash.Dispose();
    }
}

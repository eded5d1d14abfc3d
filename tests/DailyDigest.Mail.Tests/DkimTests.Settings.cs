using System.Security.Cryptography;
using System.Text;
using DailyDigest.Mail.Dkim;

namespace DailyDigest.Mail.Tests;

/// <summary>The key and the domain as they are set.</summary>
public sealed partial class DkimTests
{
    [Fact]
    public void Without_a_key_nothing_is_signed_and_nothing_is_wrong()
    {
        Assert.Null(MailSigner.Create(new DkimOptions(), SampleMails.Options()));
        Assert.Empty(new DkimOptions().Validate(""));
    }

    [Theory]
    [InlineData("PEM")]
    [InlineData("base64")]
    [InlineData("escaped")]
    [InlineData("PKCS1")]
    [InlineData("file")]
    public void A_key_is_read_as_pem_as_base64_of_pem_and_from_a_file(string how)
    {
        var options = DkimVerifiers.Options();
        var pem = options.PrivateKey;
        using var key = RSA.Create();
        key.ImportFromPem(pem);
        var file = Path.GetTempFileName();
        File.WriteAllText(file, pem);
        (options.PrivateKey, options.PrivateKeyFile) = how switch
        {
            "base64" => (Convert.ToBase64String(Encoding.ASCII.GetBytes(pem)), ""),
            "escaped" => (pem.ReplaceLineEndings("\\n"), ""),
            "PKCS1" => (key.ExportRSAPrivateKeyPem(), ""),
            "file" => ("", file),
            _ => (pem, ""),
        };

        var read = MailSigner.Create(options, SampleMails.Options())!.Keys.Single();
        File.Delete(file);

        Assert.Equal("morning._domainkey.example.com", read.RecordName);
        Assert.Equal("v=DKIM1; k=rsa; p=" + Convert.ToBase64String(key.ExportSubjectPublicKeyInfo()), read.Record);
    }

    [Theory]
    [InlineData("news@example.com", "", "example.com")]
    [InlineData("news@example.com", "Mail.Example.com", "mail.example.com")]
    [InlineData("Paper <news@mail.example.com>", "example.com", "example.com")]
    [InlineData("news@bücher.example", "", "xn--bcher-kva.example")]
    public void The_signing_domain_is_the_senders_or_one_above_or_below(string from, string domain, string expected)
    {
        var options = DkimVerifiers.Options();
        options.Domain = domain;

        Assert.Empty(options.Validate(from));
        Assert.Equal(expected, MailSigner.Create(options, new MailOptions { From = from })!.Keys[0].Domain);
    }

    public static TheoryData<string, Action<DkimOptions>> Faults => new()
    {
        { "Dkim__Domain: other.example does not match example.com", o => o.Domain = "other.example" },
        { "Dkim__Domain: le.com does not match example.com", o => o.Domain = "le.com" },
        { "Dkim__Domain: a domain such as", o => o.Domain = "com" },
        { "Dkim__Domain: a domain is set without a key", o => (o.Domain, o.Selector, o.PrivateKey) = ("example.com", "", "") },
        { "Dkim__Selector: the name of", o => o.Selector = "" },
        { "Dkim__Selector: the name of", o => o.Selector = "a b" },
        { "Dkim__Selector: the name of", o => o.Selector = "x;\r\nBcc: all" },
        { "Dkim__PrivateKey: set either this or Dkim__PrivateKeyFile", o => o.PrivateKey = "" },
        { "Dkim__PrivateKey: set either this or Dkim__PrivateKeyFile", o => o.PrivateKeyFile = "/etc/hostname" },
        { "Dkim__PrivateKeyFile: there is no such file", o => (o.PrivateKey, o.PrivateKeyFile) = ("", "/no/such/file.pem") },
        { "Dkim__PrivateKeyFile: not a private key", o => (o.PrivateKey, o.PrivateKeyFile) = ("", "/etc/hostname") },
        { "Dkim__PrivateKey: not a private key", o => o.PrivateKey = "sEcReT" },
        { "Dkim__PrivateKey: not a private key", o => o.PrivateKey = "c0VjUmVU" },
        { "Dkim__PrivateKey: not an RSA key", o => o.PrivateKey = "-----BEGIN PRIVATE KEY-----\nc0VjUmVU\n-----END PRIVATE KEY-----" },
        { "Dkim__PrivateKey: not an RSA key", o => o.PrivateKey = DkimVerifiers.Ed25519Pem },
        { "Dkim__PrivateKey: not a private key", o => o.PrivateKey = Pem(2048, key => key.ExportSubjectPublicKeyInfoPem()) },
        { "Dkim__PrivateKey: the key has 1024 bits", o => o.PrivateKey = Pem(1024, key => key.ExportPkcs8PrivateKeyPem()) },
        {
            "Dkim__PrivateKey: the key is locked with a passphrase",
            o => o.PrivateKey = Pem(2048, key => key.ExportEncryptedPkcs8PrivateKeyPem(
                "x", new PbeParameters(PbeEncryptionAlgorithm.Aes128Cbc, HashAlgorithmName.SHA256, 1)))
        },
        { "Dkim__Ed25519Selector: the name of", o => o.Ed25519PrivateKey = DkimVerifiers.Ed25519Pem },
        { "Dkim__Ed25519PrivateKey: not an Ed25519 key", o => (o.Ed25519Selector, o.Ed25519PrivateKey) = ("ed", o.PrivateKey) },
        { "Dkim__Ed25519PrivateKey: not an Ed25519 key", o =>
            (o.Ed25519Selector, o.Ed25519PrivateKey) = ("ed", "-----BEGIN PRIVATE KEY-----\nc0VjUmVU\n-----END PRIVATE KEY-----") },
        { "Dkim__LeaveOut: only these", o => o.LeaveOut = "From" },
        { "Dkim__LeaveOut: only these", o => o.LeaveOut = "X-Nothing" },
    };

    [Theory]
    [MemberData(nameof(Faults), DisableDiscoveryEnumeration = true)]
    public void A_fault_is_one_line_that_names_its_setting_and_quotes_no_key(string begins, Action<DkimOptions> change)
    {
        var options = DkimVerifiers.Options();
        change(options);

        var fault = Assert.Single(options.Validate("news@example.com"));

        Assert.StartsWith(begins, fault, StringComparison.Ordinal);
        Assert.DoesNotContain("sEcReT", fault, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("MII", fault, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', fault);
        Assert.Throws<ArgumentException>(() => MailSigner.Create(options, SampleMails.Options()));
    }

    [Fact]
    public void Signing_needs_a_sender() =>
        Assert.StartsWith("Mail__From: ", Assert.Single(DkimVerifiers.Options().Validate("")), StringComparison.Ordinal);

    private static string Pem(int bits, Func<RSA, string> write)
    {
        using var key = RSA.Create(bits);
        return write(key);
    }
}

using System.Text;
using DailyDigest.Mail;
using DailyDigest.Mail.Dkim;
using DailyDigest.Server.Commands;
using DailyDigest.Settings;

namespace DailyDigest.EndToEnd.Tests;

/// <summary>The headers that signatures cover: of a digest as it is signed here, and of a mail that arrived.</summary>
public sealed class SignedHeadersTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("dd-signed-").FullName;
    private readonly MailOptions options = new() { From = "News <news@example.com>", FeedbackSender = "courier" };
    private readonly Publication publication = new() { Name = "The Courier", BaseUrl = "https://digest.example.com" };

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void A_digest_that_is_signed_here_has_every_header_signed()
    {
        options.Complaints = "complaints@mail.example.com";

        Assert.Equal(
            ["mail signed headers: OK: a signature of example.com covers from, to, subject, date, message-id, list-unsubscribe, "
                + "list-unsubscribe-post, feedback-id, cfbl-address, cfbl-feedback-id"],
            Examine(Signer()));
    }

    [Theory]
    [InlineData("Message-ID, Date", "warning: the signature of example.com does not cover date, message-id")]
    [InlineData("List-Unsubscribe", "FAILED: the signature of example.com does not cover list-unsubscribe")]
    public void Headers_that_are_left_out_are_named(string left, string expected) =>
        Assert.Equal(["mail signed headers: " + expected], Examine(Signer(left)));

    [Fact]
    public void Reports_that_providers_would_not_send_are_warnings()
    {
        (options.FeedbackSender, options.Complaints) = ("", "fbl@other.example.net");

        Assert.Equal(
            [
                "mail signed headers: not checked: the relay signs: use send-test, save the source of the mail that arrived, and name the "
                    + "file with --mail",
                "mail Feedback-ID: warning: digests have none, so Gmail reports no complaints: set Mail__FeedbackSender to 5 to 15 "
                    + "characters of your own",
                "mail CFBL-Address: warning: other.example.net is neither example.com, the domain of Mail__From, nor below it: providers "
                    + "send complaints only if a signature of other.example.net is added on the way",
            ],
            Examine(null));
    }

    [Theory]
    [InlineData(
        "d=example.com; h=From:To:Subject:Date:Message-ID:List-Unsubscribe\n :List-Unsubscribe-Post:Feedback-ID",
        "OK: a signature of example.com covers from, to, subject, date, message-id, list-unsubscribe, "
            + "list-unsubscribe-post, feedback-id")]
    [InlineData("d=relay.example.net; h=From:To:Subject:Date:Message-ID", "FAILED: no signature is of example.com, the domain of From")]
    [InlineData(
        "d=mail.example.com; h=from:to:subject:date:message-id:feedback-id",
        "FAILED: the signature of mail.example.com does not cover list-unsubscribe, list-unsubscribe-post")]
    [InlineData(
        "d=example.com; h=from:to:subject:date:message-id:list-unsubscribe:list-unsubscribe-post",
        "warning: the signature of example.com does not cover feedback-id")]
    [InlineData(
        "d=com; h=;;;=;d",
        "FAILED: the signature of com does not cover from, to, subject, date, message-id, list-unsubscribe, "
            + "list-unsubscribe-post, feedback-id")]
    [InlineData(null, "FAILED: the mail has no DKIM-Signature")]
    public void A_mail_that_arrived_is_read(string? signature, string expected) => Assert.Equal(
        ["mail signed headers: " + expected],
        Examine(null, $"""
            Received: by mx.example.org
            {(signature is null ? "X-Nothing: here" : $"DKIM-Signature: v=1; a=rsa-sha256; {signature}; b=abc")}
            From: News <news@example.com>
            To: reader@example.org
            Subject: Test
            Date: Sun, 22 Nov 2026 06:00:00 +0000
            Message-ID: <1@example.com>
            List-Unsubscribe: <https://digest.example.com/u>
            List-Unsubscribe-Post: List-Unsubscribe=One-Click
            Feedback-ID: a:b:c:courier

            Text
            """));

    [Fact]
    public void A_hostile_file_is_read_in_part_and_never_OK()
    {
        var random = new byte[200_000];
        new Random(7).NextBytes(random);
        var folded = "DKIM-Signature: h=" + string.Concat(Enumerable.Repeat("from:\n ", 400_000));
        foreach (var bytes in new[]
        {
            [], random, Encoding.ASCII.GetBytes(folded), Encoding.ASCII.GetBytes("From: " + new string('x', 3_000_000)),
            Encoding.ASCII.GetBytes(
                string.Concat(Enumerable.Repeat("DKIM-Signature: d=example.com; h=to\r\n", 20_000)) + "From: a@example.com"),
            "From: =?x?q?\r\nFrom: <@>\r\n\r\n"u8.ToArray(),
        })
        {
            Assert.DoesNotContain(": OK", Assert.Single(Examine(null, bytes)), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_file_that_is_not_there_is_a_failure() => Assert.StartsWith(
        "mail signed headers: FAILED: --mail: ",
        Assert.Single(SignedHeaders.Examine(options, publication, null, new FileInfo(Path.Combine(folder, "none.eml")))).ToLine(),
        StringComparison.Ordinal);

    private List<string> Examine(MailSigner? signer) =>
        [.. SignedHeaders.Examine(options, publication, signer, null).Select(one => one.ToLine())];

    private List<string> Examine(MailSigner? signer, string mail) =>
        Examine(signer, Encoding.ASCII.GetBytes(mail.ReplaceLineEndings("\r\n")));

    private List<string> Examine(MailSigner? signer, byte[] mail)
    {
        var file = new FileInfo(Path.Combine(folder, "mail.eml"));
        File.WriteAllBytes(file.FullName, mail);
        return [.. SignedHeaders.Examine(options, publication, signer, file).Select(one => one.ToLine())];
    }

    private MailSigner Signer(string left = "")
    {
        using var key = System.Security.Cryptography.RSA.Create(2048);
        return MailSigner.Create(
            new DkimOptions { Selector = "s1", PrivateKey = key.ExportPkcs8PrivateKeyPem(), LeaveOut = left }, options)!;
    }
}

using System.Security.Cryptography;
using System.Text;
using DailyDigest.Mail.Smtp;
using DailyDigest.Mailing;
using DailyDigest.Runs;
using DailyDigest.Testing.Services;
using Microsoft.Extensions.Logging;
using MimeKit;

namespace DailyDigest.Mail.Tests;

/// <summary>Delivery through Postfix, with STARTTLS and AUTH, to another server.</summary>
public sealed class PostfixTests
{
    private const string Secret = "through the whole house";
    private const int Readers = 200;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Two_hundred_signed_digests_arrive_whole_through_postfix()
    {
        var signer = DkimVerifiers.Signer(ed25519: true);
        var log = new LogLines();
        await using var farEnd = await SmtpRecorder.StartAsync(new SmtpOptions(), Stop);
        await using var postfix = await PostfixRelay.StartAsync(farEnd.Port, "courier", Secret, Stop);
        var transport = new SmtpTransport(Options(postfix), SampleMails.Publication(), log, signer: signer);
        var english = (await SampleMails.Renderer().RenderAsync(SampleMails.Digest(), "en", [], Stop))!;
        var arabic = (await SampleMails.Renderer().RenderAsync(SampleMails.Digest("ar"), "ar", [], Stop))!;

        await Parallel.ForAsync(0, 4, Stop, async (sender, token) =>
        {
            await using var session = transport.OpenSession();
            for (var i = sender; i < Readers; i += 4)
            {
                var result = await session.SendAsync(
                    SampleMails.Mail(i % 2 == 0 ? english : arabic, $"reader{i}@example.org", $"20261122.{i}@digest.example.com")
                        with
                    { UnsubscribeUrl = Link(i) }, token);
                Assert.True(result.Outcome == SendOutcome.Sent, $"{result} {postfix.Log}");
            }
        });

        var arrived = await farEnd.WaitForAsync(Readers, Stop);
        Assert.Equal(Enumerable.Range(0, Readers).Select(i => $"reader{i}@example.org").Order(),
            arrived.Select(mail => Assert.Single(mail.To)).Order());
        foreach (var mail in arrived)
        {
            var i = int.Parse(mail.To[0]["reader".Length..mail.To[0].IndexOf('@')], System.Globalization.CultureInfo.InvariantCulture);
            using var message = await MimeMessage.LoadAsync(new MemoryStream(mail.Raw), Stop);
            Assert.Equal(i % 2 == 0 ? english.Subject : arabic.Subject, message.Subject);
            Assert.Contains(Link(i) + "\n", message.TextBody!.ReplaceLineEndings("\n"), StringComparison.Ordinal);
            Assert.Equal($"<{Link(i)}>", message.Headers[HeaderId.ListUnsubscribe]);
            Assert.Contains("with ESMTPSA id", mail.Header("Received")!, StringComparison.Ordinal);
        }

        Assert.All(await DkimVerifiers.DkimpyAsync(signer, arrived.Select(mail => mail.Raw), Stop), found =>
            Assert.Equal([true, true], found));
        Assert.Empty(log.All);
        NoSecretIn(postfix.Log);
        static string Link(int i) => $"https://digest.example.com/u/{i}?t=abc.def-ghi_jkl=&k={i}";
    }

    [Fact]
    public async Task Refusals_of_postfix_are_understood_and_no_password_is_logged()
    {
        var log = new LogLines();
        await using var farEnd = await SmtpRecorder.StartAsync(new SmtpOptions(), Stop);
        await using var postfix = await PostfixRelay.StartAsync(farEnd.Port, "courier", Secret, Stop);
        var (wrongPassword, noLogin, noTls, noPin) = (Options(postfix), Options(postfix), Options(postfix), Options(postfix));
        wrongPassword.Password = Secret + "?";
        (noLogin.User, noLogin.Password) = ("", "");
        noTls.Security = "none";
        noPin.CertificateSha256 = "";
        var big = SampleMails.Notice() with { Text = new string('x', 400_000) };

        Assert.Equal("sent", await SendAsync(Options(postfix), SampleMails.Notice()));
        Assert.StartsWith("refused login refused: 535", await SendAsync(wrongPassword, SampleMails.Notice()), StringComparison.Ordinal);
        Assert.StartsWith("refused the relay refuses us: 554 5.7.1 <address>: Relay access denied",
            await SendAsync(noLogin, SampleMails.Notice()), StringComparison.Ordinal);
        Assert.StartsWith("refused The SMTP server does not support authentication", await SendAsync(noTls, SampleMails.Notice()),
            StringComparison.Ordinal);
        Assert.StartsWith("refused TLS failed", await SendAsync(noPin, SampleMails.Notice()), StringComparison.Ordinal);
        Assert.StartsWith("rejected too-big 552 5.3.4", await SendAsync(Options(postfix), big), StringComparison.Ordinal);
        Assert.StartsWith("rejected no-such-user 550 5.1.1",
            await SendAsync(Options(postfix), SampleMails.Notice("nobody@example.org")), StringComparison.Ordinal);

        Assert.Single(await farEnd.WaitForAsync(1, Stop));
        Assert.Contains("authentication failed", postfix.Log, StringComparison.Ordinal);
        NoSecretIn(postfix.Log + string.Join('\n', log.All));
        Assert.NotEmpty(log.All);

        async Task<string> SendAsync(MailOptions options, NoticeMail notice)
        {
            await using var session = new SmtpTransport(options, SampleMails.Publication(), log).OpenSession();
            var result = await session.SendAsync(notice, Stop);
            NoSecretIn(result.ToString());
            return result.Outcome switch
            {
                SendOutcome.Sent => "sent",
                SendOutcome.Rejected => $"rejected {result.Reason} {result.Reply}",
                SendOutcome.RelayRefused => $"refused {result.Reply}",
                _ => result.ToString(),
            };
        }
    }

    private static void NoSecretIn(string text)
    {
        Assert.DoesNotContain(Secret, text, StringComparison.Ordinal);
        foreach (var password in new[] { Secret, Secret + "?" })
        {
            Assert.DoesNotContain(Convert.ToBase64String(Encoding.UTF8.GetBytes($"\0courier\0{password}")), text, StringComparison.Ordinal);
        }
    }

    private static MailOptions Options(PostfixRelay postfix) => new()
    {
        Host = "127.0.0.1",
        Port = postfix.Port,
        Security = "starttls",
        User = "courier",
        Password = Secret,
        CertificateSha256 = Convert.ToHexString(SHA256.HashData(postfix.Certificate.RawData)),
        From = "news@example.com",
    };
}

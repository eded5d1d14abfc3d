using System.Text;
using DailyDigest.Digests;
using DailyDigest.Mail.Dkim;
using DailyDigest.Mail.Pickup;
using DailyDigest.Mail.Smtp;
using DailyDigest.Mailing;
using DailyDigest.Runs;
using DailyDigest.Testing.Services;
using Microsoft.Extensions.Logging.Abstractions;

namespace DailyDigest.Mail.Tests;

/// <summary>Signatures, checked by two independent verifiers.</summary>
public sealed partial class DkimTests
{
    /// <summary>Texts on which a canonical form can fail.</summary>
    private static readonly string[] Hostile =
    [
        "", " ", "\t", "\n", "\n\n\n", "plain", "ends with spaces   ", "ends with tabs\t\t\n", "two\n\n\nempty lines at the end\n\n\n\n",
        "  begins with spaces", "\tbegins with a tab", "runs   of    spaces \t and \t\ttabs", " \n \n\t\n", "a\n \n\t \nb",
        ".", "..", ".\n.\n.", "a\n.\nb", "\n.hidden\n..twice", "From here\n>From there\nFrom: nobody@example.org", "a\r\nb\rc\n\rd",
        "é", "naïve café — “quoted” …", "ميناء الإسكندرية يستقبل أول سفينة شحن", "👩‍👩‍👧‍👦 family\u200f\u202e", "日本語のお知らせ",
            "\u00a0\u2003\u3000",
        "=", "=\n=", "=20", "= =\t=", "--\n", "-- \nsignature", "--=_dd_0123456789abcdef01234567--", "\u0000\u0001\u001b\u007f",
        "https://example.org/" + new string('x', 3000), new string('y', 76), new string('z', 75) + " ",
            string.Concat(Enumerable.Repeat("a ", 2000)),
        string.Concat(Enumerable.Repeat("word\t \n", 200)), "b=;bh=;h=from:to; DKIM-Signature: v=1",
            "{{dd:unsubscribe}} and {{dd:preferences}}",
    ];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Signatures_over_hostile_texts_and_subjects_verify()
    {
        var signer = DkimVerifiers.Signer(ed25519: true);
        await using var server = await SmtpRecorder.StartAsync(new SmtpOptions(), Stop);
        await using (var session = Smtp(server, signer).OpenSession())
        {
            foreach (var text in Hostile)
            {
                var notice = SampleMails.Notice()
                    with
                { Text = text, Html = "<p>" + text + "</p>" + text, Subject = text.Length > 300 ? text[..300] : text };
                Assert.Equal(SendOutcome.Sent, (await session.SendAsync(notice, Stop)).Outcome);
            }
        }

        await DkimVerifiers.AcceptAsync(signer, Raw(await server.WaitForAsync(Hostile.Length, Stop)), Stop);
    }

    [Theory]
    [InlineData("en")]
    [InlineData("ar")]
    public async Task Digests_are_signed_with_each_readers_own_links(string language)
    {
        var signer = DkimVerifiers.Signer(ed25519: true);
        await using var server = await SmtpRecorder.StartAsync(new SmtpOptions(), Stop);
        var variant = (await SampleMails.Renderer().RenderAsync(SampleMails.Digest(language), language, [], Stop))!;
        string[] links = [SampleMails.Unsubscribe, "https://digest.example.com/u?a=  b \t&c=\"<é>", "https://d.example/"
            + new string('t', 2000), "", " ", "x ", "ends\t "];
        await using (var session = Smtp(server, signer).OpenSession())
        {
            foreach (var link in links)
            {
                var mail = SampleMails.Mail(variant, "reader@bücher.example")
                    with
                { UnsubscribeUrl = link, PreferencesUrl = link + link, Campaign = "a:b:c " + link };
                Assert.Equal(SendOutcome.Sent, (await session.SendAsync(mail, Stop)).Outcome);
            }
        }

        await DkimVerifiers.AcceptAsync(signer, Raw(await server.WaitForAsync(links.Length, Stop)), Stop);
    }

    [Fact]
    public async Task Headers_in_utf8_are_signed_as_they_are_written()
    {
        var signer = DkimVerifiers.Signer();
        await using var server = await SmtpRecorder.StartAsync(new SmtpOptions(), Stop);
        await using (var session = Smtp(server, signer).OpenSession())
        {
            Assert.Equal(SendOutcome.Sent,
                (await session.SendAsync(SampleMails.Notice("lesér@example.org") with { Subject = "Grüße  aus\tKöln …" }, Stop)).Outcome);
        }

        var raw = Raw(await server.WaitForAsync(1, Stop));
        Assert.Contains("To: lesér@example.org", Encoding.UTF8.GetString(raw[0]), StringComparison.Ordinal);
        await DkimVerifiers.AcceptAsync(signer, raw, Stop);
    }

    [Fact]
    public async Task Bodies_cut_anywhere_are_canonicalised_as_a_whole()
    {
        // Our encoder does not write such bodies: white space and empty lines where shared and personal bytes meet.
        var rendered = (await SampleMails.Renderer().RenderAsync(SampleMails.Digest(), "en", [], Stop))!;
        var random = new Random(20261122);
        string[] pieces = [" ", "  ", "\t", "\r\n", "\r\n\r\n", "a", "bc", ".", "=", Slots.Unsubscribe, Slots.Preferences];
        var signer = DkimVerifiers.Signer();
        var messages = new List<byte[]>();
        for (var i = 0; i < 120; i++)
        {
            var body = string.Concat(Enumerable.Range(0, random.Next(1, 20)).Select(_ => pieces[random.Next(pieces.Length)])) + "\r\n";
            var variant = rendered with { Body = Encoding.ASCII.GetBytes("Content-Type: text/plain\r\n\r\n" + body) };
            messages.Add(await PickedUpAsync(signer, session => session.SendAsync(
                SampleMails.Mail(variant) with { UnsubscribeUrl = " u", PreferencesUrl = "p  p" }, Stop)));
        }

        await DkimVerifiers.AcceptAsync(signer, messages, Stop);
    }

    [Fact]
    public async Task The_headers_that_receivers_look_at_are_signed_and_from_twice()
    {
        var variant = (await SampleMails.Renderer().RenderAsync(SampleMails.Digest(), "en", [], Stop))!;

        var digest = Tags(await PickedUpAsync(DkimVerifiers.Signer(), session => session.SendAsync(SampleMails.Mail(variant), Stop)));
        var notice = Tags(await PickedUpAsync(DkimVerifiers.Signer(), session => session.SendAsync(SampleMails.Notice(), Stop)));

        Assert.Equal(
            "from:from:to:subject:date:message-id:reply-to:mime-version:content-type"
                + ":list-id:list-unsubscribe:list-unsubscribe-post:feedback-id",
            digest["h"]);
        Assert.Equal("from:from:to:subject:date:message-id:reply-to:mime-version:content-type:auto-submitted", notice["h"]);
        Assert.Equal(("1", "rsa-sha256", "relaxed/relaxed", "example.com", "morning"),
            (digest["v"], digest["a"], digest["c"], digest["d"], digest["s"]));
        Assert.Equal(SampleMails.Now.ToUnixTimeSeconds().ToString(System.Globalization.CultureInfo.InvariantCulture), digest["t"]);
    }

    [Fact]
    public async Task Headers_that_the_relay_rewrites_can_be_left_out()
    {
        var options = DkimVerifiers.Options();
        options.LeaveOut = "Message-ID, Date";
        var signer = MailSigner.Create(options, SampleMails.Options())!;

        var raw = await PickedUpAsync(signer, session => session.SendAsync(SampleMails.Notice(), Stop));
        var rewritten = Encoding.Latin1.GetBytes(
            Encoding.Latin1.GetString(raw).Replace("notice.1@digest", "0100-relay@digest", StringComparison.Ordinal));

        Assert.DoesNotContain("message-id", Tags(raw)["h"], StringComparison.Ordinal);
        await DkimVerifiers.AcceptAsync(signer, [raw, rewritten], Stop);
    }

    [Fact]
    public async Task A_change_to_signed_content_breaks_the_signature()
    {
        var signer = DkimVerifiers.Signer(ed25519: true);
        var raw = Encoding.Latin1.GetString(await PickedUpAsync(signer, session => session.SendAsync(SampleMails.Notice(), Stop)));
        string[] changed =
        [
            raw.Replace("ok", "no", StringComparison.Ordinal),
            raw.Replace("Subject: Confirm", "Subject: Renounce", StringComparison.Ordinal),
            "From: other@example.net\r\n" + raw,
            raw.Replace("Auto-Submitted: auto", "Auto-Submitted: not-auto", StringComparison.Ordinal),
        ];

        var found = await DkimVerifiers.DkimpyAsync(signer, changed.Append(raw).Select(Encoding.Latin1.GetBytes), Stop);

        Assert.All(found[..^1], one => Assert.Equal([false, false], one));
        Assert.Equal([true, true], found[^1]);
    }

    [Fact]
    public async Task A_message_sent_again_is_the_same_byte_for_byte()
    {
        var signer = DkimVerifiers.Signer(ed25519: true);
        var variant = (await SampleMails.Renderer().RenderAsync(SampleMails.Digest(), "en", [], Stop))!;

        var first = await PickedUpAsync(signer, session => session.SendAsync(SampleMails.Mail(variant), Stop));
        var second = await PickedUpAsync(signer, session => session.SendAsync(SampleMails.Mail(variant), Stop));

        Assert.Equal(first, second);
    }

    [Fact]
    public async Task Many_threads_sign_with_one_key()
    {
        var signer = DkimVerifiers.Signer(ed25519: true);
        var messages = new byte[64][];

        await Parallel.ForAsync(
            0, messages.Length, new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = Stop }, async (i, _) =>
            messages[i] = await PickedUpAsync(signer, session => session.SendAsync(SampleMails.Notice($"reader{i}@example.org"), Stop)));

        await DkimVerifiers.AcceptAsync(signer, messages, Stop);
    }

    private static SmtpTransport Smtp(SmtpRecorder server, MailSigner signer) => new(
        new MailOptions { Host = "127.0.0.1", Port = server.Port, Security = "none", From = "news@example.com" },
        SampleMails.Publication(), NullLogger<SmtpTransport>.Instance, signer: signer);

    private static async Task<byte[]> PickedUpAsync(MailSigner signer, Func<IMailSession, Task<SendResult>> send)
    {
        var folder = Directory.CreateTempSubdirectory("dd-dkim-").FullName;
        await using (var session = new PickupTransport(SampleMails.Options(folder), SampleMails.Publication(), signer).OpenSession())
        {
            Assert.Equal(SendOutcome.Sent, (await send(session)).Outcome);
        }

        var raw = await File.ReadAllBytesAsync(Directory.GetFiles(folder).Single(), Stop);
        Directory.Delete(folder, recursive: true);
        return raw;
    }

    private static List<byte[]> Raw(IReadOnlyList<RecordedMail> messages) => [.. messages.Select(message => message.Raw)];

    /// <summary>The first signature's tags, without white space.</summary>
    private static Dictionary<string, string> Tags(byte[] raw) =>
        string.Concat(new RecordedMail("", [], raw, null, false, "", "", true).Header("DKIM-Signature")!.Where(c => !char.IsWhiteSpace(c)))
            .Split(';').Select(tag => tag.Split('=', 2)).ToDictionary(tag => tag[0], tag => tag[1]);
}

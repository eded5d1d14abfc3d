using System.Text;
using DailyDigest.Calendar;
using DailyDigest.Digests;
using DailyDigest.Mail.Dkim;
using DailyDigest.Mail.Pickup;
using DailyDigest.Mail.Returns;
using DailyDigest.Mailing;
using DailyDigest.Returns;
using DailyDigest.Runs;
using DailyDigest.Settings;
using DailyDigest.Subscribers;
using MimeKit;

namespace DailyDigest.Mail.Tests;

/// <summary>The headers by which providers report complaints: Feedback-ID for Gmail, and those of RFC 9477.</summary>
public sealed class FeedbackTests
{
    private const string Token = "abcdefghijklmnopqrstuvwxyz234567abcdefghijklmnop";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("https://example.com", "", "20261122:daily:digest:example.com")]
    [InlineData("https://digest.example.com", "", null)]
    [InlineData("https://a.io", "", null)]
    [InlineData("https://digest.example.com", "harbour_2026-a", "20261122:daily:digest:harbour_2026-a")]
    public async Task Feedback_ID_ends_with_a_sender_that_Gmail_takes(string url, string sender, string? expected)
    {
        var publication = new Publication { Name = "The Harbour Courier", BaseUrl = url, TimeZone = "Europe/Paris" };
        var options = SampleMails.Options();
        options.FeedbackSender = sender;
        Assert.Empty(options.Validate(development: false));

        using var message = MimeMessage.Load(new MemoryStream(await PickedUpAsync(options, publication)), Stop);

        Assert.Equal(expected, message.Headers["Feedback-ID"]);
    }

    [Theory]
    [InlineData("four")]
    [InlineData("sixteen_letters_")]
    [InlineData("digest")]
    [InlineData("DIGEST")]
    [InlineData("with space")]
    [InlineData("with:colon")]
    [InlineData("with\r\nBcc: x")]
    [InlineData("caf\u00e9s")]
    public void A_sender_that_Gmail_does_not_take_stops_the_start(string sender)
    {
        var options = SampleMails.Options();
        options.FeedbackSender = sender;

        Assert.StartsWith("Mail__FeedbackSender: 5 to 15 ", Assert.Single(options.Validate(false)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_digest_names_the_address_for_complaints_and_signs_it()
    {
        var options = SampleMails.Options();
        options.Complaints = "complaints@mail.example.com";
        Assert.Empty(options.Validate(development: false));

        var raw = await PickedUpAsync(options, SampleMails.Publication(), DkimVerifiers.Signer());

        await DkimVerifiers.AcceptAsync(DkimVerifiers.Signer(), [raw], Stop);
        using var message = MimeMessage.Load(new MemoryStream(raw), Stop);
        Assert.Equal("complaints@mail.example.com; report=arf", message.Headers["CFBL-Address"]);
        Assert.Equal(Token, message.Headers["CFBL-Feedback-ID"]);
        Assert.Contains(
            "list-unsubscribe-post:feedback-id:cfbl-address:cfbl-feedback-id;",
            string.Concat(message.Headers["DKIM-Signature"]!.Where(c => !char.IsWhiteSpace(c))), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_an_address_for_complaints_no_header_names_one()
    {
        using var message = MimeMessage.Load(
            new MemoryStream(await PickedUpAsync(SampleMails.Options(), SampleMails.Publication())), Stop);

        Assert.DoesNotContain(message.Headers, header => header.Field.StartsWith("CFBL", StringComparison.OrdinalIgnoreCase));
    }

    [Theory]
    [InlineData("nobody")]
    [InlineData("The Courier <fbl@example.com>")]
    [InlineData("fbl@example.com; report=xarf")]
    [InlineData("fbl@example.com\r\nBcc: other@example.com")]
    [InlineData("\"f b\"@example.com")]
    [InlineData("fbl@b\u00fccher.example")]
    public void An_address_for_complaints_that_RFC_9477_does_not_take_stops_the_start(string address)
    {
        var options = SampleMails.Options();
        options.Complaints = address;

        Assert.StartsWith("Mail__Complaints: ", Assert.Single(options.Validate(false)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("message/rfc822")]
    [InlineData("text/rfc822-headers")]
    public async Task A_report_with_nothing_but_the_id_of_the_complaint_names_the_delivery(string type)
    {
        var links = new LinksOptions { Keys = Convert.ToBase64String([.. Enumerable.Range(1, 32).Select(one => (byte)one)]) };
        var date = new DateOnly(2026, 11, 22);
        var token = new EnvelopeTokens(links).Create(date, "00112233445566778899aabbccddeeff");
        var report = $"""
            From: <fbl@provider.example>
            To: <complaints@example.com>
            Subject: complaint
            MIME-Version: 1.0
            Content-Type: multipart/report; report-type=feedback-report; boundary=b

            --b
            Content-Type: text/plain

            A complaint.
            --b
            Content-Type: message/feedback-report

            Feedback-Type: abuse
            User-Agent: Provider/1.0
            Version: 1
            --b
            Content-Type: {type}

            CFBL-Feedback-ID: {token}

            --b--
            """.ReplaceLineEndings("\r\n");

        var returned = await new ReturnReader(new ReturnAddresses("bounces@example.com", null))
            .ReadAsync(new MemoryStream(Encoding.ASCII.GetBytes(report)), Stop);

        Assert.Equal(ReturnKind.Complained, returned.Kind);
        Assert.Equal(new ReturnCandidate(ReturnProof.Token, token, null), Assert.Single(returned.Candidates));
        Assert.True(new EnvelopeTokens(links).TryRead(returned.Candidates[0].Value, out var read, out _, out _));
        Assert.Equal(date.Text(), read.Text());
    }

    private static async Task<byte[]> PickedUpAsync(MailOptions options, Publication publication, MailSigner? signer = null)
    {
        var folder = Directory.CreateTempSubdirectory("dd-feedback-").FullName;
        options.PickupFolder = folder;
        var variant = (await SampleMails.Renderer().RenderAsync(SampleMails.Digest(), "en", [], Stop))!;
        await using (var session = new PickupTransport(options, publication, signer).OpenSession())
        {
            var mail = SampleMails.Mail(variant) with { EnvelopeToken = Token };
            Assert.Equal(SendOutcome.Sent, (await session.SendAsync(mail, Stop)).Outcome);
        }

        var raw = await File.ReadAllBytesAsync(Directory.GetFiles(folder).Single(), Stop);
        Directory.Delete(folder, recursive: true);
        return raw;
    }
}

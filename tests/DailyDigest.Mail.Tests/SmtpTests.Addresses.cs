using DailyDigest.Mail.Smtp;
using DailyDigest.Runs;
using DailyDigest.Testing.Services;
using Microsoft.Extensions.Logging.Abstractions;

namespace DailyDigest.Mail.Tests;

/// <summary>Recipients, and values in headers.</summary>
public sealed partial class SmtpTests
{
    [Theory]
    [InlineData("reader@bücher.example", "reader@xn--bcher-kva.example")]
    [InlineData("o'hara+news@example.org", "o'hara+news@example.org")]
    public async Task A_domain_outside_ascii_is_sent_in_punycode(string address, string sent)
    {
        await using var server = await SmtpRecorder.StartAsync(new SmtpOptions(), Stop);
        await using var session = Transport(server).OpenSession();

        var result = await session.SendAsync(SampleMails.Notice(address), Stop);

        Assert.True(result.Outcome == SendOutcome.Sent, result.ToString());
        // The server decodes envelopes to Unicode; the header is unchanged.
        Assert.Equal(sent, Assert.Single(await server.WaitForAsync(1, Stop)).Header("To"));
    }

    [Fact]
    public async Task A_local_part_outside_ascii_is_sent_to_a_server_that_takes_it()
    {
        await using var server = await SmtpRecorder.StartAsync(new SmtpOptions(), Stop);
        await using var session = Transport(server).OpenSession();
        await session.SendAsync(SampleMails.Notice(), Stop);

        var result = await session.SendAsync(SampleMails.Notice("lesér@example.org"), Stop);

        Assert.True(result.Outcome == SendOutcome.Sent, result.ToString());
        Assert.Equal(["lesér@example.org"], (await server.WaitForAsync(2, Stop))[1].To);
    }

    [Fact]
    public async Task No_value_can_add_a_header()
    {
        await using var server = await SmtpRecorder.StartAsync(new SmtpOptions(), Stop);
        const string Break = "x\r\nBcc: victim@example.org\r\n\r\nbody\u0000\u001b";
        var variant = (await SampleMails.Renderer().RenderAsync(SampleMails.Digest(), "en", [], Stop))!
            with
        { Subject = Break, Language = Break };
        var publication = SampleMails.Publication();
        publication.Name = Break;
        await using var session = new SmtpTransport(Options(server), publication, NullLogger<SmtpTransport>.Instance).OpenSession();

        var result = await session.SendAsync(
            SampleMails.Mail(variant)
                with
            { Campaign = Break, UnsubscribeUrl = "https://x.example/" + Break, MessageId = "1@digest.example.com" }, Stop);

        Assert.True(result.Outcome == SendOutcome.Sent, result.ToString());
        var mail = Assert.Single(await server.WaitForAsync(1, Stop));
        Assert.Equal(["reader@example.org"], mail.To);
        Assert.Null(mail.Header("Bcc"));
        using var message = Read(mail);
        Assert.StartsWith("multipart/alternative", message.Body!.ContentType.MimeType, StringComparison.Ordinal);
    }
}

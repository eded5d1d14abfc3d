using DailyDigest.Mail.Smtp;
using DailyDigest.Runs;
using DailyDigest.Testing.Services;
using Microsoft.Extensions.Logging.Abstractions;

namespace DailyDigest.Mail.Tests;

/// <summary>Recipients as they come.</summary>
public sealed partial class SmtpTests
{
    [Theory]
    [InlineData("reader@bücher.example", "reader@xn--bcher-kva.example")]
    [InlineData("o'hara+news@example.org", "o'hara+news@example.org")]
    public async Task A_domain_outside_ascii_travels_in_punycode(string address, string sent)
    {
        await using var server = await SmtpRecorder.StartAsync(new SmtpOptions(), Stop);
        await using var session = Transport(server).OpenSession();

        var result = await session.SendAsync(Sample.Notice(address), Stop);

        Assert.True(result.Outcome == SendOutcome.Sent, result.ToString());
        // The server shows envelopes in Unicode; the header is as it was sent.
        Assert.Equal(sent, Assert.Single(await server.WaitForAsync(1, Stop)).Header("To"));
    }

    [Fact]
    public async Task A_name_outside_ascii_goes_to_a_server_that_takes_it()
    {
        await using var server = await SmtpRecorder.StartAsync(new SmtpOptions(), Stop);
        await using var session = Transport(server).OpenSession();
        await session.SendAsync(Sample.Notice(), Stop);

        var result = await session.SendAsync(Sample.Notice("lesér@example.org"), Stop);

        Assert.True(result.Outcome == SendOutcome.Sent, result.ToString());
        Assert.Equal(["lesér@example.org"], (await server.WaitForAsync(2, Stop))[1].To);
    }

    [Theory]
    [InlineData("reader@example.org\r\nRCPT TO:<victim@example.org>")]
    [InlineData("reader@example.org\r\nBcc: victim@example.org")]
    [InlineData("reader@example.org,victim@example.org")]
    [InlineData("reader@example.org> NOTIFY=SUCCESS")]
    [InlineData("no at sign")]
    [InlineData("@example.org")]
    [InlineData("")]
    public async Task What_is_no_single_address_is_refused_before_anything_is_sent(string address)
    {
        await using var server = await SmtpRecorder.StartAsync(new SmtpOptions(), Stop);
        await using var session = Transport(server).OpenSession();

        var result = await session.SendAsync(Sample.Notice(address), Stop);

        Assert.Equal(SendOutcome.Rejected, result.Outcome);
        await server.SyncAsync(Stop);
        Assert.Equal(0, server.Connections);
    }

    [Fact]
    public async Task No_value_brings_a_header_of_its_own()
    {
        await using var server = await SmtpRecorder.StartAsync(new SmtpOptions(), Stop);
        const string Break = "x\r\nBcc: victim@example.org\r\n\r\nbody\u0000\u001b";
        var variant = (await Sample.Renderer().RenderAsync(Sample.Digest(), "en", [], Stop))! with { Subject = Break, Language = Break };
        var publication = Sample.Publication();
        publication.Name = Break;
        await using var session = new SmtpTransport(Options(server), publication, NullLogger<SmtpTransport>.Instance).OpenSession();

        var result = await session.SendAsync(
            Sample.Mail(variant) with { FeedbackId = Break, UnsubscribeUrl = "https://x.example/" + Break, MessageId = "1@digest.example.com" }, Stop);

        Assert.True(result.Outcome == SendOutcome.Sent, result.ToString());
        var mail = Assert.Single(await server.WaitForAsync(1, Stop));
        Assert.Equal(["reader@example.org"], mail.To);
        Assert.Null(mail.Header("Bcc"));
        using var message = Read(mail);
        Assert.StartsWith("multipart/alternative", message.Body!.ContentType.MimeType, StringComparison.Ordinal);
    }
}

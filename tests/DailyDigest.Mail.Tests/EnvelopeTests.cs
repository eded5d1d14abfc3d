using DailyDigest.Mail.Mime;
using DailyDigest.Mail.Smtp;
using DailyDigest.Mailing;
using DailyDigest.Subscribers;
using DailyDigest.Testing.Services;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace DailyDigest.Mail.Tests;

public sealed class EnvelopeTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_envelope_sender_names_the_mail_if_it_is_a_digest_or_a_service_mail()
    {
        await using var server = await SmtpRecorder.StartAsync(new SmtpOptions(), Stop);
        var token = new EnvelopeTokens(new LinksOptions()).Create(new DateOnly(2026, 11, 22), new string('a', 32));
        var notice = new NoticeTokens(new LinksOptions()).Create(new string('a', 32) + "~1770000000")!;
        var variant = (await SampleMails.Renderer().RenderAsync(SampleMails.Digest(), "en", [], Stop))!;
        var options = new MailOptions
        {
            Host = "127.0.0.1",
            Port = server.Port,
            Security = "none",
            From = "news@example.com",
            Bounces = "bounces@mail.example.com"
        };
        Assert.Empty(options.Validate(development: false));
        await using (var session = new SmtpTransport(options, SampleMails.Publication(), NullLogger<SmtpTransport>.Instance).OpenSession())
        {
            await session.SendAsync(SampleMails.Mail(variant) with { EnvelopeToken = token }, Stop);
            await session.SendAsync(SampleMails.Mail(variant), Stop);
            await session.SendAsync(SampleMails.Notice(), Stop);
            await session.SendAsync(SampleMails.Notice() with { EnvelopeToken = notice }, Stop);
        }

        options.Bounces = "";
        await using (var session = new SmtpTransport(options, SampleMails.Publication(), NullLogger<SmtpTransport>.Instance).OpenSession())
        {
            await session.SendAsync(SampleMails.Mail(variant) with { EnvelopeToken = token }, Stop);
            await session.SendAsync(SampleMails.Notice() with { EnvelopeToken = notice }, Stop);
        }

        await server.WaitForAsync(6, Stop);
        Assert.Equal(
            [
                $"bounces+{token}@mail.example.com", "news@example.com", "news@example.com", $"bounces+{notice}@mail.example.com",
                "news@example.com", "news@example.com",
            ],
            server.Messages.Select(message => message.From));
    }

    [Fact]
    public async Task Unsubscribe_requests_by_mail_carry_a_token_only_if_a_mailbox_is_read()
    {
        var variant = (await SampleMails.Renderer().RenderAsync(SampleMails.Digest(), "en", [], Stop))!;
        var options = SampleMails.Options();
        var issued = new DateTimeOffset(2026, 11, 22, 6, 0, 0, TimeSpan.Zero);
        options.UnsubscribeAddress = "Leave <fifteen-letters@mail.example.com>";
        var tokens = new UnsubscribeTokens(new LinksOptions(), new FakeTimeProvider(issued));
        var mail = SampleMails.Mail(variant) with { SubscriberId = new string('a', 32), Date = issued };
        string Header(DigestMail one, UnsubscribeTokens? reads) => SampleMails.Parse(
            new Messages(options, SampleMails.Publication(), null, reads).Digest(one, Messages.Recipient(one.To)))
            .Headers["List-Unsubscribe"]!;

        Assert.EndsWith("<mailto:fifteen-letters@mail.example.com?subject=unsubscribe>", Header(mail, null), StringComparison.Ordinal);
        Assert.EndsWith(
            "<mailto:fifteen-letters@mail.example.com?subject=unsubscribe>", Header(mail with { SubscriberId = null }, tokens),
            StringComparison.Ordinal);
        var header = Header(mail, tokens);
        var address = header[(header.IndexOf("mailto:", StringComparison.Ordinal) + 7)..header.LastIndexOf('?')];
        Assert.Equal(64, address.IndexOf('@', StringComparison.Ordinal));
        Assert.True(tokens.TryRead(address, out var id));
        Assert.Equal(mail.SubscriberId, id);
        Assert.StartsWith("<https://", header, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("leave@example.com", true)]
    [InlineData("Leave us <leave@example.com>", true)]
    [InlineData("leave+us@example.com", false)]
    [InlineData("sixteen-letters1@example.com", false)]
    public void A_mailbox_that_is_read_needs_an_unsubscribe_address_with_room(string text, bool good)
    {
        var options = new MailOptions { Host = "relay.example.com", From = "news@example.com", UnsubscribeAddress = text };
        Assert.Empty(options.Validate(development: false));
        Assert.Equal(
            good,
            !options.Validate(development: false, readsMailbox: true)
                .Any(fault => fault.StartsWith("Mail__UnsubscribeAddress:", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("", true)]
    [InlineData("bounces@mail.example.com", true)]
    [InlineData("fifteen-letters@example.com", true)]
    [InlineData("sixteen-letters1@example.com", false)]
    [InlineData("bounces+x@example.com", false)]
    [InlineData("Bounces <bounces@example.com>", false)]
    [InlineData("\"b b\"@example.com", false)]
    [InlineData("bounces", false)]
    [InlineData("bounces@", false)]
    [InlineData("boünces@example.com", false)]
    public void An_address_for_bounces_must_leave_room_for_a_token(string text, bool good)
    {
        var options = new MailOptions { Host = "relay.example.com", From = "news@example.com", Bounces = text };
        Assert.Equal(
            good, !options.Validate(development: false).Any(fault => fault.StartsWith("Mail__Bounces:", StringComparison.Ordinal)));
    }
}

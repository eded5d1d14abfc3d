using DailyDigest.Mail.Smtp;
using DailyDigest.Subscribers;
using DailyDigest.Testing.Services;
using Microsoft.Extensions.Logging.Abstractions;

namespace DailyDigest.Mail.Tests;

public sealed class EnvelopeTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Only_a_digest_has_an_envelope_sender_that_names_its_delivery()
    {
        await using var server = await SmtpRecorder.StartAsync(new SmtpOptions(), Stop);
        var token = new EnvelopeTokens(new LinksOptions()).Create(new DateOnly(2026, 11, 22), new string('a', 32));
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
        }

        options.Bounces = "";
        await using (var session = new SmtpTransport(options, SampleMails.Publication(), NullLogger<SmtpTransport>.Instance).OpenSession())
        {
            await session.SendAsync(SampleMails.Mail(variant) with { EnvelopeToken = token }, Stop);
        }

        await server.WaitForAsync(4, Stop);
        Assert.Equal(
            [$"bounces+{token}@mail.example.com", "news@example.com", "news@example.com", "news@example.com"],
                server.Messages.Select(message => message.From));
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

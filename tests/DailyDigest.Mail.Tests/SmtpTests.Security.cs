using DailyDigest.Mail.Smtp;
using DailyDigest.Runs;
using DailyDigest.Testing.Services;

namespace DailyDigest.Mail.Tests;

/// <summary>TLS, logins, and secrets.</summary>
public sealed partial class SmtpTests
{
    [Theory]
    [InlineData(SmtpSecurity.StartTls, "PLAIN")]
    [InlineData(SmtpSecurity.StartTls, "LOGIN")]
    [InlineData(SmtpSecurity.Tls, "PLAIN")]
    public async Task Mail_goes_over_tls_after_a_login(SmtpSecurity security, string mechanism)
    {
        await using var server = await SmtpRecorder.StartAsync(
            new SmtpOptions { Security = security, RequireTls = true, User = "courier", Password = Secret, Mechanisms = [mechanism] },
                Stop);
        await using var session = Transport(server).OpenSession();

        var result = await session.SendAsync(SampleMails.Notice(), Stop);

        Assert.True(result.Outcome == SendOutcome.Sent, result.ToString());
        var mail = Assert.Single(await server.WaitForAsync(1, Stop));
        Assert.Equal(("courier", true), (mail.User, mail.Secure));
    }

    [Theory]
    [InlineData(SmtpSecurity.StartTls)]
    [InlineData(SmtpSecurity.Tls)]
    public async Task An_untrusted_certificate_is_refused(SmtpSecurity security)
    {
        await using var server = await SmtpRecorder.StartAsync(new SmtpOptions { Security = security }, Stop);

        var result = await RefusedAsync(server, options => options.CertificateSha256 = "");

        Assert.StartsWith(
            "TLS failed: the certificate is not trusted here: issued by itself, valid from ", result.Reply, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_without_TLS_is_named_so()
    {
        await using var server = await SmtpRecorder.StartAsync(new SmtpOptions(), Stop);

        var result = await RefusedAsync(server, options => options.Security = "tls");

        Assert.StartsWith("TLS failed: the server did not answer as one that speaks TLS (", result.Reply, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Mail_does_not_fall_back_to_plain_text_when_starttls_is_not_offered()
    {
        await using var server = await SmtpRecorder.StartAsync(new SmtpOptions(), Stop);

        var result = await RefusedAsync(server, options => options.Security = "starttls");

        Assert.Contains("STARTTLS", result.Reply, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Neither_password_nor_address_is_in_replies_or_logs()
    {
        var plain = Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes("\0courier\0" + Secret));
        var echo = $"5.7.8 <someone@example.org> {Secret} {plain} is wrong";
        await using var server = await SmtpRecorder.StartAsync(
            new SmtpOptions { User = "courier", Password = "other", Faults = [SmtpFault.Refuse(SmtpStage.Auth, 535, echo)] }, Stop);
        var logger = new LogLines();
        var options = Options(server);
        await using var session = new SmtpTransport(options, SampleMails.Publication(), logger).OpenSession();

        var result = await session.SendAsync(SampleMails.Notice(), Stop);

        Assert.Equal(SendOutcome.RelayRefused, result.Outcome);
        Assert.EndsWith("5.7.8 <address> *** *** is wrong", result.Reply, StringComparison.Ordinal);
        Assert.NotEmpty(logger.All);
        Assert.All(logger.All, line => Assert.Contains(result.Reply, line, StringComparison.Ordinal));
        Assert.All(logger.All, line => Assert.DoesNotContain(Secret, line, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_reply_is_one_line_without_addresses_and_of_bounded_length()
    {
        var text = "5.1.1 <reader@example.org>: \"odd one\"@example.org and reader+tag@sub.example.org are unknown " + new string('x', 400);
        await using var server = await SmtpRecorder.StartAsync(
            new SmtpOptions { Faults = [SmtpFault.Refuse(SmtpStage.Rcpt, 550, text)] }, Stop);
        await using var session = Transport(server).OpenSession();

        var result = await session.SendAsync(SampleMails.Notice(), Stop);

        Assert.StartsWith("550 5.1.1 <address>: <address> and <address> are unknown xxx", result.Reply, StringComparison.Ordinal);
        Assert.Equal(300, result.Reply.Length);
    }

    /// <summary>Sends a mail with these options, which is refused; returns the result.</summary>
    private async Task<SendResult> RefusedAsync(SmtpRecorder server, Action<MailOptions> change)
    {
        var options = Options(server);
        change(options);
        await using var session = Transport(options).OpenSession();

        var result = await session.SendAsync(SampleMails.Notice(), Stop);

        Assert.Equal(SendOutcome.RelayRefused, result.Outcome);
        await server.SyncAsync(Stop);
        Assert.Empty(server.Messages);
        return result;
    }
}

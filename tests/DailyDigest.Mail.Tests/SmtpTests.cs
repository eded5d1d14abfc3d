using System.Security.Cryptography;
using DailyDigest.Content;
using DailyDigest.Mail.Smtp;
using DailyDigest.Runs;
using DailyDigest.Subscribers;
using DailyDigest.Testing.Services;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using MimeKit;

namespace DailyDigest.Mail.Tests;

/// <summary>Against a real mail server.</summary>
public sealed partial class SmtpTests
{
    private const string Secret = "correct horse battery";

    private readonly FakeTimeProvider time = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Digests_and_notices_share_one_connection_and_arrive_as_written()
    {
        await using var server = await SmtpRecorder.StartAsync(new SmtpOptions(), Stop);
        var variant = (await SampleMails.Renderer().RenderAsync(SampleMails.Digest("ar"), "ar", [], Stop))!;
        await using (var session = Transport(server).OpenSession())
        {
            var first = await session.SendAsync(SampleMails.Mail(variant, "one@example.org", "1@digest.example.com"), Stop);
            var second = await session.SendAsync(SampleMails.Mail(variant, "two@example.org", "2@digest.example.com"), Stop);
            var third = await session.SendAsync(SampleMails.Notice("three@example.org"), Stop);

            Assert.All([first, second, third], result => Assert.Equal(SendOutcome.Sent, result.Outcome));
            Assert.StartsWith("250 2.0.0 Kept as", first.Reply, StringComparison.Ordinal);
        }

        await server.WaitForAsync(3, Stop);
        Assert.Equal(1, server.Connections);
        Assert.Equal([["one@example.org"], ["two@example.org"], ["three@example.org"]], server.Messages.Select(m => m.To));
        Assert.All(server.Messages, m => Assert.Equal("news@example.com", m.From));
        using var message = Read(server.Messages[0]);
        Assert.Equal(variant.Subject, message.Subject);
        Assert.Equal(
            variant.Text.Replace("{{dd:unsubscribe}}", SampleMails.Unsubscribe, StringComparison.Ordinal)
                .Replace("{{dd:preferences}}", SampleMails.Preferences, StringComparison.Ordinal),
            message.TextBody!.ReplaceLineEndings("\n") + "\n");
        Assert.DoesNotContain("{{dd:", message.HtmlBody!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_digest_has_list_headers_and_a_notice_is_marked_as_automatic()
    {
        await using var server = await SmtpRecorder.StartAsync(new SmtpOptions(), Stop);
        var variant = (await SampleMails.Renderer().RenderAsync(SampleMails.Digest(), "en", [], Stop))!;
        var options = Options(server);
        options.ReplyTo = "Desk <desk@example.com>";
        options.UnsubscribeAddress = "leave@example.com";
        await using var session = Transport(options).OpenSession();

        await session.SendAsync(SampleMails.Mail(variant), Stop);
        await session.SendAsync(SampleMails.Notice(), Stop);

        Assert.Equal(
            """
            List-Id: <daily.digest.example.com>
            From: The Harbour Courier <news@example.com>
            To: reader@example.org
            Reply-To: Desk <desk@example.com>
            Subject: Storm barrier holds as highest tide in a century floods the old…, and 6 more
            Date: Sun, 22 Nov 2026 06:00:00 +0000
            Message-Id: <20261122.3f2a@digest.example.com>
            MIME-Version: 1.0
            List-Unsubscribe-Post: List-Unsubscribe=One-Click
            List-Unsubscribe: <https://digest.example.com/u/3f2a?t=abc.def-ghi_jkl=&k=1>, <mailto:leave@example.com?subject=unsubscribe>
            Feedback-ID: 20261122:daily:digest:courier
            Content-Type: multipart/alternative
            Content-Language: en
            """,
            Headers((await server.WaitForAsync(2, Stop))[0]));
        Assert.Equal(
            """
            Auto-Submitted: auto-generated
            From: The Harbour Courier <news@example.com>
            To: reader@example.org
            Reply-To: Desk <desk@example.com>
            Subject: Confirm your subscription
            Date: Sun, 22 Nov 2026 06:00:00 +0000
            Message-Id: <notice.1@digest.example.com>
            MIME-Version: 1.0
            Content-Type: multipart/alternative
            Content-Language: en
            """,
            Headers(server.Messages[1]));
    }

    [Theory]
    [InlineData(SmtpStage.Connect, 421, "4.3.2 Too many connections", SendOutcome.RelayRefused, null)]
    [InlineData(SmtpStage.Connect, 554, "5.3.2 No service here", SendOutcome.RelayRefused, null)]
    [InlineData(SmtpStage.Auth, 454, "4.7.0 Temporary authentication failure", SendOutcome.RelayRefused, null)]
    [InlineData(SmtpStage.Auth, 535, "5.7.8 Wrong", SendOutcome.RelayRefused, null)]
    [InlineData(SmtpStage.Mail, 451, "4.3.0 Later", SendOutcome.Deferred, null)]
    [InlineData(SmtpStage.Mail, 550, "5.7.1 Sender unknown", SendOutcome.RelayRefused, null)]
    [InlineData(SmtpStage.Mail, 552, "5.3.4 Too big", SendOutcome.Rejected, "too-big")]
    [InlineData(SmtpStage.Mail, 530, "5.7.0 Log in first", SendOutcome.RelayRefused, null)]
    [InlineData(SmtpStage.Mail, 421, "4.3.2 Going down", SendOutcome.Deferred, null)]
    [InlineData(SmtpStage.Rcpt, 450, "4.2.1 Greylisted", SendOutcome.Deferred, null)]
    [InlineData(SmtpStage.Rcpt, 550, "5.1.1 No such user", SendOutcome.Rejected, "no-such-user")]
    [InlineData(SmtpStage.Rcpt, 550, "No such user", SendOutcome.Rejected, "no-such-user")]
    [InlineData(SmtpStage.Rcpt, 552, "5.2.2 Over quota", SendOutcome.Rejected, "mailbox-full")]
    [InlineData(SmtpStage.Rcpt, 554, "5.7.1 Blocked", SendOutcome.Rejected, "policy")]
    [InlineData(SmtpStage.Rcpt, 501, "5.5.4 Syntax", SendOutcome.Rejected, "other")]
    [InlineData(SmtpStage.Data, 451, "4.7.1 Later", SendOutcome.Deferred, null)]
    [InlineData(SmtpStage.Data, 552, "Too big", SendOutcome.Rejected, "too-big")]
    [InlineData(SmtpStage.Data, 554, "5.7.1 Looks like spam", SendOutcome.Rejected, "content-refused")]
    public async Task The_stage_and_code_of_a_refusal_decide_the_outcome(
        SmtpStage at, int code, string text, SendOutcome outcome, string? reason)
    {
        await using var server = await SmtpRecorder.StartAsync(
            new SmtpOptions
            {
                User = "courier",
                Password = Secret,
                Mechanisms = ["PLAIN"],
                Faults = [SmtpFault.Refuse(at, code, text, times: 1)]
            }, Stop);
        await using var session = Transport(server).OpenSession();

        var refused = await session.SendAsync(SampleMails.Notice(), Stop);
        time.Advance(TimeSpan.FromMinutes(1));
        var next = await session.SendAsync(SampleMails.Notice(), Stop);

        Assert.Equal((outcome, reason), (refused.Outcome, refused.Reason));
        Assert.Contains(text, refused.Reply, StringComparison.Ordinal);
        Assert.Equal(SendOutcome.Sent, next.Outcome);
        Assert.Single(await server.WaitForAsync(1, Stop));
    }

    [Theory]
    [InlineData(SmtpStage.Connect, SendOutcome.RelayRefused)]
    [InlineData(SmtpStage.Mail, SendOutcome.Deferred)]
    [InlineData(SmtpStage.Rcpt, SendOutcome.Deferred)]
    [InlineData(SmtpStage.Data, SendOutcome.Unknown)]
    [InlineData(SmtpStage.Reply, SendOutcome.Unknown)]
    public async Task A_broken_connection_leaves_doubt_only_after_the_final_dot(SmtpStage at, SendOutcome outcome)
    {
        await using var server = await SmtpRecorder.StartAsync(new SmtpOptions { Faults = [SmtpFault.Cut(at, times: 1)] }, Stop);
        await using var session = Transport(server).OpenSession();

        var broken = await session.SendAsync(SampleMails.Notice(), Stop);
        time.Advance(TimeSpan.FromMinutes(1));
        var next = await session.SendAsync(SampleMails.Notice(), Stop);

        Assert.Equal(outcome, broken.Outcome);
        Assert.Equal(SendOutcome.Sent, next.Outcome);
        await server.SyncAsync(Stop);
        Assert.Equal(2, server.Connections);
    }

    [Fact]
    public async Task A_connection_that_breaks_within_the_message_never_counts_as_sent()
    {
        await using var server = await SmtpRecorder.StartAsync(
            new SmtpOptions { Faults = [SmtpFault.Cut(SmtpStage.MidData, times: 1, afterBytes: 100)] }, Stop);
        var variant = (await SampleMails.Renderer().RenderAsync(SampleMails.Digest(), "en", [], Stop))!;
        await using var session = Transport(server).OpenSession();

        var broken = await session.SendAsync(SampleMails.Mail(variant), Stop);

        // The last bytes may have been sent when the server hung up; the next test decides the moment.
        Assert.True(broken.Outcome is SendOutcome.Deferred or SendOutcome.Unknown, broken.ToString());
        await server.SyncAsync(Stop);
        Assert.Empty(server.Messages);
        Assert.Equal(SendOutcome.Sent, (await session.SendAsync(SampleMails.Mail(variant), Stop)).Outcome);
    }

    [Fact]
    public async Task A_message_cut_before_its_last_bytes_is_deferred_and_one_cut_later_is_unknown()
    {
        await using var server = await SmtpRecorder.StartAsync(new SmtpOptions(), Stop);
        var variant = (await SampleMails.Renderer().RenderAsync(SampleMails.Digest(), "en", [], Stop))!;
        BreakingStream? line = null;
        async Task<Stream> DialAsync(string host, int port, CancellationToken token) =>
            line = await BreakingStream.ConnectAsync(host, port, token);
        await using var session = new SmtpTransport(
            Options(server), SampleMails.Publication(), NullLogger<SmtpTransport>.Instance, DialAsync).OpenSession();
        Assert.Equal(SendOutcome.Sent, (await session.SendAsync(SampleMails.Mail(variant), Stop)).Outcome);

        line!.BreakWhen(written => written.Contains("multipart/alternative", StringComparison.Ordinal));
        var midway = await session.SendAsync(SampleMails.Mail(variant), Stop);
        Assert.Equal(SendOutcome.Sent, (await session.SendAsync(SampleMails.Mail(variant), Stop)).Outcome);
        line.BreakWhen(written => written.EndsWith("\r\n.\r\n", StringComparison.Ordinal));
        var atDot = await session.SendAsync(SampleMails.Mail(variant), Stop);

        Assert.Equal(SendOutcome.Deferred, midway.Outcome);
        Assert.Equal(SendOutcome.Unknown, atDot.Outcome);
        Assert.Equal(2, (await server.WaitForAsync(2, Stop)).Count);
    }

    [Fact]
    public async Task A_server_that_is_not_there_counts_as_a_refusal_of_the_relay()
    {
        var server = await SmtpRecorder.StartAsync(new SmtpOptions(), Stop);
        await server.DisposeAsync();
        using var nobody = new ClosedPort(server.Port);
        await using var session = Transport(server).OpenSession();

        var result = await session.SendAsync(SampleMails.Notice(), Stop);

        Assert.Equal((SendOutcome.RelayRefused, "cannot connect: the connection was refused"), (result.Outcome, result.Reply));
    }

    [Fact]
    public async Task An_idle_connection_that_the_server_closed_is_replaced()
    {
        await using var server = await SmtpRecorder.StartAsync(new SmtpOptions(), Stop);
        var options = Options(server);
        var port = server.Port;
        await using var session = Transport(options).OpenSession();
        await session.SendAsync(SampleMails.Notice(), Stop);
        await server.DisposeAsync();
        using var kept = new ClosedPort(port);
        await using var again = await SmtpRecorder.StartAsync(new SmtpOptions { Port = port }, Stop);

        var result = await session.SendAsync(SampleMails.Notice(), Stop);

        Assert.Equal(SendOutcome.Sent, result.Outcome);
        Assert.Single(await again.WaitForAsync(1, Stop));
    }

    [Fact]
    public async Task A_message_over_the_servers_size_is_too_big()
    {
        await using var server = await SmtpRecorder.StartAsync(new SmtpOptions { MaxSize = 5000 }, Stop);
        var variant = (await SampleMails.Renderer().RenderAsync(SampleMails.Digest(), "en", [], Stop))!;
        await using var session = Transport(server).OpenSession();

        var result = await session.SendAsync(SampleMails.Mail(variant), Stop);

        Assert.Equal((SendOutcome.Rejected, "too-big"), (result.Outcome, result.Reason));
    }

    [Fact]
    public async Task The_check_stops_at_the_step_that_fails()
    {
        await using var server = await SmtpRecorder.StartAsync(
            new SmtpOptions { Security = SmtpSecurity.StartTls, User = "courier", Password = Secret }, Stop);
        var wrong = Options(server);
        wrong.Password = "wrong";
        var unknown = Options(server);
        unknown.CertificateSha256 = "";

        Assert.Equal("connect Ok, greeting Ok, TLS Ok, login Ok", await CheckAsync(Options(server)));
        Assert.Equal("connect Ok, greeting Ok, TLS Ok, login Failed", await CheckAsync(wrong));
        Assert.Equal("connect Ok, greeting Ok, TLS Failed, login NotChecked", await CheckAsync(unknown));
        await server.DisposeAsync();
        using var nobody = new ClosedPort(server.Port);
        Assert.Equal("connect Failed, greeting NotChecked, TLS NotChecked, login NotChecked", await CheckAsync(wrong));
        Assert.Equal(
            "connect NotChecked, greeting NotChecked, TLS NotChecked, login NotChecked", await CheckAsync(SampleMails.Options("/tmp/x")));

        static async Task<string> CheckAsync(MailOptions options) =>
            string.Join(", ", (await new SmtpCheck(options).CheckAsync(Stop)).Select(step => $"{step.Step} {step.Result}"));
    }

    private SmtpTransport Transport(SmtpRecorder server) => Transport(Options(server));

    private SmtpTransport Transport(MailOptions options) =>
        new(options, SampleMails.Publication(), NullLogger<SmtpTransport>.Instance, time: time);

    private static MailOptions Options(SmtpRecorder server) => new()
    {
        Host = "127.0.0.1",
        Port = server.Port,
        Security = server.Options.Security.ToString(),
        User = server.Options.User ?? "",
        Password = server.Options.User is null ? "" : Secret,
        CertificateSha256 = server.Certificate is null ? "" : Convert.ToHexString(SHA256.HashData(server.Certificate.RawData)),
        From = "news@example.com",
        FeedbackSender = "courier",
    };

    private static MimeMessage Read(RecordedMail mail) => MimeMessage.Load(new MemoryStream(mail.Raw), Stop);

    /// <summary>The headers in order, decoded, without values that change from run to run.</summary>
    private static string Headers(RecordedMail mail)
    {
        using var message = Read(mail);
        return string.Join("\n", message.Headers.Select(h => $"{h.Field}: {h.Value}")
            .Append("Content-Type: " + message.Body!.ContentType.MimeType)
                .Append("Content-Language: " + message.Body.Headers["Content-Language"]));
    }
}

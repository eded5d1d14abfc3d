using System.Text;
using DailyDigest.Returns;
using DailyDigest.Testing.Storage;

namespace DailyDigest.Mail.Tests.Returns;

/// <summary>Messages that return all of our mail: the beginning is read first, the rest only if it is needed.</summary>
public sealed class LongReturnTests : IClassFixture<MailboxRig>
{
    private const string Token = "abcdefghijklmnopqrstuvwxyz234567abcdefghijklmnop";
    private const int First = 64 * 1024;
    private const string To = "bounces+" + Token + "@mail.digest.example";

    private const string Status = "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.org\r\n\r\n"
        + "Final-Recipient: rfc822; reader@example.org\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n";

    private readonly MailboxRig rig;

    public LongReturnTests(MailboxRig rig)
    {
        this.rig = rig;
        rig.Dovecot.Clear();
    }

    public static TheoryData<string> Protocols => ["imap", "pop3"];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_report_that_says_enough_at_its_beginning_is_not_read_to_its_end()
    {
        var imap = await ReadAsync("imap", Report(Status, Mail(200_000)));
        var pop3 = await ReadAsync("pop3", Report(Status, Mail(200_000)));

        Assert.Equal((ReturnKind.Bounced, First), (imap.Mail.Kind, imap.Size));
        Assert.Equal((ReturnKind.Bounced, "no-such-user"), (pop3.Mail.Kind, pop3.Mail.Verdict?.Reason));
        Assert.Equal(imap.Id, pop3.Id);
        Assert.True(pop3.Size > 200_000);
    }

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task A_report_whose_fields_stand_behind_a_long_text_is_read_to_its_end(string protocol)
    {
        var read = await ReadAsync(protocol, Report("--b\r\nContent-Type: text/plain\r\n\r\n" + Lines(100_000) + Status, Mail(1_000)));

        Assert.Equal((ReturnKind.Bounced, "no-such-user"), (read.Mail.Kind, read.Mail.Verdict?.Reason));
        Assert.Contains(read.Mail.Candidates, one => one.Value == Token);
    }

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task A_bounce_whose_token_stands_behind_a_long_text_is_read_to_its_end(string protocol)
    {
        var read = await ReadAsync(
            protocol,
            "From: MAILER-DAEMON@mx.example.org\r\nSubject: Undeliverable\r\nMIME-Version: 1.0\r\n"
                + "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nUser unknown\r\n\r\n"
                + Lines(100_000) + "--b\r\nContent-Type: message/rfc822\r\n\r\n"
                + $"Return-Path: <{To}>\r\nSubject: Today\r\n\r\nText\r\n--b--\r\n");

        Assert.Equal(ReturnKind.Bounced, read.Mail.Kind);
        Assert.Contains(read.Mail.Candidates, one => one.Value == Token);
    }

    [Theory]
    [InlineData("imap", First - 1)]
    [InlineData("imap", First)]
    [InlineData("imap", First + 1)]
    [InlineData("pop3", First)]
    public async Task A_message_of_nearly_the_first_length_is_read(string protocol, int length)
    {
        var head = "From: a@example.org\r\nSubject: Hello\r\n\r\n";
        var read = await ReadAsync(protocol, head + new string('x', length - head.Length - 2) + "\r\n");

        Assert.Equal((ReturnKind.Other, length), (read.Mail.Kind, read.Size));
    }

    private static string Report(string status, string mail) =>
        $"From: MAILER-DAEMON@mx.example.org\r\nTo: {To}\r\nSubject: Undelivered Mail Returned to Sender\r\nMIME-Version: 1.0\r\n"
        + "Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n" + status
        + $"--b\r\nContent-Type: message/rfc822\r\n\r\n{mail}--b--\r\n";

    private static string Mail(int bytes) => $"Subject: Today\r\nReturn-Path: <{To}>\r\n\r\n{Lines(bytes)}";

    private static string Lines(int bytes) => string.Concat(Enumerable.Repeat(new string('x', 76) + "\r\n", bytes / 78));

    private async Task<ReceivedReturn> ReadAsync(string protocol, string message)
    {
        rig.Dovecot.Clear();
        await rig.Dovecot.DeliverAsync(Encoding.ASCII.GetBytes(message), Stop);
        var mailbox = MailboxRig.Mailbox(rig.Options(protocol), new MemoryTableStore(TimeProvider.System));
        await using var session = await mailbox.OpenAsync(Stop);
        var read = await session.ReadAsync(Assert.Single((await session.ListAsync(Stop)).Keys), Stop);
        return Assert.IsType<ReceivedReturn>(read);
    }
}

using System.Security.Cryptography;
using System.Text;
using DailyDigest.Mail.Smtp;
using DailyDigest.Runs;
using Microsoft.Extensions.Time.Testing;

namespace DailyDigest.Mail.Tests;

/// <summary>The meaning of each reply at each stage, against a scripted server.</summary>
public sealed partial class ScriptedSmtpTests
{
    /// <summary>
    /// The expected outcomes. Columns: the usual reply; the same in 30 lines, in 200,000 lines, and with 10 MB in one line; an unexpected
    /// 3xx; 451; 550; 421 and the connection closed; an unknown code; HTTP; bytes that are not text; half a code and the connection
    /// closed; closed; reset.
    /// </summary>
    /// <remarks>
    /// Trouble before a message pauses the relay for a minute; the next message is sent after that. After a refusal of EHLO MailKit tries
    /// HELO, which suffices without a login. RSET follows a refused RCPT, and QUIT a message that was sent: the replies to them change
    /// nothing.
    /// </remarks>
    private const string Expected = """
               good     lines    endless  10MB     3xx      4xx      5xx      421      999      http     binary   half     closed   reset
    Greeting   sent     sent     sent     sent     refused  refused  refused  refused  refused  refused  refused  refused  refused  refused
    Ehlo       sent     sent     sent     sent     sent     sent     sent     refused  sent     refused  refused  refused  refused  refused
    Helo       sent     sent     sent     sent     refused  refused  refused  refused  refused  refused  refused  refused  refused  refused
    Auth       sent     sent     sent     sent     refused  refused  refused  refused  refused  refused  refused  refused  refused  refused
    Mail       sent     sent     sent     sent     deferred deferred refused  deferred deferred deferred deferred deferred deferred deferred
    Rcpt       sent     sent     sent     sent     deferred deferred rejected deferred deferred deferred deferred deferred deferred deferred
    Data       sent     sent     sent     sent     deferred deferred rejected deferred deferred deferred deferred deferred deferred deferred
    Dot        sent     sent     sent     sent     unknown  deferred rejected deferred unknown  unknown  unknown  unknown  unknown  unknown
    Rset       rejected rejected rejected rejected rejected rejected rejected rejected rejected rejected rejected rejected rejected rejected
    Quit       sent     sent     sent     sent     sent     sent     sent     sent     sent     sent     sent     sent     sent     sent
    """;

    private const string Secret = "correct horse & battery=é";

    private readonly FakeTimeProvider time = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public static TheoryData<string, string, string> Table
    {
        get
        {
            var rows = Expected.Split('\n')
                .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)).ToList();
            var data = new TheoryData<string, string, string>();
            foreach (var row in rows.Skip(1))
            {
                for (var i = 1; i < row.Length; i++)
                {
                    data.Add(row[0], rows[0][i - 1], row[i]);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Table))]
    public async Task The_reply_at_a_stage_decides_the_outcome_and_the_next_message_is_sent(string stage, string how, string outcome)
    {
        var at = Enum.Parse<At>(stage);
        var act = How(at, how);
        await using var server = new ScriptedSmtp(at switch
        {
            At.Helo => [new Act(At.Ehlo, "502 5.5.1 no\r\n"), act],
            At.Rset => [new Act(At.Rcpt, "550 5.1.1 no such user\r\n"), act],

            // MailKit then tries the other mechanism.
            At.Auth => [act with { Times = 2 }],
            _ => [act],
        });
        SendResult first, second;
        await using (var transport = Transport(server, user: at == At.Auth ? "courier" : ""))
        {
            await using var session = transport.OpenSession();
            first = await session.SendAsync(SampleMails.Notice(), Stop);
            time.Advance(TimeSpan.FromMinutes(1));
            second = await session.SendAsync(SampleMails.Notice(), Stop);
            if (at == At.Auth && second.Outcome != SendOutcome.Sent)
            {
                time.Advance(TimeSpan.FromMinutes(2));
                second = await session.SendAsync(SampleMails.Notice(), Stop);
            }
        }

        Assert.True(outcome == Word(first), first.ToString());
        Assert.Equal("sent", Word(second));
        Assert.InRange(first.Reply.Length, 1, 300);
        Assert.Equal(outcome == "sent" || at == At.Dot ? 2 : 1, server.Messages.Count);
    }

    [Theory]
    [InlineData("200 ok")]
    [InlineData("214 help")]
    [InlineData("251 2.1.5 will forward")]
    [InlineData("252 2.0.0 queued as 4711")]
    [InlineData("299 2.6.0 accepted")]
    public async Task Any_2xx_after_the_final_dot_means_sent(string reply)
    {
        await using var server = new ScriptedSmtp(new Act(At.Dot, reply + "\r\n") { Times = 2 });
        await using var transport = Transport(server, user: "");
        await using var session = transport.OpenSession();

        var results = new[] { await session.SendAsync(SampleMails.Notice(), Stop), await session.SendAsync(SampleMails.Notice(), Stop) };

        Assert.All(results, result => Assert.Equal((SendOutcome.Sent, reply), (result.Outcome, result.Reply)));

        Assert.Equal(2, server.Messages.Count);
    }

    [Theory]
    [InlineData(nameof(At.Mail), "550 5.7.1 Sending suspended", false)]
    [InlineData(nameof(At.Mail), "530 5.7.0 Authentication required", false)]
    [InlineData(nameof(At.Rcpt), "550 5.7.1 Relay access denied", true)]
    [InlineData(nameof(At.Rcpt), "530 5.7.1 Client was not authenticated", true)]
    [InlineData(nameof(At.Data), "554 Sending paused for this account", true)]
    [InlineData(nameof(At.Dot), "554 Sending paused for this account", true)]
    public async Task A_refusal_of_us_tells_whether_it_came_at_the_recipient_or_before(
        string stage, string reply, bool atRecipient)
    {
        await using var server = new ScriptedSmtp(new Act(Enum.Parse<At>(stage), reply + "\r\n") { Times = 2 });
        await using var transport = Transport(server, user: "");
        await using var session = transport.OpenSession();

        // The second message uses the connection of the first.
        foreach (var result in new[] { await session.SendAsync(SampleMails.Notice(), Stop),
            await session.SendAsync(SampleMails.Notice(), Stop) })
        {
            Assert.Equal((SendOutcome.RelayRefused, atRecipient), (result.Outcome, result.AtRecipient));
            Assert.Equal(atRecipient && !reply.StartsWith("530", StringComparison.Ordinal),
                result.Reply.StartsWith(SendResult.RefusesUs, StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task The_wait_for_a_server_that_stops_answering_ends()
    {
        At[] stages = [At.Greeting, At.Ehlo, At.Helo, At.Auth, At.Mail, At.Rcpt, At.Data, At.Rset, At.Quit];

        // All at once, so that there is one wait for the timeout. The server sends nothing, or half a line.
        var found = await Task.WhenAll(stages.Concat(stages).Select(async (at, i) =>
        {
            var half = i < stages.Length ? "" : "25";
            await using var server = new ScriptedSmtp(at switch
            {
                At.Helo => [new Act(At.Ehlo, "502 5.5.1 no\r\n"), new Act(at, half, Then.Silence)],
                At.Rset => [new Act(At.Rcpt, "550 5.1.1 no such user\r\n"), new Act(at, half, Then.Silence)],
                _ => [new Act(at, half, Then.Silence)],
            });
            SendResult first, second;
            var clock = new FakeTimeProvider();
            await using (var transport = Transport(Options(server, at == At.Helo ? "" : "courier", seconds: 3), clock))
            {
                await using var session = transport.OpenSession();
                first = await SendUntilAnsweredAsync(session, server, clock);
                clock.Advance(TimeSpan.FromMinutes(1));
                second = await SendUntilAnsweredAsync(session, server, clock);
            }

            return $"{at} {Word(first)} {Word(second)}";
        }));

        Assert.Equal(
            stages.Concat(stages).Select(at => $"{at} {Outcome(at)} sent"), found);

        static string Outcome(At at) =>
            at switch { At.Rset => "rejected", At.Quit => "sent", At.Mail or At.Rcpt or At.Data => "deferred", _ => "refused" };
    }

    [Fact]
    public async Task A_wait_for_the_reply_to_the_dot_that_is_cancelled_throws()
    {
        await using var server = new ScriptedSmtp(new Act(At.Dot, "2", Then.Silence));
        await using var session = Transport(server).OpenSession();
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(Stop);

        var sending = session.SendAsync(SampleMails.Notice(), timeout.Token);
        await UntilAsync(() => server.Messages.Count == 1);
        await timeout.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending);
        Assert.Equal("sent", Word(await session.SendAsync(SampleMails.Notice(), Stop)));
    }

    [Theory]
    [InlineData(Then.Drop)]
    [InlineData(Then.Reset)]
    public async Task A_server_that_hangs_up_within_the_message_has_not_received_it(Then how)
    {
        await using var server = new ScriptedSmtp(new Act(At.MidData, "", how, After: 300));
        await using var session = Transport(server).OpenSession();
        var long_ = SampleMails.Notice() with { Text = string.Concat(Enumerable.Repeat("A line of a long text.\n", 400_000)) };

        var first = await session.SendAsync(long_, Stop);
        var second = await session.SendAsync(SampleMails.Notice(), Stop);

        // More than the network's buffers hold: it cannot all have been sent.
        Assert.Equal(("deferred", "sent"), (Word(first), Word(second)));
        Assert.Single(server.Messages);
    }

    [Theory]
    [InlineData("garbage", "refused")]
    [InlineData("closed", "refused")]
    [InlineData("reset", "refused")]
    [InlineData("5xx to STARTTLS", "refused")]
    [InlineData("4xx to STARTTLS", "refused")]
    [InlineData("closed at STARTTLS", "refused")]
    [InlineData("not offered", "refused")]
    [InlineData("another certificate", "refused")]
    [InlineData("expired", "refused")]
    [InlineData("another name", "refused")]
    [InlineData("expired and pinned", "sent")]
    [InlineData("pinned", "sent")]
    public async Task Nothing_is_sent_over_broken_tls(string what, string outcome)
    {
        using var certificate = Certificate(
            what.StartsWith("expired", StringComparison.Ordinal) ? -2 : 30, what == "another name" ? "other.example" : "localhost");
        using var other = Certificate(30, "localhost");
        var act = what switch
        {
            "garbage" => new Act(At.Handshake, "500 I speak no such thing\r\n" + new string('?', 500), Then.Drop),
            "closed" => new Act(At.Handshake, "", Then.Drop),
            "reset" => new Act(At.Handshake, "", Then.Reset),
            "5xx to STARTTLS" => new Act(At.StartTls, "554 5.7.3 no TLS\r\n", Then.Drop),
            "4xx to STARTTLS" => new Act(At.StartTls, "454 4.7.0 TLS not available\r\n", Then.Drop),
            "closed at STARTTLS" => new Act(At.StartTls, "", Then.Drop),
            _ => null,
        };
        await using var server = new ScriptedSmtp(act is null ? [] : [act])
        {
            Certificate = certificate,
            Extensions = what == "not offered" ? ["AUTH PLAIN LOGIN", "SIZE 20000000"] : ["STARTTLS", "AUTH PLAIN LOGIN", "SIZE 20000000"],
        };
        var options = Options(server, "courier");
        options.Security = "starttls";
        options.CertificateSha256 = what switch
        {
            "expired" or "another name" => "",
            "another certificate" => Convert.ToHexString(SHA256.HashData(other.RawData)),
            _ => Convert.ToHexString(SHA256.HashData(certificate.RawData)),
        };
        await using var session = Transport(options).OpenSession();

        var result = await session.SendAsync(SampleMails.Notice(), Stop);

        Assert.Equal((what, outcome), (what, Word(result)));
        Assert.Equal(outcome == "sent" ? 1 : 0, server.Messages.Count);
        Assert.Equal(outcome == "sent", server.Commands.Any(line => line.StartsWith("AUTH", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task No_stage_can_make_a_password_appear_in_a_reply_or_a_log()
    {
        string[] forms =
        [
            Secret, Convert.ToBase64String(Encoding.UTF8.GetBytes(Secret)),
                Convert.ToBase64String(Encoding.UTF8.GetBytes("\0courier\0" + Secret)),
        ];

        // These Latin-1 characters are sent as the bytes of UTF-8.
        var echo = Encoding.Latin1.GetString(Encoding.UTF8.GetBytes($"AUTH PLAIN {string.Join(' ', forms.Reverse())} reader@example.org"));
        var captured = new Captured();
        foreach (var at in new[] { At.Greeting, At.Ehlo, At.Auth, At.Mail, At.Rcpt, At.Data, At.Dot })
        {
            foreach (var say in new[] { $"550 5.7.8 {echo}\r\n", $"535-{echo}\r\n535 {echo}\r\n", $"451 {echo}\r\n", $"250 {echo}\r\n",
                $"{echo}\r\n", $"421 {echo}\r\n" })
            {
                await using var server = new ScriptedSmtp(new Act(at, say, Times: -1));
                await using var session = new SmtpTransport(Options(server, "courier"), SampleMails.Publication(), captured).OpenSession();
                captured.All.Add((await session.SendAsync(SampleMails.Notice(), Stop)).ToString());
                captured.All.AddRange((await new SmtpCheck(Options(server, "courier")).CheckAsync(Stop)).Select(step => step.ToString()));
            }
        }

        Assert.True(captured.All.Count > 200, $"{captured.All.Count}");
        Assert.Contains(captured.All, line => line.Contains("AUTH PLAIN *** *** *** <address>", StringComparison.Ordinal));
        Assert.All(captured.All, line => Assert.All(
            forms.Append("battery=").Append("reader@"), form => Assert.DoesNotContain(form, line, StringComparison.OrdinalIgnoreCase)));
    }
}

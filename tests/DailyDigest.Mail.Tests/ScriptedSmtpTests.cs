using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using DailyDigest.Delivery;
using DailyDigest.Mail.Smtp;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace DailyDigest.Mail.Tests;

/// <summary>What each reply at each stage means, against a server of which every byte is scripted.</summary>
public sealed class ScriptedSmtpTests
{
    /// <summary>
    /// The truth about outcomes. Columns: a reply as it should be; the same over 30 lines, over 200,000 lines, and of 10 MB in one line;
    /// a 3xx that was not asked for; 451; 550; 421 and the line closed; a code there is no such; HTTP; bytes that are no text; half a code
    /// and the line closed; closed; reset.
    /// </summary>
    /// <remarks>
    /// What goes wrong before a message is the relay's matter: it is left alone for a minute, and the next message comes after that.
    /// At EHLO every refusal makes MailKit try HELO, which suffices where no login is asked for. RSET follows a RCPT that was refused, and QUIT
    /// a message that was sent: whatever is said then changes nothing.
    /// </remarks>
    private const string Truth = """
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
            var rows = Truth.Split('\n').Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)).ToList();
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
    public async Task What_is_said_at_a_stage_decides_the_outcome_and_the_next_message_is_sent(string stage, string how, string outcome)
    {
        var at = Enum.Parse<At>(stage);
        var act = How(at, how);
        await using var server = new ScriptedSmtp(at switch
        {
            At.Helo => [new Act(At.Ehlo, "502 5.5.1 no\r\n"), act],
            At.Rset => [new Act(At.Rcpt, "550 5.1.1 no such user\r\n"), act],

            // MailKit goes on with the other mechanism.
            At.Auth => [act with { Times = 2 }],
            _ => [act],
        });
        SendResult first, second;
        await using (var transport = Transport(server, user: at == At.Auth ? "courier" : ""))
        {
            await using var session = transport.OpenSession();
            first = await session.SendAsync(Sample.Notice(), Stop);
            time.Advance(TimeSpan.FromMinutes(1));
            second = await session.SendAsync(Sample.Notice(), Stop);
            if (at == At.Auth && second.Outcome != SendOutcome.Sent)
            {
                time.Advance(TimeSpan.FromMinutes(2));
                second = await session.SendAsync(Sample.Notice(), Stop);
            }
        }

        Assert.True(outcome == Word(first), first.ToString());
        Assert.Equal("sent", Word(second));
        Assert.InRange(first.Reply.Length, 1, 300);
        Assert.Equal(outcome == "sent" || at == At.Dot ? 2 : 1, server.Messages.Count);
    }

    [Fact]
    public async Task A_server_that_falls_silent_is_not_waited_for_for_ever()
    {
        At[] stages = [At.Greeting, At.Ehlo, At.Helo, At.Auth, At.Mail, At.Rcpt, At.Data, At.Rset, At.Quit];

        // All at once, so that the limit is waited for once; nothing at all is said, or half a line.
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
                first = await session.SendAsync(Sample.Notice(), Stop);
                clock.Advance(TimeSpan.FromMinutes(1));
                second = await session.SendAsync(Sample.Notice(), Stop);
            }

            return $"{at} {Word(first)} {Word(second)}";
        }));

        Assert.Equal(
            stages.Concat(stages).Select(at => $"{at} {at switch { At.Rset => "rejected", At.Quit => "sent", At.Mail or At.Rcpt or At.Data => "deferred", _ => "refused" }} sent"), found);
    }

    [Fact]
    public async Task Who_stops_waiting_for_the_reply_after_the_dot_is_told_nothing_about_the_message()
    {
        await using var server = new ScriptedSmtp(new Act(At.Dot, "2", Then.Silence));
        await using var session = Transport(server).OpenSession();
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Stop);

        var sending = session.SendAsync(Sample.Notice(), patience.Token);
        await UntilAsync(() => server.Messages.Count == 1);
        await patience.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending);
        Assert.Equal("sent", Word(await session.SendAsync(Sample.Notice(), Stop)));
    }

    [Theory]
    [InlineData(Then.Drop)]
    [InlineData(Then.Reset)]
    public async Task A_server_that_dies_amid_the_message_has_not_got_it(Then how)
    {
        await using var server = new ScriptedSmtp(new Act(At.MidData, "", how, After: 300));
        await using var session = Transport(server).OpenSession();
        var long_ = Sample.Notice() with { Text = string.Concat(Enumerable.Repeat("A line of a long text.\n", 400_000)) };

        var first = await session.SendAsync(long_, Stop);
        var second = await session.SendAsync(Sample.Notice(), Stop);

        // More than the network's buffers hold: it cannot all have left.
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
    public async Task Broken_tls_is_no_way_to_send(string what, string outcome)
    {
        using var certificate = Certificate(what.StartsWith("expired", StringComparison.Ordinal) ? -2 : 30, what == "another name" ? "other.example" : "localhost");
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

        var result = await session.SendAsync(Sample.Notice(), Stop);

        Assert.Equal((what, outcome), (what, Word(result)));
        Assert.Equal(outcome == "sent" ? 1 : 0, server.Messages.Count);
        Assert.Equal(outcome == "sent", server.Commands.Any(line => line.StartsWith("AUTH", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task The_message_says_its_size_beforehand_and_one_that_is_too_big_is_not_sent_at_all()
    {
        await using var server = new ScriptedSmtp(new Act(At.Mail, "250 ok\r\n"), new Act(At.Mail, "552 5.3.4 Message size exceeds fixed limit\r\n"))
        {
            Extensions = ["SIZE 1000", "8BITMIME"],
        };
        await using var session = Transport(server).OpenSession();

        await session.SendAsync(Sample.Notice(), Stop);
        var result = await session.SendAsync(Sample.Notice(), Stop);

        Assert.Equal((SendOutcome.Rejected, "too-big"), (result.Outcome, result.Reason));
        Assert.Contains($"MAIL FROM:<news@example.com> SIZE={Assert.Single(server.Messages).Length}", server.Commands);
    }

    [Theory]
    [InlineData("8BITMIME")]
    [InlineData("SMTPUTF8")]
    [InlineData("PIPELINING")]
    public async Task A_name_outside_ascii_needs_what_the_relay_lacks_and_all_others_do_not(string only)
    {
        await using var server = new ScriptedSmtp { Extensions = [only] };
        await using var session = Transport(server).OpenSession();

        var before = await session.SendAsync(Sample.Notice(), Stop);
        var outside = await session.SendAsync(Sample.Notice("lesér@example.org"), Stop);
        var domain = await session.SendAsync(Sample.Notice("reader@bücher.example"), Stop);

        Assert.Equal(("sent", "rejected", "other", "sent"), (Word(before), Word(outside), outside.Reason, Word(domain)));
        Assert.Equal(1, server.Connections);
        Assert.DoesNotContain(server.Commands, line => line.Contains("SMTPUTF8", StringComparison.Ordinal));
        Assert.All(server.Messages, raw => Assert.DoesNotContain(raw, b => b > 126));
    }

    [Theory]
    [InlineData("CHUNKING", "PIPELINING", "8BITMIME")]
    [InlineData("CHUNKING", "BINARYMIME", "8BITMIME")]
    [InlineData("SIZE", "DSN", "HELP")]
    public async Task Whatever_else_a_relay_offers_the_message_arrives_whole(params string[] extensions)
    {
        await using var plain = new ScriptedSmtp();
        await using var server = new ScriptedSmtp { Extensions = extensions };
        var variant = (await Sample.Renderer().RenderAsync(Sample.Digest(), "en", [], Stop))!;
        foreach (var one in new[] { plain, server })
        {
            await using var session = Transport(one).OpenSession();
            Assert.Equal("sent", Word(await session.SendAsync(Sample.Mail(variant), Stop)));
            Assert.Equal("sent", Word(await session.SendAsync(Sample.Notice(), Stop)));
        }

        Assert.Equal(plain.Messages, server.Messages);
    }

    [Fact]
    public async Task A_relay_that_dies_over_a_chunk_leaves_doubt_as_after_a_dot()
    {
        await using var server = new ScriptedSmtp(new Act(At.Dot, null, Then.Drop)) { Extensions = ["CHUNKING", "BINARYMIME", "8BITMIME"] };
        await using var session = Transport(server).OpenSession();

        Assert.Equal("unknown", Word(await session.SendAsync(Sample.Notice(), Stop)));
        Assert.Equal("sent", Word(await session.SendAsync(Sample.Notice(), Stop)));
    }

    [Theory]
    [InlineData(At.Mail, "421 4.7.0 Too many messages on this connection\r\n", Then.Drop)]
    [InlineData(At.Mail, "451 4.7.1 Slow down\r\n", Then.GoOn)]
    [InlineData(At.Rcpt, "450 4.7.1 Rate limit\r\n", Then.GoOn)]
    [InlineData(At.Dot, "452 4.3.1 Enough for now\r\n", Then.GoOn)]
    public async Task A_relay_that_limits_defers_and_takes_the_next(At at, string say, Then then)
    {
        await using var server = new ScriptedSmtp(new Act(at, at == At.Dot ? "250 ok\r\n" : "250 2.1.0 ok\r\n", Times: 3), new Act(at, say, then));
        await using var session = Transport(server).OpenSession();
        var said = new List<string>();

        for (var i = 0; i < 5; i++)
        {
            said.Add(Word(await session.SendAsync(Sample.Notice(), Stop)));
            time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(["sent", "sent", "sent", "deferred", "sent"], said);
    }

    [Fact]
    public async Task No_stage_can_make_a_password_appear_in_a_reply_or_a_log()
    {
        string[] forms =
        [
            Secret, Convert.ToBase64String(Encoding.UTF8.GetBytes(Secret)), Convert.ToBase64String(Encoding.UTF8.GetBytes("\0courier\0" + Secret)),
        ];

        // As Latin-1 bytes it goes over the wire as UTF-8.
        var echo = Encoding.Latin1.GetString(Encoding.UTF8.GetBytes($"AUTH PLAIN {string.Join(' ', forms.Reverse())} reader@example.org"));
        var captured = new Captured();
        foreach (var at in new[] { At.Greeting, At.Ehlo, At.Auth, At.Mail, At.Rcpt, At.Data, At.Dot })
        {
            foreach (var say in new[] { $"550 5.7.8 {echo}\r\n", $"535-{echo}\r\n535 {echo}\r\n", $"451 {echo}\r\n", $"250 {echo}\r\n", $"{echo}\r\n", $"421 {echo}\r\n" })
            {
                await using var server = new ScriptedSmtp(new Act(at, say, Times: -1));
                await using var session = new SmtpTransport(Options(server, "courier"), Sample.Publication(), captured).OpenSession();
                captured.All.Add((await session.SendAsync(Sample.Notice(), Stop)).ToString());
                captured.All.AddRange((await new SmtpCheck(Options(server, "courier")).CheckAsync(Stop)).Select(step => step.ToString()));
            }
        }

        Assert.True(captured.All.Count > 200, $"{captured.All.Count}");
        Assert.Contains(captured.All, line => line.Contains("AUTH PLAIN *** *** *** <address>", StringComparison.Ordinal));
        Assert.All(captured.All, line => Assert.All(
            forms.Append("battery=").Append("reader@"), form => Assert.DoesNotContain(form, line, StringComparison.OrdinalIgnoreCase)));
    }

    private static Act How(At at, string how) => new(at, how switch
    {
        "good" => at == At.Dot ? "250 2.0.0 ok\r\n" : Code(at) + " ok\r\n",
        "lines" => string.Concat(Enumerable.Repeat(Code(at) + "-more\r\n", 30)) + Code(at) + " last\r\n",
        "endless" => string.Concat(Enumerable.Repeat(Code(at) + "-x\r\n", 200_000)) + Code(at) + " x\r\n",
        "10MB" => Code(at) + " " + new string('x', 10_000_000) + "\r\n",
        "3xx" => "334 more\r\n",
        "4xx" => "451 4.3.0 later\r\n",
        "5xx" => "550 5.9.9 never\r\n",
        "421" => "421 4.3.2 closing\r\n",
        "999" => "999 what\r\n",
        "http" => "HTTP/1.1 400 Bad Request\r\n\r\n",
        "binary" => "\u0000\u00ff\u0016\u0003\r\n",
        "half" => Code(at)[..2],
        "closed" or "reset" => null,
        _ => throw new ArgumentOutOfRangeException(nameof(how), how, null),
    }, how switch { "421" or "half" or "closed" => Then.Drop, "reset" => Then.Reset, _ => Then.GoOn });

    private static string Code(At at) => at switch { At.Greeting => "220", At.Auth => "235", At.Data => "354", At.Quit => "221", _ => "250" };

    private static string Word(SendResult result) => result.Outcome == SendOutcome.RelayRefused ? "refused" : result.Outcome.ToString().ToLowerInvariant();

    private static async Task UntilAsync(Func<bool> met)
    {
        while (!met())
        {
            Stop.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    private static X509Certificate2 Certificate(int days, string name)
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=" + name, key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        request.CertificateExtensions.Add(names.Build());
        var now = TimeProvider.System.GetUtcNow();
        using var signed = request.CreateSelfSigned(now.AddDays(-9), now.AddDays(days));
        return X509CertificateLoader.LoadPkcs12(signed.Export(X509ContentType.Pfx), null);
    }

    private static MailOptions Options(ScriptedSmtp server, string user = "", int seconds = 60) => new()
    {
        Host = "127.0.0.1",
        Port = server.Port,
        Security = "none",
        User = user,
        Password = user.Length > 0 ? Secret : "",
        From = "news@example.com",
        TimeoutSeconds = seconds,
    };

    private static SmtpTransport Transport(MailOptions options, TimeProvider clock) =>
        new(options, Sample.Publication(), NullLogger<SmtpTransport>.Instance, time: clock);

    private SmtpTransport Transport(MailOptions options) => Transport(options, time);

    private SmtpTransport Transport(ScriptedSmtp server, string user = "") => Transport(Options(server, user));

    /// <summary>Takes every line of every level, with its values.</summary>
    private sealed class Captured : ILogger<SmtpTransport>
    {
        public List<string> All { get; } = [];

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            All.Add(formatter(state, exception) + exception);
            All.AddRange((state as IEnumerable<KeyValuePair<string, object?>> ?? []).Select(pair => $"{pair.Key} {pair.Value}"));
        }
    }
}

using DailyDigest.Mail.Smtp;
using DailyDigest.Runs;

namespace DailyDigest.Mail.Tests;

/// <summary>Extensions that a relay offers or lacks, and its limits.</summary>
public sealed partial class ScriptedSmtpTests
{
    [Fact]
    public async Task MAIL_declares_the_size_and_a_message_that_is_too_big_is_not_sent()
    {
        await using var server = new ScriptedSmtp(
            new Act(At.Mail, "250 ok\r\n"), new Act(At.Mail, "552 5.3.4 Message size exceeds fixed limit\r\n"))
        {
            Extensions = ["SIZE 1000", "8BITMIME"],
        };
        await using var session = Transport(server).OpenSession();

        await session.SendAsync(SampleMails.Notice(), Stop);
        var result = await session.SendAsync(SampleMails.Notice(), Stop);

        Assert.Equal((SendOutcome.Rejected, "too-big"), (result.Outcome, result.Reason));
        Assert.Contains($"MAIL FROM:<news@example.com> SIZE={Assert.Single(server.Messages).Length}", server.Commands);
    }

    [Theory]
    [InlineData("8BITMIME")]
    [InlineData("SMTPUTF8")]
    [InlineData("PIPELINING")]
    public async Task Only_a_local_part_outside_ascii_needs_an_extension_that_the_relay_lacks(string only)
    {
        await using var server = new ScriptedSmtp { Extensions = [only] };
        await using var session = Transport(server).OpenSession();

        var before = await session.SendAsync(SampleMails.Notice(), Stop);
        var outside = await session.SendAsync(SampleMails.Notice("lesér@example.org"), Stop);
        var domain = await session.SendAsync(SampleMails.Notice("reader@bücher.example"), Stop);

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
        var variant = (await SampleMails.Renderer().RenderAsync(SampleMails.Digest(), "en", [], Stop))!;
        foreach (var one in new[] { plain, server })
        {
            await using var session = Transport(one).OpenSession();
            Assert.Equal("sent", Word(await session.SendAsync(SampleMails.Mail(variant), Stop)));
            Assert.Equal("sent", Word(await session.SendAsync(SampleMails.Notice(), Stop)));
        }

        Assert.Equal(plain.Messages, server.Messages);
    }

    [Fact]
    public async Task A_relay_that_hangs_up_after_a_chunk_leaves_doubt_as_after_a_dot()
    {
        await using var server = new ScriptedSmtp(new Act(At.Dot, null, Then.Drop)) { Extensions = ["CHUNKING", "BINARYMIME", "8BITMIME"] };
        await using var session = Transport(server).OpenSession();

        Assert.Equal("unknown", Word(await session.SendAsync(SampleMails.Notice(), Stop)));
        Assert.Equal("sent", Word(await session.SendAsync(SampleMails.Notice(), Stop)));
    }

    [Theory]
    [InlineData(At.Mail, "451 4.7.1 Slow down\r\n", Then.GoOn)]
    [InlineData(At.Rcpt, "450 4.7.1 Rate limit\r\n", Then.GoOn)]
    [InlineData(At.Dot, "452 4.3.1 Enough for now\r\n", Then.GoOn)]
    public async Task A_relay_that_limits_defers_and_takes_the_next(At at, string say, Then then)
    {
        await using var server = new ScriptedSmtp(
            new Act(at, at == At.Dot ? "250 ok\r\n" : "250 2.1.0 ok\r\n", Times: 3), new Act(at, say, then));
        await using var session = Transport(server).OpenSession();
        var said = new List<string>();

        for (var i = 0; i < 5; i++)
        {
            said.Add(Word(await session.SendAsync(SampleMails.Notice(), Stop)));
            time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(["sent", "sent", "sent", "deferred", "sent"], said);
    }

    [Theory]
    [InlineData(At.Mail)]
    [InlineData(At.Rcpt)]
    [InlineData(At.Data)]
    public async Task A_used_connection_that_the_relay_closes_costs_no_delivery_and_no_speed(At at)
    {
        await using var server = new ScriptedSmtp(
            new Act(at, at == At.Data ? "354 go on\r\n" : "250 2.1.0 ok\r\n", Times: 3),
            new Act(at, "421 4.7.0 Too many messages on this connection\r\n", Then.Drop));
        var log = new Captured();
        await using var transport = new SmtpTransport(Options(server), SampleMails.Publication(), log, time: time);
        await using var session = transport.OpenSession();
        for (var i = 0; i < 6; i++)
        {
            // The clock stands still: a relay that is slowed down would keep the next message waiting for ever.
            Assert.Equal("sent", Word(await session.SendAsync(SampleMails.Notice(), Stop)));
        }

        Assert.Equal((6, 2), (server.Messages.Count, server.Connections));
        Assert.DoesNotContain(log.All, line => line.Contains("fewer connections", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_relay_that_closes_the_new_connection_too_defers_and_is_slowed_down()
    {
        await using var server = new ScriptedSmtp(
            new Act(At.Mail, "250 2.1.0 ok\r\n"), new Act(At.Mail, "421 4.7.0 Too much\r\n", Then.Drop, Times: 2));
        var log = new Captured();
        await using var transport = new SmtpTransport(Options(server), SampleMails.Publication(), log, time: time);
        await using var session = transport.OpenSession();
        Assert.Equal("sent", Word(await session.SendAsync(SampleMails.Notice(), Stop)));

        Assert.Equal("deferred", Word(await session.SendAsync(SampleMails.Notice(), Stop)));

        Assert.Equal((1, 2), (server.Messages.Count, server.Connections));
        Assert.Contains(log.All, line => line.Contains("fewer connections", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_relay_that_closes_in_answer_to_the_end_of_a_message_is_not_asked_again_at_once()
    {
        await using var server = new ScriptedSmtp(
            new Act(At.Dot, "250 ok\r\n"), new Act(At.Dot, "421 4.3.0 Going down\r\n", Then.Drop));
        await using var session = Transport(server).OpenSession();
        Assert.Equal("sent", Word(await session.SendAsync(SampleMails.Notice(), Stop)));

        Assert.Equal("deferred", Word(await session.SendAsync(SampleMails.Notice(), Stop)));

        Assert.Equal(2, server.Messages.Count);
    }
}

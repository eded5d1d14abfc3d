using DailyDigest.Runs;

namespace DailyDigest.Mail.Tests;

/// <summary>DATA leaves together with the sender and the recipient.</summary>
public sealed partial class ScriptedSmtpTests
{
    [Fact]
    public async Task A_message_costs_two_round_trips()
    {
        // The server answers nothing before DATA.
        await using var server = new ScriptedSmtp(
            new Act(At.Mail, null), new Act(At.Rcpt, null), new Act(At.Data, "354 go\r\n") { Before = "250 2.1.0 ok\r\n250 2.1.5 ok\r\n" });
        await using var transport = Transport(server);
        await using var session = transport.OpenSession();

        Assert.Equal(SendOutcome.Sent, (await session.SendAsync(SampleMails.Notice(), Stop)).Outcome);
        Assert.Equal(SendOutcome.Sent, (await session.SendAsync(SampleMails.Notice(), Stop)).Outcome);
        Assert.Equal((1, 2), (server.Connections, server.Messages.Count));
    }

    [Theory]
    [InlineData("550 5.1.1 no such user\r\n", SendOutcome.Rejected)]
    [InlineData("450 4.2.0 later\r\n", SendOutcome.Deferred)]
    public async Task A_server_that_takes_DATA_after_it_refused_gets_an_empty_message(string reply, SendOutcome outcome)
    {
        await using var server = new ScriptedSmtp(new Act(At.Rcpt, reply), new Act(At.Dot, "554 5.5.1 no recipients\r\n"))
        {
            RefusesEmpty = false,
        };
        await using var transport = Transport(server);
        await using var session = transport.OpenSession();

        Assert.Equal(outcome, (await session.SendAsync(SampleMails.Notice(), Stop)).Outcome);
        Assert.Equal(SendOutcome.Sent, (await session.SendAsync(SampleMails.Notice(), Stop)).Outcome);
        Assert.Equal((1, 0), (server.Connections, server.Messages[0].Length));
        Assert.Equal(2, server.Messages.Count);
    }

    [Theory]
    [InlineData(10)]
    [InlineData(200_000)]
    public async Task A_long_reply_that_belongs_to_no_message_is_dropped(int lines)
    {
        var reply = string.Concat(Enumerable.Repeat("554-x\r\n", lines)) + "554 x\r\n";
        await using var server = new ScriptedSmtp(new Act(At.Rcpt, "550 5.1.1 no such user\r\n"), new Act(At.Data, reply))
        {
            RefusesEmpty = false,
        };
        await using var transport = Transport(server);
        await using var session = transport.OpenSession();

        Assert.NotEqual(SendOutcome.Sent, (await session.SendAsync(SampleMails.Notice(), Stop)).Outcome);
        time.Advance(lines > 1_000 ? TimeSpan.FromMinutes(1) : TimeSpan.Zero);
        Assert.Equal(SendOutcome.Sent, (await session.SendAsync(SampleMails.Notice(), Stop)).Outcome);
        Assert.Equal(lines > 1_000 ? 2 : 1, server.Connections);
    }
}

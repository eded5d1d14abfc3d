using DailyDigest.Mail.Mailboxes;
using DailyDigest.Mail.Smtp;
using DailyDigest.Returns;
using DailyDigest.Testing.Services;
using DailyDigest.Testing.Storage;

namespace DailyDigest.Mail.Tests.Returns;

/// <summary>Servers of mailboxes that break their protocols: every trouble is named, memory is bounded, nothing waits for ever.</summary>
public sealed class HostileMailboxTests
{
    private const int Megabyte = 1024 * 1024;
    private readonly MemoryTableStore tables = new(TimeProvider.System);

    public static TheoryData<string> Protocols => ["imap", "pop3"];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task A_connection_that_drops_in_mid_message_is_trouble_and_no_message(string protocol)
    {
        await using var server = new ScriptedMailbox(protocol);
        server.OnRead = async (stream, _) =>
        {
            await ScriptedMailbox.SayAsync(
                stream, protocol == "imap" ? "* 1 FETCH (UID 1 BODY[]<0> {1000}\r\nSubject: half\r\n\r\n" : "+OK\r\nSubject: half\r\n\r\n");
            stream.Close();
        };
        Assert.StartsWith("the connection broke: ", await ReadFaultAsync(server, protocol), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task A_server_that_sends_more_than_it_was_asked_for_is_cut_off(string protocol)
    {
        await using var server = new ScriptedMailbox(protocol);
        server.OnRead = async (stream, _) =>
        {
            await ScriptedMailbox.SayAsync(stream, protocol == "imap" ? "* 1 FETCH (UID 1 BODY[]<0> {900000000}\r\n" : "+OK\r\n");
            await server.FloodAsync(stream, "Subject: more and more\r\n");
        };
        Assert.Equal(
            "the connection broke: The server sent more than it was asked for.", await ReadFaultAsync(server, protocol));

        // With the buffers of both sockets.
        Assert.InRange(server.Flooded, 1, 20 * Megabyte);
    }

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task A_list_without_end_is_cut_off(string protocol)
    {
        await using var server = new ScriptedMailbox(protocol);
        server.OnList = async (stream, _) =>
        {
            await ScriptedMailbox.SayAsync(stream, protocol == "imap" ? "* SEARCH" : "+OK\r\n");
            await server.FloodAsync(stream, protocol == "imap" ? " 1" : "1 only\r\n");
        };
        var fault = await Assert.ThrowsAsync<MailboxException>(async () =>
        {
            await using var session = await Mailbox(server, protocol).OpenAsync(Stop);
            await session.ListAsync(Stop);
        });
        Assert.StartsWith("the connection broke: ", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("imap", "HTTP/1.1 400 Bad Request\r\n\r\n")]
    [InlineData("imap", "\0\0\0\0\r\n")]
    [InlineData("imap", "* BYE go away\r\n")]
    [InlineData("pop3", "-ERR go away\r\n")]
    [InlineData("pop3", "\u00ff\u00fe\r\n")]
    public async Task A_greeting_of_another_protocol_is_named(string protocol, string greeting)
    {
        await using var server = new ScriptedMailbox(protocol) { Greeting = greeting };
        var fault = await Assert.ThrowsAsync<MailboxException>(() => Mailbox(server, protocol).OpenAsync(Stop));
        Assert.InRange(fault.Message.Length, 10, 300);
        var steps = await new MailboxCheck(Options(server, protocol), null, TimeProvider.System).CheckAsync(Stop);
        Assert.Single(steps, step => step.Result == CheckResult.Failed);
    }

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task A_server_that_says_nothing_is_left_after_the_timeout(string protocol)
    {
        await using var server = new ScriptedMailbox(protocol) { Greeting = null };
        var fault = await Assert.ThrowsAsync<MailboxException>(() => Mailbox(server, protocol).OpenAsync(Stop));
        Assert.Equal("the connection broke: The server did not answer within 1 s.", fault.Message);
    }

    [Fact]
    public async Task A_port_at_which_nobody_listens_is_named()
    {
        using var port = new ClosedPort();
        var fault = await Assert.ThrowsAsync<MailboxException>(() => MailboxRig.Mailbox(
            new MailboxOptions { Host = "127.0.0.1", Port = port.Number, User = "a", Password = "b" }, tables).OpenAsync(Stop));
        Assert.Equal("cannot connect: the connection was refused", fault.Message);
    }

    /// <summary>With client credentials; the server refuses the first token, as after a change of the app's rights.</summary>
    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task A_login_with_a_token_takes_another_when_the_first_is_refused(string protocol)
    {
        await using var endpoint = TokenServer.Start();
        await using var server = new ScriptedMailbox(protocol);
        server.OnLogin = _ => server.Logins.Count > 1;
        var options = Options(server, protocol);
        options.Password = "";
        options.OAuth.TokenUrl = endpoint.Url;
        options.OAuth.ClientId = "app";
        options.OAuth.ClientSecret = "secret";

        await using (await MailboxRig.Mailbox(options, tables).OpenAsync(Stop))
        {
            Assert.Equal(2, server.Logins.Count);
            Assert.All(server.Logins, login => Assert.StartsWith("user=returns auth=Bearer ", login, StringComparison.Ordinal));
            Assert.NotEqual(server.Logins[0], server.Logins[1]);
        }

        server.OnLogin = _ => false;
        var fault = await Assert.ThrowsAsync<MailboxException>(() => MailboxRig.Mailbox(options, tables).OpenAsync(Stop));
        Assert.StartsWith("login refused: ", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Wrong_settings_are_refused_at_the_start()
    {
        Assert.Empty(new MailboxOptions().Validate(development: false));
        Assert.Empty(Valid(_ => { }));
        Assert.Equal("Mailbox__User", Fault(one => one.User = ""));
        Assert.Equal("Mailbox__Password", Fault(one => one.Password = ""));
        Assert.Equal("Mailbox__Protocol", Fault(one => one.Protocol = "exchange"));
        Assert.Equal("Mailbox__Security", Fault(one => one.Security = "none"));
        Assert.Equal("Mailbox__Security", Fault(one => one.Security = "ssl"));
        Assert.Equal("Mailbox__Done", Fault(one => (one.Protocol, one.Done) = ("pop3", "Folder")));
        Assert.Equal("Mailbox__Done", Fault(one => one.Done = "inbox"));
        Assert.Equal("Mailbox__Done", Fault(one => one.Folder = "dailydigest"));
        Assert.Equal("Mailbox__Folder", Fault(one => one.Folder = ""));
        Assert.Equal("Mailbox__Minutes", Fault(one => one.Minutes = 0));
        Assert.Equal("Mailbox__TimeoutSeconds", Fault(one => one.TimeoutSeconds = 601));
        Assert.Equal("Mailbox__Port", Fault(one => one.Port = -1));
        Assert.Equal("Mailbox__CertificateSha256", Fault(one => one.CertificateSha256 = "ab"));
        Assert.Equal("Mailbox__Host", Fault(one => one.Host = ""));
        Assert.Empty(Valid(one => (one.Security, one.Host) = ("none", "127.0.0.1")));
        Assert.Equal([993, 143, 995, 110], new[] { ("imap", "tls"), ("imap", "starttls"), ("pop3", "tls"), ("pop3", "none") }
            .Select(pair => new MailboxOptions { Protocol = pair.Item1, Security = pair.Item2 }.EffectivePort));

        static string Fault(Action<MailboxOptions> change) => Assert.Single(Valid(change)).Split(':', ',')[0];

        static IEnumerable<string> Valid(Action<MailboxOptions> change)
        {
            var options = new MailboxOptions { Host = "mail.example.com", User = "returns", Password = "secret" };
            change(options);
            return options.Validate(development: false);
        }
    }

    private async Task<string> ReadFaultAsync(ScriptedMailbox server, string protocol)
    {
        await using var session = await Mailbox(server, protocol).OpenAsync(Stop);
        var list = await session.ListAsync(Stop);
        return (await Assert.ThrowsAsync<MailboxException>(() => session.ReadAsync(Assert.Single(list.Keys), Stop))).Message;
    }

    private IReturnMailbox Mailbox(ScriptedMailbox server, string protocol) => MailboxRig.Mailbox(Options(server, protocol), tables);

    private static MailboxOptions Options(ScriptedMailbox server, string protocol) => new()
    {
        Host = "127.0.0.1",
        Port = server.Port,
        Protocol = protocol,
        Security = "none",
        User = "returns",
        Password = "secret",
        TimeoutSeconds = 1,
    };
}

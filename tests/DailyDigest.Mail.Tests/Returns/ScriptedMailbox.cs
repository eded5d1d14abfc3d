using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace DailyDigest.Mail.Tests.Returns;

/// <summary>A server of one mailbox with one message, without TLS, which breaks its protocol where a test says so.</summary>
internal sealed class ScriptedMailbox : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource stop = new();
    private readonly bool isImap;
    private readonly Task accepting;

    public ScriptedMailbox(string protocol)
    {
        isImap = protocol == "imap";
        listener.Start();
        accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    /// <summary>The greeting; null to say nothing.</summary>
    public string? Greeting { get; set; } = "";

    /// <summary>Writes the answer to the reading of the message, in place of the server.</summary>
    public Func<Stream, string, Task>? OnRead { get; set; }

    /// <summary>Writes the answer to the listing of messages, in place of the server.</summary>
    public Func<Stream, string, Task>? OnList { get; set; }

    /// <summary>Decides about a login, by the text after the mechanism.</summary>
    public Func<string, bool> OnLogin { get; set; } = _ => true;

    /// <summary>The logins that were tried.</summary>
    public List<string> Logins { get; } = [];

    /// <summary>Bytes of endless data that left.</summary>
    public long Flooded { get; private set; }

    /// <summary>Endless data: until the client hangs up.</summary>
    public async Task FloodAsync(Stream stream, string line)
    {
        var bytes = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat(line, 65_536 / line.Length)));
        try
        {
            while (true)
            {
                await stream.WriteAsync(bytes);
                Flooded += bytes.Length;
            }
        }
        catch (IOException)
        {
            // The client had enough.
        }
    }

    public static Task SayAsync(Stream stream, string text) => stream.WriteAsync(Encoding.Latin1.GetBytes(text)).AsTask();

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await accepting;
        listener.Stop();
        stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _ = ServeAsync(await listener.AcceptTcpClientAsync(stop.Token));
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // The test is over.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        try
        {
            using var _ = client;
            var stream = client.GetStream();
            using var reader = new StreamReader(stream, Encoding.Latin1);
            if (Greeting is null)
            {
                await new TaskCompletionSource().Task.WaitAsync(stop.Token);
            }

            await SayAsync(stream, Greeting is { Length: > 0 } odd ? odd : isImap ? "* OK ready\r\n" : "+OK ready\r\n");
            while (await reader.ReadLineAsync(stop.Token) is { } line)
            {
                if (line is "AUTH PLAIN" or "AUTH XOAUTH2")
                {
                    await SayAsync(stream, "+ \r\n");
                    line += " " + await reader.ReadLineAsync(stop.Token);
                }

                await (isImap ? ImapAsync(stream, line) : Pop3Async(stream, line));
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or OperationCanceledException)
        {
            // The client has hung up, or the test is over.
        }
    }

    // cspell:disable
    private Task ImapAsync(Stream stream, string line)
    {
        var words = line.Split(' ');
        var tag = words[0];
        return (words.ElementAtOrDefault(1), words.ElementAtOrDefault(2)) switch
        {
            ("CAPABILITY", _) => SayAsync(stream, $"* CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN AUTH=XOAUTH2\r\n{tag} OK done\r\n"),
            ("AUTHENTICATE", _) => LogInAsync(stream, words[^1], $"{tag} OK in\r\n", $"{tag} NO [AUTHENTICATIONFAILED] no\r\n"),
            ("LIST", _) => SayAsync(stream, $"* LIST () \".\" INBOX\r\n{tag} OK done\r\n"),
            ("SELECT", _) => SayAsync(
                stream, $"* 1 EXISTS\r\n* OK [UIDVALIDITY 7] fine\r\n* OK [PERMANENTFLAGS (\\*)] fine\r\n{tag} OK [READ-WRITE] done\r\n"),
            ("UID", "SEARCH") when OnList is not null => OnList(stream, tag),
            ("UID", "SEARCH") => SayAsync(stream, $"* SEARCH 1\r\n{tag} OK done\r\n"),
            ("UID", "FETCH") when OnRead is not null => OnRead(stream, tag),
            ("LOGOUT", _) => SayAsync(stream, $"* BYE\r\n{tag} OK bye\r\n"),
            _ => SayAsync(stream, $"{tag} OK done\r\n"),
        };
    }

    private Task Pop3Async(Stream stream, string line) => line.Split(' ')[0] switch
    {
        "CAPA" => SayAsync(stream, "+OK\r\nUIDL\r\nTOP\r\nSASL PLAIN XOAUTH2\r\n.\r\n"),
        "AUTH" => LogInAsync(stream, line.Split(' ')[^1], "+OK in\r\n", "-ERR [AUTH] no\r\n"),
        "STAT" => SayAsync(stream, "+OK 1 1000\r\n"),
        "UIDL" when OnList is not null => OnList(stream, ""),
        "UIDL" => SayAsync(stream, "+OK\r\n1 only\r\n.\r\n"),
        "LIST" => SayAsync(stream, "+OK\r\n1 1000\r\n.\r\n"),
        "RETR" when OnRead is not null => OnRead(stream, ""),
        _ => SayAsync(stream, "+OK\r\n"),
    };

    // cspell:enable
    private Task LogInAsync(Stream stream, string login, string yes, string no)
    {
        var text = Encoding.UTF8.GetString(Convert.FromBase64String(login)).Replace('\0', ' ').Replace('\u0001', ' ');
        Logins.Add(text);
        return SayAsync(stream, OnLogin(text) ? yes : no);
    }
}

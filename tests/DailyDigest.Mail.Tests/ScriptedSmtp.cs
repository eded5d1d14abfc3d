using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using DailyDigest.Storage;

namespace DailyDigest.Mail.Tests;

/// <summary>The stage of the conversation at which a script acts.</summary>
public enum At
{
    Greeting,
    Ehlo,
    Helo,
    StartTls,
    Handshake,
    Auth,
    Mail,
    Rcpt,
    Data,
    MidData,
    Dot,
    Rset,
    Quit,
}

/// <summary>The server's action after its reply.</summary>
public enum Then
{
    GoOn,
    Drop,
    Reset,
    Silence,
}

/// <summary>One deviation: other bytes instead of the usual reply (null for no reply), and what follows.</summary>
public sealed record Act(At At, string? Say, Then Then = Then.GoOn, int Times = 1, int After = 0)
{
    /// <summary>Bytes before the reply.</summary>
    public string Before { get; init; } = "";
}

/// <summary>A mail server on a real socket that accepts everything, except where its script says otherwise.</summary>
internal sealed partial class ScriptedSmtp : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource ending = new();
    private readonly Lock gate = new();
    private readonly List<Act> script;
    private readonly List<string> commands = [];
    private readonly List<byte[]> messages = [];
    private readonly List<string> tokens = [];
    private readonly List<Task> conversations = [];
    private readonly Task accepting;
    private int silences;

    public ScriptedSmtp(params Act[] script)
    {
        this.script = [.. script];
        listener.Start();
        accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    /// <summary>The extensions that EHLO offers.</summary>
    public IReadOnlyList<string> Extensions { get; init; } = ["PIPELINING", "SIZE 20000000", "8BITMIME", "SMTPUTF8",
        "ENHANCEDSTATUSCODES", "AUTH PLAIN LOGIN"];

    /// <summary>False for a server that takes DATA although it refused the recipient (RFC 2920, 3.1).</summary>
    public bool RefusesEmpty { get; init; } = true;

    /// <summary>The certificate for STARTTLS, or from the first byte with <see cref="Tls"/>.</summary>
    public X509Certificate2? Certificate { get; init; }

    public bool Tls { get; init; }

    /// <summary>Says which access tokens are accepted, with <c>AUTH XOAUTH2</c> among the <see cref="Extensions"/>; null for all.</summary>
    public Func<string, bool>? Accepts { get; set; }

    /// <summary>The access tokens that clients sent, in order.</summary>
    public IReadOnlyList<string> Tokens => Locked(() => tokens.ToArray());

    /// <summary>The lines that were received on all connections, without message bodies.</summary>
    public IReadOnlyList<string> Commands => Locked(() => commands.ToArray());

    /// <summary>The messages whose final dot was received, with dots unstuffed, whatever the reply was.</summary>
    public IReadOnlyList<byte[]> Messages => Locked(() => messages.ToArray());

    public int Connections => Locked(() => conversations.Count);

    /// <summary>How often the server stopped answering.</summary>
    public int Silences => Locked(() => silences);

    public async ValueTask DisposeAsync()
    {
        await ending.CancelAsync();
        listener.Stop();
        await accepting;
        await Task.WhenAll(Locked(() => conversations.ToArray()));
        ending.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var socket = await listener.AcceptSocketAsync(ending.Token);
                socket.NoDelay = true;
                Locked(() => conversations.Add(Task.Run(() => TalkAsync(socket))));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task TalkAsync(Socket socket)
    {
        Stream stream = new NetworkStream(socket, ownsSocket: true);
        try
        {
            if (Tls)
            {
                stream = await ProtectAsync(stream);
            }

            await ReplyAsync(stream, At.Greeting, "220 scripted.test ready\r\n");
            var lines = new Lines(stream);
            var chunks = new List<byte>();
            var (hasSender, hasRecipient) = (false, false);
            while (await lines.NextAsync(ending.Token) is { } line)
            {
                Locked(() => commands.Add(line));
                switch (line.Split(' ', ':')[0].ToUpperInvariant())
                {
                    case "EHLO":
                        await ReplyAsync(stream, At.Ehlo, "250-scripted.test\r\n" + string.Concat(
                            Extensions.Select((extension, i) => $"250{(i + 1 < Extensions.Count ? '-' : ' ')}{extension}\r\n")));
                        break;
                    case "HELO": await ReplyAsync(stream, At.Helo, "250 scripted.test\r\n"); break;
                    case "STARTTLS":
                        await ReplyAsync(stream, At.StartTls, "220 2.0.0 go ahead\r\n");
                        stream = await ProtectAsync(stream);
                        lines = new Lines(stream);
                        break;
                    case "AUTH":
                        if (Accepts is not null && line.Split(' ') is [_, "XOAUTH2" or "OAUTHBEARER", var initial] && !IsAccepted(initial))
                        {
                            await WriteAsync(stream, $"334 {Base64("""{"status":"401","schemes":"bearer"}""")}\r\n");
                            await lines.NextAsync(ending.Token);
                            await WriteAsync(stream, $"535 5.7.8 The token is refused: {line}\r\n");
                            break;
                        }

                        if (line.EndsWith("LOGIN", StringComparison.OrdinalIgnoreCase))
                        {
                            foreach (var prompt in new[] { "VXNlcm5hbWU6", "UGFzc3dvcmQ6" })
                            {
                                await WriteAsync(stream, $"334 {prompt}\r\n");
                                Locked(() => commands.Add("(login)"));
                                await lines.NextAsync(ending.Token);
                            }
                        }

                        await ReplyAsync(stream, At.Auth, "235 2.7.0 welcome\r\n");
                        break;
                    case "MAIL":
                        hasSender = Takes(await ReplyAsync(stream, At.Mail, "250 2.1.0 ok\r\n"));
                        hasRecipient = false;
                        break;
                    case "RCPT" when !hasSender && RefusesEmpty:
                        await WriteAsync(stream, "503 5.5.1 no sender\r\n");
                        break;
                    case "RCPT":
                        hasRecipient |= Takes(await ReplyAsync(stream, At.Rcpt, "250 2.1.5 ok\r\n"));
                        break;
                    case "DATA" when !hasRecipient && RefusesEmpty:
                        await WriteAsync(stream, "554 5.5.1 no valid recipients\r\n");
                        break;
                    case "DATA":
                        if ((await ReplyAsync(stream, At.Data, "354 go ahead\r\n")).StartsWith("354", StringComparison.Ordinal))
                        {
                            await ReadMessageAsync(stream, lines);
                            await ReplyAsync(stream, At.Dot, "250 2.0.0 queued\r\n");
                        }

                        break;
                    case "BDAT":
                        var words = line.Split(' ');
                        chunks.AddRange(await lines.BytesAsync(int.Parse(words[1], CultureInfo.InvariantCulture), ending.Token));
                        if (words.Length > 2)
                        {
                            Locked(() => messages.Add([.. chunks]));
                            chunks.Clear();
                        }

                        await ReplyAsync(stream, At.Dot, "250 2.0.0 taken\r\n");
                        break;
                    case "RSET": await ReplyAsync(stream, At.Rset, "250 2.0.0 ok\r\n"); break;
                    case "QUIT": await ReplyAsync(stream, At.Quit, "221 2.0.0 bye\r\n"); return;
                    default: await WriteAsync(stream, "500 5.5.1 what?\r\n"); break;
                }
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException or AuthenticationException
            or SocketException or HangUp)
        {
            if (e is HangUp { Hard: true })
            {
                socket.LingerState = new LingerOption(true, 0);
            }
        }
        finally
        {
            await stream.DisposeAsync();
        }
    }

    private bool IsAccepted(string initial)
    {
        var token = Encoding.Latin1.GetString(Convert.FromBase64String(initial)).Split("auth=Bearer ")[1].TrimEnd('\u0001');
        Locked(() => tokens.Add(token));
        return Accepts!(token);
    }

    private static string Base64(string text) => Convert.ToBase64String(Encoding.Latin1.GetBytes(text));

    private async Task ReadMessageAsync(Stream stream, Lines lines)
    {
        using var message = new MemoryStream();
        while (await lines.NextAsync(ending.Token) is { } line)
        {
            if (line == ".")
            {
                Locked(() => messages.Add(message.ToArray()));
                return;
            }

            message.Write(Encoding.Latin1.GetBytes((line.StartsWith('.') ? line[1..] : line) + "\r\n"));
            if (message.Length > (Locked(() => script.Find(act => act.At == At.MidData && act.Times != 0))?.After ?? int.MaxValue))
            {
                await ReplyAsync(stream, At.MidData, "");
            }
        }

        throw new HangUp(false);
    }

    /// <summary>True if the reply was the usual one, or one of the same meaning.</summary>
    private static bool Takes(string reply) => reply.Length == 0 || reply[0] == '2';

    /// <summary>Replies, as the script says if it says anything, and returns the reply.</summary>
    private async Task<string> ReplyAsync(Stream stream, At at, string usual)
    {
        var act = Locked(() =>
        {
            var i = script.FindIndex(act => act.At == at && act.Times != 0);
            var found = i < 0 ? null : script[i];
            if (found is not null)
            {
                silences += found.Then == Then.Silence ? 1 : 0;
                script[i] = found with { Times = found.Times - 1 };
            }

            return found;
        });
        var words = act is null ? usual : act.Say ?? "";
        await WriteAsync(stream, act?.Before + words);
        switch (act?.Then)
        {
            case Then.Drop: throw new HangUp(false);
            case Then.Reset: throw new HangUp(true);
            case Then.Silence: await Task.Delay(Timeout.Infinite, ending.Token); break;
            default: break;
        }

        return words;
    }

    private async Task WriteAsync(Stream stream, string words)
    {
        await stream.WriteAsync(Encoding.Latin1.GetBytes(words), ending.Token);
        await stream.FlushAsync(ending.Token);
    }

    private async Task<Stream> ProtectAsync(Stream stream)
    {
        await ReplyAsync(stream, At.Handshake, "");
        var protectedStream = new SslStream(stream);
        await protectedStream.AuthenticateAsServerAsync(
            new SslServerAuthenticationOptions { ServerCertificate = Certificate, EnabledSslProtocols = SslProtocols.None }, ending.Token);
        return protectedStream;
    }

    private void Locked(Action act)
    {
        lock (gate)
        {
            act();
        }
    }

    private T Locked<T>(Func<T> read)
    {
        lock (gate)
        {
            return read();
        }
    }

    private sealed class HangUp(bool hard) : Exception
    {
        public bool Hard => hard;
    }
}

using System.Buffers.Text;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace DailyDigest.LoadBenchmark;

/// <summary>
/// One connection that is kept open, with as little of a client as can be: what it costs is taken from the servers' two cores.
/// </summary>
internal sealed class Wire : IDisposable
{
    private static readonly byte[] Get = Encoding.ASCII.GetBytes(
        "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/html\r\nAccept-Language: en-GB,en;q=0.9\r\nUser-Agent: load\r\n\r\n");

    private readonly Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private byte[] buffer = new byte[64 * 1024];
    private int filled;

    public async Task ConnectAsync(int port) => await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port));

    /// <summary>The last answer, head and body.</summary>
    public ReadOnlySpan<byte> Last => buffer.AsSpan(0, filled);

    /// <summary>GET /</summary>
    public Task PageAsync() => SendAsync(Get, 200);

    /// <summary>GET /, solve the sum, POST the form.</summary>
    public async Task SignUpAsync(string address)
    {
        await PageAsync();
        await SendAsync(Form(address), 200);
    }

    public void Dispose() => socket.Dispose();

    private byte[] Form(string address)
    {
        var page = Last;
        var sum = page[page.IndexOf("class=\"sum\""u8)..];
        sum = sum[(sum.IndexOf((byte)'>') + 1)..];
        sum = sum[..sum.IndexOf(" ="u8)];
        var check = page[(page.IndexOf("name=\"check\" value=\""u8) + "name=\"check\" value=\""u8.Length)..];
        check = check[..check.IndexOf((byte)'"')];
        var body =
            $"email={Uri.EscapeDataString(address)}&answer={sum[0] - '0' + sum[^1] - '0'}&website="
            + $"&check={Encoding.ASCII.GetString(check)}&lang=en";
        return Encoding.ASCII.GetBytes(
            $"POST /signup HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept-Language: en-GB,en;q=0.9\r\nUser-Agent: load\r\nContent-Type: "
                + $"application/x-www-form-urlencoded\r\nContent-Length: {body.Length}\r\n\r\n{body}");
    }

    private async Task SendAsync(byte[] request, int status)
    {
        await socket.SendAsync(request, SocketFlags.None);
        filled = 0;
        while (!IsWhole())
        {
            if (filled == buffer.Length)
            {
                Array.Resize(ref buffer, buffer.Length * 2);
            }

            var read = await socket.ReceiveAsync(buffer.AsMemory(filled), SocketFlags.None);
            filled += read > 0 ? read : throw new IOException("The server hung up.");
        }

        if (!Utf8Parser.TryParse(Last["HTTP/1.1 ".Length..], out int answered, out _) || answered != status)
        {
            throw new InvalidOperationException(
                $"Answered {answered} instead of {status}: {Encoding.UTF8.GetString(Last)[..Math.Min(filled, 600)]}");
        }
    }

    private bool IsWhole()
    {
        var head = Last.IndexOf("\r\n\r\n"u8);
        if (head < 0)
        {
            return false;
        }

        var length = Last.IndexOf("Content-Length: "u8);
        return length >= 0 && length < head && Utf8Parser.TryParse(Last[(length + "Content-Length: "u8.Length)..], out int body, out _)
            ? filled >= head + 4 + body
            : throw new InvalidOperationException(
                "An answer without Content-Length: " + Encoding.UTF8.GetString(Last)[..Math.Min(filled, 600)]);
    }
}

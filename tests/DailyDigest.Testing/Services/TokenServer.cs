using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace DailyDigest.Testing.Services;

/// <summary>A request for an access token.</summary>
/// <param name="Target">Path and query.</param>
/// <param name="Head">The head as it came.</param>
/// <param name="Form">The fields of the body, decoded; of a GET those of the query.</param>
public sealed record TokenRequest(string Target, string Head, IReadOnlyDictionary<string, string> Form);

/// <summary>An answer of the server.</summary>
/// <param name="Status">The status code.</param>
/// <param name="Body">The body, a character a byte.</param>
/// <param name="Header">A further header, such as <c>Location: ...</c>; empty for none.</param>
public sealed record TokenReply(int Status, string Body, string Header = "");

/// <summary>
/// A token endpoint on 127.0.0.1, without TLS: it issues token-1, token-2 and so on. It answers a POST as RFC 6749 has it, and a GET as
/// the identity endpoint of an app on Azure does.
/// </summary>
public sealed class TokenServer : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource ending = new();
    private readonly Lock gate = new();
    private readonly List<TokenRequest> requests = [];
    private readonly List<Task> answers = [];
    private readonly Task accepting;
    private int issued;

    private TokenServer()
    {
        listener.Start();
        accepting = AcceptAsync();
    }

    /// <summary>The URL to send requests to.</summary>
    public string Url => $"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/oauth2/token";

    /// <summary>How long the tokens are valid, as the answer says.</summary>
    public TimeSpan Lifetime { get; set; } = TimeSpan.FromHours(1);

    /// <summary>Answers in place of the server; null for a token, and for a request of which this returns null.</summary>
    public Func<TokenRequest, Task<TokenReply?>>? Script { get; set; }

    /// <summary>The requests so far.</summary>
    public IReadOnlyList<TokenRequest> Requests
    {
        get
        {
            lock (gate)
            {
                return [.. requests];
            }
        }
    }

    /// <summary>How many tokens it has issued.</summary>
    public int Issued => Volatile.Read(ref issued);

    /// <summary>Starts one on a free port.</summary>
    public static TokenServer Start() => new();

    public async ValueTask DisposeAsync()
    {
        await ending.CancelAsync();
        listener.Stop();
        await accepting;
        Task[] left;
        lock (gate)
        {
            left = [.. answers];
        }

        await Task.WhenAll(left);
        ending.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await listener.AcceptTcpClientAsync(ending.Token);
                lock (gate)
                {
                    answers.Add(Task.Run(() => AnswerAsync(client)));
                }
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task AnswerAsync(TcpClient client)
    {
        try
        {
            using (client)
            {
                await using var stream = client.GetStream();
                var request = await ReadAsync(stream);
                lock (gate)
                {
                    requests.Add(request);
                }

                var scripted = Script?.Invoke(request) ?? Task.FromResult<TokenReply?>(null);
                var reply = await scripted.WaitAsync(ending.Token) ?? Issue(request);
                var head = string.Create(
                    CultureInfo.InvariantCulture, $"HTTP/1.1 {reply.Status} x\r\nContent-Type: application/json\r\nConnection: close\r\n")
                    + string.Create(CultureInfo.InvariantCulture, $"Content-Length: {reply.Body.Length}\r\n")
                    + (reply.Header.Length > 0 ? reply.Header + "\r\n" : "");
                await stream.WriteAsync(Encoding.Latin1.GetBytes($"{head}\r\n{reply.Body}"), ending.Token);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or SocketException or ObjectDisposedException)
        {
            // The client has hung up, or the test is over.
        }
    }

    private TokenReply Issue(TokenRequest request)
    {
        var token = $"token-{Interlocked.Increment(ref issued)}";
        var until = TimeProvider.System.GetUtcNow() + Lifetime;
        return new TokenReply(200, request.Head.StartsWith("GET ", StringComparison.Ordinal)
            ? string.Create(
                CultureInfo.InvariantCulture,
                $$"""{"access_token":"{{token}}","expires_on":"{{until.ToUnixTimeSeconds()}}","token_type":"Bearer","resource":"x"}""")
            : string.Create(
                CultureInfo.InvariantCulture,
                $$"""{"access_token":"{{token}}","expires_in":{{(int)Lifetime.TotalSeconds}},"token_type":"Bearer"}"""));
    }

    private async Task<TokenRequest> ReadAsync(NetworkStream stream)
    {
        var text = new StringBuilder();
        var buffer = new byte[8192];
        while (true)
        {
            var all = text.ToString();
            var end = all.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            if (end >= 0 && all.Length >= end + 4 + Length(all[..end]))
            {
                var target = all.Split(' ')[1];
                var fields = Length(all[..end]) > 0 ? all[(end + 4)..] : target.Contains('?', StringComparison.Ordinal)
                    ? target[(target.IndexOf('?', StringComparison.Ordinal) + 1)..] : "";
                return new TokenRequest(target, all[..end], Fields(fields));
            }

            var count = await stream.ReadAsync(buffer, ending.Token);
            if (count == 0)
            {
                throw new IOException("The client hung up.");
            }

            text.Append(Encoding.Latin1.GetString(buffer, 0, count));
        }
    }

    private static int Length(string head) => head.Split("\r\n")
        .Where(line => line.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase))
        .Select(line => int.Parse(line["Content-Length:".Length..], NumberStyles.AllowLeadingWhite, CultureInfo.InvariantCulture))
        .FirstOrDefault();

    private static Dictionary<string, string> Fields(string text) => text.Split('&', StringSplitOptions.RemoveEmptyEntries)
        .Select(field => field.Split('=', 2))
        .ToDictionary(field => WebUtility.UrlDecode(field[0]), field => WebUtility.UrlDecode(field[^1]));
}

using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace DailyDigest.DeliveryBenchmark;

/// <summary>The acts of a moody sink.</summary>
/// <param name="Taken">Messages that it took.</param>
/// <param name="Doubles">Messages among them to a recipient who had one already.</param>
/// <param name="Deferred">Recipients who were refused for now (4xx).</param>
/// <param name="Refused">Recipients who were refused for good (5xx).</param>
/// <param name="Goodbyes">Connections that it closed with 421.</param>
/// <param name="LastAt">When it took the last message, in seconds since 1970.</param>
internal sealed record SinkCounts(int Taken, int Doubles, int Deferred, int Refused, int Goodbyes, double LastAt);

/// <summary>
/// A relay with the moods of real ones: it takes 20 ms to 2 s before it answers a message (as often below 200 ms as above), defers one
/// recipient in fifty once, refuses one in a hundred for good, and says 421 after some dozens of messages on a connection.
/// </summary>
internal static class MoodySink
{
    private const int MaxOnConnection = 100;
    private static readonly ConcurrentDictionary<string, int> Attempts = new();
    private static readonly ConcurrentDictionary<string, bool> Reached = new();
    private static readonly Lock Gate = new();
    private static SinkCounts counts = new(0, 0, 0, 0, 0, 0);

    /// <summary>Prints its port, takes messages until standard input ends, then prints what it did.</summary>
    public static void Run()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start(512);
        Console.WriteLine(((IPEndPoint)listener.LocalEndpoint).Port);
        var accepting = new Thread(() =>
        {
            for (var seed = 1; ; seed++)
            {
                var (connection, random) = (listener.AcceptTcpClient(), new Random(seed));
                new Thread(() => Serve(connection, random)) { IsBackground = true }.Start();
            }
        })
        { IsBackground = true };
        accepting.Start();
        Console.In.ReadToEnd();
        Console.WriteLine(JsonSerializer.Serialize(counts));
        Environment.Exit(0);
    }

    private static void Serve(TcpClient connection, Random random)
    {
        using var open = connection;
        connection.NoDelay = true;
        try
        {
            using var stream = connection.GetStream();
            using var reader = new StreamReader(stream, Encoding.Latin1);
            Talk(stream, reader, random);
        }
        catch (IOException)
        {
            // The sender went.
        }
    }

    private static void Talk(NetworkStream stream, StreamReader reader, Random random)
    {
        var (left, recipient) = (random.Next(MaxOnConnection / 4, MaxOnConnection), (string?)null);
        Say("220 sink ESMTP");
        while (reader.ReadLine() is { } line)
        {
            switch (line[..Math.Min(4, line.Length)].ToUpperInvariant())
            {
                case "EHLO":
                    Say("250-sink\r\n250-PIPELINING\r\n250 ENHANCEDSTATUSCODES");
                    break;
                case "MAIL" when left-- <= 0:
                    Count(now => now with { Goodbyes = now.Goodbyes + 1 });
                    Say("421 4.7.0 Too many messages on this connection");
                    return;
                case "RCPT":
                    recipient = Judge(line);
                    break;
                case "DATA" when recipient is null:
                    Say("503 5.5.1 No recipient");
                    break;
                case "DATA":
                    Say("354 Go on");
                    while (reader.ReadLine() is { } text && text != ".")
                    {
                        // Thrown away.
                    }

                    Thread.Sleep(TimeSpan.FromMilliseconds(20 * Math.Pow(100, random.NextDouble())));
                    Take(recipient);
                    recipient = null;
                    Say("250 2.0.0 Ok");
                    break;
                case "QUIT":
                    Say("221 2.0.0 Bye");
                    return;
                default:
                    Say("250 2.1.0 Ok");
                    break;
            }
        }

        void Say(string reply) => stream.Write(Encoding.ASCII.GetBytes(reply + "\r\n"));

        string? Judge(string to)
        {
            // The fate of a recipient does not depend on the order in which they come.
            var (fate, attempt) = (new Random(StableHash(to)).Next(1000), Attempts.AddOrUpdate(to, 1, (_, number) => number + 1));
            if (fate < 10)
            {
                Count(now => now with { Refused = now.Refused + 1 });
                Say("550 5.1.1 No such user here");
                return null;
            }

            if (fate < 30 && attempt == 1)
            {
                Count(now => now with { Deferred = now.Deferred + 1 });
                Say("451 4.7.1 Greylisted, try again later");
                return null;
            }

            Say("250 2.1.5 Ok");
            return to;
        }
    }

    private static void Take(string recipient) => Count(now => now with
    {
        Taken = now.Taken + 1,
        Doubles = now.Doubles + (Reached.TryAdd(recipient, true) ? 0 : 1),
        LastAt = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() / 1000.0,
    });

    private static void Count(Func<SinkCounts, SinkCounts> change)
    {
        lock (Gate)
        {
            counts = change(counts);
        }
    }

    private static int StableHash(string text) => text.Aggregate(17, (hash, letter) => unchecked((hash * 31) + letter));
}

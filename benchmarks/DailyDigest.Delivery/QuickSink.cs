using System.Buffers;
using System.Net;
using System.Net.Sockets;
using DailyDigest.Runs;

namespace DailyDigest.DeliveryBenchmark;

/// <summary>
/// Takes messages and throws them away as smtp-sink does, but looks for the end of a message in whole buffers where smtp-sink goes from
/// letter to letter: on a machine where sender and sink share the processors, smtp-sink takes nearly as much of them as the sender.
/// </summary>
internal static class QuickSink
{
    private static long taken;

    /// <summary>Prints its port, takes messages until standard input ends, then prints how many it took.</summary>
    public static void Run()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start(512);
        Console.WriteLine(((IPEndPoint)listener.LocalEndpoint).Port);
        Start(() =>
        {
            while (true)
            {
                var connection = listener.AcceptSocket();
                Start(() => Serve(connection));
            }
        });
        Console.In.ReadToEnd();
        Console.WriteLine(Interlocked.Read(ref taken));
        Environment.Exit(0);
    }

    private static void Start(Action work) => new Thread(() =>
    {
        try
        {
            work();
        }
        catch (SocketException)
        {
            // The sender went: what it had sent is counted.
        }
    })
    { IsBackground = true }.Start();

    private static void Serve(Socket connection)
    {
        using var open = connection;
        connection.NoDelay = true;
        var buffer = new byte[256 * 1024];
        var answers = new ArrayBufferWriter<byte>();
        var (filled, inData) = (0, false);
        connection.Send("220 sink ESMTP\r\n"u8);
        while (connection.Receive(buffer.AsSpan(filled)) is var got and > 0)
        {
            // An end may lie across two reads: four bytes of the last one are looked at again.
            var (start, from) = (0, Math.Max(0, filled - 4));
            filled += got;
            while (buffer.AsSpan(from, filled - from).IndexOf(inData ? "\r\n.\r\n"u8 : "\r\n"u8) is var end and >= 0)
            {
                var command = buffer.AsSpan(start, Math.Min(4, from + end - start));
                answers.Write(inData ? "250 2.0.0 Ok\r\n"u8
                    : command.SequenceEqual("EHLO"u8) ? "250-sink\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 ENHANCEDSTATUSCODES\r\n"u8
                    : command.SequenceEqual("DATA"u8) ? "354 End data with <CR><LF>.<CR><LF>\r\n"u8
                    : command.SequenceEqual("QUIT"u8) ? "221 2.0.0 Bye\r\n"u8
                    : "250 2.1.0 Ok\r\n"u8);
                start = from = from + end + (inData ? 5 : 2);
                Interlocked.Add(ref taken, inData ? 1 : 0);
                inData = !inData && command.SequenceEqual("DATA"u8);
            }

            // Commands that arrive together are answered together, as PIPELINING (RFC 2920) allows.
            if (answers.WrittenCount > 0)
            {
                connection.Send(answers.WrittenSpan);
                answers.ResetWrittenCount();
            }

            // A message in progress keeps only the bytes with which its end may begin. A command keeps all bytes.
            var kept = inData ? Math.Min(4, filled - start) : filled - start;
            buffer.AsSpan(filled - kept, kept).CopyTo(buffer);
            filled = kept;
        }
    }
}

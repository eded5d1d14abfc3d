using System.Net;
using System.Net.Sockets;
using System.Text;
using Azure;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Data.Tables;
using DailyDigest.AzureStorage;

namespace DailyDigest.Storage.Tests;

/// <summary>Every exception of the client while the service fails is an outage. Callers retry outages only.</summary>
public sealed class AzureErrorsTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>The failures of the tries; the last one repeats.</summary>
    public static TheoryData<Exception[]> Outages =>
    [
        new Exception[] { new RequestFailedException(0, "reset") },
        new Exception[] { new IOException("The response ended prematurely.") },
        new Exception[] { new ObjectDisposedException("stream") },
        new Exception[] { new OperationCanceledException("timeout") },
        new Exception[] { new RequestFailedException(0, "reset"), new IOException("cut off"), new OperationCanceledException("timeout") },
        new Exception[] { new IOException("cut off"), new ObjectDisposedException("stream") },
    ];

    [Theory]
    [MemberData(nameof(Outages), DisableDiscoveryEnumeration = true)]
    public async Task Every_mixture_of_failed_tries_is_an_outage(Exception[] tries)
    {
        var store = Store(new FailingTransport(tries, () => { }));
        foreach (var ask in new Func<Task>[]
        {
            () => store.GetAsync(Tables.Feeds, "feed", "a", Stop),
            () => store.QueryAsync(Tables.Feeds, "feed", RowRange.All, 1, Stop),
            () => store.WriteAsync(Tables.Feeds, "feed", TableWrite.Upsert(new TableRow("a")), Stop),
        })
        {
            Assert.StartsWith(
                "Azure Storage could not be reached", (await Assert.ThrowsAsync<StorageException>(ask)).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_programming_error_is_no_outage_even_after_a_failed_try()
    {
        await Assert.ThrowsAsync<InvalidCastException>(
            () => Store(new FailingTransport([new InvalidCastException("bug")], () => { })).GetAsync(Tables.Feeds, "feed", "a", Stop));
        await Assert.ThrowsAsync<AggregateException>(
            () => Store(new FailingTransport([new IOException("cut off"), new InvalidCastException("bug")], () => { })).GetAsync(
                Tables.Feeds, "feed", "a", Stop));
    }

    [Fact]
    public async Task A_requested_cancellation_stays_one_unless_a_try_failed_before()
    {
        using var one = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => Store(new FailingTransport([new OperationCanceledException()], one.Cancel)).GetAsync(
                Tables.Feeds, "feed", "a", one.Token));

        using var other = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        var tries = 0;
        await Assert.ThrowsAsync<StorageException>(
            () => Store(new FailingTransport([new IOException("cut off"), new OperationCanceledException()], () => Second(++tries, other)))
                .GetAsync(Tables.Feeds, "feed", "a", other.Token));

        static void Second(int tries, CancellationTokenSource source)
        {
            if (tries == 2)
            {
                source.Cancel();
            }
        }
    }

    /// <summary>
    /// The real client against a server that closes the connection within each answer's body, and later within its head.
    /// </summary>
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task A_truncated_answer_is_an_outage(int bodies)
    {
        using var server = new TcpListener(IPAddress.Loopback, 0);
        server.Start();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        var serving = ServeAsync(server, bodies, stop.Token);
        var address = $"http://127.0.0.1:{((IPEndPoint)server.LocalEndpoint).Port}/a";
        var options = new AzureStorageOptions
        {
            ConnectionString = "DefaultEndpointsProtocol=http;AccountName=a;AccountKey=c2VjcmV0;"
                + $"TableEndpoint={address};QueueEndpoint={address}",
        };

        var read = await Assert.ThrowsAsync<StorageException>(
            () => AzureStorageServices.CreateTableStore(options).GetAsync(Tables.Feeds, "feed", "a", Stop));
        Assert.Contains("could not be reached to read a row of Feeds", read.Message, StringComparison.Ordinal);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => serving);
    }

    private static AzureTableStore Store(HttpPipelineTransport transport)
    {
        var client = new TableClientOptions
        {
            Transport = transport,
            Retry = { MaxRetries = 2, Delay = TimeSpan.FromMilliseconds(1), MaxDelay = TimeSpan.FromMilliseconds(1) },
        };
        return new AzureTableStore(
            new TableServiceClient(
                "DefaultEndpointsProtocol=http;AccountName=a;AccountKey=c2VjcmV0;TableEndpoint=http://127.0.0.1:9/a", client),
            new AzureStorageOptions());
    }

    private static async Task ServeAsync(TcpListener server, int bodies, CancellationToken stop)
    {
        var request = new byte[4096];
        for (var i = 0; ; i++)
        {
            using var client = await server.AcceptTcpClientAsync(stop);
            await using var stream = client.GetStream();
            _ = await stream.ReadAsync(request, stop);
            var head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n";
            await stream.WriteAsync(Encoding.ASCII.GetBytes(i < bodies ? head + "\r\n{\"odata" : head), stop);
        }
    }

    private sealed class FailingTransport(Exception[] tries, Action before) : HttpPipelineTransport
    {
        private int asked;

        public override Request CreateRequest() => HttpClientTransport.Shared.CreateRequest();

        public override void Process(HttpMessage message) => throw new NotSupportedException();

        public override ValueTask ProcessAsync(HttpMessage message)
        {
            before();
            throw tries[Math.Min(asked++, tries.Length - 1)];
        }
    }
}

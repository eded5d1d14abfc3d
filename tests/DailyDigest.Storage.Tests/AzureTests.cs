using System.Net;
using System.Net.Sockets;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Data.Tables;
using DailyDigest.AzureStorage;
using DailyDigest.Calendar;
using DailyDigest.Testing.Services;

namespace DailyDigest.Storage.Tests;

/// <summary>Failures that only a remote service has.</summary>
public sealed class AzureTests(AzuriteFixture azurite)
{
    private const string Key = "c2VjcmV0IGtleSB0aGF0IG11c3Qgbm90IGFwcGVhcg==";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static void AssertSilent(Exception error)
    {
        Assert.DoesNotContain(Key, error.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public async Task An_unreachable_service_is_an_outage_that_names_the_operation()
    {
        using var closed = new TcpListener(IPAddress.Loopback, 0);
        closed.Start();
        var port = ((IPEndPoint)closed.LocalEndpoint).Port;
        closed.Stop();
        var options = new AzureStorageOptions
        {
            ConnectionString = $"DefaultEndpointsProtocol=http;AccountName=a;AccountKey={Key};"
                + $"TableEndpoint=http://127.0.0.1:{port}/a;QueueEndpoint=http://127.0.0.1:{port}/a",
        };

        var tables = await Assert.ThrowsAsync<StorageException>(() => AzureStorageServices.CreateTableStore(options)
            .WriteAsync(Tables.Feeds, "feed", TableWrite.Upsert(new TableRow("a")), Stop));
        var queue = await Assert.ThrowsAsync<StorageException>(() => AzureStorageServices.CreateQueueStore(options)
            .ReceiveAsync(Queues.Deliver, 1, TimeSpan.FromMinutes(1), Stop));

        Assert.Contains("could not be reached to write to Feeds", tables.Message, StringComparison.Ordinal);
        Assert.Contains("could not be reached to receive from deliver", queue.Message, StringComparison.Ordinal);
        AssertSilent(tables);
        AssertSilent(queue);
    }

    [Fact]
    public async Task A_wrong_key_is_refused_with_advice()
    {
        var options = new AzureStorageOptions
        {
            ConnectionString = (await azurite.Started).ConnectionString.Replace(
                "AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==",
                $"AccountKey={Key}", StringComparison.Ordinal),
        };

        var error = await Assert.ThrowsAsync<StorageException>(
            () => AzureStorageServices.CreateTableStore(options).GetAsync(Tables.Feeds, "feed", "a", Stop));

        Assert.Contains("check the key", error.Message, StringComparison.Ordinal);
        AssertSilent(error);
    }

    /// <summary>The cost of a run is counted in calls of the port (docs/azure-cost.md).</summary>
    [Fact]
    public async Task Each_call_is_one_request()
    {
        var options = new AzureStorageOptions
        {
            ConnectionString = (await azurite.Started).ConnectionString,
            TablePrefix = Azurite.NewPrefix(),
        };
        await AzureStorageServices.CreateTableStore(options).PrepareAsync(Stop);
        var (requests, client) = (new CountedRequests(), new TableClientOptions());
        client.AddPolicy(requests, HttpPipelinePosition.PerCall);
        var tables = new AzureTableStore(new TableServiceClient(options.ConnectionString, client), options);
        var many = Enumerable.Range(0, TableRules.MaxBatch).Select(number => TableWrite.Insert(new TableRow($"{number:d3}"))).ToList();

        await tables.WriteAsync(Tables.Ledger, "p", many, Stop);
        await tables.WriteAsync(Tables.Ledger, "p", TableWrite.Upsert(new TableRow("000")), Stop);
        Assert.NotNull(await tables.GetAsync(Tables.Ledger, "p", "000", Stop));
        Assert.Null(await tables.GetAsync(Tables.Ledger, "p", "none", Stop));
        Assert.Equal(many.Count, (await tables.QueryAsync(Tables.Ledger, "p", RowRange.All, TableRules.MaxPage, Stop)).Count);
        Assert.Single(await tables.QueryAsync(Tables.Ledger, "p", RowRange.All, 1, Stop));

        Assert.Equal(6, requests.Count);
    }

    [Fact]
    public async Task A_missing_table_or_queue_is_an_outage_not_a_missing_row()
    {
        var options = new AzureStorageOptions
        {
            ConnectionString = (await azurite.Started).ConnectionString,
            TablePrefix = Azurite.NewPrefix()
        };
        var tables = AzureStorageServices.CreateTableStore(options);

        var error = await Assert.ThrowsAsync<StorageException>(() => tables.WriteAsync(Tables.Feeds, "feed", TableWrite.Delete("a"), Stop));
        Assert.Contains("missing", error.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<StorageException>(
            () => tables.WriteAsync(Tables.Feeds, "feed", [TableWrite.Delete("a"), TableWrite.Delete("b")], Stop));
        await Assert.ThrowsAsync<StorageException>(() => tables.GetAsync(Tables.Feeds, "feed", "a", Stop));
        await Assert.ThrowsAsync<StorageException>(
            () => AzureStorageServices.CreateQueueStore(options).CompleteAsync(new QueueMessage(Queues.Deliver, "i", "r", "b", 1), Stop));
    }

    [Fact]
    public async Task A_foreign_property_type_is_read_as_text_or_number()
    {
        var prefix = Azurite.NewPrefix();
        var options = new AzureStorageOptions { ConnectionString = (await azurite.Started).ConnectionString, TablePrefix = prefix };
        var store = AzureStorageServices.CreateTableStore(options);
        await store.PrepareAsync(Stop);
        var id = Guid.NewGuid();
        await new TableClient(options.ConnectionString, prefix + Tables.Feeds).AddEntityAsync(
            new TableEntity("feed", "a") { { "id", id }, { "n", 7 } }, Stop);

        var row = await store.GetAsync(Tables.Feeds, "feed", "a", Stop);

        Assert.Equal((id.ToString(), 7L), (row?.Text("id"), row?.Whole("n")));
    }

    [Fact]
    public void An_invalid_connection_string_is_named_and_not_shown()
    {
        var options = new AzureStorageOptions { ConnectionString = $"AccountKey={Key}" };

        var tables = Assert.Throws<StorageException>(() => AzureStorageServices.CreateTableStore(options));
        var queue = Assert.Throws<StorageException>(() => AzureStorageServices.CreateQueueStore(options));

        Assert.Contains("Storage__Azure__ConnectionString", tables.Message, StringComparison.Ordinal);
        AssertSilent(tables);
        AssertSilent(queue);
    }

    [Theory]
    [InlineData(null, null, "", "exactly one")]
    [InlineData("x", "account", "", "exactly one")]
    [InlineData(null, "No.Account", "", "Storage__Azure__AccountName")]
    [InlineData("x", null, "1a", "Storage__Azure__TablePrefix")]
    [InlineData("x", null, "a-b", "Storage__Azure__TablePrefix")]
    public void A_wrong_setting_is_named(string? connection, string? account, string prefix, string fault) =>
        Assert.Contains(fault, Assert.Single(
            new AzureStorageOptions { ConnectionString = connection, AccountName = account, TablePrefix = prefix }.Validate()),
                StringComparison.Ordinal);

    /// <summary>A retry is no new request here: the test's machine may be busy.</summary>
    private sealed class CountedRequests : HttpPipelineSynchronousPolicy
    {
        private int count;

        public int Count => Volatile.Read(ref count);

        public override void OnSendingRequest(HttpMessage message) => Interlocked.Increment(ref count);
    }
}

using DailyDigest.Functions.Tests.TestHost;
using DailyDigest.Testing.Services;

namespace DailyDigest.Functions.Tests;

/// <summary>A worker with missing or wrong settings ends before it connects to the host, and its output says which settings.</summary>
public sealed class StartTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Missing_settings_are_named_before_the_worker_starts()
    {
        var settings = new Dictionary<string, string> { ["Storage__Azure__ConnectionString"] = "UseDevelopmentStorage=true" };

        var output = await FailAsync(settings);

        Assert.All(
            ["Publication__BaseUrl", "Publication__PostalAddress", "Mail__Host", "Links__Keys", "Identity__Key"],
            name => Assert.Contains(output, line => line.StartsWith(name, StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_table_prefix_ends_the_worker_because_the_queue_trigger_has_none()
    {
        var output = await FailAsync(new(ExampleSettings.Deployed()) { ["Storage__Azure__TablePrefix"] = "mine" });

        Assert.StartsWith("Storage__Azure__TablePrefix must be empty on Azure Functions", Assert.Single(output), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_malformed_connection_string_is_reported_without_its_value()
    {
        var output = await FailAsync(new(ExampleSettings.Deployed()) { ["Storage__Azure__ConnectionString"] = "secret" });

        var line = Assert.Single(output);
        Assert.Contains("Storage__Azure__ConnectionString cannot be read", line, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unreachable_storage_account_is_reported_without_its_key()
    {
        const string Key = "bm90IGEga2V5";
        const string Closed = "DefaultEndpointsProtocol=http;AccountName=account;AccountKey=" + Key
            + ";TableEndpoint=http://127.0.0.1:9/account;QueueEndpoint=http://127.0.0.1:9/account;";

        var output = await FailAsync(new(ExampleSettings.Deployed()) { ["Storage__Azure__ConnectionString"] = Closed });

        var line = Assert.Single(output);
        Assert.Contains("Azure Storage", line, StringComparison.Ordinal);
        Assert.DoesNotContain(Key, line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_identity_key_than_the_stores_ends_the_worker()
    {
        await using var azurite = await StorageAsync();
        await using var host = await FunctionsHost.StartAsync(Cancellation);
        var settings = Settings(azurite);
        await StartAndEndAsync(host, settings);

        var output = await FailAsync(new(settings) { ["Identity__Key"] = ExampleSettings.NewKey() });

        Assert.Contains("Identity__Key", Assert.Single(output), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_worker_whose_host_has_died_ends_by_itself()
    {
        await using var azurite = await StorageAsync();
        var host = await FunctionsHost.StartAsync(Cancellation);
        await using var worker = await FunctionsWorker.StartAsync(host, Settings(azurite), Cancellation);

        await host.DisposeAsync();

        await worker.EndAsync(Cancellation);
    }

    [Fact]
    public async Task A_warning_of_the_start_is_logged_in_the_first_tick_where_the_host_keeps_it()
    {
        await using var azurite = await StorageAsync();
        await using var host = await FunctionsHost.StartAsync(Cancellation);
        var settings = Settings(azurite);
        await StartAndEndAsync(host, settings);

        settings["Links__Keys"] = ExampleSettings.NewKey();
        await using var second = await FunctionsWorker.StartAsync(host, settings, Cancellation);
        await second.TimerAsync("Tick", Cancellation);
        await second.TimerAsync("Tick", Cancellation);

        Assert.Single(second.Logs, log => log.InvocationId.Length > 0
            && log.Message.Contains("Links__Keys has no former key", StringComparison.Ordinal));
    }

    private static Task<Azurite> StorageAsync()
    {
        TestServices.Require("azurite");
        return Azurite.StartAsync(Cancellation);
    }

    private static Dictionary<string, string> Settings(Azurite azurite) =>
        new(ExampleSettings.Deployed()) { ["Storage__Azure__ConnectionString"] = azurite.ConnectionString };

    private static async Task StartAndEndAsync(FunctionsHost host, Dictionary<string, string> settings)
    {
        await using var worker = await FunctionsWorker.StartAsync(host, settings, Cancellation);
        await worker.TerminateAsync(Cancellation);
    }

    /// <summary>Starts a worker that must end by itself with an error, and returns the lines it wrote.</summary>
    private static async Task<string[]> FailAsync(Dictionary<string, string> settings)
    {
        await using var worker = WorkerProcess.Start("http://127.0.0.1:9/", Guid.NewGuid().ToString(), settings);
        Assert.Equal(1, await worker.EndAsync(Cancellation));
        return worker.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
    }
}

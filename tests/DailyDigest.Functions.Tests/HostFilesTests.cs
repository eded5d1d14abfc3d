using System.Text.Json;
using System.Text.RegularExpressions;
using DailyDigest.Runs;

namespace DailyDigest.Functions.Tests;

/// <summary>host.json and local.settings.json.example, which the host reads before the worker starts.</summary>
public sealed partial class HostFilesTests
{
    [Fact]
    public void Routes_have_no_prefix_so_the_front_page_is_at_the_root() =>
        Assert.Equal("", Host().GetProperty("extensions").GetProperty("http").GetProperty("routePrefix").GetString());

    [Fact]
    public void Queue_messages_have_the_encoding_that_the_product_writes() =>
        Assert.Equal("base64", Host().GetProperty("extensions").GetProperty("queues").GetProperty("messageEncoding").GetString());

    [Fact]
    public void Every_queue_setting_is_known_and_within_the_hosts_limits()
    {
        var queues = Host().GetProperty("extensions").GetProperty("queues");

        // Limits: learn.microsoft.com, "Azure Queue storage trigger and bindings", host.json settings.
        Assert.InRange(queues.GetProperty("batchSize").GetInt32(), 1, 32);
        Assert.InRange(queues.GetProperty("maxDequeueCount").GetInt32(), 2, 10);
        Assert.True(TimeSpan.Parse(queues.GetProperty("visibilityTimeout").GetString()!, null) > TimeSpan.Zero);
        Assert.InRange(
            TimeSpan.Parse(queues.GetProperty("maxPollingInterval").GetString()!, null),
            TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(1));
        Assert.Subset(
            new HashSet<string>
            {
                "batchSize", "newBatchThreshold", "visibilityTimeout", "maxDequeueCount", "maxPollingInterval", "messageEncoding",
            },
            queues.EnumerateObject().Select(setting => setting.Name).ToHashSet());
    }

    /// <summary>
    /// The host logs the URL of each request under Host.Results. Readers' links contain tokens, and no token may be logged.
    /// </summary>
    [Fact]
    public void Requests_are_counted_but_their_urls_are_not_logged()
    {
        var levels = Host().GetProperty("logging").GetProperty("logLevel");

        Assert.Equal("None", levels.GetProperty("Host.Results").GetString());
        Assert.Equal("Warning", levels.GetProperty("Microsoft").GetString());
        Assert.Equal("Information", levels.GetProperty("Host.Aggregator").GetString());
    }

    [Fact]
    public void The_example_starts_an_isolated_worker() =>
        Assert.Equal("dotnet-isolated", ExampleSettings.All["FUNCTIONS_WORKER_RUNTIME"]);

    [Fact]
    public void The_hosts_own_front_page_is_off() => Assert.Equal("true", ExampleSettings.All["AzureWebJobsDisableHomepage"]);

    /// <summary>The last column of docs/configuration.md marks the settings that an app on Azure needs.</summary>
    [Fact]
    public void The_example_has_every_setting_that_the_documentation_requires_on_azure()
    {
        var asked = File.ReadLines(Path.Combine(ExampleSettings.Root, "docs", "configuration.md"))
            .Select(line => RequiredOnAzure().Match(line)).Where(match => match.Success)
            .Select(match => match.Groups["name"].Value).ToHashSet();

        Assert.NotEmpty(asked);
        Assert.Subset(ExampleSettings.All.Keys.Select(name => name.Split("__0__")[0]).ToHashSet(), asked);
    }

    /// <summary>When the host ends a function, it ends the process, and every message being sent is in doubt.</summary>
    [Fact]
    public void The_cut_off_lies_between_the_budget_and_the_function_timeout()
    {
        var timeout = TimeSpan.Parse(Host().GetProperty("functionTimeout").GetString()!, null);
        Assert.InRange(FunctionsServices.CutOff, TimeSpan.FromMinutes(5), timeout - TimeSpan.FromMinutes(1));
        Assert.Empty(new DeliveryOptions { CutOff = FunctionsServices.CutOff }.Validate());
    }

    [Fact]
    public void The_example_holds_no_secret() =>
        Assert.All(
            ["Links__Keys", "Identity__Key", "Api__Keys__0__Key", "Mail__Password"], name => Assert.Equal("", ExampleSettings.All[name]));

    private static JsonElement Host() => JsonDocument.Parse(File.ReadAllText(Path.Combine(ExampleSettings.Root, "host.json"))).RootElement;

    [GeneratedRegex(@"^\|\s*`(?<name>[A-Za-z0-9_]+)`\s*\|.*\|\s*required\s*\|\s*$")]
    private static partial Regex RequiredOnAzure();
}

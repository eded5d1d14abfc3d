using System.Reflection;
using System.Text.Json;
using System.Text.RegularExpressions;
using DailyDigest.Runs;
using Microsoft.Azure.Functions.Worker;

namespace DailyDigest.Functions.Tests;

/// <summary>host.json and local.settings.json.example: what the host reads before any of our code runs.</summary>
public sealed partial class HostFilesTests
{
    [Fact]
    public void Routes_have_no_prefix_so_that_the_front_page_is_the_front_page() =>
        Assert.Equal("", Host().GetProperty("extensions").GetProperty("http").GetProperty("routePrefix").GetString());

    [Fact]
    public void Queue_messages_are_read_as_the_product_writes_them() =>
        Assert.Equal("base64", Host().GetProperty("extensions").GetProperty("queues").GetProperty("messageEncoding").GetString());

    [Fact]
    public void A_queue_setting_is_one_that_the_host_knows_and_allows()
    {
        var queues = Host().GetProperty("extensions").GetProperty("queues");

        // Limits: learn.microsoft.com, "Azure Queue storage trigger and bindings", host.json settings.
        Assert.InRange(queues.GetProperty("batchSize").GetInt32(), 1, 32);
        Assert.InRange(queues.GetProperty("maxDequeueCount").GetInt32(), 2, 10);
        Assert.True(TimeSpan.Parse(queues.GetProperty("visibilityTimeout").GetString()!, null) > TimeSpan.Zero);
        Assert.InRange(TimeSpan.Parse(queues.GetProperty("maxPollingInterval").GetString()!, null), TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(1));
        Assert.Subset(
            new HashSet<string> { "batchSize", "newBatchThreshold", "visibilityTimeout", "maxDequeueCount", "maxPollingInterval", "messageEncoding" },
            queues.EnumerateObject().Select(setting => setting.Name).ToHashSet());
    }

    /// <summary>The host writes each HTTP request's URL into Host.Results; a reader's links carry tokens, and no token may stand in a log.</summary>
    [Fact]
    public void Requests_are_counted_but_their_addresses_are_not_logged()
    {
        var levels = Host().GetProperty("logging").GetProperty("logLevel");

        Assert.Equal("None", levels.GetProperty("Host.Results").GetString());
        Assert.Equal("Warning", levels.GetProperty("Microsoft").GetString());
        Assert.Equal("Information", levels.GetProperty("Host.Aggregator").GetString());
    }

    [Fact]
    public void The_worker_that_the_example_starts_is_the_isolated_one() =>
        Assert.Equal("dotnet-isolated", ExampleSettings.All["FUNCTIONS_WORKER_RUNTIME"]);

    [Fact]
    public void The_hosts_own_front_page_is_off() => Assert.Equal("true", ExampleSettings.All["AzureWebJobsDisableHomepage"]);

    [Fact]
    public void Every_setting_that_the_triggers_name_stands_in_the_example()
    {
        var named = typeof(Triggers).GetMethods().SelectMany(method => method.GetParameters())
            .SelectMany(parameter => parameter.GetCustomAttributes())
            .SelectMany(attribute => attribute switch
            {
                QueueTriggerAttribute queue => [queue.Connection!, .. Percent(queue.QueueName)],
                TimerTriggerAttribute timer => Percent(timer.Schedule),
                HttpTriggerAttribute http => Percent(http.Route ?? ""),
                _ => [],
            }).ToHashSet();

        Assert.Contains("AzureWebJobsStorage", named);
        Assert.Subset(ExampleSettings.All.Keys.ToHashSet(), named);
    }

    /// <summary>docs/configuration.md marks the settings that an app on Azure needs in a column of its own.</summary>
    [Fact]
    public void Every_setting_that_the_documentation_asks_of_the_azure_head_stands_in_the_example()
    {
        var asked = File.ReadLines(Path.Combine(ExampleSettings.Root, "docs", "configuration.md"))
            .Select(line => RequiredOnAzure().Match(line)).Where(match => match.Success).Select(match => match.Groups["name"].Value).ToHashSet();

        Assert.NotEmpty(asked);
        Assert.Subset(ExampleSettings.All.Keys.ToHashSet(), asked);
    }

    /// <summary>A function that is ended takes its process with it, and all that it has on the wire is in doubt.</summary>
    [Fact]
    public void A_part_is_left_a_minute_before_the_host_ends_the_function_and_with_time_for_the_relay_after_the_budget()
    {
        var timeout = TimeSpan.Parse(Host().GetProperty("functionTimeout").GetString()!, null);
        Assert.InRange(FunctionsServices.CutOff, TimeSpan.FromMinutes(5), timeout - TimeSpan.FromMinutes(1));
        Assert.Empty(new DeliveryOptions { CutOff = FunctionsServices.CutOff }.Validate());
    }

    [Fact]
    public void The_example_holds_no_secret() =>
        Assert.All(["Links__Keys", "Identity__Key", "Api__Keys", "Mail__Password"], name => Assert.Equal("", ExampleSettings.All[name]));

    private static IEnumerable<string> Percent(string text) => PercentName().Matches(text).Select(match => match.Groups[1].Value.Replace(":", "__", StringComparison.Ordinal));

    private static JsonElement Host() => JsonDocument.Parse(File.ReadAllText(Path.Combine(ExampleSettings.Root, "host.json"))).RootElement;

    [GeneratedRegex("%([^%]+)%")]
    private static partial Regex PercentName();

    [GeneratedRegex(@"^\|\s*`(?<name>[A-Za-z0-9_]+)`\s*\|.*\|\s*required\s*\|\s*$")]
    private static partial Regex RequiredOnAzure();
}

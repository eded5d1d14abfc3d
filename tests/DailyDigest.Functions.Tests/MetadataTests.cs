using System.Text.RegularExpressions;
using DailyDigest.Functions.Tests.TestHost;
using DailyDigest.Storage;

namespace DailyDigest.Functions.Tests;

/// <summary>
/// The functions as the worker reports them to the host. Operators' dashboards and alarms depend on the names, and the scale controller
/// on the queue.
/// </summary>
[Collection(nameof(SharedApp))]
public sealed partial class MetadataTests
{
    private readonly FunctionApp app;

    public MetadataTests(FunctionApp app)
    {
        FunctionApp.Require();
        this.app = app;
    }

    [Fact]
    public void There_are_six_functions_with_the_documented_names() => Assert.Equal(
        ["Deliver", "Ingest", "Notices", "SignUp", "Tick", "Web"],
        app.Worker.Functions.Select(function => function.Name).Order(StringComparer.Ordinal));

    /// <summary>Six fields, seconds first.</summary>
    [Theory]
    [InlineData("Tick", "0 * * * * *")]
    [InlineData("Notices", "0 * * * * *")]
    [InlineData("Ingest", "0 9-59/10 * * * *")]
    public void A_timer_function_has_its_documented_schedule(string name, string schedule) =>
        Assert.Equal(("timerTrigger", schedule), (Function(name).Type, Function(name).Schedule));

    [Fact]
    public void Deliver_reads_the_queue_that_the_product_writes_to() =>
        Assert.Equal(("queueTrigger", Queues.Deliver), (Function("Deliver").Type, Function("Deliver").QueueName));

    [Fact]
    public void The_queues_connection_is_a_setting_without_sections()
    {
        Assert.Equal("AzureWebJobsStorage", Function("Deliver").Connection);
        Assert.Matches("^[A-Za-z0-9]+$", Function("Deliver").Connection!);
    }

    [Fact]
    public void SignUp_takes_a_post_to_its_own_route()
    {
        Assert.Equal(("httpTrigger", "signup"), (Function("SignUp").Type, Function("SignUp").Route));
        Assert.Equal("post", Assert.Single(Function("SignUp").Methods!));
    }

    [Fact]
    public void Web_takes_every_other_path_and_any_method()
    {
        Assert.Equal(("httpTrigger", "{*path}"), (Function("Web").Type, Function("Web").Route));
        Assert.Null(Function("Web").Methods);
    }

    [Theory]
    [InlineData("SignUp")]
    [InlineData("Web")]
    public void Readers_need_no_function_key(string name) => Assert.Equal("Anonymous", Function(name).AuthLevel);

    [Theory]
    [InlineData("SignUp")]
    [InlineData("Web")]
    public void No_route_begins_with_a_word_that_the_host_reserves(string name) =>
        Assert.DoesNotMatch("^(admin|runtime)", Function(name).Route!);

    [Fact]
    public void The_example_has_every_setting_that_a_trigger_names()
    {
        var named = app.Worker.Functions.SelectMany(function => function.Texts.SelectMany(Percent).Append(function.Connection))
            .OfType<string>().ToHashSet();

        Assert.Contains("AzureWebJobsStorage", named);
        Assert.Subset(ExampleSettings.All.Keys.ToHashSet(), named);
    }

    private FunctionTrigger Function(string name) => app.Worker.Function(name);

    private static IEnumerable<string> Percent(string text) =>
        PercentName().Matches(text).Select(match => match.Groups[1].Value.Replace(":", "__", StringComparison.Ordinal));

    [GeneratedRegex("%([^%]+)%")]
    private static partial Regex PercentName();
}

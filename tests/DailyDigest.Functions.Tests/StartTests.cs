using System.Reflection;
using DailyDigest.Storage;
using Microsoft.Extensions.Options;

namespace DailyDigest.Functions.Tests;

/// <summary>Program.cs itself, as far as it goes without a host: what refuses to start.</summary>
public sealed class StartTests
{
    [Fact]
    public void Missing_settings_are_named_before_anything_starts()
    {
        var error = Assert.IsType<OptionsValidationException>(Start("--Storage:Azure:ConnectionString=UseDevelopmentStorage=true"));

        Assert.Contains(error.Failures, fault => fault.StartsWith("Publication__BaseUrl", StringComparison.Ordinal));
        Assert.Contains(error.Failures, fault => fault.StartsWith("Publication__PostalAddress", StringComparison.Ordinal));
    }

    [Fact]
    public void A_prefix_that_the_queue_trigger_cannot_know_refuses_to_start()
    {
        var error = Assert.IsType<OptionsValidationException>(Start([.. Example(), "--Storage:Azure:TablePrefix=mine"]));

        Assert.Contains(error.Failures, fault => fault.StartsWith("Storage__Azure__TablePrefix", StringComparison.Ordinal));
    }

    [Fact]
    public void A_connection_string_that_is_none_is_said_without_being_shown()
    {
        var error = Assert.IsType<StorageException>(Start([.. Example(), "--Storage:Azure:ConnectionString=secret"]));

        Assert.Contains("Storage__Azure__ConnectionString", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", error.ToString(), StringComparison.Ordinal);
    }

    private static IEnumerable<string> Example() =>
        ExampleSettings.Deployed().Select(setting => $"--{setting.Key}={setting.Value}");

    private static Exception? Start(params string[] args) =>
        Assert.Throws<TargetInvocationException>(() => typeof(Triggers).Assembly.EntryPoint!.Invoke(null, [args])).InnerException;
}

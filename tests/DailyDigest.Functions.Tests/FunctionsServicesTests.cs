using DailyDigest.Runs;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace DailyDigest.Functions.Tests;

/// <summary>The head's own defaults, without a worker.</summary>
public sealed class FunctionsServicesTests
{
    [Fact]
    public void The_cut_off_has_a_default_below_the_function_timeout()
    {
        using var host = FunctionApp.Wire(ExampleSettings.Deployed());

        Assert.Equal(FunctionsServices.CutOff, host.Services.GetRequiredService<DeliveryOptions>().CutOff);
    }

    [Fact]
    public void The_urls_of_requests_are_not_logged_at_the_default_level()
    {
        using var host = FunctionApp.Wire(ExampleSettings.Deployed());
        var logger = host.Services.GetRequiredService<ILoggerFactory>().CreateLogger("Microsoft.AspNetCore.Hosting.Diagnostics");

        Assert.False(logger.IsEnabled(LogLevel.Information));
    }
}

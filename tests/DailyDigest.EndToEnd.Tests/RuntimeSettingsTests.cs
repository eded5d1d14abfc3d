using System.Text.Json;

namespace DailyDigest.EndToEnd.Tests;

/// <summary>The settings of the runtime that Directory.Build.targets gives to the programs.</summary>
public sealed class RuntimeSettingsTests
{
    [Theory]
    [InlineData("System.GC.Gen0MaxBudget", 8388608)]
    [InlineData("System.Threading.ThreadPool.UnfairSemaphoreSpinLimit", 0)]
    public void The_server_runs_with_them(string name, int value)
    {
        var file = Path.Combine(AppContext.BaseDirectory, "DailyDigest.Server.runtimeconfig.json");
        using var json = JsonDocument.Parse(File.ReadAllBytes(file));
        Assert.Equal(value, json.RootElement.GetProperty("runtimeOptions").GetProperty("configProperties").GetProperty(name).GetInt32());
    }
}

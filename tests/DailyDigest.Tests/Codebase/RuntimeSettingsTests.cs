namespace DailyDigest.Tests.Codebase;

/// <summary>Settings of the runtime that Directory.Build.props gives to all programs, tests included.</summary>
public sealed class RuntimeSettingsTests
{
    [Fact]
    public void Garbage_does_not_grow_with_the_cache_of_the_processor() =>
        Assert.Equal(8388608L, Assert.Contains("GCGen0MaxBudget", GC.GetConfigurationVariables()));

    [Fact]
    public void Threads_without_work_sleep_at_once() =>
        Assert.Equal("0", AppContext.GetData("System.Threading.ThreadPool.UnfairSemaphoreSpinLimit"));
}

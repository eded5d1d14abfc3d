using System.Collections.Concurrent;
using System.Diagnostics;
using System.Reflection;
using DailyDigest.Tests;
using Xunit.v3;

[assembly: HangGuard]

namespace DailyDigest.Tests;

/// <summary>Part of every test project. A test that hangs ends the run, and the error names it.</summary>
[AttributeUsage(AttributeTargets.Assembly)]
internal sealed class HangGuardAttribute : BeforeAfterTestAttribute
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(Environment.GetEnvironmentVariable("DAILYDIGEST_LONG") == "1" ? 45 : 8);
    private static readonly ConcurrentDictionary<IXunitTest, long> Running = new();
    private static readonly Timer Timer = new(_ => Check(), null, TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(10));

    public override void Before(MethodInfo methodUnderTest, IXunitTest test) => Running[test] = Stopwatch.GetTimestamp();

    public override void After(MethodInfo methodUnderTest, IXunitTest test)
    {
        Running.TryRemove(test, out _);
        GC.KeepAlive(Timer);
    }

    private static void Check()
    {
        if (Running.Where(one => Stopwatch.GetElapsedTime(one.Value) > Limit).Select(one => one.Key.TestDisplayName)
            .ToList() is { Count: > 0 } hanging)
        {
            Environment.FailFast($"Tests that have not ended after {Limit.TotalMinutes} minutes: {string.Join(", ", hanging)}");
        }
    }
}

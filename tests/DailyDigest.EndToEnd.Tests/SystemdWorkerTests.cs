using System.Globalization;
using DailyDigest.Server.Workers;
using Microsoft.Extensions.Hosting.Internal;
using Microsoft.Extensions.Hosting.Systemd;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace DailyDigest.EndToEnd.Tests;

/// <summary>The heartbeat for systemd. <see cref="ReleaseTests"/> has the real socket.</summary>
public sealed class SystemdWorkerTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    [Fact]
    public void The_heartbeat_stops_while_a_step_hangs_and_continues_when_it_ends()
    {
        var (time, systemd) = (new FakeTimeProvider(), new Recorder());
        var steps = new StepWatch(time);
        using var worker = new SystemdWorker(
            systemd, steps, new ApplicationLifetime(NullLogger<ApplicationLifetime>.Instance), time, NullLogger<SystemdWorker>.Instance);
        var step = steps.Begin("ClockWorker", Limit);
        time.Advance(Limit);
        Assert.True(worker.Beat());
        Assert.Equal(1, systemd.Heartbeats);

        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("ClockWorker", steps.FindHanging());
        Assert.False(worker.Beat());
        Assert.False(worker.Beat());
        Assert.Equal(1, systemd.Heartbeats);

        step.Dispose();
        Assert.True(worker.Beat());
        Assert.Equal(2, systemd.Heartbeats);
    }

    [Fact]
    public void A_step_is_watched_from_its_own_begin_and_beside_others()
    {
        var time = new FakeTimeProvider();
        var steps = new StepWatch(time);
        using var clock = steps.Begin("ClockWorker", Limit * 2);
        steps.Begin("StorageWorker", Limit).Dispose();
        time.Advance(Limit * 1.5);
        using var storage = steps.Begin("StorageWorker", Limit);

        Assert.Null(steps.FindHanging());
        time.Advance(Limit);
        Assert.Equal("ClockWorker", steps.FindHanging());
    }

    [Theory]
    [InlineData("60000000", null, 20)]
    [InlineData("60000000", "", 20)]
    [InlineData("60000000", "own", 20)]
    [InlineData("60000000", "1", -0.001)]
    [InlineData(null, null, -0.001)]
    [InlineData("0", null, -0.001)]
    [InlineData("-5", null, -0.001)]
    [InlineData("1e9", null, -0.001)]
    [InlineData("9223372036854775807", null, -0.001)]
    public void The_interval_is_a_third_of_what_systemd_waits_for_this_process(string? microseconds, string? process, double seconds)
    {
        var id = process == "own" ? Environment.ProcessId.ToString(CultureInfo.InvariantCulture) : process;

        Assert.Equal(TimeSpan.FromSeconds(seconds), SystemdWorker.Interval(microseconds, id));
    }

    private sealed class Recorder : ISystemdNotifier
    {
        public int Heartbeats { get; private set; }

        public bool IsEnabled => true;

        public void Notify(ServiceState state) => Heartbeats += state.ToString() == "WATCHDOG=1" ? 1 : 0;
    }
}

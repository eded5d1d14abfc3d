using DailyDigest.EndToEnd.Tests.Fixtures;
using DailyDigest.Runs;
using DailyDigest.Testing.Services;

namespace DailyDigest.EndToEnd.Tests;

/// <summary>
/// Two machines on shared tables, of which one has an earlier version, in the middle of a run: stopped, killed and replaced in turn. The
/// earlier program is built from the history of this repository.
/// </summary>
public sealed class RollingUpgradeTests(ITestOutputHelper output)
{
    private const int MaxParallelParts = 4;
    private const int Readers = 600;

    // Each version must have sent so many, or the result means nothing.
    private const int MinSent = 40;
    private static readonly TimeSpan Slow = TimeSpan.FromMilliseconds(40);

    // While a program starts, so that the run is not over before, however slow this machine is.
    private static readonly TimeSpan Slower = TimeSpan.FromSeconds(6);
    private static readonly string Present = Path.Combine(AppContext.BaseDirectory, "DailyDigest.Server.dll");

    /// <summary>Commits that made two of the stores in tests/stores.</summary>
    public static TheoryData<string> Earlier => ["651e9cf", "0ce882d"];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>The earlier version opens the run; the machines are upgraded one after the other, and one is killed.</summary>
    [Theory]
    [MemberData(nameof(Earlier))]
    public Task Two_machines_are_upgraded_in_turn_in_the_middle_of_a_run(string commit) => RollAsync(
        commit, presentBegins: false, [new(0, Kill: false, ToPresent: true), new(1, Kill: true, ToPresent: true)]);

    /// <summary>The present version opens the run, and both machines go back.</summary>
    [Theory]
    [MemberData(nameof(Earlier))]
    public Task Two_machines_go_back_in_turn_in_the_middle_of_a_run(string commit) => RollAsync(
        commit, presentBegins: true, [new(1, Kill: true, ToPresent: false), new(0, Kill: false, ToPresent: false)]);

    /// <summary>Upgraded, gone back, and upgraded again, with kills only: each version takes up what the other left in doubt.</summary>
    [Theory]
    [MemberData(nameof(Earlier))]
    public Task Two_versions_are_killed_in_turn(string commit) => RollAsync(
        commit, presentBegins: false,
        [
            new(0, Kill: true, ToPresent: true), new(1, Kill: true, ToPresent: false), new(0, Kill: true, ToPresent: true),
            new(1, Kill: true, ToPresent: false), new(0, Kill: true, ToPresent: true), new(1, Kill: true, ToPresent: true),
        ]);

    private sealed record Step(int Machine, bool Kill, bool ToPresent);

    private async Task RollAsync(string commit, bool presentBegins, Step[] steps)
    {
        if (!KillFixture.Long)
        {
            return;
        }

        var earlier = await EarlierProgram.BuildAsync(commit);
        await using var azurite = await Azurite.StartAsync(Cancellation);
        await using var fixture = await KillFixture.StartAsync(Readers, Slow, Cancellation, azurite, realClock: true);
        fixture.Settings["Delivery__SliceFrom"] = "1";
        var isPresent = new Dictionary<int, bool>();
        var outputs = new List<ServerProcess>();
        ServerProcess[] two = [Start(presentBegins), Start(presentBegins)];
        try
        {
            foreach (var step in steps)
            {
                await SendAsync(Readers / (steps.Length + 2));
                await PaceAsync(Slower);
                var machine = two[step.Machine];
                if (step.Kill)
                {
                    await fixture.KillAsync(machine, Cancellation);
                }
                else
                {
                    await machine.AddressAsync(Cancellation);
                    Assert.Equal(0, await machine.StopAsync(Cancellation));
                }

                two[step.Machine] = Start(step.ToPresent);
                await NewestSendsAsync();
                await PaceAsync(Slow);
            }

            if (await IsOpenAsync())
            {
                await await Task.WhenAny(two.Select(one => one.LineAsync(" closed: ", Cancellation)));
            }

            foreach (var one in two)
            {
                await one.AddressAsync(Cancellation);
                Assert.Equal(0, await one.StopAsync(Cancellation));
            }
        }
        finally
        {
            foreach (var one in outputs)
            {
                await one.DisposeAsync();
            }
        }

        var report = await fixture.CompareAsync(Cancellation);
        output.WriteLine($"{commit}: {report}");
        foreach (var (life, present) in isPresent)
        {
            output.WriteLine($"life {life} ({(present ? "present" : commit)}) sent {SentBy(life)}");
        }

        var said = outputs.SelectMany((one, at) => one.Output.Split('\n').Select(line => $"life {at + 1}: {line}")).Where(
            line => line.Contains(" warn: ", StringComparison.Ordinal) || line.Contains(" fail: ", StringComparison.Ordinal)).ToList();
        said.ForEach(output.WriteLine);
        Assert.All([true, false], present => Assert.InRange(
            isPresent.Where(life => life.Value == present).Sum(life => SentBy(life.Key)), MinSent, Readers));
        Assert.True(report.Faults.Count == 0, string.Join(Environment.NewLine, [.. report.Faults, .. said]));
        Assert.DoesNotContain(said, line => line.Contains(" fail: ", StringComparison.Ordinal));

        // A program that stops in order cuts off messages that the relay does not answer in time: they count as after a crash.
        var stops = steps.Count(step => !step.Kill);
        Assert.InRange(report.Doubts, 0, ((2 * report.Kills) + stops) * KillFixture.Connections * MaxParallelParts);
        Assert.InRange(report.Doubles, 0, report.Doubts);

        ServerProcess Start(bool present)
        {
            var server = fixture.StartProgram(present ? Present : earlier, "serve");
            isPresent[fixture.LastLife] = present;
            outputs.Add(server);
            return server;
        }

        int SentBy(int life) => fixture.Smtp.Messages.Count(mail => mail.From == $"life{life}@example.com");

        Task SendAsync(int count) => fixture.Smtp.WaitForAsync(Math.Min(Readers, fixture.Smtp.Messages.Count + count), Cancellation);

        Task PaceAsync(TimeSpan delay) => fixture.Smtp.ScriptAsync([new SmtpFault(SmtpStage.Data) { Delay = delay }], Cancellation);

        async Task<bool> IsOpenAsync() => (await fixture.RunAsync(Cancellation))!.State == RunState.Open;

        async Task NewestSendsAsync()
        {
            while (SentBy(fixture.LastLife) == 0 && await IsOpenAsync())
            {
                await SendAsync(1);
            }
        }
    }
}

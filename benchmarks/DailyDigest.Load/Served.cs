using System.Diagnostics;
using System.Globalization;

namespace DailyDigest.LoadBenchmark;

/// <summary>The measurements of a server.</summary>
/// <param name="Rate">Whole turns (a page; a sign-up with its page) a second.</param>
/// <param name="CpuMicroseconds">Processor time of the server per turn.</param>
/// <param name="AllocatedKilobytes">Managed memory allocated per turn.</param>
/// <param name="PeakMegabytes">Most resident memory so far.</param>
internal sealed record Measured(double Rate, double CpuMicroseconds, double AllocatedKilobytes, double PeakMegabytes);

/// <summary>A server in a process of its own.</summary>
internal sealed class Served : IAsyncDisposable
{
    private static int turns;
    private readonly Process process;

    private Served(Process process) => this.process = process;

    public int Port { get; private set; }

    public static Task<Served> StartAsync(params string[] arguments) => StartProgramAsync(Environment.ProcessPath!, arguments);

    /// <summary>Starts another build of this program.</summary>
    public static async Task<Served> StartProgramAsync(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program)
        { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = false };
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        var served = new Served(Process.Start(start)!);
        served.Port =
            int.Parse(await served.process.StandardOutput.ReadLineAsync()
                ?? throw new InvalidOperationException("The server did not start."), CultureInfo.InvariantCulture);
        return served;
    }

    /// <summary>Keeps so many connections busy for the time.</summary>
    public async Task<Measured> LoadAsync(int connections, TimeSpan time, bool signUp)
    {
        var before = await MetersAsync();
        var (began, done) = (Stopwatch.GetTimestamp(), 0L);
        await Task.WhenAll(Enumerable.Range(0, connections).Select(async _ =>
        {
            using var wire = new Wire();
            await wire.ConnectAsync(Port);
            while (Stopwatch.GetElapsedTime(began) < time)
            {
                await (signUp ? wire.SignUpAsync($"reader{Interlocked.Increment(ref turns)}@example.org") : wire.PageAsync());
                Interlocked.Increment(ref done);
            }
        }));
        var seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        var after = await MetersAsync();
        return new Measured(done / seconds, (after[0] - before[0]) * 1e6 / done, (after[2] - before[2]) / done, after[1]);
    }

    public async ValueTask DisposeAsync()
    {
        process.StandardInput.Close();
        await process.WaitForExitAsync();
        process.Dispose();
    }

    private async Task<double[]> MetersAsync()
    {
        await process.StandardInput.WriteLineAsync("meters");
        await process.StandardInput.FlushAsync();
        while (true)
        {
            var line = await process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("The server has ended.");
            var numbers = line.Split(' ').Select(word => (Read: double.TryParse(word, CultureInfo.InvariantCulture, out var value), value));
            if (numbers.All(number => number.Read))
            {
                return [.. numbers.Select(number => number.value)];
            }

            // A line of the program's log.
            await Console.Error.WriteLineAsync(line);
        }
    }
}

using System.Globalization;
using System.Text.RegularExpressions;
using DailyDigest.EndToEnd.Tests.Rig;

namespace DailyDigest.EndToEnd.Tests;

/// <summary>What is done to the real program while it delivers.</summary>
public sealed partial class DeliverCommandTests
{
    [Fact]
    public async Task The_real_program_that_delivers_is_paused_from_beside_it_within_seconds()
    {
        using var gate = new SlowRelay();
        await using var server = await DeliveringAsync(gate);
        await gate.FirstAsync(Cancellation);

        var (code, output, error) = await RunAsync("run", "pause");
        Assert.True(code == 0, error + server.Output);
        Assert.Contains("in a worker's hands", output, StringComparison.Ordinal);
        // Its relay answers nobody: it takes notice by its heartbeat, ends what is on the wire when the relay is gone, and gives up the part.
        gate.Dispose();
        Assert.InRange(await server.EndAsync(Cancellation), 0, 1);
        Assert.Contains("is not closed", server.Output, StringComparison.Ordinal);
        Assert.Contains(": open, paused: ", (await RunAsync("status")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_real_program_whose_run_is_cancelled_says_whom_it_missed_and_ends_with_a_code_of_its_own()
    {
        using var gate = new SlowRelay();
        await using var server = await DeliveringAsync(gate);
        await gate.FirstAsync(Cancellation);

        var (code, output, error) = await RunAsync("run", "cancel");
        Assert.True(code == 0, error + server.Output);
        Assert.Matches(@"cancelled; of 400 readers 0 were sent to, [0-9]+ are on the wire, [0-9]+ will not get it \([0-9]+ withheld\), 0 are in doubt; 1 of 1 open part in a worker's hands", output);
        Assert.Equal(400 + 400, Regex.Matches(output.Split("cancelled")[1].Split(" (")[0], " ([0-9]+) ").Sum(number => int.Parse(number.Groups[1].ValueSpan, CultureInfo.InvariantCulture)));
        gate.Dispose();
        Assert.Equal(3, await server.EndAsync(Cancellation));
        Assert.Contains("was cancelled: of 400 readers 0 were sent to, 400 will not get it (400 withheld), 0 are in doubt", server.Output, StringComparison.Ordinal);
        Assert.Matches(@"0 sent \(0 a second\), 0 remaining, 400 not sent \(status says why\)", server.Output);
    }

    /// <summary>The real program, delivering to 400 readers by this relay.</summary>
    private async Task<ServerProcess> DeliveringAsync(SlowRelay gate)
    {
        await house.SeedAsync(400, Cancellation);
        house.Settings["Mail__PickupFolder"] = "";
        house.Settings["Mail__Port"] = gate.Port.ToString(CultureInfo.InvariantCulture);
        return ServerProcess.Start(house.Folder, house.Settings, "run");
    }
}

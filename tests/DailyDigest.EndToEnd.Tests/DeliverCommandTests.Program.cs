using System.Globalization;
using System.Text.RegularExpressions;
using DailyDigest.EndToEnd.Tests.Rig;
using DailyDigest.Testing.Services;

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

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_progress_says_of_those_who_are_released_adds_up(bool byOperator)
    {
        SmtpFault[] later = [Refuse(0, 451, "4.2.1 later"), Refuse(1, 451, "4.2.1 later")];
        await using var relay = await RelayAsync(
            [.. later, Refuse(2, 552, "5.2.2 full"), Refuse(3, 552, "5.2.2 full"), SmtpFault.Cut(SmtpStage.Reply, House.ReaderAddress(4)), SmtpFault.Cut(SmtpStage.Reply, House.ReaderAddress(5))]);
        house.Settings["Delivery__InDoubt"] = byOperator ? "ResendOnce" : "Hold";
        await house.SeedAsync(10, Cancellation);
        Assert.Matches(byOperator ? Ended("4", "4", "4", ", 2 not sent") : Ended("4", "2", "2", ", 4 not sent"), (await RunAsync("run")).Output);
        if (byOperator)
        {
            Assert.Contains(": 2 in doubt are held", (await RunAsync("deliver", "--hold")).Output, StringComparison.Ordinal);
        }

        // Of the two who are held one is put off now: one sent and three remaining are two released and two who waited.
        await relay.ScriptAsync([.. later, Refuse(5, 451, "4.2.1 later")], Cancellation);
        var (code, output, error) = await RunAsync("deliver", "--release");
        Assert.Equal(0, code);
        Assert.Contains(": 2 get it now (2 held); 2 more are still waiting in the open run, to be sent to when their time comes", output, StringComparison.Ordinal);
        Assert.Matches(Ended("1", "3", "3", ""), output);
        Assert.Contains("is not closed: 3 put off by the relay", error, StringComparison.Ordinal);
        Assert.Contains(": open: 5 sent, 2 rejected, 2 deferred, 1 unknown\n", (await RunAsync("status")).Output, StringComparison.Ordinal);
        Assert.Matches(Ended("2", "3", "3", ""), (await RunAsync("deliver", "--missing")).Output);

        await relay.ScriptAsync([Refuse(0, 552, "5.2.2 full")], Cancellation);
        (_, output, error) = await RunAsync("deliver", "--retry");
        Assert.True(error.Length == 0, error);
        Assert.Matches(Ended("2", "0", null, ", 1 not sent"), output);
        Assert.Contains(": closed: 9 sent, 1 rejected\n", (await RunAsync("status")).Output, StringComparison.Ordinal);

        static string Ended(string sent, string remaining, string? deferred, string other) =>
            $@"(^|\n){sent} sent \([0-9.]+ a second\), {remaining} remaining{(deferred is null ? "" : $", {deferred} of them deferred")}{other}{(other.Length > 0 ? @" \(status says why\)" : "")}\n";
    }

    private static SmtpFault Refuse(int reader, int code, string text) => SmtpFault.Refuse(SmtpStage.Rcpt, code, text, House.ReaderAddress(reader));

    private async Task<SmtpRecorder> RelayAsync(params SmtpFault[] faults)
    {
        var relay = await SmtpRecorder.StartAsync(new SmtpOptions { Faults = faults }, Cancellation);
        house.Settings["Mail__PickupFolder"] = "";
        house.Settings["Mail__Port"] = relay.Port.ToString(CultureInfo.InvariantCulture);
        return relay;
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

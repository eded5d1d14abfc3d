using System.Globalization;
using System.Text.RegularExpressions;
using DailyDigest.EndToEnd.Tests.Fixtures;
using DailyDigest.Testing.Services;

namespace DailyDigest.EndToEnd.Tests;

/// <summary>Orders to the real program while it delivers.</summary>
public sealed partial class DeliverCommandTests
{
    [Fact]
    public async Task The_real_program_that_delivers_is_paused_from_beside_it_within_seconds()
    {
        using var gate = new SilentRelay();
        await using var server = await DeliveringAsync(gate);
        await gate.FirstAsync(Cancellation);

        var (code, output, error) = await RunAsync("run", "pause");
        Assert.True(code == 0, error + server.Output);
        Assert.Contains("held by a worker", output, StringComparison.Ordinal);
        // The relay does not answer. The worker sees the order at its heartbeat, ends its messages when the relay is gone, and releases the
        // part.
        gate.Dispose();
        Assert.InRange(await server.EndAsync(Cancellation), 0, 1);
        Assert.Contains("is paused: run resume", server.Output, StringComparison.Ordinal);
        Assert.Contains(": open, paused: ", (await RunAsync("status")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_real_program_whose_run_is_cancelled_reports_the_counts_and_ends_with_3()
    {
        using var gate = new SilentRelay();
        await using var server = await DeliveringAsync(gate);
        await gate.FirstAsync(Cancellation);

        var (code, output, error) = await RunAsync("run", "cancel");
        Assert.True(code == 0, error + server.Output);
        Assert.Matches(
            @"cancelled; 400 readers: 0 sent, [0-9]+ being sent, [0-9]+ will not get it \([0-9]+ withheld\), 0 in doubt; "
                + "1 of 1 open part held by a worker",
            output);
        Assert.Equal(
            400 + 400, Regex.Matches(output.Split("cancelled")[1].Split(" (")[0], " ([0-9]+) ").Sum(
                number => int.Parse(number.Groups[1].ValueSpan, CultureInfo.InvariantCulture)));
        gate.Dispose();
        Assert.Equal(3, await server.EndAsync(Cancellation));
        Assert.Contains("was cancelled: 400 readers: 0 sent, 400 will not get it (400 withheld), 0 in doubt", server.Output,
            StringComparison.Ordinal);
        Assert.Matches(@"0 sent \(0 a second\), 0 remaining, 400 not sent \(status says why\)", server.Output);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_progress_of_released_readers_adds_up(bool byOperator)
    {
        SmtpFault[] later = [Refuse(0, 451, "4.2.1 later"), Refuse(1, 451, "4.2.1 later")];
        await using var relay = await RelayAsync(
            [.. later, Refuse(2, 552, "5.2.2 full"), Refuse(3, 552, "5.2.2 full"), SmtpFault.Cut(
                SmtpStage.Reply, PublicationFixture.ReaderAddress(4)), SmtpFault.Cut(
                    SmtpStage.Reply, PublicationFixture.ReaderAddress(5))]);
        publication.Settings["Delivery__InDoubt"] = byOperator ? "ResendOnce" : "Hold";
        await publication.SeedAsync(10, Cancellation);
        Assert.Matches(
            byOperator ? Ended("4", "4", "4", ", 2 not sent") : Ended("4", "2", "2", ", 4 not sent"), (await RunAsync("run")).Output);
        if (byOperator)
        {
            Assert.Contains(": 2 in doubt are held", (await RunAsync("deliver", "--hold")).Output, StringComparison.Ordinal);
        }

        // One of the two held readers is deferred now. One sent and three remaining are the two released and the two waiting.
        await relay.ScriptAsync([.. later, Refuse(5, 451, "4.2.1 later")], Cancellation);
        var (code, output, error) = await RunAsync("deliver", "--release");
        Assert.Equal(0, code);
        Assert.Contains(": 2 get it now (2 held); 2 more waiting in the open run for their next attempt", output,
            StringComparison.Ordinal);
        Assert.Matches(Ended("1", "3", "3", ""), output);
        Assert.Contains("is still open: 3 readers wait for another attempt. It continues", error, StringComparison.Ordinal);
        Assert.Contains(": open: 5 sent, 2 rejected, 2 deferred, 1 unknown\n", (await RunAsync("status")).Output, StringComparison.Ordinal);
        Assert.Matches(Ended("2", "3", "3", ""), (await RunAsync("deliver", "--missing")).Output);

        // A retry that leaves a reader waiting has not done what the operator wanted.
        await relay.ScriptAsync([Refuse(0, 552, "5.2.2 full"), Refuse(5, 451, "4.2.1 later")], Cancellation);
        (code, output, _) = await RunAsync("deliver", "--retry");
        Assert.Equal(1, code);
        Assert.Matches(Ended("1", "1", "1", ", 1 not sent"), output);
        await relay.ScriptAsync([], Cancellation);
        (code, output, error) = await RunAsync("deliver", "--retry");
        Assert.Equal(0, code);
        Assert.True(error.Length == 0, error);
        Assert.Matches(Ended("1", "0", null, ""), output);
        Assert.Contains(": closed: 9 sent, 1 rejected\n", (await RunAsync("status")).Output, StringComparison.Ordinal);

        static string Ended(string sent, string remaining, string? deferred, string other) =>
            $@"(^|\n){sent} sent \([0-9.]+ a second\), {remaining} remaining"
                + $@"{(deferred is null ? "" : $", {deferred} of them deferred")}{other}"
                + $@"{(other.Length > 0 ? @" \(status says why\)" : "")}\n";
    }

    private static SmtpFault Refuse(int reader, int code, string text) =>
        SmtpFault.Refuse(SmtpStage.Rcpt, code, text, PublicationFixture.ReaderAddress(reader));

    private async Task<SmtpRecorder> RelayAsync(params SmtpFault[] faults)
    {
        var relay = await SmtpRecorder.StartAsync(new SmtpOptions { Faults = faults }, Cancellation);
        publication.Settings["Mail__PickupFolder"] = "";
        publication.Settings["Mail__Port"] = relay.Port.ToString(CultureInfo.InvariantCulture);
        return relay;
    }

    /// <summary>Starts the real program, which delivers to 400 readers through this relay.</summary>
    private async Task<ServerProcess> DeliveringAsync(SilentRelay gate)
    {
        await publication.SeedAsync(400, Cancellation);
        publication.Settings["Mail__PickupFolder"] = "";
        publication.Settings["Mail__Port"] = gate.Port.ToString(CultureInfo.InvariantCulture);
        return ServerProcess.Start(publication.Folder, publication.Settings, "run");
    }
}

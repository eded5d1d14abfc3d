using DailyDigest.EndToEnd.Tests.Fixtures;
using DailyDigest.Runs;
using DailyDigest.Testing.Services;

namespace DailyDigest.EndToEnd.Tests;

/// <summary>
/// The real program is killed in the middle of a run, and its store is moved by the real verb, which is killed as well. The mail server's
/// record is what readers got.
/// </summary>
public sealed class MoveTests(ITestOutputHelper output)
{
    private const int MaxParallelParts = 4;
    private static readonly int Readers = KillFixture.Long ? 4_000 : 160;
    private static readonly TimeSpan Slow = TimeSpan.FromMilliseconds(20);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_open_run_goes_on_in_Azure_after_a_move_that_was_killed()
    {
        await using var azurite = await Azurite.StartAsync(Cancellation);
        await using var fixture = await KillFixture.StartAsync(Readers, Slow, Cancellation, realClock: true);
        var file = fixture.DatabasePath;
        await KillInTheMiddleAsync(fixture, Readers / 3);

        fixture.Use(azurite);
        string[] move = ["move", "--from", $"sqlite:{file}", "--to", "azure:"];
        string[] moments = KillFixture.Long ? ["Audience: ", "Facts: ", "Ledger: ", "Subscribers: ", "is closed"] : ["Ledger: "];
        foreach (var moment in moments)
        {
            await using var killed = fixture.StartServer(move);
            await killed.LineAsync(moment, Cancellation);
            await killed.KillAsync(Cancellation);

            // A part of a store cannot be served.
            Assert.Contains("A move into this store from sqlite:", await EndAsync(fixture, 1, "status"), StringComparison.Ordinal);
        }

        var said = await EndAsync(fixture, 0, move);
        Assert.Contains($"sqlite:{file} was moved to azure:devstoreaccount1 with prefix", said, StringComparison.Ordinal);
        Assert.DoesNotContain("AccountKey", said, StringComparison.OrdinalIgnoreCase);

        await ConcludeAsync(fixture);

        // The old one, started again by mistake, mails nobody.
        fixture.Use(file);
        var before = fixture.Smtp.Messages.Count;
        Assert.Contains("This store was moved to azure:devstoreaccount1", await EndAsync(fixture, 1, "run"), StringComparison.Ordinal);

        // By systemd: not again and again.
        Assert.Contains("This store was moved to azure:devstoreaccount1", await EndAsync(fixture, 2, "serve"), StringComparison.Ordinal);
        Assert.Equal(before, fixture.Smtp.Messages.Count);
        if (!KillFixture.Long)
        {
            return;
        }

        fixture.Use(azurite);
        Assert.Contains("by an earlier call", await EndAsync(fixture, 0, move), StringComparison.Ordinal);
        fixture.Use(file);
        Assert.Contains("may be served again", await EndAsync(fixture, 0, "move", "--reopen", $"sqlite:{file}"), StringComparison.Ordinal);
        Assert.Contains("held, because", await EndAsync(fixture, 0, "run"), StringComparison.Ordinal);
        Assert.Equal(before, fixture.Smtp.Messages.Count);
    }

    [Fact]
    public async Task An_open_run_in_Azure_goes_on_in_a_file_after_a_move_while_it_is_served()
    {
        await using var azurite = await Azurite.StartAsync(Cancellation);
        await using var fixture = await KillFixture.StartAsync(Readers, Slow, Cancellation, azurite, realClock: true);
        var file = Path.ChangeExtension(fixture.DatabasePath, ".new.db");
        string[] move = ["move", "--from", "azure:devstoreaccount1", "--to", $"sqlite:{file}"];
        await using (var server = fixture.StartServer("serve"))
        {
            await fixture.Smtp.WaitForAsync(Readers / 8, Cancellation);

            // The run must still be open when the stop is asked for, however slow this machine is.
            await fixture.Smtp.ScriptAsync([new SmtpFault(SmtpStage.Data) { Delay = TimeSpan.FromSeconds(4) }], Cancellation);
            Assert.Contains("is in use by process", await EndAsync(fixture, 1, move), StringComparison.Ordinal);
            await using (var killed = fixture.StartServer([.. move, "--live"]))
            {
                await killed.LineAsync("Audience: ", Cancellation);
                await killed.KillAsync(Cancellation);
            }

            await using var live = fixture.StartServer([.. move, "--live"]);
            await live.LineAsync("Now stop what serves azure:devstoreaccount1", Cancellation);
            await server.StopAsync(Cancellation);
            await fixture.Smtp.ScriptAsync([new SmtpFault(SmtpStage.Data) { Delay = Slow }], Cancellation);
            Assert.InRange(fixture.Smtp.Messages.Count, Readers / 8, Readers - 20);
            Assert.True(await live.EndAsync(Cancellation) == 0, live.Output);
        }

        Assert.Contains("This store was moved to sqlite:", await EndAsync(fixture, 1, "run"), StringComparison.Ordinal);
        fixture.Use(file);
        await ConcludeAsync(fixture);
    }

    [Fact]
    public async Task Wrong_names_are_refused_and_a_key_on_the_command_line_is_not_repeated()
    {
        using var publication = new PublicationFixture(1);
        await Assert(["--from", "sqlite:a.db"], "--from STORE --to STORE");
        await Assert(["--from", "sqlite:a.db", "--to", "sqlite:b.db"], "one store is a file, the other an account");
        await Assert(["--from", "postgres:a", "--to", "azure:abc"], "--from: name a store as sqlite:FILE");
        await Assert(["--from", "sqlite:a.db", "--to", "azure:"], "azure: needs Storage__Azure__ConnectionString");
        await Assert(["--from", "sqlite:a.db", "--to", "azure:No.Account"], "is not an account's name");
        await Assert(["--from", "sqlite:a.db", "--to", "azure:AccountName=a;AccountKey=c2VjcmV0"], "must not stand on a command line");
        publication.Settings["Storage__Azure__ConnectionString"] =
            "DefaultEndpointsProtocol=http;AccountName=courier;AccountKey=c2VjcmV0;TableEndpoint=http://127.0.0.1:1/courier;"
            + "QueueEndpoint=http://127.0.0.1:1/courier";
        await Assert(
            ["--from", "sqlite:a.db", "--to", "azure:others"],
            "is not the account of Storage__Azure__ConnectionString, which is courier");

        async Task Assert(string[] arguments, string fault)
        {
            var (code, _, error) = await CommandsTests.RunAsync(publication, ["move", .. arguments]);
            Xunit.Assert.Equal(2, code);
            Xunit.Assert.Contains(fault, error, StringComparison.Ordinal);
            Xunit.Assert.DoesNotContain("c2VjcmV0", error, StringComparison.Ordinal);
        }
    }

    private static async Task KillInTheMiddleAsync(KillFixture fixture, int messages)
    {
        await using var server = fixture.StartServer("serve");
        await fixture.Smtp.WaitForAsync(messages, Cancellation);
        await fixture.KillAsync(server, Cancellation);
        Assert.InRange(fixture.Smtp.Messages.Count, messages, Readers - 1);
    }

    /// <summary>Kills one more life at the new side, sends to the end there, and compares.</summary>
    private async Task ConcludeAsync(KillFixture fixture)
    {
        if (fixture.Smtp.Messages.Count < Readers / 2)
        {
            await KillInTheMiddleAsync(fixture, fixture.Smtp.Messages.Count + (Readers / 6));
        }

        for (var again = 0; again < 10 && (await fixture.RunAsync(Cancellation))!.State != RunState.Closed; again++)
        {
            await EndAsync(fixture, 0, "run");
        }

        var report = await fixture.CompareAsync(Cancellation);
        output.WriteLine(report.ToString());
        Assert.True(report.Faults.Count == 0, string.Join(Environment.NewLine, report.Faults));
        Assert.InRange(report.Doubts, 0, 2 * 2 * KillFixture.Connections * MaxParallelParts);
        Assert.InRange(report.Doubles, 0, report.Doubts);
    }

    private static async Task<string> EndAsync(KillFixture fixture, int code, params string[] arguments)
    {
        await using var program = fixture.StartServer(arguments);
        Assert.True(await program.EndAsync(Cancellation) == code, program.Output);
        return program.Output;
    }
}

using DailyDigest.Calendar;
using DailyDigest.EndToEnd.Tests.Fixtures;
using DailyDigest.Runs;
using DailyDigest.Sqlite;
using DailyDigest.Testing.Services;

namespace DailyDigest.EndToEnd.Tests;

public sealed class KillTests
{
    private const int Connections = 4;
    private static readonly int Kills = KillFixture.Long ? 50 : 12;
    private static readonly int Readers = 25 * Kills;

    /// <summary>
    /// The whole program in a process of its own, a database file, a real mail server that takes its time, SIGKILL at fifty moments (in
    /// short a dozen). The mail server's record is what readers got; the ledger is what the program says.
    /// </summary>
    [Fact]
    public async Task Killed_again_and_again_nobody_is_lost_and_doubles_stay_within_what_was_in_doubt()
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        await using var smtp = await SmtpRecorder.StartAsync(
            new SmtpOptions { Faults = [new SmtpFault(SmtpStage.Data) { Delay = TimeSpan.FromMilliseconds(15) }] }, cancellationToken);
        using var publication = new PublicationFixture(smtp.Port);
        publication.Settings["Delivery__Connections"] = $"{Connections}";
        var cohort = await publication.SeedAsync(Readers, cancellationToken);
        var date = Zones.LocalDate(cohort.Zone, publication.Made);

        var moments = new Random(20261122);
        var kills = 0;
        while (kills < Kills)
        {
            await using var server = ServerProcess.Start(publication.Folder, publication.Settings, "run");

            // On the average half of the share that this life has, so that the readers last for all of them however late a kill comes.
            var left = Math.Max(0, Readers - smtp.Messages.Count);
            var target = smtp.Messages.Count + moments.Next(0, (left / (Kills - kills)) + 1);
            var reached = smtp.WaitForAsync(Math.Max(target, 1), cancellationToken);
            var ended = server.EndAsync(cancellationToken);
            if (await Task.WhenAny(reached, ended) == ended)
            {
                break;
            }

            await reached;
            await server.KillAsync(cancellationToken);
            await smtp.WaitUntilQuietAsync(cancellationToken);
            kills++;
        }

        Assert.Equal(Kills, kills);
        using var database = await publication.OpenAsync(cancellationToken);
        var tables = new SqliteTableStore(database, TimeProvider.System);
        var runs = new RunStore(tables);
        var run = await runs.GetAsync(date, cohort.Key, cancellationToken);
        for (var again = 0; again < 200 && run!.State != RunState.Closed; again++)
        {
            // A delivery that was in doubt more than once waits longer each time, so the last start may find it too early.
            await using var last = ServerProcess.Start(publication.Folder, publication.Settings, "run");
            Assert.True(await last.EndAsync(cancellationToken) == 0, last.Output);
            run = await runs.GetAsync(date, cohort.Key, cancellationToken);
        }

        Assert.True(run!.State == RunState.Closed, await OpenAsync(tables, run, cancellationToken));
        Assert.Equal(Readers, run.Counts.Values.Sum());
        Assert.Equal(Readers, run.Counts[DeliveryState.Sent]);

        var byReader = smtp.Messages.GroupBy(message => message.To.Single()).ToList();
        Assert.Equal(Readers, byReader.Count);
        Assert.All(byReader, group => Assert.Single(group.Select(message => message.Header("Message-ID")).Distinct()));
        var doubles = smtp.Messages.Count - Readers;
        Assert.InRange(doubles, 0, Kills * 2 * Connections);

        // A reader who got it twice was listed as in doubt in between, and the ledger still says so.
        var inDoubt = 0;
        await foreach (var row in LedgerReader.DeliveriesAsync(tables, run, cancellationToken))
        {
            inDoubt += row.Crashes;
        }

        Assert.InRange(doubles, 0, inDoubt);
        TestContext.Current.TestOutputHelper?.WriteLine($"{kills} kills, {doubles} doubles, {inDoubt} times in doubt");
    }

    /// <summary>The parts that keep a run open, for the message of a failure.</summary>
    private static async Task<string> OpenAsync(SqliteTableStore tables, Run run, CancellationToken cancellationToken)
    {
        var said = new List<string> { $"{TimeProvider.System.GetUtcNow():HH:mm:ss}: {run.State}" };
        foreach (var (part, control) in await LedgerReader.PartsAsync(tables, run, cancellationToken))
        {
            said.Add($"{part}: {control}");
        }

        await foreach (var row in LedgerReader.DeliveriesAsync(tables, run, cancellationToken))
        {
            if (row.State != DeliveryState.Sent)
            {
                said.Add(row.ToString());
            }
        }

        return string.Join(Environment.NewLine, said);
    }
}

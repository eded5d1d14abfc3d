using System.Globalization;
using DailyDigest.Calendar;
using DailyDigest.EndToEnd.Tests.Fixtures;
using DailyDigest.Runs;
using DailyDigest.Sqlite;
using DailyDigest.Testing.Services;

namespace DailyDigest.EndToEnd.Tests;

/// <summary>The machine's clock is set while the whole program sends to a real mail server; libfaketime sets it.</summary>
public sealed class ClockSetTests
{
    private const int Readers = 24;

    /// <summary>Seconds by which the clock is set while mail is being sent. A day forward is past the run's deadline.</summary>
    public static TheoryData<int> Steps => KillFixture.Long ? [10, 600, -10, -600, -86_400] : [600];

    [Theory]
    [MemberData(nameof(Steps))]
    public async Task A_clock_that_is_set_during_a_run_doubles_nobody_and_loses_nobody(int seconds)
    {
        var library = Library();
        var cancellationToken = TestContext.Current.CancellationToken;

        // A slow mail server: the part's row is not written for longer than the program waits between two looks at the queue.
        await using var smtp = await SmtpRecorder.StartAsync(
            new SmtpOptions { Faults = [new SmtpFault(SmtpStage.Data) { Delay = TimeSpan.FromSeconds(2) }] }, cancellationToken);
        using var publication = new PublicationFixture(smtp.Port);
        var cohort = await publication.SeedAsync(Readers, cancellationToken);
        var clock = Path.Combine(publication.Folder, "clock");
        await File.WriteAllTextAsync(clock, "+0", cancellationToken);
        var settings = new Dictionary<string, string>(publication.Settings)
        {
            ["LD_PRELOAD"] = library,
            ["FAKETIME_TIMESTAMP_FILE"] = clock,
            ["FAKETIME_NO_CACHE"] = "1",
            ["FAKETIME_DONT_FAKE_MONOTONIC"] = "1",

            // Without it, waits of .NET return at once.
            ["FAKETIME_FORCE_MONOTONIC_FIX"] = "0",
        };

        await using (var server = ServerProcess.Start(publication.Folder, settings, "serve"))
        {
            var recorded = await smtp.WaitForAsync(Readers / 6, cancellationToken);
            using (var ledger = await publication.OpenAsync(cancellationToken))
            {
                // Once the first answers are recorded, the program writes nothing before the next ones.
                while (await SentAsync(ledger, publication, cohort, cancellationToken) < recorded.Count)
                {
                    Assert.False(server.HasEnded, server.Output);
                }
            }

            await File.WriteAllTextAsync(clock, seconds.ToString("+0;-0", CultureInfo.InvariantCulture), cancellationToken);
            var arrived = await smtp.WaitForAsync(Readers, cancellationToken);
            Assert.Equal(Readers, arrived.DistinctBy(message => message.To.Single()).Count());
            await server.KillAsync(cancellationToken);
            await smtp.WaitUntilQuietAsync(cancellationToken);
        }

        // The clock is right again. The last answers may not be recorded yet; nothing else is left.
        await using (var after = ServerProcess.Start(publication.Folder, publication.Settings, "run"))
        {
            await after.EndAsync(cancellationToken);
        }

        using var database = await publication.OpenAsync(cancellationToken);
        var run = await RunAsync(new SqliteTableStore(database, TimeProvider.System), publication, cohort, cancellationToken);
        Assert.Equal((RunState.Closed, (long)Readers), (run.State, run.Counts.Values.Sum()));
        Assert.Equal(Readers, run.Counts[DeliveryState.Sent]);
    }

    private static async Task<Run> RunAsync(
        SqliteTableStore tables, PublicationFixture publication, Cohort cohort, CancellationToken cancellationToken) =>
        (await new RunStore(tables).GetAsync(Zones.LocalDate(cohort.Zone, publication.Made), cohort.Key, cancellationToken))!;

    private static async Task<int> SentAsync(
        SqliteDatabase database, PublicationFixture publication, Cohort cohort, CancellationToken cancellationToken)
    {
        var tables = new SqliteTableStore(database, TimeProvider.System);
        var run = await RunAsync(tables, publication, cohort, cancellationToken);
        return await LedgerReader.DeliveriesAsync(tables, run, cancellationToken)
            .CountAsync(row => row.State == DeliveryState.Sent, cancellationToken);
    }

    private static string Library()
    {
        TestServices.RequireProgram("faketime");
        return Directory.EnumerateFiles("/usr/lib", "libfaketimeMT.so.1", new EnumerationOptions { RecurseSubdirectories = true }).First();
    }
}

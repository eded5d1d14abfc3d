using DailyDigest.Calendar;
using DailyDigest.EndToEnd.Tests.Fixtures;
using DailyDigest.Runs;
using DailyDigest.Sqlite;

namespace DailyDigest.EndToEnd.Tests;

/// <summary>The commands for runs that are held after a restore, when the operator decides late.</summary>
public sealed class HeldRunTests
{
    private const string Cohort = "daily_07_Europe.Paris";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_run_held_for_weeks_is_found_and_not_sent_and_can_be_skipped()
    {
        using var publication = new PublicationFixture(smtpPort: 1);
        var then = publication.Made.AddDays(-20);
        var date = DateOnly.FromDateTime(then.UtcDateTime);
        using (var database = await publication.OpenAsync(Cancellation))
        {
            var tables = new SqliteTableStore(database, TimeProvider.System);
            await new RestoreHolds(tables).AddAsync(new RestoreHold(1, null, then, then), Cancellation);
            await new RunStore(tables).BeginAsync(
                new Run
                {
                    Date = date,
                    Cohort = Cohort,
                    State = RunState.Preparing,
                    Due = then,
                    Started = then,
                    Deadline = then.AddHours(12),
                    Held = true,
                },
                Cancellation);
        }

        var (_, told, _) = await CommandsTests.RunAsync(publication, ["deliver", "--release"]);
        Assert.Contains(
            $"{date.Text()} {Cohort}: too old to be sent; run skip --date {date.Text()} ends it", told, StringComparison.Ordinal);
        Assert.True(await IsUndecidedAsync(publication, date));

        var (code, _, fault) = await CommandsTests.RunAsync(publication, ["run", "skip"]);
        Assert.Equal((0, ""), (code, fault));
        Assert.False(await IsUndecidedAsync(publication, date));
    }

    private static async Task<bool> IsUndecidedAsync(PublicationFixture publication, DateOnly date)
    {
        using var database = await publication.OpenAsync(Cancellation);
        var run = await new RunStore(new SqliteTableStore(database, TimeProvider.System)).GetAsync(date, Cohort, Cancellation);
        return run!.IsUndecided;
    }
}

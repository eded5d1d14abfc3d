using DailyDigest.Calendar;
using DailyDigest.Returns;
using DailyDigest.Storage;

namespace DailyDigest.Clock;

/// <summary>Part of the purge: reports that came back, as long as deliveries are kept, and later the counts of their days.</summary>
internal static class PurgeReturns
{
    /// <summary>Returns how far it came; Done is false if the budget is used up.</summary>
    public static async Task<(PurgeProgress Progress, bool Done)> ExecuteAsync(
        PurgeProgress progress, DateOnly today, int keepDays, PurgeBudget budget, CancellationToken cancellationToken)
    {
        // The counts stand before the reports.
        for (var day = progress.Returns; day < today.AddDays(-keepDays); day = day.AddDays(1))
        {
            if (!await budget.ClearAsync(Tables.Returns, day.Text(), cancellationToken, from: "0"))
            {
                return (progress, false);
            }

            progress = progress with { Returns = day.AddDays(1) };
        }

        for (var day = progress.ReturnCounts; day < today.AddDays(-Math.Max(keepDays, ReturnStore.CountDays)); day = day.AddDays(1))
        {
            if (!await budget.ClearAsync(Tables.Returns, day.Text(), cancellationToken))
            {
                return (progress, false);
            }

            progress = progress with { ReturnCounts = day.AddDays(1) };
        }

        return (progress, true);
    }
}

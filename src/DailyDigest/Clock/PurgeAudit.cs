using DailyDigest.Accounts;
using DailyDigest.Storage;

namespace DailyDigest.Clock;

/// <summary>Part of the purge: the record of changes of a month, in both of its places.</summary>
internal static class PurgeAudit
{
    /// <summary>Returns how far it came; Done is false if the budget is used up.</summary>
    public static async Task<(PurgeProgress Progress, bool Done)> ExecuteAsync(
        PurgeProgress progress, DateOnly today, PurgeBudget budget, CancellationToken cancellationToken)
    {
        // A month goes when its last day is old enough.
        for (var month = progress.Audit; new DateOnly(month.Year, month.Month, 1).AddMonths(AuditLog.KeptMonths + 1) <= today;
            month = month.AddMonths(1))
        {
            if (!await MonthAsync(month, budget, cancellationToken))
            {
                return (progress, false);
            }

            progress = progress with { Audit = month.AddMonths(1) };
        }

        return (progress, true);
    }

    private static Task<bool> MonthAsync(DateOnly month, PurgeBudget budget, CancellationToken cancellationToken)
    {
        var partition = AuditLog.Month(month);
        return budget.EachAsync(
            Tables.Audit, partition, TableRules.MaxPage,
            // The copy first: without the row of the month nobody knows its partition.
            async row => (AuditLog.Of(row.Text("subject") ?? "") is not { } copies
                    || await budget.DeleteAsync(Tables.Audit, copies, [row.Key], cancellationToken))
                && await budget.DeleteAsync(Tables.Audit, partition, [row.Key], cancellationToken),
            cancellationToken);
    }
}

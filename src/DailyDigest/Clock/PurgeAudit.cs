using DailyDigest.Accounts;
using DailyDigest.Storage;

namespace DailyDigest.Clock;

/// <summary>Part of the purge: the record of changes of a month, in both of its places.</summary>
internal static class PurgeAudit
{
    /// <summary>Returns false if the budget is used up.</summary>
    public static Task<bool> ExecuteAsync(DateOnly month, PurgeBudget budget, CancellationToken cancellationToken)
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

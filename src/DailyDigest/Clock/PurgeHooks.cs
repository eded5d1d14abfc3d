using DailyDigest.Hooks;
using DailyDigest.Storage;

namespace DailyDigest.Clock;

/// <summary>Part of the purge: old deliveries to web hooks, and everything of a hook that was removed.</summary>
internal static class PurgeHooks
{
    /// <summary>Returns false if the budget is used up.</summary>
    public static async Task<bool> ExecuteAsync(
        HookStore hooks, DateTimeOffset before, PurgeBudget budget, CancellationToken cancellationToken)
    {
        foreach (var hook in await hooks.ListRemovedAsync(cancellationToken))
        {
            // The row last: without it nobody knows the partition.
            if (!await budget.ClearAsync(Tables.HookCalls, hook.Id, cancellationToken))
            {
                return false;
            }

            await hooks.DeleteAsync(hook.Id, cancellationToken);
        }

        foreach (var hook in await hooks.ListAsync(cancellationToken))
        {
            if (!await budget.EachAsync(
                Tables.HookCalls, hook.Id, TableRules.MaxPage, row => DeleteAsync(hook.Id, row, budget, cancellationToken),
                cancellationToken, RowRange.Prefix(HookCall.Prefix) with { After = HookCall.KeyOf(before) }))
            {
                return false;
            }
        }

        return true;
    }

    // A hook that was switched off has deliveries that still wait: their rows of the queue go with them.
    private static Task<bool> DeleteAsync(string hook, TableRow row, PurgeBudget budget, CancellationToken cancellationToken) =>
        budget.DeleteAsync(
            Tables.HookCalls, hook, HookCall.Read(row)?.DueKey is { } due ? [due, row.Key] : [row.Key], cancellationToken);
}

using DailyDigest.Runs;
using DailyDigest.Storage;

namespace DailyDigest.Moving;

/// <summary>
/// Takes every part from its owner: the sequence of the control row goes up, so that the owner's next commit fails and it sends
/// nothing more. The owner's name stays: at the destination the part counts as abandoned, and its attempts as in doubt.
/// </summary>
internal static class FenceOwners
{
    /// <summary>Fences all. Repeatable; each call counts on.</summary>
    public static async Task ExecuteAsync(StoreSide source, CancellationToken cancellationToken)
    {
        foreach (var partition in await CopyStore.PartitionsAsync(source, Tables.Ledger, cancellationToken))
        {
            await foreach (var row in source.Tables.ScanAsync(Tables.Ledger, partition, Part.ControlRange, cancellationToken))
            {
                await FenceAsync(source.Tables, partition, row, cancellationToken);
            }
        }
    }

    private static async Task FenceAsync(ITableStore tables, string partition, TableRow seen, CancellationToken cancellationToken)
    {
        var row = seen;
        while (row is not null && PartControl.Fenced(row) is { } fenced && !(await tables.WriteAsync(
            Tables.Ledger, partition, TableWrite.Update(fenced, row.ETag!), cancellationToken)).IsDone)
        {
            row = await tables.GetAsync(Tables.Ledger, partition, seen.Key, cancellationToken);
        }
    }
}

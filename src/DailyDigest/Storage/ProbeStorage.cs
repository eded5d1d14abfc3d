using Microsoft.Extensions.Logging;

namespace DailyDigest.Storage;

/// <summary>
/// Proves with a write that the store takes writes: a full or read-only disk still answers reads. A self-hosted worker repeats it, and
/// <c>/readyz</c> shows the result, because a GET itself changes nothing.
/// </summary>
public sealed partial class ProbeStorage(ITableStore tables, ILogger<ProbeStorage> logger)
{
    /// <summary>The partition of the row, in table Facts.</summary>
    internal const string Partition = "ready";

    private const string Row = "probe";

    private volatile string? fault;

    /// <summary>Why the last write failed, with advice for an operator; null if it succeeded, or none was tried.</summary>
    public string? Fault => fault;

    /// <summary>Writes a row.</summary>
    public async Task ExecuteAsync(CancellationToken cancellationToken)
    {
        string? found = null;
        try
        {
            await tables.WriteAsync(Tables.Facts, Partition, TableWrite.Upsert(new TableRow(Row)), cancellationToken);
        }
        catch (StorageException exception)
        {
            found = exception.Message;
        }

        var before = fault;
        fault = found;
        if (found is not null && before is null)
        {
            Log.Failed(logger, found);
        }
        else if (found is null && before is not null)
        {
            Log.Recovered(logger);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(890, LogLevel.Error, "Storage takes no writes, so nothing is sent: {Message} The next try follows in seconds.")]
        public static partial void Failed(ILogger logger, string message);

        [LoggerMessage(891, LogLevel.Information, "Storage takes writes again")]
        public static partial void Recovered(ILogger logger);
    }
}

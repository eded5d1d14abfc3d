using DailyDigest.Mailing;
using DailyDigest.Runs;
using DailyDigest.Subscribers;
using Microsoft.Extensions.Logging;

namespace DailyDigest.Clock;

/// <summary>Part of the sweep: adds up the counts of runs and of subscribers. Nothing that is sent waits for it.</summary>
public sealed partial class SumFigures(SumRuns sumRuns, SumReaders sumReaders, ILogger<SumFigures> logger)
{
    /// <summary>Adds up. A failure is logged, and the next call repeats it.</summary>
    /// <param name="near">The runs of the last dates.</param>
    /// <param name="cancellationToken">Cancels it; the next call repeats it.</param>
    public async Task ExecuteAsync(IReadOnlyList<Run> near, CancellationToken cancellationToken)
    {
        try
        {
            await sumRuns.ExecuteAsync(near, Mailbox.IsPublic, cancellationToken);
            await sumReaders.ExecuteAsync(cancellationToken);
        }
        catch (Exception exception) when (exception is not (OperationCanceledException or OutOfMemoryException))
        {
            Log.Failed(logger, exception);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(251, LogLevel.Error, "The figures could not be added up; the next tick tries again")]
        public static partial void Failed(ILogger logger, Exception exception);
    }
}

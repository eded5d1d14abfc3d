using DailyDigest.Settings;

namespace DailyDigest.Web;

/// <summary>Runs the checks of doctor for a request. They read every feed once and log in at the relay; no mail is sent.</summary>
internal sealed class Examination(TimeProvider time, ExamineProgram? examine = null)
{
    // Below the timeout of a request. The checks that were done by then are shown.
    private static readonly TimeSpan MaxTime = TimeSpan.FromSeconds(20);

    /// <summary>False if this head has no doctor.</summary>
    public bool IsPossible => examine is not null;

    /// <summary>Returns the results, and whether all checks were done within 20 seconds.</summary>
    public async Task<(IReadOnlyList<ExaminedPart> Parts, bool IsComplete)> ExecuteAsync(CancellationToken cancellationToken)
    {
        if (examine is null)
        {
            return ([], false);
        }

        var parts = new List<ExaminedPart>();
        using var timeout = new CancellationTokenSource(MaxTime, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            await examine(parts.Add, either.Token);
            return (parts, true);
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return (parts, false);
        }
    }
}

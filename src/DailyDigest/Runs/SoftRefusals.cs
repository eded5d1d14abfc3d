using DailyDigest.Storage;

namespace DailyDigest.Runs;

/// <summary>
/// Tells which refusals may pass and may be about the reader's mailbox: it is full, its server asked for another try until the deadline, or
/// nothing more is known. Reasons about the message, about us or about the relay are ours to repair, and say nothing about a reader
/// (docs/decisions/0045).
/// </summary>
internal static class SoftRefusals
{
    /// <summary>Why the reader's side refused the delivery; null if it did not, or not for such a reason.</summary>
    public static string? ReasonOf(DeliveryRow row) => row switch
    {
        { State: DeliveryState.Rejected } => Counted(row.Reason),

        // At the deadline the last reply decides. Without a reply code it is a word of this side: nobody was asked.
        { State: DeliveryState.Expired, Attempts: > 0, Reply: { Length: > 3 } reply } when reply[0] == '4' && IsCode(reply) =>
            Counted(Verdicts.OfReport(null, reply).Reason),
        _ => null,
    };

    /// <summary>
    /// True if the soft refusals of a closed run may be about its readers: they are not too many, and the run is not distrusted. Reads a
    /// row for each slice.
    /// </summary>
    public static async Task<bool> AreTrustedAsync(ITableStore tables, Run run, CancellationToken cancellationToken) =>
        run is { State: RunState.Closed, Distrusted: false, SoftDistrusted: false }
        && !RefusalPolicy.AreTooMany(
            run.Soft + await LateRefusals.CountAsync(tables, run, cancellationToken, LateRefusals.Soft), run.Counts.Values.Sum());

    private static string? Counted(string? reason) =>
        reason is "mailbox-full" or RefusalReasons.Temporary or "other" ? reason : null;

    private static bool IsCode(string reply) =>
        char.IsAsciiDigit(reply[1]) && char.IsAsciiDigit(reply[2]) && reply[3] is ' ' or '-';
}

using DailyDigest.Calendar;
using DailyDigest.Storage;

namespace DailyDigest.Runs;

/// <summary>A slice of a run that one worker delivers. Its text form is the queue's hint.</summary>
/// <param name="Date">The run's local date.</param>
/// <param name="Slice">"all", or the first hex digit of the subscribers' ids.</param>
/// <param name="Cohort">The cohort's key.</param>
public sealed record Part(DateOnly Date, string Slice, string Cohort)
{
    /// <summary>The slice of a date that is not cut.</summary>
    public const string Whole = "all";

    /// <summary>The slices of a date that is cut.</summary>
    public static readonly IReadOnlyList<string> Sixteen = [.. "0123456789abcdef".Select(digit => digit.ToString())];

    /// <summary>
    /// The partition of the ledger: date and slice, without the cohort, so that a subscriber who moves meets the same row.
    /// </summary>
    public string Partition => LedgerPartition(Date, Slice);

    /// <summary>The key of the control row.</summary>
    public string ControlKey => "!" + Cohort;

    /// <summary>The range of the control rows of all cohorts in a partition of the ledger.</summary>
    internal static RowRange ControlRange => RowRange.Prefix("!");

    /// <summary>The range of the rows by which what is to be tried again is found, earliest first.</summary>
    public RowRange RetryRange => RowRange.Prefix($"~{Cohort}|");

    /// <summary>True for the key of such a row.</summary>
    internal bool IsRetry(string key) => key.StartsWith($"~{Cohort}|", StringComparison.Ordinal);

    /// <summary>The audience's slices that belong to this part, in order.</summary>
    public IReadOnlyList<string> AudienceSlices => Slice == Whole ? Sixteen : [Slice];

    /// <summary>The ledger's partition.</summary>
    public static string LedgerPartition(DateOnly date, string slice) => $"{date.Text()}~{slice}";

    /// <summary>The slice of the ledger in which a subscriber stands on a date of that many slices.</summary>
    public static string SliceOf(string subscriberId, int slices) => slices == 1 ? Whole : subscriberId[..1];

    /// <summary>The slices of a date; none while a run has not made its parts.</summary>
    public static IReadOnlyList<string> SlicesOf(int slices) => slices switch { 0 => [], 1 => [Whole], _ => Sixteen };

    /// <summary>The key of the row that says when a delivery is to be tried again.</summary>
    public string RetryKey(DateTimeOffset until, string subscriberId) => $"~{Cohort}|{until.UtcTicks:d19}|{subscriberId}";

    /// <summary>Reads what <see cref="ToString"/> wrote. A queue's message is hostile until parsed.</summary>
    public static bool TryParse(string? hint, out Part part)
    {
        part = null!;
        if (hint?.Split(' ') is not [var dateText, var slice, var cohort] || !LocalDates.TryParse(dateText, out var date)
            || (slice != Whole && !Sixteen.Contains(slice)) || !Calendar.Cohort.TryParse(cohort, out var known) || known.Key != cohort)
        {
            return false;
        }

        part = new Part(date, slice, cohort);
        return true;
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Date.Text()} {Slice} {Cohort}";
}

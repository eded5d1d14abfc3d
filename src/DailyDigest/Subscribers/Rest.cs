namespace DailyDigest.Subscribers;

/// <summary>
/// No digest for some days, because several digests in a row were refused for reasons that may pass. The audience rows start on the date of
/// its end, as with a pause; the subscriber stays active.
/// </summary>
/// <param name="Since">The local date on which it began.</param>
/// <param name="Until">The local date of the first digest afterwards.</param>
/// <param name="Reason">Why the last digest was refused, one of <see cref="Runs.RefusalReasons.All"/>.</param>
/// <param name="IsEnded">True if the reader or an operator ended it: the next refusal is the first of a new series.</param>
public sealed record Rest(DateOnly Since, DateOnly Until, string Reason, bool IsEnded = false)
{
    /// <summary>How many days it lasts.</summary>
    public const int Days = 14;

    /// <summary>Refused digests of different dates, without a delivery in between, that begin a rest.</summary>
    public const int MaxRefusals = 5;

    /// <summary>Days within which these dates must lie, the first and the last included.</summary>
    public const int Window = 21;

    /// <summary>A rest that begins on the date.</summary>
    public static Rest From(DateOnly today, string reason) => new(today, today.AddDays(Days), reason);

    /// <summary>True if no digest is sent on the date because of it.</summary>
    public bool IsOn(DateOnly today) => !IsEnded && today < Until;

    /// <summary>The rest, ended so that the digest comes on the date.</summary>
    public Rest EndOn(DateOnly date) => this with { Until = date < Until ? date : Until, IsEnded = true };

    /// <summary>
    /// The dates with another one, oldest first: the last <see cref="MaxRefusals"/> that lie within <see cref="Window"/> of the newest.
    /// </summary>
    public static IReadOnlyList<DateOnly> Add(IReadOnlyList<DateOnly> dates, DateOnly date)
    {
        var first = (dates.Count > 0 && dates[^1] > date ? dates[^1] : date).AddDays(1 - Window);
        return [.. dates.Append(date).Where(one => one >= first).Distinct().Order().TakeLast(MaxRefusals)];
    }
}

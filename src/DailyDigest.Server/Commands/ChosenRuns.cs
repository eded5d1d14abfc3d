using System.Globalization;
using DailyDigest.Calendar;
using DailyDigest.Runs;
using DailyDigest.Settings;

namespace DailyDigest.Server.Commands;

/// <summary>Which runs an operator means.</summary>
internal sealed class ChosenRuns(IServiceProvider services)
{
    private const int DaysBack = 2;
    private static readonly TimeSpan Recent = TimeSpan.FromHours(24);

    private readonly RunStore runs = services.GetRequiredService<RunStore>();
    private readonly TimeProvider time = services.GetRequiredService<TimeProvider>();
    private readonly Publication publication = services.GetRequiredService<Publication>();
    private readonly int keepDays = services.GetRequiredService<DeliveryOptions>().KeepDays;

    /// <summary>Today in the home zone.</summary>
    public DateOnly Today => Zones.LocalDate(publication.TimeZone, time.GetUtcNow());

    /// <summary>Why nothing can be said of the date if it has no run: the ledger is not kept for so long; null if it is.</summary>
    public string? Forgotten(DateOnly date) => date >= Today.AddDays(-keepDays)
        ? null : string.Create(CultureInfo.InvariantCulture, $"older than the {keepDays} days for which the ledger is kept (Delivery__KeepDays)");

    /// <summary>
    /// The runs of the date, by date and cohort; without one those of today in the home zone, and those of other dates that are still open or were begun
    /// within the last 24 hours: in other zones it is another day. Those of one cohort alone, if one is named.
    /// </summary>
    public async Task<IReadOnlyList<Run>> ListAsync(DateOnly? date, Cohort? cohort, CancellationToken cancellationToken)
    {
        var (now, today) = (time.GetUtcNow(), Today);
        var found = date is { } one
            ? await runs.ListAsync(one, cancellationToken)
            : (await runs.ListNearAsync(now, DaysBack, cancellationToken)).Where(run => run.Date == today || run.IsOpen || run.Started > now - Recent);
        return [.. found.Where(run => cohort is null || run.Cohort == cohort.Key).OrderBy(run => run.Date).ThenBy(run => run.Cohort, StringComparer.Ordinal)];
    }

    /// <summary>Every run that is not over; those of one date or cohort alone, if they are named.</summary>
    public async Task<IReadOnlyList<Run>> ListOpenAsync(DateOnly? date, Cohort? cohort, CancellationToken cancellationToken) =>
    [
        .. (await runs.ListOpenAsync(time.GetUtcNow(), cancellationToken))
            .Where(run => (date is null || run.Date == date) && (cohort is null || run.Cohort == cohort.Key)),
    ];

    /// <summary>What is said where there is none: what was looked for, and how to see what there is.</summary>
    public string None(DateOnly? date, Cohort? cohort) =>
        $"There is no run{Of(cohort)} {(date is { } one ? $"on {one.Text()}" : $"on {Today.Text()}, and none of another date that is open or began within 24 hours")}; {Lists(date)}.";

    /// <summary>The same where only runs that are not over were looked for.</summary>
    public static string NoneOpen(DateOnly? date, Cohort? cohort) =>
        $"There is no run{Of(cohort)}{(date is { } one ? $" on {one.Text()}" : "")} that is not over; {Lists(date)}.";

    private static string Of(Cohort? cohort) => cohort is null ? "" : $" of {cohort.Key}";

    private static string Lists(DateOnly? date) => date is { } one ? $"status --date {one.Text()} lists what there is" : "status lists today's, status --date D those of another date";

    /// <summary>A run as a line names it.</summary>
    public static string Name(Run run) => $"{run.Date.Text()} {run.Cohort}";
}

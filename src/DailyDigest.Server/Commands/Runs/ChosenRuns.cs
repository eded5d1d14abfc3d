using System.Globalization;
using DailyDigest.Calendar;
using DailyDigest.Runs;

namespace DailyDigest.Server.Commands;

/// <summary>Selects the runs that an operator's date and cohort mean.</summary>
internal sealed class ChosenRuns(IServiceProvider services)
{
    /// <summary>Advice for a run that is held after a restore.</summary>
    public const string HeldHelp = "held, because it may have been sent before the restore: deliver --release sends it, run skip does not";

    private readonly RunStore runs = services.GetRequiredService<RunStore>();
    private readonly CurrentRuns current = services.GetRequiredService<CurrentRuns>();
    private readonly int keepDays = services.GetRequiredService<DeliveryOptions>().KeepDays;

    /// <summary>Today in the home zone.</summary>
    public DateOnly Today => current.Today;

    /// <summary>The reason why a date without runs proves nothing: the ledger does not reach back so far. Null if it does.</summary>
    public string? NotKept(DateOnly date) => date >= Today.AddDays(-keepDays)
        ? null : string.Create(
            CultureInfo.InvariantCulture, $"older than the {keepDays} days for which the ledger is kept (Delivery__KeepDays)");

    /// <summary>
    /// The runs of the date, ordered by date and cohort. Without a date: the runs of today in the home zone, and runs of other dates that
    /// are open or started within the last 24 hours, because other zones have another date. With a cohort, only its runs.
    /// </summary>
    public async Task<IReadOnlyList<Run>> ListAsync(DateOnly? date, Cohort? cohort, CancellationToken cancellationToken)
    {
        var found = date is { } one ? await runs.ListAsync(one, cancellationToken) : await current.ListAsync(cancellationToken);
        return [.. found.Where(run => cohort is null || run.Cohort == cohort.Key).OrderBy(run => run.Date).ThenBy(
            run => run.Cohort, StringComparer.Ordinal)];
    }

    /// <summary>Every unfinished run; with a date or a cohort, only theirs.</summary>
    public async Task<IReadOnlyList<Run>> ListOpenAsync(DateOnly? date, Cohort? cohort, CancellationToken cancellationToken) =>
    [
        .. (await current.ListOpenAsync(cancellationToken))
            .Where(run => (date is null || run.Date == date) && (cohort is null || run.Cohort == cohort.Key)),
    ];

    /// <summary>The message if no run was found, with the command that lists runs.</summary>
    public string None(DateOnly? date, Cohort? cohort)
    {
        var when = date is { } one
            ? $"on {one.Text()}"
            : $"on {Today.Text()}, and no run of another date that is open or began within 24 hours";
        return $"There is no run{Of(cohort)} {when}; {Lists(date)}.";
    }

    /// <summary>The message if no unfinished run was found.</summary>
    public static string NoneOpen(DateOnly? date, Cohort? cohort) =>
        $"There is no unfinished run{Of(cohort)}{(date is { } one ? $" on {one.Text()}" : "")}; {Lists(date)}.";

    private static string Of(Cohort? cohort) => cohort is null ? "" : $" of {cohort.Key}";

    private static string Lists(DateOnly? date) => date is { } one ? $"status --date {one.Text()} lists the runs of that date"
        : "status lists today's runs, status --date D those of another date";

    /// <summary>A run's name in a line of output.</summary>
    public static string Name(Run run) => $"{run.Date.Text()} {run.Cohort}";
}

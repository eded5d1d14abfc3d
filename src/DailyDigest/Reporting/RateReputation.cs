using DailyDigest.Calendar;
using DailyDigest.Figures;
using DailyDigest.Settings;
using DailyDigest.Subscribers;

namespace DailyDigest.Reporting;

/// <summary>
/// Compares the complaints and bounces of today and yesterday with the messages that were sent, for all receiving domains together and for
/// each that is counted by name. Three requests to the table store, however many readers there are.
/// </summary>
public sealed class RateReputation(FigureStore figures, SumReaders readers, Publication publication, TimeProvider time)
{
    /// <summary>Days that are looked at: of today little is known in its first hours.</summary>
    private const int Days = 2;

    /// <summary>The rates that are too high: those at the limit first, then the latest.</summary>
    public async Task<IReadOnlyList<ReputationFinding>> ExecuteAsync(CancellationToken cancellationToken)
    {
        var today = Zones.LocalDate(publication.TimeZone, time.GetUtcNow());
        var first = today.AddDays(2 - Days - ReceivingDomains.Days);
        var people = readers.DaysAsync(today.AddDays(1 - Days), today, cancellationToken);
        var deliveries = figures.RangeAsync(FigureKinds.Deliveries, first, today, cancellationToken);
        var domains = figures.RangeAsync(FigureKinds.Domains, first, today, cancellationToken);
        await Task.WhenAll(people, deliveries, domains);

        var found = new List<ReputationFinding>();
        foreach (var day in (await people).Where(day => !day.Domains.IsEmpty))
        {
            var sent = new SentMessages(
                [.. (await deliveries).Where(one => IsBefore(one.Date, day.Date))],
                [.. (await domains).Where(one => IsBefore(one.Date, day.Date))]);
            found.AddRange(Of(day, null, day.Domains.Total(), sent.OfAll));
            found.AddRange(day.Domains.List().SelectMany(one => Of(day, one.Label, one.Counts, kind => sent.Of(one.Label, kind))));
        }

        return [.. found.OrderByDescending(one => one.IsHigh).ThenByDescending(one => one.Date).ThenBy(one => one.Domain is not null)];
    }

    private static bool IsBefore(DateOnly date, DateOnly day) => date <= day && date > day.AddDays(-ReceivingDomains.Days);

    private static IEnumerable<ReputationFinding> Of(
        ReaderFigures day, string? domain, FigureCounts counts, Func<ReputationKind, long> messages)
    {
        foreach (var kind in Enum.GetValues<ReputationKind>())
        {
            var count = counts[ReaderFigures.NameOf(kind == ReputationKind.Complaints)];
            if (ReputationPolicy.IsHigh(kind, count, messages(kind)) is { } isHigh)
            {
                yield return new ReputationFinding(kind, isHigh, day.Date, domain, count, messages(kind));
            }
        }
    }

    /// <summary>
    /// The messages of the largest of the last seven days: readers complain about the mail of some days, the first runs of a day are small,
    /// and a weekly digest has six days without any.
    /// </summary>
    private sealed class SentMessages(IReadOnlyList<FigureDay> deliveries, IReadOnlyList<FigureDay> domains)
    {
        private readonly IReadOnlySet<string> large = ReceivingDomains.Large(domains);

        public long OfAll(ReputationKind kind) => deliveries.Select(day => Of(day.Counts, kind)).DefaultIfEmpty(0).Max();

        public long Of(string domain, ReputationKind kind) => domains
            .Select(day => day.Labels.List().Where(one => NameOf(one.Label) == domain).Sum(one => Of(one.Counts, kind)))
            .DefaultIfEmpty(0).Max();

        private string NameOf(string label) => ReceivingDomains.IsNamed(label, large) ? label : FigureLabels.Other;

        private static long Of(FigureCounts counts, ReputationKind kind) =>
            kind == ReputationKind.Complaints ? counts["sent"] : ReceivingDomains.MessagesOf(counts);
    }
}

using DailyDigest.Calendar;
using DailyDigest.Settings;

namespace DailyDigest.Demo;

/// <summary>The dates of the history.</summary>
internal sealed class PastPlan
{
    /// <summary>Days of figures before today.</summary>
    public const int Days = 14;

    // Each run costs the first start some of its time, however few readers it has: the sample readers' cohort has a few only.
    private const int SampleDays = 3;

    /// <summary>Plans the days before <paramref name="now"/>.</summary>
    /// <param name="publication">The sample publication.</param>
    /// <param name="readers">The sample readers; most of them are due in this hour.</param>
    /// <param name="now">The present instant.</param>
    public PastPlan(Publication publication, IReadOnlyList<DemoReader> readers, DateTimeOffset now)
    {
        Today = Zones.LocalDate(publication.TimeZone, now);
        First = Today.AddDays(-Days);
        Begin = new DateTimeOffset(First.AddDays(-1), new TimeOnly(9, 0), TimeSpan.Zero);
        ImportedAt = Begin.AddDays(-30);
        // The others begin today: each further cohort and choice of sections costs the start a digest a day.
        Sample = [.. readers.Where(reader => reader.Cohort == publication.HomeCohort && reader.Sections.Length == 0)];
        End = readers.Select(reader => DueOf(reader.Cohort, now)).OfType<DateTimeOffset>().Append(now).Min().AddSeconds(-1);
        Cohorts = PastReaders.AllCohorts.ToDictionary(cohort => cohort, _ => First);
        Cohorts.TryAdd(publication.HomeCohort, Today.AddDays(-SampleDays));
    }

    /// <summary>Today at home.</summary>
    public DateOnly Today { get; }

    /// <summary>The date of the first digest.</summary>
    public DateOnly First { get; }

    /// <summary>When the list of readers was imported: before the month that the figures show.</summary>
    public DateTimeOffset ImportedAt { get; }

    /// <summary>The first instant of the days that are lived through.</summary>
    public DateTimeOffset Begin { get; }

    /// <summary>The last instant: right before the digests that the program itself sends.</summary>
    public DateTimeOffset End { get; }

    /// <summary>The sample readers that have a history.</summary>
    public IReadOnlyList<DemoReader> Sample { get; }

    /// <summary>All cohorts of the history, with the dates of their first digests.</summary>
    public Dictionary<Cohort, DateOnly> Cohorts { get; }

    /// <summary>The date on which a provider of mailboxes was out of order.</summary>
    public DateOnly RelayOutage => Today.AddDays(-5);

    /// <summary>The date on which the receiver of the web hook was out of order.</summary>
    public DateOnly ReceiverOutage => Today.AddDays(-4);

    /// <summary>The instants at which cohorts are due, in order.</summary>
    public IEnumerable<DateTimeOffset> Dues() =>
        Enumerable.Range(-Days - 1, Days + 3).Select(day => Today.AddDays(day))
            .SelectMany(date => Cohorts.Where(one => one.Value <= date).Select(one => one.Key.DueAt(date)))
            .OfType<DateTimeOffset>().Where(due => due > Begin).Distinct();

    private static DateTimeOffset? DueOf(Cohort cohort, DateTimeOffset now) => cohort.DueAt(Zones.LocalDate(cohort.Zone, now));
}

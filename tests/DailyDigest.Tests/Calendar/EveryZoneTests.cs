using System.Collections.Concurrent;
using DailyDigest.Calendar;
using NodaTime;

namespace DailyDigest.Tests.Calendar;

/// <summary>Every time zone, every hour of the day, 2020 to 2035.</summary>
public sealed class EveryZoneTests(ITestOutputHelper output)
{
    private static readonly Instant From = Instant.FromUtc(2020, 1, 1, 0, 0);
    private static readonly Instant To = Instant.FromUtc(2036, 1, 1, 0, 0);

    /// <summary>
    /// Each existing date has one instant for each hour, on that date, and later than the instant of the date before. A tick that goes
    /// through the dates in order finds exactly one run for each. The normal run tests the days around each clock change and one day in
    /// ninety-seven; the long run tests every day.
    /// </summary>
    [Fact]
    public void Every_date_of_every_zone_has_one_run_at_every_hour_and_in_every_rhythm()
    {
        var everyDay = Environment.GetEnvironmentVariable("DAILYDIGEST_LONG") == "1";
        var (faults, checks, changes) = (new ConcurrentBag<string>(), 0L, 0);
        Parallel.ForEach(Zones.All, new ParallelOptions { CancellationToken = TestContext.Current.CancellationToken }, id =>
        {
            var (zone, own) = (DateTimeZoneProviders.Tzdb[id], 0L);
            var around = Changes(zone).SelectMany(change => Enumerable.Range(-2, 5).Select(change.InZone(zone).Date.ToDateOnly().AddDays))
                .ToHashSet();
            Interlocked.Add(ref changes, around.Count / 5);
            for (var hour = 0; hour < 24; hour++)
            {
                DateTimeOffset? last = null;
                for (var date = new DateOnly(2020, 1, 1); date < new DateOnly(2036, 1, 1); date = date.AddDays(1))
                {
                    if (!everyDay && !around.Contains(date) && date.DayNumber % 97 != 0)
                    {
                        continue;
                    }

                    own++;
                    var due = Zones.DueAt(id, date, hour);
                    if (due is null || due <= last || due.Value.Offset != TimeSpan.Zero || Zones.LocalDate(id, due.Value) != date)
                    {
                        faults.Add($"{id} {date} {hour}: {due}");
                    }

                    last = due ?? last;
                }
            }

            Interlocked.Add(ref checks, own);
        });

        output.WriteLine($"{Zones.All.Count} zones, {changes} changes of the clocks, {checks} dates and hours");
        Assert.Empty(faults);
        Assert.InRange(checks, 1_000_000, long.MaxValue);

        // The rhythm depends on the date alone: each date is in "daily", in one of the seven weeks, and in "weekdays" unless it is a
        // weekend's.
        for (var date = new DateOnly(2020, 1, 1); date < new DateOnly(2036, 1, 1); date = date.AddDays(1))
        {
            var weekend = date.DayOfWeek is DayOfWeek.Saturday or DayOfWeek.Sunday;
            Assert.Equal(weekend ? 2 : 3, Rhythm.All.Count(rhythm => rhythm.Includes(date)));
        }
    }

    /// <summary>
    /// The same with .NET's own zones and other arithmetic, around every clock change, where the machine's edition of the tz database has
    /// the same offsets as ours.
    /// </summary>
    [Fact]
    public void Instants_around_clock_changes_match_another_implementation()
    {
        var (faults, compared, other) = (new ConcurrentBag<string>(), 0, 0);
        Parallel.ForEach(Zones.All, new ParallelOptions { CancellationToken = TestContext.Current.CancellationToken }, id =>
        {
            if (!TimeZoneInfo.TryFindSystemTimeZoneById(id, out var theirs))
            {
                return;
            }

            var zone = DateTimeZoneProviders.Tzdb[id];
            foreach (var change in Changes(zone))
            {
                if (!Agree(zone, theirs, change))
                {
                    Interlocked.Increment(ref other);
                    continue;
                }

                var middle = change.InZone(zone).Date.ToDateOnly();
                for (var slot = 0; slot < 72; slot++)
                {
                    var (date, hour) = (middle.AddDays((slot / 24) - 1), slot % 24);
                    var (ours, expected) = (Zones.DueAt(id, date, hour), DueAt(theirs, date, hour));
                    if (ours?.UtcDateTime != expected)
                    {
                        faults.Add($"{id} {date} {hour}: {ours?.UtcDateTime} and not {expected}");
                    }
                }

                Interlocked.Increment(ref compared);
            }
        });

        output.WriteLine(
            $"{compared} changes of the clocks compared, {other} that the machine's tz database does not know or has otherwise");
        Assert.Empty(faults.Order().Take(20));
        Assert.True(compared > 1_000 || TimeZoneInfo.GetSystemTimeZones().Count < 100, $"only {compared} were compared, {other} not");
    }

    private static IEnumerable<Instant> Changes(DateTimeZone zone) =>
        zone.GetZoneIntervals(From, To).Where(interval => interval.HasStart && interval.Start >= From).Select(interval => interval.Start);

    private static bool Agree(DateTimeZone ours, TimeZoneInfo theirs, Instant change) =>
        new[] { -2 * 24 * 60, -24 * 60, -1, 0, 24 * 60, 2 * 24 * 60 }
        .Select(minutes => change + Duration.FromMinutes(minutes))
        .All(at => ours.GetUtcOffset(at).ToTimeSpan() == theirs.GetUtcOffset(at.ToDateTimeUtc()));

    private static DateTime? DueAt(TimeZoneInfo zone, DateOnly date, int hour)
    {
        var wall = DateTime.SpecifyKind(date.ToDateTime(new TimeOnly(hour, 0)), DateTimeKind.Utc);
        var (early, late) = (wall.AddDays(-1), wall.AddDays(1));
        var before = zone.GetUtcOffset(early);
        var fits = new[] { wall - before, wall - zone.GetUtcOffset(late) }.Where(at => at + zone.GetUtcOffset(at) == wall).ToList();
        if (fits.Count > 0)
        {
            return fits.Min();
        }

        // No instant has that local time: the clocks go forward in that minute.
        while (late - early > TimeSpan.FromMinutes(1))
        {
            var middle = early.AddMinutes(Math.Floor((late - early).TotalMinutes / 2));
            (early, late) = zone.GetUtcOffset(middle) == before ? (middle, late) : (early, middle);
        }

        return IsOn(late) ? late : IsOn(early) ? early : null;

        bool IsOn(DateTime at) => DateOnly.FromDateTime(at + zone.GetUtcOffset(at)) == date;
    }
}

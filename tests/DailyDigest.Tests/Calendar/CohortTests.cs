using DailyDigest.Calendar;
using DailyDigest.Storage;

namespace DailyDigest.Tests.Calendar;

public sealed class CohortTests
{
    [Fact]
    public void Every_zone_hour_and_rhythm_has_a_key_of_its_own_that_reads_back()
    {
        var keys = new HashSet<string>(StringComparer.Ordinal);
        foreach (var zone in Zones.All)
        {
            foreach (var rhythm in Rhythm.All)
            {
                foreach (var hour in new[] { 0, 9, 10, 23 })
                {
                    var cohort = new Cohort(zone, hour, rhythm);
                    Assert.True(TableRules.IsKey(cohort.Key) && keys.Add(cohort.Key), cohort.Key);
                    Assert.True(Cohort.TryParse(cohort.Key, out var read), cohort.Key);
                    Assert.Equal(cohort, read);
                }
            }
        }
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("daily_07")]
    [InlineData("daily_7_Europe.Paris")]
    [InlineData("daily_-1_Europe.Paris")]
    [InlineData("daily_24_Europe.Paris")]
    [InlineData("Daily_07_Europe.Paris")]
    [InlineData("weekly_07_Europe.Paris")]
    [InlineData("daily_07_Europe.Nowhere")]
    public void A_key_that_no_cohort_wrote_is_not_read(string? key) => Assert.False(Cohort.TryParse(key, out _));

    [Fact]
    public void Each_rhythm_has_its_days()
    {
        var week = Enumerable.Range(2, 7).Select(day => new DateOnly(2026, 3, day)).ToList();

        Assert.Equal(7, week.Count(Rhythm.Daily.Includes));
        Assert.Equal(week.Take(5), week.Where(Rhythm.Weekdays.Includes));
        Assert.All(Enum.GetValues<DayOfWeek>(), day => Assert.Equal(day, Assert.Single(week, Rhythm.Weekly(day).Includes).DayOfWeek));
    }

    [Theory]
    [InlineData("Europe/Paris", "daily", "2026-03-05", "2026-03-05T05:59:59Z", "2026-03-05")]
    [InlineData("Europe/Paris", "daily", "2026-03-05", "2026-03-05T06:00:00Z", "2026-03-06")] // What is due now is not next.
    [InlineData("Europe/Paris", "daily", "2026-03-09", "2026-03-05T06:00:00Z", "2026-03-09")]
    [InlineData("Europe/Paris", "weekdays", "2026-03-06", "2026-03-06T06:00:00Z", "2026-03-09")]
    [InlineData("Pacific/Apia", "daily", "2011-12-29", "2011-12-29T17:00:00Z", "2011-12-31")] // Samoa went without the 30th, a Friday.
    [InlineData("Pacific/Apia", "weekly-friday", "2011-12-23", "2011-12-23T17:00:00Z", "2012-01-06")]
    public void The_next_digest_is_the_first_one_after_the_instant(string zone, string rhythm, string from, string after, string expected)
    {
        Assert.True(Rhythm.TryParse(rhythm, out var days));
        var next = new Cohort(zone, 7, days).NextDue(DateOnly.Parse(from, null), DateTimeOffset.Parse(after, null));

        var date = DateOnly.Parse(expected, null);
        Assert.Equal((date, Zones.DueAt(zone, date, 7)!.Value), next);
    }
}

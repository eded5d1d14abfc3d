using DailyDigest.Schedule;
using NodaTime;

namespace DailyDigest.Tests.Schedule;

public sealed class ZonesTests
{
    [Theory]
    [InlineData("America/New_York", "2026-03-08", 2, "2026-03-08T07:00:00Z")] // 02:00 is skipped: 03:00 EDT
    [InlineData("America/New_York", "2026-11-01", 1, "2026-11-01T05:00:00Z")] // 01:00 comes twice: the first
    [InlineData("Europe/Berlin", "2026-03-29", 2, "2026-03-29T01:00:00Z")]
    [InlineData("Australia/Lord_Howe", "2026-10-04", 2, "2026-10-03T15:30:00Z")] // a gap of half an hour
    [InlineData("America/Nuuk", "2026-03-28", 23, "2026-03-29T00:59:00Z")] // 23:00 is the next day's 00:00
    [InlineData("America/Scoresbysund", "2026-03-28", 23, "2026-03-29T00:59:00Z")]
    [InlineData("Pacific/Apia", "2011-12-29", 23, "2011-12-30T09:00:00Z")]
    [InlineData("Pacific/Apia", "2011-12-31", 0, "2011-12-30T10:00:00Z")]
    [InlineData("Asia/Kolkata", "2026-06-01", 7, "2026-06-01T01:30:00Z")]
    public void The_hour_comes_at(string zone, string date, int hour, string expected) =>
        Assert.Equal(DateTimeOffset.Parse(expected, null), Zones.DueAt(zone, DateOnly.Parse(date, null), hour));

    [Fact]
    public void A_date_that_its_zone_leaves_out_has_no_hour() =>
        Assert.All(Enumerable.Range(0, 24), hour => Assert.Null(Zones.DueAt("Pacific/Apia", new DateOnly(2011, 12, 30), hour)));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("Mars/Olympus")]
    [InlineData("europe/paris")]
    [InlineData("../etc/passwd")]
    [InlineData("Europe/Paris\0")]
    public void What_is_no_zone_is_no_zone(string? zone) => Assert.False(Zones.Exists(zone));

    /// <summary>Around every transition of every zone each date that exists has one instant on that date, and they come in order.</summary>
    [Fact]
    public void Around_every_transition_of_every_zone_each_date_has_its_instant_in_order()
    {
        var hours = Environment.GetEnvironmentVariable("DAILYDIGEST_LONG") == "1" ? Enumerable.Range(0, 24) : [0, 1, 2, 3, 7, 23];
        var (from, to) = (Instant.FromUtc(2020, 1, 1, 0, 0), Instant.FromUtc(2036, 1, 1, 0, 0));
        var checks = 0;
        foreach (var id in Zones.All)
        {
            var zone = DateTimeZoneProviders.Tzdb[id];
            foreach (var start in zone.GetZoneIntervals(from, to).Where(interval => interval.HasStart && interval.Start >= from).Select(interval => interval.Start))
            {
                var middle = start.InZone(zone).Date.ToDateOnly();
                foreach (var hour in hours)
                {
                    DateTimeOffset? last = null;
                    for (var date = middle.AddDays(-2); date <= middle.AddDays(2); date = date.AddDays(1))
                    {
                        var due = Zones.DueAt(id, date, hour);
                        Assert.True(due is not null, $"{id} {date} {hour}");
                        Assert.True(Zones.LocalDate(id, due.Value) == date, $"{id} {date} {hour} is {due}");
                        Assert.True(last is null || due > last, $"{id} {date} {hour} does not follow");
                        Assert.Equal(TimeSpan.Zero, due.Value.Offset);
                        last = due;
                        checks++;
                    }
                }
            }
        }

        Assert.InRange(checks, 10_000, int.MaxValue);
    }
}

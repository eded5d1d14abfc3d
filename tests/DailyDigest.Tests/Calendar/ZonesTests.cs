using DailyDigest.Calendar;

namespace DailyDigest.Tests.Calendar;

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
    [InlineData("Australia/Lord_Howe", "2026-04-05", 2, "2026-04-04T15:30:00Z")] // half an hour comes twice before it
    [InlineData("Africa/Casablanca", "2026-03-22", 2, "2026-03-22T02:00:00Z")] // the end of Ramadan: 02:00 is skipped
    [InlineData("Africa/El_Aaiun", "2026-02-15", 2, "2026-02-15T01:00:00Z")] // its beginning: 02:00 comes twice
    [InlineData("Antarctica/Troll", "2026-03-29", 1, "2026-03-29T01:00:00Z")] // two hours are skipped
    [InlineData("Antarctica/Troll", "2026-03-29", 2, "2026-03-29T01:00:00Z")]
    [InlineData("Africa/Cairo", "2026-04-24", 0, "2026-04-23T22:00:00Z")] // midnight is skipped
    [InlineData("Africa/Cairo", "2026-10-29", 23, "2026-10-29T20:00:00Z")] // 23:00 comes twice
    [InlineData("Asia/Beirut", "2026-03-29", 0, "2026-03-28T22:00:00Z")]
    [InlineData("Asia/Beirut", "2026-10-24", 23, "2026-10-24T20:00:00Z")]
    [InlineData("America/Havana", "2026-03-08", 0, "2026-03-08T05:00:00Z")]
    [InlineData("America/Havana", "2026-11-01", 0, "2026-11-01T04:00:00Z")]
    [InlineData("America/Asuncion", "2023-10-01", 0, "2023-10-01T04:00:00Z")]
    [InlineData("America/Asuncion", "2024-03-23", 23, "2024-03-24T02:00:00Z")]
    [InlineData("America/Santiago", "2026-09-06", 0, "2026-09-06T04:00:00Z")]
    [InlineData("America/Santiago", "2026-04-04", 23, "2026-04-05T02:00:00Z")]
    [InlineData("America/Nuuk", "2026-10-24", 23, "2026-10-25T00:00:00Z")] // 23:00 comes twice
    [InlineData("Asia/Kolkata", "2026-06-01", 7, "2026-06-01T01:30:00Z")]
    public void The_hour_comes_at(string zone, string date, int hour, string expected) =>
        Assert.Equal(DateTimeOffset.Parse(expected, null), Zones.DueAt(zone, DateOnly.Parse(date, null), hour));

    [Theory]
    [InlineData("Pacific/Apia", "2011-12-30")]
    [InlineData("Pacific/Fakaofo", "2011-12-30")]
    [InlineData("Pacific/Kwajalein", "1993-08-21")]
    public void A_date_that_its_zone_leaves_out_has_no_hour_and_its_neighbours_have(string zone, string text)
    {
        var date = DateOnly.Parse(text, null);
        for (var hour = 0; hour < 24; hour++)
        {
            Assert.Null(Zones.DueAt(zone, date, hour));
            Assert.Equal(TimeSpan.FromHours(24), Zones.DueAt(zone, date.AddDays(1), hour) - Zones.DueAt(zone, date.AddDays(-1), hour));
        }
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("Mars/Olympus")]
    [InlineData("europe/paris")]
    [InlineData("../etc/passwd")]
    [InlineData("Europe/Paris\0")]
    public void An_unknown_zone_is_not_accepted(string? zone) => Assert.False(Zones.Exists(zone));
}

using DailyDigest.Calendar;

namespace DailyDigest.Tests.Calendar;

public sealed class ZoneNamesTests
{
    private static readonly DateTimeOffset Winter = new(2026, 1, 15, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Only_present_names_are_offered_and_each_exists()
    {
        Assert.InRange(Zones.Offered.Count, 300, 450);
        Assert.All(Zones.Offered, zone => Assert.True(Zones.Exists(zone), zone));
        Assert.All(["Europe/Paris", "Asia/Kolkata", "America/Argentina/Buenos_Aires", "Etc/UTC"], zone =>
            Assert.Contains(zone, Zones.Offered));
        Assert.All(["Asia/Calcutta", "America/Buenos_Aires", "US/Eastern", "GB", "Etc/GMT+5", "EST"], zone =>
            Assert.DoesNotContain(zone, Zones.Offered));
    }

    [Theory]
    [InlineData("Asia/Calcutta", "Asia/Kolkata")]
    [InlineData("US/Eastern", "America/New_York")]
    [InlineData("Europe/Paris", "Europe/Paris")]
    [InlineData("Etc/GMT+5", "Etc/GMT+5")]
    public void An_old_name_has_a_present_one(string zone, string current) => Assert.Equal(current, Zones.Current(zone));

    [Theory]
    [InlineData("Europe/Paris", 0, "UTC+01:00")]
    [InlineData("Europe/Paris", 180, "UTC+02:00")]
    [InlineData("Asia/Kolkata", 0, "UTC+05:30")]
    [InlineData("America/St_Johns", 0, "UTC-03:30")]
    [InlineData("Etc/UTC", 0, "UTC")]
    public void The_offset_is_that_of_the_day(string zone, int days, string offset) =>
        Assert.Equal(offset, Zones.Offset(zone, Winter.AddDays(days)));
}

using DailyDigest.Calendar;
using DailyDigest.Subscribers;
using DailyDigest.Tests.Fixtures;

namespace DailyDigest.Tests.Subscribers;

/// <summary>A choice that is taken back before it had an effect leads to where the reader was.</summary>
public sealed class ChangeBackTests
{
    private const string Paris = "daily_07_Europe.Paris";

    [Theory]
    [InlineData("Pacific/Kiritimati", 12)]
    [InlineData("Pacific/Kiritimati", 16)]
    [InlineData("Asia/Tokyo", 16)]
    [InlineData("Pacific/Pago_Pago", 4)]
    [InlineData("America/New_York", 4)]
    public async Task A_zone_that_was_set_wrong_and_set_back_costs_no_day(string wrong, int utcHour)
    {
        using var fixture = await AtAsync(utcHour);
        var person = await fixture.FindAsync("reader@example.com");
        await SetAsync(fixture, person!.Id, wrong);
        fixture.Time.Advance(TimeSpan.FromMinutes(5));
        await SetAsync(fixture, person.Id, "Europe/Paris");

        Assert.Equal(person.Placements, (await fixture.FindAsync("reader@example.com"))!.Placements.Where(one => !one.Removed));
        for (var day = 1; day < 12; day++)
        {
            Assert.Equal([Paris], await fixture.ServedByAsync(person.Id, new DateOnly(2026, 3, 1).AddDays(day)));
        }
    }

    [Fact]
    public async Task Several_wrong_choices_in_a_row_are_forgotten_together()
    {
        using var fixture = await AtAsync(16);
        var person = await fixture.FindAsync("reader@example.com");
        foreach (var zone in (string[])["Pacific/Kiritimati", "America/New_York", "Asia/Tokyo", "Europe/Paris"])
        {
            await SetAsync(fixture, person!.Id, zone);
            fixture.Time.Advance(TimeSpan.FromMinutes(1));
        }

        Assert.Equal(person!.Placements, (await fixture.FindAsync("reader@example.com"))!.Placements.Where(one => !one.Removed));
    }

    [Fact]
    public async Task A_date_that_the_other_zone_has_served_is_not_served_again()
    {
        using var fixture = await AtAsync(12);
        var person = await fixture.FindAsync("reader@example.com");
        await SetAsync(fixture, person!.Id, "Pacific/Kiritimati");

        // Seven on the third in Kiritimati.
        fixture.Time.SetUtcNow(new DateTimeOffset(2026, 3, 2, 17, 0, 0, TimeSpan.Zero));
        await SetAsync(fixture, person.Id, "Europe/Paris");
        Assert.Contains("daily_07_Pacific.Kiritimati", await fixture.ServedByAsync(person.Id, new DateOnly(2026, 3, 3)));
        Assert.Equal([Paris], await fixture.ServedByAsync(person.Id, new DateOnly(2026, 3, 4)));
    }

    [Fact]
    public async Task A_date_whose_hour_passed_meanwhile_stays_with_the_other_zone()
    {
        using var fixture = await AtAsync(12);
        var person = await fixture.FindAsync("reader@example.com");
        await SetAsync(fixture, person!.Id, "Pacific/Pago_Pago");

        // Past seven on the third in Paris, still the second in Pago Pago.
        fixture.Time.SetUtcNow(new DateTimeOffset(2026, 3, 3, 7, 0, 0, TimeSpan.Zero));
        await SetAsync(fixture, person.Id, "Europe/Paris");
        Assert.Contains("daily_07_Pacific.Pago_Pago", await fixture.ServedByAsync(person.Id, new DateOnly(2026, 3, 3)));
        Assert.Equal([Paris], await fixture.ServedByAsync(person.Id, new DateOnly(2026, 3, 4)));
    }

    /// <summary>A reader in Paris since the first of March; it is the second at that hour.</summary>
    private static async Task<SubscriberFixture> AtAsync(int utcHour)
    {
        var fixture = new SubscriberFixture(now: new DateTimeOffset(2026, 3, 1, 2, 0, 0, TimeSpan.Zero));
        await fixture.SubscribedAsync("reader@example.com");
        fixture.Time.SetUtcNow(new DateTimeOffset(2026, 3, 2, utcHour, 0, 0, TimeSpan.Zero));
        return fixture;
    }

    private static async Task SetAsync(SubscriberFixture fixture, string id, string zone) => Assert.Equal(
        PreferencesOutcome.Kept,
        await fixture.ChangePreferences.ExecuteAsync(id, new Preferences(zone, null, null, null), CancellationToken.None));
}

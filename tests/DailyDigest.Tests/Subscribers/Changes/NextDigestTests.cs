using DailyDigest.Calendar;
using DailyDigest.Subscribers;
using DailyDigest.Tests.Fixtures;

namespace DailyDigest.Tests.Subscribers;

public sealed class NextDigestTests : IDisposable
{
    private static readonly string[] ZoneNames =
        ["Europe/Paris", "Asia/Tokyo", "America/New_York", "Pacific/Kiritimati", "Pacific/Pago_Pago", "Australia/Lord_Howe"];

    private readonly SubscriberFixture fixture = new(now: new DateTimeOffset(2026, 3, 26, 10, 0, 0, TimeSpan.Zero));

    /// <summary>Sending uses the rows of the audience. The test asks them, hour by hour, which digest comes first.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task The_next_digest_is_the_first_one_in_the_audience_for_any_choice(int seed)
    {
        var random = new Random(seed);
        var person = await fixture.SubscribedAsync("reader@example.com");
        for (var step = 0; step < 40; step++)
        {
            fixture.Time.Advance(TimeSpan.FromMinutes(random.Next(1, 60 * 30)));
            switch (random.Next(5))
            {
                case 0:
                    var until = Zones.LocalDate(person.Zone, fixture.Time.GetUtcNow()).AddDays(random.Next(1, 12));
                    await fixture.Pause.ExecuteAsync(person.Id, until.ToString("yyyy-MM-dd", null), CancellationToken.None);
                    break;
                case 1:
                    await fixture.EndPause.ExecuteAsync(person.Id, CancellationToken.None);
                    break;
                default:
                    var rhythm = Rhythm.All[random.Next(Rhythm.All.Count)].ToString();
                    await fixture.ChangePreferences.ExecuteAsync(
                        person.Id, new Preferences(ZoneNames[random.Next(ZoneNames.Length)], random.Next(24), rhythm, null),
                        CancellationToken.None);
                    break;
            }

            person = (await fixture.FindAsync("reader@example.com"))!;
            Assert.Equal(await FirstAsync(person.Id), NextDigest.After(person, fixture.Time.GetUtcNow())?.At);
        }
    }

    [Fact]
    public async Task Unconfirmed_and_former_subscribers_have_no_next_digest()
    {
        Assert.Null(NextDigest.After(await fixture.SignedUpAsync("new@example.com"), fixture.Time.GetUtcNow()));
        var person = await fixture.SubscribedAsync("reader@example.com");
        await fixture.Unsubscribe.ExecuteAsync(person.Id, CancellationToken.None);
        Assert.Null(NextDigest.After((await fixture.FindAsync("reader@example.com"))!, fixture.Time.GetUtcNow()));
    }

    [Theory]
    [InlineData("2026-03-28T12:00:00Z", 2, "2026-03-29", "03:00")] // The clocks skip 2 o'clock.
    [InlineData("2026-10-24T12:00:00Z", 2, "2026-10-25", "02:00")] // It comes twice: the first counts.
    [InlineData("2026-10-25T00:30:00Z", 2, "2026-10-26", "02:00")] // Between the two it has been.
    public async Task It_is_told_as_the_clock_on_the_wall_shows_it(string now, int hour, string date, string time)
    {
        fixture.Time.SetUtcNow(DateTimeOffset.Parse("2026-03-26T22:00:00Z", null));
        var person = await fixture.SubscribedAsync("reader@example.com");
        await fixture.ChangePreferences.ExecuteAsync(
            person.Id, new Preferences("Europe/Paris", hour, "daily", null), CancellationToken.None);
        fixture.Time.SetUtcNow(DateTimeOffset.Parse(now, null));
        var next = NextDigest.After((await fixture.FindAsync("reader@example.com"))!, fixture.Time.GetUtcNow())!;
        Assert.Equal((date, time, "Europe/Paris"), (next.Date.ToString("yyyy-MM-dd", null), next.Time.ToString("HH:mm", null), next.Zone));
    }

    private async Task<DateTimeOffset?> FirstAsync(string id)
    {
        DateTimeOffset? first = null;
        var today = DateOnly.FromDateTime(fixture.Time.GetUtcNow().UtcDateTime);
        foreach (var row in await fixture.Cohorts.ListAsync(CancellationToken.None))
        {
            var entry = await fixture.Audience.GetAsync(row.Cohort, id, CancellationToken.None);
            for (var date = today.AddDays(-1); date < today.AddDays(30) && entry is not null; date = date.AddDays(1))
            {
                if (entry.CountsOn(date) && row.Cohort.Rhythm.Includes(date)
                    && Zones.DueAt(row.Cohort.Zone, date, row.Cohort.Hour) is { } due
                    && due > fixture.Time.GetUtcNow() && !(first <= due))
                {
                    first = due;
                }
            }
        }

        return first;
    }

    public void Dispose() => fixture.Dispose();
}

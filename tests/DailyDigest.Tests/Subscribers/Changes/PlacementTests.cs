using DailyDigest.Calendar;
using DailyDigest.Subscribers;
using DailyDigest.Tests.Fixtures;

namespace DailyDigest.Tests.Subscribers;

/// <summary>Which cohort serves which date when a reader changes the hour, the zone or the rhythm.</summary>
public sealed class PlacementTests
{
    private static readonly string[] AllZones =
        ["Pacific/Kiritimati", "Asia/Tokyo", "Europe/Paris", "America/New_York", "Pacific/Pago_Pago"];

    [Fact]
    public async Task The_old_cohort_keeps_today_and_the_new_one_begins_tomorrow()
    {
        using var fixture = new SubscriberFixture();
        var person = await fixture.SubscribedAsync("reader@example.com");
        Assert.Equal(
            PreferencesOutcome.Kept,
            await fixture.ChangePreferences.ExecuteAsync(person.Id, new Preferences(null, 18, "weekdays", null), CancellationToken.None));
        Assert.Equal(["daily_07_Europe.Paris"], await fixture.ServedByAsync(person.Id, new DateOnly(2026, 3, 2)));
        Assert.Equal(["weekdays_18_Europe.Paris"], await fixture.ServedByAsync(person.Id, new DateOnly(2026, 3, 3)));
    }

    [Fact]
    public async Task A_reader_who_chooses_a_weekly_digest_gets_none_until_that_day()
    {
        using var fixture = new SubscriberFixture();
        var person = await fixture.SubscribedAsync("reader@example.com");
        await fixture.ChangePreferences.ExecuteAsync(person.Id, new Preferences(null, null, "weekly-friday", null), CancellationToken.None);
        Assert.Equal(["daily_07_Europe.Paris"], await fixture.ServedByAsync(person.Id, new DateOnly(2026, 3, 2)));
        for (var day = 3; day < 7; day++)
        {
            Assert.Equal(["weekly-friday_07_Europe.Paris"], await fixture.ServedByAsync(person.Id, new DateOnly(2026, 3, day)));
        }
    }

    [Fact]
    public async Task Going_back_on_the_same_day_leaves_everything_as_it_was()
    {
        using var fixture = new SubscriberFixture();
        var person = await fixture.SubscribedAsync("reader@example.com");
        await fixture.ChangePreferences.ExecuteAsync(person.Id, new Preferences(null, 18, null, null), CancellationToken.None);
        await fixture.ChangePreferences.ExecuteAsync(person.Id, new Preferences(null, 7, null, null), CancellationToken.None);
        for (var day = 2; day < 9; day++)
        {
            Assert.Equal(["daily_07_Europe.Paris"], await fixture.ServedByAsync(person.Id, new DateOnly(2026, 3, day)));
        }
    }

    [Fact]
    public async Task A_reader_who_moves_east_past_the_new_hour_gets_the_old_zones_date()
    {
        using var fixture = new SubscriberFixture(now: new DateTimeOffset(2026, 3, 2, 23, 30, 0, TimeSpan.Zero));
        var person = await fixture.SubscribedAsync("reader@example.com");
        await fixture.ChangePreferences.ExecuteAsync(person.Id, new Preferences("America/New_York", 7, null, null), CancellationToken.None);
        fixture.Time.Advance(TimeSpan.FromDays(3));

        // 18:30 on the 5th in New York, 08:30 on the 6th in Tokyo: the 6th at seven is over there, and still to come in New York.
        await fixture.ChangePreferences.ExecuteAsync(person.Id, new Preferences("Asia/Tokyo", 7, null, null), CancellationToken.None);
        Assert.Equal(["daily_07_America.New_York"], await fixture.ServedByAsync(person.Id, new DateOnly(2026, 3, 6)));
        Assert.Equal(["daily_07_Asia.Tokyo"], await fixture.ServedByAsync(person.Id, new DateOnly(2026, 3, 7)));
    }

    [Fact]
    public async Task Any_move_loses_no_date_and_keeps_runs_that_have_begun()
    {
        var random = new Random(11);
        for (var life = 0; life < 40; life++)
        {
            using var fixture =
                new SubscriberFixture(now: new DateTimeOffset(2026, 3, 1, random.Next(24), random.Next(60), 0, TimeSpan.Zero));
            var person = await fixture.SubscribedAsync("reader@example.com");
            var first = Zones.LocalDate("Europe/Paris", fixture.Time.GetUtcNow());
            for (var change = 0; change < 12; change++)
            {
                fixture.Time.Advance(TimeSpan.FromMinutes(random.Next(3) == 0 ? 1 : random.Next(3000)));
                var wanted = new Preferences(AllZones[random.Next(AllZones.Length)], random.Next(24), null, null);
                var served = await ServedUntilNowAsync(fixture, person.Id, first);
                Assert.Equal(
                    PreferencesOutcome.Kept, await fixture.ChangePreferences.ExecuteAsync(person.Id, wanted, CancellationToken.None));
                Assert.Equal(served, await ServedUntilNowAsync(fixture, person.Id, first, served.Count));
                var today = DateOnly.FromDateTime(fixture.Time.GetUtcNow().UtcDateTime);
                for (var date = today.AddDays(1); date < today.AddDays(8); date = date.AddDays(1))
                {
                    // Two cohorts only for a return to a cohort left days before; there the ledger decides.
                    var serving = await fixture.ServedByAsync(person.Id, date);
                    Assert.True(serving.Count == 1
                        || (serving.Count == 2 && serving.Contains(Key(wanted))), $"{date}: {string.Join(", ", serving)}");
                }

                var last = (await fixture.FindAsync("reader@example.com"))!.Placements[^1];
                Assert.Equal((new Cohort(wanted.Zone!, wanted.Hour!.Value, Rhythm.Daily), (DateOnly?)null), (last.Cohort, last.Until));
            }
        }
    }

    [Fact]
    public async Task Undoing_an_unsubscribe_within_the_hour_brings_the_digest_back()
    {
        using var fixture = new SubscriberFixture();
        var person = await fixture.SubscribedAsync("reader@example.com");
        Assert.True(await fixture.Resubscribe.ExecuteAsync(person.Id, CancellationToken.None));
        await fixture.Unsubscribe.ExecuteAsync(person.Id, CancellationToken.None);
        Assert.False(await fixture.IsMailedAsync(person.Id));
        fixture.Time.Advance(TimeSpan.FromMinutes(59));
        Assert.True(await fixture.Resubscribe.ExecuteAsync(person.Id, CancellationToken.None));
        Assert.True(await fixture.IsMailedAsync(person.Id));
        await fixture.Unsubscribe.ExecuteAsync(person.Id, CancellationToken.None);
        fixture.Time.Advance(TimeSpan.FromMinutes(61));
        Assert.False(await fixture.Resubscribe.ExecuteAsync(person.Id, CancellationToken.None));
        Assert.False(await fixture.IsMailedAsync(person.Id));
    }

    [Fact]
    public async Task An_undo_does_not_activate_an_unconfirmed_sign_up()
    {
        using var fixture = new SubscriberFixture();
        var person = await fixture.SignedUpAsync("reader@example.com");
        await fixture.Unsubscribe.ExecuteAsync(person.Id, CancellationToken.None);
        Assert.False(await fixture.Resubscribe.ExecuteAsync(person.Id, CancellationToken.None));
        Assert.Equal(
            PreferencesOutcome.NotSubscribed,
            await fixture.ChangePreferences.ExecuteAsync(person.Id, new Preferences(null, 9, null, null), CancellationToken.None));
        Assert.False(await fixture.IsMailedAsync(person.Id));
    }

    [Theory]
    [InlineData(Suppression.Blocked)]
    [InlineData(Suppression.Bounced)]
    public async Task A_suppression_is_not_undone_by_the_button_that_undoes_an_unsubscribe(Suppression reason)
    {
        foreach (var leavesFirst in new[] { false, true })
        {
            using var fixture = new SubscriberFixture();
            var person = await fixture.SubscribedAsync("reader@example.com");
            if (leavesFirst)
            {
                await fixture.Unsubscribe.ExecuteAsync(person.Id, CancellationToken.None);
            }

            await fixture.Suppress.ExecuteAsync(SubscriberFixture.Address("reader@example.com"), reason, CancellationToken.None);
            Assert.False(await fixture.Resubscribe.ExecuteAsync(person.Id, CancellationToken.None));
            Assert.False(await fixture.IsMailedAsync(person.Id));
        }
    }

    [Fact]
    public async Task A_block_that_comes_at_any_moment_of_an_undo_or_a_confirmation_holds()
    {
        foreach (var confirms in new[] { false, true })
        {
            for (var (at, reached) = (1, true); reached; at++)
            {
                using var fixture = new SubscriberFixture();
                var person = await fixture.SubscribedAsync("reader@example.com");
                await fixture.Unsubscribe.ExecuteAsync(person.Id, CancellationToken.None);
                if (confirms)
                {
                    await fixture.SignedUpAsync("reader@example.com");
                }

                reached = false;
                fixture.Plan.Restart();
                fixture.Plan.Before = async call =>
                {
                    if (call.Number == at && !reached)
                    {
                        reached = true;
                        await fixture.Suppress.ExecuteAsync(
                            SubscriberFixture.Address("reader@example.com"), Suppression.Blocked, CancellationToken.None);
                    }
                };
                await (confirms
                    ? fixture.Confirm.ExecuteAsync(person.Id, CancellationToken.None)
                    : (Task)fixture.Resubscribe.ExecuteAsync(person.Id, CancellationToken.None));
                fixture.Plan.Restart();
                Assert.False(reached && await fixture.IsMailedAsync(person.Id), $"before call {at}");
            }
        }
    }

    [Fact]
    public async Task A_slow_writer_of_an_older_version_cannot_bring_back_who_has_left()
    {
        using var fixture = new SubscriberFixture();
        var person = await fixture.SubscribedAsync("reader@example.com");
        var late = (await fixture.Audience.GetAsync(person.Cohort, person.Id, CancellationToken.None))!;
        await fixture.Unsubscribe.ExecuteAsync(person.Id, CancellationToken.None);
        Assert.False(await fixture.Audience.ProjectAsync(person.Cohort, late, CancellationToken.None));
        Assert.False(await fixture.IsMailedAsync(person.Id));
        Assert.Empty((await fixture.Audience.GetAsync(person.Cohort, person.Id, CancellationToken.None))!.Address);
    }

    [Fact]
    public async Task The_audience_is_read_in_pages_by_slice()
    {
        using var fixture = new SubscriberFixture();
        var cohort = new Cohort("Europe/Paris", 7, Rhythm.Daily);
        var ids = new List<string>();
        for (var number = 0; number < 60; number++)
        {
            ids.Add((await fixture.SubscribedAsync($"reader{number}@example.com")).Id);
        }

        var read = new List<string>();
        foreach (var slice in AudienceStore.Slices)
        {
            for (string? after = null; ;)
            {
                var page = await fixture.Audience.QueryAsync(cohort, slice, after, 2, CancellationToken.None);
                read.AddRange(page.Select(entry => entry.SubscriberId));
                if (page.Count < 2)
                {
                    break;
                }

                after = page[^1].SubscriberId;
            }
        }

        Assert.Equal(ids.Order(StringComparer.Ordinal), read);
    }

    private static string Key(Preferences wanted) => new Cohort(wanted.Zone!, wanted.Hour!.Value, Rhythm.Daily).Key;

    // The dates that were due before now, with their cohorts, as far as their hours have passed.
    private static async Task<List<string>> ServedUntilNowAsync(SubscriberFixture fixture, string id, DateOnly first, int? most = null)
    {
        var served = new List<string>();
        var today = DateOnly.FromDateTime(fixture.Time.GetUtcNow().UtcDateTime);
        for (var date = today.AddDays(-1); date <= today.AddDays(1); date = date.AddDays(1))
        {
            foreach (var key in date < first ? [] : await fixture.ServedByAsync(id, date))
            {
                if (Cohort.TryParse(key, out var cohort) && Zones.DueAt(cohort.Zone, date, cohort.Hour) <= fixture.Time.GetUtcNow())
                {
                    served.Add($"{date:yyyy-MM-dd} {key}");
                }
            }
        }

        return [.. served.Take(most ?? int.MaxValue)];
    }
}

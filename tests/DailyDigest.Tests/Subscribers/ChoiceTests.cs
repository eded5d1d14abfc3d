using DailyDigest.Subscribers;

namespace DailyDigest.Tests.Subscribers;

/// <summary>Sections, why one left, what is held about one, and being forgotten.</summary>
public sealed class ChoiceTests
{
    private const string Reader = "reader@example.com";

    [Theory]
    [InlineData(new[] { "Sport", "Harbour" }, new[] { "Harbour", "Sport" })]
    [InlineData(new[] { "sport" }, new[] { "Sport" })]
    [InlineData(new string[0], new string[0])]
    [InlineData(new[] { "Harbour", "City", "Sport" }, new string[0])]
    public async Task The_sections_that_are_chosen_reach_the_audience_and_all_of_them_are_none_in_particular(string[] wanted, string[] kept)
    {
        using var house = new House();
        var person = await house.SubscribedAsync(Reader);
        await house.ChangePreferences.ExecuteAsync(person.Id, new Preferences(null, null, null, null, ["City"]), CancellationToken.None);
        Assert.Equal(
            PreferencesOutcome.Kept,
            await house.ChangePreferences.ExecuteAsync(person.Id, new Preferences(null, null, null, null, wanted), CancellationToken.None));
        Assert.Equal(kept, (await house.Audience.GetAsync(person.Cohort, person.Id, CancellationToken.None))!.Sections);

        // What says nothing of sections leaves them.
        await house.ChangePreferences.ExecuteAsync(person.Id, new Preferences(null, 9, null, null), CancellationToken.None);
        Assert.Equal(kept, (await house.FindAsync(Reader))!.Sections);
    }

    [Theory]
    [InlineData("Weather")]
    [InlineData("")]
    [InlineData("City\nSport")]
    [InlineData("<script>alert(1)</script>")]
    public async Task A_section_that_does_not_exist_changes_nothing(string section)
    {
        using var house = new House();
        var person = await house.SubscribedAsync(Reader);
        Assert.Equal(
            PreferencesOutcome.NotUnderstood,
            await house.ChangePreferences.ExecuteAsync(person.Id, new Preferences(null, 20, null, null, ["City", section]), CancellationToken.None));
        Assert.Equivalent(person, await house.FindAsync(Reader));
    }

    [Fact]
    public async Task Hour_zone_and_rhythm_change_ten_times_within_24_hours_and_everything_else_as_often_as_one_likes()
    {
        using var house = new House();
        var id = (await house.SubscribedAsync(Reader)).Id;
        foreach (var hour in Enumerable.Range(8, ChangePreferences.MostADay))
        {
            Assert.Equal(PreferencesOutcome.Kept, await ChooseAsync(new Preferences(null, hour, null, null)));
        }

        var before = (await house.FindAsync(Reader))!;
        house.Plan.Restart();
        Preferences[] more = [new("Asia/Tokyo", null, null, null), new(null, 3, null, "ar"), new(null, null, "weekly-friday", null, ["City"]), new(null, 7, null, null)];
        foreach (var wanted in more)
        {
            Assert.Equal(PreferencesOutcome.TooOften, await ChooseAsync(wanted));
        }

        Assert.DoesNotContain(house.Plan.Trace, call => call.Writes);
        Assert.Equivalent(before, await house.FindAsync(Reader));
        foreach (var language in new[] { "ar", "en", "ar" })
        {
            Assert.Equal(PreferencesOutcome.Kept, await ChooseAsync(new Preferences(before.Zone, before.Hour, "daily", language, language == "ar" ? ["City"] : [])));
        }

        Assert.Equal(("ar", "City"), ((await house.FindAsync(Reader))!.Language, Assert.Single((await house.FindAsync(Reader))!.Sections)));
        Assert.Equal(PauseOutcome.Paused, await house.Pause.ExecuteAsync(id, "2026-03-20", CancellationToken.None));

        house.Time.Advance(TimeSpan.FromHours(24));
        Assert.Equal(PreferencesOutcome.Kept, await ChooseAsync(new Preferences(null, 3, null, null)));
        Assert.Equal(3, (await house.FindAsync(Reader))!.Hour);

        Task<PreferencesOutcome> ChooseAsync(Preferences wanted) => house.ChangePreferences.ExecuteAsync(id, wanted, CancellationToken.None);
    }

    [Fact]
    public async Task What_is_chosen_as_it_was_writes_nothing()
    {
        using var house = new House();
        var person = await house.SubscribedAsync(Reader);
        await house.ChangePreferences.ExecuteAsync(person.Id, new Preferences(null, 9, null, null, ["City"]), CancellationToken.None);
        house.Plan.Restart();
        Preferences[] same = [new(null, null, null, null), new(person.Zone, 9, "daily", person.Language, ["city"])];
        foreach (var wanted in same)
        {
            Assert.Equal(PreferencesOutcome.Kept, await house.ChangePreferences.ExecuteAsync(person.Id, wanted, CancellationToken.None));
        }

        Assert.DoesNotContain(house.Plan.Trace, call => call.Writes);
    }

    [Fact]
    public async Task Why_somebody_left_is_a_word_from_a_list_kept_only_of_those_who_left()
    {
        using var house = new House();
        var person = await house.SubscribedAsync(Reader);
        Assert.False(await house.SayWhy.ExecuteAsync(person.Id, "too-many", CancellationToken.None));
        await house.Unsubscribe.ExecuteAsync(person.Id, CancellationToken.None);
        Assert.False(await house.SayWhy.ExecuteAsync(person.Id, "<b>because</b>", CancellationToken.None));
        Assert.False(await house.SayWhy.ExecuteAsync(person.Id, null, CancellationToken.None));
        Assert.True(await house.SayWhy.ExecuteAsync(person.Id, "too-many", CancellationToken.None));
        Assert.True(await house.SayWhy.ExecuteAsync(person.Id, "wrong-hour", CancellationToken.None));
        Assert.Equal("wrong-hour", (await house.FindAsync(Reader))!.LeftFor);
        Assert.True(await house.Resubscribe.ExecuteAsync(person.Id, CancellationToken.None));
        Assert.Null((await house.FindAsync(Reader))!.LeftFor);
        Assert.False(await house.SayWhy.ExecuteAsync(new string('0', 32), "other", CancellationToken.None));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Everything_that_is_held_is_collected_with_consent_at_sign_up_and_at_confirmation(bool sqlite)
    {
        using var house = new House(sqlite);
        await house.SignUp.ExecuteAsync(new SignUpRequest(Reader, "page", "ar", NetworkHash: "1111111111111111"), CancellationToken.None);
        var person = (await house.FindAsync(Reader))!;
        await house.SendNotices.ExecuteAsync(CancellationToken.None);
        house.Time.Advance(TimeSpan.FromMinutes(5));
        await house.Confirm.ExecuteAsync(person.Id, new Shown("confirm page", "en", "2222222222222222"), CancellationToken.None);
        await house.AskAddress.ExecuteAsync(person.Id, "new@example.org", CancellationToken.None);

        house.Plan.Restart();
        var data = (await house.Collect.ExecuteAsync(person.Id, CancellationToken.None))!;
        Assert.DoesNotContain(house.Plan.Trace, call => call.Writes);
        Assert.Equal((Reader, "active", null, "new@example.org"), (data.Address, data.Status, data.Suppressed, data.NewAddress!.Address));
        Assert.Equal(
            [
                new PersonalConsent("sign-up", new DateTimeOffset(2026, 3, 2, 10, 0, 0, TimeSpan.Zero), "page", SignUp.Wording, "ar", "1111111111111111"),
                new PersonalConsent("confirmation", new DateTimeOffset(2026, 3, 2, 10, 5, 0, TimeSpan.Zero), "confirm page", SignUp.Wording, "en", "2222222222222222"),
            ],
            data.Consents);
        Assert.Equal([("sign-up", "sent"), ("new address", null)], data.Notices.Select(notice => (notice.About, notice.Outcome)));

        using var csv = new MemoryStream();
        await house.Export.ExecuteAsync(csv, null, CancellationToken.None);
        var text = System.Text.Encoding.UTF8.GetString(csv.ToArray());
        Assert.Contains("2026-03-02T10:05:00Z,confirm page," + SignUp.Wording + ",en,2222222222222222", text, StringComparison.Ordinal);
        Assert.Null(await house.Collect.ExecuteAsync(new string('0', 32), CancellationToken.None));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public Task An_erasure_by_the_person_that_stops_anywhere_forgets_the_other_addresses_too_or_never_began(bool sqlite) => StoppedTests.StopEverywhereAsync(
        sqlite,
        async house =>
        {
            // Moved, the old address not told yet, and another one asked for.
            var person = await house.SubscribedAsync("first@example.com");
            await house.AskAddress.ExecuteAsync(person.Id, Reader, CancellationToken.None);
            await house.ConfirmAddress.ExecuteAsync(person.Id, house.Hash.Tie(House.Address(Reader)), new Shown("page", "en", null), CancellationToken.None);
            await house.AskAddress.ExecuteAsync(person.Id, "third@example.com", CancellationToken.None);
        },
        async house => await house.Erase.ExecuteAsync((await house.FindAsync(Reader))!.Id, CancellationToken.None),
        async house =>
        {
            if (await house.FindAsync(Reader) is { } person)
            {
                Assert.Equal(SubscriberStatus.Active, person.Status);
                Assert.Equal(EraseOutcome.Erased, await house.Erase.ExecuteAsync(person.Id, CancellationToken.None));
                Assert.Equal(EraseOutcome.Unknown, await house.Erase.ExecuteAsync(person.Id, CancellationToken.None));
            }

            await StoppedTests.AssertForgottenAsync(house);
            await house.SendNotices.ExecuteAsync(CancellationToken.None);
            Assert.Empty(house.Box.Letters);
        });
}

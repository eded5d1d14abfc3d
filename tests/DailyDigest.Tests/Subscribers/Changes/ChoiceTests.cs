using DailyDigest.Subscribers;
using DailyDigest.Tests.Fixtures;

namespace DailyDigest.Tests.Subscribers;

/// <summary>Sections, the reason for leaving, the export of personal data, and erasure.</summary>
public sealed class ChoiceTests
{
    private const string Reader = "reader@example.com";

    [Theory]
    [InlineData(new[] { "Sport", "Harbour" }, new[] { "Harbour", "Sport" })]
    [InlineData(new[] { "sport" }, new[] { "Sport" })]
    [InlineData(new string[0], new string[0])]
    [InlineData(new[] { "Harbour", "City", "Sport" }, new string[0])]
    public async Task Chosen_sections_reach_the_audience_and_all_sections_mean_no_choice(string[] wanted, string[] kept)
    {
        using var fixture = new SubscriberFixture();
        var person = await fixture.SubscribedAsync(Reader);
        await fixture.ChangePreferences.ExecuteAsync(person.Id, new Preferences(null, null, null, null, ["City"]), CancellationToken.None);
        Assert.Equal(
            PreferencesOutcome.Kept,
            await fixture.ChangePreferences.ExecuteAsync(
                person.Id, new Preferences(null, null, null, null, wanted), CancellationToken.None));
        Assert.Equal(kept, (await fixture.Audience.GetAsync(person.Cohort, person.Id, CancellationToken.None))!.Sections);

        // A change without sections keeps them.
        await fixture.ChangePreferences.ExecuteAsync(person.Id, new Preferences(null, 9, null, null), CancellationToken.None);
        Assert.Equal(kept, (await fixture.FindAsync(Reader))!.Sections);
    }

    [Theory]
    [InlineData("Weather")]
    [InlineData("")]
    [InlineData("City\nSport")]
    [InlineData("<script>alert(1)</script>")]
    public async Task A_section_that_does_not_exist_changes_nothing(string section)
    {
        using var fixture = new SubscriberFixture();
        var person = await fixture.SubscribedAsync(Reader);
        Assert.Equal(
            PreferencesOutcome.NotUnderstood,
            await fixture.ChangePreferences.ExecuteAsync(
                person.Id, new Preferences(null, 20, null, null, ["City", section]), CancellationToken.None));
        Assert.Equivalent(person, await fixture.FindAsync(Reader));
    }

    [Fact]
    public async Task Only_hour_zone_and_rhythm_are_limited_to_ten_changes_in_24_hours()
    {
        using var fixture = new SubscriberFixture();
        var id = (await fixture.SubscribedAsync(Reader)).Id;
        foreach (var hour in Enumerable.Range(8, ChangePreferences.MaxPerDay))
        {
            Assert.Equal(PreferencesOutcome.Kept, await ChooseAsync(new Preferences(null, hour, null, null)));
        }

        var before = (await fixture.FindAsync(Reader))!;
        fixture.Plan.Restart();
        Preferences[] more =
            [new("Asia/Tokyo", null, null, null), new(null, 3, null, "ar"), new(null, null, "weekly-friday", null, ["City"]),
                new(null, 7, null, null)];
        foreach (var wanted in more)
        {
            Assert.Equal(PreferencesOutcome.TooOften, await ChooseAsync(wanted));
        }

        Assert.DoesNotContain(fixture.Plan.Trace, call => call.Writes);
        Assert.Equivalent(before, await fixture.FindAsync(Reader));
        foreach (var language in new[] { "ar", "en", "ar" })
        {
            Assert.Equal(PreferencesOutcome.Kept,
                await ChooseAsync(new Preferences(before.Zone, before.Hour, "daily", language, language == "ar" ? ["City"] : [])));
        }

        Assert.Equal(
            ("ar", "City"), ((await fixture.FindAsync(Reader))!.Language, Assert.Single((await fixture.FindAsync(Reader))!.Sections)));
        Assert.Equal(PauseOutcome.Paused, await fixture.Pause.ExecuteAsync(id, "2026-03-20", CancellationToken.None));

        fixture.Time.Advance(TimeSpan.FromHours(24));
        Assert.Equal(PreferencesOutcome.Kept, await ChooseAsync(new Preferences(null, 3, null, null)));
        Assert.Equal(3, (await fixture.FindAsync(Reader))!.Hour);

        Task<PreferencesOutcome> ChooseAsync(Preferences wanted) =>
            fixture.ChangePreferences.ExecuteAsync(id, wanted, CancellationToken.None);
    }

    [Fact]
    public async Task An_unchanged_choice_writes_nothing()
    {
        using var fixture = new SubscriberFixture();
        var person = await fixture.SubscribedAsync(Reader);
        await fixture.ChangePreferences.ExecuteAsync(person.Id, new Preferences(null, 9, null, null, ["City"]), CancellationToken.None);
        fixture.Plan.Restart();
        Preferences[] same = [new(null, null, null, null), new(person.Zone, 9, "daily", person.Language, ["city"])];
        foreach (var wanted in same)
        {
            Assert.Equal(PreferencesOutcome.Kept, await fixture.ChangePreferences.ExecuteAsync(person.Id, wanted, CancellationToken.None));
        }

        Assert.DoesNotContain(fixture.Plan.Trace, call => call.Writes);
    }

    [Fact]
    public async Task A_reason_for_leaving_is_from_a_list_and_kept_only_for_former_readers()
    {
        using var fixture = new SubscriberFixture();
        var person = await fixture.SubscribedAsync(Reader);
        Assert.False(await fixture.SayWhy.ExecuteAsync(person.Id, "too-many", CancellationToken.None));
        await fixture.Unsubscribe.ExecuteAsync(person.Id, CancellationToken.None);
        Assert.False(await fixture.SayWhy.ExecuteAsync(person.Id, "<b>because</b>", CancellationToken.None));
        Assert.False(await fixture.SayWhy.ExecuteAsync(person.Id, null, CancellationToken.None));
        Assert.True(await fixture.SayWhy.ExecuteAsync(person.Id, "too-many", CancellationToken.None));
        Assert.True(await fixture.SayWhy.ExecuteAsync(person.Id, "wrong-hour", CancellationToken.None));
        Assert.Equal("wrong-hour", (await fixture.FindAsync(Reader))!.LeftFor);
        Assert.True(await fixture.Resubscribe.ExecuteAsync(person.Id, CancellationToken.None));
        Assert.Null((await fixture.FindAsync(Reader))!.LeftFor);
        Assert.False(await fixture.SayWhy.ExecuteAsync(new string('0', 32), "other", CancellationToken.None));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Everything_that_is_held_is_collected_with_consent_at_sign_up_and_at_confirmation(bool sqlite)
    {
        using var fixture = new SubscriberFixture(sqlite);
        await fixture.SignUp.ExecuteAsync(new SignUpRequest(Reader, "page", "ar", NetworkHash: "1111111111111111"), CancellationToken.None);
        var person = (await fixture.FindAsync(Reader))!;
        await fixture.SendNotices.ExecuteAsync(CancellationToken.None);
        fixture.Time.Advance(TimeSpan.FromMinutes(5));
        await fixture.Confirm.ExecuteAsync(person.Id, new ConsentPage("confirm page", "en", "2222222222222222"), CancellationToken.None);
        await fixture.AskAddress.ExecuteAsync(person.Id, "new@example.org", CancellationToken.None);

        fixture.Plan.Restart();
        var data = (await fixture.Collect.ExecuteAsync(person.Id, CancellationToken.None))!;
        Assert.DoesNotContain(fixture.Plan.Trace, call => call.Writes);
        Assert.Equal((Reader, "active", null, "new@example.org"), (data.Address, data.Status, data.Suppressed, data.NewAddress!.Address));
        Assert.Equal(
            [
                new PersonalConsent(
                    "sign-up", new DateTimeOffset(2026, 3, 2, 10, 0, 0, TimeSpan.Zero), "page", SignUp.Wording, "ar", "1111111111111111"),
                new PersonalConsent("confirmation", new DateTimeOffset(2026, 3, 2, 10, 5, 0, TimeSpan.Zero), "confirm page", SignUp.Wording,
                    "en", "2222222222222222"),
            ],
            data.Consents);
        Assert.Equal([("sign-up", "sent"), ("new address", null)], data.Notices.Select(notice => (notice.About, notice.Outcome)));

        using var csv = new MemoryStream();
        await fixture.Export.ExecuteAsync(csv, null, CancellationToken.None);
        var text = System.Text.Encoding.UTF8.GetString(csv.ToArray());
        Assert.Contains("2026-03-02T10:05:00Z,confirm page," + SignUp.Wording + ",en,2222222222222222", text, StringComparison.Ordinal);
        Assert.Null(await fixture.Collect.ExecuteAsync(new string('0', 32), CancellationToken.None));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public Task An_interrupted_erasure_covers_all_addresses_or_never_began(bool sqlite) =>
        StoppedTests.StopEverywhereAsync(
        sqlite,
        async fixture =>
        {
            // Moved, the old address not told yet, and another one asked for.
            var person = await fixture.SubscribedAsync("first@example.com");
            await fixture.AskAddress.ExecuteAsync(person.Id, Reader, CancellationToken.None);
            await fixture.ConfirmAddress.ExecuteAsync(person.Id, fixture.Hash.Tag(SubscriberFixture.Address(Reader)),
                new ConsentPage("page", "en", null), CancellationToken.None);
            await fixture.AskAddress.ExecuteAsync(person.Id, "third@example.com", CancellationToken.None);
        },
        async fixture => await fixture.Erase.ExecuteAsync((await fixture.FindAsync(Reader))!.Id, CancellationToken.None),
        async fixture =>
        {
            if (await fixture.FindAsync(Reader) is { } person)
            {
                Assert.Equal(SubscriberStatus.Active, person.Status);
                Assert.Equal(EraseOutcome.Erased, await fixture.Erase.ExecuteAsync(person.Id, CancellationToken.None));
                Assert.Equal(EraseOutcome.Unknown, await fixture.Erase.ExecuteAsync(person.Id, CancellationToken.None));
            }

            await StoppedTests.AssertForgottenAsync(fixture);
            await fixture.SendNotices.ExecuteAsync(CancellationToken.None);
            Assert.Empty(fixture.Box.Letters);
        });
}

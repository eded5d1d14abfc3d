using DailyDigest.Subscribers;
using DailyDigest.Tests.Fixtures;

namespace DailyDigest.Tests.Subscribers;

/// <summary>
/// While one machine serves a reader's choice, another serves the same reader's unsubscribe or erasure, at every storage call.
/// </summary>
public sealed class TwoMachinesTests
{
    private const string Reader = "reader@example.com";

    public static TheoryData<string, bool> Choices => new()
    {
        { "sections", false }, { "pause", false }, { "end pause", false }, { "ask address", false }, { "why", false }, { "undo", false },
        { "sections", true }, { "pause", true }, { "end pause", true }, { "ask address", true }, { "why", true }, { "undo", true },
        { "erase", true },
    };

    [Theory]
    [MemberData(nameof(Choices))]
    public async Task A_reader_who_leaves_or_is_erased_during_a_choice_stays_gone(string choice, bool erased)
    {
        for (var (at, reached) = (1, true); reached; at++)
        {
            using var fixture = new SubscriberFixture();
            var id = (await fixture.SubscribedAsync(Reader)).Id;
            await fixture.Pause.ExecuteAsync(id, "2026-03-04", CancellationToken.None);
            if (choice is "why" or "undo")
            {
                await fixture.Unsubscribe.ExecuteAsync(id, CancellationToken.None);
            }

            reached = false;
            fixture.Plan.Restart();
            fixture.Plan.Before = async call =>
            {
                if (call.Number == at && !reached)
                {
                    reached = true;
                    await (erased ? fixture.Erase.ExecuteAsync(id, CancellationToken.None)
                        : (Task)fixture.Unsubscribe.ExecuteAsync(id, CancellationToken.None));
                }
            };
            await ChooseAsync(fixture, choice, id);
            await fixture.RestartAndFinishAsync();

            // If a reader undoes an unsubscribe that another machine repeats, the last writer decides.
            if (reached && erased)
            {
                await StoppedTests.AssertForgottenAsync(fixture);
            }

            if (reached && choice != "undo")
            {
                Assert.False(await fixture.IsMailedAsync(id), $"{choice} {at}");
            }

            var person = (await fixture.Subscribers.GetAsync(id, CancellationToken.None))?.Subscriber;
            Assert.Equal(person?.Status == SubscriberStatus.Active, await fixture.IsMailedAsync(id));
        }
    }

    [Fact]
    public async Task Two_choices_at_once_are_both_kept()
    {
        for (var (at, reached) = (1, true); reached; at++)
        {
            using var fixture = new SubscriberFixture();
            var id = (await fixture.SubscribedAsync(Reader)).Id;
            reached = false;
            fixture.Plan.Restart();
            fixture.Plan.Before = async call =>
            {
                if (call.Number == at && !reached)
                {
                    reached = true;
                    await fixture.ChangePreferences.ExecuteAsync(
                        id, new Preferences(null, 18, null, null, ["Sport"]), CancellationToken.None);
                }
            };
            await fixture.Pause.ExecuteAsync(id, "2026-03-06", CancellationToken.None);
            await fixture.RestartAndFinishAsync();
            var person = (await fixture.FindAsync(Reader))!;
            Assert.Equal(reached, person.Hour == 18 && person.Sections.Count == 1);
            Assert.Equal(new DateOnly(2026, 3, 6), person.PausedUntil);
            Assert.Empty(await fixture.ServedByAsync(id, new DateOnly(2026, 3, 5)));
            Assert.Single(await fixture.ServedByAsync(id, new DateOnly(2026, 3, 6)));
            Assert.Equal(person.Sections, (await fixture.Audience.GetAsync(person.Cohort, id, CancellationToken.None))!.Sections);
        }
    }

    private static Task ChooseAsync(SubscriberFixture fixture, string choice, string id) => choice switch
    {
        "sections" =>
            fixture.ChangePreferences.ExecuteAsync(id, new Preferences(null, null, null, "ar", ["Sport"]), CancellationToken.None),
        "pause" => fixture.Pause.ExecuteAsync(id, "2026-03-06", CancellationToken.None),
        "end pause" => fixture.EndPause.ExecuteAsync(id, CancellationToken.None),
        "ask address" => fixture.AskAddress.ExecuteAsync(id, "new@example.org", CancellationToken.None),
        "why" => fixture.SayWhy.ExecuteAsync(id, "other", CancellationToken.None),
        "undo" => fixture.Resubscribe.ExecuteAsync(id, CancellationToken.None),
        _ => fixture.Erase.ExecuteAsync(id, CancellationToken.None),
    };
}

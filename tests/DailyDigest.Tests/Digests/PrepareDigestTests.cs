using DailyDigest.Calendar;
using DailyDigest.Digests;
using DailyDigest.Runs;
using DailyDigest.Selection;
using DailyDigest.Storage;
using DailyDigest.Subscribers;
using DailyDigest.Testing.Storage;
using DailyDigest.Tests.Fixtures;

namespace DailyDigest.Tests.Digests;

public sealed class PrepareDigestTests
{
    private readonly DeliveryFixture fixture = new();

    [Fact]
    public async Task A_sent_story_is_not_repeated_the_next_day()
    {
        await fixture.SubscribeAsync(1);
        var first = await fixture.PublishAsync();
        await DayAsync(2);
        var second = await fixture.PublishAsync();
        await DayAsync(3);

        Assert.Equal([first, second], Subjects());
    }

    [Fact]
    public async Task An_evening_reader_gets_the_evenings_news()
    {
        var morning = await fixture.SubscribeAsync(hour: 7);
        var evening = await fixture.SubscribeAsync(hour: 19);
        var early = await fixture.PublishAsync();
        await DayAsync(2);
        fixture.GoTo(2, 15);
        var late = await fixture.PublishAsync();
        fixture.GoTo(2, 19);
        await fixture.Program.RunOnceAsync();

        Assert.Equal(early, Assert.Single(fixture.Relay.Inbox, seen => seen.To == DeliveryFixture.Address(morning)).Subject);
        var subject = Assert.Single(fixture.Relay.Inbox, seen => seen.To == DeliveryFixture.Address(evening)).Subject;
        Assert.Equal(new[] { early, late }.Order(), subject.Split('|').Order());
    }

    [Fact]
    public async Task A_day_with_too_few_stories_is_skipped_and_keeps_its_news_for_a_week()
    {
        var slow = new DeliveryFixture(("Selection:MinStories", "3"));
        await slow.SubscribeAsync(1);
        var titles = new List<string>();
        for (var day = 2; day <= 9; day++)
        {
            if (day is 2 or 6 or 9)
            {
                slow.GoTo(day, 5);
                titles.Add(await slow.PublishAsync());
            }

            slow.GoTo(day, 7);
            await slow.Program.RunOnceAsync();
            if (day < 9)
            {
                var run = await slow.RunOfAsync(slow.Today);
                Assert.Equal(RunState.Skipped, run!.State);
                Assert.NotEmpty(run.Why!);
            }
        }

        var subject = Assert.Single(slow.Relay.Inbox).Subject;
        Assert.All(titles, title => Assert.Contains(title, subject, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Stories_count_as_told_though_some_readers_were_refused()
    {
        var ids = await fixture.SubscribeAsync(3);
        var first = await fixture.PublishAsync();
        fixture.Relay.AnswerWith(mail => mail.To.Value == DeliveryFixture.Address(ids[0]) ? ScriptedRelay.Ok : ScriptedRelay.Never);
        await DayAsync(2);
        var second = await fixture.PublishAsync();
        await DayAsync(3);

        Assert.Equal([first, second], Subjects());
    }

    [Fact]
    public async Task Stories_of_a_run_that_reached_nobody_come_again_the_next_day()
    {
        await fixture.SubscribeAsync(3);
        var first = await fixture.PublishAsync();
        fixture.Relay.AnswerWith(_ => ScriptedRelay.Never with { Reason = "policy" });
        await DayAsync(2);
        Assert.False((await fixture.RunOfAsync(fixture.Today))!.CountsAsSent);
        fixture.Relay.Answer = null;
        await DayAsync(4);

        Assert.Equal(first, Assert.Single(Subjects()));
        Assert.Equal(3, fixture.Relay.Inbox.Count);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_stop_at_any_write_of_a_day_that_tells_nothing_does_not_cost_its_news(bool skipped)
    {
        for (var at = 1; ; at++)
        {
            var own = new DeliveryFixture();
            await own.SubscribeAsync(2);
            var first = await own.PublishAsync();
            own.Relay.AnswerWith(_ => ScriptedRelay.Never with { Reason = "policy" });
            own.GoTo(2, 7);
            if (skipped)
            {
                // The digest is frozen and recorded. Then the preparation is interrupted and not resumed in time.
                var broken = own.Start();
                broken.Plan.Before = call => call.Place == Storage.Tables.Ledger ? throw new StorageException("gone") : Task.CompletedTask;
                await Assert.ThrowsAsync<AggregateException>(broken.TickAsync);
                own.GoTo(2, 14);
            }

            var dying = own.Start(new FaultPlan { StopAfter = at });
            await Record.ExceptionAsync(dying.RunOnceAsync);
            await own.RunAsync(TimeSpan.FromMinutes(5));
            Assert.False((await own.RunOfAsync(own.Today))!.CountsAsSent);
            Assert.Empty(own.Relay.Inbox);

            own.Relay.Answer = null;
            own.GoTo(3, 7);
            await own.RunAsync(TimeSpan.FromMinutes(5));
            Assert.Equal(2, own.Relay.Inbox.Count);
            Assert.All(own.Relay.Inbox, seen => Assert.Contains(first, seen.Subject, StringComparison.Ordinal));
            if (!dying.Plan.Stopped)
            {
                Assert.InRange(at, skipped ? 3 : 8, 100);
                return;
            }
        }
    }

    [Fact]
    public async Task The_archives_cohort_tells_its_news_once_though_it_has_no_readers()
    {
        await fixture.Program.TickAsync();
        var first = await fixture.PublishAsync();
        await DayAsync(2);
        var second = await fixture.PublishAsync();
        await DayAsync(3);

        var digests = fixture.Program.Get<DigestStore>();
        var home = new Cohort(DeliveryFixture.Utc, 7, Rhythm.Daily).Key;
        Assert.Equal(first,
            Assert.Single((await digests.GetAsync(new DateOnly(2026, 3, 2), home, DeliveryFixture.Cancellation))!.Items).Story.Title);
        Assert.Equal(second,
            Assert.Single((await digests.GetAsync(new DateOnly(2026, 3, 3), home, DeliveryFixture.Cancellation))!.Items).Story.Title);
    }

    [Fact]
    public async Task A_reader_who_moves_to_the_evening_gets_nothing_again_and_misses_nothing()
    {
        var id = await fixture.SubscribeAsync(hour: 7);
        var morning = await fixture.PublishAsync();
        await DayAsync(2);
        fixture.GoTo(2, 10);
        await fixture.Program.Get<ChangePreferences>()
            .ExecuteAsync(id, new Preferences(null, 19, null, null), DeliveryFixture.Cancellation);
        fixture.GoTo(2, 15);
        var afternoon = await fixture.PublishAsync();
        await fixture.RunAsync(TimeSpan.FromHours(5));
        Assert.Single(fixture.Relay.Inbox);
        fixture.GoTo(3, 12);
        var noon = await fixture.PublishAsync();
        await fixture.RunAsync(TimeSpan.FromHours(8));

        Assert.Equal(2, fixture.Relay.Inbox.Count);
        var subject = fixture.Relay.Inbox.Last().Subject;
        Assert.DoesNotContain(morning, subject, StringComparison.Ordinal);
        Assert.Contains(afternoon, subject, StringComparison.Ordinal);
        Assert.Contains(noon, subject, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Freezing_a_date_again_gives_the_same_digest()
    {
        await fixture.PublishAsync();
        fixture.GoTo(2, 7);
        var prepare = fixture.Program.Get<PrepareDigest>();
        var cohort = new Cohort(DeliveryFixture.Utc, 7, Rhythm.Daily);
        var one = await prepare.ExecuteAsync(cohort, fixture.Today, DeliveryFixture.Cancellation);
        await fixture.PublishAsync();
        fixture.Advance(TimeSpan.FromMinutes(1));
        var other = await prepare.ExecuteAsync(cohort, fixture.Today, DeliveryFixture.Cancellation);

        Assert.Equal(one.FrozenAt, other.FrozenAt);
        Assert.Equal(one.Items.Select(item => item.Story.Id), other.Items.Select(item => item.Story.Id));
        var now = await prepare.ChooseAsync(
            cohort, fixture.Today, StoryChoice.All, fixture.Time.GetUtcNow(), DeliveryFixture.Cancellation);
        Assert.Equal(2, now.Items.Count);
    }

    private async Task DayAsync(int day)
    {
        fixture.GoTo(day, 7);
        await fixture.RunAsync(TimeSpan.FromMinutes(2));
    }

    private IReadOnlyList<string> Subjects() => [.. fixture.Relay.Inbox.Select(seen => seen.Subject).Distinct()];
}

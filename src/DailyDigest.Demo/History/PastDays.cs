using DailyDigest.Accounts;
using DailyDigest.Calendar;
using DailyDigest.Clock;
using DailyDigest.Content;
using DailyDigest.Hooks;
using DailyDigest.Mailing;
using DailyDigest.Returns;
using DailyDigest.Runs;
using DailyDigest.Sending;
using DailyDigest.Settings;
using DailyDigest.Subscribers;

namespace DailyDigest.Demo;

/// <summary>Lives through the days of the history: the program's own use cases at the hours at which they would have run.</summary>
internal sealed class PastDays(
    PastPlan plan, PastClock clock, PastFeeds reader, FeedStore feeds, PollFeeds poll, StoryStore stories, DemoEditions editions,
    ImportSubscribers import, CohortStore cohorts, SignUp signUp, SendNotices notices, ConfirmSignUp confirm, FindSubscriber find,
    Unsubscribe unsubscribe, RecordLeavingReason reason, PauseDigest pause, ChangePreferences change, EnvelopeTokens envelopes,
    AcceptOutcome outcomes, AddHook addHook, DeliverHooks hooks, RunStore runs, Tick tick, DeliverHints deliver, SumReaders figures,
    AuditLog audit, Publication publication)
{
    private int readers;
    private DateTimeOffset hooksAt;

    /// <summary>Lives through all days.</summary>
    public async Task ExecuteAsync(CancellationToken cancellationToken)
    {
        await BeginAsync(cancellationToken);
        foreach (var (at, act) in Events().Where(one => one.At <= plan.End).OrderBy(one => one.At))
        {
            clock.Set(at);
            await act(cancellationToken);
        }

        clock.Set(plan.End);
        await TickAsync(cancellationToken);
        await hooks.ExecuteAsync(cancellationToken);
        await figures.FlushAsync(cancellationToken);
    }

    private IEnumerable<(DateTimeOffset At, Func<CancellationToken, Task> Act)> Events()
    {
        foreach (var due in plan.Dues())
        {
            yield return (due, RunAsync);
        }

        for (var day = -PastPlan.Days - 1; day <= 0; day++)
        {
            var date = plan.Today.AddDays(day);
            yield return (At(date, new TimeOnly(9, 40)), stop => SignUpAsync(SignUps(date), stop));
            yield return (At(date, new TimeOnly(8, 10)), stop => LeaveAsync(date, stop));
            if (day < 0)
            {
                // Today's stories are read by the program itself.
                yield return (At(date, new TimeOnly(16, 5)), PollAsync);
            }

            if (day is -2 or -1)
            {
                yield return (At(date, new TimeOnly(22, 5)), PollAsync);
            }

            if (day is -11 or -4)
            {
                yield return (At(date, new TimeOnly(13, 30)), stop => ReportAsync(date, "complained", null, stop));
            }

            if (day is -8 or -2)
            {
                yield return (At(date, new TimeOnly(14, 20)), stop => ReportAsync(date, "bounced", "5.1.1", stop));
            }
        }

        yield return (At(plan.Today.AddDays(-10), new TimeOnly(10, 0)), AddHookAsync);
        yield return (At(plan.Today.AddDays(-2), new TimeOnly(15, 0)), AddBrokenFeedAsync);
        yield return (At(plan.Today.AddDays(-1), new TimeOnly(16, 30)), PinAsync);
    }

    private static DateTimeOffset At(DateOnly date, TimeOnly at) => new(date, at, TimeSpan.Zero);

    private async Task BeginAsync(CancellationToken cancellationToken)
    {
        foreach (var feed in DemoFeed.All)
        {
            var url = publication.BaseUrl + feed.Path;
            await feeds.AddAsync(url, feed.Name, feed.Kind, feed.Ranked, cancellationToken);
            await audit.WriteAsync(Actor.CommandLine, "feed.add", Feed.IdOf(url), null, feed.Name, cancellationToken);
        }

        foreach (var (cohort, first) in plan.Cohorts)
        {
            await cohorts.EnsureAsync(cohort, cancellationToken, from: first);
        }

        readers = PastReaders.Imported;
        using var csv = new MemoryStream(DemoReaders.Csv([.. Enumerable.Range(0, readers).Select(PastReaders.Of), .. plan.Sample]));
        var report = await import.ExecuteAsync(csv, "list of the former newsletter", dryRun: false, _ => { }, null, cancellationToken);
        await audit.WriteAsync(Actor.CommandLine, "reader.import", "former-newsletter", null, $"{report.Added} added", cancellationToken);
        await figures.FlushAsync(cancellationToken);
        clock.Set(plan.Begin);
    }

    /// <summary>Begins what is due, and delivers it with all retries.</summary>
    private async Task RunAsync(CancellationToken cancellationToken)
    {
        await TickAsync(cancellationToken);
        for (var round = 0; round < 24; round++)
        {
            await deliver.ExecuteAsync(cancellationToken);
            if ((await runs.ListOpenAsync(clock.GetUtcNow(), cancellationToken)).Count == 0)
            {
                // The next tick adds up, and ends the subscriptions of mailboxes that have gone.
                break;
            }

            clock.Advance(TimeSpan.FromMinutes(5.2));
        }

    }

    private async Task TickAsync(CancellationToken cancellationToken)
    {
        await tick.ExecuteAsync(cancellationToken);
        if (clock.GetUtcNow() > hooksAt)
        {
            await hooks.ExecuteAsync(cancellationToken);
            hooksAt = clock.GetUtcNow() + TimeSpan.FromHours(20);
        }
    }

    private async Task PollAsync(CancellationToken cancellationToken)
    {
        await poll.ExecuteAsync(evenSlow: true, cancellationToken);
        reader.EndRound();
    }

    // More people find the publication on working days, and each week a few more.
    private int SignUps(DateOnly date) => (date.DayOfWeek is DayOfWeek.Saturday or DayOfWeek.Sunday ? 4 : 7)
        + PastChance.Of(date.Text() + " sign-ups", 4) + ((date.DayNumber - plan.Today.DayNumber + PastPlan.Days) / 6);

    private async Task SignUpAsync(int count, CancellationToken cancellationToken)
    {
        var some = Enumerable.Range(readers, count).Select(PastReaders.Of).ToList();
        readers += count;
        foreach (var one in some)
        {
            await signUp.ExecuteAsync(PastReaders.SignUp(one), cancellationToken);
        }

        await notices.ExecuteAsync(cancellationToken);
        clock.Advance(TimeSpan.FromMinutes(6));
        foreach (var one in some.Where(one => PastChance.Of(one.Address + " confirms", 100) < 86))
        {
            if (await FindAsync(one, cancellationToken) is { } person)
            {
                await confirm.ExecuteAsync(person.Id, cancellationToken);
            }
        }
    }

    private async Task LeaveAsync(DateOnly date, CancellationToken cancellationToken)
    {
        for (var number = PastChance.Of(date.Text() + " leave", 3); number >= 0; number--)
        {
            if (await SomebodyAsync(date, "leaves" + number, cancellationToken) is { } person)
            {
                await unsubscribe.ExecuteAsync(person.Id, cancellationToken);
                await reason.ExecuteAsync(
                    person.Id, LeavingReasons.All[PastChance.Of(person.Address, LeavingReasons.All.Count)], cancellationToken);
            }
        }

        if (date.Day % 3 == 0 && await SomebodyAsync(date, "pauses", cancellationToken) is { } away)
        {
            await pause.ExecuteAsync(away.Id, date.AddDays(9).Text(), cancellationToken);
        }

        if (date == plan.Today.AddDays(-3) && await SomebodyAsync(date, "changes", cancellationToken) is { } changed)
        {
            await change.ExecuteAsync(
                changed.Id, new Preferences(null, null, null, null, ["Harbour", "Culture", "Science"]), cancellationToken);
        }
    }

    private async Task ReportAsync(DateOnly date, string outcome, string? status, CancellationToken cancellationToken)
    {
        if (await SomebodyAsync(date, outcome, cancellationToken) is { } person)
        {
            await outcomes.ExecuteAsync(
                new OutcomeInput { Envelope = envelopes.Create(date, person.Id), Outcome = outcome, Status = status }, cancellationToken);
        }
    }

    private async Task AddHookAsync(CancellationToken cancellationToken)
    {
        var (_, hook, _) = await addHook.ExecuteAsync(
            publication.BaseUrl + DemoPages.HookPath, "subscriber.*,run.closed,alert.*", withAddress: false, cancellationToken);
        if (hook is not null)
        {
            await audit.WriteAsync(Actor.CommandLine, "hook.add", hook.Id, null, hook.Url, cancellationToken);
        }
    }

    private async Task AddBrokenFeedAsync(CancellationToken cancellationToken)
    {
        var url = publication.BaseUrl + DemoFeed.BrokenPath;
        await feeds.AddAsync(url, DemoFeed.BrokenName, StoryKind.Article, ranked: false, cancellationToken);
        await audit.WriteAsync(Actor.CommandLine, "feed.add", Feed.IdOf(url), null, DemoFeed.BrokenName, cancellationToken);
    }

    private async Task PinAsync(CancellationToken cancellationToken)
    {
        if ((await editions.TodayAsync(cancellationToken)).Of("blogs").FirstOrDefault() is { } story
            && CanonicalUrl.TryParse(publication.BaseUrl + story.Path, out var canonical))
        {
            var id = StoryId.From(canonical);
            await stories.DeskAsync(id, desk => desk with { Boost = 2 }, cancellationToken);
            await audit.WriteAsync(Actor.CommandLine, "story.boost", id, "1", "2", cancellationToken);
        }
    }

    // One of the imported readers; null if chance hits somebody who has left.
    private async Task<Subscriber?> SomebodyAsync(DateOnly date, string words, CancellationToken cancellationToken) =>
        await FindAsync(PastReaders.Of(PastChance.Of($"{date.Text()} {words}", PastReaders.Imported)), cancellationToken)
            is { Status: SubscriberStatus.Active } person ? person : null;

    private async Task<Subscriber?> FindAsync(DemoReader one, CancellationToken cancellationToken) =>
        EmailAddress.TryParse(one.Address, out var address) ? (await find.ExecuteAsync(address, cancellationToken)).Subscriber : null;
}

using DailyDigest.Calendar;
using DailyDigest.Content;
using DailyDigest.Hooks;
using DailyDigest.Mailing;
using DailyDigest.Runs;
using DailyDigest.Settings;
using DailyDigest.Storage;
using DailyDigest.Subscribers;
using Microsoft.Extensions.Options;

namespace DailyDigest.Demo;

/// <summary>
/// Adds sample feeds and sample readers through the same use cases as an operator and a reader. Adds the readers only once, at the first
/// start.
/// </summary>
internal sealed class DemoSeed(
    ITableStore tables, FeedStore feeds, HookStore hooks, CohortStore cohorts, RunStore runs, ImportSubscribers import, FindSubscriber find,
    Unsubscribe unsubscribe,
    SignUp signUp, DemoReaders readers, IEnumerable<IPostConfigureOptions<Publication>> settings, Publication publication,
    DeliveryOptions delivery,
    TimeProvider time)
{
    private const string Done = "readers";
    private const string Source = "sample readers";

    /// <summary>Returns true at the first start.</summary>
    public async Task<bool> ExecuteAsync(CancellationToken cancellationToken)
    {
        await AddFeedsAsync(cancellationToken);
        await AimHooksAsync(cancellationToken);
        if (await tables.GetAsync(Tables.Facts, DemoFacts.Partition, Done, cancellationToken) is not null)
        {
            if (!await IsSomebodyServedAsync(cancellationToken))
            {
                await AddAsync([readers.Guest()], cancellationToken);
            }

            return false;
        }

        await settings.OfType<DemoHour>().Single().KeepAsync(publication.Hour, cancellationToken);
        await AddAsync(readers.All(), cancellationToken);
        if (EmailAddress.TryParse(DemoReaders.Left, out var left)
            && (await find.ExecuteAsync(left, cancellationToken)).Subscriber is { } person)
        {
            await unsubscribe.ExecuteAsync(person.Id, cancellationToken);
        }

        await signUp.ExecuteAsync(
            new SignUpRequest(DemoReaders.Pending, "page", "en", publication.TimeZone, publication.Hour), cancellationToken);
        var fact = new TableRow(Done) { { "at", time.GetUtcNow() } };
        await tables.WriteAsync(Tables.Facts, DemoFacts.Partition, TableWrite.Upsert(fact), cancellationToken);
        return true;
    }

    // The program may listen on another address than last time.
    private async Task AddFeedsAsync(CancellationToken cancellationToken)
    {
        var wanted = DemoFeed.All.Select(feed => feed.Path).Append(DemoFeed.BrokenPath).Select(path => publication.BaseUrl + path)
            .ToHashSet(StringComparer.Ordinal);
        foreach (var old in await feeds.ListAsync(cancellationToken))
        {
            if (new Uri(old.Url).AbsolutePath.StartsWith("/demo/feeds/", StringComparison.Ordinal) && !wanted.Contains(old.Url))
            {
                await feeds.RemoveAsync(old.Id, cancellationToken);
            }
        }

        foreach (var feed in DemoFeed.All)
        {
            await feeds.AddAsync(publication.BaseUrl + feed.Path, feed.Name, feed.Kind, feed.Ranked, cancellationToken);
        }

        await feeds.AddAsync(
            publication.BaseUrl + DemoFeed.BrokenPath, DemoFeed.BrokenName, StoryKind.Article, ranked: false, cancellationToken);
    }

    // The program may listen on another address here, too.
    private async Task AimHooksAsync(CancellationToken cancellationToken)
    {
        foreach (var hook in await hooks.ListAsync(cancellationToken))
        {
            if (new Uri(hook.Url).AbsolutePath == DemoPages.HookPath && hook.Url != publication.BaseUrl + DemoPages.HookPath)
            {
                await hooks.ChangeAsync(hook.Id, one => one with { Url = publication.BaseUrl + DemoPages.HookPath }, cancellationToken);
            }
        }
    }

    // Create the cohorts first, due from today: the import would let them begin tomorrow, because their hour has begun.
    private async Task AddAsync(IReadOnlyList<DemoReader> wanted, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        foreach (var cohort in wanted.Select(reader => reader.Cohort).Distinct())
        {
            await cohorts.EnsureAsync(cohort, cancellationToken, from: Zones.LocalDate(cohort.Zone, now));
        }

        using var csv = new MemoryStream(DemoReaders.Csv(wanted));
        await import.ExecuteAsync(csv, Source, dryRun: false, _ => { }, null, cancellationToken);
    }

    private async Task<bool> IsSomebodyServedAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        foreach (var row in await cohorts.ListAsync(cancellationToken))
        {
            var today = Zones.LocalDate(row.Cohort.Zone, now);
            var run = await runs.GetAsync(today, row.Cohort.Key, cancellationToken);
            var due = row.FirstDate <= today ? row.Cohort.DueAt(today) : null;
            if (run is not null ? run.State != RunState.Skipped : due <= now && now - due <= delivery.CatchUp)
            {
                return true;
            }
        }

        return false;
    }
}

using DailyDigest.Calendar;
using DailyDigest.Digests;

namespace DailyDigest.Web;

/// <summary>What lists and feeds tell of a digest.</summary>
/// <param name="Date">Of the home zone.</param>
/// <param name="FrozenAt">Since when it is as it is.</param>
/// <param name="Stories">In order, at least one.</param>
public sealed record PastDigest(DateOnly Date, DateTimeOffset FrozenAt, IReadOnlyList<PastStory> Stories);

/// <summary>A story in a list.</summary>
/// <param name="Title">As the source gave it.</param>
/// <param name="Url">Absolute, http or https.</param>
/// <param name="Language">BCP 47 tag; null if unknown.</param>
public sealed record PastStory(string Title, string Url, string? Language);

/// <summary>The home cohort's digests, newest first, in pages of thirty days. A date that is over is looked up once an hour, the last two once a minute.</summary>
internal sealed class PastDigests(DigestStore digests, CohortStore cohorts, LatestDigest latest, TimeProvider time) : IDisposable
{
    /// <summary>Days of a page.</summary>
    public const int Days = 30;

    /// <summary>The last page there can be.</summary>
    public const int MostPages = 400;

    private const int AtOnce = 8;
    private const int PagesOfAYear = 13;

    // Dates that are known to have one, and to have none: three years.
    private const int MostDates = 36 * Days;

    private readonly Shelf<DateOnly, PastDigest> shelf = new(MostDates, time, AtOnce);
    private readonly Shelf<DateOnly, object> gaps = new(MostDates, time, AtOnce);
    private volatile First? first;

    private sealed record First(DateOnly? Date, DateTimeOffset At);

    /// <summary>False for a page that ends before the home cohort's first date, which costs no reading. The first page is always there.</summary>
    public async Task<bool> MayHaveAsync(int page, CancellationToken cancellationToken) =>
        page == 1 || await MayHaveAsync(Newest(page, latest.Today), cancellationToken);

    /// <summary>False for a date before the home cohort's first, which costs no reading.</summary>
    public async Task<bool> MayHaveAsync(DateOnly date, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        if (first is not { } known || now - known.At >= (known.Date is null ? TimeSpan.FromMinutes(1) : TimeSpan.FromHours(1)))
        {
            first = known = new First((await cohorts.GetAsync(latest.Home, cancellationToken))?.FirstDate, now);
        }

        return !(date < known.Date);
    }

    /// <summary>The digests of the page (from 1), newest first; empty if it has none.</summary>
    public async Task<IReadOnlyList<PastDigest>> PageAsync(int page, CancellationToken cancellationToken)
    {
        if (!await MayHaveAsync(page, cancellationToken))
        {
            return [];
        }

        var (today, found) = (latest.Today, new PastDigest?[Days]);
        await Parallel.ForEachAsync(
            Enumerable.Range(0, Days), new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken },
            async (day, stop) => found[day] = await GetAsync(Newest(page, today).AddDays(-day), today, stop));
        return [.. found.OfType<PastDigest>()];
    }

    /// <summary>The next page before (-1) or after (1) this one that has any, a year's worth of empty ones passed over; null for none.</summary>
    public async Task<int?> NextAsync(int page, int step, CancellationToken cancellationToken)
    {
        for (var (next, tries) = (page + step, 0); next is >= 1 and <= MostPages && tries < PagesOfAYear; (next, tries) = (next + step, tries + 1))
        {
            if ((await PageAsync(next, cancellationToken)).Count > 0)
            {
                return next;
            }
        }

        return null;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        shelf.Dispose();
        gaps.Dispose();
    }

    private static DateOnly Newest(int page, DateOnly today) => today.AddDays(-((page - 1) * Days));

    private async Task<PastDigest?> GetAsync(DateOnly date, DateOnly today, CancellationToken cancellationToken)
    {
        var age = date > today.AddDays(-2) ? TimeSpan.FromMinutes(1) : TimeSpan.FromHours(1);
        if (shelf.TryGet(date, age, out var kept) || gaps.TryGet(date, age, out _))
        {
            return kept;
        }

        var digest = await digests.GetAsync(date, latest.Home.Key, cancellationToken) is { Items.Count: > 0 } found
            ? new PastDigest(date, found.FrozenAt, [.. found.Items.Select(item => new PastStory(item.Story.Title, item.Story.Url, item.Story.Language))])
            : null;
        _ = digest is null ? gaps.Put(date, this) : shelf.Put(date, digest);
        return digest;
    }
}

using DailyDigest.Calendar;
using DailyDigest.Settings;

namespace DailyDigest.Web;

/// <summary>The part of a digest that lists and feeds show.</summary>
/// <param name="Date">In the home zone.</param>
/// <param name="FrozenAt">When the digest was frozen; it does not change afterwards.</param>
/// <param name="Stories">In order, at least one.</param>
public sealed record PastDigest(DateOnly Date, DateTimeOffset FrozenAt, IReadOnlyList<PastStory> Stories);

/// <summary>A story in a list.</summary>
/// <param name="Title">As the source gave it.</param>
/// <param name="Url">Absolute, http or https.</param>
/// <param name="Language">BCP 47 tag; null if unknown.</param>
public sealed record PastStory(string Title, string Url, string? Language);

/// <summary>
/// The home cohort's digests for pages in one language, newest first, thirty days a page. The last two dates are cached for a minute,
/// earlier ones for an hour.
/// </summary>
internal sealed class PastDigests(CohortStore cohorts, LatestDigest latest, Publication publication, TimeProvider time) : IDisposable
{
    /// <summary>Days per page.</summary>
    public const int Days = 30;

    /// <summary>The highest page number that is served.</summary>
    public const int MaxPages = 400;

    private const int MaxConcurrent = 8;
    private const int PagesPerYear = 13;

    // Three years of dates, with or without a digest.
    private const int MaxDates = 36 * Days;

    private readonly PageCache<Key, PastDigest> cache = new(MaxDates * Math.Max(1, publication.Languages.Count), time, MaxConcurrent);
    private readonly PageCache<Key, object> gaps = new(MaxDates * Math.Max(1, publication.Languages.Count), time, MaxConcurrent);
    private volatile First? first;

    private readonly record struct Key(DateOnly Date, string Language);

    private sealed record First(DateOnly? Date, DateTimeOffset At);

    /// <summary>False, without reading, for a page that ends before the home cohort's first date. The first page always exists.</summary>
    public async Task<bool> MayHaveAsync(int page, CancellationToken cancellationToken) =>
        page == 1 || await MayHaveAsync(Newest(page, latest.Today), cancellationToken);

    /// <summary>False, without reading, for a date before the home cohort's first.</summary>
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
    public async Task<IReadOnlyList<PastDigest>> PageAsync(int page, string language, CancellationToken cancellationToken)
    {
        if (!await MayHaveAsync(page, cancellationToken))
        {
            return [];
        }

        var (today, found) = (latest.Today, new PastDigest?[Days]);
        await Parallel.ForEachAsync(
            Enumerable.Range(0, Days),
            new ParallelOptions { MaxDegreeOfParallelism = MaxConcurrent, CancellationToken = cancellationToken },
            async (day, stop) => found[day] = await GetAsync(Newest(page, today).AddDays(-day), language, today, stop));
        return [.. found.OfType<PastDigest>()];
    }

    /// <summary>
    /// The next page before (-1) or after (1) this one that has a digest. Looks at most a year ahead; null if there is none.
    /// </summary>
    public async Task<int?> NextAsync(int page, int step, string language, CancellationToken cancellationToken)
    {
        for (var (next, tries) = (page + step, 0); next is >= 1 and <= MaxPages && tries < PagesPerYear; next += step, tries++)
        {
            if ((await PageAsync(next, language, cancellationToken)).Count > 0)
            {
                return next;
            }
        }

        return null;
    }

    /// <summary>
    /// The nearest date before (-1) or after (1) this one that has a digest. Looks at most thirty days ahead; null if there is none.
    /// </summary>
    public async Task<DateOnly?> NearestAsync(DateOnly date, int step, string language, CancellationToken cancellationToken)
    {
        var today = latest.Today;
        for (var days = 1; days <= Days; days++)
        {
            var next = date.AddDays(days * step);
            if (next > today || !await MayHaveAsync(next, cancellationToken))
            {
                return null;
            }

            if (await GetAsync(next, language, today, cancellationToken) is not null)
            {
                return next;
            }
        }

        return null;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        cache.Dispose();
        gaps.Dispose();
    }

    private static DateOnly Newest(int page, DateOnly today) => today.AddDays(-((page - 1) * Days));

    private async Task<PastDigest?> GetAsync(DateOnly date, string language, DateOnly today, CancellationToken cancellationToken)
    {
        var maxAge = date > today.AddDays(-2) ? TimeSpan.FromMinutes(1) : TimeSpan.FromHours(1);
        var key = new Key(date, language);
        if (cache.TryGet(key, maxAge, out var cached) || gaps.TryGet(key, maxAge, out _))
        {
            return cached;
        }

        var digest = await latest.OfAsync(date, language, cancellationToken) is { } found
            ? new PastDigest(
                date, found.FrozenAt, [.. found.Items.Select(item => new PastStory(item.Story.Title, item.Story.Url, item.Story.Language))])
            : null;
        _ = digest is null ? gaps.Put(key, this) : cache.Put(key, digest);
        return digest;
    }
}

using System.Collections.Concurrent;
using DailyDigest.Calendar;
using DailyDigest.Digests;
using DailyDigest.Selection;
using DailyDigest.Settings;

namespace DailyDigest.Web;

/// <summary>The public digests: those of the home cohort. The newest one of each language is cached for a minute.</summary>
internal sealed class LatestDigest(DigestStore digests, Publication publication, StoryLanguages languages, TimeProvider time)
{
    private const int Days = 7;
    private const int MaxEarly = 16;

    private sealed record Found(Digest? Digest, DateTimeOffset At);

    private readonly ConcurrentDictionary<string, Found> found = new(StringComparer.Ordinal);

    /// <summary>The home cohort: its digests are public.</summary>
    public Cohort Home { get; } = publication.HomeCohort;

    /// <summary>Today in the home zone.</summary>
    public DateOnly Today => Zones.LocalDate(publication.TimeZone, time.GetUtcNow());

    /// <summary>Returns the newest digest for a page in the language, or null if the last week has none.</summary>
    public async Task<Digest?> GetAsync(string language, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        if (found.TryGetValue(language, out var known) && now - known.At < TimeSpan.FromMinutes(1))
        {
            return known.Digest;
        }

        Digest? digest = null;
        for (var days = 0; days <= Days && digest is null; days++)
        {
            digest = await OfAsync(Today.AddDays(-days), language, cancellationToken);
        }

        found[language] = new Found(digest, now);
        return digest;
    }

    /// <summary>
    /// Returns the digest of the date for a page in the language; null if there is none with items. It has the stories of that language:
    /// the digest of its readers, otherwise its stories in the digest of all. If there are none, the digest of all.
    /// </summary>
    public Task<Digest?> OfAsync(DateOnly date, string language, CancellationToken cancellationToken) =>
        OfAsync(date, Home.Key, language, cancellationToken);

    /// <summary>
    /// Returns the digest of the date as <see cref="OfAsync(DateOnly, string, CancellationToken)"/> does. Readers in a zone to the east, or
    /// with an earlier hour, have their mail before that digest is made, and a link of the mail leads to its page. Until then it is the one
    /// that was made first for another cohort. The home cohort's is not shown before its date.
    /// </summary>
    public async Task<Digest?> ShownAsync(DateOnly date, string language, CancellationToken cancellationToken)
    {
        if (date <= Today && await OfAsync(date, language, cancellationToken) is { } own)
        {
            return own;
        }

        var early = date < Today.AddDays(-1) ? [] : await digests.ListAsync(date, MaxEarly, cancellationToken);
        return early.Where(one => one.Items.Count > 0 && one.Cohort != Home.Key).MinBy(one => one.FrozenAt) is { } first
            ? await OfAsync(date, first.Cohort, language, cancellationToken) ?? first : null;
    }

    private async Task<Digest?> OfAsync(DateOnly date, string cohort, string language, CancellationToken cancellationToken)
    {
        var choice = languages.Choice([], [], language);
        if (!choice.IsAll
            && await digests.GetAsync(date, choice.DigestKey(cohort), cancellationToken) is { Items.Count: > 0 } own)
        {
            return own;
        }

        if (await digests.GetAsync(date, cohort, cancellationToken) is not { Items.Count: > 0 } whole)
        {
            return null;
        }

        List<DigestItem> items = [.. whole.Items.Where(item => languages.IsIn(item.Story, choice.Languages))];
        return items.Count == 0 ? whole : whole with { Items = items };
    }
}

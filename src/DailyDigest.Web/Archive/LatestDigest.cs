using DailyDigest.Calendar;
using DailyDigest.Digests;
using DailyDigest.Settings;

namespace DailyDigest.Web;

/// <summary>The newest digest of the home cohort, cached for a minute.</summary>
internal sealed class LatestDigest(DigestStore digests, Publication publication, TimeProvider time)
{
    private const int Days = 7;

    private sealed record Found(Digest? Digest, DateTimeOffset At);

    private volatile Found? found;

    /// <summary>The home cohort: its digests are public.</summary>
    public Cohort Home { get; } = publication.HomeCohort;

    /// <summary>Today in the home zone.</summary>
    public DateOnly Today => Zones.LocalDate(publication.TimeZone, time.GetUtcNow());

    /// <summary>Returns the digest, or null if the last week has none.</summary>
    public async Task<Digest?> GetAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        if (found is { } known && now - known.At < TimeSpan.FromMinutes(1))
        {
            return known.Digest;
        }

        Digest? digest = null;
        for (var days = 0; days <= Days && digest is null or { Items.Count: 0 }; days++)
        {
            digest = await digests.GetAsync(Today.AddDays(-days), Home.Key, cancellationToken);
        }

        digest = digest is { Items.Count: > 0 } ? digest : null;
        found = new Found(digest, now);
        return digest;
    }
}

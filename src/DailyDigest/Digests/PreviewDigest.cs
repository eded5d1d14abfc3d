using DailyDigest.Calendar;
using DailyDigest.Edits;
using DailyDigest.Selection;
using DailyDigest.Settings;

namespace DailyDigest.Digests;

/// <summary>A digest that a cohort would get.</summary>
/// <param name="Cohort">The cohort.</param>
/// <param name="Digest">Chosen now, or frozen earlier.</param>
/// <param name="Frozen">True if the date's digest is stored already, so that it no longer changes.</param>
public sealed record Preview(Cohort Cohort, Digest Digest, bool Frozen);

/// <summary>Shows the digest that a cohort would get, without storing or sending anything.</summary>
public sealed class PreviewDigest(
    DigestStore digests, PrepareDigest prepare, IDigestRenderer renderer, Publication publication, TimeProvider time)
{
    /// <summary>The target of a preview's personal links: the front page.</summary>
    public string HarmlessLink => publication.BaseUrl + "/";

    /// <summary>Chooses the digest for readers with the choice.</summary>
    /// <param name="cohort">The cohort.</param>
    /// <param name="wanted">The local date; null for the cohort's next date without a digest.</param>
    /// <param name="choice">The choice of its readers.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public async Task<Preview> ExecuteAsync(
        Cohort cohort, DateOnly? wanted, StoryChoice choice, CancellationToken cancellationToken)
    {
        var date = wanted ?? Zones.LocalDate(cohort.Zone, time.GetUtcNow());
        while (wanted is null
            && (!cohort.Rhythm.Includes(date) || await digests.GetAsync(date, cohort.Key, cancellationToken) is not null))
        {
            date = date.AddDays(1);
        }

        return (await EachAsync(cohort, date, [choice], cancellationToken))[0];
    }

    /// <summary>Chooses the digest of a date as it would be now if editors had decided so.</summary>
    /// <param name="cohort">The cohort.</param>
    /// <param name="choice">The choice of its readers.</param>
    /// <param name="edits">The decisions, for their date.</param>
    /// <param name="limits">False for a digest of any number of stories: it has all that an editor could take in.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public Task<Digest> TryAsync(
        Cohort cohort, StoryChoice choice, DayEdits edits, bool limits, CancellationToken cancellationToken) =>
        prepare.TryAsync(cohort, choice, edits, limits, time.GetUtcNow(), cancellationToken);

    /// <summary>Chooses the digest of a date for readers with each of the choices. The stories are read once.</summary>
    public async Task<IReadOnlyList<Preview>> EachAsync(
        Cohort cohort, DateOnly date, IReadOnlyList<StoryChoice> choices, CancellationToken cancellationToken)
    {
        // The digest of a choice is frozen when the first of their readers is sent to, as of the instant of the whole one.
        var whole = await digests.GetAsync(date, cohort.Key, cancellationToken);
        var asOf = whole?.FrozenAt ?? time.GetUtcNow();
        Task<StoryPool>? pool = null;
        var previews = new List<Preview>();
        foreach (var choice in choices)
        {
            var frozen = choice.IsAll ? whole : await digests.GetAsync(date, choice.DigestKey(cohort.Key), cancellationToken);
            previews.Add(new Preview(
                cohort,
                frozen ?? await prepare.ChooseAsync(
                    cohort, date, choice, await (pool ??= prepare.ReadPoolAsync(asOf, cancellationToken)), cancellationToken),
                frozen is not null));
        }

        return previews;
    }

    /// <summary>
    /// The mail, with links that lead to the publication's front page instead of a reader's own; null if there are no items.
    /// </summary>
    public async Task<Variant?> RenderAsync(Digest digest, string language, CancellationToken cancellationToken)
    {
        var variant = await renderer.RenderAsync(digest, language, digest.Sections, cancellationToken);
        return variant is null ? null : variant with { Html = Harmless(variant.Html), Text = Harmless(variant.Text) };
    }

    private string Harmless(string text) =>
        Slots.All.Aggregate(text, (result, slot) => result.Replace(slot, HarmlessLink, StringComparison.Ordinal));
}

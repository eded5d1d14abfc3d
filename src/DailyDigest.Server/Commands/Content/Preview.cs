using DailyDigest.Calendar;
using DailyDigest.Digests;
using DailyDigest.Selection;
using DailyDigest.Settings;

namespace DailyDigest.Server.Commands;

/// <summary>The digest that a cohort would get, chosen without storing anything.</summary>
/// <param name="Digest">Chosen now, or frozen earlier.</param>
/// <param name="Frozen">True if the date's digest is stored already.</param>
internal sealed record Preview(Cohort Cohort, Digest Digest, bool Frozen)
{
    /// <summary>
    /// Chooses for the date; by default for the cohort's next date without a digest. For readers with this choice.
    /// </summary>
    public static async Task<Preview> ChooseAsync(
        IServiceProvider services, Cohort cohort, DateOnly? wanted, StoryChoice choice, CancellationToken cancellationToken)
    {
        var digests = services.GetRequiredService<DigestStore>();
        var now = services.GetRequiredService<TimeProvider>().GetUtcNow();
        var date = wanted ?? Zones.LocalDate(cohort.Zone, now);
        var frozen = await digests.GetAsync(date, cohort.Key, cancellationToken);
        while (wanted is null && (frozen is not null || !cohort.Rhythm.Includes(date)))
        {
            date = date.AddDays(1);
            frozen = await digests.GetAsync(date, cohort.Key, cancellationToken);
        }

        // The digest of a choice is frozen when the first of their readers is sent to, as of the instant of the whole one.
        var asOf = frozen?.FrozenAt ?? now;
        frozen = choice.IsAll ? frozen : await digests.GetAsync(date, choice.DigestKey(cohort.Key), cancellationToken);
        var digest = frozen
            ?? await services.GetRequiredService<PrepareDigest>().ChooseAsync(cohort, date, choice, asOf, cancellationToken);
        return new Preview(cohort, digest, frozen is not null);
    }

    /// <summary>
    /// The mail, with links that lead to the publication's front page instead of a reader's own; null if there are no items.
    /// </summary>
    public async Task<Variant?> RenderAsync(IServiceProvider services, string language, CancellationToken cancellationToken)
    {
        var renderer = services.GetRequiredService<IDigestRenderer>();
        var variant = await renderer.RenderAsync(Digest, language, Digest.Sections, cancellationToken);
        return variant is null ? null : variant with
        {
            Html = Harmless(variant.Html, services.GetRequiredService<Publication>()),
            Text = Harmless(variant.Text, services.GetRequiredService<Publication>()),
        };
    }

    /// <summary>The target of a preview's personal links: the front page.</summary>
    public static string HarmlessLink(Publication publication) => publication.BaseUrl + "/";

    private static string Harmless(string text, Publication publication) =>
        Slots.All.Aggregate(text, (result, slot) => result.Replace(slot, HarmlessLink(publication), StringComparison.Ordinal));
}

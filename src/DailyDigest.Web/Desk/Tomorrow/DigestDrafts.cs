using System.Security.Cryptography;
using System.Text;
using DailyDigest.Calendar;
using DailyDigest.Content;
using DailyDigest.Digests;
using DailyDigest.Edits;
using DailyDigest.Selection;
using DailyDigest.Settings;

namespace DailyDigest.Web;

/// <summary>The next digest of the home cohort as an editor sees it.</summary>
/// <param name="Preview">The digest as it would be made now.</param>
/// <param name="Edits">The decisions of editors so far.</param>
/// <param name="Due">The home cohort's hour on the date.</param>
/// <param name="Stories">The language of its stories; null if readers get all of them.</param>
/// <param name="Offered">The languages of stories among which readers choose; empty if they do not.</param>
/// <param name="NeedsApproval">True if it waits for an approval.</param>
public sealed record DigestDraft(
    Preview Preview, DayEdits Edits, DateTimeOffset? Due, string? Stories, IReadOnlyList<string> Offered, bool NeedsApproval)
{
    /// <summary>The version of a date without edits.</summary>
    public const string NoVersion = "none";

    /// <summary>The version that a form carries.</summary>
    public string Version => Edits.ETag ?? NoVersion;
}

/// <summary>The data that only the page of a draft needs.</summary>
/// <param name="Mark">Stands for the stories of every digest of the date.</param>
/// <param name="Subjects">The subjects of its mail as the product writes them, by language.</param>
public sealed record DraftDetails(string Mark, IReadOnlyDictionary<string, string> Subjects)
{
    /// <summary>Why a story that was passed over cannot be taken in, by its id. The others can be taken in.</summary>
    public IReadOnlyDictionary<string, string> Closed { get; init; } = new Dictionary<string, string>();
}

/// <summary>Makes drafts of coming digests.</summary>
internal sealed class DigestDrafts(
    PreviewDigest preview, EditStore edits, StoryStore stories, StoryLanguages languages, ApprovalOptions approval, Publication publication,
    TimeProvider time)
{
    private const int MaxDaysAhead = 7;

    /// <summary>
    /// The draft of the date; of the next date without a digest if it is null. Null if the home cohort has no digest on that date, or it
    /// lies in the past or too far ahead.
    /// </summary>
    public async Task<DigestDraft?> FindAsync(
        DateOnly? date, string? wanted, string pageLanguage, CancellationToken cancellationToken)
    {
        var (home, today) = (publication.HomeCohort, Zones.LocalDate(publication.TimeZone, time.GetUtcNow()));
        if (date is { } day && (day < today || day > today.AddDays(MaxDaysAhead) || !home.Rhythm.Includes(day)))
        {
            return null;
        }

        var language = languages.Offered.FirstOrDefault(one => one == wanted)
            ?? (languages.Of([], pageLanguage) is [var first, ..] ? first : null);
        var shown = await preview.ExecuteAsync(home, date, Choice(language), cancellationToken);
        return new DigestDraft(
            shown, await edits.GetAsync(shown.Digest.Date, cancellationToken), home.DueAt(shown.Digest.Date), language, languages.Offered,
            approval.Required);
    }

    /// <summary>The data that only the page of the draft needs: it chooses every digest of the date and renders each mail.</summary>
    public async Task<DraftDetails> DetailsAsync(DigestDraft draft, CancellationToken cancellationToken) => new(
        Mark(await ShownAsync(draft, cancellationToken)), await SubjectsAsync(draft, cancellationToken))
    {
        Closed = draft.Preview is { Frozen: false, Digest.PassedOver: [_, ..] over }
            ? await ClosedAsync(draft, [.. over.Select(one => one.StoryId)], cancellationToken) : new Dictionary<string, string>(),
    };

    /// <summary>
    /// Whether a pin takes the story in: why it does not, or null; true for early if the digest has too few stories even with it, so that
    /// it stays empty for now.
    /// </summary>
    public async Task<(string? Refusal, bool Early)> TryPinAsync(
        DigestDraft draft, string story, Func<DayEdits, DayEdits> pin, CancellationToken cancellationToken)
    {
        var pinned = pin(draft.Edits) with { Approval = null };
        var tried = await TryAsync(draft, pinned, limits: true, cancellationToken);
        if (tried.Items.Any(item => item.Story.Id == story))
        {
            return (null, false);
        }

        var closed = await ClosedAsync(draft, [story], cancellationToken);
        return closed.TryGetValue(story, out var reason) ? (reason, false)
            : tried.Skipped is not null ? (null, true)
            : (tried.PassedOver.FirstOrDefault(one => one.StoryId == story)?.Reason ?? "", false);
    }

    /// <summary>The mail of the draft; null if it has no stories.</summary>
    public Task<Variant?> RenderAsync(DigestDraft draft, string language, CancellationToken cancellationToken) =>
        draft.Preview.Digest.Items.Count == 0 ? Task.FromResult<Variant?>(null)
            : preview.RenderAsync(draft.Preview.Digest, language, cancellationToken);

    /// <summary>The ids of the stories of every digest of the date: of all stories, and of each language that readers can choose.</summary>
    public async Task<IReadOnlyList<string>> ShownAsync(DigestDraft draft, CancellationToken cancellationToken)
    {
        var each = await preview.EachAsync(
            draft.Preview.Cohort, draft.Preview.Digest.Date, [StoryChoice.All, .. languages.Offered.Select(Choice)], cancellationToken);
        var all = each.SelectMany(one => one.Digest.Items).Select(item => item.Story.Id);
        return [.. all.Distinct(StringComparer.Ordinal).Take(DayEdits.MaxStories)];
    }

    /// <summary>Stands for the stories, whatever their order.</summary>
    public static string Mark(IReadOnlyList<string> stories) => Convert.ToHexStringLower(
        SHA256.HashData(Encoding.ASCII.GetBytes(string.Join('\n', stories.Order(StringComparer.Ordinal)))))[..16];

    /// <summary>The story as its source wrote it; null if there is none.</summary>
    public async Task<Story?> StoryAsync(string id, CancellationToken cancellationToken) =>
        StoryId.Is(id) ? await stories.FindAsync(id, cancellationToken) : null;

    // Why the stories would not be in the digest if an editor pinned them all and it had room for all. Those that would be are missing.
    private async Task<IReadOnlyDictionary<string, string>> ClosedAsync(
        DigestDraft draft, IReadOnlyList<string> ids, CancellationToken cancellationToken)
    {
        var pinned = ids.Aggregate(
            draft.Edits with { Approval = null }, (edits, id) => edits.With(id, edit => edit with { Pinned = true, Dropped = false }));
        var tried = await TryAsync(draft, pinned, limits: false, cancellationToken);
        var open = tried.ToRemember.Select(one => one.StoryId).ToHashSet(StringComparer.Ordinal);
        var reasons = tried.PassedOver.ToDictionary(one => one.StoryId, one => one.Reason, StringComparer.Ordinal);
        return ids.Where(id => !open.Contains(id)).Distinct(StringComparer.Ordinal)
            .ToDictionary(
                id => id, id => reasons.GetValueOrDefault(id, "it is not among the stories of these days"), StringComparer.Ordinal);
    }

    private Task<Digest> TryAsync(DigestDraft draft, DayEdits edits, bool limits, CancellationToken cancellationToken) =>
        preview.TryAsync(draft.Preview.Cohort, Choice(draft.Stories), edits, limits, cancellationToken);

    private async Task<IReadOnlyDictionary<string, string>> SubjectsAsync(DigestDraft draft, CancellationToken cancellationToken)
    {
        var digest = draft.Preview.Digest with { Texts = new Dictionary<string, EditedTexts>() };
        var plain = draft with { Preview = draft.Preview with { Digest = digest } };
        var subjects = new Dictionary<string, string>();
        foreach (var language in publication.Languages)
        {
            if (await RenderAsync(plain, language, cancellationToken) is { } mail)
            {
                subjects[language] = mail.Subject;
            }
        }

        return subjects;
    }

    private static StoryChoice Choice(string? language) => language is null ? StoryChoice.All : new StoryChoice([], [language]);
}

using System.Collections.Concurrent;
using DailyDigest.Calendar;
using DailyDigest.Digests;
using DailyDigest.Mailing;
using DailyDigest.Runs;
using DailyDigest.Selection;
using DailyDigest.Settings;
using DailyDigest.Subscribers;
using Microsoft.Extensions.Logging;

namespace DailyDigest.Sending;

/// <summary>The mails of one run: finds or makes the variant for a reader, and adds the personal parts.</summary>
internal sealed partial class DigestMails(
    Run run, Digest digest, PrepareDigest prepare, VariantStore variants, IDigestRenderer renderer, ReaderLinks links,
    EnvelopeTokens envelopes, Publication publication, StoryLanguages languages, ILogger logger)
{
    private readonly string domain = publication.Domain;
    private readonly string campaign = $"{run.Date.Text()}:{run.Cohort}:digest";
    private readonly ConcurrentDictionary<string, (Variant? Variant, string? Fault)> known = new(StringComparer.Ordinal);
    private Task<StoryPool>? pool;

    /// <summary>
    /// Returns the variant for the reader's language and choice; neither it nor a fault if there is too little in the choice; the fault, in
    /// a few words, if it cannot be rendered. The first worker that needs a variant chooses its stories, renders and stores it; all others
    /// send the stored bytes.
    /// </summary>
    /// <exception cref="NewerVariantException">The stored variant was made by a newer version of this program.</exception>
    public async Task<(Variant? Variant, string? Fault)> VariantAsync(AudienceEntry entry, CancellationToken cancellationToken)
    {
        var language = publication.Language(entry.Language);
        var key = language + "\n" + string.Join('\n', entry.Sections);
        var choice = languages.Choice(entry.Sections, entry.StoryLanguages, language);
        key = choice.Languages.Count == 0 ? key : $"{key}\n\n{string.Join('\n', choice.Languages)}";
        if (known.TryGetValue(key, out var found))
        {
            return found;
        }

        found = await FindAsync(language, choice, cancellationToken);
        if (found.Variant is { } variant && variant.Format > Variant.CurrentFormat)
        {
            throw new NewerVariantException($"The mail of {run.Cohort} on {run.Date.Text()} has slot format {variant.Format}.");
        }

        // There are few variants, because there are few sections and languages to choose from. But a stored row is hostile, so the cache
        // has a limit.
        if (known.Count < 256)
        {
            known[key] = found;
        }

        return found;
    }

    /// <summary>Why a reader gets no mail, in a few words, if there is neither a variant nor a fault.</summary>
    public string WhyEmpty(AudienceEntry entry) =>
        languages.Of(entry.StoryLanguages, publication.Language(entry.Language)) is { Count: > 0 } chosen
            ? $"too little in {string.Join(" and ", chosen)}{(entry.Sections.Count > 0 ? " in the chosen sections" : "")}"
            : entry.Sections.Count > 0 ? "too little in the chosen sections" : "too little in all languages together";

    private async Task<(Variant? Variant, string? Fault)> FindAsync(
        string language, StoryChoice choice, CancellationToken cancellationToken)
    {
        if (await variants.GetAsync(run.Date, run.Cohort, language, choice, cancellationToken) is { } stored)
        {
            return (stored, null);
        }

        var chosen = choice.IsAll ? digest : await prepare.ExecuteAsync(digest, choice, PoolAsync, cancellationToken);
        if (chosen.Items.Count == 0)
        {
            return (null, null);
        }

        Variant? rendered;
        try
        {
            rendered = await renderer.RenderAsync(chosen, language, choice.Sections, cancellationToken);
        }
        catch (Exception exception) when (exception is not (OperationCanceledException or OutOfMemoryException))
        {
            Log.NotRendered(logger, run.Date, run.Cohort, language, exception);
            return (null, $"the mail could not be rendered in {language}: {exception.GetType().Name}");
        }

        return (rendered is null ? null : await variants.KeepAsync(
            run.Date, run.Cohort, rendered with { StoryLanguages = choice.Languages }, cancellationToken), null);
    }

    // Read by the first reader who chose some of the stories, and again if that failed. The part's caller cannot cancel it for others.
    private Task<StoryPool> PoolAsync() =>
        pool = pool is { IsFaulted: false } ? pool : prepare.ReadPoolAsync(digest.FrozenAt, CancellationToken.None);

    /// <summary>
    /// The mail for one reader; null if the stored address cannot be mailed to. The copies of a mail differ in the envelope only.
    /// </summary>
    public DigestMail? For(AudienceEntry entry, Variant variant, int copy) => !EmailAddress.TryReadStored(entry.Address, out var to)
        ? null : new(
        to,
        variant,
        MessageIds.OfDigest(run.Date, entry.SubscriberId, domain),
        campaign,
        links.Unsubscribe(entry.SubscriberId, entry.Version),
        links.Preferences(entry.SubscriberId, entry.Version),
        run.Started,
        envelopes.Create(run.Date, entry.SubscriberId, Math.Min(copy, byte.MaxValue)))
        {
            SubscriberId = entry.SubscriberId,
        };

    private static partial class Log
    {
        [LoggerMessage(331, LogLevel.Error,
            "The mail of run {Date:yyyy-MM-dd} {Cohort} could not be rendered in {Language}; its readers are retried later")]
        public static partial void NotRendered(ILogger logger, DateOnly date, string cohort, string language, Exception exception);
    }
}

/// <summary>The stored mail was made by a newer version of this program: a worker of that version sends the part.</summary>
internal sealed class NewerVariantException : Exception
{
    /// <summary>Creates the exception.</summary>
    public NewerVariantException() { }

    /// <summary>Creates the exception.</summary>
    public NewerVariantException(string message) : base(message) { }

    /// <summary>Creates the exception.</summary>
    public NewerVariantException(string message, Exception innerException) : base(message, innerException) { }
}

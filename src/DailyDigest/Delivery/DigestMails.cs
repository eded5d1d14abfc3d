using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using DailyDigest.Digests;
using DailyDigest.Schedule;
using DailyDigest.Storage;
using DailyDigest.Subscribers;

namespace DailyDigest.Delivery;

/// <summary>The mails of one run: finds or makes the variant for a reader, and adds the personal parts.</summary>
internal sealed class DigestMails(
    Run run, Digest digest, VariantStore variants, IDigestRenderer renderer, ReaderLinks links, Publication publication)
{
    private readonly ConcurrentDictionary<string, Variant?> known = new(StringComparer.Ordinal);

    /// <summary>
    /// Returns the variant for the reader's language and sections, or null if the digest has nothing in them. Whoever first needs a variant
    /// renders and stores it; all others send the stored bytes.
    /// </summary>
    /// <exception cref="NewerVariantException">The stored variant was made by a newer version of this program.</exception>
    public async Task<Variant?> VariantAsync(AudienceEntry entry, CancellationToken cancellationToken)
    {
        var language = publication.Language(entry.Language);
        var key = language + "\n" + string.Join('\n', entry.Sections);
        if (known.TryGetValue(key, out var variant))
        {
            return variant;
        }

        variant = await variants.GetAsync(run.Date, run.Cohort, language, entry.Sections, cancellationToken);
        if (variant is null && await renderer.RenderAsync(digest, language, entry.Sections, cancellationToken) is { } rendered)
        {
            variant = await variants.KeepAsync(run.Date, run.Cohort, rendered, cancellationToken);
        }

        if (variant is not null && variant.Format != Variant.CurrentFormat)
        {
            throw new NewerVariantException($"The mail of {run.Cohort} on {run.Date.Text()} has slot format {variant.Format}.");
        }

        // Sections are a reader's free choice among few: the number of variants is small, but a stored row is not to be trusted with memory.
        if (known.Count < 256)
        {
            known[key] = variant;
        }

        return variant;
    }

    /// <summary>The mail for one reader.</summary>
    public DigestMail For(AudienceEntry entry, Variant variant) => new(
        entry.Address,
        variant,
        MessageId(entry.SubscriberId, run.Date),
        $"{run.Date.Text()}:{run.Cohort}:digest:{publication.Domain}",
        links.Unsubscribe(entry.SubscriberId),
        links.Preferences(entry.SubscriberId),
        run.Started);

    /// <summary>Derived from date and subscriber, so that a message sent again is the same message; tells neither.</summary>
    private string MessageId(string subscriberId, DateOnly date)
    {
        var hash = SHA256.HashData(Encoding.ASCII.GetBytes($"{date.Text()} {subscriberId}"));
        return $"{date:yyyyMMdd}.{Convert.ToHexStringLower(hash.AsSpan(0, 16))}@{publication.Domain}";
    }
}

/// <summary>The stored mail was made by a newer version of this program: the part is left to a worker that knows it.</summary>
public sealed class NewerVariantException : Exception
{
    /// <summary>Creates the exception.</summary>
    public NewerVariantException() { }

    /// <summary>Creates the exception.</summary>
    public NewerVariantException(string message) : base(message) { }

    /// <summary>Creates the exception.</summary>
    public NewerVariantException(string message, Exception innerException) : base(message, innerException) { }
}

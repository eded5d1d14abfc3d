using DailyDigest.Selection;
using DailyDigest.Settings;

namespace DailyDigest.Digests;

/// <summary>
/// A digest rendered and MIME-encoded for one language and choice of stories. The bytes are equal for every recipient except for the slots.
/// All retries on all machines send these bytes. The archive shows <see cref="Html"/>.
/// </summary>
public sealed record Variant
{
    /// <summary>
    /// The version of the slot format. A worker releases a part whose variant has a newer version, so that a newer worker takes it. Every
    /// version must be able to send the formats before its own.
    /// </summary>
    public const int CurrentFormat = 1;

    /// <summary>The slot format of this variant.</summary>
    public int Format { get; init; } = CurrentFormat;

    /// <summary>BCP 47 tag of a language of the publication.</summary>
    public required string Language { get; init; }

    /// <summary>The sections; empty for all.</summary>
    public required IReadOnlyList<string> Sections { get; init; }

    /// <summary>The languages of its stories; empty for all.</summary>
    public IReadOnlyList<string> StoryLanguages { get; init; } = [];

    /// <summary>The choice of its readers.</summary>
    public StoryChoice Choice => new(Sections, StoryLanguages);

    /// <summary>The subject, not encoded.</summary>
    public required string Subject { get; init; }

    /// <summary>The HTML part with slots, not transfer-encoded: for the archive, previews and the browser view.</summary>
    public required string Html { get; init; }

    /// <summary>The plain-text part.</summary>
    public required string Text { get; init; }

    /// <summary>
    /// The encoded MIME body: multipart/alternative from its Content-Type header on, CRLF, with slots for personal links.
    /// </summary>
    public required byte[] Body { get; init; }

    /// <summary>Items removed from the end to keep the mail under the size limit.</summary>
    public int Trimmed { get; init; }
}

/// <summary>
/// The places for personal bytes in a mail. In <see cref="Variant.Body"/> a slot is the ASCII marker <c>{{dd:NAME}}</c> on its own line.
/// </summary>
public static class Slots
{
    /// <summary>The URL of the subscriber's unsubscribe page.</summary>
    public const string Unsubscribe = "{{dd:unsubscribe}}";

    /// <summary>The URL of the subscriber's preferences page.</summary>
    public const string Preferences = "{{dd:preferences}}";

    /// <summary>All slots.</summary>
    public static readonly IReadOnlyList<string> All = [Unsubscribe, Preferences];
}

/// <summary>Renders a digest as it would be with another look, as HTML; null if it has no item. For a preview: nothing is stored.</summary>
public delegate Task<string?> RenderLook(Digest digest, string language, Publication look, CancellationToken cancellationToken);

/// <summary>Renders digests. DailyDigest.Mail implements it with RazorLight.</summary>
public interface IDigestRenderer
{
    /// <summary>
    /// Renders the digest in the language for the <paramref name="sections"/> (empty for all). Deterministic. Returns null if no item is in
    /// the sections. The encoded message has less than 102,400 bytes.
    /// </summary>
    Task<Variant?> RenderAsync(Digest digest, string language, IReadOnlyList<string> sections, CancellationToken cancellationToken);

    /// <summary>
    /// Compiles the templates, so that the first mail does not wait for the compiler. Checks a publisher's own templates.
    /// </summary>
    /// <exception cref="InvalidOperationException">
    /// A template does not compile or lacks the unsubscribe link or the postal address.
    /// </exception>
    Task WarmUpAsync(CancellationToken cancellationToken);
}

namespace DailyDigest.Digests;

/// <summary>
/// A digest rendered and MIME-encoded for one language and set of sections. The bytes are the same for every recipient but for slots.
/// All retries, on any machine, send these bytes; the archive shows <see cref="Html"/>.
/// </summary>
public sealed record Variant
{
    /// <summary>The version of the slot format this program writes and reads. A part whose variant has another one is left to a newer worker.</summary>
    public const int CurrentFormat = 1;

    /// <summary>Slot format of this variant.</summary>
    public int Format { get; init; } = CurrentFormat;

    /// <summary>BCP 47 tag of a language the publication has.</summary>
    public required string Language { get; init; }

    /// <summary>Sections it was made for; empty for all.</summary>
    public required IReadOnlyList<string> Sections { get; init; }

    /// <summary>The subject, not encoded.</summary>
    public required string Subject { get; init; }

    /// <summary>The page as sent, with slots as in the mail but not transfer-encoded; for the archive, previews and the browser view.</summary>
    public required string Html { get; init; }

    /// <summary>The plain-text twin.</summary>
    public required string Text { get; init; }

    /// <summary>The encoded MIME body: multipart/alternative from its Content-Type header on, CRLF, with slots where personal links belong.</summary>
    public required byte[] Body { get; init; }

    /// <summary>Items that were left out from the end so that the mail stays under the size limit.</summary>
    public int Trimmed { get; init; }
}

/// <summary>The personal bytes of a mail. In <see cref="Variant.Body"/> each slot is the marker <c>{{dd:NAME}}</c>, ASCII, on a line of its own.</summary>
public static class Slots
{
    /// <summary>URL of the unsubscribe page of this subscriber.</summary>
    public const string Unsubscribe = "{{dd:unsubscribe}}";

    /// <summary>URL of the preferences page of this subscriber.</summary>
    public const string Preferences = "{{dd:preferences}}";

    /// <summary>All slots.</summary>
    public static readonly IReadOnlyList<string> All = [Unsubscribe, Preferences];
}

/// <summary>Renders mails; one implementation knows RazorLight (DailyDigest.Mail).</summary>
public interface IDigestRenderer
{
    /// <summary>
    /// Renders the digest in the language for those who chose <paramref name="sections"/> (empty = all sections).
    /// Deterministic for equal input. Returns null when no item is in the sections. The encoded message stays under 102,400 bytes.
    /// </summary>
    Task<Variant?> RenderAsync(Digest digest, string language, IReadOnlyList<string> sections, CancellationToken cancellationToken);

    /// <summary>Compiles the templates, so that the first mail of the day does not wait for the compiler. Checks a publisher's own templates.</summary>
    /// <exception cref="InvalidOperationException">A template does not compile or lacks the unsubscribe link or the postal address.</exception>
    Task WarmUpAsync(CancellationToken cancellationToken);
}

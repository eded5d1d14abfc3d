using MimeKit;
using MimeKit.Utils;

namespace DailyDigest.Mail.Returns;

/// <summary>
/// Keeps of a message what a report can hold, in one pass and in bounded memory: the first headers, and the beginning of the first parts
/// with text.
/// </summary>
internal sealed class ReturnCollector(Stream stream) : MimeReader(Bounded(), stream, MimeFormat.Entity)
{
    private const int MaxParts = 20;
    private const int MaxDepth = 16;

    private readonly RawReturn kept = new();
    private KeptHeaders? headers;
    private KeptHeaders? next;
    private bool hasReturned;
    private int depth;
    private ContentEncoding encoding;
    private RawPart? part;
    private RawPart? preamble;

    /// <summary>Reads the message. A broken one ends where it cannot be read any further.</summary>
    public async Task<RawReturn> CollectAsync(CancellationToken cancellationToken)
    {
        next = kept.Headers;
        try
        {
            await ReadMessageAsync(cancellationToken);
        }
        catch (FormatException)
        {
            // The part before the fault is kept.
        }

        // A boundary that the body does not have makes all of it a preamble.
        if (kept.Parts.Count == 0 && preamble is not null)
        {
            kept.Parts.Add(preamble);
        }

        return kept;
    }

    protected override void OnMessagePartBegin(
        ContentType contentType, long beginOffset, int beginLineNumber, CancellationToken cancellationToken)
    {
        depth++;
        next = depth == 1 && !hasReturned ? kept.Returned : null;
        hasReturned = true;
    }

    protected override void OnMessagePartEnd(
        ContentType contentType, long beginOffset, int beginLineNumber, long headersEndOffset, long endOffset, int lines,
        CancellationToken cancellationToken)
    {
        depth--;
        next = null;
    }

    protected override void OnHeadersBegin(long beginOffset, int beginLineNumber, CancellationToken cancellationToken) =>
        (headers, next, encoding) = (next, null, ContentEncoding.Default);

    protected override void OnHeaderRead(Header header, int beginLineNumber, CancellationToken cancellationToken)
    {
        if (header.Id == HeaderId.ContentTransferEncoding && header.RawValue.Length < 100)
        {
            encoding = MimeUtils.TryParse(header.Value, out ContentEncoding known) ? known : ContentEncoding.Default;
        }

        headers?.Add(header);
    }

    protected override void OnHeadersEnd(
        long beginOffset, int beginLineNumber, long endOffset, int endLineNumber, CancellationToken cancellationToken) => headers = null;

    protected override void OnMimePartBegin(
        ContentType contentType, long beginOffset, int beginLineNumber, CancellationToken cancellationToken)
    {
        part = null;
        if (depth == 0 && kept.Parts.Count < MaxParts
            && contentType.MediaType.ToLowerInvariant() is "text" or "message" or "application")
        {
            part = new RawPart(contentType.MimeType.ToLowerInvariant(), contentType.Charset, encoding);
            kept.Parts.Add(part);
        }
    }

    protected override void OnMimePartContentRead(byte[] buffer, int startIndex, int count, CancellationToken cancellationToken) =>
        part?.Append(buffer.AsSpan(startIndex, count));

    protected override void OnMultipartPreambleRead(byte[] buffer, int startIndex, int count, CancellationToken cancellationToken)
    {
        if (depth == 0)
        {
            (preamble ??= new RawPart("text/plain", null, ContentEncoding.Default)).Append(buffer.AsSpan(startIndex, count));
        }
    }

    protected override void OnMimePartEnd(
        ContentType contentType, long beginOffset, int beginLineNumber, long headersEndOffset, long endOffset, int lines,
        CancellationToken cancellationToken) => part = null;

    private static ParserOptions Bounded()
    {
        var options = ParserOptions.Default.Clone();
        options.MaxMimeDepth = MaxDepth;
        return options;
    }
}

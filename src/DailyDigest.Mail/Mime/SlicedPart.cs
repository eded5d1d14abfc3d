using System.Net;
using System.Runtime.InteropServices;
using DailyDigest.Digests;
using DailyDigest.Mail.Dkim;
using DailyDigest.Storage;
using MimeKit;
using MimeKit.IO;

namespace DailyDigest.Mail.Mime;

/// <summary>
/// A message's body as shared slices and personal bytes: nothing is built or encoded per recipient. It also knows whether the message's
/// end may have left: <see cref="EndMayHaveLeft"/> is set immediately before the last bytes are written, and MailKit sends the final dot
/// only after this part has returned.
/// </summary>
internal sealed class SlicedPart : MimePart
{
    private static readonly byte[] CrLf = [13, 10];

    private readonly EncodedBody body;
    private readonly (byte[] InText, byte[] InHtml) unsubscribe;
    private readonly (byte[] InText, byte[] InHtml) preferences;

    /// <summary>
    /// Creates the part with a content type of its own: an entity subscribes to events of its content type, and a shared one would keep
    /// every message alive.
    /// </summary>
    public SlicedPart(EncodedBody body, string unsubscribeUrl, string preferencesUrl) : base(body.ContentType.Clone())
    {
        this.body = body;
        unsubscribe = Both(unsubscribeUrl);
        preferences = Both(preferencesUrl);
        foreach (var slice in body.Slices)
        {
            Length += Bytes(slice).Length;
        }
    }

    /// <summary>Bytes of the content, without headers.</summary>
    public long Length { get; }

    /// <summary>False if the final dot has certainly not been sent.</summary>
    public bool EndMayHaveLeft { get; private set; }

    /// <summary>Called when all but the last bytes were written; it may throw to keep the end from leaving.</summary>
    public Func<CancellationToken, ValueTask>? BeforeEnd { get; set; }

    /// <summary>The SHA-256 of the content in relaxed form (RFC 6376 3.4.4), for a signature.</summary>
    public byte[] RelaxedHash()
    {
        using var relaxed = new RelaxedBody();
        var shared = body.Relaxed;
        for (var i = 0; i < body.Slices.Count; i++)
        {
            if (body.Slices[i].Slot is null)
            {
                relaxed.Append(shared[i]!);
            }
            else
            {
                relaxed.Append(Bytes(body.Slices[i]).Span);
            }
        }

        return relaxed.Finish();
    }

    /// <summary>The content is encoded already.</summary>
    public override void Prepare(EncodingConstraint constraint, int maxLineLength = 78)
    {
    }

    /// <inheritdoc/>
    public override async Task WriteToAsync(
        FormatOptions options, Stream stream, bool contentOnly, CancellationToken cancellationToken = default)
    {
        if (!contentOnly)
        {
            await Headers.WriteToAsync(options, stream, cancellationToken);
            await stream.WriteAsync(CrLf, cancellationToken);
        }

        // Without a line that begins with a dot MailKit's filter changes nothing, but looks at every byte for each recipient.
        stream = stream is FilteredStream filtered && !body.NeedsStuffing ? filtered.Source : stream;
        EndMayHaveLeft = false;
        var last = body.Slices.Count - 1;
        for (var i = 0; i < last; i++)
        {
            await WriteAsync(Bytes(body.Slices[i]));
        }

        // The last slice ends with the closing boundary and its CRLF.
        var end = Bytes(body.Slices[last]);
        await WriteAsync(end[..^2]);
        if (BeforeEnd is not null)
        {
            await BeforeEnd(cancellationToken);
        }

        EndMayHaveLeft = true;
        await WriteAsync(end[^2..]);

        // MailKit's streams have no overload for memory: they would copy.
        Task WriteAsync(ReadOnlyMemory<byte> bytes) =>
            MemoryMarshal.TryGetArray(bytes, out var array) && array.Array is { } whole
                ? stream.WriteAsync(whole, array.Offset, array.Count, cancellationToken)
                : stream.WriteAsync(bytes, cancellationToken).AsTask();
    }

    /// <inheritdoc/>
    public override void WriteTo(FormatOptions options, Stream stream, bool contentOnly, CancellationToken cancellationToken = default)
    {
        if (!contentOnly)
        {
            Headers.WriteTo(options, stream, cancellationToken);
            stream.Write(CrLf);
        }

        foreach (var slice in body.Slices)
        {
            stream.Write(Bytes(slice).Span);
        }
    }

    private ReadOnlyMemory<byte> Bytes(EncodedBody.Slice slice)
    {
        if (slice.Slot is null)
        {
            return slice.Bytes;
        }

        var (inText, inHtml) = slice.Slot == Slots.Unsubscribe ? unsubscribe : preferences;
        return slice.InHtml ? inHtml : inText;
    }

    private static (byte[] InText, byte[] InHtml) Both(string url) =>
        (QuotedPrintable.Encode(url), QuotedPrintable.Encode(WebUtility.HtmlEncode(url)));
}

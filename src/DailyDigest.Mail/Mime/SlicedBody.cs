using System.Net;
using DailyDigest.Digests;
using DailyDigest.Mail.Dkim;

namespace DailyDigest.Mail.Mime;

/// <summary>A mail's body as shared slices and personal bytes: nothing is built or encoded per recipient.</summary>
internal sealed class SlicedBody
{
    private readonly EncodedBody body;
    private readonly (byte[] InText, byte[] InHtml) unsubscribe;
    private readonly (byte[] InText, byte[] InHtml) preferences;

    /// <summary>Creates the body of one mail.</summary>
    public SlicedBody(EncodedBody body, string unsubscribeUrl, string preferencesUrl)
    {
        this.body = body;
        unsubscribe = Both(unsubscribeUrl);
        preferences = Both(preferencesUrl);
        for (var i = 0; i < Count; i++)
        {
            Length += this[i].Length;
        }
    }

    /// <summary>Bytes of the body.</summary>
    public int Length { get; }

    /// <summary>The slices in their order. The last one ends with the closing boundary and its CRLF.</summary>
    public int Count => body.Slices.Count;

    /// <summary>True if a line begins with a dot, which SMTP doubles.</summary>
    public bool NeedsStuffing => body.NeedsStuffing;

    /// <summary>The bytes of a slice.</summary>
    public ReadOnlyMemory<byte> this[int index]
    {
        get
        {
            var slice = body.Slices[index];
            if (slice.Slot is null)
            {
                return slice.Bytes;
            }

            var (inText, inHtml) = slice.Slot == Slots.Unsubscribe ? unsubscribe : preferences;
            return slice.InHtml ? inHtml : inText;
        }
    }

    /// <summary>The SHA-256 of the body in relaxed form (RFC 6376 3.4.4), for a signature.</summary>
    public byte[] RelaxedHash()
    {
        using var relaxed = new RelaxedBody();
        var shared = body.Relaxed;
        for (var i = 0; i < Count; i++)
        {
            if (shared[i] is { } piece)
            {
                relaxed.Append(piece);
            }
            else
            {
                relaxed.Append(this[i].Span);
            }
        }

        return relaxed.Finish();
    }

    private static (byte[] InText, byte[] InHtml) Both(string url)
    {
        var (inText, inHtml) = (QuotedPrintable.Encode(url), WebUtility.HtmlEncode(url));
        return (inText, inHtml == url ? inText : QuotedPrintable.Encode(inHtml));
    }
}

using System.Buffers;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using DailyDigest.Digests;
using DailyDigest.Mail.Dkim;
using DailyDigest.Runs;
using MimeKit;

namespace DailyDigest.Mail.Mime;

/// <summary>
/// A MIME body that is encoded once and shared by all recipients, cut at its slots. <see cref="Encode"/> writes it for the variant, and
/// every sender reads it through <see cref="Of"/>.
/// </summary>
internal sealed class EncodedBody
{
    private static readonly ConditionalWeakTable<Variant, EncodedBody> Bodies = [];

    private readonly Lazy<IReadOnlyList<RelaxedBody.Piece?>> relaxed;

    private EncodedBody(ContentType contentType, IReadOnlyList<Slice> slices)
    {
        ContentType = contentType;
        Slices = slices;
        NeedsStuffing = slices.Select((slice, i) => (slice, i)).Any(pair => pair.slice.Bytes.Span.IndexOf("\n."u8) >= 0
            || (pair.slice.Bytes.Span.StartsWith("."u8) && (pair.i == 0 || slices[pair.i - 1].Slot is null)));
        relaxed = new(() => [.. Slices.Select(slice => slice.Slot is null ? new RelaxedBody.Piece(slice.Bytes) : null)]);
    }

    /// <summary>multipart/alternative with its boundary.</summary>
    public ContentType ContentType { get; }

    /// <summary>Shared bytes and slots in order.</summary>
    public IReadOnlyList<Slice> Slices { get; }

    /// <summary>True if a line begins with a dot, which SMTP doubles. <see cref="Encode"/> writes no such line.</summary>
    public bool NeedsStuffing { get; }

    /// <summary>The signed form of each slice; null for a slot. It is made once per variant, and only if mail is signed.</summary>
    public IReadOnlyList<RelaxedBody.Piece?> Relaxed => relaxed.Value;

    /// <summary>Either shared bytes or the name of a slot. In the HTML part a slot is in an attribute.</summary>
    internal readonly record struct Slice(ReadOnlyMemory<byte> Bytes, string? Slot, bool InHtml);

    /// <summary>
    /// multipart/alternative of the two parts in quoted-printable UTF-8, from its Content-Type header on. The boundary is a hash of the
    /// content: the same parts give the same bytes. "=_" cannot occur in quoted-printable, so no content can contain it.
    /// </summary>
    public static byte[] Encode(string text, string html, IReadOnlyList<string> slots)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(text + "\0" + html));
        var boundary = "=_dd_" + Convert.ToHexStringLower(hash.AsSpan(0, 12));
        var output = new ArrayBufferWriter<byte>((text.Length + html.Length) * 5 / 4 + 1024);
        Ascii($"Content-Type: multipart/alternative; boundary=\"{boundary}\"\r\n\r\n");
        Part("plain", text);
        Part("html", html);
        Ascii($"--{boundary}--\r\n");
        return output.WrittenSpan.ToArray();

        void Part(string kind, string content)
        {
            Ascii($"--{boundary}\r\nContent-Type: text/{kind}; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n");
            QuotedPrintable.Encode(output, content.EndsWith('\n') ? content : content + "\n", slots);
        }

        void Ascii(string line) => output.Write(Encoding.ASCII.GetBytes(line));
    }

    /// <summary>The variant's body, cut once per variant and process.</summary>
    /// <exception cref="FormatException">The bytes are not what <see cref="Encode"/> writes.</exception>
    public static EncodedBody Of(Variant variant) => Bodies.GetValue(variant, static v => Parse(v.Body));

    /// <summary>Cuts encoded bytes at their slots.</summary>
    /// <exception cref="FormatException">The bytes are not what <see cref="Encode"/> writes.</exception>
    public static EncodedBody Parse(byte[] bytes)
    {
        var headerEnd = bytes.AsSpan().IndexOf("\r\n\r\n"u8);
        const string Name = "Content-Type:";
        if (headerEnd < 0 || Encoding.ASCII.GetString(bytes, 0, headerEnd) is not { } header
            || !header.StartsWith(Name, StringComparison.OrdinalIgnoreCase)
            || !ContentType.TryParse(header[Name.Length..], out var contentType))
        {
            throw new FormatException("The variant's body does not begin with its Content-Type.");
        }

        return new EncodedBody(contentType, Cut(bytes.AsMemory(headerEnd + 4)));
    }

    private static List<Slice> Cut(ReadOnlyMemory<byte> rest)
    {
        var slices = new List<Slice>();
        var inHtml = false;
        while (true)
        {
            var (at, slot) = (-1, "");
            foreach (var candidate in Slots.All)
            {
                var found = rest.Span.IndexOf(Encoding.ASCII.GetBytes(candidate));
                if (found >= 0 && (at < 0 || found < at))
                {
                    (at, slot) = (found, candidate);
                }
            }

            if (at < 0)
            {
                slices.Add(new Slice(rest, null, inHtml));
                return slices;
            }

            inHtml |= rest.Span[..at].IndexOf("\r\nContent-Type: text/html"u8) >= 0;
            slices.Add(new Slice(rest[..at], null, inHtml));
            slices.Add(new Slice(default, slot, inHtml));
            rest = rest[(at + slot.Length)..];
        }
    }
}

using System.Buffers;
using MimeKit;
using MimeKit.Utils;

namespace DailyDigest.Mail.Returns;

/// <summary>The headers of a message that were kept: the first ones, each cut.</summary>
internal sealed class KeptHeaders
{
    private const int MaxHeaders = 200;
    private const int MaxLength = 4_000;

    private readonly List<(string Name, string Value)> all = [];

    /// <summary>Keeps a header; does nothing beyond the limit.</summary>
    public void Add(Header header)
    {
        if (all.Count < MaxHeaders)
        {
            var raw = header.RawValue.AsSpan(0, Math.Min(header.RawValue.Length, MaxLength)).ToArray();
            var value = Rfc2047.DecodeText(raw);
            all.Add((header.Field, value.Length > MaxLength ? value[..MaxLength] : value));
        }
    }

    /// <summary>The values of headers with one of the names, in the order of the names.</summary>
    public IEnumerable<string> Values(params string[] names) =>
        names.SelectMany(name => all.Where(one => one.Name.Equals(name, StringComparison.OrdinalIgnoreCase)))
            .Select(one => one.Value.Trim());

    /// <summary>The first value; empty if there is none.</summary>
    public string First(string name) => Values(name).FirstOrDefault() ?? "";
}

/// <summary>A part of a message, with the beginning of its content.</summary>
internal sealed class RawPart(string type, string? charset, ContentEncoding encoding)
{
    /// <summary>Bytes of a part that are kept at most, still encoded.</summary>
    public const int MaxBytes = 64 * 1024;

    private readonly ArrayBufferWriter<byte> content = new();

    /// <summary>The media type, in small letters.</summary>
    public string Type { get; } = type;

    public void Append(ReadOnlySpan<byte> bytes) => content.Write(bytes[..Math.Min(bytes.Length, MaxBytes - content.WrittenCount)]);

    /// <summary>The content as text, its lines divided by line feeds.</summary>
    public string Text()
    {
        using var decoded = new MemoryStream();
        using (var encoded = new MimeContent(new MemoryStream(content.WrittenSpan.ToArray()), encoding))
        {
            encoded.DecodeTo(decoded);
        }

        var bytes = decoded.ToArray();
        return Content.Charset.Find(bytes, [charset], []).Decode(bytes).ReplaceLineEndings("\n");
    }
}

/// <summary>The parts and headers of a message that were kept.</summary>
internal sealed class RawReturn
{
    public KeptHeaders Headers { get; } = new();

    /// <summary>The headers of the first message inside.</summary>
    public KeptHeaders Returned { get; } = new();

    /// <summary>The parts of the message itself, without those of a message inside.</summary>
    public List<RawPart> Parts { get; } = [];

    public bool IsCut { get; set; }
}

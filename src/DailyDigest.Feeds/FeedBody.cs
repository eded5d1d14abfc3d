using System.IO.Compression;
using DailyDigest.Content;

namespace DailyDigest.Feeds;

/// <summary>
/// Reads and decompresses a body. The size limit applies to the body as sent and after every layer, against decompression bombs.
/// </summary>
internal static class FeedBody
{
    private const int MaxLayers = 2;

    private static readonly string[] Requested = ["gzip", "x-gzip", "deflate", "br"];
    private static readonly string[] Others = ["zstd", "compress", "x-compress", "dcb", "dcz", "exi", "pack200-gzip"];

    public static async Task<byte[]> ReadAsync(HttpContent content, CancellationToken cancellationToken)
    {
        if (content.Headers.ContentLength > FeedLimits.MaxBytes)
        {
            throw TooLarge();
        }

        // Names that are no compression, such as none, identity, utf-8 or binary, say nothing.
        var codings = content.Headers.ContentEncoding.SelectMany(line => line.Split(',')).Select(coding => coding.Trim().ToLowerInvariant())
            .Where(coding => Requested.Contains(coding) || Others.Contains(coding)).Reverse().ToArray();
        if (codings.Length > MaxLayers)
        {
            throw new FeedFault("compressed more than twice");
        }

        if (Array.Find(codings, Others.Contains) is { } other)
        {
            throw new FeedFault($"compressed with a method that was not requested ({other})");
        }

        await using var stream = await content.ReadAsStreamAsync(cancellationToken);
        var bytes = await AllAsync(stream, cancellationToken);
        foreach (var coding in codings.Where(_ => !IsText(bytes)))
        {
            bytes = await DecompressAsync(coding, bytes, cancellationToken)
                ?? throw new FeedFault($"Content-Encoding is {coding}, but the body is not");
        }

        // Some servers compress without saying so, or a second time, or serve a file feed.xml.gz.
        for (var layer = 0; layer < MaxLayers && IsGzip(bytes); layer++)
        {
            bytes = await DecompressAsync("gzip", bytes, cancellationToken) ?? throw new FeedFault("compressed, but not with gzip");
        }

        return bytes;
    }

    // Null if the body is not so compressed. A body that was cut off is read as far as it goes.
    private static async Task<byte[]?> DecompressAsync(string coding, byte[] bytes, CancellationToken cancellationToken)
    {
        await using var decompressed = Decompress(coding, bytes);
        using var all = new MemoryStream();
        try
        {
            await CopyAsync(decompressed, all, cancellationToken);
        }
        catch (Exception fault) when (fault is InvalidDataException or InvalidOperationException or IOException)
        {
            return all.Length > 0 ? all.ToArray() : null;
        }

        return all.ToArray();
    }

    // Some servers name a compression that a proxy has undone.
    private static bool IsText(byte[] bytes) =>
        bytes.AsSpan().TrimStart(" \t\r\n"u8) is [(byte)'<' or (byte)'{', ..] or [0xEF, 0xBB, 0xBF, ..];

    private static bool IsGzip(byte[] bytes) => bytes is [0x1F, 0x8B, 8, ..];

    private static Stream Decompress(string coding, byte[] bytes)
    {
        var compressed = new MemoryStream(bytes, writable: false);
        return coding switch
        {
            "gzip" or "x-gzip" => new GZipStream(compressed, CompressionMode.Decompress),
            "br" => new BrotliStream(compressed, CompressionMode.Decompress),

            // RFC 9110, 8.4.1.2 requires zlib; some servers send raw deflate.
            "deflate" when bytes.Length > 1 && (bytes[0] & 0x0F) == 8 && ((bytes[0] << 8) + bytes[1]) % 31 == 0 =>
                new ZLibStream(compressed, CompressionMode.Decompress),
            _ => new DeflateStream(compressed, CompressionMode.Decompress),
        };
    }

    private static async Task<byte[]> AllAsync(Stream stream, CancellationToken cancellationToken)
    {
        using var all = new MemoryStream();
        await CopyAsync(stream, all, cancellationToken);
        return all.ToArray();
    }

    private static async Task CopyAsync(Stream stream, MemoryStream all, CancellationToken cancellationToken)
    {
        var chunk = new byte[64 * 1024];
        for (int read; (read = await stream.ReadAsync(chunk, cancellationToken)) > 0;)
        {
            all.Write(chunk, 0, read);
            if (all.Length > FeedLimits.MaxBytes)
            {
                throw TooLarge();
            }
        }
    }

    private static FeedFault TooLarge() => new("larger than 5 MB") { Problem = FeedProblem.TooLarge };
}

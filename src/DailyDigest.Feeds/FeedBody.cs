using System.IO.Compression;

namespace DailyDigest.Feeds;

/// <summary>Reads and unpacks a body within the limit: as sent, and again after each layer of packing (a small bomb unpacks to a large one).</summary>
internal static class FeedBody
{
    private const int MaxLayers = 2;

    public static async Task<byte[]> ReadAsync(HttpContent content, CancellationToken cancellationToken)
    {
        if (content.Headers.ContentLength > FeedLimits.MaxBytes)
        {
            throw TooLarge();
        }

        var codings = content.Headers.ContentEncoding.SelectMany(line => line.Split(',')).Select(coding => coding.Trim().ToLowerInvariant())
            .Where(coding => coding is not ("" or "identity")).Reverse().ToArray();
        if (codings.Length > MaxLayers)
        {
            throw new FeedFault("packed more than twice");
        }

        await using var stream = await content.ReadAsStreamAsync(cancellationToken);
        var bytes = await AllAsync(stream, cancellationToken);
        foreach (var coding in codings)
        {
            try
            {
                await using var unpacked = Unpack(coding, bytes);
                bytes = await AllAsync(unpacked, cancellationToken);
            }
            catch (Exception fault) when (fault is InvalidDataException or InvalidOperationException or IOException)
            {
                throw new FeedFault($"says that it is packed with {coding} and is not");
            }
        }

        return bytes;
    }

    private static Stream Unpack(string coding, byte[] bytes)
    {
        var packed = new MemoryStream(bytes, writable: false);
        return coding switch
        {
            "gzip" or "x-gzip" => new GZipStream(packed, CompressionMode.Decompress),
            "br" => new BrotliStream(packed, CompressionMode.Decompress),

            // RFC 9110 8.4.1.2 says zlib; some servers send bare deflate.
            "deflate" when bytes.Length > 1 && (bytes[0] & 0x0F) == 8 && ((bytes[0] << 8) + bytes[1]) % 31 == 0 =>
                new ZLibStream(packed, CompressionMode.Decompress),
            "deflate" => new DeflateStream(packed, CompressionMode.Decompress),
            _ => throw new FeedFault($"packed in a way that was not asked for ({DailyDigest.Content.ContentText.Line(coding, 20)})"),
        };
    }

    private static async Task<byte[]> AllAsync(Stream stream, CancellationToken cancellationToken)
    {
        using var all = new MemoryStream();
        var chunk = new byte[64 * 1024];
        for (int read; (read = await stream.ReadAsync(chunk, cancellationToken)) > 0;)
        {
            all.Write(chunk, 0, read);
            if (all.Length > FeedLimits.MaxBytes)
            {
                throw TooLarge();
            }
        }

        return all.ToArray();
    }

    private static FeedFault TooLarge() => new("larger than 5 MB");
}

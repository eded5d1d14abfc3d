using System.IO.Compression;

namespace DailyDigest.Feeds;

/// <summary>
/// Reads and decompresses a body. The size limit applies to the body as sent and after every layer, against decompression bombs.
/// </summary>
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
            .Where(coding => coding is not ("" or "identity" or "none" or "utf-8")).Reverse().ToArray();
        if (codings.Length > MaxLayers)
        {
            throw new FeedFault("compressed more than twice");
        }

        await using var stream = await content.ReadAsStreamAsync(cancellationToken);
        var bytes = await AllAsync(stream, cancellationToken);
        foreach (var coding in codings)
        {
            try
            {
                await using var decompressed = Decompress(coding, bytes);
                bytes = await AllAsync(decompressed, cancellationToken);
            }
            catch (Exception fault) when (fault is InvalidDataException or InvalidOperationException or IOException)
            {
                throw new FeedFault($"Content-Encoding is {coding}, but the body is not");
            }
        }

        return codings.Length == 0 && IsGzip(bytes) ? await UnlabelledAsync(bytes, cancellationToken) : bytes;
    }

    // Some servers compress without saying so, or serve a file feed.xml.gz.
    private static async Task<byte[]> UnlabelledAsync(byte[] bytes, CancellationToken cancellationToken)
    {
        try
        {
            await using var decompressed = Decompress("gzip", bytes);
            return await AllAsync(decompressed, cancellationToken);
        }
        catch (InvalidDataException)
        {
            return bytes;
        }
    }

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
            "deflate" => new DeflateStream(compressed, CompressionMode.Decompress),
            _ => throw new FeedFault(
                $"compressed with a method that was not requested ({DailyDigest.Content.ContentText.Line(coding, 20)})"),
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

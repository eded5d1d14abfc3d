using System.IO.Compression;

namespace DailyDigest.Storage;

/// <summary>
/// Values larger than one property: compressed (Brotli) and split into at most 15 properties <c>name0</c>, <c>name1</c> and so on.
/// </summary>
internal static class LargeValue
{
    private const int MaxParts = 15;

    /// <summary>Adds the value to the row.</summary>
    /// <exception cref="ArgumentException">The compressed value exceeds 15 x 64 KiB.</exception>
    public static void AddLarge(this TableRow row, string name, ReadOnlySpan<byte> value)
    {
        var buffer = new byte[BrotliEncoder.GetMaxCompressedLength(value.Length)];
        if (!BrotliEncoder.TryCompress(value, buffer, out var written, quality: 5, window: 22)
            || written > MaxParts * TableRules.MaxBytesLength)
        {
            throw new ArgumentException($"The value {name} is too large for a row.", nameof(value));
        }

        for (var (part, offset) = (0, 0); offset < written; part++, offset += TableRules.MaxBytesLength)
        {
            row.Add(name + part, buffer[offset..Math.Min(written, offset + TableRules.MaxBytesLength)]);
        }
    }

    /// <summary>Reads a value that <see cref="AddLarge"/> wrote; null if absent. At most 16 MiB.</summary>
    /// <exception cref="InvalidDataException">The stored bytes are damaged.</exception>
    public static byte[]? Large(this TableRow row, string name)
    {
        using var packed = new MemoryStream();
        for (var part = 0; part < MaxParts && row.Bytes(name + part) is { } bytes; part++)
        {
            packed.Write(bytes);
        }

        if (packed.Length == 0)
        {
            return null;
        }

        try
        {
            return Unpack(name, packed);
        }
        catch (InvalidOperationException exception)
        {
            // The Brotli decoder throws this for invalid bytes.
            throw new InvalidDataException($"The stored value {name} is damaged.", exception);
        }
    }

    private static byte[] Unpack(string name, MemoryStream packed)
    {
        packed.Position = 0;
        using var brotli = new BrotliStream(packed, CompressionMode.Decompress);
        using var value = new MemoryStream();
        var chunk = new byte[16 * 1024];
        for (int read; (read = brotli.Read(chunk)) > 0 && value.Length <= 16 << 20;)
        {
            value.Write(chunk, 0, read);
        }

        return value.Length > 16 << 20 ? throw new InvalidDataException($"The stored value {name} is too large.") : value.ToArray();
    }
}

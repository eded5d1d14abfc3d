using System.Buffers.Binary;
using System.Text;
using SkiaSharp;

namespace DailyDigest.Feeds.Tests;

/// <summary>Pictures made for a test, and what an attacker makes of them.</summary>
internal static class TestPictures
{
    /// <summary>A picture whose left half is red and whose right half is blue.</summary>
    public static byte[] Make(int width, int height, SKEncodedImageFormat format = SKEncodedImageFormat.Jpeg)
    {
        using var bitmap = new SKBitmap(width, height);
        bitmap.Erase(SKColors.Red);
        bitmap.Erase(SKColors.Blue, SKRectI.Create(width / 2, 0, width - (width / 2), height));
        using var data = bitmap.Encode(format, 90);
        return data.ToArray();
    }

    /// <summary>A GIF of one colour, written by hand: Skia does not write GIF.</summary>
    public static byte[] Gif(int width, int height)
    {
        var gif = new MemoryStream();
        gif.Write("GIF89a"u8);
        gif.Write([(byte)width, (byte)(width >> 8), (byte)height, (byte)(height >> 8), 0x80, 0, 0, 255, 0, 0, 0, 0, 0]);
        gif.Write([0x2C, 0, 0, 0, 0, (byte)width, (byte)(width >> 8), (byte)height, (byte)(height >> 8), 0, 2]);

        // Clear (4), then one code of two bits for each pixel, cleared before the codes would grow; end (5). Codes have 3 bits.
        var (bits, count) = (0, 0);
        var data = new List<byte>();
        for (var pixel = 0; pixel < width * height; pixel++)
        {
            if (pixel % 2 == 0)
            {
                Put(4);
            }

            Put(0);
        }

        Put(5);
        data.Add((byte)bits);
        foreach (var block in data.Chunk(255))
        {
            gif.WriteByte((byte)block.Length);
            gif.Write(block);
        }

        gif.Write([0, 0x3B]);
        return gif.ToArray();

        void Put(int code)
        {
            bits |= code << count;
            for (count += 3; count >= 8; count -= 8, bits >>= 8)
            {
                data.Add((byte)bits);
            }
        }
    }

    /// <summary>A small PNG whose header claims another size.</summary>
    public static byte[] PngThatClaims(int width, int height)
    {
        var png = Make(60, 60, SKEncodedImageFormat.Png);
        BinaryPrimitives.WriteInt32BigEndian(png.AsSpan(16), width);
        BinaryPrimitives.WriteInt32BigEndian(png.AsSpan(20), height);
        BinaryPrimitives.WriteUInt32BigEndian(png.AsSpan(29), Crc(png.AsSpan(12, 17)));
        return png;
    }

    /// <summary>A JPEG with EXIF data: the orientation, and a text that must not get out.</summary>
    public static byte[] JpegWithExif(int width, int height, byte orientation)
    {
        byte[] tiff = [.. "MM"u8, 0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0];
        byte[] exif = [.. "Exif\0\0"u8, .. tiff, .. "GPS 43.2965N"u8];
        var jpeg = Make(width, height);
        return [0xFF, 0xD8, 0xFF, 0xE1, 0, (byte)(exif.Length + 2), .. exif, .. jpeg[2..]];
    }

    /// <summary>A JPEG with very many starts of a scan.</summary>
    public static byte[] JpegOfManyScans() =>
        [.. Make(60, 60)[..^2], .. Enumerable.Repeat(Encoding.Latin1.GetBytes("\u00FF\u00DA"), 100).SelectMany(scan => scan), 0xFF, 0xD9];

    public static SKBitmap Read(byte[] bytes) => SKBitmap.Decode(bytes);

    private static uint Crc(ReadOnlySpan<byte> bytes)
    {
        var crc = 0xFFFFFFFFu;
        foreach (var one in bytes)
        {
            crc ^= one;
            for (var bit = 0; bit < 8; bit++)
            {
                crc = (crc >> 1) ^ ((crc & 1) * 0xEDB88320u);
            }
        }

        return ~crc;
    }
}

using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Globalization;
using System.IO.Compression;
using System.Text.Json;

namespace DailyDigest.Demo;

/// <summary>
/// A shape of a sample picture, in units of 1/160 of its width: a box, a disc (x, y, radius) or a polygon, optionally repeated.
/// </summary>
internal sealed record DemoShape(double[]? Box, double[]? Disc, double[]? Polygon, string From, string? To, double[]? Repeat);

/// <summary>The sample pictures: drawn from pictures.json at the first request, so that no third party's file is needed.</summary>
internal sealed class DemoPictures
{
    /// <summary>Pixels.</summary>
    public const int Width = 1200, Height = 675;

    private readonly Dictionary<string, DemoShape[]> drawings = DemoFiles.Read<Dictionary<string, DemoShape[]>>("pictures.json");
    private readonly ConcurrentDictionary<string, Lazy<byte[]>> drawn = new(StringComparer.Ordinal);

    /// <summary>The PNG file of the picture, or null if there is none of this name.</summary>
    public byte[]? Find(string name) => drawings.TryGetValue(name, out var shapes)
        ? drawn.GetOrAdd(name, _ => new Lazy<byte[]>(() => Png(Draw(shapes)))).Value
        : null;

    private static byte[] Draw(DemoShape[] shapes)
    {
        var pixels = new byte[Width * Height * 3];
        foreach (var shape in shapes)
        {
            var (times, dx, dy) = shape.Repeat is [var count, var x, var y] ? ((int)count, x, y) : (1, 0, 0);
            for (var i = 0; i < times; i++)
            {
                Fill(pixels, shape, i * dx, i * dy);
            }
        }

        return pixels;
    }

    // Four samples per pixel make edges smooth.
    private static void Fill(byte[] pixels, DemoShape shape, double dx, double dy)
    {
        const double Unit = Width / 160.0;
        var (left, top, right, bottom) = Bounds(shape);
        var (first, last) = (Color(shape.From), Color(shape.To ?? shape.From));
        var (fromY, toY) = ((int)Math.Floor((top + dy) * Unit), (int)Math.Ceiling((bottom + dy) * Unit));
        var (fromX, toX) = ((int)Math.Floor((left + dx) * Unit), (int)Math.Ceiling((right + dx) * Unit));
        for (var y = Math.Max(0, fromY); y < Math.Min(Height, toY); y++)
        {
            var share = Math.Clamp(((y / Unit) - dy - top) / Math.Max(1e-6, bottom - top), 0, 1);
            for (var x = Math.Max(0, fromX); x < Math.Min(Width, toX); x++)
            {
                var covered = 0;
                for (var corner = 0; corner < 4; corner++)
                {
                    var (atX, atY) = (((x + 0.25 + (0.5 * (corner & 1))) / Unit) - dx, ((y + 0.25 + (0.5 * (corner >> 1))) / Unit) - dy);
                    covered += Holds(shape, atX, atY) ? 1 : 0;
                }

                for (var channel = 0; covered > 0 && channel < 3; channel++)
                {
                    ref var pixel = ref pixels[(((y * Width) + x) * 3) + channel];
                    var wanted = first[channel] + ((last[channel] - first[channel]) * share);
                    pixel = (byte)Math.Round(pixel + ((wanted - pixel) * covered / 4));
                }
            }
        }
    }

    private static (double Left, double Top, double Right, double Bottom) Bounds(DemoShape shape)
    {
        if (shape.Disc is [var x, var y, var radius])
        {
            return (x - radius, y - radius, x + radius, y + radius);
        }

        var points = shape.Box ?? shape.Polygon!;
        var (xs, ys) = (points.Where((_, i) => i % 2 == 0), points.Where((_, i) => i % 2 == 1));
        return (xs.Min(), ys.Min(), xs.Max(), ys.Max());
    }

    private static bool Holds(DemoShape shape, double x, double y)
    {
        if (shape.Box is [var left, var top, var right, var bottom])
        {
            return x >= left && x < right && y >= top && y < bottom;
        }

        if (shape.Disc is [var centerX, var centerY, var radius])
        {
            return ((x - centerX) * (x - centerX)) + ((y - centerY) * (y - centerY)) <= radius * radius;
        }

        var (points, inside) = (shape.Polygon!, false);
        for (int i = 0, j = points.Length - 2; i < points.Length; j = i, i += 2)
        {
            if (points[i + 1] > y != points[j + 1] > y
                && x < ((points[j] - points[i]) * (y - points[i + 1]) / (points[j + 1] - points[i + 1])) + points[i])
            {
                inside = !inside;
            }
        }

        return inside;
    }

    private static byte[] Color(string hex) => Convert.FromHexString(hex.AsSpan(1));

    // PNG (ISO/IEC 15948): 8 bits of red, green and blue, each row as the difference from the row above (filter 2).
    private static byte[] Png(byte[] pixels)
    {
        const int Stride = Width * 3;
        using var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.SmallestSize, leaveOpen: true))
        {
            var row = new byte[Stride + 1];
            row[0] = 2;
            for (var y = 0; y < Height; y++)
            {
                for (var i = 0; i < Stride; i++)
                {
                    row[i + 1] = (byte)(pixels[(y * Stride) + i] - (y == 0 ? 0 : pixels[((y - 1) * Stride) + i]));
                }

                zlib.Write(row);
            }
        }

        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, Width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), Height);
        (header[8], header[9]) = (8, 2);
        using var png = new MemoryStream();
        png.Write([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]);
        Chunk(png, "IHDR"u8, header);
        Chunk(png, "IDAT"u8, packed.ToArray());
        Chunk(png, "IEND"u8, []);
        return png.ToArray();
    }

    private static void Chunk(MemoryStream png, ReadOnlySpan<byte> name, byte[] data)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
        png.Write(number);
        byte[] body = [.. name, .. data];
        png.Write(body);
        BinaryPrimitives.WriteUInt32BigEndian(number, Crc(body));
        png.Write(number);
    }

    private static uint Crc(byte[] body)
    {
        var crc = uint.MaxValue;
        foreach (var one in body)
        {
            crc ^= one;
            for (var bit = 0; bit < 8; bit++)
            {
                crc = (crc & 1) == 0 ? crc >> 1 : (crc >> 1) ^ 0xEDB88320;
            }
        }

        return ~crc;
    }
}

/// <summary>The sample files inside the program.</summary>
internal static class DemoFiles
{
    /// <summary>Opens a file of this folder.</summary>
    public static Stream Open(string name) => typeof(DemoFiles).Assembly.GetManifestResourceStream("DailyDigest.Demo." + name)
        ?? throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"{name} is not in the program."));

    /// <summary>Reads a JSON file of this folder.</summary>
    public static T Read<T>(string name)
    {
        using var file = Open(name);
        return JsonSerializer.Deserialize<T>(file, JsonSerializerOptions.Web) ?? throw new InvalidOperationException($"{name} is empty.");
    }
}

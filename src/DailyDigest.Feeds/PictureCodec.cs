using DailyDigest.Digests;
using SkiaSharp;

namespace DailyDigest.Feeds;

/// <summary>
/// Decodes a picture of an outsider and encodes its pixels anew. Whatever else the file held (scripts, metadata, a second format) is gone.
/// </summary>
internal static class PictureCodec
{
    /// <summary>Maximum pixels of a source: 80 MB in memory.</summary>
    public const int MaxPixels = 20_000_000;

    /// <summary>Maximum scans of a progressive JPEG. Each scan costs the time of a whole picture.</summary>
    private const int MaxScans = 64;

    private const int MinSide = 50;
    private const int MaxSide = 16_000;
    private static readonly int[] Qualities = [82, 65, 45];

    /// <summary>Returns the picture as a JPEG of at most that width; refused if it is no picture, too large or too small.</summary>
    public static PictureReading Convert(byte[] bytes, int maxWidth)
    {
        if (Format(bytes) is not { } format)
        {
            return new PictureReading.Refused("not a JPEG, PNG, GIF or WebP");
        }

        if (format == SKEncodedImageFormat.Jpeg && Scans(bytes) > MaxScans)
        {
            return new PictureReading.Refused("a JPEG with too many scans");
        }

        using var data = SKData.CreateCopy(bytes);
        using var codec = SKCodec.Create(data);
        if (codec is null || codec.EncodedFormat != format)
        {
            return new PictureReading.Refused("damaged");
        }

        // The header's size, before any pixel is decoded.
        var (width, height) = (codec.Info.Width, codec.Info.Height);
        if (width > MaxSide || height > MaxSide || (long)width * height > MaxPixels)
        {
            return new PictureReading.Refused("more than 20 million pixels, or more than 16,000 on a side");
        }

        if (width < MinSide || height < MinSide)
        {
            return new PictureReading.Refused("smaller than 50 pixels");
        }

        var info = new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Premul, SKColorSpace.CreateSrgb());
        using var pixels = new SKBitmap(info);
        return codec.GetPixels(info, pixels.GetPixels()) == SKCodecResult.Success
            ? Encode(pixels, codec.EncodedOrigin, maxWidth)
            : new PictureReading.Refused("damaged");
    }

    // The format by its first bytes: the server's Content-Type is not trusted. SVG is text with scripts and is not among them.
    private static SKEncodedImageFormat? Format(ReadOnlySpan<byte> bytes) => bytes switch
    {
        [0xFF, 0xD8, 0xFF, ..] => SKEncodedImageFormat.Jpeg,
        [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A, ..] => SKEncodedImageFormat.Png,
        [(byte)'G', (byte)'I', (byte)'F', (byte)'8', (byte)'7' or (byte)'9', (byte)'a', ..] => SKEncodedImageFormat.Gif,
        [(byte)'R', (byte)'I', (byte)'F', (byte)'F', _, _, _, _, (byte)'W', (byte)'E', (byte)'B', (byte)'P', ..] =>
            SKEncodedImageFormat.Webp,
        _ => null,
    };

    // Counts the marker "start of scan". In the data of a scan 0xFF is followed by 0.
    private static int Scans(ReadOnlySpan<byte> jpeg) => jpeg.Count([(byte)0xFF, (byte)0xDA]);

    private static PictureReading Encode(SKBitmap pixels, SKEncodedOrigin origin, int maxWidth)
    {
        var turned = origin is SKEncodedOrigin.LeftTop or SKEncodedOrigin.RightTop or SKEncodedOrigin.RightBottom
            or SKEncodedOrigin.LeftBottom;
        var (width, height) = turned ? (pixels.Height, pixels.Width) : (pixels.Width, pixels.Height);
        var scale = Math.Min(1, (float)maxWidth / width);
        var info = new SKImageInfo(
            Math.Max(1, (int)Math.Round(width * scale)), Math.Max(1, (int)Math.Round(height * scale)),
            SKColorType.Rgba8888, SKAlphaType.Opaque, SKColorSpace.CreateSrgb());
        using var surface = SKSurface.Create(info);
        if (surface is null)
        {
            return new PictureReading.Refused("damaged");
        }

        // A JPEG has no transparency: the mail's ground is white.
        surface.Canvas.Clear(SKColors.White);
        surface.Canvas.Scale(scale);
        surface.Canvas.Concat(Upright(origin, width, height));
        using var source = SKImage.FromBitmap(pixels);
        surface.Canvas.DrawImage(source, 0, 0, new SKSamplingOptions(SKFilterMode.Linear, SKMipmapMode.Linear));
        using var image = surface.Snapshot();
        foreach (var quality in Qualities)
        {
            using var jpeg = image.Encode(SKEncodedImageFormat.Jpeg, quality);
            if (jpeg is { Size: > 0 and <= PictureReading.MaxBytes })
            {
                return new PictureReading.Read(jpeg.ToArray(), info.Width, info.Height);
            }
        }

        return new PictureReading.Refused("too large also as a JPEG of lower quality");
    }

    /// <summary>Turns the stored pixels upright (EXIF orientation) in a picture of the width and height after turning.</summary>
    private static SKMatrix Upright(SKEncodedOrigin origin, float width, float height) => origin switch
    {
        SKEncodedOrigin.TopRight => new SKMatrix(-1, 0, width, 0, 1, 0, 0, 0, 1),
        SKEncodedOrigin.BottomRight => new SKMatrix(-1, 0, width, 0, -1, height, 0, 0, 1),
        SKEncodedOrigin.BottomLeft => new SKMatrix(1, 0, 0, 0, -1, height, 0, 0, 1),
        SKEncodedOrigin.LeftTop => new SKMatrix(0, 1, 0, 1, 0, 0, 0, 0, 1),
        SKEncodedOrigin.RightTop => new SKMatrix(0, -1, width, 1, 0, 0, 0, 0, 1),
        SKEncodedOrigin.RightBottom => new SKMatrix(0, -1, width, -1, 0, height, 0, 0, 1),
        SKEncodedOrigin.LeftBottom => new SKMatrix(0, 1, 0, -1, 0, height, 0, 0, 1),
        _ => SKMatrix.Identity,
    };
}

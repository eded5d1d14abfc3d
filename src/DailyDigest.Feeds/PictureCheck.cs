using DailyDigest.Digests;
using SkiaSharp;

namespace DailyDigest.Feeds;

/// <summary>Checks that pictures can be copied on this machine: the codec is a native library.</summary>
public static class PictureCheck
{
    // Above the smallest side of a picture that is taken.
    private const int Side = 64;

    /// <summary>Encodes a picture and reads it as one of a feed. Returns why this failed; null if it worked.</summary>
    public static string? Fault()
    {
        try
        {
            using var pixels = new SKBitmap(Side, Side);
            using var picture = pixels.Encode(SKEncodedImageFormat.Png, 100);
            return PictureCodec.Convert(picture.ToArray(), Side) is PictureReading.Refused refused ? refused.Reason : null;
        }
        catch (Exception exception) when (
            exception is TypeInitializationException or DllNotFoundException or EntryPointNotFoundException or BadImageFormatException)
        {
            return exception.GetBaseException().Message;
        }
    }
}

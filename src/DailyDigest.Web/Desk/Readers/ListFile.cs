using System.Buffers.Text;
using System.IO.Compression;

namespace DailyDigest.Web;

/// <summary>A list of readers in a form: its limits, and its form as a hidden field.</summary>
internal static class ListFile
{
    /// <summary>Lines that are imported within a request, far below its timeout.</summary>
    public const int MaxLines = 10_000;

    /// <summary>Bytes of a list.</summary>
    public const int MaxBytes = 2 * 1024 * 1024;

    /// <summary>Bytes of a form with a list.</summary>
    public const int MaxForm = 3 * 1024 * 1024;

    /// <summary>True if the list belongs on the command line.</summary>
    public static bool IsTooLarge(byte[] bytes) =>
        bytes.Length > MaxBytes || Math.Max(bytes.Count(one => one == '\n'), bytes.Count(one => one == '\r')) > MaxLines + 1;

    /// <summary>The list as the value of a field.</summary>
    public static string Pack(byte[] bytes)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest))
        {
            gzip.Write(bytes);
        }

        return Base64Url.EncodeToString(packed.ToArray());
    }

    /// <summary>The list of the field; null if it is none. One that is too large comes back cut, and still too large.</summary>
    public static byte[]? Unpack(string? text)
    {
        try
        {
            using var gzip = new GZipStream(new MemoryStream(Base64Url.DecodeFromChars(text)), CompressionMode.Decompress);
            var bytes = new byte[MaxBytes + 1];
            var length = gzip.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            return bytes[..length];
        }
        catch (Exception exception) when (exception is FormatException or InvalidDataException)
        {
            return null;
        }
    }
}

namespace DailyDigest.Digests;

/// <summary>Fetches a picture and makes it safe. DailyDigest.Feeds implements it with HTTP; tests have their own.</summary>
public interface IPictureReader
{
    /// <summary>
    /// Fetches the picture, checks it, and encodes it anew, at most <paramref name="maxWidth"/> pixels wide. Every error is
    /// <see cref="PictureReading.Refused"/>; only cancellation throws.
    /// </summary>
    Task<PictureReading> ReadAsync(string url, int maxWidth, CancellationToken cancellationToken);
}

/// <summary>The result of reading a picture.</summary>
public abstract record PictureReading
{
    /// <summary>Maximum bytes of a picture, so that it fits into a row.</summary>
    public const int MaxBytes = 600 * 1024;

    private PictureReading() { }

    /// <summary>A JPEG of at most <see cref="MaxBytes"/> without metadata, and its size in pixels.</summary>
    public sealed record Read(byte[] Jpeg, int Width, int Height) : PictureReading;

    /// <summary>There is no usable picture; the reason is a few words for an operator.</summary>
    public sealed record Refused(string Reason) : PictureReading;
}

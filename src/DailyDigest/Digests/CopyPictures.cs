using System.Collections.Concurrent;
using DailyDigest.Calendar;
using DailyDigest.Content;
using DailyDigest.Selection;
using DailyDigest.Settings;
using Microsoft.Extensions.Logging;

namespace DailyDigest.Digests;

/// <summary>
/// Replaces the pictures of a digest by copies on our own origin, before it is frozen. A picture that cannot be copied is left out: it is
/// never linked where it is.
/// </summary>
public sealed partial class CopyPictures(
    PicturesOptions options, PictureStore pictures, Publication publication, TimeProvider time, ILogger<CopyPictures> logger,
    IPictureReader? reader = null)
{
    /// <summary>The path of the copies below the base URL.</summary>
    public const string Path = "/pictures";

    // 600 CSS pixels in double resolution; the others are shown at 148.
    private const int LeadWidth = 1200;
    private const int OtherWidth = 600;
    private const int MaxConcurrency = 4;

    // A digest does not wait longer for its pictures.
    private static readonly TimeSpan MaxTime = TimeSpan.FromSeconds(15);

    /// <summary>Returns the digest with copies as its pictures; the same digest if <c>Pictures__Copy</c> is off.</summary>
    internal async Task<Digest> ExecuteAsync(Digest digest, CancellationToken cancellationToken)
    {
        if (!options.Copy || reader is null)
        {
            return digest;
        }

        using var limit = new CancellationTokenSource(MaxTime, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        var lead = digest.Items.FirstOrDefault(item => item.Story.Kind == StoryKind.Article);
        var copies = new ConcurrentDictionary<(string Url, int MaxWidth), StoredPicture?>();
        await Parallel.ForEachAsync(
            digest.Items.Where(item => item.Story.Image is not null).GroupBy(Source),
            new ParallelOptions { MaxDegreeOfParallelism = MaxConcurrency, CancellationToken = cancellationToken },
            async (items, _) => copies[items.Key] =
                await CopyAsync(digest.Date, items.First().Story, items.Key.MaxWidth, either.Token, cancellationToken));
        return digest with
        {
            Items =
            [
                .. digest.Items.Select(item => item.Story.Image is { } image
                    ? item with { Story = item.Story with { Image = Copy(image, copies[Source(item)], digest.Date) } }
                    : item),
            ],
        };

        (string Url, int MaxWidth) Source(DigestItem item) => (item.Story.Image!.Url, item == lead ? LeadWidth : OtherWidth);
    }

    private StoryImage? Copy(StoryImage image, StoredPicture? copy, DateOnly date) => copy is null ? null : image with
    {
        Url = $"{publication.BaseUrl}{Path}/{date.Text()}/{copy.Hash}.jpg",
        Width = copy.Width,
        Height = copy.Height,
    };

    private async Task<StoredPicture?> CopyAsync(
        DateOnly date, Story story, int maxWidth, CancellationToken limit, CancellationToken cancellationToken)
    {
        var url = story.Image!.Url;
        var (known, picture) = await pictures.FindAsync(date, url, maxWidth, time.GetUtcNow(), cancellationToken);
        if (known || limit.IsCancellationRequested)
        {
            return picture;
        }

        await pictures.BeginAsync(date, url, maxWidth, time.GetUtcNow(), cancellationToken);
        var reading = await ReadAsync(story, url, maxWidth, limit, cancellationToken);
        if (reading is PictureReading.Refused refused)
        {
            Log.Refused(logger, story.Id, refused.Reason);
        }

        return await pictures.KeepAsync(date, url, maxWidth, reading, cancellationToken);
    }

    // A slow picture is refused for the date: the digests of sections must not wait for it again.
    private async Task<PictureReading> ReadAsync(
        Story story, string url, int maxWidth, CancellationToken limit, CancellationToken cancellationToken)
    {
        try
        {
            return await reader!.ReadAsync(url, maxWidth, limit);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new PictureReading.Refused("the digest had waited 15 s for its pictures");
        }
        catch (Exception fault) when (fault is not OperationCanceledException and not OutOfMemoryException)
        {
            // A reader must not throw. If it does anyway, such as without its native library, the digest goes out without the picture.
            Log.Crashed(logger, fault, story.Id);
            return new PictureReading.Refused("an unexpected exception, which the log has");
        }
    }

    private static partial class Log
    {
        [LoggerMessage(920, LogLevel.Information, "The picture of story {Story} is left out of the digest: {Reason}")]
        public static partial void Refused(ILogger logger, string story, string reason);

        [LoggerMessage(921, LogLevel.Error,
            "The picture of story {Story} failed with an unexpected exception; the digest goes out without it")]
        public static partial void Crashed(ILogger logger, Exception fault, string story);
    }
}

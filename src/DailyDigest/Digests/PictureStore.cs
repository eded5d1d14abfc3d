using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using DailyDigest.Calendar;
using DailyDigest.Storage;

namespace DailyDigest.Digests;

/// <summary>A stored picture.</summary>
/// <param name="Hash">32 lower-case hex digits of SHA-256 over its bytes: its name in the URL, so that a URL always shows the same.</param>
/// <param name="Width">Pixels.</param>
/// <param name="Height">Pixels.</param>
public sealed record StoredPicture(string Hash, int Width, int Height);

/// <summary>
/// Copies of the pictures of digests. Table Pictures: partition = local date of the digest, row = <c>jpeg~</c> and the hash of the bytes,
/// or <c>url~</c>, the hash of the source's URL and a width. So each source is fetched once a date, for all cohorts.
/// </summary>
public sealed class PictureStore(ITableStore tables)
{
    private const int HashLength = 32;

    // Longer than a picture may take. Until then another process may still be reading it.
    private static readonly TimeSpan ReadingTime = TimeSpan.FromSeconds(30);

    /// <summary>True for a text that can be the hash of a picture.</summary>
    public static bool IsHash(string? text) =>
        text is { Length: HashLength } && text.All(c => char.IsAsciiDigit(c) || c is >= 'a' and <= 'f');

    /// <summary>The bytes of a stored picture, a JPEG; null if there is none.</summary>
    public async Task<byte[]?> GetAsync(DateOnly date, string hash, CancellationToken cancellationToken) => IsHash(hash)
        ? (await tables.GetAsync(Tables.Pictures, date.Text(), "jpeg~" + hash, cancellationToken))?.Large("jpeg")
        : null;

    /// <summary>
    /// Finds the copy of the source on the date; null if it was refused, or if a program ended while it read it. <c>Known</c> is false if
    /// it was not read yet, or somebody reads it now.
    /// </summary>
    internal async Task<(bool Known, StoredPicture? Picture)> FindAsync(
        DateOnly date, string url, int maxWidth, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (await tables.GetAsync(Tables.Pictures, date.Text(), SourceKey(url, maxWidth), cancellationToken) is not { } row
            || (row.Instant("reading") is { } began && (now - began).Duration() < ReadingTime))
        {
            return (false, null);
        }

        return (true, IsHash(row.Text("hash")) && row.Count("width") > 0 && row.Count("height") > 0
            ? new StoredPicture(row.Text("hash")!, row.Count("width"), row.Count("height"))
            : null);
    }

    /// <summary>Records that the source is being read, so that a picture that ends the program is not read for ever.</summary>
    internal Task BeginAsync(DateOnly date, string url, int maxWidth, DateTimeOffset now, CancellationToken cancellationToken) =>
        tables.WriteAsync(
            Tables.Pictures, date.Text(), TableWrite.Upsert(new TableRow(SourceKey(url, maxWidth)) { { "reading", now } }),
            cancellationToken);

    /// <summary>Stores the result of reading the source. The bytes first: a source never names a picture that is not there.</summary>
    internal async Task<StoredPicture?> KeepAsync(
        DateOnly date, string url, int maxWidth, PictureReading reading, CancellationToken cancellationToken)
    {
        StoredPicture? picture = null;
        if (reading is PictureReading.Read read)
        {
            picture = new StoredPicture(
                Convert.ToHexStringLower(SHA256.HashData(read.Jpeg))[..HashLength], read.Width, read.Height);
            var bytes = new TableRow("jpeg~" + picture.Hash);
            bytes.AddLarge("jpeg", read.Jpeg);
            await tables.WriteAsync(Tables.Pictures, date.Text(), TableWrite.Upsert(bytes), cancellationToken);
        }

        var source = new TableRow(SourceKey(url, maxWidth))
        {
            { "hash", picture?.Hash },
            { "width", picture?.Width },
            { "height", picture?.Height },
            { "refused", (reading as PictureReading.Refused)?.Reason },
        };
        await tables.WriteAsync(Tables.Pictures, date.Text(), TableWrite.Upsert(source), cancellationToken);
        return picture;
    }

    private static string SourceKey(string url, int maxWidth) => string.Create(
        CultureInfo.InvariantCulture,
        $"url~{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(url)))[..HashLength]}~{maxWidth}");
}

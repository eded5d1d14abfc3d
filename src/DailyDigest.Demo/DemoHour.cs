using System.Globalization;
using System.Text.Json;
using DailyDigest.Calendar;
using DailyDigest.Settings;
using DailyDigest.Sqlite;
using DailyDigest.Storage;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;
using NodaTime;

namespace DailyDigest.Demo;

/// <summary>
/// The sample publication's hour is the hour of the first start, so that its digest is due at once. A file beside the database keeps the
/// hour for later starts.
/// </summary>
internal sealed class DemoHour(IConfiguration configuration, TimeProvider time) : IPostConfigureOptions<Publication>
{
    private string File => Path.Combine(
        Path.GetDirectoryName(Path.GetFullPath(configuration[$"{SqliteOptions.Section}:{nameof(SqliteOptions.Path)}"]!))!, "demo.json");

    /// <inheritdoc/>
    public void PostConfigure(string? name, Publication options)
    {
        if (configuration[$"{Publication.Section}:{nameof(Publication.Hour)}"] is null && Zones.Exists(options.TimeZone))
        {
            options.Hour = Kept() ?? Now(options.TimeZone, time);
        }
    }

    /// <summary>Stores the hour for later starts.</summary>
    public async Task KeepAsync(int hour, CancellationToken cancellationToken)
    {
        if (Kept() is null)
        {
            OwnerOnly.CreateFolder(Path.GetDirectoryName(File)!);
            await System.IO.File.WriteAllBytesAsync(
                File, JsonSerializer.SerializeToUtf8Bytes(new Note(hour), JsonSerializerOptions.Web), cancellationToken);
        }
    }

    /// <summary>The present hour in the zone.</summary>
    public static int Now(string zone, TimeProvider time) =>
        Instant.FromDateTimeOffset(time.GetUtcNow()).InZone(DateTimeZoneProviders.Tzdb[zone]).Hour;

    /// <summary>The instant as local time of the zone, HH:mm.</summary>
    public static string Wall(string zone, DateTimeOffset instant) => string.Create(
        CultureInfo.InvariantCulture,
        $"{Instant.FromDateTimeOffset(instant).InZone(DateTimeZoneProviders.Tzdb[zone]).LocalDateTime:HH:mm}");

    private int? Kept()
    {
        try
        {
            return JsonSerializer.Deserialize<Note>(
                System.IO.File.ReadAllBytes(File), JsonSerializerOptions.Web) is { Hour: >= 0 and <= 23 } note ? note.Hour : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }

    private sealed record Note(int Hour);
}

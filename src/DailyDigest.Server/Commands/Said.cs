using System.Globalization;

namespace DailyDigest.Server.Commands;

/// <summary>How instants and numbers are said to operators.</summary>
internal static class Said
{
    public static string At(DateTimeOffset instant) => instant.UtcDateTime.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture);

    public static string At(DateTimeOffset? instant, string otherwise) => instant is { } known ? At(known) : otherwise;

    public static string Count(long number) => number.ToString("N0", CultureInfo.InvariantCulture);

    public static string Word<T>(T value) where T : struct, Enum => value.ToString().ToLowerInvariant();
}

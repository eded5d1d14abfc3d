using System.Globalization;
using DailyDigest.Selection;
using DailyDigest.Subscribers;

namespace DailyDigest.Server.Commands;

/// <summary>Formats instants, counts and enum values for operators.</summary>
internal static class Format
{
    public static string Time(DateTimeOffset instant) =>
        instant.UtcDateTime.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture);

    public static string Time(DateTimeOffset? instant, string otherwise) => instant is { } known ? Time(known) : otherwise;

    public static string Count(long number) => number.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>The count with its word: 1 row, 2,000 rows.</summary>
    public static string Count(long number, string word) => $"{Count(number)} {word}{(number == 1 ? "" : "s")}";

    /// <summary>The languages of the stories that the reader gets.</summary>
    public static string StoriesIn(StoryLanguages languages, Subscriber person) =>
        languages.Of(person.StoryLanguages, person.Language) is { Count: > 0 } chosen ? string.Join(", ", chosen) : "all languages";

    /// <summary>The report that came back, to be added to a line: <c>; came back: bounced (mailbox-full)</c>. Empty for none.</summary>
    public static string CameBack(string? report, string? reason = null) =>
        report is null ? "" : $"; came back: {report}{(reason is null ? "" : $" ({reason})")}";

    public static string Name<T>(T value) where T : struct, Enum => value.ToString().ToLowerInvariant();
}

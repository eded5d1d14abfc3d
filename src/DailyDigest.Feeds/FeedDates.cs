using DailyDigest.Calendar;

namespace DailyDigest.Feeds;

/// <summary>Reads the dates of a feed.</summary>
internal static class FeedDates
{
    /// <summary>The instant in UTC; null if it cannot be read for certain. A date without a zone is UTC.</summary>
    public static DateTimeOffset? Parse(string? text) => WrittenDates.Read(text, WrittenContext.None);
}

using System.Globalization;

namespace DailyDigest.Subscribers;

/// <summary>The partitions of table Subscribers: the first two hex digits of an id.</summary>
internal static class ReaderPartitions
{
    /// <summary>How many there are.</summary>
    public const int Count = 256;

    /// <summary>The partition's name.</summary>
    public static string NameOf(int number) => number.ToString("x2", CultureInfo.InvariantCulture);

    /// <summary>The partition's number.</summary>
    public static int NumberOf(string name) => int.Parse(name, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
}

using System.Collections.Frozen;
using System.Globalization;
using NodaTime;

namespace DailyDigest.Calendar;

/// <summary>
/// The names of time zones that are written in dates (WrittenZones.txt). A name that stands for several zones is decided by the language
/// or by the offsets of the other dates; otherwise it has its meaning in RFC 822, or none.
/// </summary>
internal static class WrittenZones
{
    // A line begins with the offset in minutes, with ? for a name that stands for several, or with @ for a place of the tz database.
    private static readonly string[][] Lines = [.. WrittenResource.Lines("WrittenZones.txt")];

    private static readonly FrozenDictionary<string, string> Places = Lines.Where(line => line[0] == "@")
        .SelectMany(line => line[2..].Select(name => (Name: name, Id: line[1]))).ToFrozenDictionary(name => name.Name, name => name.Id);

    private static readonly FrozenDictionary<string, int> Offsets = Lines.Where(line => line[0] is not ("@" or "?"))
        .SelectMany(line => line[1..].Select(name => (Name: name, Minutes: Whole(line[0]))))
        .ToFrozenDictionary(name => name.Name, name => name.Minutes);

    // Each meaning has its offset, and the languages and regions that mean it; * is the meaning elsewhere.
    private static readonly FrozenDictionary<string, (int Minutes, string[] Where)[]> Several = Lines.Where(line => line[0] == "?")
        .ToFrozenDictionary(
            line => line[1], line => line[2..].Select(one => one.Split(' ')).Select(one => (Whole(one[0]), one[1..])).ToArray());

    private static readonly FrozenDictionary<string, string> Ids = DateTimeZoneProviders.Tzdb.Ids.Where(id => id.Contains('/'))
        .ToFrozenDictionary(id => id.ToLowerInvariant(), id => id);

    /// <summary>True for a name that <see cref="Minutes"/> may know.</summary>
    public static bool Knows(string name) => Offsets.ContainsKey(name) || Several.ContainsKey(name) || Place(name) is not null;

    /// <summary>The offset in minutes of the named zone at the local time; null if it is not known.</summary>
    public static int? Minutes(string name, DateTime local, WrittenContext context) =>
        Offsets.TryGetValue(name, out var minutes) ? minutes
        : Several.TryGetValue(name, out var meanings) ? Choose(meanings, context)
        : Place(name) is { } place ? At(place, local) : null;

    /// <summary>False if the named zone never has the offset.</summary>
    public static bool IsPossible(string name, int minutes) =>
        Offsets.TryGetValue(name, out var only) ? only == minutes
        : !Several.TryGetValue(name, out var meanings) || meanings.Any(meaning => meaning.Minutes == minutes);

    private static int? Choose((int Minutes, string[] Where)[] meanings, WrittenContext context)
    {
        var byLanguage = meanings.Where(meaning => meaning.Where.Any(context.IsIn)).ToList();
        if (byLanguage.Count == 1)
        {
            return byLanguage[0].Minutes;
        }

        // A zone with summer time has one offset in one half of the year and one more in the other.
        var byOffset = meanings.Where(meaning => context.Offsets.Contains(meaning.Minutes)
            || (meaning.Minutes == 120 && context.Offsets.Contains(180))).ToList();
        return byOffset.Count == 1 ? byOffset[0].Minutes
            : meanings.FirstOrDefault(meaning => meaning.Where.Contains("*")) is { Where: not null } usual ? usual.Minutes : null;
    }

    private static string? Place(string name) => Places.GetValueOrDefault(name) ?? Ids.GetValueOrDefault(name);

    // An hour that the clock repeats or skips has no one instant.
    private static int? At(string zone, DateTime local)
    {
        var mapping = DateTimeZoneProviders.Tzdb[zone].MapLocal(LocalDateTime.FromDateTime(local));
        return mapping.Count == 1 ? mapping.Single().Offset.Seconds / 60 : null;
    }

    private static int Whole(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}

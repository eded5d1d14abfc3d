using System.Collections.Frozen;

namespace DailyDigest.Calendar;

/// <summary>
/// The names of months and weekdays in 62 languages, and other words of dates. The tables (WrittenNames.txt, WrittenWords.txt) are
/// CLDR's with usual abbreviations. They are checked in, so that a date is read equally on every machine.
/// </summary>
internal static class WrittenNames
{
    private static readonly FrozenDictionary<string, FrozenSet<string>> Words =
        WrittenResource.Lines("WrittenWords.txt").ToFrozenDictionary(cells => cells[0], cells => cells[1..].ToFrozenSet());

    private static readonly (FrozenDictionary<string, (int Month, string Language)[]> Exact,
        FrozenDictionary<string, (int Month, string Language)[]> Folded, FrozenSet<string> Days) Table = Load();

    /// <summary>True for a word of the kind: filler (changes nothing), suffix (of an ordinal number), month (before its number), hour,
    /// minute or second.</summary>
    public static bool Is(string kind, string word) => Words[kind].Contains(word);

    /// <summary>True for a name of a weekday, or a part of one of several words.</summary>
    public static bool IsWeekday(string word) => Table.Days.Contains(word) || Table.Days.Contains(WrittenToken.Key(word, false));

    /// <summary>True for the second half of the day, false for the first; null for other words.</summary>
    public static bool? IsAfternoon(string word) => Is("pm", word) ? true : Is("am", word) ? false : null;

    /// <summary>
    /// The month, 1 to 12; null for another word. Also null if the word names different months in different languages, and
    /// <paramref name="language"/> decides for none: lis is October in Croatian and November in Polish.
    /// </summary>
    public static int? Month(string word, string? language)
    {
        if (!Table.Exact.TryGetValue(word, out var months) && !Table.Folded.TryGetValue(WrittenToken.Key(word, false), out months)
            && !(word.StartsWith('ב') && Table.Exact.TryGetValue(word[1..], out months)))
        {
            return null;
        }

        if (months.All(month => month.Month == months[0].Month))
        {
            return months[0].Month;
        }

        var own = months.Where(month => month.Language == language).Select(month => month.Month).Distinct().ToList();
        return own.Count == 1 ? own[0] : null;
    }

    private static (FrozenDictionary<string, (int, string)[]>, FrozenDictionary<string, (int, string)[]>, FrozenSet<string>) Load()
    {
        var names = new List<(string Name, int Month, string Language)>();
        var days = new HashSet<string>(StringComparer.Ordinal);
        foreach (var cells in WrittenResource.Lines("WrittenNames.txt"))
        {
            var (language, months, weekdays) = (cells[0], cells[1], cells[2]);
            names.AddRange(months.Split(';').SelectMany((month, index) => month.Split(',').Where(name => name.Length > 0)
                .Select(name => (Plain(name), index + 1, language))));
            days.UnionWith(weekdays.Split(',').SelectMany(day => Plain(day).Split(' ')).Where(day => day.Length > 1));
        }

        return (Group(names), Group([.. names.Select(name => (WrittenToken.Key(name.Name, false), name.Month, name.Language))]),
            days.Concat(days.Select(day => WrittenToken.Key(day, false))).ToFrozenSet());
    }

    private static FrozenDictionary<string, (int, string)[]> Group(List<(string Name, int Month, string Language)> names) =>
        names.GroupBy(name => name.Name)
            .ToFrozenDictionary(group => group.Key, group => group.Select(name => (name.Month, name.Language)).Distinct().ToArray());

    private static string Plain(string name) => string.Join(' ', (WrittenToken.Split(name) ?? [])
        .Where(token => token.Kind == TokenKind.Word).Select(token => token.Text));
}

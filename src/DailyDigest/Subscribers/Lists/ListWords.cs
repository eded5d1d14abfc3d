using System.Collections.Frozen;

namespace DailyDigest.Subscribers;

/// <summary>
/// The words of lists from other programs (ListWords.txt), without accents, spaces and punctuation. Names of columns by what they hold, the
/// most exact first: email, zone, hour, rhythm, language, sections, tags; status, state (a status, or a part of a country), subscribed,
/// left (with the words of "around" around it), suspicious (could say that a reader has left), harmless (say nothing). Values: active,
/// gone, gone-anywhere (say it in any column), yes, no.
/// </summary>
internal static class ListWords
{
    private static readonly FrozenDictionary<string, string[]> Lists = Load();

    private static readonly FrozenDictionary<string, FrozenSet<string>> Sets =
        Lists.ToFrozenDictionary(list => list.Key, list => list.Value.ToFrozenSet());

    /// <summary>The words of a kind in their order.</summary>
    public static string[] Of(string kind) => Lists[kind];

    /// <summary>True if the word is of the kind.</summary>
    public static bool Is(string kind, string word) => Sets[kind].Contains(word);

    private static FrozenDictionary<string, string[]> Load()
    {
        using var stream = typeof(ListWords).Assembly.GetManifestResourceStream("DailyDigest.ListWords.txt")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' '))
            .ToFrozenDictionary(words => words[0], words => words[1..]);
    }
}

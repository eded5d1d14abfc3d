namespace DailyDigest.Selection;

/// <summary>The words of NewsWords.txt, found by the forms of one to four words.</summary>
internal static class NewsWords
{
    // The length from which a word is known by its form.
    private const int MinForm = 4;

    /// <summary>Number of words that an entry has at most.</summary>
    public const int MaxWords = 4;

    /// <summary>Number of languages in which words without news are known, at most.</summary>
    public const int MaxLanguages = 16;

    private static readonly Dictionary<string, WordClass> Sections = new(StringComparer.Ordinal)
    {
        ["mark"] = WordClass.Mark,
        ["live"] = WordClass.Live,
        ["site"] = WordClass.Site,
        ["genre"] = WordClass.Genre,
        ["maybe"] = WordClass.Maybe,
        ["not"] = WordClass.Not,
        ["again"] = WordClass.Again,
        ["series"] = WordClass.Series,
        ["day"] = WordClass.Day,
        ["number"] = WordClass.Number,
        ["ordinal"] = WordClass.Ordinal,
        ["opposite"] = WordClass.None,
        ["same"] = WordClass.None,
        ["stop"] = WordClass.Stop,
        ["said"] = WordClass.Said,
        ["agent"] = WordClass.Agent,
        ["boilerplate"] = WordClass.Boilerplate,
    };

    private static readonly Dictionary<string, NewsWord> All = Read();

    // The words with which an entry of several words begins.
    private static readonly HashSet<string> Beginnings =
        [.. All.Keys.Where(key => key.Contains(' ')).Select(key => key[..key.IndexOf(' ')])];

    /// <summary>Finds the longest entry that begins at a place of a list of words. Returns the number of its words; 0 for none.</summary>
    /// <param name="words">The words of <see cref="TitleWords"/>.</param>
    /// <param name="forms">The forms of the words (<see cref="WordForms"/>).</param>
    /// <param name="start">The place.</param>
    /// <param name="found">The entry.</param>
    public static int Find(IReadOnlyList<string> words, IReadOnlyList<string> forms, int start, out NewsWord? found)
    {
        if (Beginnings.Contains(forms[start]))
        {
            for (var length = Math.Min(MaxWords, forms.Count - start); length > 1; length--)
            {
                if (All.TryGetValue(string.Join(' ', forms.Skip(start).Take(length)), out found))
                {
                    return length;
                }
            }
        }

        found = Find(words[start], forms[start]);
        return found is null ? 0 : 1;
    }

    /// <summary>The text in which one word of <see cref="TitleWords"/> is compared.</summary>
    public static string Text(string word)
    {
        var form = WordForms.Of(word);
        return Find(word, form)?.Text ?? form;
    }

    /// <summary>The entry with exactly these words; null for none.</summary>
    public static NewsWord? Get(IEnumerable<string> forms) => All.GetValueOrDefault(string.Join(' ', forms));

    /// <summary>True if a word of <see cref="TitleWords"/> is of a class, as it is written.</summary>
    public static bool Is(string word, WordClass any) => All.GetValueOrDefault(AsWritten(word))?.Is(any) == true;

    /// <summary>The languages in which a word of <see cref="TitleWords"/> tells no news, as bits.</summary>
    public static int StopLanguages(string word) => All.GetValueOrDefault(AsWritten(word))?.StopLanguages ?? 0;

    // A short word, or one without news, is known only as it is written: "sues" is not the Spanish "sus".
    private static NewsWord? Find(string word, string form) => All.GetValueOrDefault(AsWritten(word))
        ?? (form.Length >= MinForm && All.TryGetValue(form, out var known) && !known.Is(WordClass.Stop) ? known : null);

    private static string AsWritten(string word) => "=" + word;

    private static Dictionary<string, NewsWord> Read()
    {
        var words = new Dictionary<string, NewsWord>(StringComparer.Ordinal);
        var compared = new HashSet<string>(StringComparer.Ordinal);
        using var stream = typeof(NewsWords).Assembly.GetManifestResourceStream("DailyDigest.Selection.News.NewsWords.txt")
            ?? throw new InvalidOperationException("The list of words is missing.");
        using var reader = new StreamReader(stream);
        var (section, number, inSection) = ("", 0, 0);
        while (reader.ReadLine() is { } line)
        {
            number++;
            if (line.StartsWith('['))
            {
                (section, inSection) = (line[1..line.IndexOf(']')], 0);
            }
            else if (line.Length > 0 && line[0] != '#')
            {
                Add(words, compared, section, line, section == "stop" ? inSection++ : number);
            }
        }

        return words;
    }

    private static void Add(
        Dictionary<string, NewsWord> words, HashSet<string> compared, string section, string line, int number)
    {
        var sides = line.Split(" / ");
        for (var side = 0; side < sides.Length; side++)
        {
            var entries = sides[side].Split(',').Select(entry => TitleWords.Of(entry, MaxWords)).Where(entry => entry.Count > 0).ToList();
            var head = Key(entries[0]);
            var text = section switch
            {
                "same" or "day" => head,
                "number" => NumberText.Of(head, ordinal: false),
                "ordinal" => NumberText.Of(head, ordinal: true),
                _ => null,
            };
            foreach (var entry in entries)
            {
                AddKey(Key(entry), Key(entry));
                if (entry.Count == 1)
                {
                    AddKey(AsWritten(entry[0]), Key(entry));
                }
                else if (entry.Count == 2 && GermanVerbs.IsParticle(entry[1]))
                {
                    // cspell:ignore tritt zurück
                    // "tritt zurück" is read as its participle.
                    var participle = TitleWords.Of(GermanVerbs.Participle(entry[0], entry[1]), 1);
                    AddKey(Key(participle), Key(participle));
                    AddKey(AsWritten(participle[0]), Key(participle));
                }
            }

            void AddKey(string key, string form)
            {
                var old = words.GetValueOrDefault(key);
                var opposites = old?.Opposites ?? [];
                // The first line that says how a word is compared decides.
                var isFirst = text is not null && compared.Add(key);
                words[key] = new NewsWord(
                    isFirst ? text! : old?.Text ?? form,
                    (old?.Classes ?? WordClass.None) | Sections[section],
                    section == "opposite" ? [.. opposites, NewsWord.Side(number, side)] : opposites)
                {
                    StopLanguages = (old?.StopLanguages ?? 0) | (section == "stop" ? 1 << number : 0),
                    IsStopElsewhere = section == "stop" ? compared.Contains(key) || opposites.Count > 0 : old?.IsStopElsewhere == true,
                };
            }
        }
    }

    private static string Key(IEnumerable<string> entry) => string.Join(' ', entry.Select(WordForms.Of));
}


namespace DailyDigest.Selection;

/// <summary>A title, reduced to the words that tell its news.</summary>
internal sealed class Headline
{
    // Limits the work that a hostile feed can cause. A title has at most 300 characters, so few words are cut.
    private const int MaxWords = 64;

    private const WordClass NotInNames = WordClass.Genre | WordClass.Maybe | WordClass.Not | WordClass.Again;

    private static readonly string[] OrdinalEndings = ["st", "nd", "rd", "th", "er", "e", "eme", "o", "a", "ter", "te"];

    private Headline(HeadlineText text, List<HeadlineWord> words, List<RawWord> raw, List<HeadlineWord>? topic)
    {
        HasAgent = raw.Exists(word => NewsWords.Is(word.Text, WordClass.Agent));
        (IsLive, IsQuestion, IsCut, IsBar, Count) = (text.IsLive, text.IsQuestion, text.IsCut, text.IsBar, raw.Count + text.Joined);
        Words = [.. (topic ?? words).Take(MaxWords)];
        HasTopic = topic is not null;
        ByHash = [.. Words.DistinctBy(word => word.Hash).OrderBy(word => word.Hash)];
        Features = [.. ByHash.Select(word => word.Hash)];
        Classes = Words.Aggregate(WordClass.None, (all, word) => all | word.Word.Classes);
    }

    /// <summary>The words in their order, without those that tell no news. A live page with a topic has the topic's words only.</summary>
    public HeadlineWord[] Words { get; }

    /// <summary>The words, each once, ordered by hash.</summary>
    public HeadlineWord[] ByHash { get; }

    /// <summary>The hashes of <see cref="ByHash"/>.</summary>
    public ulong[] Features { get; }

    /// <summary>The number of words of the title, with those that tell no news.</summary>
    public int Count { get; }

    /// <summary>The classes of all words.</summary>
    public WordClass Classes { get; }

    /// <summary>True for a page that is written anew all day.</summary>
    public bool IsLive { get; }

    /// <summary>The headline with all its words if <see cref="Words"/> are the topic of a live page; null otherwise.</summary>
    public Headline? Full { get; private init; }

    /// <summary>True if <see cref="Words"/> are the topic of a live page.</summary>
    public bool HasTopic { get; }

    public bool IsQuestion { get; }

    /// <summary>True if it names an agent in the passive, as in "sued by".</summary>
    public bool HasAgent { get; }

    /// <summary>True if the title ends in the middle: "Three dead in Britt…".</summary>
    public bool IsCut { get; }

    /// <summary>True if the last separator is one that only stands before a source's name, such as "|".</summary>
    public bool IsBar { get; }

    public static Headline Of(string title)
    {
        var text = HeadlineText.Of(title);
        var raw = Split(text.Body, isTail: false).Concat(Split(text.Tail, isTail: true)).Take(MaxWords).ToList();
        var words = Read(raw);
        var topic = text.Topic is null ? null : Read([.. Split(text.Topic, isTail: false)]);
        return topic is { Count: > 0 } ? new Headline(text, words, raw, topic) { Full = new Headline(text, words, raw, null) }
            : new Headline(text, words, raw, null);
    }

    private static IEnumerable<RawWord> Split(string text, bool isTail)
    {
        foreach (var part in text.Split([' ', '\t', '\u00A0', '\u202F', '-', '‐', '‑'], StringSplitOptions.RemoveEmptyEntries))
        {
            var letters = part.Where(char.IsLetter).ToList();
            var (isCapital, isAll) = (letters.Count > 0 && char.IsUpper(letters[0]), letters.Count > 1 && letters.TrueForAll(char.IsUpper));
            foreach (var word in TitleWords.Of(part, MaxWords))
            {
                foreach (var piece in Pieces(word))
                {
                    yield return new RawWord(piece, WordForms.Of(piece), isCapital, isAll, isTail);
                }
            }
        }
    }

    // "2bn" is "2" and "bn"; "2nd" stays.
    private static IEnumerable<string> Pieces(string word)
    {
        var digits = word.TakeWhile(char.IsAsciiDigit).Count();
        if (digits == 0 || digits == word.Length || OrdinalEndings.Contains(word[digits..]) || !char.IsAsciiLetterLower(word[digits]))
        {
            return [word];
        }

        return [word[..digits], word[digits..]];
    }

    private static List<HeadlineWord> Read(List<RawWord> raw)
    {
        // In "Storm Ada Leaves Three Dead" a capital letter says nothing.
        var isShouted = raw.TrueForAll(word => word.IsAllCapitals || !word.IsCapital);
        var languages = Languages(raw);
        var longer = raw.Skip(1).Where(word => word.Text.Length >= 4).ToList();
        var tells = longer.Count > 0 && longer.Count(word => !word.IsCapital) * 2 >= longer.Count;
        List<string> texts = [.. raw.Select(word => word.Text)];
        List<string> forms = [.. raw.Select(word => word.Form)];
        var all = new List<HeadlineWord>();
        for (var i = 0; i < raw.Count;)
        {
            var length = NewsWords.Find(texts, forms, i, out var known);
            var isAcronym = raw[i].IsAllCapitals && !isShouted;
            var word = known is null ? Unknown(raw[i].Form) : InLanguage(known, languages);
            var isName = (tells && i > 0 && raw[i].IsCapital) || isAcronym;
            // "UN" is no French article, "May" may be a month, and "group A" is not "group B".
            if ((isAcronym && word.Is(WordClass.Stop)) || (raw[i].Text.Length == 1 && all.Count > 0 && all[^1].Word.Is(WordClass.Series)))
            {
                word = new NewsWord(word.Text, WordClass.None, []);
            }
            else if (isName && !raw[i].IsTail && word.Is(NotInNames))
            {
                word = word with { Classes = word.Classes & ~NotInNames };
            }

            if (all.Count > 0 && NumberText.Joined(all[^1].Word, word) is { } joined)
            {
                // "Two thousand", "twenty-five".
                (word, isName) = (joined, false);
                all.RemoveAt(all.Count - 1);
            }

            all.Add(new HeadlineWord(TitleFingerprint.Hash(word.Text), word, isName, raw[i].IsTail));
            i += Math.Max(1, length);
        }

        var telling = all.Where(word => !word.Word.Is(WordClass.Stop)).ToList();
        return telling.Count > 0 ? telling : all;
    }

    // How many words without news there are of each language.
    private static int[] Languages(List<RawWord> raw)
    {
        var counts = new int[NewsWords.MaxLanguages];
        foreach (var bits in raw.Select(word => NewsWords.StopLanguages(word.Text)))
        {
            for (var language = 0; language < counts.Length; language++)
            {
                counts[language] += (bits >> language) & 1;
            }
        }

        return counts;
    }

    // "Two die in the crash" is no German title, "costa sur" is not French. The word itself says nothing of the language.
    private static NewsWord InLanguage(NewsWord word, int[] languages)
    {
        if (!word.IsStopElsewhere)
        {
            return word;
        }

        var (own, other) = (0, 0);
        for (var language = 0; language < languages.Length; language++)
        {
            var isOwn = ((word.StopLanguages >> language) & 1) != 0;
            own = isOwn ? Math.Max(own, languages[language] - 1) : own;
            other = isOwn ? other : Math.Max(other, languages[language]);
        }

        return own >= other ? word : word with { Classes = word.Classes & ~WordClass.Stop };
    }

    private static NewsWord Unknown(string form)
    {
        var digits = form.TakeWhile(char.IsAsciiDigit).Count();
        return digits == 0 ? new NewsWord(form, WordClass.None, [])
            : digits == form.Length || !char.IsAsciiLetterLower(form[digits])
                ? new NewsWord(NumberText.Of(form, ordinal: false), WordClass.Number, [])
            : new NewsWord(NumberText.Of(form[..digits], ordinal: true), WordClass.Ordinal, []);
    }

    private readonly record struct RawWord(string Text, string Form, bool IsCapital, bool IsAllCapitals, bool IsTail);
}

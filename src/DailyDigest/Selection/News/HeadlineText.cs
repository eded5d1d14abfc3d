using System.Text.RegularExpressions;

namespace DailyDigest.Selection;

/// <summary>The text of a title, cut into its label, its body, and what stands behind its last separator.</summary>
internal sealed partial record HeadlineText(string Body, string Tail, bool IsBar, bool IsLive, string? Topic, bool IsQuestion, bool IsCut)
{
    /// <summary>The number of words that were joined with others.</summary>
    public int Joined { get; private init; }

    private const int MaxLabels = 4;

    // A label and the marks around it.
    private const int MaxLabel = 48;

    private const string BeginMarks = ":|»])+-–—•/.!";
    private const string EndMarks = "[(|»•–—:-";
    private const string Kickers = ":|»-–—";
    private const string Quotes = "\"'“”„«‹‘’";
    private const string Separators = "|»·:•-–—";

    // The title of a film or a book is shorter.
    private const int LongQuotation = 4;

    /// <summary>Stands for the separator inside a number: a letter that no headline has, so that the number stays one word.</summary>
    internal const char Joint = '\uA78F';

    public static HeadlineText Of(string title)
    {
        var text = Numbers(title).Trim();
        var (isLive, topic) = (false, (string?)null);
        for (var labels = 0; labels < MaxLabels && Begins(text) && Label().Match(text) is { Success: true } label; labels++)
        {
            var classes = ClassesOf(label.Groups["label"].Value);
            if ((classes & (WordClass.Mark | WordClass.Live)) == 0)
            {
                break;
            }

            isLive |= (classes & WordClass.Live) != 0;
            text = text[label.Length..];
            topic = isLive ? text : topic;
        }

        for (var labels = 0; labels < MaxLabels && HasAny(text, EndMarks) && EndLabel().Match(text) is { Success: true } label; labels++)
        {
            var classes = ClassesOf(label.Groups["label"].Value);
            if ((classes & (WordClass.Mark | WordClass.Live)) == 0)
            {
                break;
            }

            isLive |= (classes & WordClass.Live) != 0;
            text = text[..label.Index];
            topic = isLive ? text : topic;
        }

        // Words of somebody in front of the news.
        if (HasAny(text, Quotes) && Quotation().Match(text) is { Success: true } quotation
            && TitleWords.Of(quotation.Groups["said"].Value, 8).Count >= LongQuotation
            && TitleWords.Of(text[quotation.Length..], 8).Count >= TitleFingerprint.FewWords)
        {
            text = text[quotation.Length..];
        }

        var kicker = HasAny(text, Kickers) ? Kicker().Match(text) : Match.Empty;
        if (kicker.Success && LiveTopic(kicker.Groups["label"].Value) is { } liveTopic)
        {
            (isLive, topic) = (true, liveTopic);
            text = liveTopic + " " + text[kicker.Length..];
        }
        else if (topic is not null && Kicker().Match(topic) is { Success: true } first)
        {
            topic = first.Groups["label"].Value;
        }

        text = Attribution(text);
        var apart = text;
        text = GermanVerbs.Joined(text);
        var (body, tail, isBar) = Parts(text);
        return new HeadlineText(body, tail, isBar, isLive, topic,
            HasAny(body, "?؟？") && Question().IsMatch(body), HasAny(title, "….") && Cut().IsMatch(title))
        {
            Joined = apart.Count(letter => letter == ' ') - text.Count(letter => letter == ' '),
        };
    }

    // Between bars the longest part is the title; the last dash may stand before a source's name.
    private static (string Body, string Tail, bool IsBar) Parts(string text)
    {
        // » may be the end of a quotation.
        if (!HasAny(text, Separators))
        {
            return (text, "", false);
        }

        var parts = (text.Contains('«', StringComparison.Ordinal) ? Bars() : BarsAndQuotes()).Split(text);
        if (parts.Length > 1)
        {
            var body = parts.MaxBy(part => TitleWords.Of(part, 64).Count)!;
            return (body, string.Join(' ', parts.Where(part => !ReferenceEquals(part, body))), true);
        }

        var dash = Dash().Match(text);
        return dash.Success ? (text[..dash.Index], dash.Groups["tail"].Value, false) : (text, "", false);
    }

    // ", rescue service says": behind the last comma, and somebody who said it.
    private static string Attribution(string text)
    {
        var comma = text.LastIndexOfAny([',', '،']);
        return comma > 0 && TitleWords.Of(text[(comma + 1)..], 8) is { Count: < 8 } words
            && words.Exists(word => NewsWords.Is(word, WordClass.Said)) ? text[..comma] : text;
    }

    // Most titles have none of these marks, and a search for them is much quicker than an expression.
    private static bool HasAny(string text, string marks) => text.AsSpan().IndexOfAny(marks) >= 0;

    private static bool Begins(string text) => HasAny(text[..Math.Min(text.Length, MaxLabel)], BeginMarks);

    private static List<string> Forms(string text) => [.. TitleWords.Of(text, 16).Select(WordForms.Of)];

    private static WordClass ClassesOf(string label) =>
        NewsWords.Get(Forms(label).Where(form => !char.IsAsciiDigit(form[0])))?.Classes ?? WordClass.None;

    // "Storm Eunice live updates": what stands before the words for "live", if there is enough of it.
    private static string? LiveTopic(string label)
    {
        var words = TitleWords.Of(label, 32);
        List<string> forms = [.. words.Select(WordForms.Of)];
        for (var start = Math.Max(1, forms.Count - NewsWords.MaxWords); start < forms.Count; start++)
        {
            if (NewsWords.Get(forms.Skip(start))?.Is(WordClass.Live) == true)
            {
                return string.Join(' ', words.Take(start));
            }
        }

        return null;
    }

    private static string Numbers(string title)
    {
        var text = title;
        var hasDigits = title.Any(char.IsDigit);
        text = hasDigits ? Grouped().Replace(text, match => string.Concat(match.Value.Where(char.IsDigit))) : text;
        text = text.Contains('.') ? Initials().Replace(text, match => match.Value.Replace(".", "", StringComparison.Ordinal)) : text;
        text = hasDigits
            ? Divided().Replace(text, match => string.Concat(match.Value.Select(letter => char.IsDigit(letter) ? letter : Joint))) : text;
        return text.Replace("%", " percent ", StringComparison.Ordinal).Replace("&", " and ", StringComparison.Ordinal);
    }

    [GeneratedRegex(
        @"^[\s\[(+*•|]*(?<label>[^:|»\]\)+\-–—•/]{1,30}?)\s*(?:\d{1,2}\s*)?(?:[:|»\]\)+\-–—•/]+|[.!]\s)\s*",
        RegexOptions.NonBacktracking)]
    private static partial Regex Label();

    [GeneratedRegex(
        @"\s*(?:[\[(](?<label>[^\[\]()]{1,30})[\])]|[|»•–—:]\s*(?<label>[^|»•–—:]{1,30})|\s-\s(?<label>[^|»•–—:\-]{1,30}))\s*$",
        RegexOptions.NonBacktracking)]
    private static partial Regex EndLabel();

    [GeneratedRegex(@"^\s*[""'“”„«‹‘’](?<said>[^:""“”„«»‹›]{8,120})[""'“”»›’‘]\s*(?::|\s[\-–—]\s)\s*", RegexOptions.NonBacktracking)]
    private static partial Regex Quotation();

    [GeneratedRegex(@"^(?<label>[^:|»]{3,80}?)\s*(?::|\||»|\s[\-–—])\s*", RegexOptions.NonBacktracking)]
    private static partial Regex Kicker();

    [GeneratedRegex(@"\s*(?:\||·|::|•)\s*", RegexOptions.NonBacktracking)]
    private static partial Regex Bars();

    [GeneratedRegex(@"\s*(?:\||»|·|::|•)\s*", RegexOptions.NonBacktracking)]
    private static partial Regex BarsAndQuotes();

    [GeneratedRegex(@"(?:\s[\-–—]\s|—|–)\s*(?<tail>[^–—]+)$", RegexOptions.NonBacktracking)]
    private static partial Regex Dash();

    [GeneratedRegex(@"[?؟？]\s*[""”»']?\s*$", RegexOptions.NonBacktracking)]
    private static partial Regex Question();

    [GeneratedRegex(@"\w(?:…|\.\.\.)\s*$", RegexOptions.NonBacktracking)]
    private static partial Regex Cut();

    // 1,200 and 1.200 and 1 200.
    [GeneratedRegex(@"\b\d{1,3}(?:[ ,.'’٬\u00A0\u202F]\d{3})+\b", RegexOptions.NonBacktracking)]
    private static partial Regex Grouped();

    [GeneratedRegex(@"\b(?:\p{L}\.){2,6}", RegexOptions.NonBacktracking)]
    private static partial Regex Initials();

    // 2.5, 2,5 and the score 3-1 are one word.
    [GeneratedRegex(@"\d+(?:[.,:٫\-–]\d+)+", RegexOptions.NonBacktracking)]
    private static partial Regex Divided();
}

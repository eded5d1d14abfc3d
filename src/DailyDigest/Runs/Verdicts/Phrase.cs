namespace DailyDigest.Runs;

/// <summary>
/// One phrase of a table: words, <c>(a|b)</c> for one of several, <c>..</c> for up to three words, <c>...</c> for up to 80 characters, and
/// <c>*</c> for the rest of a word. It begins and ends at the border of a word. Matching takes time linear in the text, within the small
/// factor that the gaps allow.
/// </summary>
internal sealed class Phrase
{
    private const int MaxGap = 80;
    private const int MaxWordGap = 60;
    private const int MaxSpaces = 4;

    private readonly List<Step> steps = [];

    /// <summary>Reads a phrase.</summary>
    /// <exception cref="FormatException">A bracket is missing, or the phrase is empty.</exception>
    public Phrase(string source)
    {
        for (var at = 0; at < source.Length;)
        {
            if (source[at] == '(')
            {
                var end = source.IndexOf(')', at);
                if (end < 0)
                {
                    throw new FormatException($"A bracket is not closed: {source}");
                }

                var options = source[(at + 1)..end].Split('|');
                steps.Add(new Step(StepKind.Words, [.. options.Select(ReplyText.Normal)]));

                // "(the |) word": the option brings its own space.
                at = end + 1;
                at += options.Contains("") && at < source.Length && source[at] == ' ' && Gap(source, at) is null ? 1 : 0;
            }
            else if (Gap(source, at) is { } gap)
            {
                steps.Add(new Step(gap.Dots == 2 ? StepKind.WordGap : StepKind.Gap, []));
                at = gap.End;
            }
            else if (source[at] == '*')
            {
                steps.Add(new Step(StepKind.Rest, []));
                at++;
            }
            else
            {
                var end = at;
                while (end < source.Length && source[end] is not ('(' or '*') && Gap(source, end) is null)
                {
                    end++;
                }

                steps.Add(new Step(StepKind.Words, [ReplyText.Normal(source[at..end])]));
                at = end;
            }
        }

        if (steps is not [{ Kind: StepKind.Words } first, ..] || first.Options.Any(option => option.TrimEnd('*').Length == 0))
        {
            throw new FormatException($"A phrase begins with words: {source}");
        }
    }

    private enum StepKind
    {
        Words,
        WordGap,
        Gap,
        Rest,
    }

    /// <summary>True if the text, which is normal (<see cref="ReplyText"/>), has the phrase.</summary>
    public bool IsIn(string text)
    {
        foreach (var option in steps[0].Options)
        {
            var word = option.AsSpan().TrimEnd('*');
            for (var at = 0; at < text.Length; at++)
            {
                var found = text.AsSpan(at).IndexOf(word, StringComparison.Ordinal);
                if (found < 0)
                {
                    break;
                }

                at += found;
                if (IsBorder(text, at) && Option(text, at, option) is >= 0 and var end && Matches(text, end, 1))
                {
                    return true;
                }
            }
        }

        return false;
    }

    private static (int Dots, int End)? Gap(string source, int at)
    {
        var dots = source.AsSpan(at).StartsWith(" ... ", StringComparison.Ordinal) ? 3
            : source.AsSpan(at).StartsWith(" .. ", StringComparison.Ordinal) ? 2 : 0;
        return dots > 0 ? (dots, at + dots + 2) : null;
    }

    private bool Matches(string text, int at, int step)
    {
        if (step == steps.Count)
        {
            return IsBorder(text, at);
        }

        switch (steps[step].Kind)
        {
            case StepKind.Rest:
                return Matches(text, Rest(text, at), step + 1) || Matches(text, at, step + 1);
            case StepKind.WordGap or StepKind.Gap:
                var isWords = steps[step].Kind == StepKind.WordGap;
                var (last, spaces) = (Math.Min(text.Length, at + (isWords ? MaxWordGap : MaxGap)), 0);
                for (var next = at; next <= last && IsBorder(text, at); next++)
                {
                    if (IsBorder(text, next) && Matches(text, next, step + 1))
                    {
                        return true;
                    }

                    spaces += next < text.Length && text[next] == ' ' ? 1 : 0;
                    if (isWords && spaces > MaxSpaces)
                    {
                        return false;
                    }
                }

                return false;
            default:
                foreach (var option in steps[step].Options)
                {
                    if (Option(text, at, option) is >= 0 and var end && Matches(text, end, step + 1))
                    {
                        return true;
                    }
                }

                return false;
        }
    }

    /// <summary>The end of the option in the text; -1 if it is not there.</summary>
    private static int Option(string text, int at, string option)
    {
        var isStem = option.EndsWith('*');
        var word = isStem ? option.AsSpan(0, option.Length - 1) : option;
        return !text.AsSpan(at).StartsWith(word, StringComparison.Ordinal) ? -1 : isStem ? Rest(text, at + word.Length) : at + word.Length;
    }

    private static int Rest(string text, int at)
    {
        while (at < text.Length && text[at] != ' ')
        {
            at++;
        }

        return at;
    }

    // Scripts without spaces between words, and those that attach articles, have no borders.
    private static bool IsBorder(string text, int at) =>
        at <= 0 || at >= text.Length || !IsOfWord(text[at - 1]) || !IsOfWord(text[at]);

    private static bool IsOfWord(char one) => one < '\u0590' && char.IsLetterOrDigit(one);

    private readonly record struct Step(StepKind Kind, string[] Options);
}

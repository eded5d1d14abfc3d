using System.Buffers;
using System.Text;

namespace DailyDigest.Content;

/// <summary>
/// The characters that open and close a run of another direction (Unicode, annex 9). A balanced pair changes nothing outside itself, so it
/// stays. Without its partner it would reorder the text after it, and an override reorders letters: these are removed.
/// </summary>
internal static class DirectionMarks
{
    private const char Pop = '\u202C';
    private const char PopIsolate = '\u2069';

    private static readonly SearchValues<char> All =
        SearchValues.Create("\u202A\u202B\u202C\u202D\u202E\u2066\u2067\u2068\u2069");

    /// <summary>The text without overrides and without marks that have no partner.</summary>
    public static string Balanced(string text)
    {
        if (text.AsSpan().IndexOfAny(All) < 0)
        {
            return text;
        }

        var (open, removed) = (new Stack<int>(), new HashSet<int>());
        for (var at = 0; at < text.Length; at++)
        {
            switch (text[at])
            {
                case >= '\u202A' and <= '\u202B' or '\u202D' or '\u202E' or >= '\u2066' and <= '\u2068':
                    open.Push(at);
                    break;
                case Pop when open.TryPeek(out var last) && text[last] < '\u2066':
                    open.Pop();
                    if (text[last] is '\u202D' or '\u202E')
                    {
                        removed.UnionWith([last, at]);
                    }

                    break;
                case PopIsolate when open.Any(one => text[one] >= '\u2066'):
                    // The end of an isolate ends the embeddings in it.
                    while (text[open.Peek()] < '\u2066')
                    {
                        removed.Add(open.Pop());
                    }

                    open.Pop();
                    break;
                case Pop or PopIsolate:
                    removed.Add(at);
                    break;
            }
        }

        removed.UnionWith(open);
        var kept = new StringBuilder(text.Length);
        for (var at = 0; at < text.Length; at++)
        {
            if (!removed.Contains(at))
            {
                kept.Append(text[at]);
            }
        }

        return kept.ToString();
    }
}

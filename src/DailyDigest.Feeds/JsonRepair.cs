using System.Text;

namespace DailyDigest.Feeds;

/// <summary>
/// Repairs JSON that is not valid: line ends, quotation marks and wrong escapes in texts, commas that are missing or too many, comments,
/// values that JSON does not have, and a missing end. The time is linear.
/// </summary>
internal sealed class JsonRepair(string text, FeedNotes notes)
{
    private const int MaxKey = 40;

    private static readonly string[] Words = ["true", "false", "null"];

    private readonly StringBuilder result = new(text.Length);
    private readonly List<char> open = [];
    private int at;
    private bool isValueComplete;
    private (int Length, int Depth) safe;

    /// <summary>The repaired text. It may still be invalid.</summary>
    public static string Repair(string text, FeedNotes notes) => new JsonRepair(text, notes).Repair();

    private string Repair()
    {
        while (at < text.Length && (open.Count > 0 || result.Length == 0))
        {
            switch (text[at])
            {
                case '{' or '[':
                    BeginValue();
                    open.Add(text[at]);
                    result.Append(text[at++]);
                    break;
                case '}' or ']':
                    Close(text[at++] == '}' ? '{' : '[');
                    break;
                case ',':
                    Comma();
                    break;
                case ':':
                    result.Append(text[at++]);
                    isValueComplete = false;
                    break;
                case '"':
                    BeginValue();
                    Text();
                    break;
                case '/':
                    SkipComment();
                    break;
                case var c when char.IsAsciiLetterOrDigit(c) || c is '-' or '+':
                    BeginValue();
                    Word();
                    break;
                default:
                    at++;
                    break;
            }
        }

        Finish();
        return result.ToString();
    }

    private void BeginValue()
    {
        if (isValueComplete)
        {
            notes.Repair("missing commas");
            (safe, isValueComplete) = ((result.Length, open.Count), false);
            result.Append(',');
        }
    }

    private void Comma()
    {
        at++;
        notes.Repair("commas too many", isValueComplete ? 0 : 1);
        if (isValueComplete)
        {
            (safe, isValueComplete) = ((result.Length, open.Count), false);
            result.Append(',');
        }
    }

    private void Close(char opening)
    {
        if (!open.Contains(opening))
        {
            return;
        }

        if (result[^1] == ',')
        {
            result.Length--;
        }

        notes.Repair("brackets without their end", open[^1] == opening ? 0 : 1);
        for (var closed = '\0'; closed != opening; open.RemoveAt(open.Count - 1))
        {
            closed = open[^1];
            result.Append(closed == '{' ? '}' : ']');
        }

        (safe, isValueComplete) = ((result.Length, open.Count), true);
    }

    private void Word()
    {
        var begin = at;
        while (at < text.Length && (char.IsAsciiLetterOrDigit(text[at]) || text[at] is '-' or '+' or '.' or '_'))
        {
            at++;
        }

        var word = text[begin..at];
        var isValue = word is "true" or "false" or "null"
            || (char.IsAsciiDigit(word[^1]) && word.TrimStart('-') is [(>= '1' and <= '9') or '0', ..] digits
                && (digits.Length == 1 || digits[0] != '0' || digits[1] == '.') && digits.All(c => char.IsAsciiDigit(c) || c == '.')
                && digits.Count(c => c == '.') < 2);
        notes.Repair("values that JSON does not have", isValue ? 0 : 1);
        result.Append(isValue ? word : "null");
        isValueComplete = true;
    }

    private void Text()
    {
        result.Append(text[at++]);
        for (; at < text.Length; at++)
        {
            switch (text[at])
            {
                case '"' when IsEnd(at + 1):
                    at++;
                    result.Append('"');
                    isValueComplete = true;
                    return;
                case '"':
                    notes.Repair("quotation marks in texts");
                    result.Append("\\\"");
                    break;
                case '\n' or '\r' or '\t':
                    notes.Repair("line ends in texts");
                    result.Append(text[at] switch { '\n' => "\\n", '\r' => "\\r", _ => "\\t" });
                    break;
                case '\\' when at + 1 < text.Length && IsEscape(at + 1):
                    result.Append(text, at++, 2);
                    break;
                case '\\':
                    notes.Repair("wrong escapes");
                    break;
                default:
                    result.Append(text[at]);
                    break;
            }
        }
    }

    // After a text comes a colon, the end of its object or list, or a comma and another value.
    private bool IsEnd(int next)
    {
        next = SkipSpaces(next);
        if (next >= text.Length || text[next] is ':' or '}' or ']' || IsKey(next))
        {
            return true;
        }

        next = text[next] == ',' ? SkipSpaces(next + 1) : text.Length;
        return next < text.Length && (text[next] is '"' or '{' or '[' or '}' or ']' or ',' or '-' or '/' || char.IsAsciiDigit(text[next])
            || Words.Any(word => string.CompareOrdinal(text, next, word, 0, word.Length) == 0));
    }

    private bool IsKey(int from)
    {
        var end = text[from] == '"' ? text.IndexOf('"', from + 1, Math.Min(MaxKey, text.Length - from - 1)) : -1;
        return end >= 0 && SkipSpaces(end + 1) is var colon && colon < text.Length && text[colon] == ':';
    }

    private int SkipSpaces(int from)
    {
        while (from < text.Length && char.IsWhiteSpace(text[from]))
        {
            from++;
        }

        return from;
    }

    private bool IsEscape(int next) => text[next] is '"' or '\\' or '/' or 'b' or 'f' or 'n' or 'r' or 't'
        || (text[next] == 'u' && next + 4 < text.Length && text.Substring(next + 1, 4).All(char.IsAsciiHexDigit));

    private void SkipComment()
    {
        var isBlock = at + 1 < text.Length && text[at + 1] == '*';
        var end = isBlock ? text.IndexOf("*/", at + 2, StringComparison.Ordinal) : text.IndexOf('\n', at);
        notes.Repair("comments");
        at = end < 0 ? text.Length : end + (isBlock ? 2 : 1);
    }

    // A value that the end of the document cuts is left out.
    private void Finish()
    {
        notes.Repair("text after the document", text.AsSpan(at).Trim().Length > 0 ? 1 : 0);
        if (open.Count == 0)
        {
            return;
        }

        notes.Repair("the end is missing");
        result.Length = safe.Length;
        for (var i = safe.Depth - 1; i >= 0; i--)
        {
            result.Append(open[i] == '{' ? '}' : ']');
        }
    }
}

using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using DailyDigest.Content;

namespace DailyDigest.Runs;

/// <summary>The text of a reply or report in the form in which phrases are looked for.</summary>
public static partial class ReplyText
{
    /// <summary>Milliseconds that one pattern may take. Texts are short; patterns take microseconds.</summary>
    public const int TimeLimit = 1000;

    /// <summary>Characters of a text that are read at most.</summary>
    public const int MaxLength = 10 * RefusalReasons.MaxReplyLength;

    /// <summary>
    /// Small letters without accents, one space between words, no codes, of URLs only the host, and <c>&lt;&gt;</c> in the place of
    /// addresses: addresses and paths may contain any phrase, and the host may be that of a block list.
    /// </summary>
    public static string Prepare(string? text)
    {
        if (string.IsNullOrEmpty(text))
        {
            return "";
        }

        text = text.Length > MaxLength ? text[..MaxLength] : text;
        text = Url().Replace(Redaction.Addresses(text, "<>"), " ${host} ");
        return Normal(Codes().Replace(text, " ")).Trim();
    }

    /// <summary>Small letters without accents, one space between words.</summary>
    internal static string Normal(string text)
    {
        var normal = new StringBuilder(text.Length);
        foreach (var one in Decomposed(text))
        {
            if (char.IsWhiteSpace(one) || char.IsControl(one))
            {
                if (normal.Length == 0 || normal[^1] != ' ')
                {
                    normal.Append(' ');
                }
            }
            else if (one is not (>= '\u0300' and <= '\u036F') && CharUnicodeInfo.GetUnicodeCategory(one) != UnicodeCategory.Format)
            {
                _ = one switch
                {
                    '\u2018' or '\u2019' or '\u00B4' or '`' => normal.Append('\''),
                    'ß' => normal.Append("ss"),
                    'ı' => normal.Append('i'),
                    'ł' or 'Ł' => normal.Append('l'),
                    'ø' or 'Ø' => normal.Append('o'),
                    'đ' or 'Đ' => normal.Append('d'),
                    _ => normal.Append(char.ToLowerInvariant(one)),
                };
            }
        }

        return Composed(normal.ToString());
    }

    private static string Decomposed(string text) => Form(text, NormalizationForm.FormKD);

    private static string Composed(string text) => Form(text, NormalizationForm.FormC);

    private static string Form(string text, NormalizationForm form)
    {
        try
        {
            return Ascii.IsValid(text) ? text : text.Normalize(form);
        }
        catch (ArgumentException)
        {
            return text; // half a surrogate pair
        }
    }

    [GeneratedRegex(
        @"(?:https?|ftp)://(?<host>[A-Za-z0-9.\-]*)[^\s<>""]*",
        RegexOptions.NonBacktracking | RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Url();

    // Neither before nor after it stands a digit or a further number.
    [GeneratedRegex(@"(?<![\d.])[245]\.\d{1,3}\.\d{1,3}(?![.\d]*\d)", RegexOptions.CultureInvariant, TimeLimit)]
    private static partial Regex Codes();
}

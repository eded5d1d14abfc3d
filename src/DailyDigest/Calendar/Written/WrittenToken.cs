using System.Globalization;
using System.Text;

namespace DailyDigest.Calendar;

/// <summary>The kinds of token in a written date.</summary>
internal enum TokenKind
{
    /// <summary>There is no token.</summary>
    None,

    /// <summary>ASCII digits.</summary>
    Number,

    /// <summary>Lower-case letters with their marks.</summary>
    Word,

    /// <summary>Any other character.</summary>
    Sign,
}

/// <summary>A piece of a written date.</summary>
/// <param name="Kind">Its kind.</param>
/// <param name="Text">Its characters.</param>
/// <param name="IsSpaced">True if white space precedes it.</param>
internal readonly record struct WrittenToken(TokenKind Kind, string Text, bool IsSpaced)
{
    // After a number these are words of one character: 2026年11月23日6時.
    private const string Units = "年月日号號時时点點分秒년월일시분초";

    /// <summary>True for this sign.</summary>
    public bool Is(char sign) => Kind == TokenKind.Sign && Text[0] == sign;

    /// <summary>True for this word.</summary>
    public bool Is(string word) => Kind == TokenKind.Word && Text == word;

    /// <summary>True for a number of so many digits.</summary>
    public bool IsNumber(int min, int max) => Kind == TokenKind.Number && Text.Length >= min && Text.Length <= max;

    /// <summary>The number's value; 0 for other tokens. At most 9 digits.</summary>
    public int Value => Kind == TokenKind.Number ? int.Parse(Text, CultureInfo.InvariantCulture) : 0;

    /// <summary>
    /// Splits a text. Digits of all scripts become ASCII, full-width signs their usual form, and invisible characters vanish. Abbreviations
    /// with full stops inside become one word (p.m. is pm). Null if the text is not valid Unicode.
    /// </summary>
    public static List<WrittenToken>? Split(string text)
    {
        if (Plain(text) is not { } plain)
        {
            return null;
        }

        var tokens = new List<WrittenToken>();
        var (at, spaced) = (0, false);
        while (at < plain.Length)
        {
            var first = plain[at];
            var end = at + 1;
            if (char.IsWhiteSpace(first))
            {
                (at, spaced) = (end, true);
                continue;
            }

            var kind = char.IsAsciiDigit(first) ? TokenKind.Number : IsLetter(first) ? TokenKind.Word : TokenKind.Sign;
            var unit = Units.Contains(first) && !spaced && tokens is [.., { Kind: TokenKind.Number }];
            while (!unit && end < plain.Length && kind != TokenKind.Sign
                && (kind == TokenKind.Number ? char.IsAsciiDigit(plain[end]) : IsLetter(plain[end])))
            {
                end++;
            }

            tokens.Add(new WrittenToken(kind, plain[at..end], spaced));
            (at, spaced) = (end, false);
        }

        Join(tokens);
        return tokens;
    }

    /// <summary>A word as the tables of names have it, with its accents, or without them.</summary>
    public static string Key(string word, bool withAccents)
    {
        var key = new StringBuilder(word.Length);
        foreach (var letter in withAccents ? word : word.Normalize(NormalizationForm.FormD))
        {
            if (withAccents || char.GetUnicodeCategory(letter) != UnicodeCategory.NonSpacingMark)
            {
                key.Append(withAccents ? letter : Base(letter));
            }
        }

        return key.ToString();
    }

    private static string? Plain(string text)
    {
        var plain = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            if (rune == Rune.ReplacementChar)
            {
                return null;
            }

            var digit = Rune.GetUnicodeCategory(rune) == UnicodeCategory.DecimalDigitNumber ? (int)Rune.GetNumericValue(rune) : -1;
            if (digit >= 0)
            {
                plain.Append((char)('0' + digit));
            }
            else if (Rune.GetUnicodeCategory(rune) != UnicodeCategory.Format && !IsApostrophe(rune))
            {
                plain.Append(rune);
            }
        }

        return plain.ToString().Normalize(NormalizationForm.FormKC).ToLowerInvariant();
    }

    private static bool IsLetter(char letter) => char.IsLetter(letter)
        || char.GetUnicodeCategory(letter) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark;

    // ’26, and the signs of abbreviation of Hebrew and Hindi.
    private static bool IsApostrophe(Rune rune) => rune.Value is '\'' or 0x2019 or 0x2BC or 0x5F3 or 0x5F4 or 0x970;

    // p.m., m. g., ม.ค.
    private static void Join(List<WrittenToken> tokens)
    {
        for (var at = 0; at + 2 < tokens.Count;)
        {
            var (one, dot, next) = (tokens[at], tokens[at + 1], tokens[at + 2]);
            if (dot.Is('.') && !dot.IsSpaced && IsShort(one) && IsShort(next) && (!next.IsSpaced || next.Text is "m" or "μ"))
            {
                tokens[at] = one with { Text = one.Text + next.Text };
                tokens.RemoveRange(at + 1, 2);
            }
            else
            {
                at++;
            }
        }
    }

    private static bool IsShort(WrittenToken token) => token.Kind == TokenKind.Word && token.Text.Count(char.IsLetter) <= 2;

    // Letters whose accent is not a mark of its own.
    private static char Base(char letter) => letter switch
    {
        'ı' => 'i',
        'ł' => 'l',
        'đ' => 'd',
        'ø' => 'o',
        'ς' => 'σ',
        _ => letter,
    };
}

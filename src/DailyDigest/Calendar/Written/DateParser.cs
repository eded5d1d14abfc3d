using System.Globalization;

namespace DailyDigest.Calendar;

/// <summary>
/// Parses the tokens of one date: takes the time with its zone out, and gives the rest to <see cref="DayParser"/>. Everything must have a
/// meaning: a word that is not known makes the date unreadable.
/// </summary>
internal sealed class DateParser(List<WrittenToken> tokens, string comment, WrittenContext context)
{
    private int? minutes;
    private string? zone;
    private bool contradicts;

    /// <summary>The parts; null if the text is not a date that can be read.</summary>
    public DateParts? Parse()
    {
        var isKorean = tokens.Exists(token => token.Kind == TokenKind.Word && token.Text[0] is >= '가' and <= '힣');
        var (time, isDate) = (TakeTime(), true);
        if (time is { } found && (found < TimeSpan.Zero || contradicts))
        {
            return null;
        }

        if (minutes is null && zone is null)
        {
            TakeZoneAtEnd();
        }

        if (minutes is null && zone is null && WrittenToken.Split(comment) is { Count: > 0 } words)
        {
            var rest = new List<WrittenToken>(words);
            isDate = !TakeZone(rest, 0) || rest.Count == 0;
        }

        var day = contradicts || !isDate ? null : new DayParser(tokens, context, time is null).Parse();
        return day is null ? null : day with
        {
            Time = time ?? day.Time,
            Minutes = minutes ?? (zone is null && isKorean ? 9 * 60 : null), // Korea has one zone, and its dates often name none
            Zone = zone,
        };
    }

    // Null if there is none; negative for an impossible one. Removes it, and the zone that follows.
    private TimeSpan? TakeTime()
    {
        for (var at = 0; at < tokens.Count; at++)
        {
            if (TimeAt(at) is var (hour, minute, second, fraction, end))
            {
                var begin = at;
                bool? afternoon = null;
                if (end < tokens.Count && Half(tokens[end], tokens[end - 1]) is { } after && !IsOnlyBefore(tokens[end].Text))
                {
                    (afternoon, end) = (after, end + 1);
                    end += end < tokens.Count && tokens[end].Is('.') ? 1 : 0;
                }
                else if (begin > 0 && BeforeTime(begin) is var (before, first))
                {
                    (afternoon, begin) = (before, first);
                }

                tokens.RemoveRange(begin, end - begin);
                while (begin < tokens.Count
                    && (tokens[begin].Is(',') || (tokens[begin].Text != "u" && WrittenNames.Is("hour", tokens[begin].Text))))
                {
                    tokens.RemoveAt(begin);
                }

                // The zones of one letter have two contradicting definitions (RFC 5322, 4.3).
                var hasZone = TakeZone(tokens, begin);
                contradicts |= !hasZone && begin < tokens.Count && tokens[begin].Text is [>= 'a' and <= 'z'];
                return Time(hour, minute, second, fraction, afternoon);
            }
        }

        return null;
    }

    private (bool Afternoon, int Begin)? BeforeTime(int begin)
    {
        begin -= begin > 1 && tokens[begin - 1].Is('.') ? 2 : 1;
        return (tokens[begin].Text is "am" or "pm" || IsOnlyBefore(tokens[begin].Text) || tokens[begin].Text[0] > '\u024F')
            && Half(tokens[begin], default) is { } half ? (half, begin) : null;
    }

    // Hungarian writes the half of the day before the time; in other languages de is "of".
    private static bool IsOnlyBefore(string word) => word is "de" or "du";

    private static bool? Half(WrittenToken token, WrittenToken before) => token.Kind != TokenKind.Word ? null
        : !token.IsSpaced && before.Kind == TokenKind.Number && token.Text is "a" or "p" ? token.Text == "p"
        : WrittenNames.IsAfternoon(token.Text);

    private static TimeSpan Time(int hour, int minute, int second, string fraction, bool? afternoon)
    {
        var impossible = TimeSpan.FromTicks(-1);
        if (afternoon is { } after)
        {
            if (hour is 0 or > 12 && hour >= 12 != after && !(hour == 0 && after))
            {
                return impossible;
            }

            hour = hour > 12 ? hour : (hour % 12) + (after ? 12 : 0);
        }

        var time = new TimeSpan(hour, minute, second) + TimeSpan.FromTicks(DateParts.Ticks(fraction));
        return minute > 59 || second > 60 || hour > 24 || (hour == 24 && time > TimeSpan.FromHours(24)) ? impossible : time;
    }

    private (int Hour, int Minute, int Second, string Fraction, int End)? TimeAt(int at)
    {
        var hour = tokens[at];
        if (!hour.IsNumber(1, 2))
        {
            return hour.IsNumber(4, 6) && at > 0 && tokens[at - 1].Is("t") && at > 1 && tokens[at - 2].Kind == TokenKind.Number
                ? Compact(at) : null;
        }

        // In 2026-03-10+01:00 and 2026-03-10-05:00 this is the offset.
        if (at > 0 && (tokens[at - 1].Is('+') || (tokens[at - 1].Is('-') && !hour.IsSpaced && !tokens[at - 1].IsSpaced
            && !(Token(at + 3).Is(':') && Token(at + 4).IsNumber(1, 2)))))
        {
            return null;
        }

        if (Token(at + 1).Is(':') && Token(at + 2).IsNumber(1, 2))
        {
            return Token(at + 3).Is(':') && Token(at + 4).IsNumber(1, 2)
                ? WithFraction(hour.Value, Token(at + 2).Value, Token(at + 4).Value, at + 5)
                : WithFraction(hour.Value, Token(at + 2).Value, 0, at + 3);
        }

        if (WrittenNames.Is("hour", Token(at + 1).Text))
        {
            return InWords(at);
        }

        if (WrittenNames.IsAfternoon(Token(at + 1).Text) is not null && !IsOnlyBefore(Token(at + 1).Text) && !Token(at + 2).IsNumber(1, 2))
        {
            return (hour.Value, 0, 0, "", at + 1);
        }

        if (at > 1 && tokens[at - 1].Is("t") && tokens[at - 2].Kind == TokenKind.Number)
        {
            return (hour.Value, 0, 0, "", at + 1);
        }

        // 14.30, but not in 10.3.2026.
        return at > 0 && hour.IsSpaced && Token(at + 1).Is('.') && Token(at + 2) is { IsSpaced: false } minute && minute.IsNumber(2, 2)
            && (tokens[at - 1].IsNumber(4, 4) || tokens[at - 1].Kind == TokenKind.Word || tokens[at - 1].Is(','))
            && !(Token(at + 3).Is('.') && Token(at + 4).IsNumber(4, 4)) && !(Token(at + 3).Is('.') && Token(at + 3).IsSpaced)
            ? Token(at + 3).Is('.') && Token(at + 4).IsNumber(2, 2) && HasYearBefore(at)
                ? (hour.Value, minute.Value, Token(at + 4).Value, "", at + 5)
                : HasYearBefore(at) ? (hour.Value, minute.Value, 0, "", at + 3) : null
            : null;
    }

    private bool HasYearBefore(int at) => tokens.Take(at).Any(token => token.IsNumber(4, 4));

    private (int Hour, int Minute, int Second, string Fraction, int End) Compact(int at)
    {
        var digits = tokens[at].Text;
        return WithFraction(Whole(digits[..2]), Whole(digits[2..4]), digits.Length == 6 ? Whole(digits[4..]) : 0, at + 1);
    }

    private (int Hour, int Minute, int Second, string Fraction, int End) WithFraction(int hour, int minute, int second, int end) =>
        (Token(end).Is('.') || Token(end).Is(',')) && !Token(end).IsSpaced && Token(end + 1) is { Kind: TokenKind.Number, IsSpaced: false }
            ? (hour, minute, second, Token(end + 1).Text, end + 2)
            : (hour, minute, second, "", end);

    // 14h30, 6時30分, 14 Uhr.
    private (int Hour, int Minute, int Second, string Fraction, int End) InWords(int at)
    {
        var (hour, minute, second, end) = (tokens[at].Value, 0, 0, at + 2);
        var isShort = tokens[at + 1].Text is "h" or "u" && (!Token(end).IsSpaced || end + 1 == tokens.Count);
        if (Token(end).IsNumber(1, 2) && (isShort || WrittenNames.Is("minute", Token(end + 1).Text)))
        {
            (minute, end) = (Token(end).Value, end + (WrittenNames.Is("minute", Token(end + 1).Text) ? 2 : 1));
            if (Token(end).IsNumber(1, 2) && WrittenNames.Is("second", Token(end + 1).Text))
            {
                (second, end) = (Token(end).Value, end + 2);
            }
        }

        return (hour, minute, second, "", end);
    }

    private void TakeZoneAtEnd()
    {
        for (var at = 1; at < tokens.Count; at++)
        {
            var rest = tokens[at..];
            if ((tokens[at].Kind == TokenKind.Word || tokens[at - 1].Kind == TokenKind.Number) && IsOffsetOrName(at)
                && TakeZone(rest, 0) && rest.Count == 0)
            {
                tokens.RemoveRange(at, tokens.Count - at);
                return;
            }

            (minutes, zone, contradicts) = (null, null, false);
        }
    }

    // 2026-03-10-05:00 has an offset, 2026-03-10 has none; +01 is one.
    private bool IsOffsetOrName(int at) => tokens[at].Kind == TokenKind.Word || tokens[at].Is('+')
        || (tokens[at].Is('-') && (Token(at + 2).Is(':') || (Token(at + 1).IsNumber(4, 4) && tokens[at].IsSpaced)));

    // Reads an offset, a name, or both: +01:00, UTC+1, GMT+0100, EST, -0500 EST. Removes it from the list.
    private bool TakeZone(List<WrittenToken> list, int at)
    {
        var (name, end) = Name(list, at);
        if (name is null)
        {
            if (Offset(list, at) is not var (offset, next))
            {
                return false;
            }

            (minutes, end) = (offset, next);
            var (second, after) = Name(list, end);
            contradicts |= second is not null && !WrittenZones.IsPossible(second, offset);
            end = after;
        }
        else if (Offset(list, end) is var (shift, next))
        {
            var plain = name is "utc" or "gmt" or "ut";
            contradicts |= !plain && !WrittenZones.IsPossible(name, shift);
            (minutes, end) = (shift, next);
        }
        else
        {
            zone = name;
        }

        list.RemoveRange(at, end - at);
        return true;
    }

    private static (string? Name, int End) Name(List<WrittenToken> list, int at)
    {
        for (var length = Math.Min(7, list.Count - at); length > 0; length--)
        {
            var some = list.GetRange(at, length);
            var words = string.Concat(some.Select((token, index) => index > 0 && token.IsSpaced ? " " + token.Text : token.Text));
            if (some[0].Kind == TokenKind.Word && WrittenZones.Knows(words))
            {
                return (words, at + length);
            }
        }

        return (null, at);
    }

    // Contradicts if it is none that exists.
    private (int Minutes, int End)? Offset(List<WrittenToken> list, int at)
    {
        if (at + 1 >= list.Count || !(list[at].Is('+') || list[at].Is('-') || list[at].Is('−'))
            || list[at + 1] is not { IsSpaced: false } first || !first.IsNumber(1, 6))
        {
            return null;
        }

        var (digits, end) = (first.Text, at + 2);
        for (var more = 0; more < 2 && end + 1 < list.Count && list[end].Is(':') && list[end + 1].IsNumber(2, 2); more++)
        {
            (digits, end) = (digits + list[end + 1].Text, end + 2);
        }

        digits = digits.Length <= 2 ? digits.PadLeft(2, '0') + "00" : digits.Length % 2 == 1 ? "0" + digits : digits;
        var (hours, rest, seconds) = (Whole(digits[..2]), Whole(digits[2..4]), digits.Length > 4 ? Whole(digits[4..]) : 0);
        contradicts |= rest > 59 || seconds != 0 || (hours * 60) + rest > (list[at].Is('+') ? 14 : 12) * 60;
        return (((hours * 60) + rest) * (list[at].Is('+') ? 1 : -1), end);
    }

    private static int Whole(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    private WrittenToken Token(int at) => at >= 0 && at < tokens.Count ? tokens[at] : new WrittenToken(TokenKind.None, "", true);
}

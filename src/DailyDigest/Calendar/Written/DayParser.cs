using System.Globalization;

namespace DailyDigest.Calendar;

/// <summary>Parses what is left of a written date without its time: the day, also as a week or a day of the year.</summary>
/// <param name="tokens">The tokens that are left.</param>
/// <param name="context">The habits of the other dates.</param>
/// <param name="mayHaveTime">True if no time was found: it may be written without colons, 20260310 0630.</param>
internal sealed class DayParser(List<WrittenToken> tokens, WrittenContext context, bool mayHaveTime)
{
    private const string Separators = ",.-/;|·–—−،、:";

    private readonly List<(WrittenToken Token, char Separator)> numbers = [];
    private (int Month, int Before)? month;
    private int? year, day;
    private (int Week, int Day)? week;
    private bool isThai;

    /// <summary>The day, perhaps with the time; null if it cannot be read.</summary>
    public DateParts? Parse()
    {
        if (!Sort())
        {
            return null;
        }

        var parts = week is { } inYear ? Week(inYear)
            : year is { } named ? numbers.Count > 0 || (day is not null && month is null) ? null
                : new DateParts { Year = named, Month = month?.Month ?? 1, Day = day ?? 1, IsPartial = day is null }
            : day is not null ? null
            : month is { } word ? WithMonth(word.Month, word.Before)
            : numbers.Count switch
            {
                1 => One(numbers[0].Token),
                2 => Two(),
                3 => Three(),
                4 => WithTime(3, Three),
                _ => null,
            };
        parts = parts is not null && isThai && parts.Year is > 2440 and < 2750 ? parts with { Year = parts.Year - 543 } : parts;
        return parts is { IsDate: true } ? parts : null;
    }

    // Gives each token its role. False if one has none.
    private bool Sort()
    {
        var monthIsWeekday = false;
        if (tokens.Count > 0 && (tokens[0].Is('-') || tokens[0].Is('+')))
        {
            return false;
        }

        for (var at = 0; at < tokens.Count; at++)
        {
            var token = tokens[at];
            var next = at + 1 < tokens.Count ? tokens[at + 1] : default;
            if (token.Kind == TokenKind.Number)
            {
                var separator = at > 0 && tokens[at - 1].Kind == TokenKind.Sign ? tokens[at - 1].Text[0] : ' ';
                at += Unit(token, next) ? 1 : Number(token, separator);
            }
            else if (token.Kind == TokenKind.Sign)
            {
                if (!Separators.Contains(token.Text[0]))
                {
                    return false;
                }
            }
            else if (next.IsNumber(1, 2) && WrittenNames.Is("month", token.Text))
            {
                month = (next.Value, numbers.Count);
                at++;
            }
            else if (token.Text == "w" && next.IsNumber(2, 3) && !next.IsSpaced)
            {
                var isCompact = next.Text.Length == 3;
                var dayAt = at + 3 < tokens.Count && tokens[at + 2].Is('-') && tokens[at + 3].IsNumber(1, 1) ? at + 3 : (int?)null;
                week = isCompact ? (next.Value / 10, next.Value % 10) : (next.Value, dayAt is { } found ? tokens[found].Value : 1);
                at = isCompact ? at + 1 : dayAt ?? at + 1;
            }
            else
            {
                isThai |= token.Text[0] is >= '\u0E00' and <= '\u0E7F';
                var (number, length) = Month(at);
                if (number is null || (month is not null && !monthIsWeekday && WrittenNames.IsWeekday(token.Text)))
                {
                    if (!WrittenNames.IsWeekday(token.Text) && !WrittenNames.Is("filler", token.Text)
                        && !(WrittenNames.Is("suffix", token.Text) && !token.IsSpaced && at > 0 && tokens[at - 1].Kind == TokenKind.Number))
                    {
                        return false;
                    }
                }
                else if (month is null || monthIsWeekday || month.Value.Month == number)
                {
                    // mar is Tuesday or March: another name of a month decides.
                    month = (number.Value, month is null || monthIsWeekday ? numbers.Count : month.Value.Before);
                    monthIsWeekday = WrittenNames.IsWeekday(token.Text);
                    at += length - 1;
                }
                else
                {
                    return false;
                }
            }
        }

        return month is not { Month: < 1 or > 12 };
    }

    private (int? Month, int Length) Month(int at)
    {
        if (at + 1 < tokens.Count && tokens[at + 1].Kind == TokenKind.Word
            && WrittenNames.Month($"{tokens[at].Text} {tokens[at + 1].Text}", context.MainLanguage) is { } two)
        {
            return (two, 2);
        }

        return (WrittenNames.Month(tokens[at].Text, context.MainLanguage), 1);
    }

    private int Number(WrittenToken token, char separator)
    {
        numbers.Add((token, separator));
        return 0;
    }

    // 2026年11月23日. A year has four digits: two could count from an emperor's reign.
    private bool Unit(WrittenToken number, WrittenToken unit)
    {
        switch (unit.Text)
        {
            case "年" or "년" when number.IsNumber(4, 4) && year is null:
                year = number.Value;
                return true;
            case "月" or "월" when number.IsNumber(1, 2) && month is null:
                month = (number.Value, numbers.Count);
                return true;
            case "日" or "일" or "号" or "號" when number.IsNumber(1, 2) && day is null:
                day = number.Value;
                return true;
            default:
                return false;
        }
    }

    private DateParts? WithMonth(int number, int before)
    {
        var (first, second) = (numbers.Count > 0 ? numbers[0].Token : default, numbers.Count > 1 ? numbers[1].Token : default);
        switch (numbers.Count, before)
        {
            case (1, _) when first.IsNumber(4, 4):
                return new DateParts { Year = first.Value, Month = number, IsPartial = true };
            case (2, 1) or (2, 2) when first.IsNumber(4, 4) && second.IsNumber(1, 2):
                return new DateParts { Year = first.Value, Month = number, Day = second.Value };
            case (2, 0) or (2, 1) when first.IsNumber(1, 2) && (second.IsNumber(4, 4) || second.IsNumber(2, 2)):
                return new DateParts
                {
                    Year = second.Text.Length == 2 ? DateParts.FullYear(second.Value) : second.Value,
                    Month = number,
                    Day = first.Value,
                };
            case (3, _):
                return WithTime(2, () => WithMonth(number, before));
            default:
                return null;
        }
    }

    private static DateParts? One(WrittenToken number)
    {
        var text = number.Text;
        return text.Length switch
        {
            4 => new DateParts { Year = number.Value, IsPartial = true },
            7 => OfYear(Whole(text[..4]), Whole(text[4..])),
            8 => Compact(text),
            12 or 14 => Compact(text[..8]) is { } parts && Clock(text[8..]) is { } time ? parts with { Time = time } : null,
            _ => null,
        };
    }

    private DateParts? Two()
    {
        var (first, second, separator) = (numbers[0].Token, numbers[1].Token, numbers[1].Separator);
        return first.IsNumber(8, 8) ? WithTime(1, () => Compact(first.Text))
            : separator is not ('-' or '/' or '.') ? null
            : first.IsNumber(4, 4) && second.IsNumber(3, 3) ? OfYear(first.Value, second.Value)
            : first.IsNumber(4, 4) && second.IsNumber(1, 2) ? new DateParts { Year = first.Value, Month = second.Value, IsPartial = true }
            : first.IsNumber(1, 2) && second.IsNumber(4, 4) ? new DateParts { Year = second.Value, Month = first.Value, IsPartial = true }
            : null;
    }

    private DateParts? Three()
    {
        var (one, two, three) = (numbers[0].Token, numbers[1].Token, numbers[2].Token);
        if (one.IsNumber(4, 4) && two.IsNumber(1, 2) && three.IsNumber(1, 2))
        {
            return new DateParts { Year = one.Value, Month = two.Value, Day = three.Value };
        }

        if (!one.IsNumber(1, 2) || !two.IsNumber(1, 2))
        {
            return null;
        }

        if (!three.IsNumber(4, 4))
        {
            return three.IsNumber(2, 2) ? ShortYear(one, two, three) : null;
        }

        // With full stops the day comes first everywhere.
        var (day, month) = (new DateParts { Year = three.Value, Month = two.Value, Day = one.Value },
            new DateParts { Year = three.Value, Month = one.Value, Day = two.Value });
        var isDotted = numbers[1].Separator == '.';
        return !month.IsDate ? day with { Order = isDotted ? DayMonth.Unknown : DayMonth.DayFirst }
            : !day.IsDate ? month with { Order = isDotted ? DayMonth.Unknown : DayMonth.MonthFirst }
            : isDotted || one.Value == two.Value || context.Order == DayMonth.DayFirst ? day
            : context.Order == DayMonth.MonthFirst ? month : null;
    }

    // Read only if one order alone gives a day that is not in the future.
    private DateParts? ShortYear(WrittenToken one, WrittenToken two, WrittenToken three)
    {
        var latest = (context.Now ?? DateTimeOffset.MaxValue.AddDays(-2)).UtcDateTime.AddDays(1);
        (WrittenToken Year, WrittenToken Month, WrittenToken Day)[] orders = [(one, two, three), (three, two, one), (three, one, two)];
        var possible = orders.Where(order => order.Year.IsNumber(2, 2))
            .Select(order => (Year: DateParts.FullYear(order.Year.Value), Month: order.Month.Value, Day: order.Day.Value))
            .Select(order => new DateParts { Year = order.Year, Month = order.Month, Day = order.Day })
            .Where(parts => parts.IsDate && new DateTime(parts.Year, parts.Month, parts.Day) <= latest).Distinct().ToList();
        return possible.Count == 1 ? possible[0] : null;
    }

    private DateParts? Week((int Week, int Day) inYear) =>
        numbers is [var only] && month is null && only.Token.IsNumber(4, 4) && only.Token.Value is > 1 and < 9998
            && inYear.Day is >= 1 and <= 7 && inYear.Week >= 1 && inYear.Week <= ISOWeek.GetWeeksInYear(only.Token.Value)
            ? Of(ISOWeek.ToDateTime(only.Token.Value, inYear.Week, (DayOfWeek)(inYear.Day % 7))) : null;

    private static DateParts? OfYear(int year, int day) =>
        year is > 1 and < 9998 && day >= 1 && day <= (DateTime.IsLeapYear(year) ? 366 : 365)
            ? Of(new DateTime(year, 1, 1).AddDays(day - 1)) : null;

    private static DateParts Of(DateTime date) => new() { Year = date.Year, Month = date.Month, Day = date.Day };

    private static DateParts Compact(string text) =>
        new() { Year = Whole(text[..4]), Month = Whole(text[4..6]), Day = Whole(text[6..]) };

    // The last number is the time; the first ones alone must be a whole date.
    private DateParts? WithTime(int count, Func<DateParts?> date)
    {
        if (!mayHaveTime || numbers.Count != count + 1 || Clock(numbers[count].Token.Text) is not { } time)
        {
            return null;
        }

        numbers.RemoveAt(count);
        return date() is { } parts ? parts with { Time = time } : null;
    }

    private static TimeSpan? Clock(string digits) =>
        digits.Length is not (4 or 6) ? null
        : new TimeSpan(Whole(digits[..2]), Whole(digits[2..4]), digits.Length == 6 ? Whole(digits[4..]) : 0) is var time
            && Whole(digits[..2]) < 24 && Whole(digits[2..4]) < 60 && (digits.Length == 4 || Whole(digits[4..]) <= 60) ? time : null;

    private static int Whole(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}

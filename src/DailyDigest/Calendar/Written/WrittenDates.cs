using System.Globalization;

namespace DailyDigest.Calendar;

/// <summary>
/// Reads dates as people and programs write them: RFC 822, ISO 8601, asctime, Unix time, and dates in words in many languages. A date
/// without a zone is UTC. A date that could mean two instants is not read.
/// </summary>
public static class WrittenDates
{
    /// <summary>Longer texts are not read.</summary>
    public const int MaxLength = 100;

    private static readonly DateTimeOffset Earliest = new(1900, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset Latest = new(2201, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>The instant in UTC; null if it cannot be read for certain, or lies outside the years 1900 to 2200.</summary>
    public static DateTimeOffset? Read(string? text, WrittenContext context)
    {
        if (Plain(text) is not { } plain)
        {
            return null;
        }

        var instant = Unix(plain)
            ?? (Parse(plain, context) is { } parts && !(parts.IsPartial && context.NeedsDay) ? parts.Instant(context) : null);
        return instant >= Earliest && instant < Latest ? instant : null;
    }

    /// <summary>The habits of the dates of a document, which decide between two meanings of one of them.</summary>
    public static WrittenContext Learn(IEnumerable<string?> texts, string? language, DateTimeOffset? now)
    {
        var (offsets, orders) = (new HashSet<int>(), new HashSet<DayMonth>());
        foreach (var text in texts)
        {
            if (Plain(text) is { } plain && Parse(plain, WrittenContext.None) is { } parts)
            {
                if (parts.Zone is null && parts.Minutes is { } minutes)
                {
                    offsets.Add(minutes);
                }

                if (parts.Order != DayMonth.Unknown)
                {
                    orders.Add(parts.Order);
                }
            }
        }

        return new WrittenContext
        {
            Language = language,
            Offsets = offsets,
            Now = now,
            Order = orders.Count == 1 ? orders.Single() : DayMonth.Unknown,
        };
    }

    private static string? Plain(string? text) =>
        text?.Trim() is { Length: > 0 and <= MaxLength } plain ? plain : null;

    private static DateParts? Parse(string text, WrittenContext context) => WithoutComments(text) is var (plain, comment)
        && WrittenToken.Split(plain) is { } tokens ? new DateParser(tokens, comment, context).Parse() : null;

    // Seconds, milliseconds or microseconds from 2001 to 2100, as a number or as /Date(…)/ of JSON.
    private static DateTimeOffset? Unix(string text)
    {
        var digits = text.Trim('@', '/', '\\');
        if (digits.StartsWith("Date(", StringComparison.OrdinalIgnoreCase) && digits.EndsWith(')'))
        {
            digits = digits[5..^1].Split('+', '-')[0];
        }
        else if (digits.Length != text.Length && !text.StartsWith('@'))
        {
            return null;
        }

        var (whole, fraction) = digits.Split('.', ',') is [var one, var two] ? (one, two) : (digits, "");
        if (!whole.All(char.IsAsciiDigit) || !fraction.All(char.IsAsciiDigit) || whole.Length is not (10 or 13 or 16))
        {
            return null;
        }

        var number = long.Parse(whole, CultureInfo.InvariantCulture);
        var ticks = whole.Length == 10 ? number * TimeSpan.TicksPerSecond
            : whole.Length == 13 ? number * TimeSpan.TicksPerMillisecond : number * TimeSpan.TicksPerMicrosecond;
        var instant = DateTimeOffset.UnixEpoch.AddTicks(whole.Length == 10 ? ticks + DateParts.Ticks(fraction) : ticks);
        return instant.Year is >= 2001 and <= 2100 ? instant : null;
    }

    // RFC 822 allows comments in parentheses, also nested ones. The last may name the zone.
    private static (string Text, string Comment) WithoutComments(string text)
    {
        var (plain, comment, depth) = (new System.Text.StringBuilder(), new System.Text.StringBuilder(), 0);
        foreach (var one in text)
        {
            if (one is '(' or '[' or '（')
            {
                depth++;
                comment.Clear();
                plain.Append(' ');
            }
            else if (one is ')' or ']' or '）')
            {
                depth = Math.Max(0, depth - 1);
            }
            else
            {
                (depth > 0 ? comment : plain).Append(one);
            }
        }

        return (plain.ToString(), comment.ToString());
    }
}

using System.Globalization;
using System.Resources;
using DailyDigest.Calendar;
using DailyDigest.Settings;

namespace DailyDigest.Mail.Rendering;

/// <summary>
/// The texts of one language, from <c>Resources/Texts*.resx</c>. docs/languages.md says how to add a language.
/// </summary>
public sealed class Words
{
    private static readonly ResourceManager Texts = new("DailyDigest.Mail.Resources.Texts", typeof(Words).Assembly);
    private readonly CultureInfo resources;

    private Words(string language, CultureInfo culture, CultureInfo resources)
    {
        Language = language;
        Culture = culture;
        this.resources = resources;
    }

    /// <summary>BCP 47 tag.</summary>
    public string Language { get; }

    /// <summary>Formats dates and numbers: the language's culture, with the Gregorian calendar.</summary>
    public CultureInfo Culture { get; }

    /// <summary>ltr or rtl.</summary>
    public string Direction => Culture.TextInfo.IsRightToLeft ? "rtl" : "ltr";

    /// <summary>The language's texts; English if there is no file for the language or its first part.</summary>
    public static Words In(string language)
    {
        var culture = CultureOf(language) ?? CultureInfo.GetCultureInfo("en");
        var dates = (CultureInfo)culture.Clone();
        if (dates.Calendar is not GregorianCalendar
            && dates.OptionalCalendars.OfType<GregorianCalendar>().FirstOrDefault() is { } gregorian)
        {
            dates.DateTimeFormat.Calendar = gregorian;
        }

        return new Words(language, dates, culture);
    }

    /// <summary>Checks that the publication's languages have every text.</summary>
    internal static LanguageFiles Files { get; } = new(
        Texts,
        "src/DailyDigest.Mail/Resources/Texts",
        (culture, english) => english.SelectMany(key => key.Split('.') is [var plural, _]
            ? Plurals.FormsOf(culture).Select(form => $"{plural}.{form}")
            : [key]).Distinct());

    /// <summary>The text of a key.</summary>
    /// <exception cref="ArgumentException">There is no such key.</exception>
    public string this[string key] =>
        Texts.GetString(key, resources) ?? throw new ArgumentException($"There is no text {key}.", nameof(key));

    /// <summary>The text of a key with <c>{0}</c> and so on filled in.</summary>
    public string Format(string key, params object[] values) => string.Format(Culture, this[key], values);

    /// <summary>The text of <c>KEY.one</c>, <c>KEY.few</c> and so on that the language wants for the count; {0} is the count.</summary>
    public string Count(string key, int count, params object[] more) =>
        string.Format(Culture, this[$"{key}.{Plurals.Form(Culture, count)}"], [count, .. more]);

    /// <summary>The date in words; see <see cref="LocalDates.InWords(DateOnly, CultureInfo)"/>.</summary>
    public string LongDate(DateOnly date) => date.InWords(Culture);

    /// <summary>The time; see <see cref="LocalDates.InWords(TimeOnly, CultureInfo, int)"/>.</summary>
    /// <param name="time">The time.</param>
    /// <param name="hours">12, 24, or 0 for the language's own form.</param>
    public string Time(TimeOnly time, int hours) => time.InWords(Culture, hours);

    /// <summary>Day and month; see <see cref="LocalDates.InShort"/>.</summary>
    public string ShortDate(DateOnly date) => date.InShort(Culture);

    private static CultureInfo? CultureOf(string language)
    {
        try
        {
            return CultureInfo.GetCultureInfo(language, predefinedOnly: true);
        }
        catch (CultureNotFoundException)
        {
            return null;
        }
    }
}

/// <summary>Plural forms for counts of things (Unicode CLDR, cardinal rules for whole numbers).</summary>
public static class Plurals
{
    /// <summary>zero, one, two, few, many or other.</summary>
    public static string Form(CultureInfo culture, int n)
    {
        var (tens, hundreds) = (n % 10, n % 100);
        return culture.TwoLetterISOLanguageName switch
        {
            "ar" => n switch
            {
                0 => "zero",
                1 => "one",
                2 => "two",
                _ when hundreds is >= 3 and <= 10 => "few",
                _ when hundreds is >= 11 => "many",
                _ => "other",
            },
            "he" => n switch { 1 => "one", 2 => "two", _ => "other" },
            "ja" or "zh" or "ko" or "vi" or "th" or "id" or "ms" => "other",
            "fr" or "pt" or "hi" or "fa" => n is 0 or 1 ? "one" : "other",
            "cs" or "sk" => n switch { 1 => "one", >= 2 and <= 4 => "few", _ => "other" },
            "pl" => n == 1 ? "one" : tens is >= 2 and <= 4 && hundreds is not (>= 12 and <= 14) ? "few" : "many",
            "ru" or "uk" or "be" => tens == 1 && hundreds != 11 ? "one"
                : tens is >= 2 and <= 4 && hundreds is not (>= 12 and <= 14) ? "few" : "many",
            _ => n == 1 ? "one" : "other",
        };
    }

    /// <summary>The forms a language's file must have, for counts from 0 to 200.</summary>
    public static IReadOnlySet<string> FormsOf(CultureInfo culture) => Enumerable.Range(0, 201).Select(n => Form(culture, n)).ToHashSet();
}

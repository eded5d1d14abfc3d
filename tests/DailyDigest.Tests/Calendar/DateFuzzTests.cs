using System.Diagnostics;
using System.Globalization;
using CsCheck;
using DailyDigest.Calendar;

namespace DailyDigest.Tests.Calendar;

/// <summary>Random dates, 200 seconds each with DAILYDIGEST_LONG=1, two otherwise. A failure prints the text and a seed.</summary>
public sealed class DateFuzzTests
{
    private const int Batch = 10_000;
    private static readonly bool Long = Environment.GetEnvironmentVariable("DAILYDIGEST_LONG") == "1";

    // No text of the cases has this instant.
    private static readonly DateTimeOffset Now = new(2027, 8, 19, 21, 47, 53, 617, TimeSpan.Zero);

    private static readonly string[] Cases = [.. File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Calendar", "WrittenDates.txt"))
        .Where(line => line.Length > 0 && line[0] != '#').Select(line => line.Split('\t')[0])];

    private static readonly Gen<string> Pieces = Gen.OneOf<string>(
        Gen.OneOf<string>(
            " ", ",", "/", "-", ".", ":", "+", "T", "Z", "am", "PM", "th", "de", "GMT", "IST", "+0100", "(", ")", "Mar", "mars", "مارس",
            "٣", "年", "月", "日", "0", "31", "2026", "99", "12345678901", "\u200F", "\u202F", "１", "é", "\uD800", "\0", "1e9", "@", "%"),
        Gen.Int[-99_999, 99_999].Select(number => number.ToString(CultureInfo.InvariantCulture)));

    private static readonly Gen<string> Texts = Gen.Select(
        Gen.OneOf<string>(Cases), Gen.Select(Gen.Double.Unit, Pieces, Gen.Int[0, 2]).List[0, 6],
        (text, changes) => changes.Aggregate(text, (now, one) => Change(now, one.Item1, one.Item2, one.Item3)));

    private static readonly Gen<string?> Languages = Gen.OneOf<string?>(
        null, "en", "en-US", "ar", "fr", "de", "hi", "zh-CN", "ja", "ko", "hu", "fa", "he", "xx", "");

    [Fact]
    public void Any_text_has_an_instant_that_it_names_or_none() => Gen.Select(Texts, Languages).Sample(
        (text, language) =>
        {
            var context = WrittenDates.Learn([text], language, Now);
            var instant = WrittenDates.Read(text, context);
            Assert.True(instant is null or { Year: >= 1900 and <= 2200, Offset.Ticks: 0 }, $"{instant}");
            Assert.NotEqual(Now, instant);
            Assert.Equal(instant, WrittenDates.Read(" " + text + "\n", context));
        },
        time: Long ? 200 : 1, threads: 1);

    /// <summary>The shapes that have one meaning, whatever the language.</summary>
    [Fact]
    public void A_date_reads_to_one_instant_in_all_shapes() => Gen.Select(
        Gen.DateTime[new DateTime(1995, 1, 1), new DateTime(2099, 12, 31)], Gen.Int[-11 * 4, 13 * 4], Gen.Int[0, 999], Languages)
        .Sample(
            (any, quarters, milliseconds, language) =>
            {
                var local = new DateTimeOffset(any.Year, any.Month, any.Day, any.Hour, any.Minute, any.Second, milliseconds,
                    TimeSpan.FromMinutes(quarters * 15));
                var whole = local.AddMilliseconds(-milliseconds);
                var context = new WrittenContext { Language = language, Now = Now };
                Assert.All(Fractions(local), text => Assert.Equal(local, WrittenDates.Read(text, context)));
                Assert.All(Seconds(whole), text => Assert.Equal(whole, WrittenDates.Read(text, context)));
                Assert.All(Utc(whole.ToUniversalTime()), text => Assert.Equal(whole, WrittenDates.Read(text, context)));
            },
            time: Long ? 200 : 1, threads: 1);

    [Fact]
    public void A_megabyte_of_dates_is_read()
    {
        Texts.Array[Batch].Sample(
            texts =>
            {
                // The fastest of five: other programs on the machine slow one down, not all of them.
                var limit = TimeSpan.FromSeconds(Math.Max(texts.Sum(text => text.Length) / 1e6, 0.5));
                Assert.Contains(Enumerable.Range(0, 5), _ =>
                {
                    var watch = Stopwatch.StartNew();
                    foreach (var text in texts)
                    {
                        WrittenDates.Read(text, WrittenContext.None);
                    }

                    // The time is judged only where nothing else runs.
                    return !Long || watch.Elapsed < limit;
                });
            },
            iter: Long ? 20 : 1, threads: 1, print: texts => texts[0]);
    }

    private static IEnumerable<string> Fractions(DateTimeOffset at) =>
        Formatted(at, "yyyy-MM-dd'T'HH:mm:ss.fffzzz", "yyyy-MM-dd HH:mm:ss.fff zzz", "yyyyMMdd'T'HHmmss.fffzzz",
            "ddd, d MMM yyyy HH:mm:ss.fff zzz", "yyyy-MM-dd'T'HH:mm:ss','fffzzz");

    private static IEnumerable<string> Seconds(DateTimeOffset at) =>
        Formatted(at, "yyyy-MM-dd'T'HH:mm:sszzz", "yyyy-M-d H:m:s zzz", "ddd, dd MMM yyyy HH:mm:ss zzz", "d MMMM yyyy HH:mm:ss zzz",
            "dddd, d MMMM yyyy H:mm:ss zzz", "MMM d, yyyy h:mm:ss tt zzz", "MMMM d, yyyy 'at' h:mm:ss tt 'GMT'zzz",
            "ddd MMM d HH:mm:ss zzz yyyy", "ddd MMM d yyyy HH:mm:ss 'GMT'zzz", "d-MMM-yyyy HH:mm:ss zzz", "dd/MMM/yyyy:HH:mm:ss zzz",
            "yyyy/MM/dd HH:mm:ss zzz");

    private static IEnumerable<string> Utc(DateTimeOffset at) =>
    [
        .. Formatted(at, "r", "u", "s", "yyyy-MM-dd'T'HH:mm:ss'Z'", "d MMM yyyy HH:mm:ss 'UTC'", "ddd MMM d HH:mm:ss 'UTC' yyyy",
            "yyyyMMdd'T'HHmmss'Z'", "yyyy年M月d日 HH:mm:ss 'UTC'"),
        .. at.Year >= 2002 ? new[] { $"{at.ToUnixTimeSeconds()}", $"@{at.ToUnixTimeSeconds()}", $"{at.ToUnixTimeMilliseconds()}" } : [],
    ];

    private static IEnumerable<string> Formatted(DateTimeOffset at, params string[] formats) =>
        formats.Select(format => at.ToString(format, CultureInfo.InvariantCulture))
            .SelectMany(text => new[] { text, text.ToUpperInvariant() });

    private static string Change(string text, double place, string piece, int kind)
    {
        var at = (int)(place * text.Length);
        return kind switch
        {
            0 when at < text.Length => text.Remove(at, 1),
            1 when at < text.Length => text.Remove(at, 1).Insert(at, piece),
            _ => text.Insert(at, piece),
        };
    }
}

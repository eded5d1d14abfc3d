using System.Diagnostics;
using CsCheck;
using DailyDigest.Selection;

namespace DailyDigest.Tests.Selection;

/// <summary>Random titles, 100 seconds each with DAILYDIGEST_LONG=1, two otherwise. A failure prints the titles and a seed.</summary>
public sealed class TitleFuzzTests
{
    private static readonly bool Long = Environment.GetEnvironmentVariable("DAILYDIGEST_LONG") == "1";

    private static readonly string[][] Written = [.. Directory
        .EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "Selection", "Pairs"), "*.tsv").Order(StringComparer.Ordinal)
        .SelectMany(File.ReadLines).Where(line => line.Length > 0 && line[0] != '#').Select(line => line.Split('\t'))];

    private static readonly Gen<string> Pieces = Gen.OneOf<string>(
        Gen.OneOf<string>(
            " ", "UPDATE 2-", "BREAKING: ", " | Site", " - The Paper", "not ", "3", "12.5%", "$4bn", "Monday", "ليس ", "٣", "第3", "🎉",
            "\u200F", "'", "’s", "#", "…", "?", "!", "A", "é", "e\u0301", "\uD800", "\0", "新", "ـ", "ß", "İ", "ﬁ", "１", "½", "—", "::"),
        Gen.String[Gen.Char, 0, 4]);

    private static readonly Gen<string> Titles = Gen.Select(
        Gen.OneOf<string>([.. Written.SelectMany(cells => cells[3..5])]), Gen.Select(Gen.Double.Unit, Pieces).List[0, 5],
        (title, changes) => changes.Aggregate(title, (text, one) => text.Insert((int)(one.Item1 * text.Length), one.Item2)));

    private static readonly Gen<string> Summaries = Gen.OneOf<string>(
        ["", .. Written.Where(cells => cells.Length > 6).SelectMany(cells => cells[5..7])]);

    private static readonly Gen<TitleFingerprint> Fingerprints = Gen.Select(
        Titles, Summaries, Gen.OneOf<string>("one", "two"), TitleFingerprint.Of);

    [Fact]
    public void Two_titles_are_the_same_news_in_both_orders() => Gen.Select(Fingerprints, Fingerprints).Sample(
        (one, two) =>
        {
            var same = one.IsSameNewsAs(two);
            Assert.Equal(same, two.IsSameNewsAs(one));
            Assert.True(same || !one.IsRepeatOf(two), "a repeat that is other news");
        },
        time: Long ? 100 : 1, threads: 1, print: pair => $"{pair.Item1.Title}\n{pair.Item2.Title}");

    [Fact]
    public void A_title_is_the_same_news_as_itself_in_another_source() => Gen.Select(Titles, Summaries).Sample(
        (title, summary) =>
        {
            var (one, two) = (TitleFingerprint.Of(title, summary, "one"), TitleFingerprint.Of(title, summary, "two"));
            Assert.Equal(one.Features, two.Features);
            Assert.True(one.Features.Length < TitleFingerprint.FewWords || one.IsSameNewsAs(two), "not the same as itself");
        },
        time: Long ? 100 : 1, threads: 1);

    [Fact]
    public void A_megabyte_of_titles_is_read()
    {
        Titles.Array[2_000].Sample(
            titles =>
            {
                // The fastest of many: other programs on the machine slow one down, not all of them.
                var limit = TimeSpan.FromSeconds(Math.Max(titles.Sum(text => text.Length) / 1e6, 1));
                Assert.Contains(Enumerable.Range(0, 20), _ =>
                {
                    var watch = Stopwatch.StartNew();
                    foreach (var title in titles)
                    {
                        TitleFingerprint.Of(title, title, "one");
                    }

                    // The time is judged only where nothing else runs.
                    return !Long || watch.Elapsed < limit;
                });
            },
            iter: Long ? 20 : 1, threads: 1, print: titles => titles[0]);
    }
}

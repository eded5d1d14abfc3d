using System.Diagnostics;
using System.Net;
using System.Text;
using System.Text.Json;
using CsCheck;
using DailyDigest.Content;

namespace DailyDigest.Feeds.Tests;

/// <summary>
/// Random documents, ten minutes with DAILYDIGEST_LONG=1 and ten seconds otherwise. The fuzz tests of
/// all projects together take at most twenty. A failure prints the document and CsCheck's seed.
/// </summary>
public sealed class FuzzTests
{
    private const int Items = 8;
    private static readonly bool Long = Environment.GetEnvironmentVariable("DAILYDIGEST_LONG") == "1";
    private static readonly Feed Source = new() { Id = "feed", Url = "https://site.example/feed", Name = "Test" };
    private static readonly DateTimeOffset Now = new(2026, 3, 10, 12, 0, 0, TimeSpan.Zero);

    private static readonly string[] Parts =
    [
        "<", ">", "&", "\"", "'", "/", "]]>", "<![CDATA[", "<!--", "-->", "<?xml ", "<!DOCTYPE ", "<item>", "</item>", "<title>",
        "</title>", "<entry>", "</channel>", "</rss>", "&nbsp;", "&#0;", "&#146;", "&#xD800;", "&lt;", "\0", "\u0001", "\uFEFF",
        "\uFFFF", "é", "𝄞", " xmlns='x' ", "{", "}", "[", "\\u0000", "<b>", "<p>", "&lt;svg&gt;", "<x:y z=",
    ];

    private static readonly Gen<string?> Charsets = Gen.OneOf<string?>(
        null, "utf-8", "iso-8859-1", "windows-1251", "gbk", "shift_jis", "iso-2022-jp", "utf-16", "big5", "euc-kr", "utf-7", "x");

    private static readonly Gen<string> SpecialText = Gen.OneOf<string>(
        Gen.OneOf<string>(
            " ", "<", ">", "&", "]]>", "<b>", "</title>", "&amp;", "List<String>", "a < b", "<!--", "\"", "é", "ж", "خبر", "新", "😀",
            "👩‍👩‍👧", "\u200F", "#", "\\", "{", "%", "©", "’", "\u00A0", "-->"),
        Gen.Char.AlphaNumeric.Select(one => one.ToString()));

    private static int Seconds(int share) => Long ? 200 : share;

    [Fact]
    public void Any_bytes_are_read_or_refused_with_a_reason()
    {
        var samples = Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "Samples"), "*", SearchOption.AllDirectories)
            .Order(StringComparer.Ordinal).Select(File.ReadAllBytes).ToArray();
        var change = Gen.Select(Gen.Int[0, 5], Gen.Double.Unit, Gen.Double.Unit, Gen.Byte, Gen.OneOf<string>(Parts));
        Gen.Select(Gen.OneOf<byte[]>(samples), change.List[1, 8], Charsets, (sample, changes, charset) =>
            (Bytes: changes.Aggregate(sample, (bytes, one) => Change(bytes, one.Item1, one.Item2, one.Item3, one.Item4, one.Item5)),
                Charset: charset))
            .Sample(
                document =>
                {
                    try
                    {
                        var read = Read(document.Bytes, document.Charset);
                        Assert.All(read.Stories, story =>
                        {
                            Assert.Equal(story.Title, ContentText.Line(story.Title, ContentText.MaxTitle));
                            Assert.True(CanonicalUrl.TryStory(story.Url, out _, out _), story.Url);
                        });
                        Assert.True(read.Refused == 0 || read.Note is not null);
                    }
                    catch (FeedFault fault)
                    {
                        Assert.NotEmpty(fault.Message);
                    }

                    Assert.True(!Long || IsFast(document.Bytes, document.Charset), "more than a second per MB");
                },
                time: Seconds(4), threads: 1, print: document => $"{document.Charset}: {Convert.ToBase64String(document.Bytes)}");
    }

    [Fact]
    public void One_fault_costs_at_most_its_item()
    {
        var whole = Titles(Read(Encoding.UTF8.GetBytes(Document()), null));
        var changes = Gen.Select(Gen.OneOf<string>(Document(), Atom()), Gen.OneOf<string>(Parts[..24]), Gen.Double.Unit, Gen.Int[0, 3]);
        changes.Select((document, part, place, kind) =>
        {
            var first = document.IndexOf("<pubDate", StringComparison.Ordinal) is >= 0 and var date ? date
                : document.IndexOf("<updated", StringComparison.Ordinal);
            var at = first + (int)(place * (document.LastIndexOf("</", StringComparison.Ordinal) - first));
            return kind == 0 ? document.Remove(at, 1) : kind == 1 ? document.Remove(at, 1).Insert(at, "q") : document.Insert(at, part);
        })
        .Where(document => !document.Contains("<!DOCTYPE", StringComparison.Ordinal))
        .Sample(
            document =>
            {
                var read = Read(Encoding.UTF8.GetBytes(document), null);
                Assert.True(whole.Except(Titles(read)).Count() <= 1, "more than one item is lost");
                Assert.True(read.Stories.Count + read.Refused + read.Same >= Items, "an item vanishes without a count");
            },
            time: Seconds(3), threads: 1, print: document => document);
    }

    [Fact]
    public void A_title_arrives_with_every_letter_or_is_counted() => SpecialText.List[1, 12].Select(parts => string.Concat(parts)).Sample(
        text =>
        {
            var title = ContentText.Line(text, ContentText.MaxTitle);
            var html = WebUtility.HtmlEncode(text);
            var xml = html.Replace("&", "&amp;", StringComparison.Ordinal);
            string[] documents =
            [
                $"<rss><channel><item><title>{xml}</title><link>https://e.example/a</link></item></channel></rss>",
                $"<rss><channel><item><title><![CDATA[{html}]]></title><link>https://e.example/a</link></item></channel></rss>",
                $"<feed xmlns='http://www.w3.org/2005/Atom'><entry><title>{html}</title><id>https://e.example/a</id></entry></feed>",
                JsonSerializer.Serialize(new
                {
                    version = "https://jsonfeed.org/version/1",
                    items = new[] { new { id = "1", url = "https://e.example/a", title = text } },
                }),
            ];
            Assert.All(documents, document =>
            {
                var read = Read(Encoding.UTF8.GetBytes(document), null);
                Assert.Equal(title.Length == 0 ? [] : [title], read.Stories.Select(story => story.Title));
                Assert.Equal(1, read.Stories.Count + read.Refused);
            });
        },
        time: Seconds(3), threads: 1);

    private static byte[] Change(byte[] bytes, int kind, double place, double length, byte value, string part)
    {
        var at = (int)(place * bytes.Length);
        var end = Math.Min(bytes.Length, at + (int)(length * 30));
        return kind switch
        {
            0 when at < bytes.Length => [.. bytes[..at], value, .. bytes[(at + 1)..]],
            1 => [.. bytes[..at], .. bytes[end..]],
            2 => [.. bytes[..end], .. bytes[at..]],
            3 => bytes[..at],
            _ => [.. bytes[..at], .. Encoding.UTF8.GetBytes(part), .. bytes[at..]],
        };
    }

    // The fastest of three: other programs on the machine slow one down, not all of them.
    private static bool IsFast(byte[] bytes, string? charset)
    {
        var limit = TimeSpan.FromSeconds(Math.Max(bytes.Length / 1e6, 0.5));
        return Enumerable.Range(0, 3).Any(_ =>
        {
            var watch = Stopwatch.StartNew();
            try
            {
                Read(bytes, charset);
            }
            catch (FeedFault)
            {
            }

            return watch.Elapsed < limit;
        });
    }

    private static HashSet<string> Titles(FeedReading.Read read) => read.Stories
        .Select(story => $"{story.Title} {story.Url}").ToHashSet(StringComparer.Ordinal);

    private static FeedReading.Read Read(byte[] bytes, string? charset) => FeedParser.Read(
        Source, new FeedDocument(new Uri(Source.Url), bytes, charset, null, null, null), Now, TestContext.Current.CancellationToken);

    private static string Document() => "<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>Channel</title>"
        + "<link>https://site.example/</link><pubDate>Tue, 10 Mar 2026 05:00:00 GMT</pubDate>\n"
        + string.Concat(Enumerable.Range(1, Items).Select(i => $"<item><title>Title {i}</title><link>https://site.example/{i}</link>"
            + $"<description><![CDATA[<p>Text <b>{i}</b></p>]]></description><category domain=\"d\">News</category></item>\n"))
        + "</channel></rss>";

    private static string Atom() => "<?xml version=\"1.0\"?><feed xmlns=\"http://www.w3.org/2005/Atom\"><title>Feed</title>"
        + "<id>urn:feed</id><updated>2026-03-10T05:00:00Z</updated>\n"
        + string.Concat(Enumerable.Range(1, Items).Select(i => $"<entry><title>Title {i}</title><link href=\"https://site.example/{i}\"/>"
            + $"<id>urn:{i}</id><content type=\"html\">&lt;p&gt;Text {i}&lt;/p&gt;</content></entry>\n"))
        + "</feed>";
}

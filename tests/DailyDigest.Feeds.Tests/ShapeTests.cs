using System.Diagnostics;
using System.Text;
using DailyDigest.Content;

namespace DailyDigest.Feeds.Tests;

/// <summary>Documents of a megabyte whose shape is hard to read: the time grows with the length, not with its square.</summary>
public sealed class ShapeTests(ITestOutputHelper output)
{
    private const int Length = 1_000_000;

    // Memory for each letter, three times what the hardest shape takes.
    private const int MaxBytes = 400;

    // A hundred times what it takes. Square time takes a thousand times as long.
    private static readonly TimeSpan Guard = TimeSpan.FromSeconds(60);

    public static TheoryData<string> Shapes => [.. All.Keys];

    private static readonly Dictionary<string, Func<string>> All = new()
    {
        ["deep"] = () => Many("<a>", 250) + Many("</a>", Length / 4),
        ["deep names"] = () => string.Concat(Enumerable.Range(0, 250).Select(i => $"<a{i}>")) + Many("</b></c>", Length / 8),
        ["deep, ends of items"] = () => Many("<description>", 200) + Many("</guid></link></p>", Length / 18),
        ["deep, ends outside the item"] = () => "<q><item>" + Many("<a>", 240) + Many("</q>", Length / 4),
        ["deep, ends of another prefix"] = () => Many("<x:a>", 240) + Many("</a>", Length / 4),
        ["text before ends of items"] = () => Many("a", Length / 2) + Many("</guid>", Length / 14),
        ["text and end tags in a title"] = () => "<title>" + Many("a ", Length / 4) + Many("</link>", Length / 14),
        ["end tags"] = () => Many("</x>", Length / 4),
        ["start tags"] = () => Many("<x>", 250_000),
        ["paragraphs"] = () => "<description>" + Many("<p>word ", Length / 8),
        ["attributes"] = () => Many("<x " + Many("a='1' ", 90) + "/>", Length / 550),
        ["attributes without quotes"] = () => Many("<x " + Many("a=\"", 90) + ">", Length / 280),
        ["entities"] = () => "<description>" + Many("&nbsp;", Length / 6),
        ["unknown entities"] = () => "<description>" + Many("&abcdefghijklmnopqrstuvwxyz", Length / 27),
        ["numeric references"] = () => "<description>" + Many("&#38", Length / 4),
        ["ampersands"] = () => "<description>" + Many("&", Length),
        ["less-than signs"] = () => "<description>" + Many("<", Length),
        ["CDATA sections without end"] = () => Many("<![CDATA[", Length / 9),
        ["CDATA in paragraphs"] = () => Many("<p><![CDATA[x</p>", Length / 17),
        ["comments without end"] = () => Many("<!--", Length / 4),
        ["comments without end and with dashes"] = () => Many("<!-- -- ", Length / 8),
        ["declarations"] = () => Many("<?x ", Length / 4),
        ["markup declarations"] = () => Many("<!x ", Length / 4),
        ["quotation marks"] = () => "<x a=" + Many("\"'", Length / 2),
        ["escaped tags"] = () => "<description>" + Many("&lt;p&gt;", Length / 9),
        ["escaped nested tags"] = () => "<description>" + Many("&lt;div&gt;", Length / 22) + Many("&lt;/div&gt;", Length / 24),
        ["twice escaped tags"] = () => "<title>" + Many("&amp;lt;b&amp;gt;", Length / 17),
        ["escaped less-than signs"] = () => "<description>" + Many("&lt;", Length / 4),
        ["escaped quotes"] = () => "<description>&lt;a href=" + Many("&quot;", Length / 6),
        ["items"] = () => Many("<item>", Length / 6),
        ["items and ends"] = () => Many("<item></item>", Length / 13),
        ["entries in groups"] = () => Many("<media:group><entry>", Length / 20),
        ["entries and a word"] = () => Many("<entry>word <link>", Length / 18),
        ["titles"] = () => Many("<title>", Length / 7),
        ["links"] = () => Many("<link>x", Length / 7),
        ["prefixes"] = () => string.Concat(Enumerable.Range(0, Length / 30).Select(i => $"<x{i}:a xmlns:y{i}='z'>")),
        ["second documents"] = () => Many("<rss><channel>", Length / 14),
        ["control characters"] = () => "<title>" + Many("\u0001", Length),
        ["letters of windows-1252"] = () => "<title>" + Many("\u0092", Length / 2),
        ["spaces"] = () => "<title>" + Many(" ", Length) + "x",
        ["brackets"] = () => Many("]]>", Length / 3),
        ["JSON arrays"] = () => "{\"items\":" + Many("[", Length),
        ["JSON objects"] = () => Many("{\"a\":", Length / 5),
        ["JSON strings"] = () => "{\"items\":[" + Many("\"a\\", Length / 3),
        ["JSON commas"] = () => "{\"items\":[" + Many(",", Length),
        ["JSON surrogates"] = () => "{\"items\":[{\"title\":\"" + Many("\\ud800", Length / 6),
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void A_hard_shape_takes_linear_time(string name)
    {
        var body = All[name]();
        string[] documents = body.StartsWith('{') ? [body]
            :
            [
                $"<rss version='2.0'><channel><item>{body}",
                $"<feed xmlns='http://www.w3.org/2005/Atom'><entry>{body}</entry></feed>",
                body,
            ];
        foreach (var document in documents)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            var watch = Stopwatch.StartNew();
            try
            {
                FeedParser.Read(
                    new Feed { Id = "feed", Url = "https://site.example/feed", Name = "Test" },
                    new FeedDocument(new Uri("https://site.example/feed"), Encoding.UTF8.GetBytes(document), null, null, null, null),
                    DateTimeOffset.UnixEpoch, TestContext.Current.CancellationToken);
            }
            catch (FeedFault fault)
            {
                Assert.NotEmpty(fault.Message);
            }

            // Not a time: it is the same on every machine. Most quadratic work copies what it looks at.
            var bytes = (GC.GetAllocatedBytesForCurrentThread() - before) / document.Length;
            Assert.True(bytes < MaxBytes, $"{bytes} bytes of memory for each letter");
            output.WriteLine($"{watch.Elapsed.TotalSeconds * 1e6 / document.Length:0.00} s/MB");
            Assert.True(watch.Elapsed < Guard, $"{watch.Elapsed.TotalSeconds:0} s");
        }
    }

    private static string Many(string text, int times) => new StringBuilder(text.Length * times).Insert(0, text, times).ToString();
}

using DailyDigest.Content;

namespace DailyDigest.Feeds.Tests;

/// <summary>One document for each fault, in Samples/faults. Each has the items First, Second and Third.</summary>
public sealed class FaultTests : FeedServerTests
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Samples", "faults");

    /// <summary>File, title of the second item (null if it is lost), repairs (null if none is needed).</summary>
    public static TheoryData<string, string?, string?> Documents => new()
    {
        { "control-characters.xml", "Second", "control characters (4)" },
        { "illegal-references.xml", "Second", "references to illegal characters (4)" },
        { "windows-references.xml", "It’s €5 – …", null },
        { "bare-ampersand.xml", "Salt & pepper&vinegar", "bare & (3)" },
        { "bare-less-than.xml", "1 < 2 and <3", "bare < (2)" },
        { "html-entities.xml", "Café … &unknown; &", "HTML entities (3), bare &" },
        { "undeclared-prefixes.xml", "Second", "undeclared prefixes (5)" },
        { "text-before.xml", "Second", "text before the document" },
        { "html-before.xml", "Second", "text before the document" },
        { "text-after.xml", "Second", "read with repairs" },
        { "truncated-tag.xml", "Second", "the end is missing" },
        { "no-end-tags.xml", "Second", "the end is missing" },
        { "comment-before-declaration.xml", "Second", "declarations in the wrong place" },
        { "blank-before-declaration.xml", "Second", null },
        { "xml-1.1.xml", "Second", "declarations in the wrong place" },
        { "two-marks.xml", "Second", null },
        { "mark-after-blanks.xml", "Second", null },
        { "upper-case.xml", "Second", null },
        { "mixed-case.xml", "Second", "names in different case" },
        { "cdata-end-in-text.xml", "Sec]]>ond", "]]>" },
        { "dashes-in-comment.xml", "Second", "-- in a comment" },
        { "comment-without-end.xml", "Second", "comments without their end" },
        { "cdata-without-end.xml", "Second", "CDATA sections without their end" },
        { "cdata-hides-item.xml", "Second", "CDATA sections without their end" },
        { "cdata-without-beginning.xml", "Second", "]]>" },
        { "title-without-end.xml", "Second", "elements without their end" },
        { "link-without-end.xml", "Second", "elements without their end" },
        { "item-without-end.xml", "Second", "items without their end" },
        { "item-without-beginning.xml", "Second", "items without their beginning" },
        { "wrong-end-tag.xml", "Second", "end tags without their start" },
        { "wrong-start-tag.xml", "Second", "end tags without their start" },
        { "end-tag-without-slash.xml", "Second", "end tags without their slash" },
        { "start-tag-without-bracket.xml", "Second", "end tags without their start" },
        { "tag-without-its-end.xml", "Second", "tags without their end" },
        { "extra-end-tags.xml", "Second", "end tags without their start (3)" },
        { "crossed-tags.xml", "Second", "end tags without their start" },
        { "raw-html.xml", "Second", "elements without their end" },
        { "attributes.xml", "Second", "attributes without quotes" },
        { "quote-in-root.xml", "Second", "attributes without quotes" },
        { "no-root.xml", "Second", "no root element" },
        { "typing-error-in-root.xml", "Second", "no root element" },
        { "two-documents.xml", "Second", "a second document" },
        { "doctype.xml", "Second", null },
        { "doctype-and-entities.xml", "Café", "HTML entities" },
        { "latin-1-in-utf-8.xml", "Café “quoted”", "bytes that are not UTF-8, read as windows-1252 (3)" },
        { "one-latin-1-byte.xml", "Café", "bytes that are not UTF-8, read as windows-1252" },
        { "atom-bare-ampersand.xml", "Salt & pepper", "bare &" },
        { "atom-entry-without-end.xml", "Second", "items without their end" },
        { "atom-entry-without-beginning.xml", "Second", "items without their beginning" },
        { "atom-link-without-slash.xml", "Second", "read with repairs" },
        { "atom-title-without-end.xml", "Second", "elements without their end" },
        { "cdata-hides-feed.xml", "Second", "CDATA sections without their end" },
        { "atom-wrong-start-tag.xml", "Second", "end tags without their start" },
        { "entry-in-another-namespace.xml", "Second", null },
        { "atom-raw-html.xml", "Second", "elements without their end" },
    };

    [Theory]
    [MemberData(nameof(Documents))]
    public async Task A_fault_costs_at_most_its_item_and_is_recorded(string file, string? second, string? repairs)
    {
        var read = await ReadAsync(file);
        Assert.Equal(new[] { "First", second, "Third" }.OfType<string>(), read.Stories.Select(story => story.Title));
        Assert.Equal(0, read.Refused);
        Assert.All(read.Stories, story => Assert.StartsWith(
            "https://harbour.example/" + (story.Title is "First" or "Third" ? story.Title.ToLowerInvariant() : "second"),
            story.Url, StringComparison.Ordinal));
        if (repairs is null)
        {
            Assert.Null(read.Note);
        }
        else
        {
            Assert.StartsWith("read with repairs: ", read.Note, StringComparison.Ordinal);
            Assert.Contains(repairs, read.Note, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Every_document_is_read_by_a_test() => Assert.Equal(
        Directory.EnumerateFiles(Folder).Select(Path.GetFileName).Order(StringComparer.Ordinal),
        Documents.Select(row => row.Data.Item1).Append("truncated.xml").Order(StringComparer.Ordinal));

    [Fact]
    public async Task A_link_that_the_end_of_the_document_cuts_is_not_used()
    {
        var read = await ReadAsync("truncated.xml");
        Assert.Equal(["First", "Second"], read.Stories.Select(story => story.Title));
        Assert.Equal((1, "read with repairs: the end is missing; refused: 1 without a usable link"), (read.Refused, read.Note));
    }

    [Fact]
    public async Task What_stands_beside_a_fault_is_read()
    {
        Assert.Equal("https://harbour.example/second?a=1&b=2", (await SecondAsync("bare-ampersand.xml")).Url);
        Assert.Equal("a b c", (await SecondAsync("control-characters.xml")).Summary.Replace("bc", "b c", StringComparison.Ordinal));
        Assert.Equal("One two three", (await SecondAsync("raw-html.xml")).Summary);
        Assert.Equal("https://img.example/a.jpg", (await SecondAsync("raw-html.xml")).Image?.Url);
        Assert.Equal("https://img.example/a.jpg", (await SecondAsync("attributes.xml")).Image?.Url);
        Assert.Equal("One two", (await SecondAsync("atom-raw-html.xml")).Summary);
        Assert.Equal("Body", (await SecondAsync("cdata-without-end.xml")).Summary);
        Assert.Equal(new DateTimeOffset(2026, 3, 10, 5, 30, 0, TimeSpan.Zero), (await SecondAsync("upper-case.xml")).Published);
        var prefixed = await SecondAsync("undeclared-prefixes.xml");
        Assert.Equal(("Ann", "Text", 7L, "https://img.example/a.jpg"),
            (prefixed.Byline, prefixed.Summary, prefixed.Signals.Comments, prefixed.Image?.Url));
    }

    [Theory]
    [InlineData("<rss version='2.0'><channel><item><title>&x;</title></item></channel></rss>")]
    [InlineData("<rss version='2.0'><channel><item><title>&x; & y</title></item></channel></rss>")]
    public async Task An_entity_of_the_document_is_never_expanded(string document)
    {
        Assert.Contains("DTD", await Server.FailAsync("<!DOCTYPE rss [<!ENTITY x 'expanded'>]>" + document), StringComparison.Ordinal);
        Assert.Contains("DTD", await Server.FailAsync("<?xml version='1.1'?><!doctype rss SYSTEM 'a>b' [<!ENTITY x 'y'>]>" + document),
            StringComparison.Ordinal);
        Assert.Contains("DTD", await Server.FailAsync("<p>warning</p><!DOCTYPE rss [<!ENTITY x 'y'>]>" + document),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Unclosed_tags_do_not_nest_for_ever()
    {
        var paragraphs = string.Concat(Enumerable.Repeat("<p>word ", 5000));
        var read = await Server.ReadAsync(Rss(
            $"<item><title>T</title><link>https://example.com/1</link><description>{paragraphs}</description></item>"
            + "<item><title>U</title><link>https://example.com/2</link></item>"));
        Assert.Equal(["T", "U"], read.Stories.Select(story => story.Title));
    }

    [Fact]
    public async Task An_item_that_cannot_be_read_is_counted()
    {
        var read = await Server.ReadAsync(Rss(
            "<item><title>T</title><link>https://example.com/1</link></item>"
            + "<item><!-- <title>U</title><link>https://example.com/2</link></item> -->"
            + "<item><title>V & W</title><link>https://example.com/3</link></item></item>"));
        Assert.Equal(["T", "V & W"], read.Stories.Select(story => story.Title));
        Assert.Equal(2, read.Refused);
        Assert.Contains("1 that could not be read", read.Note, StringComparison.Ordinal);
    }

    private async Task<Story> SecondAsync(string file) => (await ReadAsync(file)).Stories[1];

    private async Task<FeedReading.Read> ReadAsync(string file) => Assert.IsType<FeedReading.Read>(
        await Server.PollAsync(await File.ReadAllBytesAsync(Path.Combine(Folder, file), TestContext.Current.CancellationToken)));
}

namespace DailyDigest.Feeds.Tests;

/// <summary>JSON Feeds with one fault.</summary>
public sealed class JsonFaultTests : FeedServerTests
{
    private const string Faultless = """
        {"version": "https://jsonfeed.org/version/1.1", "title": "Feed", "items": [
        {"id": "1", "url": "https://example.com/1", "title": "First"},
        {"id": "2", "url": "https://example.com/2", "title": "Second"},
        {"id": "3", "url": "https://example.com/3", "title": "Third"}
        ]}
        """;

    [Theory]
    [InlineData("Second", "Sec\nond", "Sec ond", "line ends in texts")]
    [InlineData("Second", "Sec\u0001ond", "Second", "control characters")]
    [InlineData("Second", "It\\'s", "It's", "wrong escapes")]
    [InlineData("Second", "\\u12 o'clock", "u12 o'clock", "wrong escapes")]
    [InlineData("\"Second\"", "\"A \"good\" day\"", "A \"good\" day", "quotation marks in texts (2)")]
    [InlineData("/2\",", "/2\"", "Second", "missing commas")]
    [InlineData("\"Second\"}", "\"Second\"},,", "Second", "commas too many")]
    [InlineData("\"Second\"}", "\"Second\", \"x\": NaN}", "Second", "values that JSON does not have")]
    [InlineData("\"Second\"}", "\"Second\"} // mine", "Second", "comments")]
    [InlineData("\n]}", "\n]}; more", "Second", "text after the document")]
    [InlineData("\n]}", "", "Second", "the end is missing")]
    [InlineData("\n]}", "\n}", "Second", "read with repairs")]
    public async Task A_fault_costs_at_most_its_item_and_is_recorded(string old, string fault, string second, string repairs)
    {
        var read = await Server.ReadAsync(Faultless.Replace(old, fault, StringComparison.Ordinal));
        Assert.Equal(["First", second, "Third"], read.Stories.Select(story => story.Title));
        Assert.Contains(repairs, read.Note ?? "none", StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_faultless_document_has_no_note() => Assert.Null((await Server.ReadAsync(Faultless)).Note);

    [Fact]
    public async Task An_item_that_the_end_cuts_is_refused()
    {
        var read = await Server.ReadAsync(Faultless[..Faultless.IndexOf("ird", StringComparison.Ordinal)]);
        Assert.Equal(["First", "Second"], read.Stories.Select(story => story.Title));
        Assert.Equal((1, "read with repairs: the end is missing; refused: 1 without a title"), (read.Refused, read.Note));
    }
}

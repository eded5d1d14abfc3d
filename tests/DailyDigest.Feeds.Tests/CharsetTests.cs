using System.Text;
using DailyDigest.Content;

namespace DailyDigest.Feeds.Tests;

/// <summary>The charset of a feed.</summary>
public sealed class CharsetTests : FeedServerTests
{
    private const string Arabic = "أخبار اليوم";

    static CharsetTests() => Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);

    [Theory]
    [InlineData("windows-1256", "text/xml; charset=windows-1256", null)]
    [InlineData("windows-1256", "text/xml", "windows-1256")]
    [InlineData("windows-1256", "text/xml; charset=\"Windows-1256\"", "utf-8")]
    [InlineData("windows-1256", "text/xml; charset=no-such-charset", "windows-1256")]
    [InlineData("utf-8", "text/xml", null)]
    [InlineData("utf-8", "text/xml; charset=iso-8859-1", "utf-8")]
    [InlineData("utf-8", "text/xml; charset=us-ascii", null)]
    [InlineData("utf-16", "text/xml", null)]
    [InlineData("utf-16BE", null, "UTF-16")]
    [InlineData("iso-8859-6", null, "iso-8859-6")]
    public async Task The_charset_is_found(string written, string? type, string? declared)
    {
        var xml = Item(Arabic).Replace(
            "<?xml version=\"1.0\"?>", declared is null ? "" : $"<?xml version='1.0' encoding='{declared}'?>", StringComparison.Ordinal);
        Assert.Equal(Arabic, await TitleAsync(Encoding.GetEncoding(written).GetBytes(xml), type));
    }

    [Theory]
    [InlineData("utf-8")]
    [InlineData("utf-16")]
    [InlineData("utf-16BE")]
    [InlineData("utf-32")]
    public async Task A_byte_order_mark_precedes_every_declared_charset(string written)
    {
        var encoding = Encoding.GetEncoding(written);
        Assert.Equal(Arabic, await TitleAsync(
            [.. encoding.GetPreamble(), .. encoding.GetBytes(Item(Arabic))], "text/xml; charset=windows-1252"));
    }

    [Fact]
    public async Task Bytes_that_contradict_the_only_charset_lose_only_characters()
    {
        byte[] bytes = [.. Encoding.UTF8.GetBytes("<rss version='2.0'><channel><item><title>caf"), 0xE9, .. Encoding.UTF8.GetBytes(
            " opens</title><link>https://example.com/a</link></item></channel></rss>")];
        Assert.Equal("caf opens", await TitleAsync(bytes, "text/xml; charset=utf-8"));
    }

    [Fact]
    public async Task Utf_7_is_never_read()
    {
        const string Hidden = "+ADw-script+AD4-alert(1)+ADw-/script+AD4-";
        Assert.Equal(Hidden, await TitleAsync(Encoding.ASCII.GetBytes(Item(Hidden)), "text/xml; charset=utf-7"));
    }

    private async Task<string> TitleAsync(byte[] document, string? type) =>
        Assert.Single(Assert.IsType<FeedReading.Read>(await Server.PollAsync(document, type)).Stories).Title;
}

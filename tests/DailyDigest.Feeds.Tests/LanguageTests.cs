using System.Text.Json;
using System.Xml.Linq;

namespace DailyDigest.Feeds.Tests;

/// <summary>The label of a story's language: one that cannot be read falls back to the next wider one.</summary>
public sealed class LanguageTests : FeedServerTests
{
    private static readonly string[] Unreadable =
    [
        "", " ", "English (UK)", "und", "xx", "zxx", "mul", "x-none", "i-klingon", "en;q=0.8", "en,ar", "en/ar", "<b>en</b>", "&amp;", "e",
        "\u0435n", "en\u202E", "\uFF45\uFF4E", "\u200Fen", "*", "C", "0", "null", "undefined", "{{ lang }}", "../../en", "en--GB", "-en",
        "en-" + new string('a', 9), "en" + string.Concat(Enumerable.Repeat("-aaaaaaaa", 600)),
    ];

    [Fact]
    public async Task An_unreadable_label_in_rss_falls_back_to_the_next_wider_one()
    {
        foreach (var label in Unreadable)
        {
            var text = new XText(label).ToString();
            var value = text.Replace("'", "&apos;", StringComparison.Ordinal);
            Assert.Equal("ar", await RssAsync("<language>ar</language>", $"<dc:language>{text}</dc:language>"));
            Assert.Equal("ar", await RssAsync("<language>ar</language>", $"<language>{text}</language>"));
            Assert.Equal("ar", await RssAsync("<language>ar</language>", $"<description xml:lang='{value}'>x</description>", value));
            Assert.Equal("fr", await RssAsync(
                "<language>ar</language>", $"<dc:language>{text}</dc:language><description xml:lang='fr'>x</description>", value));
            Assert.Equal("de", await RssAsync($"<language>{text}</language><dc:language>de</dc:language>", ""));
            Assert.Equal("it", await RssAsync($"<language>{text}</language>", $"<dc:language>{text}</dc:language>"));
        }
    }

    [Fact]
    public async Task An_unreadable_label_in_atom_falls_back_to_the_next_wider_one()
    {
        foreach (var label in Unreadable)
        {
            var text = new XText(label).ToString();
            var value = text.Replace("'", "&apos;", StringComparison.Ordinal);
            Assert.Equal("ar", await AtomAsync("ar", value, $"<title xml:lang='{value}'>T</title>"));
            Assert.Equal("ar", await AtomAsync("ar", "", $"<title>T</title><dc:language>{text}</dc:language>"));
            Assert.Equal("ar", await AtomAsync("ar", "", $"<title>T</title><content xml:lang='{value}'>x</content>"));
            Assert.Equal("fr", await AtomAsync("ar", "fr", $"<title xml:lang='{value}'>T</title>"));
            Assert.Equal("fr", await AtomAsync("ar", value, $"<title>T</title><content xml:lang='fr'>x</content>"));
            Assert.Null(await AtomAsync(value, value, "<title>T</title>"));
        }
    }

    [Fact]
    public async Task An_unreadable_label_in_json_falls_back_to_the_feeds()
    {
        foreach (var label in Unreadable.Select(text => JsonSerializer.Serialize(text))
            .Concat(["null", "7", "true", "[\"en\"]", "{\"en\":1}", "\"\\ud800\""]))
        {
            Assert.Equal("ar", await JsonAsync("\"ar\"", label));
            Assert.Equal("ar", await JsonAsync(label, "\"ar\""));
            Assert.Null(await JsonAsync(label, label));
        }
    }

    [Fact]
    public async Task A_label_that_can_be_read_is_kept_as_it_is_written()
    {
        foreach (var (label, tag) in new[] { ("ar_EG", "ar-EG"), (" en-GB\n", "en-GB"), ("zh-Hant-TW", "zh-Hant-TW"), ("EN-us", "EN-us") })
        {
            Assert.Equal(tag, await RssAsync("<language>de</language>", $"<dc:language>{label}</dc:language>"));
            Assert.Equal(tag, await AtomAsync("de", label, "<title>T</title>"));
            Assert.Equal(tag, await JsonAsync("\"de\"", JsonSerializer.Serialize(label)));
        }
    }

    private Task<string?> RssAsync(string channel, string item, string itemLanguage = "") => LanguageAsync(
        "<rss version='2.0' xml:lang='it' xmlns:dc='http://purl.org/dc/elements/1.1/'><channel>" + channel
        + $"<item xml:lang='{itemLanguage}'><title>T</title><link>https://example.com/a</link>{item}</item></channel></rss>");

    private Task<string?> AtomAsync(string feed, string entry, string content) => LanguageAsync(
        $"<feed xmlns='http://www.w3.org/2005/Atom' xmlns:dc='http://purl.org/dc/elements/1.1/' xml:lang='{feed}'>"
        + $"<entry xml:lang='{entry}'>{content}<link href='https://example.com/a'/></entry></feed>");

    private Task<string?> JsonAsync(string feed, string item) => LanguageAsync(
        "{\"version\":\"https://jsonfeed.org/version/1.1\",\"title\":\"F\",\"language\":" + feed
        + ",\"items\":[{\"id\":\"1\",\"url\":\"https://example.com/a\",\"title\":\"T\",\"language\":" + item + "}]}");

    private async Task<string?> LanguageAsync(string document) => Assert.Single((await Server.ReadAsync(document)).Stories).Language;
}

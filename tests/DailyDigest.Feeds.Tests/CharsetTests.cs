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
    [InlineData("windows-1256", "text/xml", "cp1256")]
    [InlineData("windows-1256", "text/xml; charset=iso-8859-1", "x-cp1256")]
    [InlineData("utf-8", "text/xml; charset=windows-1256", "windows-1256")]
    [InlineData("utf-8", "text/xml", "utf-16")]
    [InlineData("utf-8", "text/xml; charset=utf-16", "utf-16")]
    [InlineData("utf-8", "text/xml; charset=utf-32", "ucs-2")]
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

    [Theory]
    [InlineData(1252, "latin-1", "café “x” € – ž")]
    [InlineData(1252, "us-ascii", "café “x”")]
    [InlineData(1251, "cp1251", "Новости дня")]
    [InlineData(1251, "win-1251", "Новости дня")]
    [InlineData(20866, "koi8-r", "Новости дня")]
    [InlineData(54936, "x-gbk", "今日新闻头条")]
    [InlineData(54936, "gb2312", "今日新闻头条")]
    [InlineData(932, "windows-31j", "今日のニュース①")]
    [InlineData(932, "x-sjis", "今日のニュース")]
    [InlineData(51932, "x-euc-jp", "今日のニュース")]
    [InlineData(50220, "iso-2022-jp", "今日のニュース")]
    [InlineData(949, "ks_c_5601-1987", "오늘의 뉴스")]
    [InlineData(950, "big5-hkscs", "今日新聞")]
    [InlineData(28592, "latin2", "Zażółć gęślą")]
    [InlineData(874, "tis-620", "ข่าววันนี้")]
    [InlineData(10000, "macintosh", "café “x”")]
    public async Task Labels_mean_what_they_mean_to_browsers(int codePage, string label, string title)
    {
        var xml = Item(title).Replace("<?xml version=\"1.0\"?>", $"<?xml version='1.0' encoding='{label}'?>", StringComparison.Ordinal);
        Assert.Equal(title, await TitleAsync(Encoding.GetEncoding(codePage).GetBytes(xml), "text/xml"));
        Assert.Equal(title, await TitleAsync(Encoding.GetEncoding(codePage).GetBytes(Item(title)), "text/xml; charset=" + label));
    }

    [Theory]
    [InlineData(1251, "ru", "Кот")]
    [InlineData(1250, "pl", "Żółć")]
    [InlineData(1253, "el", "Νέα")]
    [InlineData(1256, "ar-EG", "خبر")]
    [InlineData(1255, "he", "חדש")]
    [InlineData(1252, "fr", "café")]
    [InlineData(1252, "", "café")]
    public async Task Bytes_without_a_valid_label_are_read_by_the_language(int codePage, string language, string title)
    {
        var xml = Rss($"<language>{language}</language><item><title>{title}</title><link>https://example.com/a</link></item>");
        Assert.Equal(title, await TitleAsync(Encoding.GetEncoding(codePage).GetBytes(xml), "text/xml; charset=utf-8"));
    }

    // cspell:ignore Málaga España calor Große Straße Føroyar cœur Nöël
    [Theory]
    [InlineData("façade falls")]
    [InlineData("Besançon: l'été")]
    [InlineData("Málaga, España")]
    [InlineData("São Paulo – “calor”")]
    [InlineData("Große Straße")]
    [InlineData("Føroyar: cœur à 5 €")]
    public async Task A_few_bytes_of_western_europe_are_read_as_such(string title)
    {
        var bytes = Encoding.GetEncoding(1252).GetBytes(Item(title));
        Assert.Equal(title, await TitleAsync(bytes, "text/xml; charset=utf-8"));
        Assert.Equal(title, await TitleAsync(bytes, "text/xml"));
    }

    [Fact]
    public async Task An_emoji_that_is_written_as_two_halves_is_read()
    {
        byte[] halves = [0xED, 0xA0, 0xBD, 0xED, 0xB8, 0x80];
        byte[] bytes = [.. Encoding.UTF8.GetBytes(Item("Nöël X")).SelectMany(one => one == 'X' ? halves : [one])];
        Assert.Equal("Nöël 😀", await TitleAsync(bytes, "text/xml; charset=utf-8"));
        byte[] half = [.. Encoding.UTF8.GetBytes(Item("Nöël X")).SelectMany(one => one == 'X' ? halves[..3] : [one])];
        Assert.StartsWith("Nöël", await TitleAsync(half, "text/xml; charset=utf-8"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1251, "В Москве сегодня прошла выставка собак и кошек, сообщает городская газета")]
    [InlineData(20866, "В Москве сегодня прошла выставка собак и кошек, сообщает городская газета")]
    [InlineData(932, "今日の東京では犬と猫の展覧会が開かれました。新聞が伝えています。")]
    [InlineData(949, "오늘 서울에서 개와 고양이 전시회가 열렸다고 신문이 전했다")]
    [InlineData(1253, "Σήμερα στην Αθήνα άνοιξε η έκθεση των σκύλων και των γατών, λέει η εφημερίδα")]
    public async Task A_charset_that_nobody_names_is_detected(int codePage, string title)
    {
        var items = string.Concat(Enumerable.Repeat($"<description>{title}</description>", 3));
        var xml = Item(title, "<link>https://example.com/a</link>" + items);
        Assert.Equal(title, await TitleAsync(Encoding.GetEncoding(codePage).GetBytes(xml), "text/xml"));
    }

    [Fact]
    public async Task One_wrong_byte_does_not_change_the_others()
    {
        byte[] wrong = [.. Encoding.UTF8.GetBytes(Item("Ñandú à la façade XX")).Select(one => one == 'X' ? (byte)0xE9 : one)];
        Assert.Equal("Ñandú à la façade éé", await TitleAsync(wrong, "text/xml; charset=utf-8"));
        Assert.Equal("Ñandú à la façade éé", await TitleAsync(wrong, "text/xml; charset=iso-8859-1"));
        byte[] gbk = [.. Encoding.GetEncoding(54936).GetBytes(Item("今日新闻头条 X")).Select(one => one == 'X' ? (byte)0xFF : one)];
        Assert.Equal("今日新闻头条 ÿ", await TitleAsync(gbk, "text/xml; charset=gbk"));
    }

    [Theory]
    [InlineData("It&#146;s &#128;5", "It’s €5")]
    [InlineData("It&amp;#x92;s", "It’s")]
    [InlineData("It\u0092s", "It’s")]
    [InlineData("cafÃ© â€œxâ€\u009d", "café “x”")]
    [InlineData("NESTLÉ® opens", "NESTLÉ® opens")]
    [InlineData("Â© 2026", "© 2026")]
    [InlineData("Ð\u009dÐ¾Ð²Ð¾Ñ\u0081Ñ\u0082Ð¸", "Новости")]
    public async Task Letters_of_windows_1252_in_unicode_are_read_as_meant(string written, string title) =>
        Assert.Equal(title, await TitleAsync(Encoding.UTF8.GetBytes(Item(written)), "text/xml"));

    [Theory]
    [InlineData("utf-16LE")]
    [InlineData("utf-16BE")]
    [InlineData("utf-32LE")]
    [InlineData("utf-32BE")]
    [InlineData("ibm037")]
    public async Task A_charset_of_two_or_four_bytes_is_seen_without_a_mark(string written) =>
        Assert.Equal("News", await TitleAsync(Encoding.GetEncoding(written).GetBytes(Item("News")), "text/xml; charset=utf-8"));

    [Fact]
    public async Task Utf_7_is_never_read()
    {
        const string Hidden = "+ADw-script+AD4-alert(1)+ADw-/script+AD4-";
        Assert.Equal(Hidden, await TitleAsync(Encoding.ASCII.GetBytes(Item(Hidden)), "text/xml; charset=utf-7"));
    }

    private async Task<string> TitleAsync(byte[] document, string? type) =>
        Assert.Single(Assert.IsType<FeedReading.Read>(await Server.PollAsync(document, type)).Stories).Title;
}

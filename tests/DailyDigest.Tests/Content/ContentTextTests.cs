using DailyDigest.Content;

namespace DailyDigest.Tests.Content;

public sealed class ContentTextTests
{
    [Theory]
    [InlineData(null, "")]
    [InlineData("  \r\n\t ", "")]
    [InlineData(" Two\r\nlines\tand\u00a0a\u2028third ", "Two lines and a third")]
    [InlineData("Subject\r\nBcc: all@example.com", "Subject Bcc: all@example.com")]
    [InlineData("a\0b\u0007c\u001b[31md\u0085e", "a bc[31md e")]
    [InlineData("evil\u202Egpj.exe\u202C \u2066x\u2069", "evilgpj.exe \u2066x\u2069")]
    [InlineData("\u202Dx\u202C", "x")]
    [InlineData("\u202Bשלום\u202C \u202Ax\u202C", "\u202Bשלום\u202C \u202Ax\u202C")]
    [InlineData("\u202Bopen \u2067open", "open open")]
    [InlineData("\u2069close\u202C", "close")]
    [InlineData("\u2067a \u202Bb\u2069 c\u202C", "\u2067a b\u2069 c")]
    [InlineData("\u2068\u202Ex\u202C\u2069", "\u2068x\u2069")]
    [InlineData("a\u200eb\u200fc\u061cd", "a\u200eb\u200fc\u061cd")]
    [InlineData("🏴\U000E0067\U000E0062 cut, hidden\U000E0068\U000E0069\U000E007F", "🏴 cut, hidden")]
    [InlineData("\U0001FAE9 \U0001F0F6 \uE000 \U000F0000", "\U0001FAE9 \U0001F0F6 \uE000 \U000F0000")]
    [InlineData("soft\u00adhyphen zero\u200bwidth \ufeffmark", "softhyphen zerowidth mark")]
    [InlineData("\ud800half", "half")]
    [InlineData("a < b & c", "a < b & c")]
    [InlineData("می\u200cخواهم", "می\u200cخواهم")]
    [InlineData("👩\u200d💻 \u2764\ufe0f", "👩\u200d💻 \u2764\ufe0f")]
    [InlineData("\u200e\u200d \u200f", "")]
    public void Text_becomes_one_plain_line(string? written, string line) => Assert.Equal(line, ContentText.Line(written, 300));

    [Fact]
    public void Long_text_is_cut_at_a_word()
    {
        Assert.Equal("One two three…", ContentText.Line("One two three, four five", 16));
        Assert.Equal("One two three…", ContentText.Line("One two three four", 14));
        Assert.Equal("One two three", ContentText.Line("One two three", 13));
    }

    [Fact]
    public void A_cut_leaves_no_mark_of_direction_and_no_flag_without_its_end()
    {
        Assert.Equal("one two…", ContentText.Line("one \u2067two three four\u2069", 12));
        Assert.Equal("one \u2067two\u2069…", ContentText.Line("one \u2067two\u2069 three four", 14));
        var flag = "🏴\U000E0067\U000E0062\U000E0065\U000E006E\U000E0067\U000E007F";
        Assert.Equal(flag, ContentText.Line(flag, 300));
        Assert.Equal("🏴…", ContentText.Line(flag + flag, 12));
    }

    [Fact]
    public void Text_without_spaces_is_cut_between_characters_and_never_within_one()
    {
        Assert.Equal("👩\u200d💻…", ContentText.Line(string.Concat(Enumerable.Repeat("👩\u200d💻", 5)), 8));
        Assert.Equal("日本語…", ContentText.Line("日本語日本語", 4));
    }

    [Fact]
    public void A_tower_of_marks_is_cut_too()
    {
        var cut = ContentText.Line("Z" + new string('\u0301', 100_000), 300);
        Assert.True(cut.Length <= 300);
        Assert.EndsWith("…", cut, StringComparison.Ordinal);
        Assert.True(ContentText.Line(string.Concat(Enumerable.Repeat("😀\u200d", 100_000)), 300).Length <= 300);
    }

    [Theory]
    [InlineData("en", "en")]
    [InlineData(" ar_EG ", "ar-EG")]
    [InlineData("zh-Hant-TW", "zh-Hant-TW")]
    [InlineData("english language", null)]
    [InlineData("e", null)]
    [InlineData("en\"><script>", null)]
    [InlineData("en\n", "en")]
    [InlineData(null, null)]
    public void A_language_is_a_tag_or_nothing(string? written, string? tag) => Assert.Equal(tag, LanguageTag.Parse(written));
}

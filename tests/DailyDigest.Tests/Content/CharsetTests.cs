using System.Globalization;
using System.Text;
using DailyDigest.Content;

namespace DailyDigest.Tests.Content;

/// <summary>Charsets that nothing names.</summary>
public sealed class CharsetTests
{
    static CharsetTests() => Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);

    public static TheoryData<int, string> Names => [.. File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Content", "Names.tsv"))
        .Select(line => line.Split('\t')).Select(cells => (int.Parse(cells[0], CultureInfo.InvariantCulture), cells[1]))];

    [Theory]
    [MemberData(nameof(Names))]
    public void Some_names_show_their_charset(int codePage, string names)
    {
        var list = string.Concat(names.Split('|').Select((name, row) => $"reader{row}@example.com,{name}\n"));
        var bytes = Encoding.GetEncoding(codePage).GetBytes(list);

        Assert.All([["en"], ["ar", "en"]], (string[] languages) => Assert.Equal(list, Charset.Find(bytes, [], languages).Decode(bytes)));
    }

    [Fact]
    public void No_byte_is_lost_whatever_the_charset() => Assert.All(Enumerable.Range(0x80, 0x80), value =>
    {
        byte[] bytes = [.. "a,b\n"u8, (byte)value, .. "c\n"u8];
        var text = Charset.Find(bytes, [], []).Decode(bytes);

        Assert.Equal(7, text.Length);
        Assert.DoesNotContain('\uFFFD', text);
    });

    [Fact]
    public void Zeros_in_a_text_do_not_make_it_utf_16()
    {
        var bytes = Encoding.UTF8.GetBytes("email,name\na@example.com,\0\0café\0\n" + new string('x', 300));

        Assert.Equal("utf-8", Charset.Find(bytes, [], []).Encoding.WebName);
    }
}

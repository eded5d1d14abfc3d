using System.Text;
using DailyDigest.Subscribers;
using DailyDigest.Tests.Fixtures;

namespace DailyDigest.Tests.Subscribers;

/// <summary>Lists whose letters are not UTF-8.</summary>
public sealed class LettersTests : IDisposable
{
    private readonly SubscriberFixture fixture = new();
    private readonly List<RefusedRow> refused = [];

    static LettersTests() => Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);

    [Theory]
    [InlineData(1252, "Économie|Fußball|Señoras|Año nuevo", "windows-1252")]
    [InlineData(1256, "اقتصاد|رياضة|أخبار المدينة|الثقافة والفنون", "windows-1256")]
    [InlineData(1251, "Экономика|Спорт|Новости города|Культура", "windows-1251")]
    [InlineData(1253, "Οικονομία|Αθλητισμός|Νέα της πόλης|Πολιτισμός", "iso-8859-7")]
    [InlineData(932, "経済ニュース|スポーツ|街のできごと|文化と芸術", "shift_jis")]
    [InlineData(54936, "经济新闻|体育运动|城市新闻|文化艺术", "GB18030")]
    [InlineData(949, "경제 소식|스포츠 소식|도시 소식|문화와 예술", "ks_c_5601-1987")]
    [InlineData(28591, "Économie|Fußball|Señoras|Año nuevo", "windows-1252")]
    public async Task A_list_in_the_charset_of_its_script_is_read(int codePage, string sections, string charset)
    {
        var report = await ImportAsync(Encoding.GetEncoding(codePage).GetBytes(List(sections, 6)));

        Assert.Equal((6, 0), (report.Added, report.Refused));
        Assert.Equal(sections.Split('|'), (await fixture.FindAsync("reader3@example.com"))!.Sections);
        Assert.Contains(charset, report.Letters!.Assumption, StringComparison.OrdinalIgnoreCase);
        Assert.Contains(report.Letters.Examples[0], sections);
    }

    [Theory]
    [InlineData("utf-16", true)]
    [InlineData("utf-16BE", true)]
    [InlineData("utf-16", false)]
    [InlineData("utf-16BE", false)]
    [InlineData("utf-32", true)]
    [InlineData("utf-8", true)]
    public async Task A_unicode_list_is_read_with_or_without_a_mark(string name, bool hasMark)
    {
        var encoding = Encoding.GetEncoding(name);
        var report = await ImportAsync([.. hasMark ? encoding.GetPreamble() : [], .. encoding.GetBytes(List("اقتصاد|新闻|Économie", 3))]);

        Assert.Equal((3, 0), (report.Added, report.Refused));
        Assert.Equal(["اقتصاد", "新闻", "Économie"], (await fixture.FindAsync("reader2@example.com"))!.Sections);
        Assert.Equal(hasMark, report.Letters is null);
    }

    [Theory]
    [InlineData("utf-16")]
    [InlineData("utf-16BE")]
    public async Task A_list_in_utf_16_may_begin_with_letters_of_another_script(string name)
    {
        var report = await ImportAsync(
            Encoding.GetEncoding(name).GetBytes("名前,email,sections\n山田,a@example.com,経済\n鈴木,b@example.com,文化\n"));

        Assert.Equal((2, 0), (report.Added, report.Refused));
        Assert.Equal(["経済"], (await fixture.FindAsync("a@example.com"))!.Sections);
    }

    [Theory]
    [InlineData("en,ar", 1256, "خبر")]
    [InlineData("ar,en", 1252, "café")]
    [InlineData("en,ar", 1252, "café")]
    [InlineData("en", 1252, "Año")]
    [InlineData("ru", 1251, "Кот")]
    public async Task A_few_letters_are_read_by_the_languages_of_the_publication(string languages, int codePage, string section)
    {
        fixture.Publication.Languages = languages.Split(',');
        await ImportAsync(Encoding.GetEncoding(codePage).GetBytes(List(section, 1)));

        Assert.Equal([section], (await fixture.FindAsync("reader0@example.com"))!.Sections);
    }

    [Fact]
    public async Task One_bad_byte_does_not_change_the_other_letters()
    {
        var bytes = Encoding.UTF8.GetBytes(List("Économie|اقتصاد|#", 3));
        bytes[Array.LastIndexOf(bytes, (byte)'#')] = 0xE9;
        var report = await ImportAsync(bytes);

        Assert.Equal(["Économie", "اقتصاد", "é"], (await fixture.FindAsync("reader2@example.com"))!.Sections);
        Assert.Equal(("bytes that are not UTF-8, read as windows-1252", 1), (report.Letters!.Assumption, report.Letters.Count));
    }

    [Fact]
    public async Task Rows_of_two_programs_in_one_file_are_read_in_their_charsets()
    {
        byte[] mixed = [.. Encoding.UTF8.GetBytes(List("Économie|Théâtre|Élections", 5)),
            .. Encoding.Latin1.GetBytes("other@example.com,Théâtre\n")];
        await ImportAsync(mixed);

        Assert.Equal(["Économie", "Théâtre", "Élections"], (await fixture.FindAsync("reader4@example.com"))!.Sections);
        Assert.Equal(["Théâtre"], (await fixture.FindAsync("other@example.com"))!.Sections);
    }

    [Fact]
    public async Task A_long_list_is_judged_by_the_lines_that_have_letters()
    {
        var plain = string.Concat(Enumerable.Range(0, 12_000).Select(i => $"plain{i}@example.com,Harbour\n"));
        var list = List("Новости города|Экономика", 4).Replace("\nreader0", "\n" + plain + "reader0", StringComparison.Ordinal);
        var report = await ImportAsync(Encoding.GetEncoding(1251).GetBytes(list), dryRun: true);

        Assert.Equal((12_004, "bytes that are not UTF-8, read as windows-1251"), (report.Added, report.Letters!.Assumption));
    }

    [Fact]
    public async Task The_same_file_continues_where_it_stopped_whatever_its_charset()
    {
        var bytes = Encoding.Unicode.GetBytes(List("Économie", 3));
        await ImportAsync(bytes);
        var again = await ImportAsync(bytes);

        Assert.Equal((3, 3), (again.Added, again.Resumed));
    }

    public void Dispose() => fixture.Dispose();

    private static string List(string sections, int rows) => "email,sections\n"
        + string.Concat(Enumerable.Range(0, rows).Select(row => $"reader{row}@example.com,{sections}\n"));

    private Task<ImportReport> ImportAsync(byte[] list, bool dryRun = false) => fixture.Import.ExecuteAsync(
        new MemoryStream(list), "fair", dryRun, refused.Add, null, TestContext.Current.CancellationToken);
}

using System.Globalization;
using DailyDigest.Calendar;

namespace DailyDigest.Tests.Calendar;

/// <summary>The dates of WrittenDates.txt, each with its instant, or with - if it must not be read.</summary>
public sealed class WrittenDatesTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 29, 12, 0, 0, TimeSpan.Zero);

    public static TheoryData<string> Cases => new(Lines().Where(line => line.Length > 0 && line[0] != '#').ToArray());

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_date_has_its_instant_or_none(string line)
    {
        var cells = line.Split('\t');
        var context = new WrittenContext
        {
            Now = Now,
            Language = cells.ElementAtOrDefault(2) is { Length: > 0 } language ? language : null,
            Offsets = cells.ElementAtOrDefault(3) is { Length: > 0 } offset ? [int.Parse(offset, CultureInfo.InvariantCulture)] : [],
            Order = cells.ElementAtOrDefault(4) is { Length: > 0 } order ? Enum.Parse<DayMonth>(order) : DayMonth.Unknown,
        };
        var instant = WrittenDates.Read(cells[0], context);
        Assert.Equal(cells[1], instant?.ToString("yyyy-MM-dd'T'HH:mm:ss.FFF'Z'", CultureInfo.InvariantCulture) ?? "-");
    }

    [Theory]
    [InlineData("Tue, 10 Mar 2026 06:30:00 IST", "Wed, 11 Mar 2026 06:30:00 +0530", "2026-03-10T01:00:00Z")]
    [InlineData("Tue, 10 Mar 2026 06:30:00 IST", "Wed, 11 Mar 2026 06:30:00 +0300", "2026-03-10T04:30:00Z")]
    [InlineData("03/04/2026", "25/12/2025", "2026-04-03T00:00:00Z")]
    [InlineData("03/04/2026", "12/25/2025", "2026-03-04T00:00:00Z")]
    public void Other_dates_of_the_document_decide_between_two_meanings(string text, string other, string instant) =>
        Assert.Equal(
            DateTimeOffset.Parse(instant, CultureInfo.InvariantCulture),
            WrittenDates.Read(text, WrittenDates.Learn([text, other], null, Now)));

    [Fact]
    public void Dates_that_contradict_one_another_decide_nothing() =>
        Assert.Null(WrittenDates.Read("03/04/2026", WrittenDates.Learn(["25/12/2025", "12/25/2025"], null, Now)));

    /// <summary>.NET and the table agree on the names of every month: in a date as the language writes it.</summary>
    [Theory]
    [InlineData("ar-EG"), InlineData("bg-BG"), InlineData("cs-CZ"), InlineData("da-DK"), InlineData("de-DE"), InlineData("el-GR")]
    [InlineData("en-GB"), InlineData("es-ES"), InlineData("fi-FI"), InlineData("fr-FR"), InlineData("he-IL"), InlineData("hi-IN")]
    [InlineData("hr-HR"), InlineData("hu-HU"), InlineData("id-ID"), InlineData("it-IT"), InlineData("nb-NO"), InlineData("nl-NL")]
    [InlineData("pl-PL"), InlineData("pt-BR"), InlineData("ro-RO"), InlineData("ru-RU"), InlineData("sv-SE"), InlineData("tr-TR")]
    [InlineData("uk-UA"), InlineData("vi-VN"), InlineData("ja-JP"), InlineData("zh-CN"), InlineData("ca-ES"), InlineData("sk-SK")]
    public void A_month_of_the_language_is_read(string language)
    {
        var context = new WrittenContext { Language = language, Now = Now };
        for (var month = 1; month <= 12; month++)
        {
            var date = new DateTime(2026, month, 17);
            var text = date.ToString("d MMMM yyyy", CultureInfo.GetCultureInfo(language));
            Assert.True(WrittenDates.Read(text, context)?.UtcDateTime == date, text);
        }
    }

    private static IEnumerable<string> Lines() =>
        File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Calendar", "WrittenDates.txt"));
}

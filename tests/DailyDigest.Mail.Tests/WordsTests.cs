using System.Globalization;
using System.Resources;
using DailyDigest.Mail.Rendering;
using DailyDigest.Settings;
using DailyDigest.Testing.Services;

namespace DailyDigest.Mail.Tests;

public sealed class WordsTests
{
    /// <summary>Every language that has a file.</summary>
    public static TheoryData<string> Languages =>
        new(Directory.GetFiles(Path.Combine(TestServices.Repository, "src", "DailyDigest.Mail", "Resources"), "Texts*.resx")
        .Select(file => Path.GetFileNameWithoutExtension(file).Split('.') is [_, var language] ? language : "en"));

    [Theory]
    [MemberData(nameof(Languages))]
    public void Every_language_has_every_text_and_its_plural_forms(string language)
    {
        var culture = CultureInfo.GetCultureInfo(language);
        var english = Keys(CultureInfo.InvariantCulture);
        var keys = Keys(language == "en" ? CultureInfo.InvariantCulture : culture);
        var single = english.Where(key => !key.Contains('.', StringComparison.Ordinal));
        var plural = english.Where(key => key.Contains('.', StringComparison.Ordinal)).Select(key => key.Split('.')[0]).Distinct();

        Assert.True(Words.Files.Validate(null, new Publication { Languages = [language] }).Succeeded);
        Assert.Empty(single.Except(keys));
        Assert.Empty(plural.SelectMany(key => Plurals.FormsOf(culture).Select(form => $"{key}.{form}")).Except(keys));
    }

    [Theory]
    [InlineData("nl", "there is no src/DailyDigest.Mail/Resources/Texts.nl.resx in this build")]
    [InlineData("no-such-language", "no-such-language is no language tag")]
    public void A_language_without_a_file_is_refused(string language, string says)
    {
        var result = Words.Files.Validate(null, new Publication { Languages = ["en", "ar", "en-GB", "ar-EG", language] });

        Assert.Contains(says, Assert.Single(result.Failures!), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("en", 0, "7:30 AM", "7:30 PM")]
    [InlineData("en", 24, "07:30", "19:30")]
    [InlineData("en-GB", 0, "07:30", "19:30")]
    [InlineData("en-GB", 12, "7:30 am", "7:30 pm")]
    [InlineData("fr-CA", 0, "07 h 30", "19 h 30")]
    [InlineData("fr-CA", 12, "7 h 30 a.m.", "7 h 30 p.m.")]
    [InlineData("de", 0, "07:30", "19:30")]
    [InlineData("de", 12, "7:30 AM", "7:30 PM")]
    [InlineData("fi", 0, "7.30", "19.30")]
    [InlineData("ar", 0, "7:30 ص", "7:30 م")]
    [InlineData("ar", 24, "07:30", "19:30")]
    [InlineData("zh-TW", 0, "上午7:30", "下午7:30")]
    [InlineData("zh-TW", 24, "07:30", "19:30")]
    public void Times_follow_the_language_or_the_setting(string language, int hours, string morning, string evening)
    {
        var words = Words.In(language);

        Assert.Equal((morning, evening), (words.Time(new TimeOnly(7, 30), hours), words.Time(new TimeOnly(19, 30), hours)));
    }

    [Theory]
    [InlineData("en", "Sunday, 22 November 2026", "22 Nov")]
    [InlineData("en-US", "Sunday, November 22, 2026", "Nov 22")]
    [InlineData("en-GB", "Sunday, 22 November 2026", "22 Nov")]
    [InlineData("ar", "الأحد، 22 نوفمبر 2026", "22 نوفمبر")]
    public void Dates_follow_the_language(string language, string longDate, string shortDate)
    {
        var words = Words.In(language);

        Assert.Equal((longDate, shortDate), (words.LongDate(new DateOnly(2026, 11, 22)), words.ShortDate(new DateOnly(2026, 11, 22))));
    }

    [Theory]
    [InlineData("en", 1, "T, and 1 more")]
    [InlineData("ar", 1, "T، وخبر آخر")]
    [InlineData("ar", 2, "T، وخبران آخران")]
    [InlineData("ar", 7, "T، و7 أخبار أخرى")]
    [InlineData("ar", 12, "T، و12 خبرًا آخر")]
    [InlineData("ar", 100, "T، و100 خبر آخر")]
    public void Counts_take_the_languages_plural(string language, int count, string text) =>
        Assert.Equal(text, Words.In(language).Count("SubjectMore", count, "T"));

    [Theory]
    [InlineData("#9b1c1c")]
    [InlineData("#ffe100")]
    [InlineData("#000000")]
    [InlineData("#ffffff")]
    [InlineData("#7f7f7f")]
    [InlineData("not a colour")]
    public void Every_publications_colour_can_be_read(string color)
    {
        var palette = Palette.Around(color);

        Assert.InRange(AccentColor.Contrast(palette.AccentText, "#f7f4ee"), 4.5, 21);
        Assert.InRange(AccentColor.Contrast(palette.AccentText, Palette.Paper), 4.5, 21);
        Assert.InRange(AccentColor.Contrast(palette.AccentTextNight, "#212326"), 4.5, 21);
        Assert.InRange(AccentColor.Contrast(palette.OnAccent, palette.Accent), 4.5, 21);

        // The pages use the same two shades; their test compares them as well.
        var accent = AccentColor.From(color);
        Assert.Equal((accent.OnLight, accent.OnDark), (palette.AccentText, palette.AccentTextNight));
    }

    private static HashSet<string> Keys(CultureInfo culture) =>
        new ResourceManager("DailyDigest.Mail.Resources.Texts", typeof(Words).Assembly)
        .GetResourceSet(culture, createIfNotExists: true, tryParents: false)!.Cast<System.Collections.DictionaryEntry>()
            .Select(entry => (string)entry.Key).ToHashSet();
}

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

        Assert.True(Words.Has(language));
        Assert.Empty(single.Except(keys));
        Assert.Empty(plural.SelectMany(key => Plurals.FormsOf(culture).Select(form => $"{key}.{form}")).Except(keys));
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

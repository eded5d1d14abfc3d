using DailyDigest.Content;
using DailyDigest.Selection;
using DailyDigest.Settings;

namespace DailyDigest.Tests.Selection;

/// <summary>The language of a story, from its label and its letters.</summary>
public sealed class StoryLanguageTests
{
    // cspell:ignore ouvre avec d'avance Tunel luci otvoren godinu ranije Tunnelen havnen åpnet Hafentunnel offen
    private const string English = "Harbour tunnel opens a year early";
    private const string Arabic = "افتتاح نفق الميناء قبل موعده بعام";

    [Theory]
    [InlineData("en", English, "en")]
    [InlineData("en-GB", English, "en")]
    [InlineData("EN_us", English, "en")]
    [InlineData("eng", English, "en")]
    [InlineData("ar-EG", Arabic, "ar")]
    [InlineData("ara", Arabic, "ar")]
    [InlineData("fr", "Le tunnel du port ouvre avec un an d'avance", "fr")]
    [InlineData("fa", "تونل بندر یک سال زودتر باز شد", "fa")]
    public void A_label_counts_without_its_region(string label, string title, string language) =>
        Assert.Equal(language, Of(label, title, "en", "ar"));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("xx")]
    [InlineData("und")]
    [InlineData("mul")]
    [InlineData("zxx")]
    [InlineData("English")]
    [InlineData("e")]
    [InlineData("x-private")]
    [InlineData("en--")]
    [InlineData("<b>en</b>")]
    [InlineData("en\u0000")]
    public void A_label_that_names_no_language_leaves_it_to_the_letters(string? label)
    {
        Assert.Equal("en", Of(label, English, "en", "ar"));
        Assert.Equal("ar", Of(label, Arabic, "en", "ar"));
        Assert.Equal("ar", Of(label, "24/7 2026", "ar", "en"));
    }

    [Theory]
    [InlineData("en", Arabic, "ar")]
    [InlineData("ar", English, "en")]
    [InlineData("en-us", "Туннель в порту открыт на год раньше", "ru")]
    [InlineData("en", "港のトンネルが一年早く開通", "ja")]
    [InlineData("ar", "港口隧道提前一年开通", "zh")]
    [InlineData("en", "항구 터널 1년 앞당겨 개통", "ko")]
    [InlineData("en", "बंदरगाह सुरंग एक साल पहले खुली", "hi")]
    [InlineData("en", "Η σήραγγα του λιμανιού ανοίγει νωρίτερα", "el")]
    [InlineData("en", "מנהרת הנמל נפתחת שנה מוקדם יותר", "he")]
    [InlineData("en", "อุโมงค์ท่าเรือเปิดเร็วขึ้นหนึ่งปี", "th")]
    public void Letters_that_contradict_the_label_decide(string label, string title, string language) =>
        Assert.Equal(language, Of(label, title, "en", "ar"));

    [Theory]
    [InlineData("ar", "آبل تطلق iPhone 17 Pro Max بسعر جديد", "ar")]
    [InlineData("en", "“صباح الخير”: how Cairo says good morning to a new year", "en")]
    [InlineData("ar", "BBC", "ar")]
    [InlineData("ja", "東京株式市場 大幅続落", "ja")]
    [InlineData("sr", "Tunel u luci otvoren godinu dana ranije", "sr")]
    public void Some_letters_of_another_script_do_not_contradict_a_label(string label, string title, string language) =>
        Assert.Equal(language, Of(label, title, "en", "ar"));

    [Theory]
    [InlineData("zh-TW", "zh-Hant")]
    [InlineData("zh-Hant-HK", "zh-Hant")]
    [InlineData("zh-hk", "zh-Hant")]
    [InlineData("zh-CN", "zh-Hans")]
    [InlineData("cmn-Hans", "zh-Hans")]
    [InlineData("zh", "zh-Hans")]
    public void The_scripts_of_Chinese_are_languages_of_their_own(string label, string language) =>
        Assert.Equal(language, Of(label, "港口隧道提前一年", "zh-Hans", "zh-Hant"));

    [Theory]
    [InlineData("zh-Hant", "zh")]
    [InlineData("zh", "zh")]
    public void A_publication_that_names_no_script_offers_all(string label, string language) =>
        Assert.Equal(language, Of(label, "港口隧道提前一年", "en", "zh"));

    [Theory]
    [InlineData("iw", "he", "מנהרת הנמל נפתחת")]
    [InlineData("nb", "no", "Tunnelen i havnen er åpnet")]
    [InlineData("ger", "de", "Der Hafentunnel ist offen")]
    public void Older_and_longer_codes_of_a_language_are_known(string label, string language, string title) =>
        Assert.Equal(language, Of(label, title, "en", language));

    [Fact]
    public void Latin_letters_without_a_label_are_the_first_language_that_has_them()
    {
        Assert.Equal("fr", Of(null, "Le tunnel du port ouvre", "ar", "fr", "en"));
        Assert.Null(Of(null, English, "ar", "fa"));
    }

    [Fact]
    public void Languages_without_region_are_offered_once_and_one_is_no_choice()
    {
        Assert.Equal(["en", "ar"], Languages("en-GB", "en", "ar-EG", "ar").Offered);
        Assert.False(Languages("en", "en-US").HasChoice);
        Assert.False(Languages().HasChoice);
        var mixed = new StoryLanguages(new Publication { Languages = ["en", "ar"] }, new SelectionOptions { MixLanguages = true });
        Assert.False(mixed.HasChoice);
    }

    [Fact]
    public void A_story_in_a_language_that_is_not_offered_is_passed_over_with_the_reason()
    {
        var languages = Languages("en", "ar");
        Story[] stories =
        [
            StorySamples.Titled(English, "a") with { Language = "en" },
            StorySamples.Titled("Le tunnel du port ouvre avec un an d'avance", "b") with { Language = "fr" },
            StorySamples.Titled(Arabic, "c") with { Language = "ar" },
        ];
        var options = new SelectionOptions { MinArticles = 0, MinStories = 1 };
        var selected = SelectStories.Select(
            stories, SentHistory.Empty, options, StorySamples.Since, StorySamples.Now, new StoryChoice([], ["en"]), languages);

        Assert.Equal(English, Assert.Single(selected.Items).Story.Title);
        Assert.Equal("in fr, which is none of en, ar", selected.ReasonAgainst(stories[1]));
        Assert.Null(selected.ReasonAgainst(stories[2]));
    }

    [Fact]
    public void The_score_of_a_story_is_the_same_for_readers_of_every_choice()
    {
        var stories = Enumerable.Range(0, 12).Select(number => StorySamples.Story("s" + number) with
        {
            Language = number % 2 == 0 ? "en" : "fr",
            Signals = new Signals(Votes: number * 7),
        }).ToList();
        var languages = Languages("en", "fr");
        var options = new SelectionOptions { MinArticles = 0, MinStories = 1, MaxArticles = 12 };
        var all = SelectStories.Select(stories, SentHistory.Empty, options, StorySamples.Since, StorySamples.Now);
        var english = SelectStories.Select(
            stories, SentHistory.Empty, options, StorySamples.Since, StorySamples.Now, new StoryChoice([], ["en"]), languages);

        Assert.Equal(6, english.Items.Count);
        Assert.All(english.Items, item => Assert.Equal(all.Items.Single(other => other.Story.Id == item.Story.Id).Score, item.Score));
    }

    [Fact]
    public void The_keys_of_earlier_releases_are_kept()
    {
        Assert.Equal("daily_07_Etc.UTC", StoryChoice.All.DigestKey("daily_07_Etc.UTC"));
        Assert.Equal("c~19174dac3b33601cbfa5ef3b", new StoryChoice(["Sport", "News"], []).DigestKey("c"));
        var choices = new[]
        {
            new StoryChoice([], ["ar"]), new StoryChoice(["ar"], []), new StoryChoice(["ar"], ["ar"]), new StoryChoice([], ["ar", "en"]),
        };
        Assert.Equal(4, choices.Select(choice => choice.DigestKey("c")).Distinct().Count());
        Assert.True(new StoryChoice([], ["en", "ar"]).IsSameAs(choices[3]));
    }

    private static StoryLanguages Languages(params string[] languages) =>
        new(new Publication { Languages = [.. languages] }, new SelectionOptions());

    private static string? Of(string? label, string title, params string[] languages) =>
        Languages(languages).LanguageOf(StorySamples.Titled(title, "story") with { Language = label });
}

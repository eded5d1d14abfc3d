using System.Collections;
using System.Globalization;
using System.Net;
using System.Resources;
using System.Text.RegularExpressions;
using DailyDigest.Digests;
using DailyDigest.Settings;
using DailyDigest.Subscribers;
using DailyDigest.Testing.Services;

namespace DailyDigest.Web.Tests;

/// <summary>Texts are in the page's language, or marked with their own.</summary>
public sealed class LanguageTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Every language that has a file.</summary>
    public static TheoryData<string> Languages =>
        new(Directory.GetFiles(Path.Combine(TestServices.Repository, "src", "DailyDigest.Web", "Pages"), "PageTexts*.resx")
            .Select(file => Path.GetFileNameWithoutExtension(file).Split('.') is [_, var language] ? language : "en"));

    [Theory]
    [MemberData(nameof(Languages))]
    public void Every_language_has_every_text_of_the_pages_and_no_other(string language)
    {
        Assert.True(PageTexts.Files.Validate(null, new Publication { Languages = [language] }).Succeeded);
        var resources = new ResourceManager("DailyDigest.Web.PageTexts", typeof(PageTexts).Assembly);
        var english = Keys(CultureInfo.InvariantCulture);
        Assert.True(english.Count > 80);
        Assert.Equal(english, language == "en" ? english : Keys(CultureInfo.GetCultureInfo(language)));

        SortedSet<string> Keys(CultureInfo culture) => new(
            resources.GetResourceSet(culture, createIfNotExists: true, tryParents: false)!.Cast<DictionaryEntry>()
                .Select(entry => (string)entry.Key), StringComparer.Ordinal);
    }

    [Theory]
    [InlineData("fr", "there is no src/DailyDigest.Web/Pages/PageTexts.fr.resx in this build")]
    [InlineData("english", "english is no language tag")]
    public void A_language_without_a_file_of_texts_is_refused(string language, string says)
    {
        var result = PageTexts.Files.Validate(null, new Publication { Languages = ["en", "ar", "en-GB", "ar-EG", language] });
        Assert.Contains(says, Assert.Single(result.Failures!), StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_lacks_texts_is_refused_with_their_names()
    {
        // The Arabic file has no text of this name.
        var strict = new LanguageFiles(
            new ResourceManager("DailyDigest.Web.PageTexts", typeof(PageTexts).Assembly), "PageTexts",
            (_, english) => english.Append("Nothing.Title"));
        var result = strict.Validate(null, new Publication { Languages = ["ar"] });
        Assert.Equal("Publication__Languages: PageTexts.ar.resx lacks Nothing.Title.", Assert.Single(result.Failures!));
    }

    [Fact]
    public async Task Tagline_and_sections_have_the_names_of_the_pages_language()
    {
        await using var site = await WebFixture.StartAsync(Names);
        Assert.Contains("أخبار الميناء", await TextAsync(site, "/?lang=ar"), StringComparison.Ordinal);
        Assert.DoesNotContain("since 1887", await TextAsync(site, "/?lang=ar"), StringComparison.Ordinal);
        Assert.Contains("since 1887", await TextAsync(site, "/?lang=en"), StringComparison.Ordinal);
        var person = await site.SubscribedAsync();
        var path = WebFixture.Path(site.Get<ReaderLinks>().Preferences(person.Id));
        var page = await TextAsync(site, path + "?lang=ar");
        Assert.Contains("value=\"Harbour\"", page, StringComparison.Ordinal);
        Assert.Contains("<bdi>الميناء</bdi>", page, StringComparison.Ordinal);
        Assert.Contains("<bdi lang=\"en\">Sport</bdi>", page, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, "7:00 AM", "7:00 ص")]
    [InlineData(12, "7:00 AM", "7:00 ص")]
    [InlineData(24, "07:00", "07:00")]
    public async Task Hours_have_the_form_of_the_language_or_of_the_setting(int format, string english, string arabic)
    {
        await using var site = await WebFixture.StartAsync(publication => publication.HourFormat = format);
        Assert.Contains($"At {english} at first.", await TextAsync(site, "/?lang=en"), StringComparison.Ordinal);
        Assert.Contains(arabic, await TextAsync(site, "/?lang=ar"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_desk_shows_a_digest_of_sections_and_marks_what_is_English()
    {
        await using var site = await WebFixture.StartAsync(Names);
        var whole = await site.DigestAsync(new DateOnly(2026, 3, 2));
        await site.Get<DigestStore>().FreezeAsync(
            whole with { Sections = ["Harbour", "Sport"], Items = [.. whole.Items.Take(1)], PassedOver = [] }, Cancellation);
        site.Client.DefaultRequestHeaders.Add("X-Api-Key", WebFixture.Key);
        var page = await TextAsync(site, "/desk/digests/2026-03-02?lang=ar");
        Assert.Contains("الميناء، Sport</a>", page, StringComparison.Ordinal);
        var link = Regex.Match(page, "href=\"([^\"]*section=Harbour[^\"]*)\"").Groups[1].Value;
        var chosen = await TextAsync(site, link);
        Assert.Equal(1, Regex.Count(chosen, "<h2 "));
        Assert.Contains("للقراء الذين اختاروا الميناء، Sport.", chosen, StringComparison.Ordinal);
        Assert.Contains("<li lang=\"en\" dir=\"auto\">published 3 hours ago", chosen, StringComparison.Ordinal);
        Assert.Contains("<td lang=\"en\" dir=\"auto\">the section Harbour has its three already", page, StringComparison.Ordinal);
        using var none = await site.Client.GetAsync("/desk/digests/2026-03-02?section=City", Cancellation);
        Assert.Equal(HttpStatusCode.NotFound, none.StatusCode);
    }

    private static async Task<string> TextAsync(WebFixture site, string path) =>
        WebUtility.HtmlDecode(await site.PageAsync(path));

    private static void Names(Publication publication)
    {
        publication.Sections = ["Harbour", "Sport"];
        publication.Taglines = [new Translation { Language = "ar", Text = "أخبار الميناء" }];
        publication.SectionNames = [new SectionName { Section = "harbour", Language = "ar", Name = "الميناء" }];
    }
}

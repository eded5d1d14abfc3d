using System.Net;
using System.Text.RegularExpressions;
using DailyDigest.Settings;
using DailyDigest.Subscribers;

namespace DailyDigest.Web.Tests;

/// <summary>Names in another language or direction, examples that stay right, and the field that has the focus.</summary>
public sealed class ReaderTextTests
{
    [Theory]
    [InlineData("ar", "Gazette!", true)]
    [InlineData("en", "Gazette!", false)]
    [InlineData("en", "النهار!", true)]
    [InlineData("ar", "النهار!", false)]
    public async Task A_name_that_runs_in_the_other_direction_is_isolated(string language, string name, bool isolated)
    {
        await using var site = await WebFixture.StartAsync(publication => publication.Name = name);
        var page = WebUtility.HtmlDecode(await site.PageAsync("/?lang=" + language));
        Assert.Equal(isolated, page.Contains($"\u2068{name}\u2069", StringComparison.Ordinal));
        Assert.Contains(name, page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_section_without_a_translation_is_marked_with_its_language()
    {
        await using var site = await WebFixture.StartAsync(publication =>
        {
            publication.Sections = ["Harbour", "Sport"];
            publication.SectionNames = [new SectionName { Section = "Sport", Language = "ar", Name = "رياضة" }];
        });
        var person = await site.SubscribedAsync();
        var path = WebFixture.Path(site.Get<ReaderLinks>().Preferences(person.Id));
        var arabic = WebUtility.HtmlDecode(await site.PageAsync(path + "?lang=ar"));
        Assert.Contains("<bdi lang=\"en\">Harbour</bdi>", arabic, StringComparison.Ordinal);
        Assert.Contains("<bdi>رياضة</bdi>", arabic, StringComparison.Ordinal);
        Assert.Contains("<bdi>Harbour</bdi>", await site.PageAsync(path + "?lang=en"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("en")]
    [InlineData("ar")]
    public async Task The_date_in_the_hint_can_be_chosen_in_every_year(string language)
    {
        await using var site = await WebFixture.StartAsync();
        var person = await site.SubscribedAsync();
        site.Time.Advance(TimeSpan.FromDays(365));
        var path = WebFixture.Path(site.Get<ReaderLinks>().Preferences(person.Id));
        var page = await site.PageAsync($"{path}?lang={language}");
        var date = Regex.Match(page, "id=\"until-hint\">.*?(\\d{4}-\\d\\d-\\d\\d)").Groups[1].Value;
        using var answer = await site.PostAsync(path + "/pause", ("until", date));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Fact]
    public async Task The_readers_own_region_is_the_first_in_the_list_of_zones()
    {
        await using var site = await WebFixture.StartAsync();
        var person = await site.SubscribedAsync();
        var page = await site.PageAsync(WebFixture.Path(site.Get<ReaderLinks>().Preferences(person.Id)));
        var groups = Regex.Matches(page, "<optgroup label=\"([^\"]*)\"").Select(group => group.Groups[1].Value).ToList();
        Assert.Equal(["Your time zone", "Europe", "Africa", "America"], groups.Take(4));
        Assert.Equal("Everywhere", groups[^1]);
    }

    [Theory]
    [InlineData("change", "email")]
    [InlineData("other", "answer")]
    public async Task A_page_with_the_address_filled_in_has_the_focus_where_the_reader_goes_on(string field, string focus)
    {
        await using var site = await WebFixture.StartAsync();
        using var answer = await site.PostAsync("/subscribe", ("email", "reader@example.com"), (field, "1"));
        var page = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.Equal(focus, Regex.Match(page, "<input id=\"(\\w+)\"[^>]* autofocus").Groups[1].Value);
        Assert.Single(Regex.Matches(page, " autofocus"));
    }
}

using System.Net;
using DailyDigest.Calendar;
using DailyDigest.Content;
using DailyDigest.Digests;
using DailyDigest.Selection;
using DailyDigest.Subscribers;

namespace DailyDigest.Web.Tests;

/// <summary>The languages of stories on the preferences page, and the stories that pages in each language show.</summary>
public sealed class StoryLanguagePageTests
{
    private const string English = "Harbour tunnel opens a year early";
    private const string Arabic = "افتتاح نفق الميناء قبل موعده بعام";

    private static readonly DateOnly Today = new(2026, 3, 2);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_reader_chooses_languages_of_stories_without_script()
    {
        await using var site = await WebFixture.StartAsync();
        var (id, path) = await ReaderAsync(site);
        var page = await site.PageAsync(path);
        Assert.Contains("<legend>Languages of the stories</legend>", page, StringComparison.Ordinal);
        Assert.Equal([true, false], Boxes(page));

        await SaveAsync(HttpStatusCode.OK, ("story-language", "en"), ("story-language", "ar"));
        Assert.Equal(["en", "ar"], await ChosenAsync(site, id));
        Assert.Equal([true, true], Boxes(await site.PageAsync(path + "?lang=ar")));
        await SaveAsync(HttpStatusCode.OK, ("story-language", "ar"));
        Assert.Equal(["ar"], await ChosenAsync(site, id));
        await SaveAsync(HttpStatusCode.OK, ("story-language", "en"));
        Assert.Empty(await ChosenAsync(site, id));

        // A form without boxes, such as one that was open before the upgrade, keeps the choice.
        await SaveAsync(HttpStatusCode.OK, ("story-language", "ar"));
        using var without = await site.PostAsync(path, ("hour", "9"));
        Assert.Equal(["ar"], await ChosenAsync(site, id));

        async Task SaveAsync(HttpStatusCode status, params (string, string)[] fields)
        {
            using var response = await site.PostAsync(path, [("stories", "1"), .. fields]);
            Assert.Equal(status, response.StatusCode);
        }
    }

    [Fact]
    public async Task Boxes_that_are_left_as_they_are_follow_the_language_of_the_mails()
    {
        await using var site = await WebFixture.StartAsync();
        var (id, path) = await ReaderAsync(site);
        using var response = await site.PostAsync(path, ("language", "ar"), ("stories", "1"), ("story-language", "en"));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Empty(await ChosenAsync(site, id));
        Assert.Equal([false, true], Boxes(await site.PageAsync(path)));
    }

    [Fact]
    public async Task No_box_is_refused_with_a_sentence()
    {
        await using var site = await WebFixture.StartAsync();
        var (id, path) = await ReaderAsync(site);
        using var none = await site.PostAsync(path, ("stories", "1"), ("hour", "9"));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, none.StatusCode);
        Assert.Contains(
            "Tick at least one language of the stories.", await none.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
        Assert.Empty(await ChosenAsync(site, id));
        Assert.NotEqual(9, (await site.Get<SubscriberStore>().GetAsync(id, Cancellation))!.Subscriber.Hour);
    }

    [Theory]
    [InlineData("fr")]
    [InlineData("")]
    [InlineData("en\nar")]
    [InlineData("<script>alert(1)</script>")]
    public async Task A_language_that_is_not_offered_is_refused(string value)
    {
        await using var site = await WebFixture.StartAsync();
        var (id, path) = await ReaderAsync(site);
        using var response = await site.PostAsync(path, ("stories", "1"), ("story-language", "ar"), ("story-language", value));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, response.StatusCode);
        Assert.DoesNotContain("<script>alert", await response.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
        Assert.Empty(await ChosenAsync(site, id));
    }

    [Theory]
    [InlineData("en")]
    [InlineData("x")]
    public async Task Ten_thousand_boxes_change_nothing_that_one_would_not(string value)
    {
        await using var site = await WebFixture.StartAsync();
        var (id, path) = await ReaderAsync(site);
        using var response = await site.PostAsync(
            path, [("stories", "1"), .. Enumerable.Repeat(("story-language", value), 10_000)]);
        Assert.InRange((int)response.StatusCode, 200, 499);
        Assert.Empty(await ChosenAsync(site, id));
    }

    [Fact]
    public async Task A_publication_that_mixes_or_has_one_language_shows_no_boxes()
    {
        await using var mixes = await WebFixture.StartAsync(null, ("Selection:MixLanguages", "true"));
        await using var one = await WebFixture.StartAsync(publication => publication.Languages = ["en"]);
        foreach (var site in new[] { mixes, one })
        {
            var (id, path) = await ReaderAsync(site);
            Assert.DoesNotContain("story-language", await site.PageAsync(path), StringComparison.Ordinal);
            using var response = await site.PostAsync(path, ("stories", "1"), ("story-language", "ar"));
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            Assert.Empty(await ChosenAsync(site, id));
        }
    }

    [Fact]
    public async Task Pages_show_the_digest_of_their_language()
    {
        await using var site = await WebFixture.StartAsync();
        await FreezeAsync(site, StoryChoice.All, English, Arabic);
        await FreezeAsync(site, new StoryChoice([], ["en"]), English);
        await FreezeAsync(site, new StoryChoice([], ["ar"]), Arabic);
        foreach (var path in new[] { "/", "/digests", "/digests/2026-03-02", "/digests/feed.atom" })
        {
            await ShowsAsync(site, path + "?lang=en", English, Arabic);
            await ShowsAsync(site, path + "?lang=ar", Arabic, English);
        }
    }

    /// <summary>A digest of an earlier release, or of a date on which too little was in the language.</summary>
    [Fact]
    public async Task Without_a_digest_of_the_language_its_stories_in_the_whole_one_are_shown()
    {
        await using var site = await WebFixture.StartAsync();
        await FreezeAsync(site, StoryChoice.All, English, Arabic);
        await FreezeAsync(site, new StoryChoice([], ["ar"]));
        await ShowsAsync(site, "/digests/2026-03-02?lang=ar", Arabic, English);
        await ShowsAsync(site, "/?lang=en", English, Arabic);
    }

    [Fact]
    public async Task Stories_of_another_language_are_shown_if_there_are_no_others()
    {
        await using var site = await WebFixture.StartAsync();
        await FreezeAsync(site, StoryChoice.All, English);
        Assert.Contains(English, await site.PageAsync("/digests/2026-03-02?lang=ar"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_desk_lists_the_digest_of_each_language()
    {
        await using var site = await WebFixture.StartAsync();
        await FreezeAsync(site, StoryChoice.All, English, Arabic);
        await FreezeAsync(site, new StoryChoice([], ["ar"]), Arabic);
        site.Client.DefaultRequestHeaders.Add("X-Api-Key", WebFixture.Key);
        var whole = await site.PageAsync("/desk/digests/2026-03-02");
        Assert.Contains("&amp;language=ar", whole, StringComparison.Ordinal);
        var own = WebUtility.HtmlDecode(await site.PageAsync("/desk/digests/2026-03-02?language=ar"));
        Assert.Contains(Arabic, own, StringComparison.Ordinal);
        Assert.DoesNotContain(English, own, StringComparison.Ordinal);
        Assert.Matches("For readers who chose .?العربية.?\\.", own);
    }

    private static async Task ShowsAsync(WebFixture site, string path, string story, string other)
    {
        var page = WebUtility.HtmlDecode(await site.PageAsync(path));
        Assert.Contains(story, page, StringComparison.Ordinal);
        Assert.DoesNotContain(other, page, StringComparison.Ordinal);
    }

    private static Task<Digest> FreezeAsync(WebFixture site, StoryChoice choice, params string[] titles) =>
        site.Get<DigestStore>().FreezeAsync(
            new Digest
            {
                Date = Today,
                Cohort = new Cohort("Europe/Paris", 7, Rhythm.Daily).Key,
                Sections = choice.Sections,
                Languages = choice.Languages,
                FrozenAt = site.Time.GetUtcNow(),
                Skipped = titles.Length == 0 ? "0 of at least 3 stories." : null,
                Items = [.. titles.Select((title, index) => new DigestItem(
                    new Story
                    {
                        Id = index.ToString("x32", System.Globalization.CultureInfo.InvariantCulture),
                        Kind = StoryKind.Article,
                        Url = $"https://gazette.example.com/{index}",
                        Title = title,
                        Source = "front-page",
                        Published = site.Time.GetUtcNow(),
                        FirstSeen = site.Time.GetUtcNow(),
                    },
                    "cluster" + index, 1, ["new"], []))],
            },
            Cancellation);

    private static async Task<(string Id, string Path)> ReaderAsync(WebFixture site)
    {
        var person = await site.SubscribedAsync();
        return (person.Id, WebFixture.Path(site.Get<ReaderLinks>().Preferences(person.Id)));
    }

    private static async Task<IReadOnlyList<string>> ChosenAsync(WebFixture site, string id) =>
        (await site.Get<SubscriberStore>().GetAsync(id, Cancellation))!.Subscriber.StoryLanguages;

    private static List<bool> Boxes(string page) =>
        [.. page.Split("name=\"story-language\"")[1..].Select(rest => rest[..rest.IndexOf('>', StringComparison.Ordinal)]
            .Contains(" checked", StringComparison.Ordinal))];
}

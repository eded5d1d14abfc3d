using System.Net;
using System.Text.RegularExpressions;
using DailyDigest.Calendar;
using DailyDigest.Content;
using DailyDigest.Digests;
using DailyDigest.Selection;

namespace DailyDigest.Web.Tests;

/// <summary>A past digest is a page of the site: it belongs to no reader, and other sites can link to it.</summary>
public sealed partial class PastDigestPageTests : IAsyncLifetime
{
    private const string Page = "/digests/2026-03-01";
    private WebFixture site = null!;

    public async ValueTask InitializeAsync()
    {
        site = await WebFixture.StartAsync(publication =>
            (publication.BaseUrl, publication.Color) = ("https://news.example.com/digest", "#0b5d3b"));
        await site.DigestAsync(new DateOnly(2026, 3, 1));
    }

    public async ValueTask DisposeAsync() => await site.DisposeAsync();

    [Theory]
    [InlineData("en", "ltr")]
    [InlineData("ar", "rtl")]
    public async Task A_past_digest_is_a_page_of_the_site_and_not_the_mail(string language, string direction)
    {
        var page = WebUtility.HtmlDecode(await site.PageAsync($"{Page}?lang={language}"));
        Assert.Contains($"<html lang=\"{language}\" dir=\"{direction}\">", page, StringComparison.Ordinal);
        Assert.Contains("rel=\"stylesheet\"", page, StringComparison.Ordinal);
        Assert.Contains("<a href=\"https://gazette.example.com/0?a=1&b=2\">Tide gauges tell", page, StringComparison.Ordinal);
        foreach (var part in new[] { "As sent", "{{dd:", "You receive this", "/unsubscribe", "/preferences" })
        {
            Assert.DoesNotContain(part, page, StringComparison.Ordinal);
        }

        // The page does not link to itself, except in its head and as another language.
        var body = page[page.IndexOf("<main", StringComparison.Ordinal)..];
        Assert.DoesNotContain("/digests/2026-03-01", body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("en", "https://news.example.com/digest/digests/2026-03-01")]
    [InlineData("ar", "https://news.example.com/digest/digests/2026-03-01?lang=ar")]
    public async Task A_past_digest_has_one_address_and_a_card_for_other_sites(string language, string address)
    {
        var page = WebUtility.HtmlDecode(await site.PageAsync($"{Page}?lang={language}&utm_source=x"));
        var head = page[..page.IndexOf("<body", StringComparison.Ordinal)];
        Assert.Contains($"<link rel=\"canonical\" href=\"{address}\" />", head, StringComparison.Ordinal);
        Assert.Contains(
            "<link rel=\"alternate\" hreflang=\"ar\" href=\"https://news.example.com/digest/digests/2026-03-01?lang=ar\" />", head,
            StringComparison.Ordinal);
        Assert.Equal(address, Meta(head, "og:url"));
        Assert.Equal("Tide gauges tell of the highest spring flood in forty years", Meta(head, "og:title"));
        Assert.Contains("The last sail loft", Meta(head, "og:description"), StringComparison.Ordinal);
        Assert.Equal(("article", "The Harbour Gazette"), (Meta(head, "og:type"), Meta(head, "og:site_name")));
        Assert.DoesNotContain("og:image", head, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_past_digest_links_to_the_dates_before_and_after_it()
    {
        await site.DigestAsync(new DateOnly(2026, 2, 25));
        await site.DigestAsync(new DateOnly(2026, 3, 2));
        await site.DigestAsync(new DateOnly(2026, 3, 3));
        Assert.Equal(("/digest/digests/2026-02-25", "/digest/digests/2026-03-02"), Neighbours(await site.PageAsync(Page)));

        // Tomorrow's digest is not public yet.
        Assert.Equal(("/digest/digests/2026-03-01", ""), Neighbours(await site.PageAsync("/digests/2026-03-02")));
        Assert.Equal(("", "/digest/digests/2026-03-01?lang=ar"), Neighbours(await site.PageAsync("/digests/2026-02-25?lang=ar")));

        static (string Earlier, string Later) Neighbours(string page) => (
            Earlier().Match(page).Groups[1].Value, Later().Match(page).Groups[1].Value);
    }

    [Fact]
    public async Task The_sign_up_box_leads_to_our_form_with_the_address()
    {
        using var answer = await site.Client.GetAsync(Page, TestContext.Current.CancellationToken);
        Assert.Contains("form-action 'self'", answer.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        var page = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.Contains("<form class=\"card\" method=\"post\" action=\"/digest/subscribe\"", page, StringComparison.Ordinal);
        using var form = await site.PostAsync("/subscribe", ("email", "reader@example.com"), ("lang", "en"));
        Assert.Contains("value=\"reader@example.com\"", await form.Content.ReadAsStringAsync(TestContext.Current.CancellationToken),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Hostile_stories_are_text_and_only_secure_pictures_are_shown()
    {
        await site.Get<DigestStore>().FreezeAsync(
            new Digest
            {
                Date = new DateOnly(2026, 2, 20),
                Cohort = new Cohort("Europe/Paris", 7, Rhythm.Daily).Key,
                FrozenAt = site.Time.GetUtcNow(),
                Items =
                [
                    Item("\"><script>alert(1)</script>", "http://plain.example.com/p.jpg"),
                    Item("\u202eturned", "https://pictures.example.com/\"onerror=alert(1)"),
                ],
            },
            CancellationToken.None);
        using var answer = await site.Client.GetAsync("/digests/2026-02-20", TestContext.Current.CancellationToken);
        var page = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.DoesNotContain("<script", page, StringComparison.Ordinal);
        Assert.DoesNotContain("plain.example.com", page, StringComparison.Ordinal);
        Assert.Contains("src=\"https://pictures.example.com/&quot;onerror=alert(1)\"", page, StringComparison.Ordinal);
        var policy = answer.Headers.GetValues("Content-Security-Policy").Single();
        Assert.Contains("default-src 'none'", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("script-src", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("http:", policy, StringComparison.Ordinal);
    }

    private DigestItem Item(string text, string picture) => new(
        new Story
        {
            Id = new string('a', 32),
            Kind = StoryKind.Article,
            Url = "https://example.com/?a=1&b=\"<>",
            Title = text,
            Summary = text,
            Byline = text,
            Section = text,
            Language = text,
            Source = "x",
            Image = new StoryImage(picture, text, text, text, 600, 400),
            Published = site.Time.GetUtcNow(),
            FirstSeen = site.Time.GetUtcNow(),
        },
        "c", 1, [], []);

    private static string Meta(string head, string name) =>
        Regex.Match(head, $"<meta property=\"{name}\" content=\"([^\"]*)\"").Groups[1].Value;

    [GeneratedRegex("<a class=\"more\" rel=\"prev\" href=\"([^\"]*)\"")]
    private static partial Regex Earlier();

    [GeneratedRegex("<a class=\"more\" rel=\"next\" href=\"([^\"]*)\"")]
    private static partial Regex Later();
}

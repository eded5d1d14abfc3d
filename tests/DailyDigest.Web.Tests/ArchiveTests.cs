using System.Net;
using System.Net.Http.Headers;
using System.Xml.Linq;
using DailyDigest.Calendar;
using DailyDigest.Content;
using DailyDigest.Digests;
using DailyDigest.Selection;
using DailyDigest.Settings;

namespace DailyDigest.Web.Tests;

public sealed class ArchiveTests : IAsyncLifetime
{
    private static readonly XNamespace Atom = "http://www.w3.org/2005/Atom";
    private WebFixture site = null!;

    public async ValueTask InitializeAsync() => site = await WebFixture.StartAsync();

    public async ValueTask DisposeAsync() => await site.DisposeAsync();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_list_links_each_digest_in_each_language_and_the_feed()
    {
        await site.DigestAsync(new DateOnly(2026, 3, 1));
        var page = await site.PageAsync("/digests?lang=ar");
        Assert.Contains("href=\"/digests/2026-03-01?lang=ar\"", page, StringComparison.Ordinal);
        Assert.Contains("href=\"/digests/2026-03-01?lang=en\"", page, StringComparison.Ordinal);
        Assert.Contains("<link rel=\"alternate\" type=\"application/atom+xml\"", WebUtility.HtmlDecode(page), StringComparison.Ordinal);
        Assert.DoesNotContain("page=2", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Older_digests_are_on_further_pages_and_an_empty_page_is_404()
    {
        await site.DigestAsync(new DateOnly(2026, 3, 1));
        await site.DigestAsync(new DateOnly(2026, 1, 20));
        Assert.Contains("href=\"/digests?page=2\"", await site.PageAsync("/digests"), StringComparison.Ordinal);
        var second = await site.PageAsync("/digests?page=2");
        Assert.Contains("/digests/2026-01-20", second, StringComparison.Ordinal);
        Assert.Contains("rel=\"prev\" href=\"/digests\"", second, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync("/digests?page=3"));
    }

    [Fact]
    public async Task Months_without_digests_do_not_hide_earlier_ones()
    {
        await site.DigestAsync(new DateOnly(2025, 3, 20));
        Assert.Contains("rel=\"next\" href=\"/digests?page=12\"", await site.PageAsync("/digests"), StringComparison.Ordinal);
        var old = await site.PageAsync("/digests?page=12");
        Assert.Contains("/digests/2025-03-20", old, StringComparison.Ordinal);
        Assert.Contains("rel=\"prev\" href=\"/digests\"", old, StringComparison.Ordinal);
    }

    /// <summary>The link of a mail leads to the page of its date, in zones to the east also before the publication has that date.</summary>
    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public async Task A_mail_that_is_earlier_than_the_home_cohorts_has_a_page(int day)
    {
        var date = new DateOnly(2026, 3, day);
        var path = $"/digests/2026-03-0{day}";
        await site.DigestAsync(date, "Read in Auckland", new Cohort("Pacific/Auckland", 7, Rhythm.Daily));
        site.Time.Advance(TimeSpan.FromMinutes(1));
        await site.DigestAsync(date, "Read in Tokyo", new Cohort("Asia/Tokyo", 7, Rhythm.Daily));
        Assert.Contains("Read in Auckland", await site.PageAsync(path), StringComparison.Ordinal);
        Assert.Contains("Read in Auckland", await site.PageAsync(path + "?lang=ar"), StringComparison.Ordinal);

        // The list, the feed and the front page wait for the home cohort.
        foreach (var other in new[] { "/digests", "/digests/feed.atom", "/" })
        {
            Assert.DoesNotContain("Read in", await site.PageAsync(other), StringComparison.Ordinal);
        }

        await site.DigestAsync(date, "Read in Paris");
        site.Time.Advance(TimeSpan.FromMinutes(6));
        Assert.Contains(day == 2 ? "Read in Paris" : "Read in Auckland", await site.PageAsync(path), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_cohorts_digest_is_not_shown_for_a_date_long_ago()
    {
        await site.DigestAsync(new DateOnly(2026, 2, 20), "Read in Tokyo", new Cohort("Asia/Tokyo", 7, Rhythm.Daily));
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync("/digests/2026-02-20"));
    }

    [Theory]
    [InlineData("/digests?page=0")]
    [InlineData("/digests?page=-1")]
    [InlineData("/digests?page=401")]
    [InlineData("/digests?page=2147483647")]
    [InlineData("/digests?page=99999999999999999999999999")]
    [InlineData("/digests?page=1&page=2")]
    [InlineData("/digests?page=%D9%A1")]
    [InlineData("/digests?page=")]
    [InlineData("/digests/2026-3-1")]
    [InlineData("/digests/20260301")]
    [InlineData("/digests/2026-02-30")]
    [InlineData("/digests/2026-03-03")]
    [InlineData("/digests/9999-12-31")]
    [InlineData("/digests/0001-01-01")]
    [InlineData("/digests/0000-00-00")]
    [InlineData("/digests/10000-01-01")]
    [InlineData("/digests/%D9%A2%D9%A0%D9%A2%D9%A6-%D9%A0%D9%A3-%D9%A0%D9%A1")]
    [InlineData("/digests/2026-03-01%2F..")]
    [InlineData("/digests/feed")]
    [InlineData("/digests/%2E%2E%2Fdesk")]
    public async Task An_invalid_date_or_page_number_is_not_found(string path)
    {
        await site.DigestAsync(new DateOnly(2026, 3, 1));
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(path));
    }

    [Theory]
    [InlineData("/digests")]
    [InlineData("/digests/2026-03-01")]
    [InlineData("/digests/feed.atom")]
    public async Task A_current_copy_is_answered_with_304(string path)
    {
        await site.DigestAsync(new DateOnly(2026, 3, 1));
        using var first = await SendAsync(HttpMethod.Get, path);
        Assert.Equal(HttpStatusCode.OK, first.StatusCode);
        var (tag, changed) = (first.Headers.ETag!, first.Content.Headers.LastModified!.Value);
        Assert.True(first.Headers.CacheControl!.Public);

        using var known = await SendAsync(HttpMethod.Get, path, headers => headers.IfNoneMatch.Add(tag));
        Assert.Equal(HttpStatusCode.NotModified, known.StatusCode);
        Assert.Equal(tag, known.Headers.ETag);
        Assert.Empty(await known.Content.ReadAsByteArrayAsync(Cancellation));

        using var weak = await SendAsync(
            HttpMethod.Head, path, headers => headers.TryAddWithoutValidation("If-None-Match", "\"other\", W/" + tag));
        Assert.Equal(HttpStatusCode.NotModified, weak.StatusCode);
        using var any = await SendAsync(HttpMethod.Get, path, headers => headers.TryAddWithoutValidation("If-None-Match", "*"));
        Assert.Equal(HttpStatusCode.NotModified, any.StatusCode);
        using var since = await SendAsync(HttpMethod.Get, path, headers => headers.IfModifiedSince = changed);
        Assert.Equal(HttpStatusCode.NotModified, since.StatusCode);

        // A tag precedes a date. An earlier date does not match.
        using var both = await SendAsync(HttpMethod.Get, path, headers =>
        {
            headers.IfNoneMatch.Add(new EntityTagHeaderValue("\"another\""));
            headers.IfModifiedSince = changed;
        });
        Assert.Equal(HttpStatusCode.OK, both.StatusCode);
        using var before = await SendAsync(HttpMethod.Get, path, headers => headers.IfModifiedSince = changed.AddSeconds(-1));
        Assert.Equal(HttpStatusCode.OK, before.StatusCode);
        using var nonsense = await SendAsync(HttpMethod.Get, path, headers =>
        {
            headers.TryAddWithoutValidation("If-None-Match", "\"\"\",,W/W/");
            headers.TryAddWithoutValidation("If-Modified-Since", "yesterday");
        });
        Assert.Equal(HttpStatusCode.OK, nonsense.StatusCode);
    }

    [Theory]
    [InlineData("/digests")]
    [InlineData("/digests/2026-03-01")]
    [InlineData("/digests/feed.atom")]
    public async Task A_cached_page_is_shown_without_reading_the_store(string path)
    {
        await site.DigestAsync(new DateOnly(2026, 3, 1));
        var first = await site.PageAsync(path);
        var calls = site.Plan.Trace.Count;
        for (var again = 0; again < 20; again++)
        {
            Assert.Equal(first, await site.PageAsync(path));
        }

        Assert.Equal(calls, site.Plan.Trace.Count);
    }

    [Fact]
    public async Task A_new_digest_is_in_list_and_feed_a_minute_later()
    {
        await site.PageAsync("/digests");
        await site.PageAsync("/digests/feed.atom");
        await site.DigestAsync(new DateOnly(2026, 3, 2));
        site.Time.Advance(TimeSpan.FromSeconds(61));
        Assert.Contains("/digests/2026-03-02", await site.PageAsync("/digests"), StringComparison.Ordinal);
        Assert.Contains("/digests/2026-03-02", await site.PageAsync("/digests/feed.atom"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_feed_is_Atom_with_stable_ids_and_links()
    {
        await site.DigestAsync(new DateOnly(2026, 3, 1));
        await site.DigestAsync(new DateOnly(2026, 2, 27));
        var text = await site.PageAsync("/digests/feed.atom?lang=ar");
        var feed = XDocument.Parse(text).Root!;
        Assert.Equal(Atom + "feed", feed.Name);
        Assert.Equal("ar", feed.Attribute(XNamespace.Xml + "lang")!.Value);
        Assert.Equal("tag:localhost,2026:digests:ar", feed.Element(Atom + "id")!.Value);
        Assert.Equal("2026-03-02T10:00:00Z", feed.Element(Atom + "updated")!.Value);
        Assert.Equal("The Harbour Gazette", feed.Element(Atom + "author")!.Element(Atom + "name")!.Value);
        Assert.Equal("http://localhost/digests/feed.atom?lang=ar", LinkOf(feed, "self"));
        Assert.Equal("http://localhost/digests?lang=ar", LinkOf(feed, "alternate"));
        var entries = feed.Elements(Atom + "entry").ToList();
        Assert.Equal(["tag:localhost,2026-03-01:digest:ar", "tag:localhost,2026-02-27:digest:ar"], entries.Select(
            entry => entry.Element(Atom + "id")!.Value));
        Assert.All(entries, entry => Assert.Equal("2026-03-02T10:00:00Z", entry.Element(Atom + "updated")!.Value));
        Assert.Equal("http://localhost/digests/2026-03-01?lang=ar", LinkOf(entries[0], "alternate"));
        Assert.Equal(text, await site.PageAsync("/digests/feed.atom?lang=ar"));

        // An unknown language, several or none give the publication's first, whatever Accept-Language prefers.
        foreach (var path in new[] { "/digests/feed.atom", "/digests/feed.atom?lang=xx", "/digests/feed.atom?lang=ar&lang=en" })
        {
            Assert.Equal("en", XDocument.Parse(await site.PageAsync(path, language: "ar")).Root!.Attribute(XNamespace.Xml + "lang")!.Value);
        }
    }

    [Fact]
    public async Task Hostile_titles_are_text_in_the_feed()
    {
        string[] titles =
        [
            "</title><script>alert(1)</script>", "]]>&bogus;<![CDATA[", "nul \0 bell \a escape \u001b", "half \ud83d a pair",
            "\udc00 the other half",
            "whole \ud83d\ude80", "not a character \ufffe\uffff", "turned \u202e round", "<?xml version='9'?>", "&amp; &lt;",
        ];
        await site.Get<DigestStore>().FreezeAsync(
            new Digest
            {
                Date = new DateOnly(2026, 3, 1),
                Cohort = new Cohort("Europe/Paris", 7, Rhythm.Daily).Key,
                FrozenAt = site.Time.GetUtcNow(),
                Items = [.. titles.Select((title, index) => new DigestItem(
                    new Story
                    {
                        Id = new string('a', 32), Kind = StoryKind.Article, Url = "https://example.com/?a=1&b=\"<>", Title = title,
                            Source = "x",
                        Published = site.Time.GetUtcNow(), FirstSeen = site.Time.GetUtcNow(),
                    },
                    "c" + index, 1, [], []))],
            },
            CancellationToken.None);
        var feed = XDocument.Parse(await site.PageAsync("/digests/feed.atom"));
        var shown = feed.Descendants("{http://www.w3.org/1999/xhtml}a").Select(link => link.Value).ToList();
        Assert.Equal(titles.Length, shown.Count);
        Assert.Equal(titles[0], shown[0]);
        Assert.Equal(titles[1], shown[1]);
        Assert.Contains("bell \ufffd", shown[2], StringComparison.Ordinal);
        Assert.Contains("whole \ud83d\ude80", shown[5], StringComparison.Ordinal);
        Assert.Equal(titles[9], shown[9]);
        Assert.Equal(titles[0], feed.Descendants(Atom + "entry").Single().Element(Atom + "title")!.Value);
        Assert.Contains("&lt;/title&gt;&lt;script", await site.PageAsync("/digests"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_cache_keeps_no_more_than_its_maximum()
    {
        await site.DigestAsync(new DateOnly(2026, 3, 1));
        using var cache = new PageCache<int, string>(3, site.Time, maxBuilds: 1);
        for (var number = 0; number < 10; number++)
        {
            site.Time.Advance(TimeSpan.FromSeconds(1));
            await cache.GetAsync(number, TimeSpan.FromMinutes(1), _ => Task.FromResult<string?>("x"), Cancellation);
        }

        Assert.Equal(3, cache.Count);
        Assert.True(cache.TryGet(9, TimeSpan.FromMinutes(1), out _));
        Assert.False(cache.TryGet(6, TimeSpan.FromMinutes(1), out _));
        Assert.Null(await cache.GetAsync(11, TimeSpan.FromMinutes(1), _ => Task.FromResult<string?>(null), Cancellation));
        Assert.Equal(3, cache.Count);
    }

    private static string LinkOf(XElement element, string relation) =>
        element.Elements(Atom + "link").Single(link => link.Attribute("rel")!.Value == relation).Attribute("href")!.Value;

    private async Task<HttpStatusCode> StatusAsync(string path)
    {
        using var answer = await SendAsync(HttpMethod.Get, path);
        return answer.StatusCode;
    }

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, Action<HttpRequestHeaders>? change = null)
    {
        using var request = new HttpRequestMessage(method, path);
        change?.Invoke(request.Headers);
        return await site.Client.SendAsync(request, Cancellation);
    }
}

using DailyDigest.Content;

namespace DailyDigest.Tests.Content;

public sealed class CanonicalUrlTests
{
    [Theory]
    [InlineData("https://example.com", "https://example.com/")]
    [InlineData("  HTTPS://Example.COM:443/News/A  ", "https://example.com/News/A")]
    [InlineData("http://example.com:80/a", "http://example.com/a")]
    [InlineData("http://example.com:8080/a", "http://example.com:8080/a")]
    [InlineData("https://example.com./a", "https://example.com/a")]
    [InlineData("https://example.com/a#top", "https://example.com/a")]
    [InlineData("https://example.com/a/../b/./c", "https://example.com/b/c")]
    [InlineData("https://example.com/../../etc/passwd", "https://example.com/etc/passwd")]
    [InlineData("https://example.com/a%2f..%2fb", "https://example.com/a%2F..%2Fb")]
    [InlineData("https://example.com/%7Euser/%61%c3%a9", "https://example.com/~user/a%C3%A9")]
    [InlineData("https://example.com/é", "https://example.com/%C3%A9")]
    [InlineData("https://example.com/50%", "https://example.com/50%25")]
    [InlineData("https://example.com/a b", "https://example.com/a%20b")]
    [InlineData("https://bücher.example/x", "https://xn--bcher-kva.example/x")]
    [InlineData("https://مثال.example/خبر", "https://xn--mgbh0fb.example/%D8%AE%D8%A8%D8%B1")]
    [InlineData("https://example.com/a?utm_source=x&id=7&utm_Medium=y", "https://example.com/a?id=7")]
    [InlineData("https://example.com/a?fbclid=1&gclid=2&mc_cid=3&mc_eid=4", "https://example.com/a")]
    [InlineData("https://example.com/a?%75tm_source=x", "https://example.com/a")]
    [InlineData("https://example.com/a?b=2&a=1&&", "https://example.com/a?b=2&a=1")]
    [InlineData("https://example.com/a?", "https://example.com/a")]
    [InlineData("http://[2001:DB8::1]/a", "http://[2001:db8::1]/a")]
    [InlineData("https://example.com/a?q=<script>\"", "https://example.com/a?q=%3Cscript%3E%22")]
    public void Ways_to_write_a_page_become_one(string written, string canonical)
    {
        Assert.True(CanonicalUrl.TryParse(written, out var result));
        Assert.Equal(canonical, result);
        Assert.True(CanonicalUrl.TryParse(result, out var again));
        Assert.Equal(result, again);
    }

    [Theory]
    [InlineData("https://example.com/a#top", "https://example.com/a", "https://example.com/a#top")]
    [InlineData("https://example.com/a?utm_source=x#top", "https://example.com/a", "https://example.com/a#top")]
    [InlineData("https://example.com/a#utm_source=x", "https://example.com/a", "https://example.com/a")]
    [InlineData("https://example.com/a#?utm_source=x&b", "https://example.com/a", "https://example.com/a")]
    [InlineData("https://example.com/a#xtor=RSS-3", "https://example.com/a", "https://example.com/a")]
    [InlineData("https://example.com/a#ref", "https://example.com/a", "https://example.com/a#ref")]
    [InlineData("https://example.com/a#:~:text=word", "https://example.com/a", "https://example.com/a")]
    [InlineData("https://example.com/a#", "https://example.com/a", "https://example.com/a")]
    [InlineData("https://example.com/#/news/7", "https://example.com/#/news/7", "https://example.com/#/news/7")]
    [InlineData("https://example.com/#!news", "https://example.com/#!news", "https://example.com/#!news")]
    public void A_fragment_goes_out_and_is_an_address_only_as_a_route(string written, string canonical, string link)
    {
        Assert.True(CanonicalUrl.TryStory(written, out var page, out var url));
        Assert.Equal((canonical, link), (page, url));
        Assert.True(CanonicalUrl.TryStory(url, out page, out var again));
        Assert.Equal((canonical, link), (page, again));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("   ")]
    [InlineData("/a/b")]
    [InlineData("//example.com/a")]
    [InlineData("example.com/a")]
    [InlineData("javascript:alert(1)")]
    [InlineData("data:text/html,x")]
    [InlineData("ftp://example.com/a")]
    [InlineData("file:///etc/passwd")]
    [InlineData("mailto:a@example.com")]
    [InlineData("https://user:secret@example.com/")]
    [InlineData("https://user@example.com/")]
    [InlineData("https://example.com\\@evil.example/a")]
    [InlineData("https://")]
    [InlineData("https:///a")]
    [InlineData("https://exa mple.com/")]
    [InlineData("https://har…our.example/")]
    [InlineData("https://o\u00A0ðd.example/a")]
    [InlineData("https://example.com:0/")]
    [InlineData("https://example.com:99999/")]
    [InlineData("https://example.com/a\r\nBcc: x@example.com")]
    [InlineData("https://example.com/\0")]
    [InlineData("https://[fe80::1%25eth0]/")]
    public void A_url_that_is_not_a_web_page_is_refused(string? written)
    {
        Assert.False(CanonicalUrl.TryParse(written, out var canonical));
        Assert.Equal("", canonical);
        Assert.False(CanonicalUrl.TryLink(written, out _));
    }

    [Fact]
    public void An_unpaired_surrogate_is_refused() => Assert.False(CanonicalUrl.TryParse("https://example.com/\ud800", out _));

    [Fact]
    public void A_url_has_at_most_2000_characters_once_it_is_escaped()
    {
        const string Site = "https://example.com/";
        Assert.True(CanonicalUrl.TryParse(Site + new string('a', 2000 - Site.Length), out _));
        Assert.False(CanonicalUrl.TryParse(Site + new string('a', 2001 - Site.Length), out _));
        Assert.False(CanonicalUrl.TryParse(Site + new string('é', 700), out _));
        Assert.False(CanonicalUrl.TryParse(Site + new string('a', 1_000_000), out _));
    }

    [Fact]
    public void A_link_that_is_no_identity_keeps_its_parameters()
    {
        Assert.True(CanonicalUrl.TryLink("https://img.example.com/a.jpg?utm_source=x&sig=%2f#f", out var link));
        Assert.Equal("https://img.example.com/a.jpg?utm_source=x&sig=%2f#f", link);
    }

    [Fact]
    public void An_id_is_32_hex_digits_and_the_same_for_the_same_page()
    {
        var id = StoryId.From("https://example.com/a");
        Assert.True(StoryId.Is(id));
        Assert.Equal(id, StoryId.From("https://example.com/a"));
        Assert.NotEqual(id, StoryId.From("https://example.com/b"));
        Assert.False(StoryId.Is(id.ToUpperInvariant()));
        Assert.False(StoryId.Is(null));
        Assert.False(StoryId.Is(id[..31] + "/"));
    }
}

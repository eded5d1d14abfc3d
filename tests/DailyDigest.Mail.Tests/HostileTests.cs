using System.Text;
using System.Text.RegularExpressions;
using DailyDigest.Content;
using DailyDigest.Digests;
using DailyDigest.Mail.Pickup;
using MimeKit;

namespace DailyDigest.Mail.Tests;

/// <summary>Hostile content of feeds.</summary>
public sealed partial class HostileTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public static TheoryData<string> Nasty => new(
        "<script>alert(1)</script>",
        "\"><img src=x onerror=alert(1)>",
        "</title><svg onload=alert(1)>",
        "' style='background:url(//evil.example)",
        "@Model.Name @{ throw new Exception(); } {{dd:unsubscribe}}",
        "{{{{dd:unsubscribe}}}}",
        "one\r\nBcc: victim@example.org\r\n\r\ntwo",
        "\u202Egnp.exe\u2067\u2066\u2069\u202A\u0000\u0007\uFEFF",
        "=3D=0D=0A=\r\n.\r\n--boundary--",
        "👩‍👩‍👧‍👦 🏴󠁧󠁢󠁳󠁣󠁴󠁿 ümlaut");

    [Theory]
    [MemberData(nameof(Nasty))]
    public async Task Hostile_content_of_stories_stays_text_everywhere(string nasty)
    {
        var story = SampleMails.Item("Title " + nasty, StoryKind.Article, nasty, nasty, nasty, "https://example.com/?q=" + nasty,
            new StoryImage("https://example.com/i.png?" + nasty, nasty, nasty, nasty, null, null), alsoIn: [nasty]);
        var post = story with { Story = story.Story with { Kind = StoryKind.BlogPost } };

        var variant = (await SampleMails.Renderer().RenderAsync(SampleMails.Of(story, story, post), "en", [], Stop))!;

        var tags = Tags().Matches(variant.Html).Select(tag => tag.Groups[1].Value.ToLowerInvariant()).Distinct();
        Assert.Subset(new HashSet<string> { "html", "head", "meta", "title", "style", "body", "div", "table", "tr", "td", "h1", "h2",
            "h3", "p", "a", "img", "span" }, tags.ToHashSet());
        Assert.DoesNotMatch(@"<[^>]*\son\w+\s*=", Values().Replace(variant.Html, "\"\""));
        foreach (var slot in Slots.All)
        {
            Assert.Equal(2, Encoding.ASCII.GetString(variant.Body).Split(slot).Length - 1);
        }

        // A balanced isolate stays; what has no partner, or overrides, does not.
        Assert.DoesNotMatch(@"[\u0000-\u0008\u202A-\u202E\u2067\uFEFF]", variant.Html + variant.Text + variant.Subject);
        Assert.DoesNotContain('\n', variant.Subject);
        Assert.InRange(variant.Subject.Length, 5, 78);
    }

    [Theory]
    [InlineData("javascript:alert(1)")]
    [InlineData("data:text/html,<script>alert(1)</script>")]
    [InlineData("//evil.example/x")]
    [InlineData("https://user:pass@evil.example/")]
    [InlineData("not a link")]
    [InlineData("file:///etc/passwd")]
    public async Task A_link_that_is_not_plain_http_is_left_out_and_the_story_stays(string url)
    {
        var item = SampleMails.Item("Headline", url: url, image: new StoryImage(url, "", null, null, null, null));

        var variant = (await SampleMails.Renderer().RenderAsync(SampleMails.Of(item), "en", [], Stop))!;

        Assert.Contains(">Headline</h2>", variant.Html, StringComparison.Ordinal);
        Assert.DoesNotContain("<img", variant.Html, StringComparison.Ordinal);
        Assert.DoesNotContain(url, variant.Html + variant.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://photos.example/a.jpg", false)]
    [InlineData("HTTP://photos.example/a.jpg", false)]
    [InlineData("https://photos.example/a.jpg", true)]
    [InlineData("https://digest.example.com/pictures/2026-11-22/0123456789abcdef0123456789abcdef.jpg", true)]
    public async Task A_picture_is_linked_over_https_only(string url, bool linked)
    {
        var item = SampleMails.Item("Headline", image: new StoryImage(url, "", null, null, null, null));

        var variant = (await SampleMails.Renderer().RenderAsync(SampleMails.Of(item), "en", [], Stop))!;

        Assert.Equal(linked, variant.Html.Contains("<img", StringComparison.Ordinal));
        Assert.Equal(linked, variant.Html.Contains(url, StringComparison.Ordinal));
        Assert.Contains(">Headline</a></h2>", variant.Html, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://localhost:5000/pictures/a.jpg", true)]
    [InlineData("http://localhost:5000.evil.example/a.jpg", false)]
    [InlineData("http://localhost:50001/a.jpg", false)]
    public async Task A_picture_of_our_own_origin_is_linked_also_in_development(string url, bool linked)
    {
        var publication = SampleMails.Publication();
        (publication.BaseUrl, publication.LogoUrl) = ("http://localhost:5000", "http://logos.example/logo.png");
        var item = SampleMails.Item("Headline", image: new StoryImage(url, "", null, null, null, null));

        var variant = (await SampleMails.Renderer(publication).RenderAsync(SampleMails.Of(item), "en", [], Stop))!;

        Assert.Equal(linked, variant.Html.Contains("<img", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_quote_in_a_link_does_not_end_its_attribute()
    {
        var item = SampleMails.Item("Headline", url: "https://example.com/a\"onmouseover='x' b={{dd:preferences}}");

        var variant = (await SampleMails.Renderer().RenderAsync(SampleMails.Of(item), "en", [], Stop))!;

        Assert.Contains(
            "href=\"https://example.com/a%22onmouseover=%27x%27%20b=%7B%7Bdd:preferences%7D%7D\"", variant.Html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_huge_title_is_cut_between_visible_characters()
    {
        var item = SampleMails.Item(string.Concat(Enumerable.Repeat("👩‍👩‍👧‍👦", 2000)), summary: new string('x', 100_000));

        var variant = (await SampleMails.Renderer().RenderAsync(SampleMails.Of(item), "en", [], Stop))!;

        Assert.EndsWith("👦…", variant.Subject, StringComparison.Ordinal);
        Assert.InRange(variant.Body.Length, 1000, 30_000);
    }

    [Fact]
    public async Task A_link_with_an_ampersand_is_encoded_for_each_part_and_no_line_is_too_long()
    {
        var folder = Directory.CreateTempSubdirectory("dd-slots-").FullName;
        var url = "https://digest.example.com/u?a=1&copy=\"<x>&t=" + new string('z', 300);
        var variant = (await SampleMails.Renderer().RenderAsync(SampleMails.Digest(), "en", [], Stop))!;
        await using (var session = new PickupTransport(SampleMails.Options(folder), SampleMails.Publication()).OpenSession())
        {
            await session.SendAsync(SampleMails.Mail(variant) with { UnsubscribeUrl = url }, Stop);
        }

        var file = Directory.GetFiles(folder).Single();
        using var message = await MimeMessage.LoadAsync(file, Stop);
        var body = (await File.ReadAllTextAsync(file, Stop)).Split("\r\n\r\n", 2)[1];
        Directory.Delete(folder, recursive: true);

        Assert.Contains("\n" + url + "\n", message.TextBody!.ReplaceLineEndings("\n"), StringComparison.Ordinal);
        Assert.Contains("href=\"" + System.Net.WebUtility.HtmlEncode(url) + "\"", message.HtmlBody!, StringComparison.Ordinal);
        Assert.DoesNotContain(body.Split("\r\n"), line => line.Length > 76);
    }

    [Theory]
    [InlineData("en")]
    [InlineData("ar")]
    public async Task The_plain_text_has_the_links_of_the_html(string language)
    {
        var variant = (await SampleMails.Renderer().RenderAsync(SampleMails.Digest(language), language, [], Stop))!;

        var inPage = Links().Matches(variant.Html).Select(link => System.Net.WebUtility.HtmlDecode(link.Groups[1].Value))
            .Where(link => link != "https://www.example.com/").ToHashSet();
        var inText = variant.Text.Split('\n').Where(
            line => line.StartsWith("http", StringComparison.Ordinal) || line.StartsWith("{{", StringComparison.Ordinal)).ToHashSet();

        Assert.Equal(inPage.Order(), inText.Order());
        Assert.DoesNotContain(variant.Text.Split('\n'), line => line.Length > 76 && line.Contains(' '));
    }

    [GeneratedRegex("<([a-zA-Z][a-zA-Z0-9]*)")]
    private static partial Regex Tags();

    [GeneratedRegex("\"[^\"]*\"")]
    private static partial Regex Values();

    [GeneratedRegex("href=\"([^\"]*)\"")]
    private static partial Regex Links();
}

using System.Net;
using System.Text;
using DailyDigest.Calendar;
using DailyDigest.Content;
using DailyDigest.Digests;
using DailyDigest.Edits;
using DailyDigest.Mail.Rendering;
using DailyDigest.Settings;
using DailyDigest.Subscribers;
using MimeKit;

namespace DailyDigest.Mail.Tests;

public sealed class RenderingTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("en")]
    [InlineData("ar")]
    public async Task The_same_digest_gives_the_same_bytes(string language)
    {
        var first = await SampleMails.Renderer().RenderAsync(SampleMails.Digest(language), language, [], Stop);
        var second = await SampleMails.Renderer().RenderAsync(SampleMails.Digest(language), language, [], Stop);

        Assert.Equal(first!.Body, second!.Body);
        Assert.Equal(first.Html, second.Html);
    }

    [Fact]
    public async Task The_encoded_body_reads_back_as_the_text_and_the_page()
    {
        var variant = (await SampleMails.Renderer().RenderAsync(SampleMails.Digest("ar"), "ar", [], Stop))!;

        using var entity = MimeEntity.Load(new MemoryStream(variant.Body), Stop);

        var parts = Assert.IsType<MultipartAlternative>(entity);
        // The line break before a boundary is part of the boundary (RFC 2046 5.1.1).
        Assert.Equal(variant.Text, ((TextPart)parts[0]).Text.ReplaceLineEndings("\n") + "\n");
        Assert.Equal(variant.Html, ((TextPart)parts[1]).Text.ReplaceLineEndings("\n") + "\n");
    }

    [Fact]
    public async Task Slots_survive_encoding_each_on_a_line_of_its_own_and_no_line_is_too_long()
    {
        var variant = (await SampleMails.Renderer().RenderAsync(SampleMails.Digest(), "en", [], Stop))!;

        var lines = Encoding.ASCII.GetString(variant.Body).Split("\r\n");
        foreach (var slot in Slots.All)
        {
            Assert.Contains($"\"{slot}\"", variant.Html, StringComparison.Ordinal);
            Assert.Equal(2, lines.Count(line => line == slot + "="));
            Assert.Equal(2, lines.Count(line => line.Contains(slot, StringComparison.Ordinal)));
        }

        Assert.DoesNotContain(lines, line => line.Length > 76 && !line.StartsWith("Content-Type:", StringComparison.Ordinal));
        Assert.DoesNotContain(variant.Body, b => b > 126);
    }

    [Theory]
    [InlineData("en")]
    [InlineData("ar")]
    public async Task Subject_and_preheader_of_an_editor_are_the_mails_in_their_language(string language)
    {
        const string Subject = "Fish & <b>chips</b>";
        var digest = SampleMails.Digest() with
        {
            Texts = new Dictionary<string, EditedTexts> { ["en"] = new(Subject, "All of it \u202e reversed") },
        };

        var variant = (await SampleMails.Renderer().RenderAsync(digest, language, [], Stop))!;

        Assert.Equal(language == "en", variant.Subject == Subject);
        Assert.Equal(language == "en", variant.Html.Contains("Fish &amp; &lt;b&gt;chips", StringComparison.Ordinal));
        Assert.Equal(language == "en", variant.Html.Contains("All of it reversed", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Only_the_chosen_sections_are_rendered_and_without_items_there_is_no_mail()
    {
        var renderer = SampleMails.Renderer();

        var health = await renderer.RenderAsync(SampleMails.Digest(), "en", ["HEALTH", "galley"], Stop);
        var none = await renderer.RenderAsync(SampleMails.Digest(), "en", ["Chess"], Stop);

        Assert.Contains("maternity ward", health!.Text, StringComparison.Ordinal);
        Assert.Contains("mackerel", health.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("Storm barrier", health.Text, StringComparison.Ordinal);
        Assert.Null(none);
    }

    [Fact]
    public async Task The_items_with_the_lowest_scores_are_left_out_until_the_mail_fits()
    {
        var items = Enumerable.Range(0, 100).Select(i => SampleMails.Item($"Story number {i} of many", score: (i * 37) % 100,
            summary: string.Concat(Enumerable.Repeat("قصة طويلة جدا ", 40)))).ToArray();

        var variant = (await SampleMails.Renderer().RenderAsync(SampleMails.Of(items), "en", [], Stop))!;

        Assert.InRange(variant.Body.Length, 60_000, RazorDigestRenderer.SizeLimit - 4096);
        Assert.InRange(variant.Trimmed, 1, 99);
        var kept = items.Where(item => variant.Text.Contains(item.Story.Title + "\n", StringComparison.Ordinal)).ToList();
        Assert.Equal(100 - variant.Trimmed, kept.Count);
        Assert.Equal(items.OrderByDescending(i => i.Score).Take(kept.Count).Select(i => i.Story.Title).Order(),
            kept.Select(i => i.Story.Title).Order());
        var places = kept.Select(item => variant.Html.IndexOf(">" + item.Story.Title + "</a></h", StringComparison.Ordinal)).ToList();
        Assert.Equal(places.Order(), places);
    }

    [Theory]
    [InlineData("en", "Storm barrier", "and 6 more")]
    [InlineData("ar", "حاجز العواصف", "أخبار أخرى")]
    public async Task The_subject_leads_with_the_top_story_and_stays_short(string language, string start, string end)
    {
        var variant = (await SampleMails.Renderer().RenderAsync(SampleMails.Digest(language), language, [], Stop))!;

        Assert.StartsWith(start, variant.Subject, StringComparison.Ordinal);
        Assert.EndsWith(end, variant.Subject, StringComparison.Ordinal);
        Assert.InRange(variant.Subject.Length, 20, 78);
    }

    [Theory]
    [InlineData("en", 0, "6:00 AM")]
    [InlineData("en", 24, "06:00")]
    [InlineData("en-GB", 0, "06:00")]
    [InlineData("en-GB", 12, "6:00 am")]
    [InlineData("ar", 0, "6:00 ص")]
    [InlineData("ar", 24, "06:00")]
    public async Task Times_have_the_form_of_the_language_or_of_the_setting(string language, int hours, string time)
    {
        var publication = SampleMails.Publication();
        publication.HourFormat = hours;

        var variant = await SampleMails.Renderer(publication)
            .RenderAsync(SampleMails.Of(SampleMails.Item("News", hoursAgo: 1)), language, [], Stop); // 05:00 UTC

        Assert.Contains(time, variant!.Text, StringComparison.Ordinal);
        Assert.Contains(time, WebUtility.HtmlDecode(variant.Html), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tagline_and_sections_have_the_names_of_the_language()
    {
        var publication = SampleMails.Publication();
        publication.Taglines = [new Translation { Language = "ar", Text = "أخبار الساحل" }];
        publication.SectionNames =
        [
            new SectionName { Section = "Sport", Language = "ar", Name = "رياضة" },
            new SectionName { Section = "Sport", Language = "en", Name = "Games" },
        ];
        var digest = SampleMails.Of(
            SampleMails.Item("Match lost", section: "SPORT"), SampleMails.Item("Match won", section: "sport"),
            SampleMails.Item("Bridge opens", section: "City"), SampleMails.Item("My year", StoryKind.BlogPost, section: "Sport"));

        var arabic = (await SampleMails.Renderer(publication).RenderAsync(digest, "ar-EG", [], Stop))!;
        var english = (await SampleMails.Renderer(publication).RenderAsync(digest, "en", [], Stop))!;

        Assert.Contains("أخبار الساحل", arabic.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("since 1884", arabic.Html, StringComparison.Ordinal);
        Assert.Equal(3, arabic.Text.Split("رياضة").Length - 1);
        Assert.Contains("[City]", arabic.Text, StringComparison.Ordinal);

        // The stories are English: only the section's name has the language and the direction of the mail.
        Assert.Equal(2, Decoded(arabic).Split("lang=\"ar-EG\" dir=\"rtl\" style=\"margin:0 0 ").Length - 1);
        Assert.Contains("since 1884", english.Text, StringComparison.Ordinal);
        Assert.Equal(3, english.Text.Split("Games").Length - 1);
        Assert.DoesNotContain("lang=\"en\" dir=\"ltr\" style=\"margin", Decoded(english), StringComparison.Ordinal);

        publication.Taglines = [];
        var untranslated = (await SampleMails.Renderer(publication).RenderAsync(digest, "ar", [], Stop))!;
        Assert.Contains("<p lang=\"en\" dir=\"auto\" class=\"soft\"", untranslated.Html, StringComparison.Ordinal);
        Assert.Contains("<p dir=\"auto\" class=\"soft\"", arabic.Html, StringComparison.Ordinal);

        static string Decoded(Variant variant) => WebUtility.HtmlDecode(variant.Html);
    }

    [Fact]
    public async Task Times_are_those_of_the_cohorts_zone()
    {
        var item = SampleMails.Item("Late news", hoursAgo: 2); // 04:00 UTC

        var paris = await SampleMails.Renderer().RenderAsync(SampleMails.Of(item), "en", [], Stop);
        var york = await SampleMails.Renderer()
            .RenderAsync(SampleMails.Of(item) with { Cohort = "daily_07_America.New_York" }, "en", [], Stop);

        Assert.Contains("5:00 AM", paris!.Text, StringComparison.Ordinal);
        Assert.Contains("21 Nov, 11:00 PM", york!.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ar", "Grace Oduya", "بقلم Grace Oduya\u200F · \u200F3:00")]
    [InlineData("ar", "أميرة حداد", "بقلم أميرة حداد · 3:00")]
    [InlineData("en", "ليلى منصور", "By ليلى منصور\u200E · \u200E3:00")]
    [InlineData("en", "Amira Haddad", "By Amira Haddad · 3:00")]
    public async Task A_name_in_another_script_does_not_pull_the_time_before_it(string language, string author, string meta)
    {
        var variant = (await SampleMails.Renderer()
            .RenderAsync(SampleMails.Of(SampleMails.Item("Headline", byline: author, hoursAgo: 4)), language, [], Stop))!;

        Assert.Contains(meta, variant.Html, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(NoticeKind.Confirm, "en", "Confirm your subscription to The Harbour Courier")]
    [InlineData(NoticeKind.AlreadySubscribed, "ar", "أنت مشترك بالفعل في The Harbour Courier")]
    [InlineData(NoticeKind.NewAddress, "en", "Have The Harbour Courier sent to this address")]
    [InlineData(NoticeKind.NewAddress, "ar", "استلم The Harbour Courier على هذا العنوان")]
    [InlineData(NoticeKind.AddressChanged, "en", "The Harbour Courier goes to another address now")]
    [InlineData(NoticeKind.AddressChanged, "ar", "The Harbour Courier يُرسل الآن إلى عنوان آخر")]
    [InlineData(NoticeKind.AddressReturned, "en", "The Harbour Courier no longer goes to this address")]
    [InlineData(NoticeKind.DataLink, "en", "Your data at The Harbour Courier")]
    [InlineData(NoticeKind.MoveLink, "en", "Another address for The Harbour Courier")]
    [InlineData(NoticeKind.EraseLink, "ar", "محو بياناتك لدى The Harbour Courier")]
    public async Task A_notice_is_built_around_its_link(NoticeKind kind, string language, string subject)
    {
        var notice = await new RazorNoticeRenderer(SampleMails.Publication(), SampleMails.Options())
            .RenderAsync(kind, language, "https://digest.example.com/c?t=a&b=1", Stop);

        Assert.Equal(subject, notice.Subject);
        Assert.Contains("href=\"https://digest.example.com/c?t=a&amp;b=1\"", notice.Html, StringComparison.Ordinal);
        Assert.Contains("\nhttps://digest.example.com/c?t=a&b=1\n", notice.Text, StringComparison.Ordinal);
    }
}

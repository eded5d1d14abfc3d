using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using DailyDigest.Calendar;
using DailyDigest.Content;
using DailyDigest.Digests;
using DailyDigest.Edits;
using DailyDigest.Selection;
using DailyDigest.Settings;
using NodaTime;

namespace DailyDigest.Mail.Rendering;

/// <summary>Turns a frozen digest into the model of the templates.</summary>
internal sealed partial class DigestPageBuilder(Publication publication)
{
    private const int LeadWidth = 600;
    private const int SubjectLength = 78;

    private readonly Palette palette = Palette.Around(publication.Color);

    /// <summary>The page of these items of the digest, in their order. There must be at least one.</summary>
    public DigestPage Build(Digest digest, IReadOnlyList<DigestItem> items, string language)
    {
        var words = Words.In(language);
        var edited = digest.Texts.GetValueOrDefault(language);
        var zone = DateTimeZoneProviders.Tzdb[Cohort.TryParse(digest.Cohort, out var cohort) ? cohort.Zone : HomeZone];
        var page = new DigestPage
        {
            Language = language,
            Direction = words.Direction,
            Name = MailText.Line(publication.Name, 120),
            Tagline = MailText.Line(publication.TaglineIn(language), 200),
            TaglineLanguage = publication.OtherTaglineLanguage(language),
            SiteUrl = MailText.Link(publication.SiteUrl) is { Length: > 0 } site ? site : MailText.Link(publication.BaseUrl),
            LogoUrl = MailText.Picture(publication.LogoUrl, publication.BaseUrl),
            PostalAddress = MailText.Line(publication.PostalAddress, 300),
            Date = words.LongDate(digest.Date),
            Subject = MailText.Line(edited?.Subject, DayEdits.MaxSubject) is { Length: > 0 } subject ? subject : Subject(items, words),
            Preheader = MailText.Line(edited?.Preheader, DayEdits.MaxPreheader) is { Length: > 0 } preheader ? preheader : Preheader(items),
            WebUrl = MailText.Link($"{publication.BaseUrl}/digests/{digest.Date.Text()}"
                + (publication.Languages.Count > 1 ? "?lang=" + Uri.EscapeDataString(language) : "")),
            UnsubscribeUrl = Slots.Unsubscribe,
            PreferencesUrl = Slots.Preferences,
            Palette = palette,
            Words = words,
            Lead = null,
            Articles = [],
            Posts = [],
        };
        var articles = items.Where(item => item.Story.Kind == StoryKind.Article).ToList();
        var posts = items.Where(item => item.Story.Kind == StoryKind.BlogPost).ToList();
        return page with
        {
            Lead = articles.Count > 0 ? Story(articles[0], page, digest.Date, zone) : null,
            Articles =
            [
                .. articles.Skip(1).Select((item, i) => Story(item, page, digest.Date, zone) with { Last = i == articles.Count - 2 }),
            ],
            Posts = [.. posts.Select((item, i) => Story(item, page, digest.Date, zone) with { Last = i == posts.Count - 1 })],
        };
    }

    private string HomeZone => Zones.Exists(publication.TimeZone) ? publication.TimeZone : "Etc/UTC";

    /// <summary>The top story's title and how many more there are, at most 78 characters.</summary>
    private static string Subject(IReadOnlyList<DigestItem> items, Words words)
    {
        var more = items.Count - 1;
        if (more == 0)
        {
            return MailText.Line(items[0].Story.Title, SubjectLength);
        }

        var room = SubjectLength - words.Count("SubjectMore", more, "").Length;
        return words.Count("SubjectMore", more, MailText.Line(items[0].Story.Title, room));
    }

    private static string Preheader(IReadOnlyList<DigestItem> items) => items.Count > 1
        ? MailText.Line(string.Join(" · ", items.Skip(1).Take(3).Select(item => MailText.Line(item.Story.Title, 80))), 200)
        : MailText.Line(items[0].Story.Summary, 200);

    private PageStory Story(DigestItem item, DigestPage page, DateOnly date, DateTimeZone zone)
    {
        var story = item.Story;
        var title = MailText.Line(story.Title, 300);
        var tag = LanguageTag.Parse(story.Language);
        var direction = MailText.DirectionOf(title) ?? page.Direction;
        var language = tag ?? (direction == page.Direction ? page.Language : direction == "rtl" ? "ar" : "en");
        var author = MailText.Line(story.Byline, 120);
        var section = publication.NameOf(story.Section, page.Language);
        return new PageStory
        {
            Page = page,
            Title = title,
            Url = MailText.Link(story.Url),
            Summary = MailText.Line(story.Summary, 600),
            Author = author,
            Initial = Initial(author),
            Section = MailText.Line(section ?? story.Section, 60),
            SectionIsOurs = section is not null,
            Time = Time(story.Published, date, zone, page.Words),
            AlsoIn = AlsoIn(item.AlsoIn, page.Words),
            Language = language,
            Direction = direction,
            Image = Image(story.Image, title),
        };
    }

    private PageImage? Image(StoryImage? image, string title)
    {
        var url = MailText.Picture(image?.Url, publication.BaseUrl);
        if (image is null || url.Length == 0)
        {
            return null;
        }

        var caption = MailText.Line(image.Caption, 300);
        var alt = MailText.Line(image.Alt, 300);
        return new PageImage(
            url,
            alt.Length > 0 ? alt : caption.Length > 0 ? caption : title,
            caption,
            MailText.Line(image.Credit, 120),
            image.Width is > 0 and < LeadWidth ? image.Width.Value : LeadWidth);
    }

    /// <summary>The time on the digest's own date; day and time on others.</summary>
    private string Time(DateTimeOffset published, DateOnly date, DateTimeZone zone, Words words)
    {
        var local = Instant.FromDateTimeOffset(published).InZone(zone).ToDateTimeUnspecified();
        var time = words.Time(TimeOnly.FromDateTime(local), publication.HourFormat);
        var day = DateOnly.FromDateTime(local);
        return MailText.Line(day == date ? time : words.ShortDate(day) + words["ListSeparator"] + time, 40);
    }

    /// <summary>Names only: a feed's id means nothing to a reader.</summary>
    private static string AlsoIn(IReadOnlyList<string> sources, Words words)
    {
        var names = sources.Where(source => source != "api" && !FeedId().IsMatch(source)).Select(source => MailText.Line(source, 60))
            .Where(source => source.Length > 0).Distinct().Take(5).ToList();
        return names.Count == 0 ? "" : words.Format("AlsoIn", string.Join(words["ListSeparator"], names));
    }

    private static string Initial(string author) =>
        author.EnumerateRunes().FirstOrDefault() is var rune && Rune.IsLetter(rune) ? Rune.ToUpperInvariant(rune).ToString() : "";

    [GeneratedRegex("^[0-9a-f]{12}$", RegexOptions.NonBacktracking)]
    private static partial Regex FeedId();
}

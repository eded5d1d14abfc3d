using DailyDigest.Calendar;
using DailyDigest.Content;
using DailyDigest.Digests;
using DailyDigest.Mail.Mime;
using DailyDigest.Mail.Rendering;
using DailyDigest.Mailing;
using DailyDigest.Selection;
using DailyDigest.Settings;
using DailyDigest.Subscribers;
using MimeKit;

namespace DailyDigest.Mail.Tests;

/// <summary>The digest of an invented newspaper that uses every part of the mail, and mails made from it.</summary>
internal static class SampleMails
{
    public const string Unsubscribe = "https://digest.example.com/u/3f2a?t=abc.def-ghi_jkl=&k=1";
    public const string Preferences = "https://digest.example.com/p/3f2a?t=abc.def-ghi_jkl=&k=1";

    public static readonly DateTimeOffset Now = new(2026, 11, 22, 6, 0, 0, TimeSpan.Zero);

    public static Publication Publication() => new()
    {
        Name = "The Harbour Courier",
        Tagline = "News of the coast since 1884",
        BaseUrl = "https://digest.example.com",
        SiteUrl = "https://www.example.com/",
        PostalAddress = "The Harbour Courier, 12 Quay Street, Portmoor PM1 4QS",
        Languages = ["en", "ar"],
        TimeZone = "Europe/Paris",
        Color = "#9b1c1c",
    };

    public static MailOptions Options(string folder = "") =>
        new() { From = "news@example.com", PickupFolder = folder, Host = "127.0.0.1", FeedbackSender = "courier" };

    public static RazorDigestRenderer Renderer(Publication? publication = null, MailOptions? options = null) =>
        new(publication ?? Publication(), options ?? Options());

    /// <summary>One digest per language, with pictures under <paramref name="images"/>.</summary>
    public static Digest Digest(string language = "en", string images = "https://img.example.com") => new()
    {
        Date = new DateOnly(2026, 11, 22),
        Cohort = "daily_07_Europe.Paris",
        FrozenAt = Now,
        Items = language == "ar" ? Arabic(images) : English(images),
    };

    public static Digest Of(params DigestItem[] items) => Digest() with { Items = items };

    public static DigestItem Item(
        string title, StoryKind kind = StoryKind.Article, string summary = "", string? byline = null, string? section = null,
            string? url = null,
        StoryImage? image = null, double score = 1, int hoursAgo = 3, string? language = null, params string[] alsoIn) => new(
        new Story
        {
            Id = "0123456789abcdef0123456789abcdef",
            Kind = kind,
            Url = url ?? "https://www.example.com/" + Uri.EscapeDataString(title.Length > 40 ? title[..40] : title),
            Title = title,
            Summary = summary,
            Byline = byline,
            Section = section,
            Language = language,
            Image = image,
            Source = "courier",
            Published = Now.AddHours(-hoursAgo),
            FirstSeen = Now.AddHours(-hoursAgo),
        },
        title, score, ["fresh: published " + hoursAgo + " hours ago"], alsoIn);

    public static DigestMail Mail(Variant variant, string to = "reader@example.org", string id = "20261122.3f2a@digest.example.com") =>
        new(Address(to), variant, id, "20261122:daily:digest", Unsubscribe, Preferences, Now);

    public static MimeMessage Parse(EncodedMail mail)
    {
        using var bytes = new MemoryStream();
        mail.WriteToAsync(bytes, CancellationToken.None).GetAwaiter().GetResult();
        bytes.Position = 0;
        return MimeMessage.Load(bytes);
    }

    public static NoticeMail Notice(string to = "reader@example.org") =>
        new(Address(to), "Confirm your subscription", "<!DOCTYPE html><html lang=\"en\"><body><p>Confirm: é = ok</p></body></html>\n",
            "Confirm: é = ok\n",
            "en", "notice.1@digest.example.com", Now);

    private static EmailAddress Address(string text) =>
        EmailAddress.TryReadStored(text, out var address) ? address : throw new ArgumentException("Not an address.", nameof(text));

    private static DigestItem[] English(string images) =>
    [
        Item("Storm barrier holds as highest tide in a century floods the old fish market",
            summary: "The gates closed at 3.40 in the morning, twenty minutes before the surge. Behind them the town "
                + "stayed dry but for the quay, where traders carried out ice by candlelight and counted what the sea had taken.",
            byline: "Amira Haddad", section: "Coast", hoursAgo: 2, score: 9,
            image: new StoryImage(images + "/barrier.png", "Waves break over the closed storm barrier at dawn",
                "The barrier at first light on Sunday.", "Jonas Meer", 1200, 675),
            alsoIn: ["Coastal Wire", "Radio Portmoor"]),
        Item("Ferry workers accept pay deal, ending the longest strike since 1979",
            summary: "Crews voted by 611 to 204 for an offer that ties wages to fuel prices. Sailings to the islands resume on Tuesday.",
            byline: "Tomás Rey", section: "Work", hoursAgo: 5, score: 8,
            image: new StoryImage(images + "/ferry.png", "A white ferry at its berth", null, "Lena Ott", 800, 600)),
        Item("Hospital to reopen its maternity ward after two years",
            summary: "Six midwives have been hired from abroad, and the first births are expected in January.",
            byline: "Grace Oduya and Piet Kramer", section: "Health", hoursAgo: 9, score: 7),
        Item("A lighthouse for sale, lamp included",
            summary: "The state no longer needs the tower on Gull Rock. Its keeper’s granddaughter would like it back; so "
                + "would a hotel group.",
            byline: "Ines Wold", section: "Culture", hoursAgo: 14, score: 6,
            image: new StoryImage(images + "/lighthouse.png", "A red and white lighthouse", null, null, 600, 600)),
        Item("ميناء الإسكندرية يستقبل أول سفينة شحن تعمل بالرياح",
            summary: "وصلت السفينة محمّلة بالقمح بعد رحلة استمرت تسعة أيام، ويقول ربانها إنها وفّرت ثلث الوقود.",
            byline: "ليلى منصور", section: "World", language: "ar", hoursAgo: 11, score: 5),
        Item("Why I stopped trusting the tide table",
            StoryKind.BlogPost, "Forty years of pencil marks on a boathouse door, and what they say about the numbers in the almanac.",
            "Old Salt", "Notes from the pier", hoursAgo: 7, score: 4),
        Item("Three recipes for a glut of mackerel",
            StoryKind.BlogPost, "Smoked over tea, soused in cider, and one for the barbecue you thought you had put away.",
            "Bea Lindqvist", "Galley", hoursAgo: 20, score: 3),
    ];

    private static DigestItem[] Arabic(string images) =>
    [
        Item("حاجز العواصف يصمد أمام أعلى مدّ منذ قرن",
            summary: "أُغلقت البوابات قبل وصول الموج بعشرين دقيقة، وبقيت المدينة جافة باستثناء رصيف السوق القديم حيث حمل "
                + "التجار بضائعهم على ضوء الشموع.",
            byline: "أميرة حداد", section: "الساحل", language: "ar", hoursAgo: 2, score: 9,
            image: new StoryImage(
                images + "/barrier.png", "أمواج تتكسر فوق الحاجز المغلق عند الفجر", "الحاجز مع أول ضوء يوم الأحد.", "يونس مير", 1200, 675),
            alsoIn: ["وكالة الساحل", "راديو الميناء"]),
        Item("عمال العبّارات يقبلون اتفاق الأجور وينهون أطول إضراب منذ عام 1979",
            summary: "صوّت العمال بأغلبية 611 مقابل 204 لعرض يربط الأجور بأسعار الوقود.",
            byline: "توماس ري", section: "العمل", language: "ar", hoursAgo: 5, score: 8,
            image: new StoryImage(images + "/ferry.png", "عبّارة بيضاء في مرساها", null, null, 800, 600)),
        Item("Hospital to reopen its maternity ward after two years",
            summary: "Six midwives have been hired from abroad, and the first births are expected in January.",
            byline: "Grace Oduya", section: "Health", language: "en", hoursAgo: 9, score: 7),
        Item("منارة للبيع، والمصباح معها",
            summary: "لم تعد الدولة بحاجة إلى البرج على صخرة النورس، وحفيدة حارسه تريد استعادته.",
            byline: "إيناس ولد", section: "ثقافة", language: "ar", hoursAgo: 14, score: 6),
        Item("لماذا لم أعد أثق بجدول المدّ والجزر",
            StoryKind.BlogPost, "أربعون عامًا من علامات القلم على باب بيت القارب، وما تقوله عن أرقام التقويم.",
            "البحّار العجوز", "ملاحظات من الرصيف", language: "ar", hoursAgo: 7, score: 4),
        Item("ثلاث وصفات لموسم الماكريل",
            StoryKind.BlogPost, "مدخّن على الشاي، ومنقوع في الخل، ووصفة للشواء.",
            "باسمة لين", "المطبخ", language: "ar", hoursAgo: 20, score: 3),
    ];
}

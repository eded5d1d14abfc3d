using System.Globalization;
using System.Text.RegularExpressions;
using DailyDigest.EndToEnd.Tests.Fixtures;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using MimeKit;

namespace DailyDigest.EndToEnd.Tests;

/// <summary>A publication with stories in English and Arabic that does not mix them, from its feeds to the readers' mails.</summary>
public sealed partial class CommandsTests
{
    [Fact]
    public async Task Readers_of_each_language_get_its_stories_from_feeds_with_every_kind_of_label()
    {
        await using var courier = await TestFeed.StartAsync(Cancellation);
        await using var mixed = await TestFeed.StartAsync(Cancellation);
        await ReadersAsync("ada,en", "ben,ar");

        // The Arabic story has most comments by far, so it would lead a digest of all. Its label is a template's.
        courier.Page = Rss("<language>en-gb</language>",
            ("ferry", "Ferry timetable changes in spring", "", 4),
            ("tunnel", "افتتاح نفق الميناء قبل موعده بعام", "", 900),
            ("choir", "Choir wins the national prize", "<dc:language>English (UK)</dc:language>", 9),
            ("pct", "24/7", "", 1),
            ("museum", "متحف المدينة يستعيد لوحة مفقودة", "<dc:language>ar_EG</dc:language>", 3));
        mixed.Page = Rss("",
            ("bakery", "New bakery opens beside the station", "", 2),
            ("school", "المدارس تفتح أبوابها الأحد المقبل", "", 1),
            ("label", "90.1", "<dc:language>ar</dc:language>", 1));
        await FeedsAsync(courier, mixed);

        var output = (await RunAsync("preview", "--explain", "--language", "ar")).Output;
        Assert.Contains("افتتاح نفق الميناء", output, StringComparison.Ordinal);
        var (code, said, error) = await RunAsync("run");
        Assert.True(code == 0, error);
        Assert.Contains("2 sent", said, StringComparison.Ordinal);
        var (ada, ben) = (await MailAsync("ada"), await MailAsync("ben"));
        Assert.Equal("choir", StoriesOf(ada)[0]);
        Assert.Equal(["bakery", "choir", "ferry", "pct"], StoriesOf(ada).Order());
        Assert.Equal("tunnel", StoriesOf(ben)[0]);
        Assert.Equal(["label", "museum", "school", "tunnel"], StoriesOf(ben).Order());
        Assert.DoesNotContain(ada.Subject + ada.TextBody + ada.HtmlBody, letter => letter is >= '\u0621' and <= '\u064A');
        Assert.Contains("Choir wins", ada.Subject, StringComparison.Ordinal);
        Assert.Contains("افتتاح نفق الميناء", ben.Subject, StringComparison.Ordinal);
        Assert.Contains(
            "stories languages: OK: there are stories of the last week in each language\n", (await RunAsync("doctor")).Output,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Readers_of_a_language_without_stories_get_all_and_the_doctor_warns()
    {
        await using var courier = await TestFeed.StartAsync(Cancellation);
        await ReadersAsync("ada,en", "ben,ar");
        Assert.Contains(
            "stories languages: not checked: there is no story of the last week\n", (await RunAsync("doctor")).Output,
            StringComparison.Ordinal);
        courier.Page = Rss("<language>en</language>",
            ("ferry", "Ferry timetable changes in spring", "", 4), ("choir", "Choir wins the national prize", "", 9),
            ("bakery", "New bakery opens beside the station", "", 2));
        await FeedsAsync(courier);
        Assert.Contains(
            "stories languages: warning: no story of the last week is in ar, so its readers get the stories of all languages",
            (await RunAsync("doctor")).Output, StringComparison.Ordinal);

        Assert.Contains("2 sent", (await RunAsync("run")).Output, StringComparison.Ordinal);
        Assert.Equal(["choir", "ferry", "bakery"], StoriesOf(await MailAsync("ada")));
        Assert.Equal(["choir", "ferry", "bakery"], StoriesOf(await MailAsync("ben")));

        publication.Settings["Selection__MixLanguages"] = "true";
        Assert.DoesNotContain("stories languages", (await RunAsync("doctor")).Output, StringComparison.Ordinal);
    }

    /// <summary>Imports readers of the publication's hour, who subscribed an hour ago: names with a language.</summary>
    private async Task ReadersAsync(params string[] readers)
    {
        publication.Settings["Selection__MixLanguages"] = "false";
        await WriteAsync("readers.csv", "email,language,zone\n"
            + string.Concat(readers.Select(one => one.Replace(",", "@example.org,", StringComparison.Ordinal) + ",Etc/UTC\n")));
        var (code, _, error) = await RunAsync(
            publication, ["subscribers", "import", InFolder("readers.csv"), "--source", "members"], builder =>
                builder.Services.AddSingleton<TimeProvider>(new FakeTimeProvider(publication.Made.AddHours(-1))));
        Assert.True(code == 0, error);
    }

    private async Task FeedsAsync(params TestFeed[] feeds)
    {
        foreach (var feed in feeds)
        {
            Assert.Equal(0, (await RunAsync("feeds", "add", feed.Url)).Code);
        }

        Assert.Equal(0, (await RunAsync("ingest")).Code);
    }

    private string Rss(string channel, params (string Name, string Title, string Label, int Comments)[] items)
    {
        var date = publication.Made.AddHours(-2).ToString("r", CultureInfo.InvariantCulture);
        return "<rss version='2.0' xmlns:dc='http://purl.org/dc/elements/1.1/' xmlns:slash='http://purl.org/rss/1.0/modules/slash/'>"
            + "<channel><title>Feed</title>" + channel
            + string.Concat(items.Select(item => $"<item><title>{item.Title}</title><link>https://news.example.com/{item.Name}</link>"
                + $"<pubDate>{date}</pubDate>{item.Label}<slash:comments>{item.Comments}</slash:comments></item>"))
            + "</channel></rss>";
    }

    private async Task<MimeMessage> MailAsync(string reader)
    {
        foreach (var file in Directory.GetFiles(Outbox, "*.eml"))
        {
            var mail = await MimeMessage.LoadAsync(file, Cancellation);
            if (mail.To.Mailboxes.Single().Address.StartsWith(reader, StringComparison.Ordinal))
            {
                return mail;
            }
        }

        throw new InvalidOperationException($"There is no mail to {reader}.");
    }

    private static List<string> StoriesOf(MimeMessage mail) =>
        [.. Regex.Matches(mail.HtmlBody ?? "", "https://news\\.example\\.com/([a-z]+)").Select(match => match.Groups[1].Value).Distinct()];
}

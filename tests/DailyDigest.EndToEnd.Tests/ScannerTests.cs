using System.Net;
using System.Text.RegularExpressions;
using DailyDigest.EndToEnd.Tests.Fixtures;
using MimeKit;

namespace DailyDigest.EndToEnd.Tests;

/// <summary>
/// Mail scanners and link previews open every link they see, and what they find there, in any order, often. Nothing that GET or HEAD can
/// reach may change anything for anybody.
/// </summary>
public sealed partial class ScannerTests(ReadersFixture readers) : BrowserTests(readers), IClassFixture<ReadersFixture>
{
    private const int Times = 10;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_link_of_every_mail_and_page_opened_ten_times_in_any_order_changes_nothing()
    {
        // An active reader with a digest, one who signed up again while active, one who never confirmed, one who has left.
        var page = await Readers.OpenAsync(BrowserSettings.Desk);
        await Readers.SubscribeAsync(page, "active@example.org");
        await page.GotoAsync(Readers.Address + "/?lang=ar");
        await Readers.SubscribeAsync(page, "gone@example.org");
        await page.GotoAsync(Readers.Address + "/");
        await Readers.MorningAsync();
        await page.GotoAsync(
            Readers.Address + ReadersFixture.LinkIn(Assert.Single(Readers.DigestsTo("gone@example.org")), "/unsubscribe/"));
        await ReadersFixture.PressAsync(page);
        foreach (var address in new[] { "active@example.org", "pending@example.org" })
        {
            await page.GotoAsync(Readers.Address + "/");
            await Readers.SignUpAsync(page, address);
        }

        await Readers.BeatAsync();
        string[] addresses = ["active@example.org", "gone@example.org", "pending@example.org"];
        var mails = addresses.SelectMany(Readers.To).ToList();
        var links = mails.SelectMany(LinksIn).Distinct().ToList();
        foreach (var path in new[] { "/confirm/", "/unsubscribe/", "/preferences/" })
        {
            Assert.Contains(links, link => link.StartsWith(path, StringComparison.Ordinal));
        }

        Assert.Equal(6, mails.Count);
        using var scanner = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false }) { BaseAddress = new Uri(Readers.Address) };
        foreach (var link in links.ToList())
        {
            await FollowAsync(scanner, link, links);
        }

        Assert.Contains("/digests", links);
        Assert.Contains(links, link => link.StartsWith("/digests/2026-", StringComparison.Ordinal));
        var before = await Readers.RowsAsync();
        Assert.Contains(before, row => row.Contains("Subscribers", StringComparison.Ordinal));

        const int Seed = 20260310;
        var requests = links.SelectMany(
            link => Enumerable.Repeat((HttpMethod.Get, link), Times).Concat(Enumerable.Repeat((HttpMethod.Head, link), Times))).ToArray();
        new Random(Seed).Shuffle(requests);
        await Parallel.ForEachAsync(
            requests, new ParallelOptions { MaxDegreeOfParallelism = 4, CancellationToken = Cancellation }, async (request, stop) =>
        {
            var (method, link) = request;
            using var message = new HttpRequestMessage(method, link);
            using var answer = await scanner.SendAsync(message, stop);
            Assert.True(
                (int)answer.StatusCode < 500, $"{method} of a link below /{link.Split('/')[1]} was answered {(int)answer.StatusCode}.");
        });

        Assert.Equal(before, await Readers.RowsAsync());

        // And the truth of it: who was subscribed still is, who was not is not.
        await Readers.MorningAsync();
        Assert.Equal(2, Readers.DigestsTo("active@example.org").Count);
        Assert.Single(Readers.DigestsTo("gone@example.org"));
        Assert.Empty(Readers.DigestsTo("pending@example.org"));

        // The comparison can fail: it sees it when somebody presses a button.
        before = await Readers.RowsAsync();
        using var form = new FormUrlEncodedContent([KeyValuePair.Create("page", "1")]);
        using var pressed = await scanner.PostAsync(
            new Uri(ReadersFixture.LinkIn(Readers.DigestsTo("active@example.org")[0], "/unsubscribe/"), UriKind.Relative), form,
            Cancellation);
        Assert.Equal(HttpStatusCode.OK, pressed.StatusCode);
        Assert.NotEqual(before, await Readers.RowsAsync());
    }

    /// <summary>Adds what the page at the link leads to by GET, and what that leads to.</summary>
    private static async Task FollowAsync(HttpClient scanner, string link, List<string> links)
    {
        using var answer = await scanner.GetAsync(new Uri(link, UriKind.Relative), Cancellation);
        if (answer.Headers.Location is { IsAbsoluteUri: false } location)
        {
            await FollowNewAsync(scanner, location.OriginalString, links);
        }

        if (answer.Content.Headers.ContentType?.MediaType != "text/html")
        {
            return;
        }

        foreach (Match found in Attribute().Matches(await answer.Content.ReadAsStringAsync(Cancellation)))
        {
            var url = WebUtility.HtmlDecode(found.Groups[1].Value).Replace(PublicationFixture.BaseUrl, "", StringComparison.Ordinal);
            if (url.StartsWith('?'))
            {
                url = link.Split('?')[0] + url;
            }

            if (url.StartsWith('/') && !url.StartsWith("//", StringComparison.Ordinal))
            {
                await FollowNewAsync(scanner, url, links);
            }
        }
    }

    private static async Task FollowNewAsync(HttpClient scanner, string link, List<string> links)
    {
        if (!links.Contains(link))
        {
            links.Add(link);
            await FollowAsync(scanner, link, links);
        }
    }

    // In the text, in the HTML, in every header: whatever begins with our address. The target of a form is opened too.
    private static IEnumerable<string> LinksIn(MimeMessage mail) =>
        new[] { mail.TextBody, WebUtility.HtmlDecode(mail.HtmlBody), string.Join('\n', mail.Headers.Select(header => header.Value)) }
            .SelectMany(text => Link().Matches(text ?? "").Select(match => ReadersFixture.PathOf(match.Value)))
            .Select(path => path.Length == 0 ? "/" : path);

    [GeneratedRegex("https://digest\\.example\\.com[^\\s\"'<>)]*")]
    private static partial Regex Link();

    [GeneratedRegex("(?:href|src|action)=\"([^\"]*)\"")]
    private static partial Regex Attribute();
}

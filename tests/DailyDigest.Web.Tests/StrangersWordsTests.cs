using System.Text.RegularExpressions;
using DailyDigest.Subscribers;

namespace DailyDigest.Web.Tests;

/// <summary>What anybody can make our own pages say.</summary>
public sealed partial class StrangersWordsTests
{
    [Theory]
    [InlineData("//evil.example/pause")]
    [InlineData("//evil.example/undo")]
    [InlineData("///evil.example/why")]
    [InlineData("/%5Cevil.example/resume")]
    [InlineData("/%2Fevil.example/address")]
    [InlineData("//evil.example/preferences/x/pause")]
    [InlineData("//evil.example/unsubscribe/x/undo")]
    [InlineData("/javascript:alert(1)/pause")]
    [InlineData("/elsewhere/pause")]
    public async Task A_path_that_is_none_of_ours_is_no_link_on_the_page_that_says_so(string path)
    {
        await using var site = await Site.StartAsync();
        foreach (var method in (string[])["POST", "GET"])
        {
            var said = await site.AskAsync(method, path, body: method == "POST" ? "" : null);
            Assert.Equal(404, said.Status);
            Assert.Contains("href=\"?lang=ar\"", said.Body, StringComparison.Ordinal);
            Assert.DoesNotContain("elsewhere", said.Body, StringComparison.Ordinal);
            Assert.DoesNotContain("evil", said.Body, StringComparison.Ordinal);
            Assert.DoesNotContain("javascript", said.Body, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("http://localhost", "")]
    [InlineData("https://news.example.com/digest", "/digest")]
    public async Task What_answers_a_form_offers_the_form_in_the_other_language(string url, string root)
    {
        await using var site = await Site.StartAsync(publication => publication.BaseUrl = url);
        var (links, id) = (site.Get<ReaderLinks>(), new string('a', 32));
        foreach (var (page, forms) in ((string, string[])[])
            [(links.Preferences(id), ["/pause", "/resume", "/address"]), (links.Unsubscribe(id), ["/undo", "/why"])])
        {
            var path = new Uri(page).AbsolutePath;
            Assert.StartsWith(root + "/", path, StringComparison.Ordinal);
            foreach (var form in forms)
            {
                var said = await site.AskAsync("POST", path[root.Length..] + form, body: "");
                Assert.Equal(path + "?lang=ar", OtherLanguage().Match(said.Body).Groups[1].Value);
            }
        }
    }

    [GeneratedRegex("<a href=\"([^\"]*)\" lang=\"ar\"")]
    private static partial Regex OtherLanguage();
}

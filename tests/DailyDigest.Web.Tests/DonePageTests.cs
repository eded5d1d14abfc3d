using System.Net;
using DailyDigest.Subscribers;

namespace DailyDigest.Web.Tests;

/// <summary>
/// Pages before and after the reader presses the button behind a link. The language link on the answer is a GET of the same address.
/// </summary>
public sealed class DonePageTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("erase", "en", "Your data is erased")]
    [InlineData("erase", "ar", "مُحيت بياناتك")]
    [InlineData("confirm", "en", "Welcome, you are subscribed")]
    [InlineData("confirm", "ar", "أهلًا بك، اكتمل اشتراكك")]
    [InlineData("move", "en", "Done, your address is changed")]
    [InlineData("move", "ar", "تم، تغيّر عنوانك")]
    public async Task A_finished_action_shows_no_button_and_no_links_in_any_language(
        string act, string language, string expected)
    {
        await using var site = await WebFixture.StartAsync();
        var path = await PathAsync(site, act);
        Assert.Contains($"action=\"{path}\"", await site.PageAsync(path), StringComparison.Ordinal);
        using var done = await site.PostAsync(path, ("page", "1"), ("lang", language == "ar" ? "en" : "ar"));
        Assert.Contains($"href=\"?lang={language}\"", await done.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);

        site.Plan.Restart();
        using var shown = await site.Client.GetAsync($"{path}?lang={language}", Cancellation);
        var page = WebUtility.HtmlDecode(await shown.Content.ReadAsStringAsync(Cancellation));
        Assert.Equal(HttpStatusCode.OK, shown.StatusCode);
        Assert.Contains($"<h1>{expected}</h1>", page, StringComparison.Ordinal);
        Assert.Contains($"<html lang=\"{language}\"", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<button", page, StringComparison.Ordinal);
        Assert.DoesNotContain("/preferences/", page, StringComparison.Ordinal);
        Assert.DoesNotContain(site.Plan.Trace, call => call.Writes);
    }

    [Theory]
    [InlineData("confirm", "en")]
    [InlineData("confirm", "ar")]
    [InlineData("move", "en")]
    [InlineData("move", "ar")]
    public async Task The_recorded_consent_sentence_is_shown_at_the_button(string act, string language)
    {
        await using var site = await WebFixture.StartAsync();
        var path = await PathAsync(site, act);
        var sentence = new PageTexts(language)["Consent", "The Harbour Gazette"];
        var page = WebUtility.HtmlDecode(await site.PageAsync($"{path}?lang={language}"));
        Assert.InRange(page.IndexOf(sentence, StringComparison.Ordinal), page.IndexOf("<button", StringComparison.Ordinal), page.Length);
        using var done = await site.PostAsync($"{path}?lang={language}", ("page", "1"), ("lang", language));
        var person = await site.FindAsync(act == "move" ? "new@example.org" : "reader@example.com");
        Assert.Equal((SignUp.Wording, language), (person.Confirmation!.Wording, person.Confirmation.Language));
    }

    [Fact]
    public async Task The_goodbye_page_links_to_the_front_page()
    {
        await using var site = await WebFixture.StartAsync();
        var path = WebFixture.Path(site.Get<ReaderLinks>().Unsubscribe((await site.SubscribedAsync()).Id));
        using var left = await site.PostAsync(path, ("page", "1"));
        Assert.Contains("<a class=\"more\" href=\"/\">To the front page</a>", await left.Content.ReadAsStringAsync(Cancellation),
            StringComparison.Ordinal);
    }

    private static async Task<string> PathAsync(WebFixture site, string act)
    {
        var links = site.Get<ReaderLinks>();
        if (act == "confirm")
        {
            await site.Get<SignUp>().ExecuteAsync(new SignUpRequest("reader@example.com", "page"), Cancellation);
            return WebFixture.Path(links.Confirm((await site.FindAsync("reader@example.com")).Id));
        }

        var person = await site.SubscribedAsync();
        if (act == "erase")
        {
            return site.Mailed(LinkPurpose.Erase, person);
        }

        await site.Get<AskNewAddress>().ExecuteAsync(person.Id, "new@example.org", Cancellation);
        return WebFixture.Path(links.NewAddress(person.Id, site.Get<AddressHash>().Tag(WebFixture.Address("new@example.org"))));
    }
}

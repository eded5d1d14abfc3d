using System.Net;
using DailyDigest.Accounts;

namespace DailyDigest.Web.Tests.Desk;

/// <summary>The preview of colour, logo and footer.</summary>
public sealed class LookTests
{
    private const string Wanted = "?color=%23116699&logo=https%3A%2F%2Fcdn.example.net%2Flogo.png&footer=9+New+Street";

    [Fact]
    public async Task The_preview_shows_the_wanted_look_and_stores_nothing()
    {
        await using var site = await WebFixture.StartAsync();
        using var client = await site.SignInAsync(Role.Operator);
        site.Plan.Restart();

        var preview = await client.PageAsync("/desk/settings/look" + Wanted);
        Assert.Contains("/desk/settings/look/page?color=%23116699", preview, StringComparison.Ordinal);
        using var page = await client.GetAsync("/desk/settings/look/page" + Wanted);
        var body = await page.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.Contains("9 New Street", body, StringComparison.Ordinal);
        Assert.Contains("src=\"https://cdn.example.net/logo.png\"", body, StringComparison.Ordinal);
        var policy = page.Headers.GetValues("Content-Security-Policy").Single();
        Assert.Contains("img-src 'self' https://cdn.example.net;", policy, StringComparison.Ordinal);
        Assert.Contains("form-action 'none'", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("script-src", policy, StringComparison.Ordinal);
        Assert.Contains("#116699", await client.PageAsync("/desk/settings/look/style.css" + Wanted), StringComparison.OrdinalIgnoreCase);

        Assert.DoesNotContain(site.Plan.Trace, call => call.Writes);
        Assert.DoesNotContain("9 New Street", await site.PageAsync("/"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("?color=red", "Publication__Color")]
    [InlineData("?color=%23116699%3B%7D*%7Bdisplay:none", "Publication__Color")]
    [InlineData("?logo=javascript:alert(1)", "Publication__LogoUrl")]
    [InlineData("?logo=x%0d%0aSet-Cookie:a", "Publication__LogoUrl")]
    public async Task A_look_that_no_setting_may_have_is_refused(string query, string setting)
    {
        await using var site = await WebFixture.StartAsync();
        using var client = await site.SignInAsync(Role.Operator);
        using var answer = await client.GetAsync("/desk/settings/look" + query);
        var body = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
        Assert.Matches($"role=\"alert\"[^>]*>{setting}", body);
        Assert.DoesNotContain("<iframe", body, StringComparison.Ordinal);
        foreach (var part in (string[])["page", "mail", "style.css"])
        {
            using var refused = await client.GetAsync($"/desk/settings/look/{part}{query}");
            Assert.Equal(HttpStatusCode.NotFound, refused.StatusCode);
        }
    }

    [Fact]
    public async Task The_texts_of_the_look_are_never_markup()
    {
        await using var site = await WebFixture.StartAsync();
        using var client = await site.SignInAsync(Role.Operator);
        foreach (var path in (string[])["", "/page"])
        {
            using var answer = await client.GetAsync($"/desk/settings/look{path}?footer={Uri.EscapeDataString(WebFixture.Markup)}");
            var body = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            Assert.DoesNotContain("<img src=x", body, StringComparison.Ordinal);
        }
    }
}

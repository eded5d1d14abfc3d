using DailyDigest.Accounts;

namespace DailyDigest.Web.Tests.Desk;

/// <summary>The digests of two weeks, and one of them.</summary>
public sealed class DigestPageTests
{
    [Fact]
    public async Task The_list_names_cohort_and_first_story_and_the_page_leads_to_the_archive()
    {
        await using var site = await WebFixture.StartAsync();
        var date = new DateOnly(2026, 3, 2);
        await site.DigestAsync(date);
        using var viewer = await site.SignInAsync(Role.Viewer);

        var list = await viewer.PageAsync("/desk/digests");
        var page = await viewer.PageAsync("/desk/digests/2026-03-02");

        Assert.Matches(
            "href=\"/desk/digests/2026-03-02\">Every day, [^<]+</a>\\s*<p class=\"byline\">\\s*<bdi>[^<]+</bdi> · stories: [0-9]",
            list);
        Assert.DoesNotContain("daily_", list + page.Split("<main")[1], StringComparison.Ordinal);
        Assert.Contains("href=\"/digests/2026-03-02\"", page, StringComparison.Ordinal);
        using var archived = await site.Client.GetAsync(
            new Uri("/digests/2026-03-02", UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.True(archived.IsSuccessStatusCode);
    }
}

using DailyDigest.Accounts;
using DailyDigest.Tests.Browser;
using Microsoft.Playwright;

namespace DailyDigest.Web.Tests.Desk;

/// <summary>People of each role on the desk. DailyDigest.Functions.Tests takes the same way through the worker.</summary>
public sealed class DeskJourneyTests
{
    [Theory]
    [InlineData(Role.Viewer, "en", 1280, ColorScheme.Light, true)]
    [InlineData(Role.Editor, "ar", 375, ColorScheme.Dark, false)]
    [InlineData(Role.Editor, "en", 1280, ColorScheme.Light, true)]
    [InlineData(Role.Operator, "en", 375, ColorScheme.Dark, true)]
    [InlineData(Role.Owner, "ar", 1280, ColorScheme.Light, false)]
    public async Task A_person_sees_and_does_what_the_role_may(Role role, string language, int width, ColorScheme scheme, bool script)
    {
        await using var site = await WebFixture.StartAsync();
        await site.PublishAsync("The old bridge opens again", "Ferry fares rise", "A quiet year for the harbour");
        await site.SubscribedAsync("reader@example.com");
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await ChromiumBrowser.LaunchAsync(playwright);
        var journey = new DeskJourney(
            browser, site.Client.BaseAddress!, (address, one) => site.InviteAsync(one, address), "reader@example.com");

        Assert.Empty(await journey.WalkAsync(role, language, width, scheme, script));
    }
}

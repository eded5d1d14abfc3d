using System.Net;
using DailyDigest.Accounts;

namespace DailyDigest.Web.Tests.Desk;

/// <summary>The page of the settings.</summary>
public sealed class SettingsTests
{
    [Fact]
    public async Task The_page_shows_settings_and_no_secret()
    {
        await using var site = await WebFixture.StartAsync(null, ("Delivery:KeepDays", "77"), ("Delivery:Typo", "x"));
        using var client = await site.SignInAsync(Role.Operator);

        var page = await client.PageAsync("/desk/settings");

        Assert.Matches("Delivery__KeepDays</code></th>\\s*<td dir=\"auto\">\\s*77", page);
        Assert.Matches("Delivery__Typo[^§]{0,200}nothing reads this setting", page);
        Assert.Matches("Identity__Key</code></th>\\s*<td dir=\"auto\"><em>set, hidden", page);
        foreach (var secret in (string[])[WebFixture.Key, "c2l0ZS1", "another-key"])
        {
            Assert.DoesNotContain(secret, page, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Settings_that_are_set_come_first_and_the_others_are_folded()
    {
        await using var site = await WebFixture.StartAsync(null, ("Delivery:KeepDays", "77"));
        using var client = await site.SignInAsync(Role.Operator);

        var page = await client.PageAsync("/desk/settings");

        Assert.Contains("href=\"#group-Delivery\"", page, StringComparison.Ordinal);
        var group = page.Split("<h2 id=\"group-Delivery\">")[1].Split("<h2")[0].Split("<details");
        Assert.Contains("Delivery__KeepDays", group[0], StringComparison.Ordinal);
        Assert.DoesNotContain("Default</td>", group[0], StringComparison.Ordinal);
        Assert.Contains("Default</td>", group[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Viewers_and_editors_see_no_settings()
    {
        await using var site = await WebFixture.StartAsync();
        foreach (var role in (Role[])[Role.Viewer, Role.Editor])
        {
            using var client = await site.SignInAsync(role);
            using var answer = await client.GetAsync("/desk/settings");
            using var examined = await client.PostAsync("/desk/digests", "/desk/settings/doctor");
            Assert.Equal((HttpStatusCode.Forbidden, HttpStatusCode.Forbidden), (answer.StatusCode, examined.StatusCode));
        }
    }

    [Fact]
    public async Task The_report_of_doctor_is_shown_as_text()
    {
        await using var site = await WebFixture.StartAsync(null, ("Test:Doctor", WebFixture.Markup));
        using var client = await site.SignInAsync(Role.Operator);
        using var answer = await client.PostAsync("/desk/settings", "/desk/settings/doctor");
        var body = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.Contains(">Failed<", body, StringComparison.Ordinal);
        Assert.Contains("storage probe", body, StringComparison.Ordinal);
        Assert.DoesNotContain("<img src=x", body, StringComparison.Ordinal);
        Assert.DoesNotContain("Nothing is wrong.", body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_slow_examination_shows_what_is_known()
    {
        await using var site = await WebFixture.StartAsync(null, ("Test:Doctor", "slow"));
        using var client = await site.SignInAsync(Role.Operator);
        using var answer = await client.PostAsync("/desk/settings", "/desk/settings/doctor");
        var body = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Contains("Not everything could be checked", body, StringComparison.Ordinal);
        Assert.Contains("storage probe", body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_head_without_the_checks_names_the_command()
    {
        await using var site = await WebFixture.StartAsync();
        using var client = await site.SignInAsync(Role.Operator);
        Assert.Contains("infra/digest doctor", await client.PageAsync("/desk/settings"), StringComparison.Ordinal);
        using var answer = await client.PostAsync("/desk/settings", "/desk/settings/doctor");
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }
}

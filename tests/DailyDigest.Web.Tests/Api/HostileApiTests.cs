using System.Net;
using System.Text;
using DailyDigest.Subscribers;

namespace DailyDigest.Web.Tests.Api;

/// <summary>Hostile requests to the API are refused with the name of the field, and change nothing.</summary>
public sealed class HostileApiTests
{
    [Theory]
    [InlineData("", 422, "until: is missing")]
    [InlineData("{}", 422, "until: is missing")]
    [InlineData("""{"until":5}""", 422, "until: must be a date (yyyy-MM-dd)")]
    [InlineData("""{"until":null}""", 422, "until: must be a date (yyyy-MM-dd)")]
    [InlineData("""{"until":"2026-13-01"}""", 422, "until: must be a date (yyyy-MM-dd)")]
    [InlineData("""{"until":"2026-03-20","colour":"red"}""", 422, "colour: there is no such field")]
    [InlineData("""{"until":"2026-03-20","UNTIL":"2026-03-21"}""", 422, "UNTIL: there is no such field")]
    [InlineData("""{"until":"2026-03-20","until":"2026-03-21"}""", 400, null)]
    [InlineData("""{"until":"2026-03-20",}""", 400, null)]
    [InlineData("""["2026-03-20"]""", 400, null)]
    [InlineData("null", 400, null)]
    [InlineData("{", 400, null)]
    [InlineData("""{"until":"\ud800"}""", 422, "until: must be a date (yyyy-MM-dd)")]
    public async Task A_wrong_body_is_refused_with_the_name_of_the_field(string body, int status, string? line)
    {
        await using var site = await WebFixture.StartAsync();
        var program = await site.ProgramAsync("operator");
        var id = (await site.SubscribedAsync()).Id;
        site.Plan.Restart();
        var answer = await program.SendAsync("POST", $"/readers/{id}/pause", body);
        Assert.Equal((status, "application/problem+json"), (answer.Status, answer.Message.Content.Headers.ContentType!.MediaType));
        Assert.Equal(line is null ? [] : [line], answer.Errors);
        Assert.DoesNotContain(site.Plan.Trace, call => call is { Writes: true, Place: not Storage.Tables.ApiKeys });
    }

    [Fact]
    public async Task Deep_huge_and_foreign_bodies_are_refused()
    {
        await using var site = await WebFixture.StartAsync();
        var program = await site.ProgramAsync("operator");
        var deep = new StringBuilder().Insert(0, "[", 5_000).Append(']', 5_000);
        var find = "/readers/find";
        Assert.Equal(400, (await program.SendAsync("POST", find, $$"""{"address":{{deep}}}""")).Status);
        Assert.Equal(413, (await program.SendAsync("POST", find, $$"""{"address":"{{new string('a', 70_000)}}"}""")).Status);
        foreach (var type in (string[])["text/plain", "application/json; charset=utf-16", "application/x-www-form-urlencoded", "x"])
        {
            var answer = await program.SendAsync("POST", find, """{"address":"a@example.com"}""", ("Content-Type", type));
            Assert.Equal((415, "not-json"), (answer.Status, answer.Code));
        }
    }

    [Theory]
    [InlineData("/readers?limit=0")]
    [InlineData("/readers?limit=201")]
    [InlineData("/readers?limit=5&limit=6")]
    [InlineData("/readers?cursor=AAAA")]
    [InlineData("/readers?cursor=%00")]
    [InlineData("/readers?status=erased-by-me")]
    [InlineData("/readers?status=1")]
    [InlineData("/readers?colour=red")]
    public async Task A_wrong_parameter_is_refused(string path)
    {
        await using var site = await WebFixture.StartAsync();
        var answer = await (await site.ProgramAsync("operator")).GetAsync(path);
        Assert.Equal((422, "invalid"), (answer.Status, answer.Code));
        Assert.NotEmpty(answer.Errors);
    }

    [Fact]
    public async Task A_cursor_works_only_in_its_own_list_with_its_own_parameters()
    {
        await using var site = await WebFixture.StartAsync();
        await using var other = await WebFixture.StartAsync(null, ("Identity:Key", "b3RoZXItYWRkcmVzcy1rZXktMDEyMzQ1Njc4OTAxMjM0NTY="));
        var program = await site.ProgramAsync("operator");
        for (var number = 0; number < 3; number++)
        {
            await site.SubscribedAsync($"reader{number}@example.com");
        }

        var next = (string)(await program.GetAsync("/readers?limit=1"))["next"]!;
        Assert.Equal(200, (await program.GetAsync("/readers?cursor=" + next)).Status);
        Assert.Equal(422, (await program.GetAsync("/readers?status=active&cursor=" + next)).Status);
        Assert.Equal(422, (await program.GetAsync("/runs/2026-03-02?cursor=" + next)).Status);
        Assert.Equal(422, (await (await other.ProgramAsync("operator")).GetAsync("/readers?cursor=" + next)).Status);
        Assert.Equal(401, (await new ApiProgram(other.Client, program.Key).GetAsync("/readers")).Status);
    }

    [Fact]
    public async Task A_page_of_another_site_can_change_nothing_with_a_key()
    {
        await using var site = await WebFixture.StartAsync();
        var program = await site.ProgramAsync("operator");
        var id = (await site.SubscribedAsync()).Id;
        foreach (var header in ((string, string)[])[("Origin", "https://evil.example"), ("Sec-Fetch-Site", "cross-site")])
        {
            var answer = await program.PostAsync($"/readers/{id}/unsubscribe", null, header);
            Assert.Equal((403, "other-site"), (answer.Status, answer.Code));
        }

        Assert.Equal(SubscriberStatus.Active, await site.StatusAsync(id));
        using var owner = await site.SignInAsync(Accounts.Role.Owner);
        using var byCookie = await owner.GetAsync("/api/v1/readers");
        Assert.Equal(HttpStatusCode.Unauthorized, byCookie.StatusCode);
    }
}

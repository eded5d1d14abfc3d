using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using DailyDigest.Accounts;
using DailyDigest.Mailing;
using DailyDigest.Subscribers;

namespace DailyDigest.Web.Tests.Desk;

/// <summary>The suppression list on the desk and through the API.</summary>
public sealed class SuppressionsTests
{
    private const string Page = "/desk/readers/suppressions";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_operator_adds_imports_exports_and_removes_entries()
    {
        await using var site = await WebFixture.StartAsync();
        var person = await site.SubscribedAsync();
        var other = await site.SubscribedAsync("other@example.com");
        using var client = await site.SignInAsync(Role.Operator);
        Assert.Contains("The list is empty.", await client.PageAsync(Page), StringComparison.Ordinal);

        using var added = await client.PostAsync(
            Page, "/desk/readers/suppress", ("address", "reader@example.com"), ("reason", "bounced"));
        Assert.Equal(HttpStatusCode.SeeOther, added.StatusCode);
        var text = await UploadAsync(client, $"sha256\n{Sha256("other@example.com")}\nnonsense\n", "old list");
        Assert.Contains("2 rows: 1 added, 0 on the list before, 1 refused. Subscriptions that ended: 1.", text, StringComparison.Ordinal);
        Assert.Contains("<td>3</td>", text, StringComparison.Ordinal);
        Assert.Equal(
            (SubscriberStatus.Bounced, SubscriberStatus.Unsubscribed),
            (await site.StatusAsync(person.Id), await site.StatusAsync(other.Id)));

        using var export = await client.PostAsync(Page, Page + "/export");
        var csv = await export.Content.ReadAsStringAsync(Cancellation);
        Assert.Contains(Sha256("reader@example.com"), csv, StringComparison.Ordinal);
        Assert.DoesNotContain("@", csv, StringComparison.Ordinal);

        foreach (var entry in await site.Get<ListSuppressions>().ExecuteAsync(null, 10, Cancellation))
        {
            using var removed = await client.PostAsync(Page, Page + "/remove", ("key", entry.Entry.Key));
            Assert.Equal(HttpStatusCode.SeeOther, removed.StatusCode);
        }

        Assert.Contains("The list is empty.", await client.PageAsync(Page), StringComparison.Ordinal);
        Assert.Equal(
            (SubscriberStatus.Bounced, SubscriberStatus.Unsubscribed),
            (await site.StatusAsync(person.Id), await site.StatusAsync(other.Id)));
        Assert.DoesNotContain("example.com", site.Logged, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Only_an_owner_removes_the_entry_of_a_complaint()
    {
        await using var site = await WebFixture.StartAsync();
        var person = await site.SubscribedAsync();
        Assert.True(EmailAddress.TryParse("reader@example.com", out var address));
        await site.Get<SuppressAddress>().ExecuteAsync(address, Suppression.Complained, Cancellation);
        var key = Assert.Single(await site.Get<ListSuppressions>().ExecuteAsync(null, 10, Cancellation)).Entry.Key;
        using var client = await site.SignInAsync(Role.Operator);
        Assert.DoesNotContain(key, await client.PageAsync(Page), StringComparison.Ordinal);
        using var refused = await client.PostAsync(Page, Page + "/remove", ("key", key));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.StatusCode);
        Assert.Equal(409, (await (await site.ProgramAsync("operator")).SendAsync("DELETE", "/suppressions/" + key, null)).Status);

        using var owner = await site.SignInAsync(Role.Owner, "second@example.com");
        using var removed = await owner.PostAsync(Page, Page + "/remove", ("key", key));
        Assert.Equal(HttpStatusCode.SeeOther, removed.StatusCode);
        Assert.Equal(SubscriberStatus.Complained, await site.StatusAsync(person.Id));
        var change = Assert.Single(await site.Get<AuditLog>().ListOfAsync(key[..16], 10, Cancellation));
        Assert.Equal(("address.release", "complained"), (change.Verb, change.Before));
    }

    [Fact]
    public async Task A_program_imports_lists_exports_and_removes()
    {
        await using var site = await WebFixture.StartAsync();
        var program = await site.ProgramAsync("operator");
        var id = (await site.SubscribedAsync()).Id;
        var csv = "email,reason,date\nreader@example.com,complained,2026-03-02T10:00:00Z\nnobody@example.com,,\n<script>,,\n";
        var trial = await program.PostAsync("/suppressions/import", new { csv, source = "old list", trial = true });
        Assert.Equal((200, true, 3), (trial.Status, (bool)trial["isTrial"]!, (int)trial["rows"]!));
        Assert.Equal(SubscriberStatus.Active, await site.StatusAsync(id));
        var done = await program.PostAsync("/suppressions/import", new { csv, source = "old list" });
        Assert.Equal((1, 1), ((int)done["refused"]!, (int)done["lines"].AsArray().Count));
        Assert.Equal(422, (await program.PostAsync("/suppressions/import", new { csv = "a,b\n", source = "x" })).Status);
        Assert.Equal(422, (await program.PostAsync("/suppressions/import", new { csv, source = "" })).Status);

        var first = await program.GetAsync("/suppressions?limit=1");
        var second = await program.GetAsync("/suppressions?limit=1&cursor=" + first.Json["next"]);
        string[] ids = [(string)first["items"][0]!["id"]!, (string)second["items"][0]!["id"]!];
        Assert.Equal(2, ids.Distinct().Count());
        Assert.Equal(404, (await program.SendAsync("DELETE", "/suppressions/" + new string('0', 64), null)).Status);
        Assert.Equal(404, (await program.SendAsync("DELETE", "/suppressions/nobody@example.com", null)).Status);
        foreach (var one in ids)
        {
            await (await site.ProgramAsync("owner")).SendAsync("DELETE", "/suppressions/" + one, null);
        }

        Assert.Empty((await program.GetAsync("/suppressions"))["items"].AsArray());
    }

    private static async Task<string> UploadAsync(DeskClient client, string csv, string source)
    {
        var token = Regex.Match(await client.PageAsync(Page), "name=\"token\" value=\"([^\"]+)").Groups[1].Value;
        using var form = new MultipartFormDataContent
        {
            { new StringContent(token), "token" }, { new StringContent(source), "source" }, { new StringContent("unsubscribed"), "reason" },
            { new ByteArrayContent(Encoding.UTF8.GetBytes(csv)), "file", "list.csv" },
        };
        using var request = new HttpRequestMessage(HttpMethod.Post, Page + "/import") { Content = form };
        using var answer = await client.SendAsync(request);
        return WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync(Cancellation));
    }

    private static string Sha256(string address) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(address)));
}

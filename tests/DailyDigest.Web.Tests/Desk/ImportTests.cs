using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using DailyDigest.Accounts;
using DailyDigest.Subscribers;

namespace DailyDigest.Web.Tests.Desk;

/// <summary>Lists of readers that are imported on the desk.</summary>
public sealed class ImportTests
{
    private const string Path = "/desk/readers/import";
    private const string List = "email,consent_at\nada@example.com,2025-01-02\nnonsense,2025-01-02\nbob@example.com,2025-01-02\n";

    [Fact]
    public async Task A_trial_run_says_what_would_happen_and_stores_nothing()
    {
        await using var site = await WebFixture.StartAsync();
        using var client = await site.SignInAsync(Role.Operator);
        site.Plan.Restart();

        var (status, page) = await SendAsync(client, Path + "/try", ("file", List), ("source", "Old list"));

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Contains("Import (2)", page, StringComparison.Ordinal);
        Assert.Contains("email: not an address.", page, StringComparison.Ordinal);
        Assert.DoesNotContain(site.Plan.Trace, call => call.Writes);
    }

    [Fact]
    public async Task The_list_of_a_trial_run_is_imported_without_a_second_upload()
    {
        await using var site = await WebFixture.StartAsync();
        using var client = await site.SignInAsync(Role.Operator);
        var (_, trial) = await SendAsync(client, Path + "/try", ("file", List), ("source", "Old list"));
        var content = Regex.Match(trial, "name=\"content\" value=\"([^\"]+)\"").Groups[1].Value;

        var (status, location) = await SendAsync(client, Path, ("content", content), ("source", "Old list"));

        Assert.Equal(HttpStatusCode.SeeOther, status);
        var ada = await site.FindAsync("ada@example.com");
        Assert.Equal((SubscriberStatus.Active, "import: Old list"), (ada.Status, ada.Consent.Source));
        var page = await client.PageAsync(location);
        Assert.Contains("The list was imported.", page, StringComparison.Ordinal);
        Assert.Contains("email: not an address.", page, StringComparison.Ordinal);
        var lines = (await client.PageAsync(location + "/refused.csv")).Split('\n').Select(line => line.TrimEnd('\r'));
        Assert.Equal(["line,reason", "3,email: not an address.", ""], lines);
        Assert.Contains("Old list", await client.PageAsync(Path), StringComparison.Ordinal);
        var change = Assert.Single((await site.Get<AuditLog>().ListAsync(null, "reader.import", null, 10, CancellationToken.None)).Entries);
        Assert.Equal("3 rows: 2 added, 0 subscribed before, 1 refused", change.After);

        // The same list again adds nobody.
        var (_, again) = await SendAsync(client, Path + "/try", ("file", List), ("source", "Old list"));
        Assert.Contains("Import (0)", again, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_trial_run_of_an_export_says_whose_it_is_and_what_its_columns_and_states_mean()
    {
        await using var site = await WebFixture.StartAsync();
        using var client = await site.SignInAsync(Role.Operator);
        const string export = "uuid,email,name,attributes,status,created_at,updated_at\n1,ada@example.com,Ada,{},enabled,2024-05-02,\n"
            + "2,bob@example.com,Bob,{},blocklisted,2024-05-02,\n3,cleo@example.com,Clara,{},snoozed,2024-05-02,\n";
        var (status, page) = await SendAsync(client, Path + "/try", ("file", export), ("source", "Old list"));
        Assert.Equal(HttpStatusCode.OK, status);
        foreach (var text in (string[])
        [
            "This is an export of listmonk.", "does not say who unsubscribed from a list", "Import (1)", "status is “blocklisted”",
            "This state is not known.", "Date of consent", "Not used",
        ])
        {
            Assert.Contains(text, WebUtility.HtmlDecode(page), StringComparison.Ordinal);
        }

        const string gone = "uuid,email,name,attributes,status,created_at,updated_at\n2,bob@example.com,Bob,{},disabled,2024-05-02,\n";
        (_, page) = await SendAsync(client, Path + "/try", ("file", gone), ("source", "Old list"));
        Assert.Contains("Nobody in this file is subscribed.", page, StringComparison.Ordinal);
        Assert.Contains("/desk/readers/suppressions", page, StringComparison.Ordinal);

        const string never = "Email Address,LEID,EUID,LAST_CHANGED\nada@example.com,1,a,\n";
        (status, page) = await SendAsync(
            client, Path, ("content", ListFile.Pack(Encoding.UTF8.GetBytes(never))), ("source", "x"), ("name", "nonsubscribed_a.csv"));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, status);
        Assert.Contains("who never subscribed", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_list_in_another_charset_is_read_and_the_assumption_is_shown()
    {
        await using var site = await WebFixture.StartAsync(publication => publication.Languages = ["fr", "en"]);
        using var client = await site.SignInAsync(Role.Operator);
        var bytes = Encoding.Latin1.GetBytes("email;sections\nada@example.com;Économie\n");

        var (status, page) = await SendAsync(client, Path + "/try", bytes, [("source", "Old list")]);

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Contains("The file is not UTF-8:", page, StringComparison.Ordinal);
        Assert.Contains("É", page, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "Old list", "Choose a file that is not empty.")]
    [InlineData(List, "", "Say where these people consented")]
    [InlineData(List, "a\nb", "Say where these people consented")]
    [InlineData("name\nAda\n", "Old list", "names no column email")]
    [InlineData("<script>alert(1)</script>\nx\n", "Old list", "names no column email")]
    [InlineData("\"", "Old list", "Line 1")]
    public async Task A_faulty_list_is_refused_with_the_reason(string list, string source, string text)
    {
        await using var site = await WebFixture.StartAsync();
        using var client = await site.SignInAsync(Role.Operator);
        foreach (var path in (string[])[Path + "/try", Path])
        {
            var (status, page) = await SendAsync(client, path, ("file", list), ("source", source));
            Assert.Equal(HttpStatusCode.UnprocessableEntity, status);
            Assert.Contains(text, page, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_list_that_is_too_long_leads_to_the_command_line()
    {
        await using var site = await WebFixture.StartAsync();
        using var client = await site.SignInAsync(Role.Operator);
        var (status, page) = await SendAsync(
            client, Path, ("file", "email\n" + string.Concat(Enumerable.Repeat("a@b.example\n", ListFile.MaxLines + 1))), ("source", "x"));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, status);
        Assert.Contains("more than 10,000 lines", page, StringComparison.Ordinal);

        var (refused, _) = await SendAsync(client, Path, new byte[ListFile.MaxForm], [("source", "x")]);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, refused);
    }

    [Fact]
    public async Task A_packed_list_that_unfolds_to_more_than_the_limit_is_refused()
    {
        var bomb = ListFile.Pack(new byte[64 * 1024 * 1024]);
        Assert.True(bomb.Length < 1024 * 1024);
        Assert.True(ListFile.IsTooLarge(ListFile.Unpack(bomb)!));
        Assert.Null(ListFile.Unpack("not packed"));
        Assert.Null(ListFile.Unpack("AAAA"));

        await using var site = await WebFixture.StartAsync();
        using var client = await site.SignInAsync(Role.Operator);
        var (status, _) = await SendAsync(client, Path, ("content", bomb), ("source", "x"));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, status);
    }

    [Fact]
    public async Task The_file_of_refused_lines_runs_no_formula()
    {
        await using var site = await WebFixture.StartAsync();
        using var client = await site.SignInAsync(Role.Operator);
        const string Hostile = "email,=cmd consent date\nada@example.com,never\n";
        var (_, location) = await SendAsync(client, Path, ("file", Hostile), ("source", "x"));
        var lines = (await client.PageAsync(location + "/refused.csv")).Split('\n');
        Assert.DoesNotContain(lines, line => Regex.IsMatch(line, "^\\d+,\"?[=+@-]"));
    }

    [Theory]
    [InlineData("multipart/form-data")]
    [InlineData("multipart/form-data; boundary=")]
    [InlineData("multipart/form-data; boundary=x")]
    public async Task A_form_that_cannot_be_read_is_refused(string type)
    {
        await using var site = await WebFixture.StartAsync();
        using var client = await site.SignInAsync(Role.Operator);
        using var content = new ByteArrayContent("--x\r\nno header\r\n\r\nvalue"u8.ToArray());
        content.Headers.TryAddWithoutValidation("Content-Type", type);
        using var request = new HttpRequestMessage(HttpMethod.Post, Path) { Content = content };
        using var answer = await client.SendAsync(request);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
    }

    private static Task<(HttpStatusCode Status, string Text)> SendAsync(
        DeskClient client, string path, params (string Name, string Value)[] fields)
    {
        var file = fields.FirstOrDefault(field => field.Name == "file").Value;
        return SendAsync(
            client, path, file is null ? null : Encoding.UTF8.GetBytes(file), [.. fields.Where(field => field.Name != "file")]);
    }

    // The page of the answer, or the path to which it leads.
    private static async Task<(HttpStatusCode Status, string Text)> SendAsync(
        DeskClient client, string path, byte[]? file, (string Name, string Value)[] fields)
    {
        using var form = new MultipartFormDataContent();
        var token = Regex.Match(await client.PageAsync(Path), "name=\"token\" value=\"([^\"]+)").Groups[1].Value;
        foreach (var (name, value) in fields.Append(("token", token)))
        {
            form.Add(new StringContent(value), name);
        }

        if (file is not null)
        {
            form.Add(new ByteArrayContent(file), "file", "list.csv");
        }

        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = form };
        using var answer = await client.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.DoesNotContain("<script>", text, StringComparison.Ordinal);
        return (answer.StatusCode, answer.Headers.Location?.ToString() ?? WebUtility.HtmlDecode(text));
    }
}

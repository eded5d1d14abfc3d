using System.Security.Cryptography;
using System.Text.Json;
using DailyDigest.Sqlite;
using DailyDigest.Storage;

namespace DailyDigest.EndToEnd.Tests;

/// <summary>A list of readers: imported, suppressed, restored and erased.</summary>
public sealed partial class CommandsTests
{
    [Fact]
    public async Task A_bounced_reader_can_be_restored_and_one_who_complained_cannot()
    {
        await WriteAsync("readers.csv", "email\nada@example.org\nben@example.org\n");
        Assert.Equal(0, (await RunAsync("subscribers", "import", InFolder("readers.csv"), "--source", "x")).Code);
        Assert.Equal(0, (await RunAsync("subscribers", "suppress", "ada@example.org", "--reason", "bounced")).Code);
        Assert.Equal(0, (await RunAsync("subscribers", "suppress", "ben@example.org", "--reason", "complained")).Code);
        Assert.Equal(0, (await RunAsync("subscribers", "restore", await IdAsync("bounced"))).Code);
        Assert.Equal(1, (await RunAsync("subscribers", "restore", await IdAsync("complained"))).Code);
        Assert.Equal(2, (await RunAsync("subscribers", "restore", "../../etc/passwd")).Code);
        Assert.NotEmpty(await IdAsync("active"));

        async Task<string> IdAsync(string status)
        {
            var (_, output, _) = await RunAsync("subscribers", "list", "--status", status, "--json");
            return JsonDocument.Parse(output).RootElement.EnumerateArray().Single().GetProperty("id").GetString()!;
        }
    }

    [Fact]
    public async Task An_import_does_not_add_erased_readers_or_readers_who_complained()
    {
        await WriteAsync("readers.csv", "email\nada@example.org\nben@example.org\n");
        Assert.Equal(0, (await RunAsync("subscribers", "import", InFolder("readers.csv"), "--source", "x")).Code);
        Assert.Equal(0, (await RunAsync("subscribers", "erase", "ada@example.org")).Code);
        Assert.Equal(0, (await RunAsync("subscribers", "suppress", "ben@example.org", "--reason", "complained")).Code);
        Assert.Equal(1, (await RunAsync("subscribers", "erase", "nobody@example.org")).Code);

        await WriteAsync("again.csv", "email\nada@example.org\n\"broken\nben@example.org\nnot an address\ncleo@example.org\n");
        var (code, output, error) = await RunAsync("subscribers", "import", InFolder("again.csv"), "--source", "x");
        Assert.Equal(1, code);
        Assert.Equal("5 rows: 1 added, 0 subscribed before, 2 refused, 2 left out\n", output);
        Assert.Equal(
            [
                "line 3: email: not an address.", "line 5: email: not an address.", "1 row had no date: the date of consent is recorded "
                    + "as unknown.", "2 rows left out: these readers left, complained, bounced, were blocked or erased here, or have not "
                    + "confirmed yet.",
            ],
            Lines(error));

        (code, _, error) = await RunAsync("subscribers", "import", InFolder("missing.csv"), "--source", "x");
        Assert.Equal(2, code);
        Assert.StartsWith("FILE: ", error, StringComparison.Ordinal);
        Assert.Single(Lines(error));
    }

    [Fact]
    public async Task Bad_rows_are_reported_by_line_and_the_same_file_continues_where_it_stopped()
    {
        await WriteAsync("bad.csv",
            "email,zone,hour\nada@example.org,Mars/Olympus,7\nben@example.org,,25\nnot an address,,\ncleo@example.org,,7\n");
        var (code, output, error) = await RunAsync("subscribers", "import", InFolder("bad.csv"), "--source", "x");
        Assert.Equal(1, code);
        Assert.Equal(
            [
                "line 2: zone: not an IANA zone.", "line 3: hour: not 0 to 23.", "line 4: email: not an address.",
                "1 row had no date: the date of consent is recorded as unknown.",
            ],
            Lines(error));
        Assert.Equal("4 rows: 1 added, 0 subscribed before, 3 refused\n", output);

        (code, output, error) = await RunAsync("subscribers", "import", InFolder("bad.csv"), "--source", "x");
        Assert.Equal(1, code);
        Assert.Equal("0 added now; all 4 rows were handled before (1 added, 3 refused)\n", output);
        Assert.Equal(
            [
                "line 2: zone: not an IANA zone. (refused before)", "line 3: hour: not 0 to 23. (refused before)",
                "line 4: email: not an address. (refused before)",
                "An earlier import of this file handled 4 rows, which were skipped now. Put corrected rows into a new file, or correct "
                    + "this one.",
            ],
            Lines(error));

        await WriteAsync("good.csv", "email\ndan@example.org\neve@example.org\ndan@example.org\n");
        (code, output, _) = await RunAsync("subscribers", "import", InFolder("good.csv"), "--source", "x");
        Assert.Equal((0, "3 rows: 2 added, 0 subscribed before, 0 refused, 1 repeated in the file\n"), (code, output));
        (code, output, error) = await RunAsync("subscribers", "import", InFolder("good.csv"), "--source", "x");
        Assert.Equal(
            (0, "0 added now; all 3 rows were handled before (2 added, 1 repeated in the file)\n", ""), (code, output, error));
        (code, output, _) = await RunAsync("subscribers", "list");
        Assert.Contains("date unknown, import: x", output, StringComparison.Ordinal);

        // An import that stopped after its first row.
        await WriteAsync("half.csv", "email\nfay@example.org\ngil@example.org\n");
        using (var database = await publication.OpenAsync(Cancellation))
        {
            var file = Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(InFolder("half.csv"), Cancellation)));
            var done = new TableRow(file) { { "rows", 1 }, { "added", 1 }, { "known", 0 }, { "refused", 0 } };
            Assert.True(
                (await new SqliteTableStore(database, TimeProvider.System).WriteAsync(
                    Tables.Facts, "import", TableWrite.Insert(done), Cancellation)).IsDone);
        }

        (code, output, _) = await RunAsync("subscribers", "import", InFolder("half.csv"), "--source", "x");
        Assert.Equal(
            (0, "now 1 row: 1 added, 0 subscribed before, 0 refused; before 1 row: 1 added, 0 subscribed before, 0 refused\n"),
            (code, output));

        await WriteAsync("not.csv", "name\nada\n");
        (code, _, error) = await RunAsync("subscribers", "import", InFolder("not.csv"), "--source", "x");
        Assert.Equal(1, code);
        Assert.StartsWith("Line 1 names no column email, but: name. Expected: ", Assert.Single(Lines(error)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rows_that_are_not_active_are_one_line_and_no_fault()
    {
        await WriteAsync("list.csv", """
            email,status,Created at
            ada@example.org,active,2024-05-01
            ben@example.org,snoozed,
            cleo@example.org,,2024-05-01
            """);
        var (code, output, error) = await RunAsync("subscribers", "import", InFolder("list.csv"), "--source", "x", "--dry-run");
        Assert.Equal(
            (0, "Nothing was written. The import would give: 3 rows: 1 added, 0 subscribed before, 0 refused, 2 left out\n"),
            (code, output));
        (code, output, error) = await RunAsync("subscribers", "import", InFolder("list.csv"), "--source", "x");
        Assert.Equal((0, "3 rows: 1 added, 0 subscribed before, 0 refused, 2 left out\n"), (code, output));
        Assert.Equal(
            [
                "The dates of consent were read from the column Created at.",
                "2 rows left out: the status in the file is empty or not active.",
                "  1 row: status is empty",
                "  1 row: status is 'snoozed', which is not known. If these readers are subscribed, put a known state in its place and "
                    + "import that file",
            ],
            Lines(error));
        Assert.Contains("2024-05-01, import: x", (await RunAsync("subscribers", "list")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_trial_of_a_services_export_says_what_it_is_and_what_its_columns_are_read_as()
    {
        await WriteAsync("list.csv", """
            Email Address,First Name,MEMBER_RATING,OPTIN_TIME,CONFIRM_TIME,GMTOFF,TIMEZONE,UNSUB_TIME,CLEAN_TIME,LAST_CHANGED,LEID,EUID,TAGS
            ada@example.org,Ada,2,2024-05-01 08:00:00,2024-05-01 09:00:00,1,Europe/Berlin,,,2024-05-01 09:00:00,1,a,
            ben@example.org,Ben,2,2024-05-01 08:00:00,,,,2025-01-01 08:00:00,,2025-01-01 09:00:00,2,b,
            """);
        var (code, output, error) = await RunAsync("subscribers", "import", InFolder("list.csv"), "--source", "x", "--dry-run");
        Assert.Equal(
            (0, "Nothing was written. The import would give: 2 rows: 1 added, 0 subscribed before, 0 refused, 1 left out\n"),
            (code, output));
        Assert.Equal(
            [
                "This is an export of Mailchimp.",
                "The columns are read as:",
                "  address: Email Address",
                "  who has left: UNSUB_TIME, CLEAN_TIME",
                "  date of consent: OPTIN_TIME, CONFIRM_TIME",
                "  zone: TIMEZONE",
                "  sections: TAGS",
                "  not used: First Name, MEMBER_RATING, GMTOFF, LAST_CHANGED, LEID, EUID",
                "GMTOFF and DSTOFF are offsets and no time zones, so they are not used. TIMEZONE is.",
                "The dates of consent were read from the columns CONFIRM_TIME, OPTIN_TIME: the first that a row has.",
                "1 row left out: the status in the file is empty or not active.",
                "  1 row: UNSUB_TIME is filled",
            ],
            Lines(error));
    }

    [Fact]
    public async Task Who_left_by_an_export_is_brought_as_a_suppression_list()
    {
        await WriteAsync("gone.csv", """
            email,active_subscription,expiry,plan,email_disabled,created_at
            ada@example.org,false,,other,true,2024-05-01T08:00:00.000Z
            """);
        var (code, _, error) = await RunAsync("subscribers", "import", InFolder("gone.csv"), "--source", "x");
        Assert.Equal(0, code);
        Assert.Contains("Bring it as a suppression list", error, StringComparison.Ordinal);
        (code, var output, error) = await RunAsync("suppressions", "import", InFolder("gone.csv"), "--source", "x");
        Assert.Equal(
            (0, "1 row: 1 added, 0 on the list before, 0 refused; 0 subscriptions ended\n",
                "This is an export of Substack: only who has left is taken, with the reason that it says.\n"),
            (code, output, error));

        await WriteAsync("nonsubscribed_email_audience_export_1.csv", "Email Address,LEID,EUID,LAST_CHANGED\nada@example.org,1,a,\n");
        (code, _, error) = await RunAsync(
            "subscribers", "import", InFolder("nonsubscribed_email_audience_export_1.csv"), "--source", "x");
        Assert.Equal(1, code);
        Assert.Contains("contacts of Mailchimp who never subscribed", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_section_that_is_not_offered_is_named_and_can_be_renamed()
    {
        publication.Settings["Publication__Sections__0"] = "News";
        publication.Settings["Publication__Sections__1"] = "Sports";
        await WriteAsync("list.csv", "email,sections\nada@example.org,Sport\nben@example.org,sport;News\n");
        var (code, _, error) = await RunAsync("subscribers", "import", InFolder("list.csv"), "--source", "x");
        Assert.Equal(0, code);
        Assert.Contains("1 reader chose section 'Sport', which is not offered", error, StringComparison.Ordinal);
        Assert.Contains(
            "readers choices: warning: 1 reader chose section 'Sport'", (await RunAsync("doctor")).Output, StringComparison.Ordinal);

        Assert.Equal(2, (await RunAsync("sections", "rename", "Sport", "Opera")).Code);
        (code, var output, _) = await RunAsync("sections", "rename", "Sport", "sports");
        Assert.Equal(0, code);
        Assert.StartsWith("2 readers and 0 recent stories changed from Sport to Sports. ", output, StringComparison.Ordinal);
        Assert.Equal(1, (await RunAsync("sections", "rename", "Sport", "Sports")).Code);
        Assert.Contains("readers choices: OK", (await RunAsync("doctor")).Output, StringComparison.Ordinal);
    }
}

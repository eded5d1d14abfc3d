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
        Assert.Equal(1, (await RunAsync("subscribers", "restore", "../../etc/passwd")).Code);
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
        Assert.Contains("line 2: The address is suppressed (erased).", error, StringComparison.Ordinal);
        Assert.DoesNotContain("ada@", output + error, StringComparison.Ordinal);
        (_, _, var again) = await RunAsync("subscribers", "import", InFolder("again.csv"), "--source", "x");
        Assert.Contains("line 2: The address is suppressed (erased). (refused before)", again, StringComparison.Ordinal);
        Assert.DoesNotContain("ada@", again, StringComparison.Ordinal);

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
        Assert.Equal(["line 2: zone: not an IANA zone.", "line 3: hour: not 0 to 23.", "line 4: email: not an address."], Lines(error));
        Assert.StartsWith("4 rows: 1 added, 0 subscribed before, 3 refused", output, StringComparison.Ordinal);

        (code, output, error) = await RunAsync("subscribers", "import", InFolder("bad.csv"), "--source", "x");
        Assert.Equal(1, code);
        Assert.Equal("0 added now; all 4 rows were handled before (3 refused)\n", output);
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
        Assert.Equal((0, "3 rows: 2 added, 1 subscribed before, 0 refused\n"), (code, output));
        (code, output, error) = await RunAsync("subscribers", "import", InFolder("good.csv"), "--source", "x");
        Assert.Equal((0, "0 added now; all 3 rows were added before\n", ""), (code, output, error));

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
        Assert.Equal(["The first line must name the columns, email among them."], Lines(error));
    }
}

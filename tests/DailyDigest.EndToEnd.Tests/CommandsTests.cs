using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using DailyDigest.EndToEnd.Tests.Rig;
using DailyDigest.Server.Commands;
using DailyDigest.Sqlite;
using DailyDigest.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace DailyDigest.EndToEnd.Tests;

/// <summary>The command line as operators and scripts use it: real storage, real files, the real transport.</summary>
public sealed class CommandsTests : IDisposable
{
    private readonly House house = new(smtpPort: 1);

    public CommandsTests()
    {
        house.Settings["Mail__PickupFolder"] = Outbox;
        house.Settings["Feeds__AllowPrivateAddresses"] = "true";
        // Due this very hour, so that there is something to run whenever the test is.
        house.Settings["Publication__TimeZone"] = "Etc/UTC";
        house.Settings["Publication__Hour"] = TimeProvider.System.GetUtcNow().Hour.ToString(CultureInfo.InvariantCulture);
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string Outbox => Path.Combine(house.Folder, "outbox");

    public void Dispose() => house.Dispose();

    [Fact]
    public async Task A_list_is_imported_gets_its_digest_once_is_exported_and_erased()
    {
        var cohort = await house.SeedAsync(0, Cancellation);
        await WriteAsync("readers.csv", string.Create(CultureInfo.InvariantCulture, $"""
            email,zone,hour,language
            ada@example.org,Etc/UTC,{cohort.Hour},en
            noor@example.org,Etc/UTC,{cohort.Hour},ar

            """));

        // An hour ago: imported after their hour has come, they would begin tomorrow.
        var earlier = new FakeTimeProvider(TimeProvider.System.GetUtcNow().AddHours(-1));
        var (code, output, error) = await RunAsync(
            house, ["subscribers", "import", InFolder("readers.csv"), "--source", "members 2025"], builder => builder.Services.AddSingleton<TimeProvider>(earlier));
        Assert.Equal((0, "2 rows: 2 added, 0 subscribed before, 0 refused\n", ""), (code, output, error));

        (code, output, _) = await RunAsync("preview", "--explain");
        Assert.Equal(0, code);
        Assert.Contains("score", output, StringComparison.Ordinal);
        (code, _, _) = await RunAsync("preview", "--out", InFolder("preview.html"), "--language", "ar");
        Assert.Equal(0, code);
        Assert.Contains("dir=\"rtl\"", await File.ReadAllTextAsync(InFolder("preview.html"), Cancellation), StringComparison.Ordinal);
        Assert.DoesNotContain("{{dd:", await File.ReadAllTextAsync(InFolder("preview.html"), Cancellation), StringComparison.Ordinal);
        Assert.False(Directory.Exists(Outbox));

        (code, output, error) = await RunAsync("run");
        Assert.True(code == 0, error);
        Assert.Contains("2 sent", output, StringComparison.Ordinal);
        Assert.Contains("2 sent", (await RunAsync("status")).Output, StringComparison.Ordinal);
        Assert.StartsWith("Nothing is due.", (await RunAsync("run")).Output, StringComparison.Ordinal);
        Assert.Equal(2, Directory.GetFiles(Outbox, "*.eml").Length);
        Assert.Equal(3, Lines((await RunAsync("subscribers", "export")).Output).Length);
        Assert.Equal(0, (await RunAsync("subscribers", "erase", "ADA@example.org")).Code);
        Assert.DoesNotContain("ada@", (await RunAsync("subscribers", "export")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_due_is_delivered_shown_and_never_delivered_twice()
    {
        await house.SeedAsync(3, Cancellation);
        var (code, output, error) = await RunAsync("run");
        Assert.True(code == 0, error);
        Assert.Contains("3 sent", output, StringComparison.Ordinal);
        Assert.Equal(3, Directory.GetFiles(Outbox, "*.eml").Length);

        (code, output, _) = await RunAsync("status", "--json");
        Assert.Equal(0, code);
        var run = JsonDocument.Parse(output).RootElement.GetProperty("runs").EnumerateArray().Single(one => one.GetProperty("counts").TryGetProperty("sent", out _));
        Assert.Equal(3, run.GetProperty("counts").GetProperty("sent").GetInt64());
        Assert.Equal("closed", run.GetProperty("state").GetString());
        Assert.Empty(run.GetProperty("notSent").EnumerateArray());

        (code, output, _) = await RunAsync("run");
        Assert.Equal(0, code);
        Assert.StartsWith("Nothing is due.", output, StringComparison.Ordinal);
        Assert.Equal(3, Directory.GetFiles(Outbox, "*.eml").Length);

        (code, output, _) = await RunAsync("subscribers", "export", InFolder("all.csv"));
        Assert.Equal(0, code);
        Assert.Equal(4, (await File.ReadAllLinesAsync(InFolder("all.csv"), Cancellation)).Length);
        (_, output, _) = await RunAsync("subscribers", "export");
        Assert.Equal(await File.ReadAllTextAsync(InFolder("all.csv"), Cancellation), output);

        Assert.Equal(0, (await RunAsync("subscribers", "list")).Code);
        (_, output, _) = await RunAsync("subscribers", "list", "--json", "--status", "active");
        Assert.Equal(3, JsonDocument.Parse(output).RootElement.GetArrayLength());
        (_, output, error) = await RunAsync("subscribers", "list", "--json", "--limit", "2");
        Assert.Equal(2, JsonDocument.Parse(output).RootElement.GetArrayLength());
        Assert.Contains("more than 2", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Status_names_each_reader_who_did_not_get_it_and_why()
    {
        await house.SeedAsync(3, Cancellation);
        // A file stands where the folder should: the transport refuses us.
        await WriteAsync("outbox", "");
        var (code, output, error) = await RunAsync("run");
        Assert.Equal(1, code);
        Assert.Contains("the relay refuses us", error, StringComparison.Ordinal);
        Assert.Contains("3 remaining", output, StringComparison.Ordinal);

        (code, output, _) = await RunAsync("status", "--limit", "1");
        Assert.Equal(1, code);
        Assert.Contains("the relay refuses us: cannot write to the pickup folder", output, StringComparison.Ordinal);
        Assert.Contains("@example.org", output, StringComparison.Ordinal);
        Assert.Contains("and 2 more", output, StringComparison.Ordinal);
        (_, output, _) = await RunAsync("status", "--all", "--json");
        var run = JsonDocument.Parse(output).RootElement.GetProperty("runs").EnumerateArray().Single(one => one.GetProperty("notSent").GetArrayLength() > 0);
        Assert.Equal(3, run.GetProperty("notSent").GetArrayLength());
        Assert.All(run.GetProperty("notSent").EnumerateArray(), one => Assert.Equal("deferred", one.GetProperty("state").GetString()));
    }

    [Fact]
    public async Task Who_bounced_is_restored_and_who_complained_is_not()
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
    public async Task Who_is_erased_or_complained_is_not_brought_back_by_an_import()
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
    public async Task Bad_rows_are_told_with_their_lines_and_the_same_file_goes_on_where_it_stopped()
    {
        await WriteAsync("bad.csv", "email,zone,hour\nada@example.org,Mars/Olympus,7\nben@example.org,,25\nnot an address,,\ncleo@example.org,,7\n");
        var (code, output, error) = await RunAsync("subscribers", "import", InFolder("bad.csv"), "--source", "x");
        Assert.Equal(1, code);
        Assert.Equal(["line 2: zone: not an IANA zone.", "line 3: hour: not 0 to 23.", "line 4: email: not an address."], Lines(error));
        Assert.StartsWith("4 rows: 1 added, 0 subscribed before, 3 refused", output, StringComparison.Ordinal);

        (code, output, error) = await RunAsync("subscribers", "import", InFolder("bad.csv"), "--source", "x");
        Assert.Equal(1, code);
        Assert.Equal("0 added now; all 4 rows were done before (3 refused)\n", output);
        Assert.Equal(
            [
                "line 2: zone: not an IANA zone. (refused before)", "line 3: hour: not 0 to 23. (refused before)", "line 4: email: not an address. (refused before)",
                "4 rows were done by an earlier import of this file and passed over. Put corrected rows into a file of their own, or correct this one.",
            ],
            Lines(error));

        await WriteAsync("good.csv", "email\ndan@example.org\neve@example.org\ndan@example.org\n");
        (code, output, _) = await RunAsync("subscribers", "import", InFolder("good.csv"), "--source", "x");
        Assert.Equal((0, "3 rows: 2 added, 1 subscribed before, 0 refused\n"), (code, output));
        (code, output, error) = await RunAsync("subscribers", "import", InFolder("good.csv"), "--source", "x");
        Assert.Equal((0, "0 added now; all 3 rows were taken before\n", ""), (code, output, error));

        // Broken off after its first row.
        await WriteAsync("half.csv", "email\nfay@example.org\ngil@example.org\n");
        using (var database = await house.OpenAsync(Cancellation))
        {
            var file = Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(InFolder("half.csv"), Cancellation)));
            var done = new TableRow(file) { { "rows", 1 }, { "added", 1 }, { "known", 0 }, { "refused", 0 } };
            Assert.True((await new SqliteTableStore(database, TimeProvider.System).WriteAsync(Tables.Facts, "import", TableWrite.Insert(done), Cancellation)).IsDone);
        }

        (code, output, _) = await RunAsync("subscribers", "import", InFolder("half.csv"), "--source", "x");
        Assert.Equal((0, "now 1 row: 1 added, 0 subscribed before, 0 refused; before 1 row: 1 added, 0 subscribed before, 0 refused\n"), (code, output));

        await WriteAsync("not.csv", "name\nada\n");
        (code, _, error) = await RunAsync("subscribers", "import", InFolder("not.csv"), "--source", "x");
        Assert.Equal(1, code);
        Assert.Equal(["The first line must name the columns, email among them."], Lines(error));
    }

    [Fact]
    public async Task Feeds_are_added_polled_listed_and_removed_and_their_stories_decided_on()
    {
        await using var feed = await TestFeed.StartAsync(Cancellation);
        feed.Stories = [new("The lighthouse is lit", "https://news.example.com/lit", TimeProvider.System.GetUtcNow().AddHours(-1), 4)];
        var (code, output, _) = await RunAsync("feeds", "add", feed.Url, "--name", "Courier");
        Assert.Equal(0, code);
        var id = output.Split(' ')[0];

        (code, output, _) = await RunAsync("ingest");
        Assert.Equal((0, $"Courier ({id}): 1 read, 1 new, 0 changed\n"), (code, output));
        (_, output, _) = await RunAsync("stories", "list", "--json");
        var story = Assert.Single(JsonDocument.Parse(output).RootElement.EnumerateArray().ToList()).GetProperty("id").GetString()!;
        (code, output, _) = await RunAsync("stories", "pin", story);
        Assert.Equal((0, "The lighthouse is lit: pinned\n"), (code, output));
        Assert.Equal("The lighthouse is lit: pinned, x1.5\n", (await RunAsync("stories", "boost", story, "1.5")).Output);
        Assert.Equal("The lighthouse is lit: x1.5\n", (await RunAsync("stories", "unpin", story)).Output);
        Assert.Equal("The lighthouse is lit: dropped, x1.5\n", (await RunAsync("stories", "drop", story)).Output);
        Assert.Contains("dropped", (await RunAsync("stories", "list")).Output, StringComparison.Ordinal);
        Assert.Equal("The lighthouse is lit: x1.5\n", (await RunAsync("stories", "undrop", story)).Output);
        Assert.Equal(1, (await RunAsync("stories", "pin", new string('0', 32))).Code);

        await feed.DisposeAsync();
        (code, output, _) = await RunAsync("ingest");
        Assert.Equal(1, code);
        Assert.Contains("failed", output, StringComparison.Ordinal);
        (_, output, _) = await RunAsync("feeds", "list", "--json");
        var listed = Assert.Single(JsonDocument.Parse(output).RootElement.EnumerateArray().ToList());
        Assert.Equal(1, listed.GetProperty("failures").GetInt32());
        Assert.NotNull(listed.GetProperty("lastError").GetString());
        Assert.Equal(0, (await RunAsync("feeds", "remove", id)).Code);
        Assert.Equal(1, (await RunAsync("feeds", "remove", id)).Code);
        Assert.Contains("There are no feeds", (await RunAsync("ingest")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Polling_says_of_each_feed_whether_anything_was_new()
    {
        await using var first = await TestFeed.StartAsync(Cancellation);
        await using var second = await TestFeed.StartAsync(Cancellation);
        first.Stories = [new("The lighthouse is lit", "https://news.example.com/lit", TimeProvider.System.GetUtcNow().AddHours(-1), 4)];
        first.Tag = "\"one\"";
        await RunAsync("feeds", "add", first.Url, "--name", "Courier");
        await RunAsync("feeds", "add", second.Url, "--name", "Herald");
        string[] expected = ["2 feeds: 1 new, 0 changed, 1 with nothing new, 0 failed", "Courier: 1 read, 1 new, 0 changed", "Herald: nothing new: there is no story in it"];
        Assert.Equal(expected, await PollAsync());
        first.Tag = "\"two\"";
        Assert.Equal(["2 feeds: 0 new, 0 changed, 2 with nothing new, 0 failed", "Courier: nothing new: 1 read, all known", expected[2]], await PollAsync());
        Assert.Contains("Courier: nothing new: it was not modified since the last poll", await PollAsync());

        async Task<IEnumerable<string>> PollAsync() => Lines((await RunAsync("ingest")).Output)
            .Select(line => System.Text.RegularExpressions.Regex.Replace(line, @" \([0-9a-f]+\)", "")).Order(StringComparer.Ordinal);
    }

    [Fact]
    public async Task Explaining_says_where_a_cap_leaves_places_empty()
    {
        await using var feed = await TestFeed.StartAsync(Cancellation);
        feed.Stories = [.. Enumerable.Range(0, 9).Select(i => new FeedStory(
            string.Join(' ', Enumerable.Range(0, 6).Select(word => $"noun{(i * 6) + word}")), $"https://news.example.com/{i}", TimeProvider.System.GetUtcNow().AddHours(-1), i))];
        await RunAsync("feeds", "add", feed.Url);
        await RunAsync("ingest");
        Assert.DoesNotContain("There is room", (await RunAsync("preview", "--explain")).Output, StringComparison.Ordinal);
        house.Settings["Selection__MaxPerSource"] = "2";
        Assert.DoesNotContain("There is room", (await RunAsync("preview", "--explain")).Output, StringComparison.Ordinal);
        await house.SeedAsync(0, Cancellation);
        Assert.Contains(
            "\nThere is room for 2 more articles, but 7 are over a cap: raise Selection__MaxPerSource (2) if they belong here, 0 for no cap.\n",
            (await RunAsync("preview", "--explain")).Output, StringComparison.Ordinal);
        house.Settings["Selection__MaxArticles"] = "8";
        Assert.DoesNotContain("There is room", (await RunAsync("preview", "--explain")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_test_mail_goes_to_one_address_with_links_that_do_nothing_and_leaves_no_trace()
    {
        await house.SeedAsync(1, Cancellation);
        var (code, _, error) = await RunAsync("send-test", "--to", "editor@example.org", "--language", "en");
        Assert.True(code == 0, error);
        var mail = await File.ReadAllTextAsync(Assert.Single(Directory.GetFiles(Outbox, "*.eml")), Cancellation);
        Assert.Contains("To: editor@example.org", mail, StringComparison.Ordinal);
        Assert.Contains($"List-Unsubscribe: <{House.BaseUrl}/>", mail, StringComparison.Ordinal);
        Assert.Contains("[test]", mail, StringComparison.Ordinal);
        Assert.Equal(2, (await RunAsync("send-test", "--to", "editor@example.org", "--language", "tlh")).Code);
        Assert.Equal("[]", JsonDocument.Parse((await RunAsync("status", "--json")).Output).RootElement.GetProperty("runs").GetRawText());
    }

    [Fact]
    public async Task A_date_beyond_the_catch_up_window_runs_at_an_operators_word_and_older_ones_do_not()
    {
        await house.SeedAsync(2, Cancellation);
        var today = DateOnly.FromDateTime(TimeProvider.System.GetUtcNow().UtcDateTime);
        // Ten minutes is the shortest window; the hour began longer ago unless the test runs in its first minutes.
        house.Settings["Delivery__CatchUp"] = "00:10:00";
        var (code, output, error) = await RunAsync("run", "--date", today.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
        Assert.True(code == 0, error);
        Assert.Contains("2 sent", output, StringComparison.Ordinal);
        (code, _, error) = await RunAsync("run", "--date", today.AddDays(-3).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
        Assert.Equal(2, code);
        Assert.Single(Lines(error));
    }

    [Fact]
    public async Task Status_shows_todays_runs_of_cohorts_whose_date_is_another_and_not_older_ones()
    {
        await house.SeedAsync(3, Cancellation);
        var now = TimeProvider.System.GetUtcNow();
        // 14 hours ahead it is tomorrow from 10:00 UTC on, 12 hours behind it is yesterday before 12:00.
        house.Settings["Publication__TimeZone"] = now.Hour < 11 ? "Etc/GMT+12" : "Etc/GMT-14";
        var (code, _, error) = await RunAsync("run");
        Assert.True(code == 0, error);
        var line = $"{now.UtcDateTime:yyyy-MM-dd} daily_{now.Hour:00}_";
        Assert.Contains(Lines((await RunAsync("status")).Output), one => one.StartsWith(line, StringComparison.Ordinal) && one.EndsWith("closed: 3 sent", StringComparison.Ordinal));

        var later = new FakeTimeProvider(now.AddHours(49));
        var (_, output, _) = await RunAsync(house, ["status"], builder => builder.Services.AddSingleton<TimeProvider>(later));
        Assert.DoesNotContain("3 sent", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Readers_who_joined_after_their_hour_are_said_to_begin_at_the_next()
    {
        // The publication's own cohort has no reader.
        house.Settings["Publication__Hour"] = "23";
        var noon = new FakeTimeProvider(new DateTimeOffset(2026, 3, 10, 12, 0, 0, TimeSpan.Zero));
        Task<(int Code, string Output, string Error)> AtNoonAsync(params string[] args) =>
            RunAsync(house, args, builder => builder.Services.AddSingleton<TimeProvider>(noon));
        await WriteAsync("readers.csv", "email,zone,hour,rhythm\na@example.org,Etc/UTC,7,\nb@example.org,Etc/UTC,8,\nc@example.org,Etc/UTC,9,weekly-tuesday\nd@example.org,Etc/UTC,9,weekly-friday\n");
        Assert.Equal(0, (await AtNoonAsync("subscribers", "import", InFolder("readers.csv"), "--source", "x")).Code);

        string[] expected =
        [
            "daily_07_Etc.UTC, daily_08_Etc.UTC begin on 2026-03-11: their readers joined after their hour",
            "weekly-tuesday_09_Etc.UTC begins on 2026-03-17: its readers joined after its hour",
        ];
        var (_, said, _) = await AtNoonAsync("status");
        Assert.Equal(["There is no run on 2026-03-10.", .. expected], Lines(said));
        var json = JsonDocument.Parse((await AtNoonAsync("status", "--json")).Output).RootElement;
        Assert.Equal(["2026-03-11", "2026-03-11", "2026-03-17"], json.GetProperty("later").EnumerateArray().Select(one => one.GetProperty("date").GetString()));
        foreach (var args in (string[][])[["run"], ["run", "--date", "2026-03-10"]])
        {
            var lines = Lines((await AtNoonAsync(args)).Output);
            Assert.StartsWith("Nothing is due.", lines[0], StringComparison.Ordinal);
            Assert.Equal(expected, lines[1..]);
        }

        // With the publication's own cohort waiting for its hour, they are told beside it.
        Assert.Equal(expected, Lines((await AtNoonAsync("status")).Output)[1..]);
        noon.Advance(TimeSpan.FromDays(8));
        Assert.DoesNotContain(Lines((await AtNoonAsync("status")).Output), line => line.Contains("joined", StringComparison.Ordinal));
        Assert.Contains("daily_07_Etc.UTC, daily_08_Etc.UTC began on 2026-03-11: their readers joined after their hour", (await AtNoonAsync("status", "--date", "2026-03-09")).Output, StringComparison.Ordinal);
    }

    private string InFolder(string name) => Path.Combine(house.Folder, name);

    private Task WriteAsync(string name, string text) => File.WriteAllTextAsync(InFolder(name), text, Cancellation);

    private static string[] Lines(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private Task<(int Code, string Output, string Error)> RunAsync(params string[] args) => RunAsync(house, args);

    internal static async Task<(int Code, string Output, string Error)> RunAsync(
        House house, string[] args, Action<WebApplicationBuilder>? further = null)
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter { NewLine = "\n" };
        var code = await CommandLine.InvokeAsync(args, output, error, builder =>
        {
            builder.Configuration.AddInMemoryCollection(house.Configuration);
            builder.Environment.EnvironmentName = "Production";
            builder.Logging.ClearProviders();
            further?.Invoke(builder);
        });
        return (code, output.ToString(), error.ToString());
    }
}

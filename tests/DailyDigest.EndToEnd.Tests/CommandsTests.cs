using System.Globalization;
using System.Text.Json;
using DailyDigest.EndToEnd.Tests.Fixtures;
using DailyDigest.Server.Commands;
using DailyDigest.Subscribers;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace DailyDigest.EndToEnd.Tests;

/// <summary>The command line as operators and scripts use it: real storage, real files, the real transport.</summary>
public sealed partial class CommandsTests : IDisposable
{
    private readonly PublicationFixture publication = new(smtpPort: 1);

    public CommandsTests()
    {
        publication.Settings["Mail__PickupFolder"] = Outbox;
        publication.Settings["Feeds__AllowPrivateAddresses"] = "true";
        // Due this very hour, so that there is something to run whenever the test is.
        publication.Settings["Publication__TimeZone"] = "Etc/UTC";
        publication.Settings["Publication__Hour"] = publication.Made.Hour.ToString(CultureInfo.InvariantCulture);
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string Outbox => Path.Combine(publication.Folder, "outbox");

    public void Dispose() => publication.Dispose();

    [Fact]
    public async Task A_list_is_imported_gets_its_digest_once_is_exported_and_erased()
    {
        var cohort = await publication.SeedAsync(0, Cancellation);
        await WriteAsync("readers.csv", string.Create(CultureInfo.InvariantCulture, $"""
            email,zone,hour,language
            ada@example.org,Etc/UTC,{cohort.Hour},en
            noor@example.org,Etc/UTC,{cohort.Hour},ar

            """));

        // An hour ago: imported after their hour has come, they would begin tomorrow.
        var earlier = new FakeTimeProvider(publication.Made.AddHours(-1));
        var (code, output, error) = await RunAsync(
            publication, ["subscribers", "import", InFolder("readers.csv"), "--source", "members 2025"], builder =>
                builder.Services.AddSingleton<TimeProvider>(earlier));
        Assert.Equal((0, "2 rows: 2 added, 0 subscribed before, 0 refused\n"), (code, output));

        (code, output, _) = await RunAsync("preview", "--explain");
        Assert.Equal(0, code);
        Assert.Contains("score", output, StringComparison.Ordinal);
        (code, _, _) = await RunAsync("preview", "--out", InFolder("preview.html"), "--language", "ar");
        Assert.Equal(0, code);
        Assert.Contains("dir=\"rtl\"", await File.ReadAllTextAsync(InFolder("preview.html"), Cancellation), StringComparison.Ordinal);
        Assert.DoesNotContain("{{dd:", await File.ReadAllTextAsync(InFolder("preview.html"), Cancellation), StringComparison.Ordinal);
        Assert.Equal(
            (0, await File.ReadAllTextAsync(InFolder("preview.html"), Cancellation), ""),
            await RunAsync("preview", "--out", "-", "--language", "ar"));
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
    public async Task A_due_digest_is_delivered_shown_and_never_delivered_twice()
    {
        await publication.SeedAsync(3, Cancellation);
        var (code, output, error) = await RunAsync("run");
        Assert.True(code == 0, error);
        Assert.Contains("3 sent", output, StringComparison.Ordinal);
        Assert.Equal(3, Directory.GetFiles(Outbox, "*.eml").Length);

        (code, output, _) = await RunAsync("status", "--json");
        Assert.Equal(0, code);
        var run = JsonDocument.Parse(output).RootElement.GetProperty("runs").EnumerateArray().Single(
            one => one.GetProperty("counts").TryGetProperty("sent", out _));
        Assert.Equal(3, run.GetProperty("counts").GetProperty("sent").GetInt64());
        Assert.Equal("closed", run.GetProperty("state").GetString());
        Assert.Empty(run.GetProperty("notSent").EnumerateArray());

        var changes = await ChangesAsync();
        Assert.Contains(changes, change => change is { Verb: "run.begin", After: "open", Actor.Name: "command line" });
        var delivered = Assert.Single(changes, change => change.Verb == "run.deliver");
        Assert.StartsWith("3 sent", delivered.After, StringComparison.Ordinal);

        (code, output, _) = await RunAsync("run");
        Assert.Equal(0, code);
        Assert.Equal(changes.Count, (await ChangesAsync()).Count);
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
        await publication.SeedAsync(3, Cancellation);
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
        var run = JsonDocument.Parse(output).RootElement.GetProperty("runs").EnumerateArray().Single(
            one => one.GetProperty("notSent").GetArrayLength() > 0);
        Assert.Equal(3, run.GetProperty("notSent").GetArrayLength());
        Assert.All(run.GetProperty("notSent").EnumerateArray(), one => Assert.Equal("deferred", one.GetProperty("state").GetString()));
    }

    [Fact]
    public async Task A_test_mail_goes_to_one_address_with_links_that_do_nothing_and_leaves_no_trace()
    {
        await publication.SeedAsync(1, Cancellation);
        var (code, _, error) = await RunAsync("send-test", "--to", "editor@example.org", "--language", "en");
        Assert.True(code == 0, error);
        var mail = await File.ReadAllTextAsync(Assert.Single(Directory.GetFiles(Outbox, "*.eml")), Cancellation);
        Assert.Contains("To: editor@example.org", mail, StringComparison.Ordinal);
        Assert.Contains($"List-Unsubscribe: <{PublicationFixture.BaseUrl}/>", mail, StringComparison.Ordinal);
        Assert.Contains("[test]", mail, StringComparison.Ordinal);
        Assert.Equal(2, (await RunAsync("send-test", "--to", "editor@example.org", "--language", "tlh")).Code);
        Assert.Equal("[]", JsonDocument.Parse((await RunAsync("status", "--json")).Output).RootElement.GetProperty("runs").GetRawText());
    }

    [Fact]
    public async Task A_test_mail_when_todays_digest_has_gone_out_is_that_digest()
    {
        await publication.SeedAsync(1, Cancellation);
        await RunAsync("run");
        foreach (var sent in Directory.GetFiles(Outbox, "*.eml"))
        {
            File.Delete(sent);
        }

        var (code, output, error) = await RunAsync("send-test", "--to", "editor@example.org");
        Assert.True(code == 0, error);
        Assert.Matches(@"^There is nothing new to send \(.+\): this is the digest of 20\d\d-\d\d-\d\d\.", output);
        Assert.Contains("[test]", await File.ReadAllTextAsync(
            Assert.Single(Directory.GetFiles(Outbox, "*.eml")), Cancellation), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_date_beyond_the_catch_up_window_runs_at_an_operators_order_but_no_older_one()
    {
        await publication.SeedAsync(2, Cancellation);
        var today = DateOnly.FromDateTime(publication.Made.UtcDateTime);
        // Ten minutes is the shortest window; the hour began longer ago unless the test runs in its first minutes.
        publication.Settings["Delivery__CatchUp"] = "00:10:00";
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
        await publication.SeedAsync(3, Cancellation);
        var now = publication.Made;
        // 14 hours ahead it is tomorrow from 10:00 UTC on, 12 hours behind it is yesterday before 12:00.
        publication.Settings["Publication__TimeZone"] = now.Hour < 11 ? "Etc/GMT+12" : "Etc/GMT-14";
        var (code, _, error) = await RunAsync("run");
        Assert.True(code == 0, error);
        var line = $"{now.UtcDateTime:yyyy-MM-dd} daily_{now.Hour:00}_";
        Assert.Contains(
            Lines((await RunAsync("status")).Output), one => one.StartsWith(line, StringComparison.Ordinal)
                && one.EndsWith("closed: 3 sent", StringComparison.Ordinal));

        var later = new FakeTimeProvider(now.AddHours(49));
        var (_, output, _) = await RunAsync(publication, ["status"], builder => builder.Services.AddSingleton<TimeProvider>(later));
        Assert.DoesNotContain("3 sent", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Readers_who_joined_after_their_hour_are_shown_with_their_first_date()
    {
        // The publication's own cohort has no reader.
        publication.Settings["Publication__Hour"] = "23";
        var noon = new FakeTimeProvider(new DateTimeOffset(2026, 3, 10, 12, 0, 0, TimeSpan.Zero));
        Task<(int Code, string Output, string Error)> AtNoonAsync(params string[] args) =>
            RunAsync(publication, args, builder => builder.Services.AddSingleton<TimeProvider>(noon));
        await WriteAsync("readers.csv",
            "email,zone,hour,rhythm\na@example.org,Etc/UTC,7,\nb@example.org,Etc/UTC,8,\n"
                + "c@example.org,Etc/UTC,9,weekly-tuesday\nd@example.org,Etc/UTC,9,weekly-friday\n");
        Assert.Equal(0, (await AtNoonAsync("subscribers", "import", InFolder("readers.csv"), "--source", "x")).Code);

        string[] expected =
        [
            "daily_07_Etc.UTC, daily_08_Etc.UTC begin on 2026-03-11: their readers joined after their hour",
            "weekly-tuesday_09_Etc.UTC begins on 2026-03-17: its readers joined after its hour",
        ];
        var (_, said, _) = await AtNoonAsync("status");
        Assert.Equal(["There is no run on 2026-03-10.", .. expected], Lines(said));
        var json = JsonDocument.Parse((await AtNoonAsync("status", "--json")).Output).RootElement;
        Assert.Equal(
            ["2026-03-11", "2026-03-11", "2026-03-17"], json.GetProperty("later").EnumerateArray().Select(
                one => one.GetProperty("date").GetString()));
        foreach (var args in (string[][])[["run"], ["run", "--date", "2026-03-10"]])
        {
            var lines = Lines((await AtNoonAsync(args)).Output);
            Assert.StartsWith("Nothing is due.", lines[0], StringComparison.Ordinal);
            Assert.Equal(expected, lines[1..]);
        }

        // If the publication's own cohort waits for its hour, they are shown beside it.
        Assert.Equal(expected, Lines((await AtNoonAsync("status")).Output)[1..]);
        noon.Advance(TimeSpan.FromDays(8));
        Assert.DoesNotContain(Lines((await AtNoonAsync("status")).Output), line => line.Contains("joined", StringComparison.Ordinal));
        Assert.Contains("daily_07_Etc.UTC, daily_08_Etc.UTC began on 2026-03-11: their readers joined after their hour",
            (await AtNoonAsync("status", "--date", "2026-03-09")).Output, StringComparison.Ordinal);
    }

    private string InFolder(string name) => Path.Combine(publication.Folder, name);

    private Task WriteAsync(string name, string text) => File.WriteAllTextAsync(InFolder(name), text, Cancellation);

    private static string[] Lines(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private Task<(int Code, string Output, string Error)> RunAsync(params string[] args) => RunAsync(publication, args);

    internal static async Task<(int Code, string Output, string Error)> RunAsync(
        PublicationFixture publication, string[] args, Action<WebApplicationBuilder>? further = null)
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter { NewLine = "\n" };
        var code = await CommandLine.InvokeAsync(args, output, error, builder =>
        {
            builder.Configuration.AddInMemoryCollection(publication.Configuration);
            builder.Environment.EnvironmentName = "Production";
            builder.Logging.ClearProviders();
            further?.Invoke(builder);
        });
        return (code, output.ToString(), error.ToString());
    }
}

using System.Text.Json;
using DailyDigest.EndToEnd.Tests.Fixtures;
using DailyDigest.Server;
using DailyDigest.Settings;
using DailyDigest.Sqlite;
using DailyDigest.Subscribers;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace DailyDigest.EndToEnd.Tests;

/// <summary>Verbs for readers who call, for feeds that are wrong, and for a new operator.</summary>
public sealed partial class CommandsTests
{
    [Fact]
    public async Task A_reader_is_added_by_confirming_and_a_mail_is_sent_again()
    {
        Assert.Equal(2, (await RunAsync("subscribers", "add", "ada@example.org", "--hour", "24")).Code);
        Assert.Equal(2, (await RunAsync("subscribers", "add", "ada@example.org", "--zone", "Mars/Olympus")).Code);
        Assert.Equal(0, (await RunAsync("subscribers", "add", "ada@example.org", "--hour", "6")).Code);
        var (code, output, error) = await RunAsync("subscribers", "show", "ada@example.org");
        Assert.Equal((0, ""), (code, error));
        Assert.Contains("status:       pending", output, StringComparison.Ordinal);
        Assert.Contains("daily_06_Etc.UTC", output, StringComparison.Ordinal);
        Assert.Contains("operator", output, StringComparison.Ordinal);
        Assert.Contains("service mail: sign-up, ", output, StringComparison.Ordinal);

        (code, _, error) = await RunAsync("subscribers", "add", "ada@example.org");
        Assert.Equal((1, "A sign-up waits for its confirmation; subscribers resend sends the mail again.\n"), (code, error));
        Assert.Equal(0, (await RunAsync("subscribers", "resend", "ada@example.org")).Code);
        Assert.Equal(0, (await RunAsync("subscribers", "unsubscribe", "ada@example.org")).Code);
        Assert.Equal(1, (await RunAsync("subscribers", "resend", "ada@example.org")).Code);
        Assert.Equal(1, (await RunAsync("subscribers", "resend", "nobody@example.org")).Code);
    }

    [Fact]
    public async Task A_readers_choices_are_changed_by_the_rules_of_the_page()
    {
        publication.Settings["Publication__Sections__0"] = "News";
        publication.Settings["Publication__Sections__1"] = "Sports";
        await WriteAsync("list.csv", "email\nada@example.org\nben@example.org\n");
        await RunAsync("subscribers", "import", InFolder("list.csv"), "--source", "x");
        var (_, output, _) = await RunAsync("subscribers", "list");
        var id = Lines(output).Single(line => line.Contains("ada@", StringComparison.Ordinal)).Split('\t')[0];
        Assert.Equal(10, id.Length);

        (var code, output, _) = await RunAsync("subscribers", "set", id, "--hour", "5", "--rhythm", "Weekdays", "--section", "sports");
        Assert.Equal(0, code);
        Assert.StartsWith("weekdays_05_Etc.UTC, en, Sports. ", output, StringComparison.Ordinal);
        Assert.StartsWith(
            "weekdays_05_Etc.UTC, en, all sections. ", (await RunAsync("subscribers", "set", id[..5], "--section", "all")).Output,
            StringComparison.Ordinal);
        Assert.Equal(2, (await RunAsync("subscribers", "set", id)).Code);
        Assert.Equal(2, (await RunAsync("subscribers", "set", id, "--section", "Opera")).Code);
        Assert.Equal(2, (await RunAsync("subscribers", "set", id, "--rhythm", "hourly")).Code);
        Assert.Equal(2, (await RunAsync("subscribers", "set", id, "--language", "xx")).Code);
        Assert.Equal(1, (await RunAsync("subscribers", "set", "ffff0000", "--hour", "5")).Code);
        Assert.Equal(2, (await RunAsync("subscribers", "set", "../x", "--hour", "5")).Code);

        Assert.Equal(0, (await RunAsync("subscribers", "unsubscribe", id)).Code);
        Assert.Equal(1, (await RunAsync("subscribers", "unsubscribe", id)).Code);
        Assert.Equal(1, (await RunAsync("subscribers", "set", id, "--hour", "6")).Code);
        Assert.Equal(1, (await RunAsync("subscribers", "restore", id)).Code);
        Assert.Equal(1, (await RunAsync("subscribers", "wake", id)).Code);
    }

    [Fact]
    public async Task A_suppression_list_is_imported_listed_exported_and_emptied()
    {
        await WriteAsync("list.csv", "email\nada@example.org\nben@example.org\n");
        await RunAsync("subscribers", "import", InFolder("list.csv"), "--source", "x");
        var hash = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData("ben@example.org"u8));
        await WriteAsync("gone.csv", $"email,reason\nada@example.org,bounced\n{hash},\nnonsense,\n");
        var (code, output, error) = await RunAsync("suppressions", "import", InFolder("gone.csv"), "--source", "old");
        Assert.Equal((1, "3 rows: 2 added, 0 on the list before, 1 refused; 2 subscriptions ended\n"), (code, output));
        Assert.Contains("line 4: the entry is neither", error, StringComparison.Ordinal);
        Assert.Equal(0, (await RunAsync("suppressions", "add", "0123456789abcdef0123456789abcdef", "--reason", "blocked")).Code);
        Assert.Equal(2, (await RunAsync("suppressions", "add", "nobody", "--reason", "blocked")).Code);

        (code, output, _) = await RunAsync("suppressions", "list", "--json");
        Assert.Equal((0, 3), (code, JsonDocument.Parse(output).RootElement.GetArrayLength()));
        Assert.Equal(0, (await RunAsync("suppressions", "export", InFolder("out.csv"), "--addresses")).Code);
        (code, output, _) = await RunAsync("suppressions", "import", InFolder("out.csv"), "--source", "y", "--dry-run");
        Assert.Equal((0, 3), (code, Lines(output)[^1].Split(' ').Count(word => word == "0")));

        Assert.Equal(0, (await RunAsync("suppressions", "remove", "ada@example.org")).Code);
        Assert.Equal(0, (await RunAsync("suppressions", "remove", "ben@example.org")).Code);
        Assert.Equal(0, (await RunAsync("suppressions", "remove", "0123456789ABCDEF0123456789abcdef")).Code);
        Assert.Equal(1, (await RunAsync("suppressions", "remove", "ada@example.org")).Code);
        (_, output, _) = await RunAsync("subscribers", "list", "--status", "active");
        Assert.DoesNotContain("@", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Everything_about_a_reader_is_shown_and_erasing_nobody_ends_with_1()
    {
        await WriteAsync("list.csv", "email\nada@example.org\n");
        await RunAsync("subscribers", "import", InFolder("list.csv"), "--source", "fair");
        var (code, output, _) = await RunAsync("subscribers", "show", "ada@example.org");
        Assert.Equal(0, code);
        Assert.Contains("consent:      sign-up: date unknown, import: fair", output, StringComparison.Ordinal);
        (_, output, _) = await RunAsync("subscribers", "show", "ada@example.org", "--json");
        var consent = JsonDocument.Parse(output).RootElement.GetProperty("consents")[0];
        Assert.Equal(JsonValueKind.Null, consent.GetProperty("at").ValueKind);

        Assert.Equal(1, (await RunAsync("subscribers", "erase", "nobody@example.org")).Code);
        Assert.Equal(0, (await RunAsync("subscribers", "erase", "ada@example.org")).Code);
        (code, _, var error) = await RunAsync("subscribers", "erase", "ada@example.org");
        Assert.Equal((1, "There is no subscriber with this address; it is suppressed (erased).\n"), (code, error));
        Assert.Equal(1, (await RunAsync("subscribers", "show", "ada@example.org")).Code);
    }

    [Fact]
    public async Task An_erased_reader_who_signs_up_again_is_shown_as_what_they_are()
    {
        await WriteAsync("list.csv", "email\nada@example.org\n");
        await RunAsync("subscribers", "import", InFolder("list.csv"), "--source", "fair");
        Assert.Equal(0, (await RunAsync("subscribers", "erase", "ada@example.org")).Code);
        Assert.Equal(0, (await RunAsync("subscribers", "add", "ada@example.org")).Code);
        foreach (var args in (string[][])[["status", "--subscriber", "ada@example.org"], ["subscribers", "show", "ada@example.org"]])
        {
            var (code, output, _) = await RunAsync(args);
            Assert.Equal(0, code);
            Assert.Contains("pending", output, StringComparison.Ordinal);
            Assert.Matches(@"suppressed \(erased\).* until the new sign-up is confirmed\n", output);
        }

        // The program stopped between the confirmation and the change of the address.
        using (var database = await publication.OpenAsync(Cancellation))
        {
            var tables = new SqliteTableStore(database, TimeProvider.System);
            var subscribers = new SubscriberStore(
                tables, new ReaderCounts(tables, new Publication { TimeZone = "Etc/UTC" }, TimeProvider.System));
            var person = await subscribers.ScanAsync(SubscriberStatus.Pending, null, Cancellation).SingleAsync(Cancellation);
            var stored = (await subscribers.GetAsync(person.Id, Cancellation))!;
            Assert.True(await subscribers.UpdateAsync(
                stored, stored.Subscriber with { Status = SubscriberStatus.Active, SignUp = null }, Cancellation));
        }

        foreach (var args in (string[][])[["status", "--subscriber", "ada@example.org"], ["subscribers", "show", "ada@example.org"]])
        {
            var (_, output, _) = await RunAsync(args);
            Assert.Contains("active", output, StringComparison.Ordinal);
            Assert.DoesNotContain("suppressed", output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_reader_is_added_with_sections_that_count_after_the_confirmation()
    {
        publication.Settings["Publication__Sections__0"] = "News";
        publication.Settings["Publication__Sections__1"] = "Sports";
        Assert.Equal(2, (await RunAsync("subscribers", "add", "ada@example.org", "--section", "Opera")).Code);
        var (code, _, error) = await RunAsync("subscribers", "add", "ada@example.org", "--sections", "sports");
        Assert.Equal((0, ""), (code, error));

        await using var app = ServerHost.Build([], workers: false, builder =>
        {
            builder.Configuration.AddInMemoryCollection(publication.Configuration);
            builder.Environment.EnvironmentName = "Production";
            builder.Logging.ClearProviders();
        });
        var person = await app.Services.GetRequiredService<SubscriberStore>().ScanAsync(null, null, Cancellation).SingleAsync(Cancellation);
        Assert.Equal(
            ConfirmOutcome.Active, await app.Services.GetRequiredService<ConfirmSignUp>().ExecuteAsync(person.Id, Cancellation));
        Assert.Contains(
            "sections:     Sports\n", (await RunAsync("subscribers", "show", "ada@example.org")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_feed_that_cannot_be_read_is_not_added_and_a_page_names_its_feed()
    {
        await using var feed = await TestFeed.StartAsync(Cancellation);
        feed.Page = "<!doctype html><html><head><link rel='alternate' type='application/rss+xml' href='/news.xml'></head></html>";
        var (code, _, error) = await RunAsync("feeds", "add", feed.Url);
        Assert.Equal(1, code);
        Assert.Equal(
            [
                "The feed was not added, because it cannot be read: not a feed: HTML. --no-read adds it anyway.",
                $"The page names a feed: feeds add {feed.Url.Replace("/feed.xml", "/news.xml", StringComparison.Ordinal)}",
            ],
            Lines(error));
        Assert.Single(Lines((await RunAsync("feeds", "list")).Output));
        Assert.Equal(0, (await RunAsync("feeds", "add", feed.Url, "--no-read", "--name", "Courier")).Code);
        Assert.Equal(0, (await RunAsync("feeds", "remove", "courier")).Code);
        Assert.Equal(2, (await RunAsync("feeds", "add", "news.example.com")).Code);
    }

    [Fact]
    public async Task The_settings_of_a_new_publication_start_as_the_readme_says()
    {
        var file = InFolder("digest.env");
        var (code, _, error) = await RunAsync("settings", "init", file);
        Assert.Equal((0, ""), (code, error));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        }

        var first = await File.ReadAllTextAsync(file, Cancellation);
        Assert.Equal(2, (await RunAsync("settings", "init", file)).Code);
        Assert.Equal(first, await File.ReadAllTextAsync(file, Cancellation));
        Assert.Equal(0, (await RunAsync("settings", "init", InFolder("other.env"))).Code);
        Assert.NotEqual(first, await File.ReadAllTextAsync(InFolder("other.env"), Cancellation));

        var readme = await ReadmeSettings.ReadAsync(Cancellation);
        Assert.Equal(ReadmeSettings.ParseFile(readme.Block), await ReadmeSettings.InShellAsync(readme.Block, Cancellation));
        Assert.Contains("dotnet publish src/DailyDigest.Server -c Release -o publish\n", readme.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(
            "DailyDigest.Server.dll", readme.Text.Replace("publish/DailyDigest.Server.dll", "", StringComparison.Ordinal),
            StringComparison.Ordinal);

        using var made = new PublicationFixture(smtpPort: 1);
        var storage = made.Settings["Storage__Path"];
        made.Settings.Clear();
        foreach (var (name, value) in ReadmeSettings.ParseFile(first + "\n" + readme.Block))
        {
            made.Settings[name] = value;
        }

        made.Settings["Storage__Path"] = storage;
        (await made.OpenAsync(Cancellation)).Dispose();
        (code, _, error) = await RunAsync(made, ["stories", "list"]);
        Assert.Equal((0, ""), (code, error));
    }
}

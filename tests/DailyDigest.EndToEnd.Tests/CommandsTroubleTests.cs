using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using DailyDigest.EndToEnd.Tests.Fixtures;
using Microsoft.Data.Sqlite;

namespace DailyDigest.EndToEnd.Tests;

/// <summary>
/// The command line with wrong arguments or broken settings: one clear line for each fault, and an exit code.
/// </summary>
public sealed partial class CommandsTroubleTests : IDisposable
{
    private readonly PublicationFixture publication = new(smtpPort: DeadPort());

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => publication.Dispose();

    [Theory]
    [InlineData("nonsense")]
    [InlineData("serve extra")]
    [InlineData("stories")]
    [InlineData("stories boost 0123 -1")]
    [InlineData("stories boost 0123 NaN")]
    [InlineData("stories list --days 0")]
    [InlineData("stories list --days 99999999999999999999")]
    [InlineData("status --date tomorrow")]
    [InlineData("status --date 2026-02-30")]
    [InlineData("status --limit -1")]
    [InlineData("preview --cohort daily_24_Europe.Paris")]
    [InlineData("preview --cohort ../../etc/passwd")]
    [InlineData("send-test")]
    [InlineData("send-test --to a@b")]
    [InlineData("send-test --to a@example.org\r\nBcc:b@example.org")]
    [InlineData("subscribers erase @/etc/passwd")]
    [InlineData("subscribers suppress a@example.org")]
    [InlineData("subscribers suppress a@example.org --reason erased")]
    [InlineData("subscribers list --status nobody")]
    [InlineData("subscribers import list.csv")]
    [InlineData("feeds add file:///etc/passwd")]
    [InlineData("feeds add https://example.org/ --kind podcast")]
    [InlineData("doctor --dkim-selector a;b")]
    public async Task Wrong_usage_is_one_line_and_ends_with_2(string words)
    {
        var (code, output, error) = await CommandsTests.RunAsync(publication, words.Split(' '));
        Assert.Equal((2, ""), (code, output));
        Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.DoesNotContain(error.TrimEnd('\n'), char.IsControl);
    }

    [Theory]
    [InlineData("", "serve,ingest,preview,send-test,run,deliver,status,stories,feeds,subscribers,doctor,Publication__Name")]
    [InlineData("serve", "Ctrl-C")]
    [InlineData("ingest", "--json")]
    [InlineData("preview", "--date,--cohort,--out,--language,--explain,--json")]
    [InlineData("send-test", "--to,--language")]
    [InlineData("run", "--date,pause,resume,cancel")]
    [InlineData("run pause", "--date,--cohort")]
    [InlineData("deliver", "--missing,--hold,--release,--date,--cohort,--subscriber,--dry-run")]
    [InlineData("status", "--date,--cohort,--subscriber,--limit,--after,--all,--csv,--json")]
    [InlineData("stories", "list,pin,unpin,drop,undrop,boost")]
    [InlineData("stories list", "--days,--json")]
    [InlineData("stories boost", "STORY,FACTOR")]
    [InlineData("feeds", "list,add,remove")]
    [InlineData("feeds add", "URL,--name,--kind,--ranked")]
    [InlineData("subscribers", "list,import,export,erase,suppress,restore")]
    [InlineData("subscribers import", "FILE,--source")]
    [InlineData("subscribers export", "FILE,--status")]
    [InlineData("subscribers suppress", "ADDRESS,--reason")]
    [InlineData("doctor", "--dkim-selector,--json")]
    public async Task Help_lists_what_there_is(string words, string parts)
    {
        var (code, output, error) = await CommandsTests.RunAsync(
            publication, [.. words.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--help"]);
        Assert.Equal((0, ""), (code, error));
        Assert.All(parts.Split(','), part => Assert.Contains(part, output, StringComparison.Ordinal));
        Assert.False(File.Exists(publication.DatabasePath));
    }

    [Fact]
    public async Task Outside_Development_nothing_starts_without_keys_sender_address_and_https()
    {
        foreach (var name in new[] { "Links__Keys", "Identity__Key", "Api__Keys", "Mail__From", "Publication__PostalAddress" })
        {
            publication.Settings[name] = "";
        }

        publication.Settings["Publication__BaseUrl"] = "http://digest.example.com";
        foreach (var verb in new[] { "serve", "status", "run" })
        {
            var (code, output, error) = await CommandsTests.RunAsync(publication, [verb]);
            Assert.Equal((2, ""), (code, output));
            var faults = error.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(':')[0]).Order(
                StringComparer.Ordinal);
            Assert.Equal(
                ["Api__Keys", "Identity__Key", "Links__Keys", "Mail__From", "Publication__BaseUrl", "Publication__PostalAddress"], faults);
        }

        Assert.False(File.Exists(publication.DatabasePath));
        var (doctor, said, _) = await CommandsTests.RunAsync(publication, ["doctor", "--json"]);
        Assert.Equal(2, doctor);
        Assert.Equal(
            6, JsonDocument.Parse(said).RootElement.EnumerateArray().Count(one => one.GetProperty("result").GetString() == "failed"));
    }

    [Theory]
    [InlineData("Mail__Port", "a whole number")]
    [InlineData("Publication__Hour", "a whole number")]
    [InlineData("Selection__HalfLifeHours", "a number")]
    [InlineData("Feeds__AllowPrivateAddresses", "true or false")]
    [InlineData("Delivery__CatchUp", "a time span such as 06:00:00")]
    [InlineData("Delivery__InDoubt", "ResendOnce or Hold")]
    [InlineData("Delivery__CutOff", "a time span such as 06:00:00")]
    [InlineData("Mail__Relays__0__Port", "a whole number")]
    public async Task A_setting_that_cannot_be_read_is_named_without_its_value(string name, string kind)
    {
        publication.Settings[name] = "hunter2";
        var (code, _, error) = await CommandsTests.RunAsync(publication, ["status"]);
        Assert.Equal((2, $"{name}: cannot be read as {kind}.\n"), (code, error));
    }

    [Fact]
    public async Task Every_fault_is_reported_at_once_in_one_line_each_even_if_values_are_unreadable()
    {
        publication.Settings["Delivery__CatchUp"] = "hunter2";
        publication.Settings["Delivery__Lease"] = "hunter2";
        publication.Settings["Delivery__Connections"] = "900";
        publication.Settings["Mail__Port"] = "hunter2";
        publication.Settings["Mail__Relays__0__Host"] = "relay.example.net";
        publication.Settings["Mail__Relays__0__Port"] = "hunter2";
        publication.Settings["Publication__Hour"] = "25";
        string[] names = ["Delivery__CatchUp", "Delivery__Connections", "Delivery__Lease", "Mail__Port", "Mail__Relays__0__Port",
            "Publication__Hour"];
        var (code, output, error) = await CommandsTests.RunAsync(publication, ["status"]);
        Assert.Equal((2, ""), (code, output));
        Assert.Equal(
            names, error.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(':')[0]).Order(
                StringComparer.Ordinal));

        (code, output, error) = await CommandsTests.RunAsync(publication, ["doctor"]);
        Assert.Equal((2, ""), (code, error));
        var failed = output.Split('\n').Where(line => line.Contains(": FAILED: ", StringComparison.Ordinal)).ToList();
        Assert.Equal(names.Select(name => $"settings {name}"), failed.Select(line => line.Split(':')[0]).Order(StringComparer.Ordinal));
        Assert.Contains("settings Delivery__CatchUp: FAILED: cannot be read as a time span such as 06:00:00.", failed);
        Assert.DoesNotContain("hunter2", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_language_without_its_files_is_refused_by_the_doctor_and_at_the_start()
    {
        publication.Settings["Publication__Languages__1"] = "fr";
        var (code, output, _) = await CommandsTests.RunAsync(publication, ["doctor"]);
        Assert.Equal(2, code);
        var failed = output.Split('\n').Where(line => line.Contains(": FAILED: ", StringComparison.Ordinal)).ToList();
        Assert.Equal(2, failed.Count);
        Assert.Contains(failed, line => line.StartsWith(
            "settings Publication__Languages: FAILED: there is no src/DailyDigest.Mail/Resources/Texts.fr.resx", StringComparison.Ordinal));
        Assert.Contains(failed, line => line.StartsWith(
            "settings Publication__Languages: FAILED: there is no src/DailyDigest.Web/Pages/PageTexts.fr.resx", StringComparison.Ordinal));
        Assert.Equal(2, (await CommandsTests.RunAsync(publication, ["serve"])).Code);
    }

    [Fact]
    public async Task A_fault_of_two_settings_is_a_plain_line()
    {
        publication.Settings["Delivery__CatchUp"] = "20:00:00";
        publication.Settings["Delivery__Deadline"] = "00:00:01";
        Assert.Equal("settings Delivery__Deadline: FAILED: at least 10 minutes.", await FailedAsync());
        publication.Settings["Delivery__Deadline"] = "12:00:00";
        Assert.Equal("settings Delivery__CatchUp: FAILED: together with Delivery__Deadline under 24 hours.", await FailedAsync());

        async Task<string> FailedAsync() =>
            Assert.Single(
                (await CommandsTests.RunAsync(publication, ["doctor"])).Output.Split('\n'), line =>
                    line.Contains(": FAILED: ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_damaged_or_newer_database_is_one_line()
    {
        await File.WriteAllTextAsync(publication.DatabasePath, new string('x', 8192), Cancellation);
        var (code, output, error) = await CommandsTests.RunAsync(publication, ["status"]);
        Assert.Equal((1, ""), (code, output));
        Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        var (doctor, said, _) = await CommandsTests.RunAsync(publication, ["doctor"]);
        Assert.Equal(1, doctor);
        Assert.Contains("storage probe: FAILED", said, StringComparison.Ordinal);

        File.Delete(publication.DatabasePath);
        (await publication.OpenAsync(Cancellation)).Dispose();
        using (var connection = new SqliteConnection($"Data Source={publication.DatabasePath};Pooling=False"))
        {
            await connection.OpenAsync(Cancellation);
            using var command = connection.CreateCommand();
            command.CommandText = "PRAGMA user_version = 9999";
            await command.ExecuteNonQueryAsync(Cancellation);
        }

        (code, output, error) = await CommandsTests.RunAsync(publication, ["status"]);
        Assert.Equal((1, ""), (code, output));
        Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public async Task Another_identity_key_than_the_stores_is_refused()
    {
        (await publication.OpenAsync(Cancellation)).Dispose();
        Assert.Equal(0, (await CommandsTests.RunAsync(publication, ["status"])).Code);
        publication.Settings["Identity__Key"] = Convert.ToBase64String(new byte[40].Select((_, i) => (byte)(i + 50)).ToArray());
        var (code, _, error) = await CommandsTests.RunAsync(publication, ["run"]);
        Assert.Equal(2, code);
        Assert.StartsWith("Identity__Key:", Assert.Single(
            error.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_that_cannot_be_used_stops_the_start_in_one_line_that_does_not_quote_it()
    {
        publication.Settings["Dkim__Selector"] = "s1";
        publication.Settings["Dkim__PrivateKey"] = "c2VjcmV0LWtleQ==";

        var (code, output, error) = await CommandsTests.RunAsync(publication, ["status"]);

        Assert.Equal((2, ""), (code, output));
        Assert.StartsWith("Dkim__PrivateKey: not a private key in PEM", Assert.Single(
            error.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
        Assert.DoesNotContain("c2Vjc", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_real_program_says_in_one_line_that_it_cannot_listen()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        publication.Settings["Urls"] = $"http://127.0.0.1:{((IPEndPoint)taken.LocalEndpoint).Port}";
        await using var refused = ServerProcess.Start(publication.Folder, publication.Settings, "serve");
        Assert.Equal(2, await refused.EndAsync(Cancellation));
        Assert.Contains("Urls", Assert.Single(refused.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);

        foreach (var wrong in (string[])["nonsense", "http://127.0.0.1:99999", "http://127.0.0.1:word", "http://[::1]:65536"])
        {
            publication.Settings["Urls"] = wrong;
            await using var nonsense = ServerProcess.Start(publication.Folder, publication.Settings, "serve");
            Assert.Equal(2, await nonsense.EndAsync(Cancellation));
            Assert.Contains("Urls", Assert.Single(
                nonsense.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task The_real_program_refuses_a_bad_template_of_ones_own()
    {
        var templates = Directory.CreateDirectory(Path.Combine(publication.Folder, "templates"));
        await File.WriteAllTextAsync(Path.Combine(templates.FullName, "Digest.cshtml"), "<p>no way out of this list</p>", Cancellation);
        publication.Settings["Mail__TemplatesFolder"] = templates.FullName;
        await using var server = ServerProcess.Start(publication.Folder, publication.Settings, "serve");
        Assert.Equal(2, await server.EndAsync(Cancellation));
        Assert.Contains("unsubscribe", Assert.Single(
            server.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_real_program_runs_a_verb_with_data_alone_on_standard_output()
    {
        (await publication.OpenAsync(Cancellation)).Dispose();
        await using var status = ServerProcess.Start(publication.Folder, publication.Settings, "status", "--json");
        Assert.Equal(0, await status.EndAsync(Cancellation));
        Assert.True(JsonDocument.Parse(status.Output).RootElement.TryGetProperty("runs", out _));
    }

    private static int DeadPort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}

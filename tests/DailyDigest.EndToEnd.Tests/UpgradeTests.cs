using System.IO.Compression;
using DailyDigest.Calendar;
using DailyDigest.Clock;
using DailyDigest.EndToEnd.Tests.Fixtures;
using DailyDigest.Runs;
using DailyDigest.Sending;
using DailyDigest.Sqlite;
using DailyDigest.Storage;
using DailyDigest.Testing.Services;
using Microsoft.AspNetCore.Builder;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace DailyDigest.EndToEnd.Tests;

/// <summary>
/// The stores of earlier versions (tests/stores), each in the middle of a run whose sender was killed. The present program opens them and
/// goes on, with a real mail server.
/// </summary>
public sealed class UpgradeTests
{
    private const string Paris = "daily_07_Europe.Paris";
    private static readonly DateOnly Yesterday = new(2026, 3, 9);
    private static readonly DateOnly Today = new(2026, 3, 10);

    public static TheoryData<string> Versions => ["2026-11-23", "2026-11-29", "2026-11-30"];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task A_store_of_an_earlier_version_goes_on_where_it_was(string version)
    {
        await using var smtp = await SmtpRecorder.StartAsync(new SmtpOptions(), Cancellation);
        using var publication = new PublicationFixture(smtp.Port);
        var sent = await UnpackAsync(version, publication);
        var before = sent.Where(line => line[0] == "10").Select(line => line[1]).ToList();
        Assert.InRange(before.Count, 5, 20);
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 3, 10, 6, 10, 0, TimeSpan.Zero));
        await using var app = await publication.StartAsync(Cancellation, time);

        await AllReadersAreThereAsync(publication, time);
        var closed = await RunAsync(app, Yesterday);
        Assert.Equal((RunState.Closed, 23, 1), (
            closed.State, closed.Counts[DeliveryState.Sent], closed.Counts[DeliveryState.Rejected]));
        Assert.Equal(RunState.Open, (await RunAsync(app, Today)).State);

        for (var minute = 0; minute < 60 && (await RunAsync(app, Today)).State != RunState.Closed; minute++)
        {
            await BeatAsync(app);
            time.Advance(TimeSpan.FromMinutes(1));
        }

        await CheckRunAsync(app, smtp, before, sent);
        await PagesAndDeskWorkAsync(app);

        // The next day has its record, too.
        time.SetUtcNow(new DateTimeOffset(2026, 3, 11, 6, 1, 0, TimeSpan.Zero));
        await BeatAsync(app);
        Assert.Equal(RunState.Skipped, (await RunAsync(app, Today.AddDays(1))).State);
    }

    [Fact]
    public async Task A_file_that_a_newer_version_has_changed_is_refused_by_name()
    {
        using var publication = new PublicationFixture(1);
        await publication.SeedAsync(1, Cancellation);
        await ExecuteAsync(publication.DatabasePath, "PRAGMA user_version = 99");

        var (code, _, error) = await CommandsTests.RunAsync(publication, ["status"]);

        Assert.Equal(1, code);
        Assert.Contains(
            $"The database {publication.DatabasePath} has version 99, this program knows 3: use a newer DailyDigest, or restore an older "
                + "backup.", error, StringComparison.Ordinal);
        Assert.Equal(2, (await CommandsTests.RunAsync(publication, ["serve"])).Code);
    }

    /// <summary>A newer program's rows survive an older one beside it, which writes and deletes for days.</summary>
    [Fact]
    public async Task Rows_tables_and_partitions_of_a_newer_version_are_left_alone()
    {
        await using var smtp = await SmtpRecorder.StartAsync(new SmtpOptions(), Cancellation);
        using var publication = new PublicationFixture(smtp.Port);
        publication.Settings["Publication__TimeZone"] = "Etc/UTC";
        publication.Settings["Publication__Hour"] = $"{publication.Made.Hour}";
        await publication.SeedAsync(3, Cancellation);
        var newer = Tables.All.Order(StringComparer.Ordinal).Select(table => (table, "~newer", "row")).Append(("Sponsors", "p", "row"))
            .Append((Tables.Facts, "fact", "~newer")).ToList();
        foreach (var (table, partition, row) in newer)
        {
            await ExecuteAsync(
                publication.DatabasePath,
                $"INSERT INTO rows VALUES ('{table}', '{partition}', '{row}', 'e', '2026-01-01T00:00:00.0000000Z', "
                    + "'{\"new\":\"value\"}')");
        }

        var time = new FakeTimeProvider(publication.Made);
        await using (var app = await publication.StartAsync(Cancellation, time))
        {
            for (var hour = 0; hour < 50; hour++)
            {
                await BeatAsync(app);
                time.Advance(TimeSpan.FromHours(1));
            }
        }

        Assert.Equal(3, smtp.Messages.Count);
        var rows = await StoreDump.ReadAsync(publication.DatabasePath, Cancellation);
        Assert.All(newer, one => Assert.Contains(
            rows, row => row.StartsWith($"rows: {one.Item1}|{one.Item2}|{one.Item3}|e|2026-01-01", StringComparison.Ordinal)));
    }

    /// <summary>A reader whose delivery a newer program has settled in a way that this one does not know is not mailed again.</summary>
    [Fact]
    public async Task A_delivery_in_an_unknown_state_is_sent_nothing_and_the_others_are()
    {
        await using var smtp = await SmtpRecorder.StartAsync(new SmtpOptions(), Cancellation);
        using var publication = new PublicationFixture(smtp.Port);
        publication.Settings["Publication__TimeZone"] = "Etc/UTC";
        publication.Settings["Publication__Hour"] = $"{publication.Made.Hour}";
        var cohort = await publication.SeedAsync(4, Cancellation);
        var date = Zones.LocalDate("Etc/UTC", publication.Made);
        var part = new Part(date, Part.Whole, cohort.Key);
        var retry = part.RetryKey(publication.Made, PublicationFixture.ReaderId(2));
        (string, string)[] rows =
        [
            (PublicationFixture.ReaderId(2), $"{{\"cohort\":\"{cohort.Key}\",\"state\":\"Postponed\"}}"), (retry, "{}"),
        ];
        foreach (var (key, properties) in rows)
        {
            await ExecuteAsync(
                publication.DatabasePath,
                $"INSERT INTO rows VALUES ('Ledger', '{part.Partition}', '{key}', 'e', '2026-01-01T00:00:00.0000000Z', '{properties}')");
        }

        var time = new FakeTimeProvider(publication.Made);
        await using var app = await publication.StartAsync(Cancellation, time);
        for (var minute = 0; minute < 5; minute++)
        {
            await BeatAsync(app);
            time.Advance(TimeSpan.FromMinutes(1));
        }

        Assert.Equal(
            ((int[])[0, 1, 3]).Select(PublicationFixture.ReaderAddress), smtp.Messages.Select(mail => mail.To.Single()).Order());

        // So a version with a new state says "stop all": its reader is out of sight.
        var run = (await app.Services.GetRequiredService<RunStore>().GetAsync(date, cohort.Key, Cancellation))!;
        Assert.Equal((RunState.Closed, 3), (run.State, run.Counts.Values.Sum()));
        var stored = await StoreDump.ReadAsync(publication.DatabasePath, Cancellation);
        Assert.Contains(stored, row => row.Contains("Postponed", StringComparison.Ordinal));
        Assert.DoesNotContain(stored, row => row.Contains(retry, StringComparison.Ordinal));
    }

    private static async Task<List<string[]>> UnpackAsync(string version, PublicationFixture publication)
    {
        var packed = Path.Combine(AppContext.BaseDirectory, "stores", version + ".zip");
        Assert.InRange(new FileInfo(packed).Length, 1, 100_000);
        await ZipFile.ExtractToDirectoryAsync(packed, publication.Folder, Cancellation);
        foreach (var file in Directory.GetFiles(publication.Folder, "store.*"))
        {
            var name = Path.GetFileName(file).Replace("store.", "dailydigest.", StringComparison.Ordinal);
            File.Move(file, Path.Combine(publication.Folder, name));
        }

        var sent = await File.ReadAllLinesAsync(Path.Combine(publication.Folder, "sent.txt"), Cancellation);
        return [.. sent.Select(line => line.Split(' '))];
    }

    private static async Task AllReadersAreThereAsync(PublicationFixture publication, TimeProvider time)
    {
        var list = Path.Combine(publication.Folder, "export.csv");
        var (code, _, error) = await CommandsTests.RunAsync(
            publication, ["subscribers", "export", list], builder => builder.Services.AddSingleton(time));
        Assert.True(code == 0, error);
        var lines = await File.ReadAllLinesAsync(list, Cancellation);
        var active = lines.Where(line => line.Contains(",active", StringComparison.Ordinal)).Select(line => line.Split(',')[0]);
        Assert.Equal(
            Enumerable.Range(0, 24).Select(PublicationFixture.ReaderAddress).Concat(["later1@example.org", "later2@example.org"]).Order(
                StringComparer.Ordinal),
            active.Order(StringComparer.Ordinal));
        Assert.Contains(lines, line => Is(line, "nobody@", "bounced"));
        Assert.Contains(lines, line => Is(line, "spam@", "complained"));
        Assert.DoesNotContain(lines, line => line.StartsWith("gone@", StringComparison.Ordinal));
    }

    private static bool Is(string line, string address, string status) =>
        line.StartsWith(address, StringComparison.Ordinal) && line.Contains(status, StringComparison.Ordinal);

    /// <summary>Each reader of the run has it once; twice only who was in doubt, under the same Message-ID.</summary>
    private static async Task CheckRunAsync(WebApplication app, SmtpRecorder smtp, List<string> before, List<string[]> sent)
    {
        await smtp.WaitUntilQuietAsync(Cancellation);
        var run = await RunAsync(app, Today);
        Assert.Equal(RunState.Closed, run.State);
        var ledger = new List<DeliveryRow>();
        await foreach (var row in LedgerReader.DeliveriesAsync(app.Services.GetRequiredService<ITableStore>(), run, Cancellation))
        {
            ledger.Add(row);
        }

        Assert.All(ledger, row => Assert.Equal(DeliveryState.Sent, row.State));
        string[] readers = [
            .. Enumerable.Range(0, 20).Append(23).Select(PublicationFixture.ReaderAddress), "later1@example.org", "later2@example.org"];
        Assert.Equal(readers.Length, ledger.Count);
        var after = smtp.Messages.Select(mail => mail.To.Single()).ToList();
        Assert.Equal(readers.Order(StringComparer.Ordinal), before.Concat(after).Distinct().Order(StringComparer.Ordinal));
        var doubles = before.Count + after.Count - readers.Length;
        Assert.InRange(doubles, 0, ledger.Sum(row => row.Crashes));
        Assert.InRange(ledger.Count(row => row.Crashes > 0), 1, 4);
        var ids = sent.Where(line => line[0] == "10").ToDictionary(line => line[1], line => line[2]);
        Assert.All(
            smtp.Messages.Where(mail => ids.ContainsKey(mail.To.Single())),
            mail => Assert.Equal(ids[mail.To.Single()], mail.Header("Message-ID")));
    }

    private static async Task PagesAndDeskWorkAsync(WebApplication app)
    {
        using var client = new HttpClient { BaseAddress = new Uri(PublicationFixture.AddressOf(app)) };
        client.DefaultRequestHeaders.Add("X-Api-Key", "test-key-0123456789abcdef0123456789abcdef");
        string[] pages =
        [
            "/", "/digests", "/digests/2026-03-09", "/digests/feed.atom", "/healthz", "/desk/today", "/desk/runs", "/desk/runs/2026-03-10",
            "/desk/figures", "/desk/feeds", "/desk/stories", "/desk/digests",
        ];
        foreach (var page in pages)
        {
            using var answer = await client.GetAsync(page, Cancellation);
            Assert.True(answer.IsSuccessStatusCode, $"{page}: {answer.StatusCode} {await answer.Content.ReadAsStringAsync(Cancellation)}");
        }
    }

    private static async Task<Run> RunAsync(WebApplication app, DateOnly date) =>
        (await app.Services.GetRequiredService<RunStore>().GetAsync(date, Paris, Cancellation))!;

    private static async Task BeatAsync(WebApplication app)
    {
        await app.Services.GetRequiredService<Tick>().ExecuteAsync(Cancellation);
        while (await app.Services.GetRequiredService<DeliverHints>().ExecuteAsync(Cancellation) > 0)
        {
        }
    }

    private static async Task ExecuteAsync(string path, string statement)
    {
        await using var connection = new SqliteConnection($"Data Source={path};Pooling=False");
        await connection.OpenAsync(Cancellation);
        await using var command = connection.CreateCommand();
#pragma warning disable CA2100 // The statements are this test's own.
        command.CommandText = statement;
#pragma warning restore CA2100
        await command.ExecuteNonQueryAsync(Cancellation);
    }
}

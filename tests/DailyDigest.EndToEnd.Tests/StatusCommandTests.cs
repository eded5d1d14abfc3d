using System.Text.Json;
using DailyDigest.Calendar;
using DailyDigest.Mailing;
using DailyDigest.EndToEnd.Tests.Fixtures;
using DailyDigest.Returns;
using DailyDigest.Runs;
using DailyDigest.Sqlite;
using DailyDigest.Storage;
using DailyDigest.Subscribers;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace DailyDigest.EndToEnd.Tests;

/// <summary>The status of runs to come, of runs in progress, and of one reader.</summary>
public sealed class StatusCommandTests : IDisposable
{
    private readonly PublicationFixture publication = new(smtpPort: 1);
    private readonly FakeTimeProvider time = new(new DateTimeOffset(2026, 3, 10, 5, 30, 0, TimeSpan.Zero));

    public StatusCommandTests()
    {
        publication.Settings["Mail__PickupFolder"] = Outbox;
        publication.Settings["Publication__TimeZone"] = "Etc/UTC";
        publication.Settings["Publication__Hour"] = "23";
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string Outbox => Path.Combine(publication.Folder, "outbox");

    public void Dispose() => publication.Dispose();

    [Fact]
    public async Task A_cohort_without_readers_is_not_due_and_the_home_cohort_is_shown_without_readers()
    {
        await ImportAsync("a@example.org,7", "b@example.org,8");
        await RunAsync("subscribers", "suppress", "a@example.org", "--reason", "complained");
        Assert.Equal(["Nothing is due. The next digest is due at 2026-03-10 08:00 UTC: daily_08_Etc.UTC."], await LinesAsync("run"));
        Assert.Equal(
            [
                "2026-03-10 daily_08_Etc.UTC: due at 2026-03-10 08:00 UTC, not started",
                "2026-03-10 daily_23_Etc.UTC: due at 2026-03-10 23:00 UTC, not started; no readers, made for the archive only",
            ],
            await LinesAsync("status"));
        var notBegun = JsonDocument.Parse((await RunAsync("status", "--json")).Output).RootElement.GetProperty("notBegun");
        Assert.Equal([true, false], notBegun.EnumerateArray().Select(one => one.GetProperty("hasReaders").GetBoolean()));

        await RunAsync("subscribers", "erase", "b@example.org");
        Assert.Equal(["Nothing is due. No cohort has readers."], await LinesAsync("run"));
    }

    [Fact]
    public async Task A_date_older_than_the_ledger_is_reported_as_not_known()
    {
        await ImportAsync("a@example.org,7");
        time.Advance(TimeSpan.FromDays(200));
        const string Older = "older than the 90 days for which the ledger is kept (Delivery__KeepDays)";
        Assert.Equal([$"2026-03-12 is {Older}; its deliveries have been deleted."], await LinesAsync("status", "--date", "2026-03-12"));
        var json = JsonDocument.Parse((await RunAsync("status", "--date", "2026-03-12", "--json")).Output).RootElement;
        Assert.Equal((0, 0), (json.GetProperty("runs").GetArrayLength(), json.GetProperty("notBegun").GetArrayLength()));
        Assert.EndsWith($": not known: {Older}", (await LinesAsync("status", "--subscriber", "a@example.org", "--date", "2026-03-12"))[
            ^1], StringComparison.Ordinal);
        Assert.Contains("not started", Assert.Single(
            await LinesAsync("status", "--date", "2026-09-20", "--cohort", "daily_07_Etc.UTC")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_reader_behind_readers_who_left_is_found()
    {
        var cohort = new Cohort("Etc/UTC", 9, Rhythm.Daily);
        using (var database = await publication.OpenAsync(Cancellation))
        {
            var tables = new SqliteTableStore(database, time);
            await new CohortStore(tables, time).EnsureAsync(cohort, Cancellation);
            for (var number = 0; number <= 3; number++)
            {
                var entry = new AudienceEntry($"f{number:d31}", $"reader{number}@example.org", "en", [], new DateOnly(
                    2026, 3, 10), null, number < 3, 1);
                await new AudienceStore(tables).ProjectAsync(cohort, entry, Cancellation);
            }
        }

        Assert.Contains("2026-03-10 daily_09_Etc.UTC: due at 2026-03-10 09:00 UTC, not started", await LinesAsync("status"));
    }

    [Fact]
    public async Task A_relay_that_cannot_be_used_is_named_before_any_run_needs_it()
    {
        await ImportAsync("a@example.org,7");
        using (var database = await publication.OpenAsync(Cancellation))
        {
            await new RelayFaults(new SqliteTableStore(database, time), time).RecordAsync(
                "smtp.example.org", "login refused: 535 5.7.8", Cancellation);
        }

        var (code, output, _) = await RunAsync("status");

        Assert.Equal(1, code);
        Assert.StartsWith(
            $"relay smtp.example.org cannot be used since {time.GetUtcNow():yyyy-MM-dd HH:mm} UTC: login refused: 535 5.7.8 "
                + "(doctor checks it)\n",
            output,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_cohort_whose_first_hour_is_to_come_begins_and_one_whose_hour_came_began()
    {
        await ImportAsync("a@example.org,7");
        Assert.Equal(
            ["There is no run on 2026-03-09.", "daily_07_Etc.UTC begins on 2026-03-10: its readers joined after its hour"],
            await LinesAsync("status", "--date", "2026-03-09"));
        time.Advance(TimeSpan.FromHours(2));
        Assert.Contains("daily_07_Etc.UTC began on 2026-03-10: its readers joined after its hour",
            await LinesAsync("status", "--date", "2026-03-09"));

        await ImportAsync([.. Enumerable.Range(0, 7).Select(hour => $"reader{hour}@example.org,{hour}")]);
        Assert.Contains(
            "daily_00_Etc.UTC, daily_01_Etc.UTC, daily_02_Etc.UTC, daily_03_Etc.UTC, daily_04_Etc.UTC and 2 more begin on 2026-03-11: "
                + "their readers joined after their hour",
            await LinesAsync("status"));
    }

    [Fact]
    public async Task A_due_attempt_is_made_as_soon_as_a_worker_is_free_and_its_part_continues()
    {
        await StuckAsync();
        Assert.Contains("  part all: waits until 2026-03-10 06:01 UTC", (await RunAsync("status")).Output, StringComparison.Ordinal);
        Assert.EndsWith("\t2026-03-10 06:01 UTC", Reader(await LinesAsync("status")), StringComparison.Ordinal);
        Assert.Contains(", next try at 2026-03-10 06:01 UTC", (
            await RunAsync("status", "--subscriber", PublicationFixture.ReaderId(0), "--date", "2026-03-10")).Output,
                StringComparison.Ordinal);

        time.Advance(TimeSpan.FromMinutes(30));
        Assert.Contains(", continues as soon as a worker is free; ", (await RunAsync("status")).Output, StringComparison.Ordinal);
        Assert.EndsWith("\tas soon as a worker is free", Reader(await LinesAsync("status")), StringComparison.Ordinal);
        Assert.Contains(", next try as soon as a worker is free", (
            await RunAsync("status", "--subscriber", PublicationFixture.ReaderId(0), "--date", "2026-03-10")).Output,
                StringComparison.Ordinal);

        await RunAsync("run", "pause");
        Assert.EndsWith("\t", Reader(await LinesAsync("status")), StringComparison.Ordinal);
        Assert.Contains(", the run is paused (run resume continues it)", (
            await RunAsync("status", "--subscriber", PublicationFixture.ReaderId(0), "--date", "2026-03-10")).Output,
                StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_reader_whose_part_waits_for_a_refusing_relay_is_shown_with_the_reason()
    {
        const string Refused = "; the relay refuses us: cannot write to the pickup folder";
        var cohort = await StuckAsync();
        string[] ask = ["status", "--subscriber", PublicationFixture.ReaderId(0), "--date", "2026-03-10"];
        var own = (await LinesAsync(ask))[^1];
        Assert.Contains(" (cannot write to the pickup folder", own, StringComparison.Ordinal);
        Assert.EndsWith("), next try at 2026-03-10 06:01 UTC; the relay refuses us", own, StringComparison.Ordinal);
        await ChangeAsync(cohort, row => row with { Reply = "451 4.7.1 try again later" });
        Assert.Contains(" (451 4.7.1 try again later), next try at 2026-03-10 06:01 UTC"
            + Refused, (await LinesAsync(ask))[^1], StringComparison.Ordinal);

        // A reader whom the run has not reached waits for it, too.
        using (var database = await publication.OpenAsync(Cancellation))
        {
            var part = new Part(new DateOnly(2026, 3, 10), Part.Whole, cohort.Key);
            await new SqliteTableStore(database, time).WriteAsync(
                Tables.Ledger, part.Partition, TableWrite.Delete(PublicationFixture.ReaderId(0)), Cancellation);
        }

        Assert.StartsWith($"2026-03-10 {cohort.Key}: not yet: not taken up{Refused}", (await LinesAsync(ask))[
            ^1], StringComparison.Ordinal);
        Assert.Equal(0, (await RunAsync("run", "cancel")).Code);
        Assert.DoesNotContain("refuses us", (await LinesAsync(ask))[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_message_that_is_being_sent_has_no_reply_yet()
    {
        await ChangeAsync(
            await StuckAsync(), row => row with { State = DeliveryState.Attempting, Reply = "451 4.3.0 an hour ago", Until = null });
        var file = Path.Combine(publication.Folder, "missed.csv");
        await RunAsync("status", "--csv", file);
        foreach (var said in (string[])[
            (await RunAsync("status")).Output, (await RunAsync("status", "--json")).Output, await File.ReadAllTextAsync(file, Cancellation),
            (await RunAsync("status", "--subscriber", PublicationFixture.ReaderId(0))).Output])
        {
            Assert.DoesNotContain("an hour ago", said, StringComparison.Ordinal);
        }

        Assert.Contains("  1 attempting: being sent, or its worker ended\n", (await RunAsync("status")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_reader_who_was_suppressed_today_is_shown_as_suppressed()
    {
        await ImportAsync("ada@example.org,6");
        await StuckAsync();
        await RunAsync("subscribers", "suppress", "ada@example.org", "--reason", "complained");
        var lines = await LinesAsync("status", "--subscriber", "ada@example.org");
        Assert.EndsWith(": complained, daily_06_Etc.UTC, ended at 2026-03-10 06:00 UTC; the address is suppressed (complained): no "
            + "digest is sent to it until a new sign-up is confirmed", lines[0], StringComparison.Ordinal);
        Assert.Equal("2026-03-09: no: not a reader on this date", lines[^2]);
        Assert.Equal("2026-03-10 daily_06_Etc.UTC: no: withheld: left or changed (complained at 2026-03-10 06:00 UTC)", lines[^1]);
        Assert.Contains("ada@example.org\twithheld\tleft or changed: complained\t", (
            await RunAsync("status")).Output, StringComparison.Ordinal);

        await RunAsync("subscribers", "suppress", "nobody@example.org", "--reason", "bounced");
        Assert.Equal(
            (1, "", "There is no subscriber with this address; it is suppressed (bounced).\n"),
            await RunAsync("status", "--subscriber", "nobody@example.org"));
    }

    [Fact]
    public async Task A_reader_who_left_after_a_cancel_missed_the_digest_because_of_the_cancel()
    {
        await ImportAsync("ada@example.org,6");
        await StuckAsync();
        Assert.Equal(0, (await RunAsync("run", "cancel")).Code);
        await RunAsync("subscribers", "suppress", "ada@example.org", "--reason", "complained");
        Assert.Equal("2026-03-10 daily_06_Etc.UTC: no: withheld: run cancelled", (
            await LinesAsync("status", "--subscriber", "ada@example.org"))[^1]);
        Assert.Contains("ada@example.org\twithheld\trun cancelled\t", (await RunAsync("status")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_reader_who_joined_after_the_hour_has_the_same_answer_as_the_cohort()
    {
        await ImportAsync("a@example.org,6");
        await StuckAsync();
        time.Advance(TimeSpan.FromMinutes(5));
        await ImportAsync("late@example.org,6", "new@example.org,4", "soon@example.org,8");
        await ImportAsync("email,hour,consent_at", "agreed@example.org,6,2026-01-01T00:00:00Z");
        Assert.Equal("2026-03-10: no: joined after the hour of daily_06_Etc.UTC, begins on 2026-03-11", (
            await LinesAsync("status", "--subscriber", "agreed@example.org"))[^1]);
        Assert.Contains("daily_04_Etc.UTC begins on 2026-03-11: its readers joined after its hour", await LinesAsync("status"));
        foreach (var word in (string[])["begins", "began"])
        {
            Assert.Equal(
                $"2026-03-10 daily_04_Etc.UTC: no: joined after its hour, {word} on 2026-03-11",
                (await LinesAsync("status", "--subscriber", "new@example.org", "--date", "2026-03-10"))[^1]);
            Assert.Equal(
                $"2026-03-10: no: joined after the hour of daily_06_Etc.UTC, {word} on 2026-03-11",
                (await LinesAsync("status", "--subscriber", "late@example.org", "--date", "2026-03-10"))[^1]);
            Assert.Equal("2026-03-09: no: not a reader on this date", (
                await LinesAsync("status", "--subscriber", "late@example.org", "--date", "2026-03-09"))[^1]);
            time.Advance(TimeSpan.FromDays(1));
        }
    }

    [Fact]
    public async Task Reports_that_came_back_are_counted_and_shown_with_their_mail()
    {
        await ImportAsync("ada@example.org,6");
        var cohort = await StuckAsync();
        Assert.DoesNotContain("Came back", (await RunAsync("status")).Output, StringComparison.Ordinal);
        await ChangeAsync(
            cohort, row => row with { State = DeliveryState.Sent, Reply = "250 ok", Until = null, Reports = Reports.Delayed });
        (ReturnKind Kind, ReturnResult Result)[] reports =
        [
            (ReturnKind.Delayed, ReturnResult.Done), (ReturnKind.Bounced, ReturnResult.Unproven),
            (ReturnKind.AutoReply, ReturnResult.Counted), (ReturnKind.AutoReply, ReturnResult.Counted),
        ];
        using (var database = await publication.OpenAsync(Cancellation))
        {
            var returns = new ReturnStore(new SqliteTableStore(database, time));
            foreach (var (report, number) in reports.Select((report, number) => (report, number)))
            {
                var row = new ReturnRow(ReturnStore.KeyOf("mailbox", $"{number}"), "mailbox", report.Kind, report.Result, time.GetUtcNow());
                Assert.True(await returns.AddAsync(new DateOnly(2026, 3, 10), row, Cancellation));
            }
        }

        Assert.EndsWith(
            "Came back on 2026-03-10 (UTC): 1 delay, 2 automatic replies, 1 without proof, which changed nothing.\n",
            (await RunAsync("status")).Output, StringComparison.Ordinal);
        var counts = JsonDocument.Parse((await RunAsync("status", "--json")).Output).RootElement.GetProperty("returns");
        Assert.Equal((1, 2), (counts.GetProperty("delayed").GetInt32(), counts.GetProperty("autoreply").GetInt32()));
        Assert.EndsWith(
            "; came back: delayed", (await LinesAsync("status", "--subscriber", PublicationFixture.ReaderId(0)))[^1],
            StringComparison.Ordinal);
    }

    private static string Reader(IEnumerable<string> lines) =>
        Assert.Single(lines, line => line.Contains(PublicationFixture.ReaderAddress(0), StringComparison.Ordinal));

    private async Task ImportAsync(params string[] rows)
    {
        var file = Path.Combine(publication.Folder, "readers.csv");
        var head = rows[0].StartsWith("email,", StringComparison.Ordinal) ? "" : "email,hour\n";
        await File.WriteAllTextAsync(file, head + string.Join('\n', rows) + "\n", Cancellation);
        var (code, _, error) = await RunAsync("subscribers", "import", file, "--source", "x");
        Assert.True(code == 0, error);
    }

    /// <summary>A run of one reader whose transport refuses us: a file has the pickup folder's path.</summary>
    private async Task<Cohort> StuckAsync()
    {
        Cohort cohort;
        time.Advance(TimeSpan.FromMinutes(30));
        using (var database = await publication.OpenAsync(Cancellation))
        {
            cohort = await PublicationFixture.SeedAsync(new SqliteTableStore(database, time), 1, time.GetUtcNow(), Cancellation);
        }

        await File.WriteAllTextAsync(Outbox, "", Cancellation);
        Assert.Equal(1, (await RunAsync("run")).Code);
        return cohort;
    }

    private async Task ChangeAsync(Cohort cohort, Func<DeliveryRow, DeliveryRow> change)
    {
        using var database = await publication.OpenAsync(Cancellation);
        var tables = new SqliteTableStore(database, time);
        var part = new Part(new DateOnly(2026, 3, 10), Part.Whole, cohort.Key);
        var row = DeliveryRow.Read((await tables.GetAsync(Tables.Ledger, part.Partition, PublicationFixture.ReaderId(0), Cancellation))!)!;
        Assert.True(
            (await tables.WriteAsync(
                Tables.Ledger, part.Partition, TableWrite.Update(change(row).ToRow(), row.ETag!), Cancellation)).IsDone);
    }

    private async Task<string[]> LinesAsync(params string[] args) =>
        (await RunAsync(args)).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private Task<(int Code, string Output, string Error)> RunAsync(params string[] args) =>
        CommandsTests.RunAsync(publication, args, builder => builder.Services.AddSingleton<TimeProvider>(time));
}

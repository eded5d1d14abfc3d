using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using DailyDigest.Calendar;
using DailyDigest.EndToEnd.Tests.Fixtures;
using DailyDigest.Runs;
using DailyDigest.Sqlite;
using DailyDigest.Storage;

namespace DailyDigest.EndToEnd.Tests;

/// <summary>An operator's commands on a run, with real storage, real files and the real transport.</summary>
public sealed partial class DeliverCommandTests : IDisposable
{
    private readonly PublicationFixture publication = new(smtpPort: 1);

    public DeliverCommandTests()
    {
        publication.Settings["Mail__PickupFolder"] = Outbox;
        publication.Settings["Publication__TimeZone"] = "Etc/UTC";
        publication.Settings["Publication__Hour"] = publication.Made.Hour.ToString(CultureInfo.InvariantCulture);
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string Outbox => Path.Combine(publication.Folder, "outbox");

    private int Mails => Directory.Exists(Outbox) ? Directory.GetFiles(Outbox, "*.eml").Length : 0;

    public void Dispose() => publication.Dispose();

    [Fact]
    public async Task A_run_is_paused_resumed_cancelled_and_sent_after_all()
    {
        var cohort = await StuckAsync(3);
        var run = $"{Today} {cohort.Key}";
        Assert.Equal(
            (0, $"{run}: paused; 3 readers: 0 sent, 3 waiting, 0 will not get it, 0 in doubt\n", ""), await RunAsync("run", "pause"));
        Assert.Equal(
            (0, $"{run}: already paused; 3 readers: 0 sent, 3 waiting, 0 will not get it, 0 in doubt\n", ""),
            await RunAsync("run", "pause", "--cohort", cohort.Key));
        MendOutbox();
        var (code, output, error) = await RunAsync("deliver");
        Assert.Equal(0, code);
        Assert.Contains("3 remaining", output, StringComparison.Ordinal);
        Assert.Contains($"{run} is paused: run resume continues it.", error, StringComparison.Ordinal);
        Assert.Equal(0, Mails);
        Assert.Contains(": open, paused: ", (await RunAsync("status")).Output, StringComparison.Ordinal);

        Assert.Equal(
            (0, $"{run}: resumed; 3 readers: 0 sent, 3 waiting, 0 will not get it, 0 in doubt\n", ""), await RunAsync("run", "resume"));
        Assert.Equal(
            (0, $"{run}: cancelled; 3 readers: 0 sent, 3 will not get it (3 withheld), 0 in doubt\n", ""), await RunAsync("run", "cancel"));
        foreach (var order in (string[])["pause", "resume", "cancel"])
        {
            (code, output, error) = await RunAsync("run", order, "--date", Today);
            Assert.Equal((1, ""), (code, output));
            Assert.Matches($"^{run}: closed at .* UTC, nothing to {order}\n$", error);
        }

        Assert.Contains(": closed, cancelled: 3 withheld", (await RunAsync("status")).Output, StringComparison.Ordinal);
        Assert.Equal(
            (0, $"{run}: 3 would get it now (3 withheld: run cancelled)\n", ""), await RunAsync("deliver", "--missing", "--dry-run"));
        Assert.Equal(0, Mails);
        (code, output, error) = await RunAsync("deliver", "--missing");
        Assert.True(code == 0, error);
        Assert.StartsWith($"{run}: 3 get it now (3 withheld: run cancelled)\n3 sent (", output, StringComparison.Ordinal);
        Assert.Equal(3, Mails);
        Assert.Equal((0, $"{run}: no reader is missing\nNo run is open.\n", ""), await RunAsync("deliver", "--missing"));
        Assert.Equal(3, Mails);
    }

    [Fact]
    public async Task Those_in_doubt_are_held_released_and_accounted_for()
    {
        var cohort = await StuckAsync(2);
        var (id, other) = await DoubtAsync(cohort);
        MendOutbox();
        Assert.StartsWith($"{Today} {cohort.Key}: 1 in doubt would be held", (
            await RunAsync("deliver", "--hold", "--dry-run")).Output, StringComparison.Ordinal);
        Assert.StartsWith($"{Today} {cohort.Key}: 1 in doubt are held", (
            await RunAsync("deliver", "--hold")).Output, StringComparison.Ordinal);
        await ReadyAsync(cohort);
        var (code, output, error) = await RunAsync("deliver");
        Assert.True(code == 0, error);
        Assert.StartsWith("1 sent (", output, StringComparison.Ordinal);
        Assert.Contains("1 sent, 1 held", (await RunAsync("status")).Output, StringComparison.Ordinal);
        Assert.Contains($"{Today} {cohort.Key}: perhaps: in doubt and held (451 4.3.0 \"=try later) (deliver --release", (
            await RunAsync("status", "--subscriber", id)).Output, StringComparison.Ordinal);
        Assert.Contains($"{Today} {cohort.Key}: yes: the relay took it at ", (
            await RunAsync("status", "--subscriber", other, "--date", Today)).Output, StringComparison.Ordinal);

        Assert.Equal(0, (await RunAsync("deliver", "--release", "--subscriber", other)).Code);
        Assert.Equal(1, Mails);
        Assert.Equal(0, (await RunAsync("deliver", "--release", "--subscriber", id)).Code);
        Assert.Equal(2, Mails);
        (code, output, _) = await RunAsync("status", "--json", "--all");
        Assert.Equal(0, code);
        var run = Assert.Single(JsonDocument.Parse(output).RootElement.GetProperty("runs").EnumerateArray().ToList());
        Assert.Equal(2, run.GetProperty("counts").GetProperty("sent").GetInt64());
    }

    [Fact]
    public async Task When_the_relay_works_again_an_operator_retries_the_waiting_readers()
    {
        var cohort = await StuckAsync(12);
        MendOutbox();
        Assert.Equal(1, (await RunAsync("deliver")).Code);
        Assert.Equal(0, Mails);
        var (code, output, error) = await RunAsync("deliver", "--retry", "--dry-run");
        Assert.Equal((0, ""), (code, error));
        Assert.Matches($@"^{Today} {cohort.Key}: 12 would be tried now \([0-9]+ deferred, [0-9]+ not taken up yet\)\n$", output);
        Assert.Equal(1, (await RunAsync("deliver")).Code);
        Assert.Equal(0, Mails);

        (code, output, error) = await RunAsync("deliver", "--retry", "--date", Today, "--cohort", cohort.Key);
        Assert.True(code == 0, error);
        Assert.Matches(
            $@"^{Today} {cohort.Key}: 12 are tried now \([0-9]+ deferred, [0-9]+ not taken up yet\)\n"
                + @"12 sent \([0-9.]+ a second\), 0 remaining\n$",
            output);
        Assert.Equal(12, Mails);
        Assert.Contains(": closed: 12 sent", (await RunAsync("status")).Output, StringComparison.Ordinal);
        Assert.Equal(
            (1, "", "There is no unfinished run; status lists today's runs, status --date D those of another date.\n"),
            await RunAsync("deliver", "--retry"));
    }

    [Fact]
    public async Task Readers_who_did_not_get_it_are_listed_in_pages_and_exported_without_formulas()
    {
        var cohort = await StuckAsync(5);
        var (id, _) = await DoubtAsync(cohort);
        var (code, output, _) = await RunAsync("status", "--limit", "2");
        Assert.Equal(1, code);
        Assert.Contains("  the relay refuses us: ", output, StringComparison.Ordinal);
        Assert.Contains("  part all: waits until ", output, StringComparison.Ordinal);
        Assert.Contains("  1 unknown: 451 4.3.0 \"=try later\n", output, StringComparison.Ordinal);

        // One group per reason: once the relay is paused, the reason differs.
        Assert.Equal(
            4, Regex.Matches(output, "(?m)^  ([0-9]+) deferred: ").Sum(
                group => int.Parse(group.Groups[1].ValueSpan, CultureInfo.InvariantCulture)));
        Assert.Contains("and 3 more (--after ", output, StringComparison.Ordinal);

        var seen = new List<string>();
        for (string? after = null; ;)
        {
            string[] args = ["status", "--limit", "2", "--json", .. after is null ? Array.Empty<string>() : ["--after", after]];
            var run = Assert.Single(
                JsonDocument.Parse((await RunAsync(args)).Output).RootElement.GetProperty("runs").EnumerateArray().ToList());
            seen.AddRange(run.GetProperty("notSent").EnumerateArray().Select(one => one.GetProperty("id").GetString()!));
            Assert.Equal(5 - seen.Count, run.GetProperty("more").GetInt32());
            if (seen.Count == 5)
            {
                break;
            }

            after = seen[^1];
        }

        Assert.Equal(seen.Distinct().Order(StringComparer.Ordinal), seen);
        var file = Path.Combine(publication.Folder, "missed.csv");
        Assert.Equal((0, $"5 written to {file}\n", ""), await RunAsync("status", "--csv", file));
        var lines = (await File.ReadAllTextAsync(file, Cancellation)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(6, lines.Length);
        Assert.Contains("\"451 4.3.0 \"\"=try later\"", Assert.Single(
            lines, line => line.Contains(id, StringComparison.Ordinal)), StringComparison.Ordinal);
        var nowhere = Path.Combine(publication.Folder, "nowhere");
        foreach (var (name, args) in ((string, string[])[])[
            ("--csv", ["status", "--csv"]), ("FILE", ["subscribers", "export"]), ("--out", ["preview", "--out"])])
        {
            Assert.Equal((2, "", $"{name}: there is no folder {nowhere}.\n"), await RunAsync([.. args, Path.Combine(nowhere, "file.csv")]));
            Assert.Equal(
                (2, "", $"{name}: {publication.Folder} is a folder; name a file in it.\n"), await RunAsync([.. args, publication.Folder]));
        }

        Assert.Equal(
            5, (await RunAsync("status", "--all")).Output.Split('\n').Count(
                line => line.Contains("@example.org", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task The_counts_of_a_cancelled_run_add_up_to_its_readers()
    {
        var cohort = await StuckAsync(5);
        await DoubtAsync(cohort);
        Assert.Equal(
            (0, $"{Today} {cohort.Key}: cancelled; 5 readers: 0 sent, 4 will not get it (4 withheld), 1 in doubt\n", ""),
            await RunAsync("run", "cancel"));
        Assert.Contains(": closed, cancelled: 1 held, 4 withheld", (await RunAsync("status")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_dry_run_separates_readers_who_get_it_now_from_readers_waiting_in_the_open_run()
    {
        var cohort = await StuckAsync(5);
        await DoubtAsync(cohort, row => row with { State = DeliveryState.Rejected, Reason = "mailbox-full", Until = null });
        Assert.Equal(
            (0, $"{Today} {cohort.Key}: 1 would get it now (1 rejected: mailbox-full); 4 more waiting in the open run for their "
                + $"next attempt\n", ""),
            await RunAsync("deliver", "--missing", "--dry-run"));
        await RunAsync("run", "cancel");
        Assert.Equal(
            (0, $"{Today} {cohort.Key}: 5 would get it now (1 rejected: mailbox-full, 4 withheld: run cancelled)\n", ""),
            await RunAsync("deliver", "--missing", "--dry-run"));
    }

    [Fact]
    public async Task Only_what_is_sent_again_is_counted_and_deferred_readers_are_remaining()
    {
        var cohort = await publication.SeedAsync(3, Cancellation);
        Assert.StartsWith("3 sent (", (await RunAsync("run")).Output.Split('\n')[^2], StringComparison.Ordinal);
        await DoubtAsync(cohort, row => row with { State = DeliveryState.Expired, Reason = "deadline passed" });
        var lines = (await RunAsync("deliver", "--missing")).Output.Split('\n');
        Assert.EndsWith(": 1 get it now (1 expired)", lines[0], StringComparison.Ordinal);
        Assert.Matches(@"^1 sent \([0-9.]+ a second\), 0 remaining$", lines[1]);

        await DoubtAsync(cohort, row => row with { State = DeliveryState.Expired, Reason = "deadline passed" });
        Directory.Move(Outbox, Outbox + ".aside");
        await File.WriteAllTextAsync(Outbox, "", Cancellation);
        var (code, output, _) = await RunAsync("deliver", "--missing");
        Assert.Equal(1, code);
        Assert.Matches(@"\n0 sent \(0 a second\), 1 remaining(, 1 of them deferred)?\n$", output);
    }

    [Theory]
    [InlineData("deliver --missing --hold")]
    [InlineData("deliver --dry-run")]
    [InlineData("deliver --retry --release")]
    [InlineData("deliver --retry --subscriber 0123456789abcdef0123456789abcdef")]
    [InlineData("deliver --date 2026-03-10")]
    [InlineData("deliver --missing --date 10.03.2026")]
    [InlineData("deliver --missing --cohort daily_24_Europe.Paris")]
    [InlineData("deliver --missing --cohort daily_07_Mars.Olympus")]
    [InlineData("deliver --release --subscriber nobody")]
    [InlineData("deliver --release --subscriber a@example.org\r\nb")]
    [InlineData("deliver --hold --subscriber 0123456789abcdef0123456789abcdef")]
    [InlineData("run pause --date \u001b[2J")]
    [InlineData("run resume --cohort ../../etc/passwd")]
    [InlineData("run stop")]
    [InlineData("status --after 'or'1'='1")]
    [InlineData("status --subscriber 0123456789ABCDEF0123456789ABCDEF")]
    [InlineData("status --subscriber 0123456789abcdef0123456789abcdef --cohort daily_07_Europe.Paris")]
    public async Task Wrong_usage_is_one_line_and_ends_with_2(string words)
    {
        var (code, output, error) = await RunAsync(words.Split(' '));
        Assert.Equal((2, ""), (code, output));
        Assert.DoesNotContain(Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries)), char.IsControl);
    }

    [Theory]
    [InlineData("deliver --missing --date 2020-01-01",
        "There is no run on 2020-01-01; status --date 2020-01-01 lists the runs of that date.")]
    [InlineData("deliver --hold --date 2020-01-01 --cohort daily_07_Asia.Tokyo",
        "There is no run of daily_07_Asia.Tokyo on 2020-01-01; status --date 2020-01-01 lists the runs of that date.")]
    [InlineData("run pause", "There is no unfinished run; status lists today's runs, status --date D those of another date.")]
    [InlineData("run cancel --cohort daily_07_Asia.Tokyo",
        "There is no unfinished run of daily_07_Asia.Tokyo; status lists today's runs, status --date D those of another date.")]
    [InlineData("status --subscriber nobody@example.org", "There is no subscriber with this address.")]
    [InlineData("status --subscriber 0123456789abcdef0123456789abcdef", "There is no subscriber with this id.")]
    [InlineData("deliver --release --subscriber nobody@example.org", "There is no subscriber with this address.")]
    public async Task Something_not_found_is_reported_and_ends_with_1(string words, string line)
    {
        (await publication.OpenAsync(Cancellation)).Dispose();
        Assert.Equal((1, "", line + "\n"), await RunAsync(words.Split(' ')));
    }

    // The date of the run, also if midnight passes meanwhile.
    private string Today => DateOnly.FromDateTime(publication.Made.UtcDateTime).Text();

    private Task<(int Code, string Output, string Error)> RunAsync(params string[] args) => CommandsTests.RunAsync(publication, args);

    /// <summary>A run whose transport refuses us: a file has the pickup folder's path.</summary>
    private async Task<Cohort> StuckAsync(int readers)
    {
        var cohort = await publication.SeedAsync(readers, Cancellation);
        await File.WriteAllTextAsync(Outbox, "", Cancellation);
        Assert.Equal(1, (await RunAsync("run")).Code);
        return cohort;
    }

    private void MendOutbox() => File.Delete(Outbox);

    /// <summary>Makes one of the run's deliveries in doubt; returns its reader and another.</summary>
    private async Task<(string Doubtful, string Other)> DoubtAsync(Cohort cohort, Func<DeliveryRow, DeliveryRow>? change = null)
    {
        using var database = await publication.OpenAsync(Cancellation);
        var tables = new SqliteTableStore(database, TimeProvider.System);
        var run = (await new RunStore(tables).GetAsync(DateOnly.Parse(Today, CultureInfo.InvariantCulture), cohort.Key, Cancellation))!;
        var rows = new List<DeliveryRow>();
        await foreach (var row in LedgerReader.DeliveriesAsync(tables, run, Cancellation))
        {
            rows.Add(row);
        }

        var doubt = change?.Invoke(rows[0])
            ?? rows[0] with { State = DeliveryState.Unknown, Breaks = 1, Attempts = 1, Reply = "451 4.3.0 \"=try later" };
        Assert.True((await tables.WriteAsync(
            Tables.Ledger, Part.LedgerPartition(run.Date, Part.Whole), TableWrite.Update(
                doubt.ToRow(), doubt.ETag!), Cancellation)).IsDone);
        if (run.State == RunState.Closed)
        {
            rows[0] = doubt;
            var counts = rows.GroupBy(row => row.State).ToDictionary(group => group.Key, group => group.LongCount());
            Assert.NotNull(await new RunStore(tables).ChangeAsync(run with { Counts = counts }, Cancellation));
        }

        return (rows[0].SubscriberId, rows[1].SubscriberId);
    }

    /// <summary>Ends the wait of the part.</summary>
    private async Task ReadyAsync(Cohort cohort)
    {
        using var database = await publication.OpenAsync(Cancellation);
        var tables = new SqliteTableStore(database, TimeProvider.System);
        var part = new Part(DateOnly.Parse(Today, CultureInfo.InvariantCulture), Part.Whole, cohort.Key);
        var control = PartControl.Read((await tables.GetAsync(Tables.Ledger, part.Partition, part.ControlKey, Cancellation))!);
        Assert.True((await tables.WriteAsync(
            Tables.Ledger, part.Partition, TableWrite.Update(
                (control with { NextRetry = null }).ToRow(part), control.ETag!), Cancellation)).IsDone);
    }
}

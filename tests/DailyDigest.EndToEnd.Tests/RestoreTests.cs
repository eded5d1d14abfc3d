using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using DailyDigest.EndToEnd.Tests.Fixtures;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using MimeKit;

namespace DailyDigest.EndToEnd.Tests;

/// <summary>
/// The real program, killed and stopped, whose database is put back to a copy from before the hour. Nobody gets the day's digest again
/// without an operator's decision, and nobody who left since is mailed.
/// </summary>
public sealed class RestoreTests : IDisposable
{
    private const int Readers = 12;
    private static readonly string[] Gone = [.. Enumerable.Range(0, 3).Select(PublicationFixture.ReaderAddress)];

    private readonly PublicationFixture publication = new(smtpPort: 1);

    public RestoreTests()
    {
        publication.Settings["Mail__PickupFolder"] = Outbox;
        publication.Settings["Publication__TimeZone"] = "Etc/UTC";
        publication.Settings["Publication__Hour"] = publication.Made.Hour.ToString(CultureInfo.InvariantCulture);
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string Outbox => Path.Combine(publication.Folder, "outbox");

    private string Copy => Path.Combine(publication.Folder, "copy.db");

    public void Dispose() => publication.Dispose();

    [Fact]
    public async Task After_a_restore_the_day_is_held_and_skipped_and_nobody_is_mailed_again()
    {
        await SendAndLeaveAsync();
        var said = await EndAsync(0, "restore", Copy);
        Assert.Contains("It does not know what was written between", said, StringComparison.Ordinal);
        Assert.Contains("2 subscriptions ended, 1 person erased", said, StringComparison.Ordinal);
        Assert.DoesNotContain("The store does not have what was written", said, StringComparison.Ordinal);
        Assert.Contains("Next: start serve", said, StringComparison.Ordinal);
        Assert.Single(Directory.GetFiles(publication.Folder, "dailydigest.db.before-restore-*"));

        var run = await EndAsync(0, "run");
        Assert.Single(Regex.Matches(run, "held, because it may have been sent before the restore"));
        Assert.DoesNotContain("continues with serve", run, StringComparison.Ordinal);
        var retry = await EndAsync(0, "deliver", "--retry", "--dry-run");
        Assert.Contains(" is held, because it may", retry, StringComparison.Ordinal);
        Assert.DoesNotContain("would be tried", retry, StringComparison.Ordinal);
        await using (var server = Start("serve"))
        {
            using var client = await ClientAsync(server);
            var alerts = await AlertsAsync(client);
            Assert.Contains("runs held until an operator decides: daily_", alerts["restore"], StringComparison.Ordinal);
            Assert.Equal(0, await server.StopAsync(Cancellation));
        }

        Assert.Empty(Mailed());
        var status = await EndAsync(0, "status");
        Assert.Contains("The store does not know what was written between", status, StringComparison.Ordinal);
        Assert.Contains(
            "open, held, because it may have been sent before the restore: deliver --release sends it, run skip does not", status,
            StringComparison.Ordinal);

        Assert.Contains("skipped; ", await EndAsync(0, "run", "skip"), StringComparison.Ordinal);
        Assert.Contains("There is no run that is held after a restore.", await EndAsync(1, "run", "skip"), StringComparison.Ordinal);
        await EndAsync(0, "run");
        Assert.Empty(Mailed());
        Assert.Contains("closed, not sent again after a restore", await EndAsync(0, "status"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_released_run_is_sent_to_all_but_those_who_left_since_the_copy()
    {
        await SendAndLeaveAsync();
        await EndAsync(0, "restore", Copy);
        await EndAsync(0, "run");
        Assert.Empty(Mailed());
        Assert.Contains("would be sent", await EndAsync(0, "deliver", "--release", "--dry-run"), StringComparison.Ordinal);
        Assert.Empty(Mailed());
        Assert.Contains("released", await EndAsync(0, "deliver", "--release"), StringComparison.Ordinal);

        Assert.Equal(
            Enumerable.Range(0, Readers).Select(PublicationFixture.ReaderAddress).Except(Gone).Order(StringComparer.Ordinal), Mailed());
    }

    [Fact]
    public async Task A_copy_put_back_by_hand_is_noticed_and_held_the_same_way()
    {
        await SendAndLeaveAsync();
        foreach (var suffix in (string[])["", "-wal", "-shm"])
        {
            File.Delete(publication.DatabasePath + suffix);
        }

        File.Copy(Copy, publication.DatabasePath);
        await using (var server = Start("serve"))
        {
            var line = await server.LineAsync("The store does not have what was written between", Cancellation);
            Assert.Contains("people erased: 1", line, StringComparison.Ordinal);
            Assert.Matches(@"^20\d\d-\d\d-\d\d \d\d:\d\d:\d\d \+00:00 ", line);
            using var client = await ClientAsync(server);
            await server.LineAsync("opened with", Cancellation);
            Assert.Contains("operator decides: daily_", (await AlertsAsync(client))["restore"], StringComparison.Ordinal);
            await server.KillAsync(Cancellation);
        }

        Assert.Empty(Mailed());
        Assert.Contains("released", await EndAsync(0, "deliver", "--release"), StringComparison.Ordinal);
        Assert.Empty(Mailed().Intersect(Gone));
        Assert.Equal(Readers - Gone.Length, Mailed().Count);
    }

    [Fact]
    public async Task A_log_lost_in_a_crash_is_told_at_the_next_start()
    {
        await publication.SeedAsync(2, Cancellation);
        await using (var server = Start("serve"))
        {
            await server.LineAsync("closed: 2 of 2 sent", Cancellation);
            await server.KillAsync(Cancellation);
        }

        File.Delete(publication.DatabasePath + "-wal");
        var first = await EndAsync(0, "status");
        Assert.Contains("or its log was lost", first, StringComparison.Ordinal);
        Assert.DoesNotContain("or its log was lost", await EndAsync(0, "status"), StringComparison.Ordinal);
        Clear();
        await EndAsync(0, "run");
        Assert.Empty(Mailed());
    }

    [Fact]
    public async Task A_restore_refuses_what_is_no_copy_and_a_database_that_is_in_use()
    {
        await publication.SeedAsync(2, Cancellation);
        await EndAsync(0, "backup", Copy);
        var noCopy = Path.Combine(publication.Folder, "no.db");
        await File.WriteAllTextAsync(noCopy, new string('x', 9000), Cancellation);
        await EndAsync(1, "restore", noCopy);
        await EndAsync(2, "restore", noCopy + ".none");
        var cut = Path.Combine(publication.Folder, "cut.db");
        await File.WriteAllBytesAsync(cut, (await File.ReadAllBytesAsync(Copy, Cancellation))[..^8192], Cancellation);
        Assert.Contains("damaged", await EndAsync(1, "restore", cut), StringComparison.Ordinal);
        await using (var server = Start("serve"))
        {
            await server.AddressAsync(Cancellation);
            Assert.Contains("stop it, then restore", await EndAsync(1, "restore", Copy), StringComparison.Ordinal);
        }

        Assert.DoesNotContain(
            Directory.GetFiles(publication.Folder), file => file.StartsWith(publication.DatabasePath + ".", StringComparison.Ordinal));
        Assert.Contains("was put back", await EndAsync(0, "restore", Copy), StringComparison.Ordinal);
    }

    /// <summary>
    /// A copy is made, then the day's digest is sent; then one reader leaves by the link, one is erased, one reports spam; then the
    /// machine fails.
    /// </summary>
    private async Task SendAndLeaveAsync()
    {
        // Stories, and readers who were imported an hour ago: after their hour they would begin tomorrow.
        var cohort = await publication.SeedAsync(0, Cancellation);
        var list = Path.Combine(publication.Folder, "readers.csv");
        await File.WriteAllLinesAsync(
            list,
            ["email,zone,hour", .. Enumerable.Range(0, Readers).Select(i => string.Create(
                CultureInfo.InvariantCulture, $"{PublicationFixture.ReaderAddress(i)},Etc/UTC,{cohort.Hour}"))], Cancellation);
        var earlier = new FakeTimeProvider(publication.Made.AddHours(-1));
        var (code, _, error) = await CommandsTests.RunAsync(
            publication, ["subscribers", "import", list, "--source", "members"], builder =>
                builder.Services.AddSingleton<TimeProvider>(earlier));
        Assert.True(code == 0, error);
        await EndAsync(0, "backup", Copy);
        await using (var server = Start("serve"))
        {
            using var client = await ClientAsync(server);
            await server.LineAsync($"closed: {Readers} of {Readers} sent", Cancellation);
            using var form = new FormUrlEncodedContent([KeyValuePair.Create("List-Unsubscribe", "One-Click")]);
            var left = await client.PostAsync(UnsubscribePath(Gone[0]), form, Cancellation);
            Assert.True(left.IsSuccessStatusCode, left.ToString());
            await EndAsync(0, "subscribers", "erase", Gone[1]);
            await EndAsync(0, "subscribers", "suppress", Gone[2], "--reason", "complained");
            await server.KillAsync(Cancellation);
        }

        Clear();
    }

    private string UnsubscribePath(string address)
    {
        var mail = Mails().Single(mail => mail.To.Mailboxes.Single().Address == address);
        return new Uri(mail.Headers["List-Unsubscribe"]!.Split(',')[0].Trim(' ', '<', '>')).AbsolutePath;
    }

    private IEnumerable<MimeMessage> Mails() => Directory.Exists(Outbox)
        ? Directory.GetFiles(Outbox, "*.eml").Select(file => MimeMessage.Load(file)) : [];

    private List<string> Mailed() =>
        [.. Mails().Select(mail => mail.To.Mailboxes.Single().Address).Order(StringComparer.Ordinal)];

    private void Clear() => Array.ForEach(Directory.GetFiles(Outbox), File.Delete);

    private ServerProcess Start(params string[] arguments) =>
        ServerProcess.Start(publication.Folder, publication.Settings, arguments);

    private async Task<string> EndAsync(int code, params string[] arguments)
    {
        await using var program = Start(arguments);
        Assert.True(await program.EndAsync(Cancellation) == code, program.Output);
        return program.Output;
    }

    private async Task<HttpClient> ClientAsync(ServerProcess server)
    {
        var client = new HttpClient { BaseAddress = await server.AddressAsync(Cancellation) };
        client.DefaultRequestHeaders.Add("X-Api-Key", publication.Settings["Api__Keys"]);
        return client;
    }

    private static async Task<Dictionary<string, string>> AlertsAsync(HttpClient client)
    {
        using var answer = JsonDocument.Parse(await client.GetStringAsync("/readyz", Cancellation));
        return answer.RootElement.GetProperty("alerts").EnumerateArray().ToDictionary(
            one => one.GetProperty("alert").GetString()!, one => one.GetProperty("text").GetString()!);
    }
}

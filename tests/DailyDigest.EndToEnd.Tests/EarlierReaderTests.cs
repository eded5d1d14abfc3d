using System.IO.Compression;
using DailyDigest.Clock;
using DailyDigest.Content;
using DailyDigest.EndToEnd.Tests.Fixtures;
using DailyDigest.Runs;
using DailyDigest.Sending;
using DailyDigest.Subscribers;
using DailyDigest.Testing.Services;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace DailyDigest.EndToEnd.Tests;

/// <summary>
/// During a rolling upgrade an earlier program reads what this one writes. Without the earlier program: whatever stands in the stores of
/// earlier versions (tests/stores) stands in the present program's rows as well, under the same keys, names and types. RollingUpgradeTests
/// run the earlier programs themselves.
/// </summary>
public sealed class EarlierReaderTests
{
    // The feed of this test names no language.
    private static readonly string[] NotInThisRun =
    [
        "Stories DATE HASH: language String", "Digests DATE COHORT: json.items[].story.language String",
        "Digests DATE COHORT~HASH: json.items[].story.language String",
    ];

    private static readonly DateTimeOffset Monday = new(2026, 3, 9, 5, 50, 0, TimeSpan.Zero);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Rows_of_an_open_run_have_what_earlier_programs_read()
    {
        SmtpFault[] faults =
        [
            SmtpFault.Refuse(SmtpStage.Rcpt, 550, "5.1.1 no such user", "nobody@example.org"),
            SmtpFault.Refuse(SmtpStage.Rcpt, 451, "4.2.0 try again later", "later@example.org"),
        ];
        await using var smtp = await SmtpRecorder.StartAsync(new SmtpOptions { Faults = faults }, Cancellation);
        await using var feed = await TestFeed.StartAsync(Cancellation);
        using var publication = new PublicationFixture(smtp.Port);
        publication.Settings["Feeds__AllowPrivateAddresses"] = "true";
        publication.Settings["Feeds__Sources__0__Url"] = feed.Url;
        publication.Settings["Feeds__Sources__0__Name"] = "Courier";
        publication.Settings["Delivery__Connections"] = "1";
        var time = new FakeTimeProvider(Monday);
        await ImportAsync(publication, time);
        var written = new HashSet<string>(StringComparer.Ordinal);
        await using (var app = await publication.StartAsync(Cancellation, time))
        {
            // A day that ends well, and one in the middle.
            await DayAsync(app, feed, time, Monday.AddMinutes(15));
            time.SetUtcNow(Monday.AddHours(13));
            await BeatAsync(app);
            written.UnionWith(await RowShapes.ReadAsync(publication.DatabasePath, Cancellation));
            await smtp.ScriptAsync([.. faults, new SmtpFault(SmtpStage.Data) { Delay = TimeSpan.FromMilliseconds(250) }], Cancellation);
            var day = DayAsync(app, feed, time, Monday.AddDays(1).AddMinutes(15));
            await smtp.WaitForAsync(smtp.Messages.Count + 2, Cancellation);
            written.UnionWith(await RowShapes.ReadAsync(publication.DatabasePath, Cancellation));
            await day;
            written.UnionWith(await RowShapes.ReadAsync(publication.DatabasePath, Cancellation));

            // A day without stories, and one that nobody began.
            time.SetUtcNow(Monday.AddDays(2).AddMinutes(15));
            await BeatAsync(app);
            time.SetUtcNow(Monday.AddDays(5).AddMinutes(15));
            await BeatAsync(app);
            written.UnionWith(await RowShapes.ReadAsync(publication.DatabasePath, Cancellation));
        }

        foreach (var version in UpgradeTests.Versions.Select(row => row.Data))
        {
            var earlier = await EarlierAsync(version);
            Assert.Contains("Ledger DATE~all !COHORT: owner String", earlier);
            var missing = earlier.Except(written).Except(NotInThisRun).Order(StringComparer.Ordinal).ToList();
            Assert.True(
                missing.Count == 0,
                $"The version of {version} reads these, and this one does not write them: a machine that is upgraded later does not "
                    + $"understand the others.\n{string.Join('\n', missing)}");
        }
    }

    /// <summary>A name that an earlier program does not know is a state that it does not know. Its number is in links or in JSON.</summary>
    [Fact]
    public void Names_that_are_stored_are_those_of_earlier_versions()
    {
        Assert.Equal(
            "Attempting Sent Rejected Deferred Unknown Held Withheld Expired Empty", string.Join(' ', Enum.GetNames<DeliveryState>()));
        Assert.Equal("Preparing Open Closed Skipped", string.Join(' ', Enum.GetNames<RunState>()));
        Assert.Equal(
            "pending active unsubscribed bounced complained erased",
            string.Join(' ', Enum.GetValues<SubscriberStatus>().Select(SubscriberRow.Text)));
        Assert.Equal(
            "Confirm=1 Unsubscribe=2 Preferences=3 NewAddress=4 Data=5 Move=6 Erase=7 UndoMove=8",
            string.Join(' ', Enum.GetValues<LinkPurpose>().Select(purpose => $"{purpose}={(byte)purpose}")));
        Assert.Equal("Article=0 BlogPost=1", string.Join(' ', Enum.GetValues<StoryKind>().Select(kind => $"{kind}={(int)kind}")));
    }

    private static async Task<HashSet<string>> EarlierAsync(string version)
    {
        var folder = Directory.CreateTempSubdirectory("dailydigest-");
        try
        {
            await ZipFile.ExtractToDirectoryAsync(
                Path.Combine(AppContext.BaseDirectory, "stores", version + ".zip"), folder.FullName, Cancellation);
            return await RowShapes.ReadAsync(Path.Combine(folder.FullName, "store.db"), Cancellation);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task ImportAsync(PublicationFixture publication, TimeProvider time)
    {
        var list = Path.Combine(publication.Folder, "list.csv");
        await File.WriteAllLinesAsync(
            list,
            [
                "email,zone,hour,language,sections,consent_at",
                .. Enumerable.Range(0, 12).Select(number => $"reader{number}@example.org,Europe/Paris,7,en,,2025-06-01"),
                "reader12@example.org,America/New_York,6,en,,2025-06-01",
                "reader13@example.org,Europe/Paris,7,ar,,2025-06-01",
                "reader14@example.org,Europe/Paris,7,en,Sport,2025-06-01",
                "nobody@example.org,Europe/Paris,7,en,,2025-06-01",
                "later@example.org,Europe/Paris,7,en,,2025-06-01",
                "gone@example.org,Europe/Paris,7,en,,2025-06-01",
            ],
            Cancellation);
        string[][] verbs = [["subscribers", "import", list, "--source", "members"], ["subscribers", "erase", "gone@example.org"]];
        foreach (var verb in verbs)
        {
            var (code, _, error) = await CommandsTests.RunAsync(
                publication, verb, builder => builder.Services.AddSingleton(time));
            Assert.True(code == 0, error);
        }
    }

    private static async Task DayAsync(WebApplication app, TestFeed feed, FakeTimeProvider time, DateTimeOffset now)
    {
        time.SetUtcNow(now);
        feed.Stories = [.. Enumerable.Range(0, 8).Select(number => new FeedStory(
            string.Join(' ', Enumerable.Range(0, 5).Select(word => $"w{now.Day}{number}{word}x")),
            $"https://news.example.com/{now.Day}-{number}", now.AddHours(-2), number, number < 4 ? "Sport" : "News"))];
        await app.Services.GetRequiredService<PollFeeds>().ExecuteAsync(evenSlow: true, Cancellation);
        await BeatAsync(app);
    }

    private static async Task BeatAsync(WebApplication app)
    {
        await app.Services.GetRequiredService<Tick>().ExecuteAsync(Cancellation);
        while (await app.Services.GetRequiredService<DeliverHints>().ExecuteAsync(Cancellation) > 0)
        {
        }

        await app.Services.GetRequiredService<Tick>().ExecuteAsync(Cancellation);
    }
}

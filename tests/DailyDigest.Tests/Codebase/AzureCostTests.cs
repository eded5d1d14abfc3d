using System.Diagnostics;
using System.Text.Json;
using DailyDigest.Clock;
using DailyDigest.Content;
using DailyDigest.Runs;
using DailyDigest.Sending;
using DailyDigest.Storage;
using DailyDigest.Subscribers;
using DailyDigest.Testing.Services;
using DailyDigest.Tests.Fixtures;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace DailyDigest.Tests.Codebase;

/// <summary>
/// The counts in benchmarks/azure-cost.json are what the program does, and docs/azure-cost.md has the tables of the script.
/// </summary>
public sealed class AzureCostTests
{
    private static readonly JsonElement Counted =
        JsonDocument.Parse(Repository.Read("benchmarks/azure-cost.json")).RootElement.GetProperty("counted");

    private readonly DeliveryFixture fixture = new();
    private readonly List<string> wrong = [];

    [Fact]
    public async Task The_page_has_the_tables_of_the_script()
    {
        using var script = Process.Start(new ProcessStartInfo(TestServices.RequireProgram("node"), ["benchmarks/azure-cost.mjs"])
        {
            WorkingDirectory = Repository.Root,
            RedirectStandardOutput = true,
        })!;
        var tables = await script.StandardOutput.ReadToEndAsync(DeliveryFixture.Cancellation);
        await script.WaitForExitAsync(DeliveryFixture.Cancellation);

        Assert.Equal(0, script.ExitCode);
        Assert.NotEmpty(tables.Trim());
        var page = Repository.Read("docs/azure-cost.md").Split('\n').Select(line => line.TrimEnd()).ToHashSet(StringComparer.Ordinal);
        Repository.AssertNone(tables.Split('\n').Select(line => line.TrimEnd()).Where(line => !page.Contains(line)));
    }

    [Fact]
    public async Task An_idle_minute_costs_the_requests_of_the_page()
    {
        await fixture.PublishAsync();
        await fixture.Program.TickAsync();

        Compare("tick", await CountAsync(program => program.TickAsync()));
        var notices = ActivatorUtilities.CreateInstance<SendNotices>(fixture.Program.Get<IServiceProvider>(), new NoNotices());
        await notices.ExecuteAsync(DeliveryFixture.Cancellation);
        var before = fixture.Program.Plan.Trace.Count(call => call.IsOfTables);
        await notices.ExecuteAsync(DeliveryFixture.Cancellation);
        Compare("notices", fixture.Program.Plan.Trace.Count(call => call.IsOfTables) - before);
        var without = await CountAsync(PollAsync);
        for (var number = 0; number < 10; number++)
        {
            await fixture.Program.Get<FeedStore>().AddAsync(
                $"https://{number}.example.com/feed", "Feed", StoryKind.Article, false, DeliveryFixture.Cancellation);
        }

        Compare("ingest", without);
        Compare("feed", (await CountAsync(PollAsync) - without) / 10);
        Repository.AssertNone(wrong);
    }

    /// <summary>One thread: the answers arrive in the same order every time.</summary>
    [Fact]
    public void A_run_costs_the_requests_and_bytes_of_the_page() => OneThread.Run(async () =>
    {
        await fixture.PublishAsync();
        await fixture.SubscribeAsync(1_000);
        Compare("bytesPerReader", Bytes(Tables.Subscribers, Tables.Audience) / 1_000);
        await NextMorningAsync();
        await fixture.Program.RunOnceAsync();
        await NextMorningAsync();

        Compare("runStart", await CountAsync(program => program.TickAsync()) - Number("tick"));
        var thousand = await CountAsync(program => program.DeliverAsync());
        Compare("bytesPerDelivery", Bytes(Tables.Ledger) / 2_000);
        await fixture.SubscribeAsync(2_000);
        await NextMorningAsync();
        await fixture.Program.TickAsync();
        var each = (await CountAsync(program => program.DeliverAsync()) - thousand) / 2;
        Compare("perThousand", each);
        Compare("partOverhead", thousand - each);
        Assert.Equal(5_000, fixture.Relay.Inbox.Count);

        // The ledger of a date is deleted after the days for which it is kept. On the fourth day there is none to delete.
        fixture.Advance(TimeSpan.FromDays(new DeliveryOptions().KeepDays - 2));
        await PurgeAsync(fixture.Program);
        Assert.Equal(5_000, fixture.Tables.Everything.Select(row => row.Table == Tables.Ledger ? DeliveryRow.Read(row.Row) : null).Count(
            row => row is not null));
        var purges = new List<double>();
        for (var day = 1; day <= 4; day++)
        {
            fixture.Advance(TimeSpan.FromDays(1));
            purges.Add(await CountAsync(PurgeAsync));
        }

        Assert.DoesNotContain(fixture.Tables.Everything, row => row.Table == Tables.Ledger);
        Compare("purgeDay", purges[^1]);
        Compare("purgePerThousand", (purges.Sum() - (4 * purges[^1])) / 5);
        Repository.AssertNone(wrong);
    });

    [Fact]
    public void A_run_of_sixteen_parts_costs_the_requests_of_the_page() => OneThread.Run(async () =>
    {
        var sliced = new DeliveryFixture(("Delivery:SliceFrom", "1000"));
        await sliced.PublishAsync();
        await sliced.SubscribeAsync(2_000);
        sliced.GoTo(2, 7);
        await sliced.Program.TickAsync();
        var program = sliced.Start();
        await program.DeliverAsync();

        Assert.Equal(16, sliced.Controls().Count);
        Compare("sixteenPartsOverhead", program.Plan.Trace.Count(call => call.IsOfTables) - (2 * Number("perThousand")));
        Repository.AssertNone(wrong);
    });

    [Fact]
    public void The_page_knows_how_many_answers_a_commit_waits_for() => Assert.Equal(CommitPace.Enough, Number("enough"));

    private static double Number(string name) => Counted.GetProperty(name).GetDouble();

    /// <summary>A tenth more or less is no other cost.</summary>
    private void Compare(string name, double counted)
    {
        if (Math.Abs(counted - Number(name)) > Math.Max(1, Number(name) / 10))
        {
            wrong.Add($"benchmarks/azure-cost.json has {name} {Number(name)}, but {counted} is counted. Correct it and the page.");
        }
    }

    private async Task<double> CountAsync(Func<Program, Task> step)
    {
        var program = fixture.Start();
        await program.Get<Sweep>().ExecuteAsync(DeliveryFixture.Cancellation);
        var before = program.Plan.Trace.Count(call => call.IsOfTables);
        await step(program);
        return program.Plan.Trace.Count(call => call.IsOfTables) - before;
    }

    private Task PollAsync(Program program) => new PollFeeds(
        new FeedsOptions(), program.Get<FeedStore>(),
        new PollFeed(
            program.Get<FeedStore>(), program.Get<StoryStore>(), new Unchanged(), program.Get<SumStories>(), fixture.Time,
            NullLogger<PollFeed>.Instance),
        program.Get<SumStories>(), fixture.Time).ExecuteAsync(evenSlow: false, DeliveryFixture.Cancellation);

    private static async Task PurgeAsync(Program program)
    {
        while (await program.Get<Purge>().ExecuteAsync(DeliveryFixture.Cancellation))
        {
            DeliveryFixture.Cancellation.ThrowIfCancellationRequested();
        }
    }

    private async Task NextMorningAsync()
    {
        fixture.Advance(TimeSpan.FromDays(1) - (fixture.Time.GetUtcNow().TimeOfDay - TimeSpan.FromHours(7)));
        await PurgeAsync(fixture.Program);
        await fixture.PublishAsync();
    }

    /// <summary>
    /// As Azure counts a stored entity: 4 bytes, twice the characters of the keys, and for each property 8 bytes, its name and its value.
    /// </summary>
    private double Bytes(params string[] tables) => fixture.Tables.Everything.Where(row => tables.Contains(row.Table)).Sum(row =>
        4 + (2 * (row.Partition.Length + row.Row.Key.Length)) + row.Row.Properties.Sum(one => 8 + (2 * one.Key.Length) + one.Value switch
        {
            string text => 4 + (2 * text.Length),
            byte[] bytes => 4 + bytes.Length,
            bool => 1,
            _ => 8,
        }));

    /// <summary>There are no service mails to render.</summary>
    private sealed class NoNotices : INoticeRenderer
    {
        public Task<NoticeText> RenderAsync(NoticeKind kind, string language, string url, CancellationToken cancellationToken) =>
            throw new InvalidOperationException("There is a service mail.");
    }

    /// <summary>Feeds without news.</summary>
    private sealed class Unchanged : IFeedReader
    {
        public Task<FeedReading> ReadAsync(Feed feed, CancellationToken cancellationToken) =>
            Task.FromResult<FeedReading>(new FeedReading.NotModified());
    }
}

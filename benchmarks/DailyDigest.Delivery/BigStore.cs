using System.Globalization;
using DailyDigest.Accounts;
using DailyDigest.Calendar;
using DailyDigest.Content;
using DailyDigest.Digests;
using DailyDigest.Hooks;
using DailyDigest.Runs;
using DailyDigest.Selection;
using DailyDigest.Storage;
using Microsoft.Data.Sqlite;

namespace DailyDigest.DeliveryBenchmark;

/// <summary>
/// Gives a store of many subscribers what the desk shows beside them: an audience, the deliveries of two days, stories, digests, changes.
/// Rows of which there are as many as subscribers are made by SQLite itself.
/// </summary>
internal static class BigStore
{
    // cspell:ignore randomblob

    /// <summary>The hour of all readers.</summary>
    public const int Hour = 7;

    private const int Days = 400;
    private const int StoriesPerDay = 40;
    private const int FeedCount = 60;
    private const int Changes = 20_000;
    private const int HookEvents = 10_000;

    /// <summary>The cohort of all readers.</summary>
    public static readonly Cohort Cohort = new("Etc/UTC", Hour, Rhythm.Daily);

    public static DateOnly Today => LocalDates.Utc(TimeProvider.System.GetUtcNow());

    public static async Task FillAsync(ITableStore tables, string path, int subscribers)
    {
        await FillStoriesAsync(tables);
        await FillCohortsAsync(tables, subscribers);
        await FillChangesAsync(tables);
        await FillHooksAsync(tables);
        await FillControlAsync(tables, Today.AddDays(-1), subscribers, isDone: true);
        await FillControlAsync(tables, Today, subscribers / 4, isDone: false);
        await ReplaceAsync(tables, run => run with { Slices = Part.Sixteen.Count }, Today.AddDays(-1));
        await ReplaceAsync(
            tables,
            run => run with
            {
                Slices = Part.Sixteen.Count,
                State = RunState.Open,
                Ended = null,
                LastSent = null,
                Deadline = TimeProvider.System.GetUtcNow().AddHours(6),
                Counts = new Dictionary<DeliveryState, long>(),
            },
            Today);
        using var connection = new SqliteConnection($"Data Source={path};Pooling=False");
        connection.Open();
        Execute(connection, "PRAGMA synchronous = OFF");
        Execute(connection, """
            INSERT INTO rows SELECT 'Audience', $cohort || '~' || substr(row, 1, 1), row, hex(randomblob(8)), timestamp,
                json_object('address', substr(row, 1, 16) || '@example.com', 'language', 'en', 'from', '2026-01-01', 'removed',
                    json('false'), 'version', 1)
            FROM rows WHERE table_name = 'Subscribers' AND row <> '$figures' ORDER BY partition, row
            """, ("$cohort", Cohort.Key));
        FillLedger(connection, Today.AddDays(-1), "00");

        // A quarter is sent: the readers whose ids begin with 0 to 3 of each second digit.
        FillLedger(connection, Today, "00", "AND substr(row, 2, 1) < '4'");
        Execute(connection, "PRAGMA wal_checkpoint(TRUNCATE)");
    }

    // One of 256 was refused, and one of 4,096 is still to be tried again.
    private static void FillLedger(SqliteConnection connection, DateOnly date, string refused, string some = "") => Execute(
        connection,
        $$"""
        INSERT INTO rows SELECT 'Ledger', $date || '~' || substr(row, 1, 1), row, hex(randomblob(8)), timestamp,
            CASE WHEN substr(row, -2) = $refused
                THEN json_object('cohort', $cohort, 'state', 'Rejected', 'attempts', 1, 'reply', '550 5.1.1 no such mailbox',
                    'reason', 'no-such-user', 'at', json_object('$instant', $at))
                ELSE json_object('cohort', $cohort, 'state', 'Sent', 'attempts', 1, 'copies', 1, 'reply', '250 2.0.0 accepted',
                    'at', json_object('$instant', $at)) END
        FROM rows WHERE table_name = 'Subscribers' AND row <> '$figures' {{some}} ORDER BY partition, row
        """,
        ("$cohort", Cohort.Key), ("$date", date.Text()), ("$refused", refused),
        ("$at", string.Create(CultureInfo.InvariantCulture, $"{date:yyyy-MM-dd}T07:04:05.0000000Z")));

    private static async Task FillControlAsync(ITableStore tables, DateOnly date, int readers, bool isDone)
    {
        foreach (var slice in Part.Sixteen)
        {
            var part = new Part(date, slice, Cohort.Key);
            var control = new PartControl { Sequence = 1, Done = isDone, Exhausted = isDone, Sent = readers / 16, Other = readers / 4_096 };
            await tables.WriteAsync(Tables.Ledger, part.Partition, TableWrite.Insert(control.ToRow(part)), CancellationToken.None);
        }
    }

    private static async Task ReplaceAsync(ITableStore tables, Func<Run, Run> change, DateOnly date)
    {
        var store = new RunStore(tables);
        if (await store.GetAsync(date, Cohort.Key, CancellationToken.None) is { } run)
        {
            await tables.WriteAsync(
                Tables.Runs, date.Text(), TableWrite.Delete(Cohort.Key, run.ETag!), CancellationToken.None);
            await store.BeginAsync(change(run), CancellationToken.None);
        }
    }

    private static async Task FillCohortsAsync(ITableStore tables, int subscribers)
    {
        var cohorts = new CohortStore(tables, TimeProvider.System);
        for (var hour = 0; hour < 24; hour++)
        {
            var cohort = Cohort with { Hour = hour };
            await cohorts.EnsureAsync(cohort, CancellationToken.None, Today.AddDays(-Days));
            await cohorts.SettleAsync((await cohorts.GetAsync(cohort, CancellationToken.None))!, Today, CancellationToken.None);
            await cohorts.CountAsync(cohort.Key, hour == Hour ? subscribers : 0, CancellationToken.None);
        }
    }

    private static async Task FillStoriesAsync(ITableStore tables)
    {
        var feeds = new FeedStore(tables);
        for (var number = 0; number < FeedCount; number++)
        {
            await feeds.AddAsync(Url($"feeds/{number}.rss"), $"Feed {number}", StoryKind.Article, ranked: false, CancellationToken.None);
        }

        var (stories, digests) = (new StoryStore(tables, TimeProvider.System), new DigestStore(tables));

        // The stories of tomorrow's digest.
        var now = TimeProvider.System.GetUtcNow();
        for (var number = 0; number < StoriesPerDay; number++)
        {
            var published = now.AddMinutes(-5 * (number + 1));
            await stories.UpsertAsync(
                Story(Today.AddDays(1), number) with { Published = published, FirstSeen = published }, CancellationToken.None);
        }

        for (var back = 0; back < Days; back++)
        {
            var date = Today.AddDays(-back);
            var some = Enumerable.Range(0, StoriesPerDay).Select(number => Story(date, number)).ToList();
            await Task.WhenAll(some.Select(story => stories.UpsertAsync(story, CancellationToken.None)));
            await digests.FreezeAsync(
                new Digest
                {
                    Date = date,
                    Cohort = Cohort.Key,
                    FrozenAt = new DateTimeOffset(date, new TimeOnly(Hour, 0), TimeSpan.Zero),
                    Items = [.. some.Take(14).Select((story, at) => new DigestItem(story, story.Id, 14 - at, [], []))],
                },
                CancellationToken.None);
        }
    }

    private static Story Story(DateOnly date, int number)
    {
        var url = Url($"{date:yyyy-MM-dd}/story-{number}");
        var published = new DateTimeOffset(date.AddDays(-1), new TimeOnly(8, 0), TimeSpan.Zero).AddMinutes(20 * number);
        return new Story
        {
            Id = StoryId.From(url),
            Kind = number % 4 == 0 ? StoryKind.BlogPost : StoryKind.Article,
            Url = url,
            // Words that others do not have: stories with similar titles would be taken for one.
            Title = $"Pier {number} {Words(date.DayNumber + (31 * number))} {Words((3 * date.DayNumber) + (17 * number))}",
            Summary = $"{Words((5 * date.DayNumber) + (11 * number))} {Words((7 * number) + date.DayNumber)}.",
            Section = "Harbour",
            Language = "en",
            Source = Feed.IdOf(Url($"feeds/{number % FeedCount}.rss")),
            Published = published,
            FirstSeen = published,
            Signals = new Signals(100 * number, number),
        };
    }

    private static string Words(int number) => string.Join(
        ' ',
        Enumerable.Range(0, 4).Select(at => string.Create(
            CultureInfo.InvariantCulture, $"w{((number * 7919) + (at * 104_729)) % 9_973}")));

    public static string Url(FormattableString path) => "https://news.example.com/" + path.ToString(CultureInfo.InvariantCulture);

    private static async Task FillChangesAsync(ITableStore tables)
    {
        var audit = new AuditLog(tables, TimeProvider.System);
        await Parallel.ForAsync(0, Changes, async (number, stop) => await audit.WriteAsync(
            Actor.CommandLine, "feed.change", $"feed-{number % FeedCount}", "before", "after", stop));
    }

    private static async Task FillHooksAsync(ITableStore tables)
    {
        var hooks = new HookStore(tables, TimeProvider.System);
        var hook = await hooks.AddAsync("https://hooks.example.com/", HookTypes.All, false, [1, 2, 3], CancellationToken.None);
        var calls = new HookCallStore(tables);
        await Parallel.ForAsync(0, HookEvents, async (number, stop) => await calls.InsertAsync(
            hook.Id, Event(number), false, TimeProvider.System.GetUtcNow(), stop));
    }

    private static HookEvent Event(int number) => new(
        HookTypes.Test, TimeProvider.System.GetUtcNow(), number.ToString(CultureInfo.InvariantCulture), new Dictionary<string, object?>());

    private static void Execute(SqliteConnection connection, string sql, params (string Name, string Value)[] values)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // The text has no value from outside.
        command.CommandText = sql;
#pragma warning restore CA2100
        foreach (var (name, value) in values)
        {
            command.Parameters.AddWithValue(name, value);
        }

        command.ExecuteNonQuery();
    }
}

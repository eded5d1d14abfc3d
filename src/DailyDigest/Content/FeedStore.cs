using DailyDigest.Calendar;
using DailyDigest.Figures;
using DailyDigest.Storage;

namespace DailyDigest.Content;

/// <summary>The outcome of adding a feed.</summary>
public enum FeedAddition
{
    /// <summary>The feed is new and is polled from now on.</summary>
    Added,

    /// <summary>The feed was known; name, kind or ranking changed.</summary>
    Updated,

    /// <summary>The feed was known with the same values.</summary>
    Unchanged,

    /// <summary>The URL is not an absolute http(s) URL without user-info.</summary>
    NotAUrl,
}

/// <summary>The feeds that are polled, with the outcome of the last poll of each.</summary>
public sealed class FeedStore(ITableStore tables)
{
    private const string Partition = "feed";
    private const int MaxValidatorLength = 1000;
    private static readonly TimeSpan FirstWait = TimeSpan.FromMinutes(15);
    private static readonly TimeSpan LongestWait = TimeSpan.FromHours(12);

    /// <summary>Every feed, by name and then by id. Rows that cannot be read are left out.</summary>
    public async Task<IReadOnlyList<Feed>> ListAsync(CancellationToken cancellationToken)
    {
        var feeds = new List<Feed>();
        await foreach (var row in tables.ScanAsync(Tables.Feeds, Partition, RowRange.All, cancellationToken))
        {
            if (FromRow(row) is { } feed)
            {
                feeds.Add(feed);
            }
        }

        return [.. feeds.OrderBy(feed => feed.Name, StringComparer.OrdinalIgnoreCase).ThenBy(feed => feed.Id, StringComparer.Ordinal)];
    }

    /// <summary>The name of each feed, by id.</summary>
    public async Task<IReadOnlyDictionary<string, string>> NamesAsync(CancellationToken cancellationToken) =>
        (await ListAsync(cancellationToken)).ToDictionary(feed => feed.Id, feed => feed.Name, StringComparer.Ordinal);

    /// <summary>
    /// Adds a feed, or updates its name, kind and ranking. A blank name becomes the URL's host. The results of polls stay, and so does what
    /// else editors say about it.
    /// </summary>
    public Task<FeedAddition> AddAsync(string url, string name, StoryKind kind, bool ranked, CancellationToken cancellationToken) =>
        AddAsync(url, new FeedSettings(name, kind, ranked, null, null), cancellationToken);

    /// <summary>The same. A section or language that is null changes nothing.</summary>
    public async Task<FeedAddition> AddAsync(string url, FeedSettings settings, CancellationToken cancellationToken)
    {
        if (!CanonicalUrl.TryLink(url, out _))
        {
            return FeedAddition.NotAUrl;
        }

        url = url.Trim();
        var feed = (settings with { Name = ContentText.LineOrNull(settings.Name, ContentText.MaxName) ?? new Uri(url).IdnHost })
            .Apply(new Feed { Id = Feed.IdOf(url), Url = url, Name = "" });
        while (true)
        {
            var row = await tables.GetAsync(Tables.Feeds, Partition, feed.Id, cancellationToken);
            var known = row is null ? null : FromRow(row);
            var wanted = known is null ? feed : known with
            {
                Name = feed.Name,
                Kind = feed.Kind,
                Ranked = feed.Ranked,
                Section = feed.Section ?? known.Section,
                Language = feed.Language ?? known.Language,
            };
            if (wanted == known)
            {
                return FeedAddition.Unchanged;
            }

            var write = row is null ? TableWrite.Insert(ToRow(wanted)) : TableWrite.Update(ToRow(wanted), row.ETag!);
            if ((await tables.WriteAsync(Tables.Feeds, Partition, write, cancellationToken)).IsDone)
            {
                return known is null ? FeedAddition.Added : FeedAddition.Updated;
            }
        }
    }

    /// <summary>The feed; null if there is none, or if its row cannot be read.</summary>
    public async Task<Feed?> GetAsync(string id, CancellationToken cancellationToken) =>
        TableRules.IsKey(id) && await tables.GetAsync(Tables.Feeds, Partition, id, cancellationToken) is { } row ? FromRow(row) : null;

    /// <summary>
    /// Changes what an editor can change. Returns the feed afterwards; as it is if its <see cref="Feed.Version"/> is another one than
    /// <paramref name="version"/>, and null if there is none. Null as version changes it in any case.
    /// </summary>
    internal async Task<(Feed? Feed, bool IsChanged)> ChangeAsync(
        string id, string? version, Func<Feed, Feed> change, CancellationToken cancellationToken)
    {
        while (TableRules.IsKey(id) && await tables.GetAsync(Tables.Feeds, Partition, id, cancellationToken) is { } row
            && FromRow(row) is { } feed)
        {
            if (version is not null && version != feed.Version)
            {
                return (feed, false);
            }

            var wanted = change(feed);
            var write = TableWrite.Update(ToRow(wanted), row.ETag!);
            if (wanted == feed || (await tables.WriteAsync(Tables.Feeds, Partition, write, cancellationToken)).IsDone)
            {
                return (wanted, true);
            }
        }

        return (null, false);
    }

    /// <summary>
    /// Removes a feed; its stories stay. Returns the feed, and false if its <see cref="Feed.Version"/> is another one than
    /// <paramref name="version"/>; null if there is none.
    /// </summary>
    public async Task<(Feed? Feed, bool IsRemoved)> RemoveAsync(string id, string version, CancellationToken cancellationToken)
    {
        while (TableRules.IsKey(id) && await tables.GetAsync(Tables.Feeds, Partition, id, cancellationToken) is { } row
            && FromRow(row) is { } feed)
        {
            if (version != feed.Version)
            {
                return (feed, false);
            }

            if ((await tables.WriteAsync(Tables.Feeds, Partition, TableWrite.Delete(id, row.ETag), cancellationToken)).IsDone)
            {
                return (feed, true);
            }
        }

        return (null, false);
    }

    /// <summary>Removes a feed; its stories stay. Returns false if there is no feed with this id.</summary>
    public async Task<bool> RemoveAsync(string id, CancellationToken cancellationToken) =>
        TableRules.IsKey(id)
        && (await tables.WriteAsync(Tables.Feeds, Partition, TableWrite.Delete(id), cancellationToken)).IsDone;

    /// <summary>Records the result of a poll. A feed that was removed meanwhile stays removed: the result is null.</summary>
    /// <param name="id">The feed.</param>
    /// <param name="reading">The result.</param>
    /// <param name="at">The instant.</param>
    /// <param name="cancellationToken">Cancels it; it may be recorded.</param>
    /// <param name="counted">The counts that the poll adds to its date; null for none.</param>
    public async Task<Feed?> RecordAsync(
        string id, FeedReading reading, DateTimeOffset at, CancellationToken cancellationToken, FigureDay? counted = null)
    {
        while (await tables.GetAsync(Tables.Feeds, Partition, id, cancellationToken) is { } row && FromRow(row) is { } feed)
        {
            var after = After(feed, reading, at);
            after = counted is null || counted.Counts.IsEmpty ? after
                : after with { Days = FigureDays.Text(FigureDays.Add(FigureDays.Parse(feed.Days), counted.Date, counted.Counts)) };
            var write = TableWrite.Update(ToRow(after), row.ETag!);
            if ((await tables.WriteAsync(Tables.Feeds, Partition, write, cancellationToken)).IsDone)
            {
                return after;
            }
        }

        return null;
    }

    private static Feed After(Feed feed, FeedReading reading, DateTimeOffset at)
    {
        feed = feed with { LastPolled = at, NotBefore = null };
        return reading switch
        {
            FeedReading.Read { Error: { } error } read => feed with
            {
                ETag = null, // read it again: an answer "not modified" would hide the error
                LastModified = null,
                Failures = feed.Failures + 1,
                LastError = ContentText.Line(error, ContentText.MaxSummary),
                Problem = FeedProblem.NoEntry,
                Notes = read.Record,
                SlowPolls = 0,
            },
            FeedReading.Read read => feed with
            {
                Notes = read.Record,
                Url = CanonicalUrl.TryLink(read.MovedTo, out var moved) ? moved : feed.Url,
                ETag = read.ETag?.Length <= MaxValidatorLength ? read.ETag : null,
                LastModified = read.LastModified?.Length <= MaxValidatorLength ? read.LastModified : null,
                LastGood = at,
                Failures = 0,
                LastError = null,
                Problem = null,
                SlowPolls = 0,
            },
            FeedReading.Failed failed => feed with
            {
                Failures = feed.Failures + 1,
                LastError = ContentText.Line(failed.Reason, ContentText.MaxSummary),
                Problem = failed.Problem,
                SlowPolls = feed.SlowPolls + (failed.IsTooSlow ? 1 : 0),
                NotBefore = failed.IsTooSlow ? at + Wait(feed.SlowPolls) : null,
            },
            _ => feed with { LastGood = at, Failures = 0, LastError = null, Problem = null, SlowPolls = 0 },
        };
    }

    /// <summary>15 minutes, then twice as long each time, at most 12 hours.</summary>
    private static TimeSpan Wait(int before) =>
        TimeSpan.FromMinutes(Math.Min(FirstWait.TotalMinutes * Math.Pow(2, Math.Min(before, 16)), LongestWait.TotalMinutes));

    private static TableRow ToRow(Feed feed) => new(feed.Id)
    {
        { "url", feed.Url },
        { "name", feed.Name },
        { "kind", feed.Kind.ToString() },
        { "ranked", feed.Ranked },
        { "section", feed.Section },
        { "language", feed.Language },
        { "paused", feed.Paused },
        { "etag", feed.ETag },
        { "lastModified", feed.LastModified },
        { "lastPolled", feed.LastPolled },
        { "lastGood", feed.LastGood },
        { "failures", feed.Failures },
        { "lastError", feed.LastError },
        { "problem", feed.Problem?.ToString() },
        { "notes", feed.Notes },
        { "slowPolls", feed.SlowPolls > 0 ? feed.SlowPolls : null },
        { "notBefore", feed.NotBefore },
        { "days", feed.Days },
    };

    private static Feed? FromRow(TableRow row) =>
        row.Text("url") is { } url && CanonicalUrl.TryLink(url, out _) && row.Text("name") is { Length: > 0 } name
        && Enum.TryParse<StoryKind>(row.Text("kind"), out var kind) && Enum.IsDefined(kind)
            ? new Feed
            {
                Id = row.Key,
                Url = url,
                Name = name,
                Kind = kind,
                Ranked = row.Flag("ranked"),
                Section = row.Text("section"),
                Language = row.Text("language"),
                Paused = row.Instant("paused"),
                ETag = row.Text("etag"),
                LastModified = row.Text("lastModified"),
                LastPolled = row.Instant("lastPolled"),
                LastGood = row.Instant("lastGood"),
                Failures = row.Count("failures"),
                LastError = row.Text("lastError"),
                Problem = Enum.TryParse<FeedProblem>(row.Text("problem"), out var problem) && Enum.IsDefined(problem) ? problem : null,
                Notes = row.Text("notes"),
                SlowPolls = row.Count("slowPolls"),
                NotBefore = row.Instant("notBefore"),
                Days = row.Text("days"),
            }
            : null;
}

using System.Globalization;
using DailyDigest.Calendar;
using DailyDigest.Storage;

namespace DailyDigest.Content;

/// <summary>The outcome of storing a story.</summary>
public enum UpsertOutcome
{
    /// <summary>The story was new.</summary>
    Added,

    /// <summary>The story was known and changed.</summary>
    Updated,

    /// <summary>The story was known and did not change; nothing was written.</summary>
    Unchanged,
}

/// <summary>The outcome of changing a stored story.</summary>
public enum StoryChange
{
    /// <summary>The story has the new values, now or already before.</summary>
    Updated,

    /// <summary>There is no such story.</summary>
    NotFound,
}

/// <summary>The stories of a range of days.</summary>
/// <param name="Stories">Each story once, ordered by day and id.</param>
/// <param name="Unreadable">Rows that could not be read as stories and were left out.</param>
public sealed record StoryRange(IReadOnlyList<Story> Stories, int Unreadable);

/// <summary>Some stories of a day.</summary>
/// <param name="Stories">The stories, ordered by id.</param>
/// <param name="Rows">The rows that were read.</param>
/// <param name="Moved">The rows that lead to another day.</param>
/// <param name="IsWhole">True if the day has no more.</param>
internal sealed record StoryDay(IReadOnlyList<Story> Stories, int Rows, int Moved, bool IsWhole);

/// <summary>
/// Stores stories. A story's row is in the partition of its first known UTC day and never moves, so that concurrent changes meet in one
/// row.
/// If the date changes, the partition of the new day gets a pointer to the row. An index from id to days is written before row and pointer.
/// </summary>
public sealed class StoryStore(ITableStore tables, TimeProvider time)
{
    // One writer wins each round, so the limit exceeds the number of concurrent writers of one story.
    private const int MaxAttempts = 200;

    /// <summary>Adds the story, or merges it into the stored one (<see cref="StoryMerge"/>).</summary>
    /// <param name="seen">
    /// The story as its source has it now. If the source has no date, <see cref="Story.Published"/> equals <see cref="Story.FirstSeen"/>.
    /// </param>
    public async Task<UpsertOutcome> UpsertAsync(Story seen, CancellationToken cancellationToken)
    {
        seen = WithPastSight(seen, time.GetUtcNow());
        for (var attempt = 0; attempt < MaxAttempts; attempt++)
        {
            if (await PlaceAsync(seen.Id, cancellationToken) is not { } place)
            {
                await AddIndexAsync(seen, cancellationToken);
                continue;
            }

            // If the row cannot be read, replace it.
            var wanted = place.Story is { } known ? StoryMerge.Merge(known, seen) : seen with { Desk = Desk.Nothing };
            if (!place.Dates.CanBeOn(Day(wanted)))
            {
                wanted = wanted with { Published = place.Story?.Published ?? StoryRows.Noon(place.Dates.Home) };
            }

            if (wanted == place.Story)
            {
                return UpsertOutcome.Unchanged;
            }

            if (await AddPointerAsync(place.Dates, Day(wanted), cancellationToken) && await WriteAsync(place, wanted, cancellationToken))
            {
                return place.Row is null ? UpsertOutcome.Added : UpsertOutcome.Updated;
            }
        }

        throw Contested(seen.Id);
    }

    /// <summary>Returns the story, or null if there is none or its row cannot be read.</summary>
    public async Task<Story?> FindAsync(string id, CancellationToken cancellationToken) =>
        StoryId.Is(id) ? (await PlaceAsync(id, cancellationToken))?.Story : null;

    /// <summary>The ids that begin with the text (one hex digit or more), at most <paramref name="take"/>.</summary>
    public async Task<IReadOnlyList<string>> FindIdsAsync(string prefix, int take, CancellationToken cancellationToken) =>
        [.. (await tables.QueryAsync(
            Tables.StoryDates, StoryDates.Shard(prefix), RowRange.Prefix(prefix), take, cancellationToken)).Select(row => row.Key)];

    /// <summary>The stories published from the first to the last UTC day, both included.</summary>
    public async Task<StoryRange> RangeAsync(DateOnly fromUtc, DateOnly toUtc, CancellationToken cancellationToken)
    {
        var stories = new Dictionary<string, Story>(StringComparer.Ordinal);
        var unreadable = 0;
        for (var date = fromUtc; date <= toUtc; date = date.AddDays(1))
        {
            await foreach (var row in tables.ScanAsync(Tables.Stories, date.Text(), RowRange.All, cancellationToken))
            {
                var isPointer = StoryRows.IsPointer(row);
                var story = isPointer ? await FindAsync(row.Key, cancellationToken) : StoryRows.FromRow(row);
                unreadable += story is null && !isPointer ? 1 : 0;
                if (story is not null && Day(story) is var day && day >= fromUtc && day <= toUtc)
                {
                    stories[story.Id] = story;
                }
            }

            if (date == DateOnly.MaxValue)
            {
                break;
            }
        }

        return new StoryRange([.. stories.Values.OrderBy(Day).ThenBy(story => story.Id, StringComparer.Ordinal)], unreadable);
    }

    /// <summary>Some stories of one UTC day, for a page: it reads a limited number of rows.</summary>
    /// <param name="day">The day.</param>
    /// <param name="maxRows">The most rows to read.</param>
    /// <param name="maxMoved">The most rows to follow to another day. Each costs two requests.</param>
    /// <param name="cancellationToken">Stops it.</param>
    internal async Task<StoryDay> DayAsync(DateOnly day, int maxRows, int maxMoved, CancellationToken cancellationToken)
    {
        var stories = new List<Story>();
        var (rows, moved, isWhole, range) = (0, 0, true, RowRange.All);
        while (true)
        {
            var take = Math.Min(TableRules.MaxPage, maxRows - rows + 1);
            var read = await tables.QueryAsync(Tables.Stories, day.Text(), range, take, cancellationToken);
            foreach (var row in read)
            {
                if (++rows > maxRows)
                {
                    return new StoryDay(stories, maxRows, moved, IsWhole: false);
                }

                var isPointer = StoryRows.IsPointer(row);
                isWhole &= !isPointer || moved < maxMoved;
                var story = !isPointer ? StoryRows.FromRow(row)
                    : moved++ < maxMoved ? await FindAsync(row.Key, cancellationToken) : null;
                if (story is not null && Day(story) == day)
                {
                    stories.Add(story);
                }
            }

            if (read.Count < take)
            {
                return new StoryDay(stories, rows, moved, isWhole);
            }

            range = new RowRange(After: read[^1].Key);
        }
    }

    /// <summary>Replaces the totals that are given. Repeatable.</summary>
    public Task<StoryChange> SignalsAsync(string id, Signals signals, CancellationToken cancellationToken) =>
        ChangeAsync(id, story => story with { Signals = story.Signals.With(signals) }, cancellationToken);

    /// <summary>Changes the desk's decisions. <paramref name="decide"/> is called again after a concurrent change.</summary>
    public Task<StoryChange> DeskAsync(string id, Func<Desk, Desk> decide, CancellationToken cancellationToken) =>
        ChangeAsync(id, story => story with { Desk = decide(story.Desk) }, cancellationToken);

    /// <summary>Changes the story. <paramref name="edit"/> keeps id and date, and is called again after a concurrent change.</summary>
    internal Task<StoryChange> EditAsync(string id, Func<Story, Story> edit, CancellationToken cancellationToken) =>
        ChangeAsync(id, edit, cancellationToken);

    private async Task<StoryChange> ChangeAsync(string id, Func<Story, Story> change, CancellationToken cancellationToken)
    {
        for (var attempt = 0; attempt < MaxAttempts; attempt++)
        {
            if (!StoryId.Is(id) || await PlaceAsync(id, cancellationToken) is not { Story: { } story } place)
            {
                return StoryChange.NotFound;
            }

            var changed = change(story);
            if (changed == story || await WriteAsync(place, changed, cancellationToken))
            {
                return StoryChange.Updated;
            }
        }

        throw Contested(id);
    }

    /// <summary>Writes the index of a story that has no readable one. After a concurrent write the caller reads again.</summary>
    private async Task AddIndexAsync(Story seen, CancellationToken cancellationToken)
    {
        var there = await tables.GetAsync(Tables.StoryDates, StoryDates.Shard(seen.Id), seen.Id, cancellationToken);
        if (there is null || StoryDates.Read(there) is null)
        {
            var row = new StoryDates(seen.Id, Day(seen), []).ToRow();
            await WriteAsync(seen.Id, there is null ? TableWrite.Insert(row) : TableWrite.Update(row, there.ETag!), cancellationToken);
        }
    }

    /// <summary>Ensures that the story is found on the day. Returns false after a concurrent change of its days.</summary>
    private async Task<bool> AddPointerAsync(StoryDates dates, DateOnly day, CancellationToken cancellationToken)
    {
        if (day == dates.Home)
        {
            return true;
        }

        var row = (dates with { Others = [.. dates.Others, day] }).ToRow();
        if (!dates.Others.Contains(day) && !await WriteAsync(dates.Id, TableWrite.Update(row, dates.ETag!), cancellationToken))
        {
            return false;
        }

        await tables.WriteAsync(Tables.Stories, day.Text(), TableWrite.Insert(StoryRows.ToPointer(dates)), cancellationToken);
        return true;
    }

    private async Task<bool> WriteAsync(string id, TableWrite index, CancellationToken cancellationToken) =>
        (await tables.WriteAsync(Tables.StoryDates, StoryDates.Shard(id), index, cancellationToken)).IsDone;

    private async Task<bool> WriteAsync(Place place, Story story, CancellationToken cancellationToken)
    {
        var row = StoryRows.ToRow(story);
        var write = place.Row is null ? TableWrite.Insert(row) : TableWrite.Update(row, place.Row.ETag!);
        return (await tables.WriteAsync(Tables.Stories, place.Dates.Home.Text(), write, cancellationToken)).IsDone;
    }

    private async Task<Place?> PlaceAsync(string id, CancellationToken cancellationToken)
    {
        if (await tables.GetAsync(Tables.StoryDates, StoryDates.Shard(id), id, cancellationToken) is not { } index
            || StoryDates.Read(index) is not { } dates)
        {
            return null;
        }

        var row = await tables.GetAsync(Tables.Stories, dates.Home.Text(), id, cancellationToken);
        return new Place(dates, row, row is null ? null : StoryRows.FromRow(row));
    }

    // The clock of the machine that read the story may be ahead: limit the first sight to now.
    private static Story WithPastSight(Story seen, DateTimeOffset now) => seen.FirstSeen <= now
        ? seen
        : seen with { FirstSeen = now, Published = seen.Published == seen.FirstSeen ? now : seen.Published };

    private static DateOnly Day(Story story) => LocalDates.Utc(story.Published);

    private static StorageException Contested(string id) =>
        new(string.Create(CultureInfo.InvariantCulture,
            $"Writing story {id} failed {MaxAttempts} times because of concurrent changes; repeat the request."));

    private sealed record Place(StoryDates Dates, TableRow? Row, Story? Story);
}

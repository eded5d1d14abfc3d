using System.Globalization;
using DailyDigest.Storage;

namespace DailyDigest.Content;

/// <summary>What seeing a story did.</summary>
public enum UpsertOutcome
{
    /// <summary>It was not known.</summary>
    Added,

    /// <summary>It was known and something in it is new.</summary>
    Updated,

    /// <summary>It was known as it is; nothing was written.</summary>
    Unchanged,
}

/// <summary>Whether a known story was changed.</summary>
public enum StoryChange
{
    /// <summary>Changed, or already so.</summary>
    Updated,

    /// <summary>There is no such story.</summary>
    NotFound,
}

/// <summary>Stories of a range of days.</summary>
/// <param name="Stories">Each story once, by day and then by id.</param>
/// <param name="Unreadable">Rows that could not be read as stories and were left out.</param>
public sealed record StoryRange(IReadOnlyList<Story> Stories, int Unreadable);

/// <summary>
/// Every story, by the UTC day of its publication, and an index from id to that day. The index is written first, so that two sightings
/// at once meet there. A row whose publication lies on another day than its partition is moving: it is never changed again, and
/// whoever meets it finishes the move (copy, index, delete). So no decision and no signal written meanwhile can be lost.
/// </summary>
public sealed class StoryStore(ITableStore tables, TimeProvider time)
{
    // Each round of a contest one writer wins, so this is more than ever wait for one story at once.
    private const int Attempts = 200;

    /// <summary>Adds the story, or brings what is known up to date (<see cref="Story.FirstSeen"/> and <see cref="Story.Desk"/> are kept).</summary>
    /// <param name="seen">
    /// The story as a source shows it now. <see cref="Story.Published"/> equal to <see cref="Story.FirstSeen"/> says that the source gave no date.
    /// </param>
    public async Task<UpsertOutcome> UpsertAsync(Story seen, CancellationToken cancellationToken)
    {
        seen = NotAhead(seen, time.GetUtcNow());
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            var place = await PlaceAsync(seen.Id, cancellationToken);
            if (place is null)
            {
                await tables.WriteAsync(Tables.StoryDates, Shard(seen.Id), TableWrite.Insert(Index(seen.Id, StoryRows.Partition(seen.Published))), cancellationToken);
            }
            else if (place.Row is null)
            {
                if (await AddAsync(place, seen with { Desk = Desk.Nothing }, cancellationToken))
                {
                    return UpsertOutcome.Added;
                }
            }
            else if (place.Story is null)
            {
                // Damaged: what the source says now is all there is.
                if ((await tables.WriteAsync(Tables.Stories, place.Date, TableWrite.Update(StoryRows.ToRow(seen), place.Row.ETag!), cancellationToken)).IsDone)
                {
                    await SettleAsync(seen.Id, cancellationToken);
                    return UpsertOutcome.Updated;
                }
            }
            else if (await IsSettledAsync(place, cancellationToken))
            {
                var merged = StoryMerge.Merge(place.Story, seen);
                if (merged == place.Story)
                {
                    return UpsertOutcome.Unchanged;
                }

                if ((await tables.WriteAsync(Tables.Stories, place.Date, TableWrite.Update(StoryRows.ToRow(merged), place.Row.ETag!), cancellationToken)).IsDone)
                {
                    if (StoryRows.Partition(merged.Published) != place.Date)
                    {
                        await SettleAsync(seen.Id, cancellationToken);
                    }

                    return UpsertOutcome.Updated;
                }
            }
        }

        throw Contested(seen.Id);
    }

    /// <summary>Returns the story, or null if there is none or its row cannot be read.</summary>
    public async Task<Story?> FindAsync(string id, CancellationToken cancellationToken)
    {
        // A row that moved between the two reads is found at its new day.
        for (var attempt = 0; attempt < 3 && StoryId.Is(id); attempt++)
        {
            if (await PlaceAsync(id, cancellationToken) is not { } place)
            {
                return null;
            }

            if (place.Row is not null)
            {
                return place.Story;
            }
        }

        return null;
    }

    /// <summary>The stories published on these UTC days, both included.</summary>
    public async Task<StoryRange> RangeAsync(DateOnly fromUtc, DateOnly toUtc, CancellationToken cancellationToken)
    {
        var stories = new Dictionary<string, Story>(StringComparer.Ordinal);
        var unreadable = 0;
        for (var date = fromUtc; date <= toUtc; date = date.AddDays(1))
        {
            var partition = StoryRows.Partition(date);
            await foreach (var row in tables.ScanAsync(Tables.Stories, partition, RowRange.All, cancellationToken))
            {
                var story = StoryRows.FromRow(row);
                unreadable += story is null ? 1 : 0;
                if (story is not null && StoryRows.Partition(story.Published) != partition)
                {
                    story = await FindAsync(story.Id, cancellationToken) ?? story;
                }

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

    /// <summary>Puts what the signals know over what is known of the story. They are totals: saying the same twice changes nothing.</summary>
    public Task<StoryChange> SignalsAsync(string id, Signals signals, CancellationToken cancellationToken) =>
        ChangeAsync(id, story => story with { Signals = story.Signals.With(signals) }, cancellationToken);

    /// <summary>Changes the desk's decision. <paramref name="decide"/> may be called again when somebody else changed the story meanwhile.</summary>
    public Task<StoryChange> DeskAsync(string id, Func<Desk, Desk> decide, CancellationToken cancellationToken) =>
        ChangeAsync(id, story => story with { Desk = decide(story.Desk) }, cancellationToken);

    private async Task<StoryChange> ChangeAsync(string id, Func<Story, Story> change, CancellationToken cancellationToken)
    {
        for (var attempt = 0; attempt < Attempts && StoryId.Is(id); attempt++)
        {
            if (await PlaceAsync(id, cancellationToken) is not { } place || place is { Row: not null, Story: null })
            {
                return StoryChange.NotFound;
            }

            if (place.Story is null)
            {
                // Between the index and the row: on its way, or left so by a crash until its source is polled again.
                if (attempt >= 3)
                {
                    return StoryChange.NotFound;
                }
            }
            else if (await IsSettledAsync(place, cancellationToken))
            {
                var changed = change(place.Story);
                if (changed == place.Story
                    || (await tables.WriteAsync(Tables.Stories, place.Date, TableWrite.Update(StoryRows.ToRow(changed), place.Row!.ETag!), cancellationToken)).IsDone)
                {
                    return StoryChange.Updated;
                }
            }
        }

        return StoryId.Is(id) ? throw Contested(id) : StoryChange.NotFound;
    }

    private async Task<bool> AddAsync(Place place, Story story, CancellationToken cancellationToken)
    {
        var added = await tables.WriteAsync(Tables.Stories, place.Date, TableWrite.Insert(StoryRows.ToRow(story)), cancellationToken);
        if (!added.IsDone)
        {
            return false;
        }

        if (await PlaceAsync(story.Id, cancellationToken) is { } after && after.Date == place.Date)
        {
            // Nothing there any more: moved on between the two reads.
            if (after.Story is not null)
            {
                await IsSettledAsync(after, cancellationToken);
            }

            return true;
        }

        // While this was about to add it, somebody else added and moved it: theirs counts, this is taken back.
        await tables.WriteAsync(Tables.Stories, place.Date, TableWrite.Delete(story.Id, added.ETags[0]), cancellationToken);
        return false;
    }

    private async Task SettleAsync(string id, CancellationToken cancellationToken)
    {
        if (await PlaceAsync(id, cancellationToken) is { Story: not null } place)
        {
            await IsSettledAsync(place, cancellationToken);
        }
    }

    /// <summary>True if the row stands at its day. If it is moving, the move is finished and the answer is false: look again.</summary>
    private async Task<bool> IsSettledAsync(Place place, CancellationToken cancellationToken)
    {
        var story = place.Story!;
        var target = StoryRows.Partition(story.Published);
        if (target == place.Date)
        {
            return true;
        }

        var copy = await tables.WriteAsync(Tables.Stories, target, TableWrite.Insert(StoryRows.ToRow(story)), cancellationToken);
        if (copy.Outcome == WriteOutcome.Exists)
        {
            // While the index stands here, whatever lies there is nobody's: a copy by another who finishes this move, what an earlier move left
            // behind, or what somebody who came too late is about to take back. It is made ours, so that none of these can take it away.
            var there = await tables.GetAsync(Tables.Stories, target, story.Id, cancellationToken);
            if (there is null || (await IndexAsync(story.Id, cancellationToken))?.ETag != place.IndexETag)
            {
                return false;
            }

            copy = await tables.WriteAsync(Tables.Stories, target, TableWrite.Update(StoryRows.ToRow(story), there.ETag!), cancellationToken);
            if (!copy.IsDone)
            {
                return false;
            }
        }

        var index = await tables.WriteAsync(Tables.StoryDates, Shard(story.Id), TableWrite.Update(Index(story.Id, target), place.IndexETag), cancellationToken);
        if (index.IsDone)
        {
            await tables.WriteAsync(Tables.Stories, place.Date, TableWrite.Delete(story.Id, place.Row!.ETag), cancellationToken);
        }
        else if (await PlaceAsync(story.Id, cancellationToken) is var now && now?.Date != target)
        {
            await tables.WriteAsync(Tables.Stories, target, TableWrite.Delete(story.Id, copy.ETags[0]), cancellationToken);
        }

        return false;
    }

    private async Task<Place?> PlaceAsync(string id, CancellationToken cancellationToken)
    {
        var index = await IndexAsync(id, cancellationToken);
        if (index is null)
        {
            return null;
        }

        // A damaged index is as good as one for a day on which nothing stands.
        var date = index.Date("date") is { } day ? StoryRows.Partition(day) : StoryRows.Partition(DateOnly.MinValue);
        var row = await tables.GetAsync(Tables.Stories, date, id, cancellationToken);
        return new Place(date, index.ETag!, row, row is null ? null : StoryRows.FromRow(row));
    }

    private Task<TableRow?> IndexAsync(string id, CancellationToken cancellationToken) =>
        tables.GetAsync(Tables.StoryDates, Shard(id), id, cancellationToken);

    // Nothing was first seen later than now, whatever the clock of whoever read it says.
    private static Story NotAhead(Story seen, DateTimeOffset now) => seen.FirstSeen <= now
        ? seen
        : seen with { FirstSeen = now, Published = seen.Published == seen.FirstSeen ? now : seen.Published };

    private static TableRow Index(string id, string date) => new(id) { { "date", date } };

    private static string Shard(string id) => id[..2];

    private static DateOnly Day(Story story) => DateOnly.FromDateTime(story.Published.UtcDateTime);

    private static StorageException Contested(string id) =>
        new(string.Create(CultureInfo.InvariantCulture, $"The story {id} was changed by others {Attempts} times while it was being written."));

    private sealed record Place(string Date, string IndexETag, TableRow? Row, Story? Story);
}

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
/// Every story, in the partition of the UTC day of which it was first known to be. Its row never leaves it, so that whatever happens to a story at once
/// meets in one row; when its date changes, a pointer is put on the new day, which leads to the row. An index from id to days is written before either.
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
            if (await PlaceAsync(seen.Id, cancellationToken) is not { } place)
            {
                await BeginAsync(seen, cancellationToken);
                continue;
            }

            // Where nothing can be read, what the source says now is all there is.
            var wanted = place.Story is { } known ? StoryMerge.Merge(known, seen) : seen with { Desk = Desk.Nothing };
            if (!place.Dates.MayStandOn(Day(wanted)))
            {
                wanted = wanted with { Published = place.Story?.Published ?? StoryRows.Noon(place.Dates.Home) };
            }

            if (wanted == place.Story)
            {
                return UpsertOutcome.Unchanged;
            }

            if (await PointAsync(place.Dates, Day(wanted), cancellationToken) && await WriteAsync(place, wanted, cancellationToken))
            {
                return place.Row is null ? UpsertOutcome.Added : UpsertOutcome.Updated;
            }
        }

        throw Contested(seen.Id);
    }

    /// <summary>Returns the story, or null if there is none or its row cannot be read.</summary>
    public async Task<Story?> FindAsync(string id, CancellationToken cancellationToken) =>
        StoryId.Is(id) ? (await PlaceAsync(id, cancellationToken))?.Story : null;

    /// <summary>The stories published on these UTC days, both included.</summary>
    public async Task<StoryRange> RangeAsync(DateOnly fromUtc, DateOnly toUtc, CancellationToken cancellationToken)
    {
        var stories = new Dictionary<string, Story>(StringComparer.Ordinal);
        var unreadable = 0;
        for (var date = fromUtc; date <= toUtc; date = date.AddDays(1))
        {
            await foreach (var row in tables.ScanAsync(Tables.Stories, StoryRows.Partition(date), RowRange.All, cancellationToken))
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

    /// <summary>Puts what the signals know over what is known of the story. They are totals: saying the same twice changes nothing.</summary>
    public Task<StoryChange> SignalsAsync(string id, Signals signals, CancellationToken cancellationToken) =>
        ChangeAsync(id, story => story with { Signals = story.Signals.With(signals) }, cancellationToken);

    /// <summary>Changes the desk's decision. <paramref name="decide"/> may be called again when somebody else changed the story meanwhile.</summary>
    public Task<StoryChange> DeskAsync(string id, Func<Desk, Desk> decide, CancellationToken cancellationToken) =>
        ChangeAsync(id, story => story with { Desk = decide(story.Desk) }, cancellationToken);

    private async Task<StoryChange> ChangeAsync(string id, Func<Story, Story> change, CancellationToken cancellationToken)
    {
        for (var attempt = 0; attempt < Attempts; attempt++)
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

    /// <summary>Writes the index of a story that has none that can be read. Of two at once one wins, and the other finds it there.</summary>
    private async Task BeginAsync(Story seen, CancellationToken cancellationToken)
    {
        var there = await tables.GetAsync(Tables.StoryDates, StoryDates.Shard(seen.Id), seen.Id, cancellationToken);
        if (there is null || StoryDates.Read(there) is null)
        {
            var row = new StoryDates(seen.Id, Day(seen), []).ToRow();
            await WriteAsync(seen.Id, there is null ? TableWrite.Insert(row) : TableWrite.Update(row, there.ETag!), cancellationToken);
        }
    }

    /// <summary>Sees to it that the story is found on the day. Returns false if its days have changed meanwhile.</summary>
    private async Task<bool> PointAsync(StoryDates dates, DateOnly day, CancellationToken cancellationToken)
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

        await tables.WriteAsync(Tables.Stories, StoryRows.Partition(day), TableWrite.Insert(StoryRows.ToPointer(dates)), cancellationToken);
        return true;
    }

    private async Task<bool> WriteAsync(string id, TableWrite index, CancellationToken cancellationToken) =>
        (await tables.WriteAsync(Tables.StoryDates, StoryDates.Shard(id), index, cancellationToken)).IsDone;

    private async Task<bool> WriteAsync(Place place, Story story, CancellationToken cancellationToken)
    {
        var row = StoryRows.ToRow(story);
        var write = place.Row is null ? TableWrite.Insert(row) : TableWrite.Update(row, place.Row.ETag!);
        return (await tables.WriteAsync(Tables.Stories, StoryRows.Partition(place.Dates.Home), write, cancellationToken)).IsDone;
    }

    private async Task<Place?> PlaceAsync(string id, CancellationToken cancellationToken)
    {
        if (await tables.GetAsync(Tables.StoryDates, StoryDates.Shard(id), id, cancellationToken) is not { } index || StoryDates.Read(index) is not { } dates)
        {
            return null;
        }

        var row = await tables.GetAsync(Tables.Stories, StoryRows.Partition(dates.Home), id, cancellationToken);
        return new Place(dates, row, row is null ? null : StoryRows.FromRow(row));
    }

    // Nothing was first seen later than now, whatever the clock of whoever read it says.
    private static Story NotAhead(Story seen, DateTimeOffset now) => seen.FirstSeen <= now
        ? seen
        : seen with { FirstSeen = now, Published = seen.Published == seen.FirstSeen ? now : seen.Published };

    private static DateOnly Day(Story story) => DateOnly.FromDateTime(story.Published.UtcDateTime);

    private static StorageException Contested(string id) =>
        new(string.Create(CultureInfo.InvariantCulture, $"The story {id} was changed by others {Attempts} times while it was being written."));

    private sealed record Place(StoryDates Dates, TableRow? Row, Story? Story);
}

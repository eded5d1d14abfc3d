using System.Globalization;
using DailyDigest.Hooks;

namespace DailyDigest.Subscribers;

/// <summary>
/// Publishes the events in a subscriber's row for web hooks. Repeatable. It is called after the row was written, by the tick for an
/// interrupted change, and before the next change overwrites the events.
/// </summary>
public sealed class TellHooks(PublishEvents publish, TimeProvider time)
{
    private static readonly string[] Types = [.. HookTypes.All.Where(type => type.StartsWith("subscriber.", StringComparison.Ordinal))];

    /// <summary>True if a web hook takes events of subscribers. Otherwise rows have none.</summary>
    public Task<bool> AreWantedAsync(CancellationToken cancellationToken) => publish.IsWantedAsync(Types, cancellationToken);

    /// <summary>Stores the deliveries of the row's events. Does nothing for null.</summary>
    public Task ExecuteAsync(Subscriber? person, CancellationToken cancellationToken) =>
        person is null || person.Events.Count == 0
            ? Task.CompletedTask
            : publish.ExecuteAsync([.. person.Events.Select(one => Event(person, one))], cancellationToken);

    /// <summary>The event of an erasure that is written now.</summary>
    internal IReadOnlyList<SubscriberEvent> Erasure(Subscriber person) =>
        [new SubscriberEvent(HookTypes.Left, time.GetUtcNow(), person.Version + 1, "erased")];

    private static HookEvent Event(Subscriber person, SubscriberEvent one)
    {
        var data = new Dictionary<string, object?> { ["subscriber"] = person.Id };
        if (one.Type == HookTypes.Changed)
        {
            data["changed"] = one.Detail.Split(' ');
        }
        else if (one.Detail.Length > 0)
        {
            data["reason"] = one.Detail;
        }

        return new HookEvent(one.Type, one.At, string.Create(CultureInfo.InvariantCulture, $"{person.Id} {one.Version}"), data)
        {
            Address = person.Address,
        };
    }
}

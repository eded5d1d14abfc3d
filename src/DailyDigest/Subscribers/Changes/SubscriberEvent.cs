using System.Globalization;
using DailyDigest.Hooks;

namespace DailyDigest.Subscribers;

/// <summary>Something that happened to a subscriber, as its row keeps it for web hooks.</summary>
/// <param name="Type">One of <see cref="HookTypes"/>.</param>
/// <param name="At">When.</param>
/// <param name="Version">The subscriber's version then: two events of one instant differ by it.</param>
/// <param name="Detail">For a change the names of what changed, otherwise a word such as unsubscribed; no value and no address.</param>
internal sealed record SubscriberEvent(string Type, DateTimeOffset At, long Version, string Detail)
{
    // A sign-up adds its event to those of the change before; later ones are notified by then.
    private const int MaxKept = 4;

    /// <summary>As stored.</summary>
    public string ToText() => string.Create(CultureInfo.InvariantCulture, $"{Type}|{At.UtcTicks}|{Version}|{Detail}");

    /// <summary>Reads what <see cref="ToText"/> wrote; null for damaged text.</summary>
    public static SubscriberEvent? Parse(string text) =>
        text.Split('|') is [var type, var ticks, var number, var detail]
            && long.TryParse(ticks, NumberStyles.None, CultureInfo.InvariantCulture, out var at) && at <= DateTime.MaxValue.Ticks
            && long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var version)
            ? new SubscriberEvent(type, new DateTimeOffset(at, TimeSpan.Zero), version, detail)
            : null;

    /// <summary>The event of the change from one state to the other; empty for none.</summary>
    public static IReadOnlyList<SubscriberEvent> Between(Subscriber? before, Subscriber after, DateTimeOffset now)
    {
        var was = before?.Status ?? SubscriberStatus.Pending;
        var (type, detail) = after.Status switch
        {
            SubscriberStatus.Active when was != SubscriberStatus.Active =>
                (HookTypes.Confirmed, before?.SignUp is not null && after.SignUp is null ? "confirmed" : "restored"),
            SubscriberStatus.Active when Changes(before!, after) is { Length: > 0 } changes => (HookTypes.Changed, changes),
            SubscriberStatus.Unsubscribed when was != after.Status => (HookTypes.Left, "unsubscribed"),
            SubscriberStatus.Bounced when was != after.Status => (HookTypes.Bounced, "bounced"),
            SubscriberStatus.Complained when was != after.Status => (HookTypes.Complained, "complained"),
            _ => ("", ""),
        };
        return type.Length == 0 ? [] : [new SubscriberEvent(type, now, (before?.Version ?? 0) + 1, detail)];
    }

    /// <summary>The events of the row after a sign-up: those that may not be notified yet stay.</summary>
    public static IReadOnlyList<SubscriberEvent> AfterSignUp(Subscriber? before, Subscriber after, DateTimeOffset now) =>
        before?.SignUp is not null || after.SignUp is null ? after.Events
            : [.. after.Events.TakeLast(MaxKept - 1), new SubscriberEvent(HookTypes.Subscribed, now, after.Version, "")];

    private static string Changes(Subscriber before, Subscriber after)
    {
        (string Name, bool Differs)[] all =
        [
            ("address", before.Address != after.Address),
            ("hour", before.Hour != after.Hour),
            ("zone", before.Zone != after.Zone),
            ("rhythm", before.Rhythm != after.Rhythm),
            ("sections", !before.Sections.SequenceEqual(after.Sections)),
            ("language", before.Language != after.Language),
            ("pause", before.PausedUntil != after.PausedUntil),
            ("rest", before.Rest != after.Rest),
        ];
        return string.Join(' ', all.Where(one => one.Differs).Select(one => one.Name));
    }
}

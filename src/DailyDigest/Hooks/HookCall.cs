using System.Globalization;
using DailyDigest.Storage;

namespace DailyDigest.Hooks;

/// <summary>The state of the delivery of an event to a web hook.</summary>
public enum HookCallState
{
    /// <summary>To be tried, now or later.</summary>
    Waiting,

    /// <summary>The receiver took it.</summary>
    Delivered,

    /// <summary>Given up after the last attempt.</summary>
    Failed,
}

/// <summary>The delivery of one event to one web hook.</summary>
public sealed record HookCall
{
    internal const string Prefix = "e-";

    /// <summary>The row's key. It falls with time, so that the newest come first.</summary>
    public required string Key { get; init; }

    /// <summary>The header webhook-id.</summary>
    public required string Id { get; init; }

    /// <summary>The event's type.</summary>
    public required string Type { get; init; }

    /// <summary>When it happened.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>The body.</summary>
    public required string Body { get; init; }

    /// <summary>The state.</summary>
    public HookCallState State { get; init; }

    /// <summary>Attempts since it was stored or asked for again.</summary>
    public int Attempts { get; init; }

    /// <summary>When the last attempt began; null before the first.</summary>
    public DateTimeOffset? Tried { get; init; }

    /// <summary>The status of the last answer; null for none.</summary>
    public int? Status { get; init; }

    /// <summary>Why the last attempt failed; null if it did not.</summary>
    public string? Fault { get; init; }

    /// <summary>When it is tried next, or when the attempt of a worker counts as lost; null if it is settled.</summary>
    public DateTimeOffset? Next { get; init; }

    /// <summary>The row's version as read.</summary>
    public string? ETag { get; init; }

    /// <summary>The key of its row in the queue; null if it is settled.</summary>
    internal string? DueKey => Next is { } next ? DueKeyOf(next) + Key[Prefix.Length..] : null;

    /// <summary>The key before which everything in the queue is due at the instant.</summary>
    internal static string DueKeyOf(DateTimeOffset instant) =>
        string.Create(CultureInfo.InvariantCulture, $"due-{instant.UtcTicks:D19}-");

    internal static string KeyOf(DateTimeOffset at, string id) => $"{KeyOf(at)}-{id["evt_".Length..]}";

    /// <summary>The key after which everything in the log is older than the instant.</summary>
    internal static string KeyOf(DateTimeOffset at) =>
        string.Create(CultureInfo.InvariantCulture, $"{Prefix}{DateTimeOffset.MaxValue.UtcTicks - at.UtcTicks:D19}");

    internal static HookCall? Read(TableRow row) =>
        row.Text("type") is { } type && row.Text("body") is { } body && row.Text("id") is { } id && row.Instant("at") is { } at
            ? new HookCall
            {
                Key = row.Key,
                Id = id,
                Type = type,
                At = at,
                Body = body,
                State = Enum.TryParse<HookCallState>(row.Text("state"), out var state) ? state : HookCallState.Failed,
                Attempts = row.Count("attempts"),
                Tried = row.Instant("tried"),
                Status = row.Count("status") is > 0 and var status ? status : null,
                Fault = row.Text("fault"),
                Next = row.Instant("next"),
                ETag = row.ETag,
            }
            : null;

    internal TableRow ToRow() => new(Key)
    {
        { "id", Id }, { "type", Type }, { "at", At }, { "body", Body }, { "state", State.ToString() }, { "attempts", Attempts },
        { "tried", Tried }, { "status", Status }, { "fault", Fault }, { "next", Next },
    };
}

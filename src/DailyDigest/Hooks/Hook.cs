using DailyDigest.Storage;

namespace DailyDigest.Hooks;

/// <summary>Whether a web hook is called.</summary>
public enum HookState
{
    /// <summary>It is called.</summary>
    On,

    /// <summary>An operator switched it off.</summary>
    Off,

    /// <summary>Its receiver answered 410 Gone.</summary>
    Gone,

    /// <summary>It failed for three days.</summary>
    Failing,

    /// <summary>It was removed. Its row stays until its log is deleted.</summary>
    Removed,
}

/// <summary>A web hook: a URL to which events are posted.</summary>
public sealed record Hook
{
    /// <summary>8 random hex digits.</summary>
    public required string Id { get; init; }

    /// <summary>The URL to which events are posted. It may contain a secret of the receiver: no log has it.</summary>
    public required string Url { get; init; }

    /// <summary>The types of events that it takes.</summary>
    public required IReadOnlyList<string> Events { get; init; }

    /// <summary>True if events of subscribers have the address.</summary>
    public bool WithAddress { get; init; }

    /// <summary>The secret, encrypted (<see cref="HookSecrets"/>).</summary>
    public required byte[] Secret { get; init; }

    /// <summary>When it was added.</summary>
    public required DateTimeOffset Created { get; init; }

    /// <summary>When it was added, or last switched on. It gets no earlier events.</summary>
    public required DateTimeOffset Since { get; init; }

    /// <summary>Whether it is called.</summary>
    public HookState State { get; init; }

    /// <summary>When it was switched off; null while it is on.</summary>
    public DateTimeOffset? Ended { get; init; }

    /// <summary>Failed calls in a row.</summary>
    public int Failures { get; init; }

    /// <summary>The first of them; null for none.</summary>
    public DateTimeOffset? FailingSince { get; init; }

    /// <summary>Why the last one failed; null for none.</summary>
    public string? LastError { get; init; }

    /// <summary>The row's version as read.</summary>
    public string? ETag { get; init; }

    /// <summary>True if it gets the event.</summary>
    public bool Takes(HookEvent one) =>
        State == HookState.On && Events.Contains(one.Type, StringComparer.Ordinal) && one.At >= Since;

    internal static Hook? Read(TableRow row) =>
        row.Text("url") is { } url && row.Bytes("secret") is { } secret && row.Instant("created") is { } created
            ? new Hook
            {
                Id = row.Key,
                Url = url,
                Events = row.Text("events")?.Split(' ', StringSplitOptions.RemoveEmptyEntries) ?? [],
                WithAddress = row.Flag("address"),
                Secret = secret,
                Created = created,
                Since = row.Instant("since") ?? created,
                State = Enum.TryParse<HookState>(row.Text("state"), out var state) ? state : HookState.Off,
                Ended = row.Instant("ended"),
                Failures = row.Count("failures"),
                FailingSince = row.Instant("failing"),
                LastError = row.Text("error"),
                ETag = row.ETag,
            }
            : null;

    internal TableRow ToRow() => new(Id)
    {
        { "url", Url }, { "events", string.Join(' ', Events) }, { "address", WithAddress ? true : null }, { "secret", Secret },
        { "created", Created }, { "since", Since }, { "state", State.ToString() }, { "ended", Ended },
        { "failures", Failures == 0 ? null : Failures }, { "failing", FailingSince }, { "error", LastError },
    };
}

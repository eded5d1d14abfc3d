namespace DailyDigest.Delivery;

/// <summary>How many deliveries of a state have one cause.</summary>
/// <param name="State">The state.</param>
/// <param name="Why">The reason word and the relay's reply without what is different in each, such as queue ids; e.g. "451 4.7.1 try again later".</param>
/// <param name="Count">How many.</param>
public sealed record ReasonCount(DeliveryState State, string Why, long Count);

/// <summary>Groups deliveries that were not sent by why. A relay's replies are hostile: their kinds are limited, whatever it says.</summary>
public sealed class ReasonCounts
{
    /// <summary>Most kinds that are kept apart.</summary>
    public const int Most = 100;

    private const int MostText = 120;
    private const string Others = "other replies";

    private readonly Dictionary<(DeliveryState State, string Why), long> counts = [];

    /// <summary>Counts the delivery, unless it was sent.</summary>
    public void Add(DeliveryRow row)
    {
        if (row.State == DeliveryState.Sent)
        {
            return;
        }

        var key = (row.State, Why(row));
        if (counts.Count >= Most && !counts.ContainsKey(key))
        {
            key = (row.State, Others);
        }

        counts[key] = counts.GetValueOrDefault(key) + 1;
    }

    /// <summary>By state, then the most frequent first.</summary>
    public IReadOnlyList<ReasonCount> List() =>
    [
        .. counts.Select(pair => new ReasonCount(pair.Key.State, pair.Key.Why, pair.Value))
            .OrderBy(one => one.State).ThenByDescending(one => one.Count).ThenBy(one => one.Why, StringComparer.Ordinal),
    ];

    private static string Why(DeliveryRow row)
    {
        // What was withheld or empty has a reason of ours; what an earlier reply said is not why.
        var reply = row.State is DeliveryState.Withheld or DeliveryState.Empty ? null : row.LastReply;
        return (row.Reason, reply) switch
        {
            ({ } reason, { Length: > 0 }) => $"{reason}: {Kind(reply)}",
            ({ } reason, _) => reason,
            (null, { Length: > 0 }) => Kind(reply),
            _ => row.State == DeliveryState.Attempting ? "on the wire, or its worker ended" : "not begun",
        };
    }

    /// <summary>The reply with its codes, and "…" for every later word that has a digit: ids, addresses and times differ in each.</summary>
    private static string Kind(string reply)
    {
        var words = reply.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var codes = words.TakeWhile(word => word.All(c => char.IsAsciiDigit(c) || c == '.')).Count();
        var kind = string.Join(' ', words.Select((word, index) => index >= codes && word.Any(char.IsDigit) ? "…" : word));
        return kind.Length <= MostText ? kind : kind[..MostText] + "…";
    }
}

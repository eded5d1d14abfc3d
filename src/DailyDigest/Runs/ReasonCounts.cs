using System.Text.Json;
using System.Text.RegularExpressions;

namespace DailyDigest.Runs;

/// <summary>How many deliveries of a state have one cause.</summary>
/// <param name="State">The state.</param>
/// <param name="Why">
/// The reason and the relay's reply with its codes (RFC 5321 4.2, RFC 3463), without what differs in each, such as queue ids; for example
/// "451 4.7.1 try again later".
/// </param>
/// <param name="Count">How many.</param>
public sealed record ReasonCount(DeliveryState State, string Why, long Count);

/// <summary>Groups the deliveries that were not sent by cause. A relay's replies are hostile: the number of groups is limited.</summary>
internal sealed partial class ReasonCounts
{
    /// <summary>Groups that are kept apart at most.</summary>
    public const int MaxGroups = 100;

    /// <summary>Groups that a run's row keeps at most.</summary>
    public const int MaxKept = 40;

    private const int MaxText = 120;
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
        if (counts.Count >= MaxGroups && !counts.ContainsKey(key))
        {
            // Grouped by their codes, unless the relay makes up the codes, too.
            var codes = string.Join(' ', CodesOf(row.LastReply ?? ""));
            key = (row.State, codes.Length > 0 && counts.Count < 2 * MaxGroups ? $"{codes}: {Others}" : Others);
        }

        counts[key] = counts.GetValueOrDefault(key) + 1;
    }

    /// <summary>By state, then the most frequent first.</summary>
    public IReadOnlyList<ReasonCount> List() =>
    [
        .. counts.Select(pair => new ReasonCount(pair.Key.State, pair.Key.Why, pair.Value))
            .OrderBy(one => one.State).ThenByDescending(one => one.Count).ThenBy(one => one.Why, StringComparer.Ordinal),
    ];

    /// <summary>The groups as a run's row keeps them, the largest; null for none.</summary>
    public static string? ToText(IReadOnlyList<ReasonCount> reasons) => reasons.Count == 0 ? null
        : JsonSerializer.Serialize(
            reasons.OrderByDescending(one => one.Count).Take(MaxKept).OrderBy(one => one.State).ThenByDescending(one => one.Count));

    /// <summary>Reads what <see cref="ToText"/> wrote.</summary>
    public static IReadOnlyList<ReasonCount> Parse(string? text)
    {
        try
        {
            return text is null ? [] : JsonSerializer.Deserialize<List<ReasonCount>>(text) ?? [];
        }
        catch (JsonException)
        {
            return [];
        }
    }

    private static string Why(DeliveryRow row)
    {
        // A delivery that was withheld or empty has a reason of ours; an earlier reply is not its cause.
        var reply = row.State is DeliveryState.Withheld or DeliveryState.Empty ? null : row.LastReply;
        return (row.Reason, reply) switch
        {
            ({ } reason, { Length: > 0 }) => $"{reason}: {Kind(reply)}",
            ({ } reason, _) => reason,
            (null, { Length: > 0 }) => Kind(reply),
            _ => row.State == DeliveryState.Attempting ? "being sent, or its worker ended" : "not begun",
        };
    }

    /// <summary>
    /// The reply with its codes, and "…" for every other word that has a digit: ids, addresses and times differ in each reply. A reply that
    /// is too long loses its end, not its codes.
    /// </summary>
    private static string Kind(string reply)
    {
        var words = reply.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var kind = string.Join(' ', words.Select((word, index) => !word.Any(char.IsDigit) || IsCode(words, index) ? word : "…"));
        if (kind.Length <= MaxText)
        {
            return kind;
        }

        var end = kind.LastIndexOf(' ', MaxText, MaxText);
        var cut = end > 0 ? kind[..end] + " …" : kind[..MaxText] + "…";
        var lost = CodesOf(reply).Where(code => !cut.Contains(code, StringComparison.Ordinal)).ToList();
        return lost.Count == 0 ? cut : $"{string.Join(' ', lost)} … {cut}";
    }

    /// <summary>The first reply code and the first enhanced status of the reply, as far as it has them.</summary>
    private static IEnumerable<string> CodesOf(string reply)
    {
        var words = reply.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var codes = words.Where((_, index) => IsCode(words, index)).SelectMany(word => Codes().Matches(word)).Select(match => match.Value)
            .ToList();
        return codes.Where(code => !code.Contains('.')).Take(1).Concat(codes.Where(code => code.Contains('.')).Take(1));
    }

    /// <summary>
    /// True for an enhanced status, with or without brackets; and for a reply code at the beginning, after a colon ("reported later: 550"),
    /// or before an enhanced status. Other numbers of three digits are numbers, such as seconds.
    /// </summary>
    private static bool IsCode(string[] words, int index) =>
        Status().IsMatch(words[index]) || (ReplyCode().IsMatch(words[index])
            && (index == 0 || words[index - 1][^1] == ':' || (index + 1 < words.Length && Status().IsMatch(words[index + 1]))));

    private const RegexOptions Linear = RegexOptions.NonBacktracking | RegexOptions.CultureInvariant;

    [GeneratedRegex("^[^0-9A-Za-z]*(?:[2-5][0-9]{2}[- ])?#?[245]\\.[0-9]{1,3}\\.[0-9]{1,3}[^0-9A-Za-z.]*$", Linear)]
    private static partial Regex Status();

    [GeneratedRegex("^[^0-9A-Za-z]*[2-5][0-9]{2}[^0-9A-Za-z.]*$", Linear)]
    private static partial Regex ReplyCode();

    [GeneratedRegex("[245]\\.[0-9]{1,3}\\.[0-9]{1,3}|[2-5][0-9]{2}", Linear)]
    private static partial Regex Codes();
}

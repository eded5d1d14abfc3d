using DailyDigest.Figures;

namespace DailyDigest.Runs;

/// <summary>
/// Counts the outcomes of deliveries by receiving domain: sent, rejected, deferred, expired and held. They stand in the control row of a
/// part, which every batch of the ledger replaces, so they are as right as the ledger. A delivery that was deferred and then sent counts in
/// both. Never changes.
/// </summary>
public sealed class DomainCounts
{
    /// <summary>Nothing counted.</summary>
    public static readonly DomainCounts None = new(new FigureLabels());

    // More than are shown of a run, because the largest of a part are not yet known while it is being sent.
    private const int MaxOfPart = 40;
    private const int MaxOfRun = 20;

    private readonly FigureLabels labels;

    private DomainCounts(FigureLabels labels) => this.labels = labels;

    /// <summary>The counts with more of them: the domain of each and what happened.</summary>
    internal DomainCounts With(IReadOnlyList<(string? Domain, DeliveryState State)> more)
    {
        if (more.Count == 0)
        {
            return this;
        }

        var sum = labels.Copy();
        foreach (var (domain, state) in more)
        {
            if (NameOf(state) is { } name)
            {
                sum.Add(domain ?? FigureLabels.Other, name, 1, MaxOfPart);
            }
        }

        return new DomainCounts(sum);
    }

    /// <summary>The name of a count; null for a state that is not counted by domain.</summary>
    internal static string? NameOf(DeliveryState state) => state switch
    {
        DeliveryState.Sent => "sent",
        DeliveryState.Rejected => "rejected",
        DeliveryState.Deferred or DeliveryState.Unknown => "deferred",
        DeliveryState.Expired => "expired",
        DeliveryState.Held => "held",
        _ => null,
    };

    /// <summary>The domain of an address in lower-case ASCII letters; null if it has none.</summary>
    internal static string? DomainOf(string? address)
    {
        var at = address?.LastIndexOf('@') ?? -1;
        if (at < 0 || at == address!.Length - 1)
        {
            return null;
        }

        var domain = address[(at + 1)..].ToLowerInvariant();
        return domain.All(one => char.IsAsciiLetterOrDigit(one) || one is '.' or '-') ? domain : null;
    }

    /// <summary>The largest domains of all parts together, as text; null if nothing was counted.</summary>
    internal static string? OfRun(IEnumerable<DomainCounts> parts)
    {
        var all = new FigureLabels();
        foreach (var part in parts)
        {
            all.Add(part.labels);
        }

        return all.IsEmpty ? null : all.Largest(MaxOfRun, (_, _) => true).ToString();
    }

    /// <summary>Reads what <see cref="ToText"/> wrote.</summary>
    internal static DomainCounts Parse(string? text) => text is null ? None : new DomainCounts(FigureLabels.Parse(text));

    /// <summary>The counts as text; null if nothing was counted.</summary>
    internal string? ToText() => labels.IsEmpty ? null : labels.ToString();
}

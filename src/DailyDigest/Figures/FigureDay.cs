namespace DailyDigest.Figures;

/// <summary>The figures of one kind on one local date of the publication.</summary>
/// <param name="Date">The date.</param>
/// <param name="Counts">The counts of the date.</param>
public sealed record FigureDay(DateOnly Date, FigureCounts Counts)
{
    /// <summary>The same by label, if the kind has labels.</summary>
    public FigureLabels Labels { get; init; } = new();
}

/// <summary>The kinds of figures: the partitions of table Figures. docs/figures.md describes their counts.</summary>
public static class FigureKinds
{
    /// <summary>Sign-ups, confirmations, departures and changes; and how many subscribers there are.</summary>
    public const string Readers = "readers";

    /// <summary>Deliveries by outcome, and the time that runs took.</summary>
    public const string Deliveries = "deliveries";

    /// <summary>Deliveries by receiving domain.</summary>
    public const string Domains = "domains";

    /// <summary>Stories by feed.</summary>
    public const string Stories = "stories";

    /// <summary>All of them.</summary>
    public static readonly IReadOnlyList<string> All = [Readers, Deliveries, Domains, Stories];
}

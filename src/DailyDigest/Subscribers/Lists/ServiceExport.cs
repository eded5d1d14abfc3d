using System.Collections.Frozen;

namespace DailyDigest.Subscribers;

/// <summary>A column of a service's export.</summary>
/// <param name="Name">Its name as the service writes it.</param>
/// <param name="Meaning">Its meaning.</param>
internal sealed record ServiceColumn(string Name, ColumnMeaning Meaning)
{
    /// <summary>For a state: how it says that a reader has left.</summary>
    public Departure Departure { get; init; }

    /// <summary>For a state whose yes, instant or text says that the reader has left: the reason on a suppression list.</summary>
    public Suppression Reason { get; init; }

    /// <summary>True if its values are the instants of leaving.</summary>
    public bool IsDate { get; init; }

    /// <summary>True if its text may say that the reader complained.</summary>
    public bool IsReason { get; init; }

    /// <summary>True if it is about one list of several, and not about the reader.</summary>
    public bool IsOfList { get; init; }

    /// <summary>The name without case and punctuation.</summary>
    public string Key { get; } = DepartureColumn.Key(Name);
}

/// <summary>A word of the status of a service that says that the reader is not subscribed.</summary>
/// <param name="Word">The word.</param>
/// <param name="Reason">The reason on a suppression list; null if the reader did not leave: an unconfirmed sign-up.</param>
internal sealed record ServiceState(string Word, Suppression? Reason);

/// <summary>
/// The export of a mailing service (<see cref="ServiceExports"/>): how its first line is recognised, and what its columns mean.
/// </summary>
internal sealed record ServiceExport(string Name)
{
    /// <summary>Sets of columns. A first line that has all columns of one set is this service's.</summary>
    public required string[][] Signatures { get; init; }

    /// <summary>Its columns. The first that a file has is read, if several have one meaning. Each row has its own first date.</summary>
    public required ServiceColumn[] Columns { get; init; }

    /// <summary>The words of its status that say that the reader is subscribed.</summary>
    public string[] Active { get; init; } = [];

    /// <summary>The other words of its status that are known.</summary>
    public ServiceState[] Gone { get; init; } = [];

    /// <summary>
    /// Sets of which the file needs one column each, if it has the first column of the set or that is empty. Without it nobody knows who
    /// has left.
    /// </summary>
    public (string[] If, string[] OneOf)[] Needs { get; init; } = [];

    /// <summary>
    /// The column that only files with subscribed people have. In a file without it everybody has left; null if each row says it.
    /// </summary>
    public string? Living { get; init; }

    /// <summary>True if a reader of several lists has several rows: together these have the reader's sections.</summary>
    public bool HasRowForEachList { get; init; }

    /// <summary>Beginnings of the names of files whose contacts never subscribed. Their first line is that of subscribed ones.</summary>
    public string[] NeverSubscribed { get; init; } = [];

    /// <summary>The notes for the operator on a file with the column; a null column stands for each file.</summary>
    public (string? Column, ListNote Note)[] Notes { get; init; } = [];

    /// <summary>The columns by their name without case and punctuation.</summary>
    public FrozenDictionary<string, ServiceColumn> ByKey => byKey ??= Columns.ToFrozenDictionary(column => column.Key);

    private FrozenDictionary<string, ServiceColumn>? byKey;

    /// <summary>The services whose first line it can be.</summary>
    /// <param name="keys">The names of the columns without case and punctuation.</param>
    public static IReadOnlyList<ServiceExport> Find(IReadOnlySet<string> keys) =>
        [.. ServiceExports.All.Where(service => service.Signatures.Any(columns => columns.All(name => Has(keys, name))))];

    /// <summary>Why a file with these columns cannot be taken; null if it can.</summary>
    public string? Fault(IReadOnlySet<string> keys)
    {
        foreach (var (when, oneOf) in Needs)
        {
            if ((when.Length == 0 || when.Any(name => Has(keys, name))) && !oneOf.Any(name => Has(keys, name)))
            {
                return Missing($"{string.Join(" or ", oneOf)}, which says who has left");
            }
        }

        return Living is null || Has(keys, Living) || Columns.Any(column => column.Departure == Departure.Left && Has(keys, column.Name))
            ? null : Missing($"{Living}, which files of subscribed people have");
    }

    /// <summary>Why a file of this name cannot be taken; null if it can, or has no name.</summary>
    public string? FaultOf(string? file) =>
        NeverSubscribed.Any(beginning => file?.StartsWith(beginning, StringComparison.OrdinalIgnoreCase) == true)
            ? $"By its name this file has contacts of {Name} who never subscribed. Nothing was imported." : null;

    /// <summary>True if everybody in a file with these columns has left.</summary>
    public bool IsOfDepartures(IReadOnlySet<string> keys) => Living is not null && !Has(keys, Living);

    private string Missing(string what) => $"This is an export of {Name}, but it has no column {what}. Nothing was imported. Export it "
        + "again, with this column, and leave its first line as it is.";

    private static bool Has(IReadOnlySet<string> keys, string name) => keys.Contains(DepartureColumn.Key(name));
}

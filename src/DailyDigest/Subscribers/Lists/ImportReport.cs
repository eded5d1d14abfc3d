namespace DailyDigest.Subscribers;

/// <summary>A row that was refused.</summary>
/// <param name="Line">The line of the file on which it ends, from 1.</param>
/// <param name="Reason">Why, a sentence without the address.</param>
public sealed record RefusedRow(int Line, string Reason)
{
    /// <summary>True if an earlier import of the same file refused it.</summary>
    public bool Earlier { get; init; }
}

/// <summary>The progress of an import. Counts include earlier imports of the same file.</summary>
/// <param name="Rows">Rows that were read.</param>
/// <param name="Added">New subscribers.</param>
/// <param name="Known">Rows whose address was subscribed before the import.</param>
/// <param name="Refused">Rows with a fault; each was reported with its reason.</param>
/// <param name="Resumed">Rows that earlier imports had done.</param>
/// <param name="Fault">Why the file cannot be read, or cannot be read further, a sentence; null if it was read to its end.</param>
public sealed record ImportReport(int Rows, int Added, int Known, int Refused, int Resumed, string? Fault)
{
    /// <summary>Rows whose status in the file is not active, and other rows of the same people.</summary>
    public int Inactive { get; init; }

    /// <summary>
    /// Rows of people who left, complained, bounced, were blocked or erased here, or whose sign-up waits for its confirmation.
    /// </summary>
    public int LeftOut { get; init; }

    /// <summary>Rows whose address is on an earlier row of the file, and is subscribed.</summary>
    public int Repeated { get; init; }

    /// <summary>Added people whose row had no date of consent.</summary>
    public int Undated { get; init; }

    /// <summary>The mailing service whose export the file is; null for none that is known.</summary>
    public string? Service { get; init; }

    /// <summary>The columns of the file with what they are read as; none if the first line cannot be read.</summary>
    public IReadOnlyList<MappedColumn> Columns { get; init; } = [];

    /// <summary>The notes for the operator about an export of the service.</summary>
    public IReadOnlyList<ListNote> Notes { get; init; } = [];

    /// <summary>The rows of this call that <see cref="Inactive"/> counts, by the state that leaves them out.</summary>
    public IReadOnlyList<LeftOutState> States { get; init; } = [];

    /// <summary>True if every row is of somebody who is not subscribed: the file is a suppression list.</summary>
    public bool IsOfDepartures => Rows > 0 && Inactive == Rows;

    /// <summary>The columns that the dates of consent were read from, by comma; null for none.</summary>
    public string? DateColumn { get; init; }

    /// <summary>How letters of a file that is not UTF-8 were read; null if the bytes say it.</summary>
    public AssumedLetters? Letters { get; init; }

    /// <summary>Values of rows of this call that no setting offers.</summary>
    public IReadOnlyList<UnmatchedChoice> Unmatched { get; init; } = [];

    /// <summary>The progress of earlier imports of the file; null if there was none.</summary>
    public ImportReport? Before { get; init; }
}

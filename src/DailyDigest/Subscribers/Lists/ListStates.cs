using DailyDigest.Content;

namespace DailyDigest.Subscribers;

/// <summary>Why a row is of somebody who is not subscribed.</summary>
/// <param name="Column">The column that says it.</param>
/// <param name="Value">The state, empty for none; null if the column has dates or texts.</param>
/// <param name="IsKnown">False if the state is not a word that is known.</param>
/// <param name="Reason">The reason on a suppression list; null if the reader did not leave, or no service is recognised.</param>
internal sealed record RowDeparture(string Column, string? Value, bool IsKnown, Suppression? Reason);

/// <summary>The columns of a list that say who has left.</summary>
internal sealed class ListStates
{
    private const int MaxValue = 40;

    private static readonly string[] Complaints = ["abuse", "complain", "spam"];

    private readonly List<StateColumn> columns = [];
    private readonly ServiceExport? service;
    private readonly RowDeparture? all;
    private readonly int statuses;

    /// <summary>Finds the columns.</summary>
    /// <param name="service">The service whose export it is; null for none that is known.</param>
    /// <param name="others">The columns that hold nothing else: place, name, and name without case and punctuation.</param>
    /// <param name="isOfDepartures">True if everybody in the file has left.</param>
    public ListStates(ServiceExport? service, IEnumerable<(int Index, string Name, string Key)> others, bool isOfDepartures)
    {
        this.service = service;
        foreach (var (index, name, key) in others)
        {
            if (service?.ByKey.GetValueOrDefault(key) is not { } own)
            {
                columns.Add(new StateColumn(index, name, DepartureColumn.Of(key), null));
            }
            else if (own.Meaning == ColumnMeaning.State)
            {
                columns.Add(new StateColumn(index, name, own.Departure, own));
            }
        }

        statuses = columns.Count(column => column.Kind == Departure.Status);
        all = isOfDepartures && columns.Find(column => column.Own is not null) is { } first
            ? new RowDeparture(first.Name, null, true, first.Own!.Reason) : null;
    }

    /// <summary>Why the list cannot be taken: a column could say who has left, and is not understood. Null if it can.</summary>
    public string? Fault => columns.Find(one => one.Kind == Departure.Unknown) is { Name: { } name }
        ? $"The column '{name}' could say that a reader has left, and is not understood. Nothing was imported. Rename the column, for "
            + "example to unsubscribed or status, or remove it if it says nothing about leaving."
        : null;

    /// <summary>True for a column that says who has left.</summary>
    public bool Has(int index) => columns.Exists(column => column.Index == index && column.Kind != Departure.None);

    /// <summary>How the row says that the reader is not subscribed, or the column whose value is not understood.</summary>
    public (RowDeparture? Left, string? NotUnderstood) Of(Func<int, string?> cell)
    {
        var (left, notUnderstood, empty) = (all, (string?)null, 0);
        foreach (var column in columns)
        {
            var value = cell(column.Index);
            if (value is null && SaysNothing(column, ref empty))
            {
                continue;
            }

            if (HasLeft(column, value) is not { } hasLeft)
            {
                notUnderstood ??= column.Name;
            }
            else if (hasLeft && Departed(column, value) is var found && (left is null || Rank(found) > Rank(left)))
            {
                left = found;
            }
        }

        return (left, left is null ? notUnderstood : null);
    }

    /// <summary>The instant of leaving and its column; null if the row has none.</summary>
    public (string Column, string Value)? Since(Func<int, string?> cell)
    {
        foreach (var column in columns)
        {
            if (column.Own?.IsDate == true && cell(column.Index) is { } value)
            {
                return (column.Name, value);
            }
        }

        return null;
    }

    // With a status an empty yes or no says nothing. Nor does an empty status, unless all are empty.
    private bool SaysNothing(StateColumn column, ref int empty) => column.Kind switch
    {
        Departure.Subscribed => statuses > 0,
        Departure.Status => ++empty < statuses,
        _ => false,
    };

    private bool? HasLeft(StateColumn column, string? value) => column is { Own: not null, Kind: Departure.Status }
        ? !service!.Active.Contains(DepartureColumn.Key(value ?? "")) : DepartureColumn.HasLeft(column.Kind, value);

    private RowDeparture Departed(StateColumn column, string? value)
    {
        var key = DepartureColumn.Key(value ?? "");
        if (column.Own is not { } own)
        {
            var isKnown = column.Kind != Departure.Status || key.Length == 0 || ListWords.Is("gone", key);
            return new RowDeparture(column.Name, column.Kind == Departure.Left ? null : Shown(value), isKnown, null);
        }

        if (own.Departure == Departure.Status)
        {
            var state = Array.Find(service!.Gone, one => DepartureColumn.Key(one.Word) == key);
            return new RowDeparture(column.Name, Shown(value), state is not null, own.IsOfList && statuses > 1 ? null : state?.Reason);
        }

        return new RowDeparture(
            column.Name, own.Departure == Departure.Subscribed ? Shown(value) : null, true,
            own.IsReason && Complaints.Any(word => key.Contains(word, StringComparison.Ordinal)) ? Suppression.Complained : own.Reason);
    }

    // A value in the wrong column may be an address.
    private static string Shown(string? value) => value?.Contains('@', StringComparison.Ordinal) == true ? "…"
        : ContentText.Cut(ContentText.OneLine(value ?? "").Trim(), MaxValue);

    private static int Rank(RowDeparture one) => one.Reason is { } reason ? (int)reason : -1;

    /// <summary>A column that may say who has left.</summary>
    /// <param name="Index">Its place.</param>
    /// <param name="Name">Its name in the first line.</param>
    /// <param name="Kind">How it says it.</param>
    /// <param name="Own">Its meaning at the service; null for another column.</param>
    private sealed record StateColumn(int Index, string Name, Departure Kind, ServiceColumn? Own);
}

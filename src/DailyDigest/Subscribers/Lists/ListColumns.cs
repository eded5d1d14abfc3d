using DailyDigest.Content;

namespace DailyDigest.Subscribers;

/// <summary>
/// The columns of a list by what they hold: those of a recognised service by its table (<see cref="ServiceExport"/>), others by their
/// names, which count in any case and with any punctuation. E-Mail, email_address and "Email Address" are one.
/// </summary>
internal sealed class ListColumns
{
    private const int MaxShown = 80;

    private static readonly (string Kind, ColumnMeaning Meaning)[] Kinds =
    [
        ("email", ColumnMeaning.Email), ("zone", ColumnMeaning.Zone), ("hour", ColumnMeaning.Hour), ("rhythm", ColumnMeaning.Rhythm),
        ("language", ColumnMeaning.Language), ("sections", ColumnMeaning.Sections), ("stories", ColumnMeaning.StoryLanguages),
        ("tags", ColumnMeaning.Sections),
    ];

    private readonly Dictionary<string, int> places = [];
    private readonly List<int> dates = [];
    private readonly string[] names;
    private readonly string[] keys;

    public ListColumns(IReadOnlyList<string> headers)
    {
        names = [.. headers.Select(header => ContentText.Cut(ContentText.OneLine(header).Trim(), MaxShown))];
        keys = [.. headers.Select(DepartureColumn.Key)];
        var set = keys.ToHashSet(StringComparer.Ordinal);
        var services = ServiceExport.Find(set);
        (Service, IsExport) = (services.Count == 1 ? services[0] : null, services.Count > 0);
        PlaceAll(headers);
        States = new ListStates(Service, Enumerable.Range(0, names.Length)
            .Where(index => !places.ContainsValue(index) && !dates.Contains(index))
            .Select(index => (index, names[index], keys[index])), Service?.IsOfDepartures(set) == true);
        Fault = services.Count > 1 ? Several(services) : Doubled() ?? Service?.Fault(set) ?? States.Fault;
        Notes = [.. (Service?.Notes ?? [])
            .Where(note => note.Column is null || set.Contains(DepartureColumn.Key(note.Column))).Select(note => note.Note)];
    }

    /// <summary>The service whose export it is; null for none that is known.</summary>
    public ServiceExport? Service { get; }

    /// <summary>True for an export of a known service, also if it can be of several.</summary>
    public bool IsExport { get; }

    /// <summary>The columns that say who has left.</summary>
    public ListStates States { get; }

    /// <summary>The notes for the operator.</summary>
    public IReadOnlyList<ListNote> Notes { get; }

    /// <summary>True if there is a column with addresses.</summary>
    public bool HasEmail => places.ContainsKey("email");

    /// <summary>The names of the columns with the date of consent, by comma; null for none.</summary>
    public string? DateName => dates.Count == 0 ? null : string.Join(", ", dates.Select(index => names[index]));

    /// <summary>Why the list cannot be taken: a column could say who has left, and is not understood. Null if it can.</summary>
    public string? Fault { get; }

    /// <summary>The columns in their order, with what they are read as.</summary>
    public IEnumerable<MappedColumn> Mapped => names.Select((name, index) => new MappedColumn(name, MeaningOf(index)));

    /// <summary>The value of a column; null for an empty one or none.</summary>
    public string? Value(string what, Func<int, string?> cell) => places.TryGetValue(what, out var index) ? cell(index) : null;

    /// <summary>The date of consent and its column: the first that the row has; null for none.</summary>
    public (string Column, string Value)? Date(Func<int, string?> cell)
    {
        foreach (var index in dates)
        {
            if (cell(index) is { } value)
            {
                return (names[index], value);
            }
        }

        return null;
    }

    private void PlaceAll(IReadOnlyList<string> headers)
    {
        foreach (var (kind, meaning) in Kinds)
        {
            // The sections of a service are its tags: other names are no fault.
            var own = kind == "sections" ? [] : OfService(meaning);
            var index = own.Count > 0 ? own[0] : ListWords.Of(kind)
                .Select(word => Array.FindIndex(keys, key => key == word && Service?.ByKey.ContainsKey(key) != true))
                .FirstOrDefault(found => found >= 0, -1);
            if (index >= 0)
            {
                places[kind] = index;
            }
        }

        dates.AddRange(OfService(ColumnMeaning.ConsentDate));
        if (dates.Count == 0 && ConsentDate.Column(headers) is { } date && headers.ToList().IndexOf(date) is var place
            && !places.ContainsValue(place))
        {
            dates.Add(place);
        }
    }

    private List<int> OfService(ColumnMeaning meaning) =>
        [.. (Service?.Columns ?? []).Where(column => column.Meaning == meaning).Select(column => Array.IndexOf(keys, column.Key))
            .Where(index => index >= 0)];

    private ColumnMeaning MeaningOf(int index) => dates.Contains(index) ? ColumnMeaning.ConsentDate
        : States.Has(index) ? ColumnMeaning.State
        : Kinds.Where(kind => places.GetValueOrDefault(kind.Kind, -1) == index).Select(kind => kind.Meaning)
            .FirstOrDefault(ColumnMeaning.NotUsed);

    private static string Several(IEnumerable<ServiceExport> services) =>
        $"Line 1 has the columns of exports of {string.Join(" and ", services.Select(service => service.Name))}. Nothing was imported. "
            + "Import each export as it is, as a file of its own.";

    // If two columns have one name, nobody knows which holds the value.
    private string? Doubled() => places.Values.Concat(dates)
        .FirstOrDefault(index => keys.Count(key => key == keys[index]) > 1, -1) is var index and >= 0
        ? $"Line 1 names the column '{names[index]}' twice. Nothing was imported. Remove one, or rename it." : null;
}

using DailyDigest.Content;

namespace DailyDigest.Subscribers;

/// <summary>
/// The columns of a list by what they hold. Names count in any case and with any punctuation: E-Mail, email_address and "Email Address" are
/// one.
/// </summary>
internal sealed class ListColumns
{
    private const int MaxShown = 80;

    private static readonly string[] Kinds = ["email", "zone", "hour", "rhythm", "language", "sections", "stories", "tags"];

    private readonly Dictionary<string, int> places = [];
    private readonly List<(int Index, string Name, Departure Kind)> departures = [];

    public ListColumns(IReadOnlyList<string> headers)
    {
        var keys = headers.Select(DepartureColumn.Key).ToList();
        foreach (var what in Kinds)
        {
            if (ListWords.Of(what).Select(name => keys.IndexOf(name)).FirstOrDefault(index => index >= 0, -1) is var found and >= 0)
            {
                places[what] = found;
            }
        }

        Date = ConsentDate.Column(headers) is { } date ? headers.ToList().IndexOf(date) : -1;
        DateName = Date < 0 ? null : headers[Date];
        for (var index = 0; index < headers.Count; index++)
        {
            if (!places.ContainsValue(index) && index != Date)
            {
                var name = ContentText.Cut(ContentText.OneLine(headers[index]).Trim(), MaxShown);
                departures.Add((index, name, DepartureColumn.Of(headers[index])));
            }
        }
    }

    /// <summary>The column with the date of consent, and its name; -1 and null for none.</summary>
    public int Date { get; }

    /// <summary>The name of the column with the date of consent; null for none.</summary>
    public string? DateName { get; }

    /// <summary>True if there is a column with addresses.</summary>
    public bool HasEmail => places.ContainsKey("email");

    /// <summary>Why the list cannot be taken: a column could say who has left, and is not understood. Null if it can.</summary>
    public string? Fault => departures.FirstOrDefault(one => one.Kind == Departure.Unknown) is { Name: { } name }
        ? $"The column '{name}' could say that a reader has left, and is not understood. Nothing was imported. Rename the column, for "
            + "example to unsubscribed or status, or remove it if it says nothing about leaving."
        : null;

    /// <summary>The value of a column; null for an empty one or none.</summary>
    public string? Value(string what, Func<int, string?> cell) => places.TryGetValue(what, out var index) ? cell(index) : null;

    /// <summary>Whether the row says that the reader has left, or the column whose value is not understood.</summary>
    public (bool HasLeft, string? NotUnderstood) Departed(Func<int, string?> cell)
    {
        string? notUnderstood = null;
        foreach (var (index, name, kind) in departures)
        {
            // With a status an empty yes or no says nothing.
            if (kind == Departure.Subscribed && HasStatus && cell(index) is null)
            {
                continue;
            }

            if (DepartureColumn.HasLeft(kind, cell(index)) is not { } hasLeft)
            {
                notUnderstood ??= name;
            }
            else if (hasLeft)
            {
                return (true, null);
            }
        }

        return (false, notUnderstood);
    }

    private bool HasStatus => departures.Exists(one => one.Kind == Departure.Status);
}

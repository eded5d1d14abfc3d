namespace DailyDigest.Calendar;

/// <summary>The order of day and month in dates such as 03/04/2026.</summary>
public enum DayMonth
{
    /// <summary>Not known: a date that could be either is not read.</summary>
    Unknown,

    /// <summary>The day comes first.</summary>
    DayFirst,

    /// <summary>The month comes first.</summary>
    MonthFirst,
}

/// <summary>The habits of the dates of a document.</summary>
public sealed record WrittenContext
{
    /// <summary>Nothing is known.</summary>
    public static readonly WrittenContext None = new();

    private readonly string[] language = [];

    /// <summary>BCP 47 tag of the language; null if unknown.</summary>
    public string? Language
    {
        get => language.Length == 0 ? null : string.Join('-', language);
        init => language = value?.Trim().Split('-', '_') is { Length: > 0 } parts
            ? [parts[0].ToLowerInvariant(), .. parts[1..].Select(part => part.ToUpperInvariant())] : [];
    }

    /// <summary>The order of day and month.</summary>
    public DayMonth Order { get; init; }

    /// <summary>The offsets in minutes that other dates of the document have.</summary>
    public IReadOnlyCollection<int> Offsets { get; init; } = [];

    /// <summary>The present; a year of two digits that nothing else decides is not later than the next day. Null if unknown.</summary>
    public DateTimeOffset? Now { get; init; }

    /// <summary>True to read no date without a day, such as 2026-11.</summary>
    public bool NeedsDay { get; init; }

    internal string? MainLanguage => language.Length == 0 ? null : language[0];

    internal bool IsIn(string place) => language.Contains(place);
}

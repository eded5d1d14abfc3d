namespace DailyDigest.Calendar;

/// <summary>The local dates with a digest: daily, weekdays (Monday to Friday), or weekly on one day.</summary>
public readonly record struct Rhythm
{
    private static readonly string[] Names = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];

    private readonly string? text;

    private Rhythm(string text) => this.text = text;

    /// <summary>Every day.</summary>
    public static Rhythm Daily => default;

    /// <summary>Monday to Friday.</summary>
    public static Rhythm Weekdays => new("weekdays");

    /// <summary>All rhythms: daily, weekdays, and weekly on each day.</summary>
    public static IReadOnlyList<Rhythm> All { get; } = [Daily, Weekdays, .. Enum.GetValues<DayOfWeek>().Select(Weekly)];

    /// <summary>Once a week.</summary>
    public static Rhythm Weekly(DayOfWeek day) => new("weekly-" + Names[(int)day]);

    /// <summary>True if a digest is due on the local date.</summary>
    public bool Includes(DateOnly date) => ToString() switch
    {
        "daily" => true,
        "weekdays" => date.DayOfWeek is not (DayOfWeek.Saturday or DayOfWeek.Sunday),
        var weekly => weekly == "weekly-" + Names[(int)date.DayOfWeek],
    };

    /// <summary>Parses "daily", "weekdays", "weekly-monday" and so on.</summary>
    public static bool TryParse(string? text, out Rhythm rhythm)
    {
        foreach (var known in All)
        {
            if (known.ToString() == text)
            {
                rhythm = known;
                return true;
            }
        }

        rhythm = default;
        return false;
    }

    /// <summary>The text form, as stored and as in a cohort's key.</summary>
    public override string ToString() => text ?? "daily";
}

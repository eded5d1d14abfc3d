using DailyDigest.Subscribers;

namespace DailyDigest.Server.Commands;

/// <summary>Shows what the columns of a list are read as, a line for each meaning.</summary>
internal static class ColumnLines
{
    private const int MaxNames = 40;

    private static readonly (ColumnMeaning Meaning, string Words)[] Meanings =
    [
        (ColumnMeaning.Email, "address"), (ColumnMeaning.State, "who has left"), (ColumnMeaning.ConsentDate, "date of consent"),
        (ColumnMeaning.Zone, "zone"), (ColumnMeaning.Hour, "hour"), (ColumnMeaning.Rhythm, "rhythm"), (ColumnMeaning.Language, "language"),
        (ColumnMeaning.Sections, "sections"), (ColumnMeaning.StoryLanguages, "story languages"), (ColumnMeaning.NotUsed, "not used"),
    ];

    /// <summary>The lines, the unused columns last; none if the first line cannot be read.</summary>
    public static IEnumerable<string> Of(IReadOnlyList<MappedColumn> columns)
    {
        foreach (var (meaning, words) in Meanings)
        {
            var names = columns.Where(column => column.Meaning == meaning).Select(column => column.Name).ToList();
            if (names.Count > 0)
            {
                yield return $"  {words}: {string.Join(", ", names.Take(MaxNames))}"
                    + (names.Count > MaxNames ? $" and {Format.Count(names.Count - MaxNames)} more" : "");
            }
        }
    }
}

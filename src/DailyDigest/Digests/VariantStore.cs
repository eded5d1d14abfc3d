using System.Text;
using DailyDigest.Calendar;
using DailyDigest.Selection;
using DailyDigest.Storage;

namespace DailyDigest.Digests;

/// <summary>
/// Rendered mails. Table Variants: partition = local date and cohort, row = language and choice. All workers send the first one stored.
/// </summary>
public sealed class VariantStore(ITableStore tables)
{
    /// <summary>Returns the variant, or null if none is stored.</summary>
    public async Task<Variant?> GetAsync(
        DateOnly date, string cohort, string language, StoryChoice choice, CancellationToken cancellationToken) =>
        Read(await tables.GetAsync(Tables.Variants, Partition(date, cohort), Key(language, choice), cancellationToken));

    /// <summary>Stores the variant if there is none. Returns the stored one: this or an earlier one.</summary>
    public async Task<Variant> KeepAsync(DateOnly date, string cohort, Variant variant, CancellationToken cancellationToken)
    {
        var row = new TableRow(Key(variant.Language, variant.Choice))
        {
            { "format", variant.Format },
            { "language", variant.Language },
            { "sections", string.Join('\n', variant.Sections) },
            { "storyLanguages", variant.StoryLanguages.Count == 0 ? null : string.Join('\n', variant.StoryLanguages) },
            { "subject", variant.Subject },
            { "trimmed", variant.Trimmed },
        };
        row.AddLarge("body", variant.Body);
        row.AddLarge("html", Encoding.UTF8.GetBytes(variant.Html));
        row.AddLarge("text", Encoding.UTF8.GetBytes(variant.Text));
        var written = await tables.WriteAsync(Tables.Variants, Partition(date, cohort), TableWrite.Insert(row), cancellationToken);
        return written.IsDone
            ? variant
            : await GetAsync(date, cohort, variant.Language, variant.Choice, cancellationToken)
              ?? throw new StorageException($"A mail of {cohort} on {date.Text()} is stored but cannot be read.");
    }

    private static string Partition(DateOnly date, string cohort) => $"{date.Text()}~{cohort}";

    private static string Key(string language, StoryChoice choice) => $"{language}~{(choice.IsAll ? "all" : choice.Hash)}";

    private static Variant? Read(TableRow? row)
    {
        if (row?.Text("language") is not { } language || row.Large("body") is not { } body || row.Large("html") is not { } html
            || row.Large("text") is not { } text)
        {
            return null;
        }

        return new Variant
        {
            Format = row.Count("format"),
            Language = language,
            Sections = row.Text("sections")?.Split('\n', StringSplitOptions.RemoveEmptyEntries) ?? [],
            StoryLanguages = row.Text("storyLanguages")?.Split('\n', StringSplitOptions.RemoveEmptyEntries) ?? [],
            Subject = row.Text("subject") ?? "",
            Body = body,
            Html = Encoding.UTF8.GetString(html),
            Text = Encoding.UTF8.GetString(text),
            Trimmed = row.Count("trimmed"),
        };
    }
}

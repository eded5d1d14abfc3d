using System.Globalization;
using DailyDigest.Edits;

namespace DailyDigest.Web;

/// <summary>Edits in words, for the record of changes.</summary>
internal static class EditWords
{
    /// <summary>The edits of one story or of one language's texts; without a subject, those of the whole date.</summary>
    public static string? Of(DayEdits edits, string subject)
    {
        if (edits.Texts.TryGetValue(subject, out var texts))
        {
            return $"subject: {texts.Subject ?? "-"}; preheader: {texts.Preheader ?? "-"}";
        }

        if (edits.Stories.ContainsKey(subject) || edits.Order.Contains(subject))
        {
            return Of(edits.Of(subject), edits.Order.ToList().IndexOf(subject));
        }

        return subject.Length > 0 ? null
            : string.Create(
                CultureInfo.InvariantCulture,
                $"{edits.Stories.Count} stories edited, {edits.Order.Count} placed, {edits.Texts.Count} subjects; ")
                + (edits.Approval is { } approval ? $"approved by {approval.By} with {approval.Items.Count} stories" : "not approved");
    }

    private static string? Of(StoryEdit edit, int place)
    {
        var words = new[]
        {
            edit.Pinned ? "pinned" : "",
            edit.Dropped ? "dropped" : "",
            edit.Boost != 1 ? string.Create(CultureInfo.InvariantCulture, $"boost {edit.Boost:0.##}") : "",
            place >= 0 ? string.Create(CultureInfo.InvariantCulture, $"place {place + 1}") : "",
            edit.Title is { } title ? $"title: {title}" : "",
            edit.Summary is { } summary ? $"teaser: {summary}" : "",
            edit.NoImage ? "no picture" : edit.Image is { } image ? $"picture: {image.Url}" : "",
        };
        var said = string.Join("; ", words.Where(word => word.Length > 0));
        return said.Length > 0 ? said : null;
    }
}

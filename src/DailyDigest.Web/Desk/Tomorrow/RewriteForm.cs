using DailyDigest.Content;
using DailyDigest.Edits;
using Microsoft.Extensions.Primitives;

namespace DailyDigest.Web;

/// <summary>The form with title, teaser and picture of a story in one digest.</summary>
internal static class RewriteForm
{
    /// <summary>The edit with the words of the form. A field that says what the source says changes nothing.</summary>
    public static StoryEdit Read(Dictionary<string, StringValues> form, Story story, StoryEdit edit)
    {
        var (title, summary) = (Line(form, "title"), Line(form, "teaser"));
        var picture = form.Value("picture")?.Trim() ?? "";
        var none = form.Value("no-picture") is not null;
        return edit with
        {
            Title = title.Length == 0 || title == story.Title ? null : title,
            Summary = form.Value("teaser") is null || summary == story.Summary ? null : summary,
            NoImage = none,
            Image = none || picture.Length == 0 || picture == story.Image?.Url ? null
                : new StoryImage(picture, Line(form, "alt"), null, null, null, null),
        };
    }

    /// <summary>A line of text; null for an empty one.</summary>
    public static string? Text(Dictionary<string, StringValues> form, string name) =>
        Line(form, name) is { Length: > 0 } line ? line : null;

    // Browsers send what a person pasted. Hidden signs and line breaks go; a text that is too long is refused, not cut.
    private static string Line(Dictionary<string, StringValues> form, string name) => ContentText.Line(form.Value(name), 10_000);
}

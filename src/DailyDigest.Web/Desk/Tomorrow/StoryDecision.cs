using System.Globalization;
using DailyDigest.Content;
using DailyDigest.Digests;
using DailyDigest.Edits;
using Microsoft.Extensions.Primitives;

namespace DailyDigest.Web;

/// <summary>An editor's decision about one story of a draft.</summary>
/// <param name="Verb">pin, unpin, drop, undrop, up, down or boost.</param>
/// <param name="Story">The story's id.</param>
/// <param name="Change">Applies it.</param>
internal sealed record StoryDecision(string Verb, string Story, Func<DayEdits, DayEdits> Change)
{
    /// <summary>Reads the form; null if it names no verb or no story.</summary>
    public static StoryDecision? Read(Dictionary<string, StringValues> form, DigestDraft draft)
    {
        if (form.Value("story") is not { } story || !StoryId.Is(story) || form.Value("act") is not { } verb)
        {
            return null;
        }

        Func<DayEdits, DayEdits>? change = verb switch
        {
            "pin" => edits => edits.With(story, edit => edit with { Pinned = true, Dropped = false }),
            "unpin" => edits => edits.With(story, edit => edit with { Pinned = false }),
            "drop" => edits => edits.With(story, edit => edit with { Dropped = true, Pinned = false }),
            "undrop" => edits => edits.With(story, edit => edit with { Dropped = false }),
            "boost" when Factor(form.Value("factor")) is { } factor => edits => edits.With(story, edit => edit with { Boost = factor }),
            "up" when Moved(draft.Preview.Digest, story, -1) is { } order => edits => WithOrder(edits, order),
            "down" when Moved(draft.Preview.Digest, story, 1) is { } order => edits => WithOrder(edits, order),
            _ => null,
        };
        return change is null ? null : new StoryDecision(verb, story, change);
    }

    /// <summary>True if the story can move so within its block.</summary>
    public static bool CanMove(Digest digest, string story, int by) => Moved(digest, story, by) is not null;

    private static List<string>? Moved(Digest digest, string story, int by)
    {
        var items = digest.Items.ToList();
        var place = items.FindIndex(item => item.Story.Id == story);
        var other = place + by;
        if (place < 0 || other < 0 || other >= items.Count || items[place].Story.Kind != items[other].Story.Kind)
        {
            return null;
        }

        (items[place], items[other]) = (items[other], items[place]);
        return [.. items.Select(item => item.Story.Id)];
    }

    // The stories of other languages keep the order that they have.
    private static DayEdits WithOrder(DayEdits edits, List<string> order) =>
        edits with { Order = [.. order, .. edits.Order.Except(order, StringComparer.Ordinal)] };

    private static double? Factor(string? text) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var factor) ? factor : null;
}

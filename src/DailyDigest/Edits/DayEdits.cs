using System.Text.Json.Serialization;
using DailyDigest.Content;

namespace DailyDigest.Edits;

/// <summary>Subject and preheader that an editor wrote; null for what the product writes.</summary>
/// <param name="Subject">Plain text, at most <see cref="DayEdits.MaxSubject"/> characters.</param>
/// <param name="Preheader">Plain text, at most <see cref="DayEdits.MaxPreheader"/> characters.</param>
public sealed record EditedTexts(string? Subject, string? Preheader);

/// <summary>An editor's consent to the digests of a date.</summary>
/// <param name="By">The editor's name.</param>
/// <param name="At">When.</param>
/// <param name="Rhythm">The rhythm of the cohort whose digest was shown, such as "daily".</param>
/// <param name="Items">The ids of the stories that were shown. Digests of the date and this rhythm contain no others.</param>
public sealed record Approval(string By, DateTimeOffset At, string Rhythm, IReadOnlyList<string> Items);

/// <summary>
/// The decisions of editors about the digests of one local date, of all cohorts. They count for digests that are frozen afterwards.
/// </summary>
public sealed record DayEdits
{
    /// <summary>The most stories that can be edited on a date.</summary>
    public const int MaxStories = 200;

    /// <summary>The most characters of a subject.</summary>
    public const int MaxSubject = 150;

    /// <summary>The most characters of a preheader.</summary>
    public const int MaxPreheader = 200;

    /// <summary>The local date of the digests.</summary>
    public required DateOnly Date { get; init; }

    /// <summary>Decisions by story id.</summary>
    public IReadOnlyDictionary<string, StoryEdit> Stories { get; init; } = new Dictionary<string, StoryEdit>();

    /// <summary>Story ids in the order that an editor chose; empty for the order of the scores.</summary>
    public IReadOnlyList<string> Order { get; init; } = [];

    /// <summary>Subject and preheader by language tag, for readers of all sections.</summary>
    public IReadOnlyDictionary<string, EditedTexts> Texts { get; init; } = new Dictionary<string, EditedTexts>();

    /// <summary>The consent; null if there is none. Every other edit removes it.</summary>
    public Approval? Approval { get; init; }

    /// <summary>The version as read; null if nothing is stored.</summary>
    [JsonIgnore]
    public string? ETag { get; init; }

    /// <summary>A date without edits.</summary>
    public static DayEdits None(DateOnly date) => new() { Date = date };

    /// <summary>The decision about the story; <see cref="StoryEdit.Nothing"/> if there is none.</summary>
    public StoryEdit Of(string story) => Stories.GetValueOrDefault(story) ?? StoryEdit.Nothing;

    /// <summary>These edits with another decision about the story. A decision that changes nothing is removed.</summary>
    public DayEdits With(string story, Func<StoryEdit, StoryEdit> change)
    {
        var stories = new Dictionary<string, StoryEdit>(Stories) { [story] = change(Of(story)) };
        if (stories[story] == StoryEdit.Nothing)
        {
            stories.Remove(story);
        }

        return this with { Stories = stories };
    }

    /// <summary>These edits with another subject and preheader in the language. Empty texts are removed.</summary>
    public DayEdits With(string language, EditedTexts texts)
    {
        var all = new Dictionary<string, EditedTexts>(Texts, StringComparer.Ordinal) { [language] = texts };
        if (texts is { Subject: null, Preheader: null })
        {
            all.Remove(language);
        }

        return this with { Texts = all };
    }

    /// <summary>
    /// The ids of the stories that a digest of the rhythm may contain; null for no restriction. A weekly digest has the news of a week,
    /// so the consent to a daily one does not restrict it.
    /// </summary>
    internal IReadOnlySet<string>? Approved(string rhythm) =>
        Approval?.Rhythm == rhythm ? Approval.Items.ToHashSet(StringComparer.Ordinal) : null;

    /// <summary>
    /// The items in the editor's order. An item that the editor has not placed keeps the place of its score.
    /// </summary>
    internal IReadOnlyList<T> Ordered<T>(IReadOnlyList<T> items, Func<T, string> id)
    {
        var places = Order.Select((story, place) => (story, place)).ToDictionary(pair => pair.story, pair => pair.place);
        var placed = new Queue<T>(items.Where(item => places.ContainsKey(id(item))).OrderBy(item => places[id(item)]));
        return placed.Count == 0 ? items : [.. items.Select(item => places.ContainsKey(id(item)) ? placed.Dequeue() : item)];
    }

    /// <summary>One line per fault, which begins with the field's name.</summary>
    internal IEnumerable<string> Faults()
    {
        if (Stories.Count > MaxStories || Order.Count > MaxStories || Approval?.Items.Count > MaxStories)
        {
            yield return $"stories: at most {MaxStories}";
        }

        if (Stories.Keys.Concat(Order).Concat(Approval?.Items ?? []).Any(id => !StoryId.Is(id)) || Order.Distinct().Count() < Order.Count)
        {
            yield return "stories: each id once, 32 lower-case hex digits";
        }

        foreach (var fault in Stories.Values.SelectMany(story => story.Faults()).Distinct())
        {
            yield return fault;
        }

        if (Texts.Values.Any(texts => !Fits(texts.Subject, MaxSubject)))
        {
            yield return $"subject: plain text, 1 to {MaxSubject} characters, in one line";
        }

        if (Texts.Values.Any(texts => !Fits(texts.Preheader, MaxPreheader)))
        {
            yield return $"preheader: plain text, 1 to {MaxPreheader} characters, in one line";
        }
    }

    private static bool Fits(string? text, int max) => text is null || (text.Length > 0 && text == ContentText.Line(text, max));
}

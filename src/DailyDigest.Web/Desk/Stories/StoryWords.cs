using DailyDigest.Calendar;
using DailyDigest.Digests;

namespace DailyDigest.Web;

/// <summary>The places of stories in the words of the desk's language.</summary>
public sealed class StoryWords(DeskView desk)
{
    /// <summary>The colour of the place.</summary>
    public static string Colour(StoryPlace place) => place switch
    {
        StoryPlace.Coming => "tag good",
        StoryPlace.Hidden => "tag bad",
        StoryPlace.PassedOver or StoryPlace.Folded => "tag care",
        _ => "tag",
    };

    /// <summary>The place in a word or two.</summary>
    public string Tag(StoryStanding standing) => standing.Place switch
    {
        StoryPlace.Coming => desk["Stories.Tag.Coming", standing.Position.ToString("N0", desk.Texts.Culture)],
        StoryPlace.Sent when standing.Date is { } date => desk["Stories.Tag.Sent", DayOf(date)],
        var place => desk["Stories.State." + place],
    };

    /// <summary>The date of a digest without its year.</summary>
    public string DayOf(DateOnly date) => date.ToString("d MMM", desk.Texts.Culture);

    /// <summary>The page of the next digest.</summary>
    public static string Next(StoryStanding standing) => $"/desk/tomorrow/{standing.Date!.Value.Text()}"
        + (standing.Language is { } language ? "?stories=" + Uri.EscapeDataString(language) : "");

    /// <summary>The name of a source.</summary>
    public string Source(IReadOnlyDictionary<string, string> feeds, string source) =>
        source == Content.AcceptStory.Source ? desk["Stories.Api"] : feeds.GetValueOrDefault(source, desk["Stories.FormerFeed"]);
}

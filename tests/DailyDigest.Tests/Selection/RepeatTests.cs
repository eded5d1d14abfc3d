using DailyDigest.Content;
using DailyDigest.Selection;

namespace DailyDigest.Tests.Selection;

public sealed class RepeatTests
{
    private const string Wire = "Storm Ada leaves three dead in Brittany, officials say";
    private const string Summary = "The river burst its banks on Monday night and rescue crews were still searching the valley at dawn.";

    private static readonly Story Sent = StorySamples.Titled(Wire, "sent", Summary, hoursAgo: 20);

    private static SentHistory History(params Story[] stories) => SentHistory.From(StorySamples.Select(stories).ToRemember);

    [Fact]
    public void A_sent_story_is_not_sent_again()
    {
        var selected = StorySamples.Select([.. StorySamples.Filler(3), Sent], History(Sent));

        Assert.Equal(3, selected.Items.Count);
        Assert.Equal("already sent to these readers", selected.ReasonAgainst(Sent));
    }

    [Fact]
    public void An_update_of_a_sent_story_is_a_repeat_whatever_its_new_title()
    {
        var updated = Sent with { Title = "Quite another headline about the flood", Summary = "", Updated = StorySamples.Now.AddHours(-1) };

        Assert.DoesNotContain(updated.Id, StorySamples.Order(StorySamples.Select([.. StorySamples.Filler(3), updated], History(Sent))));
    }

    [Fact]
    public void A_story_known_by_its_url_alone_is_a_repeat()
    {
        var history = SentHistory.Empty with { Stories = new HashSet<string> { Sent.Url } };

        Assert.Empty(StorySamples.Select([Sent with { Id = StoryId.From(Sent.Url) }], history).Items);
        Assert.Single(StorySamples.Select([Sent with { Id = StoryId.From(Sent.Url + "\n7") }], history).Items);
    }

    [Fact]
    public void A_wire_copy_a_day_later_under_another_url_is_a_repeat()
    {
        var copy =
            StorySamples.Titled("Storm Ada leaves three dead in Brittany", "copy",
                "Our correspondent reports from a village where nobody slept that night.", 1);

        Assert.Equal($"already sent to these readers as “{Wire}”",
            StorySamples.Select([.. StorySamples.Filler(3), copy], History(Sent)).ReasonAgainst(copy));
    }

    [Fact]
    public void A_copy_of_a_folded_copy_is_a_repeat_of_what_stood_for_both()
    {
        var folded =
            StorySamples.Titled("Storm Ada leaves three dead in Brittany, officials say, as rail lines close", "folded", hoursAgo: 21);
        var history = History(Sent with { Signals = new Signals(Votes: 900) }, folded);
        Assert.Single(history.Clusters);

        Assert.Empty(StorySamples.Select([folded with { Title = "Something else entirely was written here" }], history).Items);
        Assert.Empty(StorySamples.Select([StorySamples.Titled(folded.Title, "third source", hoursAgo: 1)], history).Items);
    }

    [Fact]
    public void A_cluster_is_a_repeat_when_any_member_or_its_id_was_sent()
    {
        var fresh = StorySamples.Titled(Wire, "fresh", Summary, 1) with { Signals = new Signals(Votes: 1_000) };
        var byId = SentHistory.Empty with { Clusters = new HashSet<string> { Sent.Id } };

        Assert.Empty(StorySamples.Select([fresh, Sent], byId).Items);
        Assert.Empty(StorySamples.Select([fresh, Sent], SentHistory.Empty with { Stories = new HashSet<string> { Sent.Id } }).Items);
    }

    [Fact]
    public void A_pin_does_not_send_a_story_twice()
    {
        Assert.Empty(StorySamples.Select([Sent with { Desk = new Desk(Pinned: true) }], History(Sent)).Items);
    }

    [Fact]
    public void A_column_that_keeps_its_title_is_a_new_edition_each_day()
    {
        var monday = StorySamples.Titled(
            "The best pictures of the day", "monday", "A heron over the frozen canal, and fireworks in the old harbour.", 20);
        var tuesday = StorySamples.Titled(
            "The best pictures of the day", "tuesday", "Children race their kites; miners leave a shaft for the last time.", 1);

        Assert.Single(StorySamples.Select([tuesday with { Source = monday.Source }], History(monday)).Items);
        Assert.Empty(StorySamples.Select([tuesday with { Source = monday.Source, Summary = "" }], History(monday)).Items);
        Assert.Empty(StorySamples.Select([tuesday], History(monday)).Items);
    }

    [Fact]
    public void A_history_read_back_from_a_frozen_digest_holds_as_well()
    {
        var selected = StorySamples.Select([Sent, .. StorySamples.Filler(4)]);
        var history = SentHistory.From(selected.Items.Select(SentStory.Of));

        Assert.Empty(StorySamples.Select([Sent, .. StorySamples.Filler(4)], history).Items);
    }

    [Fact]
    public void After_two_weeks_a_title_may_come_again_and_a_story_may_not()
    {
        var again = StorySamples.Titled(Wire, "again", hoursAgo: 1);
        var row = SentStory.Of(Sent, Sent.Id) with { Date = new DateOnly(2026, 10, 20) };

        Assert.Empty(StorySamples.Select([again], SentHistory.From([row], new DateOnly(2026, 11, 3))).Items);
        Assert.Single(StorySamples.Select([again], SentHistory.From([row], new DateOnly(2026, 11, 4))).Items);
        Assert.Empty(StorySamples.Select([Sent], SentHistory.From([row], new DateOnly(2026, 11, 4))).Items);
    }
}

using DailyDigest.Content;

namespace DailyDigest.Tests.Selection;

public sealed class WindowTests
{
    [Fact]
    public void A_future_story_is_held_back_until_its_time()
    {
        var future = StorySamples.Story("future", -7, desk: new Desk(Pinned: true));

        var selected = StorySamples.Select([.. StorySamples.Filler(3), future]);

        Assert.DoesNotContain(future.Id, StorySamples.Order(selected));
        Assert.Equal("held back until 2026-11-03 14:00 UTC: it is dated in the future", selected.ReasonAgainst(future));
    }

    [Fact]
    public void An_old_story_is_passed_over_with_its_date()
    {
        var old = StorySamples.Story("old", 30) with { FirstSeen = StorySamples.Since.AddHours(-1) };

        Assert.Equal(
            "too old: published 2026-11-02 01:00 UTC, before 2026-11-02 07:00 UTC",
            StorySamples.Select([.. StorySamples.Filler(3), old]).ReasonAgainst(old));
    }

    [Fact]
    public void A_story_that_was_first_seen_after_the_last_digest_is_not_lost()
    {
        var late = StorySamples.Story("late", 25) with { FirstSeen = StorySamples.Since.AddMinutes(5) };
        var archive = StorySamples.Story("archive", 24 * 300) with { FirstSeen = StorySamples.Since.AddMinutes(5) };

        var selected = StorySamples.Select([.. StorySamples.Filler(3), late, archive]);

        Assert.Contains(late.Id, StorySamples.Order(selected));
        Assert.StartsWith("too old", selected.ReasonAgainst(archive), StringComparison.Ordinal);
    }

    [Fact]
    public void A_story_without_a_date_that_can_be_read_is_no_news_unless_it_is_pinned()
    {
        var undated = StorySamples.Story("undated", 1) with { IsUndated = true };
        var pinned = StorySamples.Story("pinned", 1, desk: new Desk(Pinned: true)) with { IsUndated = true };

        var selected = StorySamples.Select([.. StorySamples.Filler(3), undated, pinned]);

        Assert.Contains(pinned.Id, StorySamples.Order(selected));
        Assert.Equal("its source has no date that can be read, so it may be old", selected.ReasonAgainst(undated));
    }

    [Fact]
    public void A_pin_brings_an_older_story_in_for_a_week()
    {
        var pin = new Desk(Pinned: true);
        var recent = StorySamples.Story("recent", 100, desk: pin) with { FirstSeen = StorySamples.Now.AddHours(-100) };
        var forgotten = StorySamples.Story("forgotten", 200, desk: pin) with { FirstSeen = StorySamples.Now.AddHours(-200) };

        var selected = StorySamples.Select([.. StorySamples.Filler(3), recent, forgotten]);

        Assert.Equal(recent.Id, StorySamples.Order(selected)[0]);
        Assert.DoesNotContain(forgotten.Id, StorySamples.Order(selected));
    }

    [Fact]
    public void A_story_dropped_by_the_desk_is_in_no_digest_even_if_pinned()
    {
        var dropped = StorySamples.Story("dropped", 1, new Signals(Votes: 10_000), new Desk(Pinned: true, Dropped: true));

        var selected = StorySamples.Select([.. StorySamples.Filler(3), dropped]);

        Assert.DoesNotContain(dropped.Id, StorySamples.Order(selected));
        Assert.Equal("dropped by the desk", selected.ReasonAgainst(dropped));
    }
}

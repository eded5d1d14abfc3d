using DailyDigest.Content;

namespace DailyDigest.Tests.Selection;

public sealed class WindowTests
{
    [Fact]
    public void A_future_story_is_held_back_until_its_time()
    {
        var future = Some.Story("future", -7, desk: new Desk(Pinned: true));

        var selected = Some.Select([.. Some.Filler(3), future]);

        Assert.DoesNotContain(future.Id, Some.Order(selected));
        Assert.Equal("held back until 2026-11-03 14:00 UTC: it is dated in the future", selected.ReasonAgainst(future));
    }

    [Fact]
    public void An_old_story_is_passed_over_with_its_date()
    {
        var old = Some.Story("old", 30) with { FirstSeen = Some.Since.AddHours(-1) };

        Assert.Equal(
            "too old: published 2026-11-02 01:00 UTC, before 2026-11-02 07:00 UTC", Some.Select([.. Some.Filler(3), old]).ReasonAgainst(old));
    }

    [Fact]
    public void A_story_that_was_first_seen_after_the_last_digest_is_not_lost()
    {
        var late = Some.Story("late", 25) with { FirstSeen = Some.Since.AddMinutes(5) };
        var archive = Some.Story("archive", 24 * 300) with { FirstSeen = Some.Since.AddMinutes(5) };

        var selected = Some.Select([.. Some.Filler(3), late, archive]);

        Assert.Contains(late.Id, Some.Order(selected));
        Assert.StartsWith("too old", selected.ReasonAgainst(archive), StringComparison.Ordinal);
    }

    [Fact]
    public void A_pin_brings_an_older_story_in_for_a_week()
    {
        var pin = new Desk(Pinned: true);
        var recent = Some.Story("recent", 100, desk: pin) with { FirstSeen = Some.Now.AddHours(-100) };
        var forgotten = Some.Story("forgotten", 200, desk: pin) with { FirstSeen = Some.Now.AddHours(-200) };

        var selected = Some.Select([.. Some.Filler(3), recent, forgotten]);

        Assert.Equal(recent.Id, Some.Order(selected)[0]);
        Assert.DoesNotContain(forgotten.Id, Some.Order(selected));
    }

    [Fact]
    public void What_the_desk_dropped_is_in_no_digest_even_if_pinned()
    {
        var dropped = Some.Story("dropped", 1, new Signals(Votes: 10_000), new Desk(Pinned: true, Dropped: true));

        var selected = Some.Select([.. Some.Filler(3), dropped]);

        Assert.DoesNotContain(dropped.Id, Some.Order(selected));
        Assert.Equal("dropped by the desk", selected.ReasonAgainst(dropped));
    }
}

using DailyDigest.Figures;

namespace DailyDigest.Tests.Figures;

/// <summary>The texts that hold counts in rows.</summary>
public sealed class FigureLabelsTests
{
    [Fact]
    public void What_is_written_is_read_again_and_damage_is_left_out()
    {
        var labels = new FigureLabels();
        labels.Add("example.com", "sent", 3, 10);
        labels.Add("example.com", "rejected", 1, 10);
        labels.Add("other.example", "sent", 9, 10);

        Assert.Equal("other.example\tsent=9\nexample.com\trejected=1 sent=3", labels.ToString());
        Assert.Equal(labels.ToString(), FigureLabels.Parse(labels.ToString()).ToString());
        var damaged = "no tab\n\tsent=1\nexample.com\tsent=x =4 a=99999999999999999999 held=2 rejected=9007199254740993";
        Assert.Equal("example.com\theld=2", FigureLabels.Parse(damaged).ToString());
        Assert.True(FigureLabels.Parse(null).IsEmpty);
    }

    [Fact]
    public void Too_many_labels_become_others_and_the_large_ones_stay()
    {
        var labels = new FigureLabels();
        for (var round = 0; round < 100; round++)
        {
            labels.Add("large.example", "sent", 1, 3);
            labels.Add($"small-{round}.example", "sent", 1, 3);
        }

        Assert.Equal(4, labels.List().Count);
        Assert.Equal(("large.example", 100), (labels.List()[0].Label, labels.List()[0].Counts["sent"]));
        Assert.Equal(200, labels.Total()["sent"]);
        Assert.Equal(FigureLabels.Other, labels.List()[^1].Label);
        Assert.Equal("other\tsent=200", labels.Largest(3, (label, _) => label == "none").ToString());
    }

    [Fact]
    public void A_label_has_no_control_character_and_a_limited_length()
    {
        var labels = new FigureLabels();
        labels.Set("a\tb\n" + new string('x', 200), FigureCounts.Parse("new=1"));
        labels.Set(" \t", FigureCounts.Parse("new=2"));

        Assert.Equal(["ab" + new string('x', 78), FigureLabels.Other], labels.List().Select(one => one.Label));
        Assert.Equal(3, FigureLabels.Parse(labels.ToString()).Total()["new"]);
    }

    [Fact]
    public void Days_that_are_too_old_are_dropped_and_others_add_up()
    {
        var today = new DateOnly(2026, 3, 30);
        var days = FigureDays.Parse("2026-03-01 sign-ups=1\n2026-03-29 sign-ups=2\nnonsense\n2026-03-30 left=1");
        days = FigureDays.Add(days, today, FigureCounts.Parse("left=1 sign-ups=4"));

        Assert.Equal("2026-03-29 sign-ups=2\n2026-03-30 left=2 sign-ups=4", FigureDays.Text(days));
        Assert.Equal([false, true], new[] { today.AddDays(-7), today.AddDays(-6) }.Select(date => FigureDays.IsSummed(date, today)));
    }
}

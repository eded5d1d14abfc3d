using DailyDigest.Content;
using DailyDigest.Selection;

namespace DailyDigest.Tests.Selection;

public sealed class CountsTests
{
    private static IEnumerable<Story> Posts(int count) =>
        Enumerable.Range(1, count).Select(number => StorySamples.Story($"post {number}", 2, kind: StoryKind.BlogPost));

    [Fact]
    public void Articles_and_blog_posts_have_their_own_counts_and_articles_go_first()
    {
        var selected = StorySamples.Select([.. Posts(9), .. StorySamples.Filler(15)], options: new SelectionOptions());

        Assert.Equal(
            [.. Enumerable.Repeat(StoryKind.Article, 10), .. Enumerable.Repeat(StoryKind.BlogPost, 4)],
            selected.Items.Select(item => item.Story.Kind));
        Assert.Contains("not among the best 10 articles", selected.PassedOver.Select(passed => passed.Reason));
        Assert.Contains("not among the best 4 blog posts", selected.PassedOver.Select(passed => passed.Reason));
    }

    [Fact]
    public void Too_few_articles_make_no_digest_and_a_sentence_says_so()
    {
        var selected = StorySamples.Select([.. StorySamples.Filler(2), .. Posts(4)], options: new SelectionOptions());

        Assert.Empty(selected.Items);
        Assert.Empty(selected.ToRemember);
        Assert.Equal("2 of at least 3 articles since 2026-11-02 07:00 UTC, beside 4 blog posts.", selected.TooFew);
        Assert.Equal(6, selected.PassedOver.Count(passed => passed.Reason == "there was too little for a digest"));
    }

    [Fact]
    public void Blog_posts_and_the_whole_have_minimums_too()
    {
        Assert.Equal(
            "1 of at least 2 blog posts since 2026-11-02 07:00 UTC, beside 5 articles.",
            StorySamples.Select([.. StorySamples.Filler(5), .. Posts(1)], options: new SelectionOptions { MinBlogPosts = 2 }).TooFew);
        Assert.Equal(
            "2 of at least 3 stories since 2026-11-02 07:00 UTC.",
            StorySamples.Select([.. StorySamples.Filler(1), .. Posts(1)], options: new SelectionOptions { MinArticles = 0 }).TooFew);
        Assert.Null(
            StorySamples.Select([.. StorySamples.Filler(1), .. Posts(2)], options: new SelectionOptions { MinArticles = 0 }).TooFew);
    }

    [Fact]
    public void Nothing_at_all_makes_no_digest_whatever_the_options()
    {
        var selected = StorySamples.Select([], options: new SelectionOptions { MinArticles = 0, MinStories = 0 });

        Assert.Empty(selected.Items);
        Assert.Equal("0 of at least 1 story since 2026-11-02 07:00 UTC.", selected.TooFew);
    }

    [Fact]
    public void A_section_gets_no_more_than_its_cap()
    {
        var politics = Enumerable.Range(1, 8)
            .Select(number => StorySamples.Story($"politics {number}", 1) with { Section = number % 2 == 0 ? "Politics" : " politics" });
        var others = StorySamples.Filler(3, 20).Select(story => story with { Section = "Sport" });

        var selected = StorySamples.Select(
            [.. politics, .. others], options: new SelectionOptions { MinArticles = 0, MinStories = 1, MaxPerSection = 4 });

        Assert.Equal(4, selected.Items.Count(item => item.Story.Section!.Trim().Equals("politics", StringComparison.OrdinalIgnoreCase)));
        Assert.Equal(7, selected.Items.Count);
        Assert.Equal(
            4, selected.PassedOver.Count(
                passed => passed.Reason.StartsWith("over the cap of 4 articles from one section", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_source_gets_no_more_than_its_cap()
    {
        var agency = Enumerable.Range(1, 9).Select(number => StorySamples.Story($"agency {number}", 1) with { Source = "agency" });

        var selected = StorySamples.Select(
            [.. agency, .. StorySamples.Filler(2, 20)],
            options: new SelectionOptions { MinArticles = 0, MinStories = 1, MaxPerSource = 6 });

        Assert.Equal(6, selected.Items.Count(item => item.Story.Source == "agency"));
        Assert.Equal(8, selected.Items.Count);
        Assert.Equal(3, selected.PassedOver.Count(passed => passed.Reason == "over the cap of 6 articles from one source (agency)"));
    }

    [Fact]
    public void Each_story_of_a_section_makes_the_next_one_dearer()
    {
        // Ten places, twelve politics stories that are all a little better than five others.
        var politics = Enumerable.Range(1, 12)
            .Select(number => StorySamples.Story($"politics {number}", 1) with { Section = "Politics" }).ToList();
        var sport = Enumerable.Range(1, 5).Select(number => StorySamples.Story($"sport {number}", 6) with { Section = "Sport" }).ToList();

        Assert.Equal((10, 0), Counts(variety: 0));
        Assert.Equal((6, 4), Counts(variety: 0.3));
        Assert.Equal((5, 5), Counts(variety: 0.9));
        Assert.Contains(
            "left out for variety: 6 articles of section Politics were taken",
            Selected(variety: 0.3).PassedOver.Select(passed => passed.Reason));

        (int Politics, int Sport) Counts(double variety)
        {
            var items = Selected(variety).Items;
            return (items.Count(item => item.Story.Section == "Politics"), items.Count(item => item.Story.Section == "Sport"));
        }

        SelectionResult Selected(double variety) =>
            StorySamples.Select([.. politics, .. sport], options: new SelectionOptions { MinArticles = 0, Variety = variety });
    }

    [Fact]
    public void A_pinned_story_is_taken_however_alike_it_is()
    {
        var stories = Enumerable.Range(1, 14).Select(
            number => StorySamples.Story($"politics {number}", 20, desk: new Desk(Pinned: number > 4)) with { Section = "Politics" });

        var selected = StorySamples.Select(
            [.. stories, .. StorySamples.Filler(5, 1)], options: new SelectionOptions { MinArticles = 0, Variety = 1 });

        Assert.All(selected.Items, item => Assert.True(item.Story.Desk.Pinned));
        Assert.Equal(10, selected.Items.Count);
    }

    [Fact]
    public void A_publication_with_one_feed_and_one_section_is_not_capped()
    {
        var stories = StorySamples.Filler(10).Select(story => story with { Source = "only", Section = "News" }).ToList();

        Assert.Equal(10, StorySamples.Select(stories).Items.Count);
    }

    [Fact]
    public void Stories_without_a_section_are_not_capped_together()
    {
        Assert.Equal(
            9, StorySamples.Select([.. StorySamples.Filler(8), StorySamples.Story("sport") with { Section = "Sport" }]).Items.Count);
    }

    [Fact]
    public void A_pin_stands_above_a_cap_and_takes_a_place_in_it()
    {
        var stories = Enumerable.Range(1, 3)
            .Select(number => StorySamples.Story($"agency {number}", 1, desk: new Desk(Pinned: number < 3)) with { Source = "agency" });

        var selected = StorySamples.Select(
            [.. stories, .. StorySamples.Filler(2)], options: new SelectionOptions { MinArticles = 0, MinStories = 1, MaxPerSource = 1 });

        Assert.Equal(4, selected.Items.Count);
        Assert.Equal(2, selected.Items.Count(item => item.Story.Source == "agency"));
    }

    [Fact]
    public void The_list_of_those_passed_over_is_bounded_and_best_first()
    {
        var selected =
            StorySamples.Select(
                [.. Enumerable.Range(0, 200).Select(number => StorySamples.Story($"story {number}", number / 10.0))],
                options: new SelectionOptions { Variety = 0 });

        Assert.Equal(SelectionResult.MaxPassedOver, selected.PassedOver.Count);
        Assert.Equal(
            selected.PassedOver.Select(passed => passed.Score).OrderDescending(), selected.PassedOver.Select(passed => passed.Score));
        Assert.True(selected.Items[^1].Score >= selected.PassedOver[0].Score);
    }
}

using DailyDigest.Content;
using DailyDigest.Selection;

namespace DailyDigest.Tests.Selection;

public sealed class FoldingTests
{
    private const string Wire = "Storm Ada leaves three dead in Brittany, officials say";

    [Theory]
    [InlineData(Wire, "STORM ADA LEAVES THREE DEAD IN BRITTANY, OFFICIALS SAY")]
    [InlineData(Wire, "Storm Ada leaves three dead in Brittany — officials say")]
    [InlineData(Wire, "Storm Ada leaves three dead in Brittany")]
    [InlineData(Wire, "UPDATE 1-Storm Ada leaves three dead in Brittany, officials say")]
    [InlineData("Storm Ada leaves three dead in Brittany", "Storm Ada leaves three dead in Brittany - The Daily Star")]
    [InlineData("Élection à Nîmes : l’opposition gagne la mairie", "Election a Nimes: l'opposition gagne la mairie")]
    [InlineData("Μεγάλη φωτιά στους δρόμους της Αθήνας", "ΜΕΓΑΛΗ ΦΩΤΙΑ ΣΤΟΥΣ ΔΡΟΜΟΥΣ ΤΗΣ ΑΘΗΝΑΣ")]
    [InlineData("البرلمان يقرّ موازنة العام الجديد بأغلبية كبيرة", "البرلمان يقر مـوازنـة العام الجديد باغلبية كبيرة")]
    [InlineData("ارتفاع أسعار القمح 12 في المئة خلال شهر", "ارتفاع اسعار القمح ١٢ في المئة خلال شهر")]
    [InlineData("ＡＢＣ株式会社が新型ロケットを発表", "ABC株式会社が新型ロケットを発表")]
    [InlineData("Fire in Paris", "Fire in Paris!")]
    public void Near_identical_titles_are_one_piece_of_news(string one, string other)
    {
        var selected =
            StorySamples.Select([StorySamples.Titled(one, "one"), StorySamples.Titled(other, "other"), .. StorySamples.Filler(2)]);

        Assert.Equal(3, selected.Items.Count);
        Assert.Single(selected.PassedOver, passed => passed.Reason.StartsWith("the same news as", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("Man bites dog in front of town hall", "Dog bites man in front of burning bakery")]
    [InlineData("Weather in Paris: sun and light wind", "Weather in London: rain and heavy clouds")]
    [InlineData("The week in pictures: number 12 of 2026", "The week in pictures: number 13 of 2026")]
    [InlineData("Fire in Paris", "Fire in Rome")]
    [InlineData("البرلمان يقر موازنة العام الجديد", "البرلمان يرفض قانون الانتخابات الجديد")]
    [InlineData("नई दिल्ली में किताब मेला शुरू", "नई दिल्ली में काम मिला शुरुआत")]
    [InlineData("🔥🔥🔥", "🎉🎉")]
    [InlineData("\ud83d broken \udc00 text in the title here", "another story with half \ud83d a surrogate pair")]
    public void Different_news_stay_apart(string one, string other)
    {
        Assert.Equal(2, StorySamples.Select([StorySamples.Titled(one, "one"), StorySamples.Titled(other, "other")]).Items.Count);
    }

    [Fact]
    public void Reworded_titles_are_folded_if_the_summaries_agree()
    {
        const string Summary = "The river burst its banks on Monday night and rescue crews were still searching the valley at dawn.";
        var one = StorySamples.Titled("Storm Ada: three dead in Brest after floods", "one", Summary);
        var other = StorySamples.Titled("Three dead as rivers burst in Brest in storm Ada", "other", Summary + " More follows.");
        var apart =
            StorySamples.Titled(other.Title, "apart", "Insurers count the cost while ministers promise help for those who lost homes.");

        Assert.Single(StorySamples.Select([one, other]).Items);
        Assert.Equal(2, StorySamples.Select([one, apart]).Items.Count);
    }

    [Fact]
    public void A_new_count_is_news_although_the_summaries_agree()
    {
        const string Summary = "The river burst its banks on Monday night and rescue crews were still searching the valley at dawn.";

        Assert.Equal(2, StorySamples.Select(
        [
            StorySamples.Titled("Storm Ada: three dead in Brest after floods", "one", Summary),
            StorySamples.Titled("Storm Ada: five dead in Brest after floods", "other", Summary),
        ]).Items.Count);
    }

    [Fact]
    public void The_best_stands_for_the_cluster_and_the_others_are_named()
    {
        var first = StorySamples.Titled(Wire, "first", hoursAgo: 9) with { Source = "wire" };
        var voted = StorySamples.Titled(Wire, "voted", hoursAgo: 6) with { Source = "daily", Signals = new Signals(Votes: 300) };
        var third = StorySamples.Titled(Wire, "third", hoursAgo: 2) with { Source = "evening" };

        var item = Assert.Single(StorySamples.Select([third, voted, first]).Items);

        Assert.Equal(voted.Id, item.Story.Id);
        Assert.Equal(["evening", "wire"], item.AlsoIn);
        Assert.Equal(first.Id, item.Cluster);
        Assert.Equal(
            first.Id, Assert.Single(StorySamples.Select([third, voted, first with { Desk = new Desk(Pinned: true) }]).Items).Story.Id);
    }

    [Fact]
    public void A_cluster_keeps_its_id_when_a_later_copy_joins_and_wins()
    {
        var first = StorySamples.Titled(Wire, "first", hoursAgo: 9);
        var later = StorySamples.Titled(Wire, "later", hoursAgo: 1) with { Signals = new Signals(Votes: 900) };

        Assert.Equal(StorySamples.Select([first]).Items[0].Cluster, StorySamples.Select([later, first]).Items[0].Cluster);
    }

    [Fact]
    public void Every_copy_is_remembered_with_the_item()
    {
        var copies = new[] { StorySamples.Titled(Wire, "one"), StorySamples.Titled(Wire, "two"), StorySamples.Titled(Wire, "three") };

        var selected = StorySamples.Select([.. copies, StorySamples.Story("else")]);

        Assert.Equal(4, selected.ToRemember.Count);
        Assert.Equal(copies.Select(copy => copy.Id).Order(),
            selected.ToRemember.Where(sent => sent.Title == Wire).Select(sent => sent.StoryId).Order());
        Assert.Equal(2, selected.ToRemember.Select(sent => sent.Cluster).Distinct().Count());
    }

    [Fact]
    public void There_is_no_chain_from_one_piece_of_news_to_another()
    {
        // Each story is like the next, but the first is unlike the last. A folded story must be like the story that represents it.
        string[] words = [.. Enumerable.Range(0, 40).Select(number => $"word{(char)('a' + (number % 26))}{(char)('a' + (number / 26))}")];
        var stories = Enumerable.Range(0, 20).Select(
            number => StorySamples.Titled(string.Join(' ', words.Skip(number).Take(16)), $"link {number}", hoursAgo: number)).ToList();

        var selected = StorySamples.Select(stories, options: new SelectionOptions { MinArticles = 0, MaxArticles = 100 });

        Assert.InRange(selected.Items.Count, 3, 19);
        foreach (var item in selected.Items)
        {
            var print = TitleFingerprint.Of(item.Story);
            Assert.All(
                selected.Items.Where(other => other != item), other => Assert.False(print.IsSameNewsAs(TitleFingerprint.Of(other.Story))));
            Assert.All(
                selected.ToRemember.Where(sent => sent.Cluster == item.Cluster),
                sent => Assert.True(
                    sent.StoryId == item.Story.Id || print.IsSameNewsAs(TitleFingerprint.Of(sent.Title, sent.Summary, sent.Source))));
        }
    }

    [Fact]
    public void The_index_finds_what_comparing_all_with_all_finds()
    {
        var random = new Random(20261103);
        string[] words = ["storm", "ada", "three", "dead", "in", "brest", "floods", "after", "mayor", "says", "12", "13", "train"];
        var stories = Enumerable.Range(0, 300).Select(number => StorySamples.Titled(
            string.Join(' ', Enumerable.Range(0, random.Next(1, 9)).Select(_ => words[random.Next(words.Length)])), $"s{number}",
            hoursAgo: number / 20.0)).ToList();

        var selected =
            StorySamples.Select(stories, options: new SelectionOptions { MinArticles = 0, MaxArticles = 1_000 });

        // With nothing but age to tell them apart, the youngest come first: the plain way is to take each that is like none taken before.
        var plain = new List<TitleFingerprint>();
        foreach (var print in stories.Select(TitleFingerprint.Of))
        {
            if (!plain.Exists(taken => taken.IsSameNewsAs(print)))
            {
                plain.Add(print);
            }
        }

        Assert.Equal(plain.Select(print => print.Title), selected.Items.Select(item => item.Story.Title));
        Assert.InRange(plain.Count, 50, 290);
    }
}

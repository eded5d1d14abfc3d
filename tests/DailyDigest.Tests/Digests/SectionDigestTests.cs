using DailyDigest.Calendar;
using DailyDigest.Digests;
using DailyDigest.Runs;
using DailyDigest.Selection;
using DailyDigest.Subscribers;
using DailyDigest.Tests.Fixtures;

namespace DailyDigest.Tests.Digests;

/// <summary>The digests of readers who chose sections.</summary>
public sealed class SectionDigestTests
{
    private static readonly string Home = new Cohort(DeliveryFixture.Utc, 7, Rhythm.Daily).Key;

    [Fact]
    public async Task Readers_of_a_section_get_its_best_from_the_whole_pool()
    {
        var fixture = new DeliveryFixture(("Selection:MaxArticles", "3"));
        var everything = await fixture.SubscribeAsync();
        var sport = await fixture.SubscribeAsync(sections: "sport");
        var titles = await PublishAsync(fixture, "sport", 5);
        fixture.Advance(TimeSpan.FromHours(1));
        var news = await PublishAsync(fixture, "news", 3);
        await DayAsync(fixture, 2);

        Assert.Equal(news.Order(), Subjects(fixture, everything).Single().Split('|').Order());
        var got = Subjects(fixture, sport).Single().Split('|');
        Assert.Equal(3, got.Length);
        Assert.Subset(titles.ToHashSet(), got.ToHashSet());
    }

    [Fact]
    public async Task The_cap_of_a_section_makes_room_for_the_others_that_were_chosen()
    {
        var fixture = new DeliveryFixture(("Selection:MaxPerSection", "2"));
        var two = await fixture.SubscribeAsync(sections: ["sport", "news"]);
        var one = await fixture.SubscribeAsync(sections: "SPORT");
        await PublishAsync(fixture, "sport", 5);
        await PublishAsync(fixture, "news", 5);
        await DayAsync(fixture, 2);

        Assert.Equal(4, Subjects(fixture, two).Single().Split('|').Length);
        Assert.Equal(5, Subjects(fixture, one).Single().Split('|').Length);
    }

    [Fact]
    public async Task Nothing_is_repeated_on_the_following_days_and_nothing_is_left_out()
    {
        var fixture = new DeliveryFixture(("Selection:MaxArticles", "3"));
        var sport = await fixture.SubscribeAsync(sections: "sport");
        var all = await fixture.SubscribeAsync();
        var published = new List<string>();
        for (var day = 2; day <= 5; day++)
        {
            published.AddRange(await PublishAsync(fixture, "sport", 2));
            await PublishAsync(fixture, "news", 2);
            await DayAsync(fixture, day);
        }

        var got = Subjects(fixture, sport).SelectMany(subject => subject.Split('|')).ToList();
        Assert.Equal(published.Order(), got.Order());
        var whole = Subjects(fixture, all).SelectMany(subject => subject.Split('|')).ToList();
        Assert.Equal(whole.Count, whole.Distinct().Count());
    }

    [Fact]
    public async Task Too_little_in_the_sections_waits_for_the_next_day()
    {
        var fixture = new DeliveryFixture(("Selection:MinStories", "3"));
        var sport = await fixture.SubscribeAsync(sections: "sport");
        var all = await fixture.SubscribeAsync();
        var early = await PublishAsync(fixture, "sport", 2);
        await PublishAsync(fixture, "news", 3);
        await DayAsync(fixture, 2);
        Assert.Equal((DeliveryState.Empty, "too little in the chosen sections"),
            (fixture.Delivery(sport).State, fixture.Delivery(sport).Reason));
        Assert.Equal(DeliveryState.Sent, fixture.Delivery(all).State);

        var late = await PublishAsync(fixture, "sport", 1);
        await PublishAsync(fixture, "news", 3);
        await DayAsync(fixture, 3);
        Assert.Equal(early.Concat(late).Order(), Subjects(fixture, sport).Single().Split('|').Order());
    }

    [Fact]
    public async Task Readers_who_choose_sections_now_are_not_sent_again_what_they_had()
    {
        var fixture = new DeliveryFixture(("Selection:LateHours", "100"));
        var reader = await fixture.SubscribeAsync();
        var had = await PublishAsync(fixture, "sport", 2);
        await DayAsync(fixture, 2);
        await PinAsync(fixture);
        await fixture.Program.Get<ChangeSubscriber>().ExecuteAsync(
            reader, person => person! with { Sections = ["sport"] }, DeliveryFixture.Cancellation);
        var fresh = await PublishAsync(fixture, "sport", 1);
        await DayAsync(fixture, 3);

        var subjects = Subjects(fixture, reader);
        Assert.Equal(had.Order(), subjects[0].Split('|').Order());
        Assert.Equal(fresh, subjects[1].Split('|'));
    }

    /// <summary>Another reader had chosen the set already, and its digest was empty: the stories waited for more.</summary>
    [Fact]
    public async Task A_set_that_was_empty_is_not_sent_what_a_reader_who_joins_it_had()
    {
        var fixture = new DeliveryFixture(("Selection:MinStories", "3"), ("Selection:LateHours", "100"));
        var sport = await fixture.SubscribeAsync(sections: "sport");
        var reader = await fixture.SubscribeAsync();
        var had = await PublishAsync(fixture, "sport", 2);
        await PublishAsync(fixture, "news", 3);
        await DayAsync(fixture, 2);
        Assert.Equal(DeliveryState.Empty, fixture.Delivery(sport).State);
        Assert.Subset(Subjects(fixture, reader).Single().Split('|').ToHashSet(), had.ToHashSet());

        await fixture.Program.Get<ChangeSubscriber>().ExecuteAsync(
            reader, person => person! with { Sections = ["Sport"] }, DeliveryFixture.Cancellation);
        var fresh = await PublishAsync(fixture, "sport", 3);
        await DayAsync(fixture, 3);
        Assert.Equal(fresh.Order(), Subjects(fixture, reader)[1].Split('|').Order());
        Assert.Equal(fresh.Order(), Subjects(fixture, sport).Single().Split('|').Order());
    }

    [Fact]
    public async Task A_reader_of_sections_who_moves_to_a_new_hour_is_not_sent_a_story_again()
    {
        var fixture = new DeliveryFixture(("Selection:MaxArticles", "2"));
        var reader = await fixture.SubscribeAsync(hour: 18, sections: "sport");
        fixture.GoTo(2, 10);
        await PublishAsync(fixture, "sport", 2);
        fixture.Advance(TimeSpan.FromHours(1));
        await PublishAsync(fixture, "news", 2);
        fixture.GoTo(2, 18);
        await fixture.Program.RunOnceAsync();
        await fixture.Program.Get<ChangeSubscriber>().ExecuteAsync(
            reader, person => person! with { Hour = 9 }, DeliveryFixture.Cancellation);
        var fresh = await PublishAsync(fixture, "sport", 1);
        fixture.GoTo(3, 9);
        await fixture.Program.RunOnceAsync();

        Assert.Equal(2, Subjects(fixture, reader).Count);
        Assert.Equal(fresh, Subjects(fixture, reader)[1].Split('|'));
    }

    [Fact]
    public async Task Readers_of_the_same_sections_get_the_same_mail_also_hours_later()
    {
        var fixture = new DeliveryFixture();
        var readers = new List<string>();
        for (var i = 0; i < 3; i++)
        {
            readers.Add(await fixture.SubscribeAsync(sections: i == 1 ? ["news", "sport"] : ["Sport", "News"]));
        }

        await PublishAsync(fixture, "sport", 2);
        fixture.Relay.AnswerWith(mail => mail.To.Value == DeliveryFixture.Address(readers[0]) ? ScriptedRelay.Ok : ScriptedRelay.Later);
        await DayAsync(fixture, 2);
        await PublishAsync(fixture, "sport", 1);
        fixture.Relay.AnswerWith(_ => ScriptedRelay.Ok);
        await fixture.RunAsync(TimeSpan.FromHours(2));

        Assert.All(readers, reader => Assert.Equal(DeliveryState.Sent, fixture.Delivery(reader).State));
        Assert.Single(fixture.Relay.Inbox.Select(seen => seen.Subject).Distinct());
        Assert.Single(await fixture.Program.Get<DigestStore>().ListChosenAsync(
            fixture.Today, Home, 10, DeliveryFixture.Cancellation));
    }

    [Fact]
    public async Task Many_sets_of_sections_read_the_pool_once_a_part()
    {
        var fixture = new DeliveryFixture();
        foreach (var section in new[] { "a", "b", "c", "d", "e", "f" })
        {
            await PublishAsync(fixture, section, 1);
            await fixture.SubscribeAsync(sections: section);
            await fixture.SubscribeAsync(sections: [section, "a"]);
        }

        var readings = 0;
        fixture.Program.Plan.Before = call =>
        {
            readings += call is { Operation: "Query", Place: DailyDigest.Storage.Tables.Stories, Partition: "2026-03-02" } ? 1 : 0;
            return Task.CompletedTask;
        };
        await DayAsync(fixture, 2);
        Assert.Equal(11, (await fixture.Program.Get<DigestStore>().ListChosenAsync(
            fixture.Today, Home, 100, DeliveryFixture.Cancellation)).Count);
        Assert.Equal(2, readings);
    }

    [Fact]
    public async Task A_crash_between_the_choice_and_its_history_repeats_nothing()
    {
        var fixture = new DeliveryFixture(("Selection:LateHours", "100"));
        var sport = await fixture.SubscribeAsync(sections: "sport");
        await PublishAsync(fixture, "sport", 2);
        var key = new StoryChoice(["sport"], []).DigestKey(Home);
        fixture.Program = fixture.Start();
        fixture.Program.Plan.Before = call =>
            call is { Operation: "Write", Place: DailyDigest.Storage.Tables.SentStories } && call.Partition == key
            ? throw new DailyDigest.Storage.StorageException("The store is gone.")
            : Task.CompletedTask;
        fixture.GoTo(2, 7);
        await fixture.Program.RunOnceAsync();
        Assert.Empty(fixture.Relay.Inbox);
        fixture.Program = fixture.Start();
        await fixture.RunAsync(TimeSpan.FromMinutes(30));
        Assert.Single(Subjects(fixture, sport));

        var fresh = await PublishAsync(fixture, "sport", 1);
        await DayAsync(fixture, 3);
        Assert.Equal(fresh, Subjects(fixture, sport)[1].Split('|'));
    }

    private static async Task PinAsync(DeliveryFixture fixture)
    {
        var stories = fixture.Program.Get<DailyDigest.Content.StoryStore>();
        var range = await stories.RangeAsync(fixture.Today, fixture.Today, DeliveryFixture.Cancellation);
        foreach (var story in range.Stories)
        {
            await stories.DeskAsync(story.Id, desk => desk with { Pinned = true }, DeliveryFixture.Cancellation);
        }
    }

    private static async Task<IReadOnlyList<string>> PublishAsync(DeliveryFixture fixture, string section, int count)
    {
        var titles = new List<string>();
        for (var i = 0; i < count; i++)
        {
            titles.Add(await fixture.PublishAsync(section));
        }

        return titles;
    }

    private static async Task DayAsync(DeliveryFixture fixture, int day)
    {
        fixture.GoTo(day, 7);
        await fixture.Program.RunOnceAsync();
    }

    private static IReadOnlyList<string> Subjects(DeliveryFixture fixture, string reader) =>
        [.. fixture.Relay.Inbox.Where(seen => seen.To == DeliveryFixture.Address(reader)).Select(seen => seen.Subject)];
}

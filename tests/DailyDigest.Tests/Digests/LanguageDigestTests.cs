using DailyDigest.Calendar;
using DailyDigest.Content;
using DailyDigest.Digests;
using DailyDigest.Runs;
using DailyDigest.Selection;
using DailyDigest.Settings;
using DailyDigest.Subscribers;
using DailyDigest.Testing.Storage;
using DailyDigest.Tests.Fixtures;

namespace DailyDigest.Tests.Digests;

/// <summary>The digests of a publication with stories in English and Arabic.</summary>
public sealed class LanguageDigestTests
{
    private static readonly string Home = new Cohort(DeliveryFixture.Utc, 7, Rhythm.Daily).Key;

    private static CancellationToken Cancellation => DeliveryFixture.Cancellation;

    [Fact]
    public async Task Each_reader_gets_the_stories_of_their_language()
    {
        var fixture = Fixture();
        var (english, arabic) = (await fixture.SubscribeAsync(), await fixture.SubscribeAsync(language: "ar"));
        var both = await fixture.SubscribeAsync();
        await ChooseAsync(fixture, both, "ar", "en");
        var (en, ar) = await PublishAsync(fixture, 3, 2);
        var unlabelled = await fixture.PublishAsync();
        await DayAsync(fixture, 2);

        Assert.Equal(en.Append(unlabelled).Order(), Got(fixture, english).Order());
        Assert.Equal(ar.Order(), Got(fixture, arabic).Order());
        Assert.Equal(en.Concat(ar).Append(unlabelled).Order(), Got(fixture, both).Order());
    }

    [Fact]
    public async Task A_publication_that_mixes_sends_every_reader_the_same_stories()
    {
        var fixture = Fixture(("Selection:MixLanguages", "true"));
        var (english, arabic) = (await fixture.SubscribeAsync(), await fixture.SubscribeAsync(language: "ar"));
        await ChooseAsync(fixture, english, "en");
        var (en, ar) = await PublishAsync(fixture, 2, 2);
        await DayAsync(fixture, 2);

        Assert.Equal(en.Concat(ar).Order(), Got(fixture, english).Order());
        Assert.Equal(Got(fixture, english), Got(fixture, arabic));
        Assert.Empty(await ChosenAsync(fixture));
    }

    [Fact]
    public async Task Readers_of_a_language_without_any_story_get_all_stories()
    {
        var fixture = Fixture();
        var (english, arabic) = (await fixture.SubscribeAsync(), await fixture.SubscribeAsync(language: "ar"));
        var (en, _) = await PublishAsync(fixture, 3, 0);
        await DayAsync(fixture, 2);

        Assert.Equal(en.Order(), Got(fixture, english).Order());
        Assert.Equal(en.Order(), Got(fixture, arabic).Order());
    }

    [Fact]
    public async Task A_publication_with_one_language_has_one_digest_with_all_stories()
    {
        var fixture = Fixture(("Publication:Languages:1", "en-GB"));
        var reader = await fixture.SubscribeAsync(language: "ar");
        var (en, ar) = await PublishAsync(fixture, 2, 2);
        await DayAsync(fixture, 2);

        Assert.Equal(en.Concat(ar).Order(), Got(fixture, reader).Order());
        Assert.Empty(await ChosenAsync(fixture));
    }

    [Fact]
    public async Task Too_little_in_one_language_is_recorded_and_waits_for_the_next_day()
    {
        var fixture = Fixture(("Selection:MinStories", "3"));
        var (english, arabic) = (await fixture.SubscribeAsync(), await fixture.SubscribeAsync(language: "ar"));
        var (_, early) = await PublishAsync(fixture, 3, 2);
        await DayAsync(fixture, 2);
        Assert.Equal(DeliveryState.Sent, fixture.Delivery(english).State);
        Assert.Equal((DeliveryState.Empty, "too little in ar"), (fixture.Delivery(arabic).State, fixture.Delivery(arabic).Reason));
        Assert.Contains((await ChosenAsync(fixture)), digest => digest is { Languages: ["ar"], Skipped: { Length: > 0 } });

        // The digest of all has one new story, which is too few. That of Arabic has three.
        var (_, late) = await PublishAsync(fixture, 0, 1);
        await DayAsync(fixture, 3);
        Assert.Equal(early.Concat(late).Order(), Got(fixture, arabic).Order());
        Assert.Equal((DeliveryState.Empty, "too little in en"), (fixture.Delivery(english).State, fixture.Delivery(english).Reason));
    }

    [Fact]
    public async Task A_day_with_too_little_in_every_language_is_skipped()
    {
        var fixture = Fixture(("Selection:MinStories", "3"));
        await fixture.SubscribeAsync(language: "ar");
        await PublishAsync(fixture, 1, 1);
        await DayAsync(fixture, 2);

        Assert.Equal(RunState.Skipped, (await fixture.RunOfAsync(fixture.Today))!.State);
        Assert.Empty(fixture.Relay.Inbox);
    }

    [Fact]
    public async Task Nothing_is_repeated_after_a_release_that_mixed_the_languages()
    {
        var before = Fixture(("Selection:MixLanguages", "true"), ("Selection:LateHours", "100"));
        var (english, arabic) = (await before.SubscribeAsync(), await before.SubscribeAsync(language: "ar"));
        await PublishAsync(before, 2, 2);
        await DayAsync(before, 2);
        var old = before.Tables.Everything.Single(one => one.Table == Storage.Tables.Digests);
        Assert.Equal(Home, old.Row.Key);

        // Pinned stories stay candidates for a week, so only the history keeps them out.
        await PinAsync(before);
        before.Set(("Selection:MixLanguages", "false"));
        before.Program = before.Start();
        var (en, ar) = await PublishAsync(before, 1, 1);
        await DayAsync(before, 3);
        Assert.Equal(en, Got(before, english, 1));
        Assert.Equal(ar, Got(before, arabic, 1));
    }

    [Fact]
    public async Task A_reader_of_both_languages_who_chooses_one_is_not_sent_a_story_again()
    {
        var fixture = Fixture(("Selection:LateHours", "100"));
        var (english, both) = (await fixture.SubscribeAsync(), await fixture.SubscribeAsync());
        await ChooseAsync(fixture, both, "en", "ar");
        await PublishAsync(fixture, 2, 2);
        await DayAsync(fixture, 2);
        await PinAsync(fixture);
        await ChooseAsync(fixture, both, "en");
        var (en, _) = await PublishAsync(fixture, 1, 0);
        await DayAsync(fixture, 3);

        Assert.Equal(en, Got(fixture, both, 1));
        Assert.Equal(en, Got(fixture, english, 1));
    }

    [Fact]
    public async Task A_reader_who_adds_a_section_to_their_language_is_not_sent_a_story_again()
    {
        var fixture = Fixture(("Selection:LateHours", "100"), ("Selection:MaxArticles", "2"));
        var reader = await fixture.SubscribeAsync();
        await fixture.PublishAsync("sport", "en");
        await fixture.PublishAsync("sport", "en");
        await PublishAsync(fixture, 0, 2);
        await DayAsync(fixture, 2);
        Assert.Equal(2, Got(fixture, reader).Length);
        await PinAsync(fixture);
        await fixture.Program.Get<ChangeSubscriber>().ExecuteAsync(reader, person => person! with { Sections = ["sport"] }, Cancellation);
        var fresh = await fixture.PublishAsync("sport", "en");
        await fixture.PublishAsync("sport", "ar");
        await DayAsync(fixture, 3);

        Assert.Equal([fresh], Got(fixture, reader, 1));
    }

    [Fact]
    public async Task A_reader_who_moves_to_an_hour_that_others_opened_is_not_sent_a_story_again()
    {
        var fixture = Fixture(("Selection:LateHours", "100"));
        var (english, arabic) = (await fixture.SubscribeAsync(hour: 9), await fixture.SubscribeAsync(hour: 9, language: "ar"));
        fixture.GoTo(2, 8);
        await PublishAsync(fixture, 2, 2);
        fixture.GoTo(2, 9);
        await fixture.Program.RunOnceAsync();
        foreach (var reader in new[] { english, arabic })
        {
            await fixture.Program.Get<ChangeSubscriber>().ExecuteAsync(reader, person => person! with { Hour = 8 }, Cancellation);
        }

        var (_, ar) = await PublishAsync(fixture, 1, 1);
        fixture.GoTo(3, 8);
        await fixture.Program.RunOnceAsync();
        Assert.Equal(ar, Got(fixture, arabic, 1));
    }

    [Fact]
    public async Task A_stored_choice_of_languages_that_are_not_offered_counts_as_none()
    {
        var fixture = Fixture();
        var reader = await fixture.SubscribeAsync(language: "ar");
        await ChooseAsync(fixture, reader, [.. Enumerable.Range(0, 300).Select(number => $"x{number}"), "<script>", ""]);
        var (_, ar) = await PublishAsync(fixture, 2, 2);
        await DayAsync(fixture, 2);

        Assert.Equal(ar.Order(), Got(fixture, reader).Order());
        Assert.Equal(2, (await ChosenAsync(fixture)).Count);
    }

    [Fact]
    public async Task The_archive_keeps_the_home_digest_of_each_language_also_without_readers()
    {
        var fixture = Fixture();
        await fixture.Program.Get<CohortStore>().EnsureAsync(fixture.Program.Get<Publication>().HomeCohort, Cancellation);
        await PublishAsync(fixture, 2, 1);
        await DayAsync(fixture, 2);

        Assert.Equal(["ar", "en"], (await ChosenAsync(fixture)).SelectMany(digest => digest.Languages).Order());
        Assert.All(await ChosenAsync(fixture), digest => Assert.NotEmpty(digest.Items));
    }

    [Fact]
    public async Task The_same_news_in_two_languages_folds_within_each_only()
    {
        var fixture = Fixture(("Publication:Languages:1", "de"));
        var (english, german) = (await fixture.SubscribeAsync(), await fixture.SubscribeAsync(language: "de"));
        await TitledAsync(fixture, "Eurovision Song Contest Liverpool 2026", "en", "a");
        await TitledAsync(fixture, "Eurovision Song Contest Liverpool 2026", "de", "b");
        await TitledAsync(fixture, "Eurovision Song Contest Liverpool 2026", "de", "c");
        await DayAsync(fixture, 2);

        Assert.Equal("a", Assert.Single((await ChosenAsync(fixture)).Single(one => one.Languages is ["en"]).Items).Story.Source);
        var folded = Assert.Single((await ChosenAsync(fixture)).Single(one => one.Languages is ["de"]).Items);
        Assert.Equal((1, "de"), (folded.AlsoIn.Count, folded.Story.Language));
        Assert.DoesNotContain("a", folded.AlsoIn);
        Assert.Equal((DeliveryState.Sent, DeliveryState.Sent), (fixture.Delivery(english).State, fixture.Delivery(german).State));
    }

    /// <summary>The program is stopped after every write of two days, and started again.</summary>
    [Fact]
    public async Task Stopped_at_any_write_each_reader_gets_their_language_and_no_story_twice()
    {
        for (var write = 1; ; write++)
        {
            var fixture = Fixture(("Selection:LateHours", "100"));
            var (english, arabic) = (await fixture.SubscribeAsync(), await fixture.SubscribeAsync(language: "ar"));
            var first = await PublishAsync(fixture, 2, 2);
            var plan = new FaultPlan { StopAfter = write };
            fixture.Program = fixture.Start(plan);
            fixture.GoTo(2, 7);
            try
            {
                await fixture.RunAsync(TimeSpan.FromMinutes(2));
            }
            catch (Exception) when (plan.Stopped)
            {
                // The next program goes on.
            }

            fixture.Program = fixture.Start();
            await fixture.RunAsync(TimeSpan.FromMinutes(30));
            Assert.Equal((DeliveryState.Sent, DeliveryState.Sent), (fixture.Delivery(english).State, fixture.Delivery(arabic).State));
            Assert.Single((await fixture.Program.Get<RunStore>().ListAsync(fixture.Today, Cancellation)), run => run.Cohort == Home);
            await PinAsync(fixture);
            var second = await PublishAsync(fixture, 1, 1);
            await DayAsync(fixture, 3);
            foreach (var (reader, early, late) in new[] { (english, first.En, second.En), (arabic, first.Ar, second.Ar) })
            {
                var mails = fixture.Relay.Inbox.Where(seen => seen.To == DeliveryFixture.Address(reader))
                    .Select(seen => seen.Subject).ToList();
                Assert.Equal(early.Order(), mails[0].Split('|').Order());
                Assert.Equal(late, mails[^1].Split('|'));
                Assert.Equal(2, mails.Distinct().Count());
                Assert.InRange(mails.Count, 2, 3);
            }

            if (!plan.Stopped)
            {
                Assert.InRange(write, 10, 500);
                return;
            }
        }
    }

    private static DeliveryFixture Fixture(params (string Name, string Value)[] settings) =>
        new([("Selection:MixLanguages", "false"), ("Publication:Languages:1", "ar"), .. settings]);

    private static async Task ChooseAsync(DeliveryFixture fixture, string reader, params string[] languages) =>
        await fixture.Program.Get<ChangeSubscriber>().ExecuteAsync(
            reader, person => person! with { StoryLanguages = languages }, Cancellation);

    private static async Task<(string[] En, string[] Ar)> PublishAsync(DeliveryFixture fixture, int english, int arabic)
    {
        var (en, ar) = (new List<string>(), new List<string>());
        for (var i = 0; i < english; i++)
        {
            en.Add(await fixture.PublishAsync(language: i % 2 == 0 ? "en-GB" : "en"));
        }

        for (var i = 0; i < arabic; i++)
        {
            ar.Add(await fixture.PublishAsync(language: "ar"));
        }

        return ([.. en], [.. ar]);
    }

    private static async Task TitledAsync(DeliveryFixture fixture, string title, string language, string source) =>
        await fixture.Program.Get<StoryStore>().UpsertAsync(
            new Story
            {
                Id = StoryId.From($"https://{source}.example.com/1"),
                Kind = StoryKind.Article,
                Url = $"https://{source}.example.com/1",
                Title = title,
                Language = language,
                Source = source,
                Published = fixture.Time.GetUtcNow(),
                FirstSeen = fixture.Time.GetUtcNow(),
            },
            Cancellation);

    private static async Task PinAsync(DeliveryFixture fixture)
    {
        var stories = fixture.Program.Get<StoryStore>();
        foreach (var story in (await stories.RangeAsync(fixture.Today, fixture.Today, Cancellation)).Stories)
        {
            await stories.DeskAsync(story.Id, desk => desk with { Pinned = true }, Cancellation);
        }
    }

    private static async Task DayAsync(DeliveryFixture fixture, int day)
    {
        fixture.GoTo(day, 7);
        await fixture.Program.RunOnceAsync();
    }

    private static Task<IReadOnlyList<Digest>> ChosenAsync(DeliveryFixture fixture) =>
        fixture.Program.Get<DigestStore>().ListChosenAsync(fixture.Today, Home, 100, Cancellation);

    private static string[] Got(DeliveryFixture fixture, string reader, int mail = 0) =>
        fixture.Relay.Inbox.Where(seen => seen.To == DeliveryFixture.Address(reader)).ElementAt(mail).Subject.Split('|');
}

using DailyDigest.Calendar;
using DailyDigest.Content;
using DailyDigest.Digests;
using DailyDigest.Edits;
using DailyDigest.Selection;
using DailyDigest.Storage;
using DailyDigest.Tests.Fixtures;

namespace DailyDigest.Tests.Edits;

public sealed class EditDigestTests
{
    private static readonly DateOnly Tomorrow = new(2026, 3, 2);
    private readonly DeliveryFixture fixture = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private EditStore Store => fixture.Program.Get<EditStore>();

    [Fact]
    public async Task A_pin_puts_a_story_at_the_top_of_that_date_only()
    {
        var ids = await PublishAsync(3);
        var last = (await ChooseAsync())[^1].Story.Id;

        await EditAsync(edits => edits.With(last, edit => edit with { Pinned = true }));

        var items = await ChooseAsync();
        Assert.Equal(last, items[0].Story.Id);
        Assert.Contains("pinned by the desk", items[0].Reasons);
        Assert.NotEqual(last, (await ChooseAsync(Tomorrow.AddDays(1)))[0].Story.Id);
        Assert.Equal(ids.Count, items.Count);
    }

    [Fact]
    public async Task A_dropped_story_is_out_of_the_digest_of_that_date()
    {
        await PublishAsync(3);
        var first = (await ChooseAsync())[0].Story.Id;

        await EditAsync(edits => edits.With(first, edit => edit with { Dropped = true }));

        Assert.DoesNotContain(await ChooseAsync(), item => item.Story.Id == first);
        Assert.Contains(await ChooseAsync(Tomorrow.AddDays(1)), item => item.Story.Id == first);
    }

    [Fact]
    public async Task The_stories_stand_in_the_editors_order()
    {
        await PublishAsync(4);
        var order = (await ChooseAsync()).Select(item => item.Story.Id).Reverse().ToList();

        await EditAsync(edits => edits with { Order = order });

        var items = await ChooseAsync();
        Assert.Equal(order, items.Select(item => item.Story.Id));
        Assert.Contains("placed by the desk", items[0].Reasons);
    }

    [Fact]
    public async Task A_story_that_came_after_the_order_keeps_the_place_of_its_score()
    {
        await PublishAsync(3);
        var order = (await ChooseAsync()).Select(item => item.Story.Id).Reverse().ToList();
        await EditAsync(edits => edits with { Order = order });

        await PublishAsync(1);

        var now = (await ChooseAsync()).Select(item => item.Story.Id).ToList();
        Assert.Equal(4, now.Count);
        Assert.Equal(order, now.Where(order.Contains));
    }

    [Fact]
    public async Task Rewritten_words_are_in_the_digest_and_not_in_the_story()
    {
        await PublishAsync(2);
        var story = (await ChooseAsync())[0].Story;

        await EditAsync(edits => edits.With(story.Id, edit => edit with { Title = "A better title", Summary = "", NoImage = true }));

        var item = (await ChooseAsync())[0];
        Assert.Equal(("A better title", "", null), (item.Story.Title, item.Story.Summary, item.Story.Image));
        Assert.Contains("title written by the desk", item.Reasons);
        Assert.Equal(story.Title, (await fixture.Program.Get<StoryStore>().FindAsync(story.Id, Cancellation))!.Title);
        Assert.Contains(
            (await DigestAsync(Tomorrow)).ToRemember, sent => sent.StoryId == story.Id && sent.Title == story.Title);
    }

    [Fact]
    public async Task The_second_editor_learns_that_the_first_has_changed_it()
    {
        var ids = await PublishAsync(2);
        var seen = await Store.GetAsync(Tomorrow, Cancellation);
        await EditAsync(edits => edits.With(ids[0], edit => edit with { Pinned = true }));

        var second = await EditAsync(edits => edits.With(ids[1], edit => edit with { Dropped = true }), seen.ETag);

        var now = Assert.IsType<EditOutcome.ChangedMeanwhile>(second).Now;
        Assert.True(now.Of(ids[0]).Pinned);
        Assert.False((await Store.GetAsync(Tomorrow, Cancellation)).Of(ids[1]).Dropped);
    }

    [Fact]
    public async Task Of_two_editors_at_once_one_learns_that_the_other_was_first()
    {
        var ids = await PublishAsync(2);

        var outcomes = await Task.WhenAll(ids.Select(id => EditAsync(edits => edits.With(id, edit => edit with { Pinned = true }), null)));

        Assert.Single(outcomes.OfType<EditOutcome.Stored>());
        Assert.Single(outcomes.OfType<EditOutcome.ChangedMeanwhile>());
        Assert.Single((await Store.GetAsync(Tomorrow, Cancellation)).Stories);
    }

    [Fact]
    public async Task Every_edit_but_the_consent_removes_the_consent()
    {
        var ids = await PublishAsync(2);
        await ApproveAsync(ids);
        Assert.NotNull((await Store.GetAsync(Tomorrow, Cancellation)).Approval);

        await EditAsync(edits => edits.With(ids[0], edit => edit with { Boost = 2 }));

        Assert.Null((await Store.GetAsync(Tomorrow, Cancellation)).Approval);
    }

    [Fact]
    public async Task An_approved_digest_gains_no_story_that_came_later()
    {
        var ids = await PublishAsync(2);
        await ApproveAsync(ids);

        await PublishAsync(1);

        var digest = await DigestAsync(Tomorrow);
        Assert.Equal(ids.Order(), digest.Items.Select(item => item.Story.Id).Order());
        Assert.Equal("not in the digest that was approved", Assert.Single(digest.PassedOver).Reason);
    }

    [Fact]
    public async Task The_consent_to_a_daily_digest_does_not_restrict_a_weekly_one()
    {
        var ids = await PublishAsync(1);
        await ApproveAsync(ids);
        await PublishAsync(1);
        Assert.True(Cohort.TryParse("weekly-monday_07_Etc.UTC", out var weekly));

        var digest = await fixture.Program.Get<PrepareDigest>().ChooseAsync(
            weekly, Tomorrow, StoryChoice.All, fixture.Time.GetUtcNow(), Cancellation);

        Assert.Equal(2, digest.Items.Count);
    }

    public static TheoryData<StoryEdit> WrongEdits =>
    [
        new StoryEdit { Title = "" },
        new StoryEdit { Title = new string('a', 301) },
        new StoryEdit { Title = "two\r\nBcc: lines" },
        new StoryEdit { Summary = new string('a', 601) },
        new StoryEdit { Image = new StoryImage("javascript:alert(1)", "", null, null, null, null) },
        new StoryEdit { Boost = 0 },
        new StoryEdit { Boost = double.NaN },
        new StoryEdit { Boost = 101 },
    ];

    [Theory]
    [MemberData(nameof(WrongEdits), DisableDiscoveryEnumeration = true)]
    public async Task A_wrong_edit_is_refused_and_nothing_is_stored(StoryEdit wrong)
    {
        var ids = await PublishAsync(1);

        var outcome = await EditAsync(edits => edits.With(ids[0], _ => wrong), null);

        Assert.Single(Assert.IsType<EditOutcome.Refused>(outcome).Faults);
        Assert.Null((await Store.GetAsync(Tomorrow, Cancellation)).ETag);
    }

    [Fact]
    public async Task Subjects_and_ids_that_are_wrong_are_refused()
    {
        foreach (var wrong in new Func<DayEdits, DayEdits>[]
        {
            edits => edits.With("en", new EditedTexts("", null)),
            edits => edits.With("en", new EditedTexts("a\nb", null)),
            edits => edits.With("en", new EditedTexts(null, new string('a', 201))),
            edits => edits with { Order = ["../../x"] },
            edits => edits with { Order = [StoryId.From("https://a.example/"), StoryId.From("https://a.example/")] },
            edits => edits with { Order = [.. Enumerable.Range(0, 201).Select(i => StoryId.From($"https://a.example/{i}"))] },
        })
        {
            Assert.IsType<EditOutcome.Refused>(await EditAsync(wrong, null));
        }

        Assert.Null((await Store.GetAsync(Tomorrow, Cancellation)).ETag);
    }

    [Fact]
    public async Task A_stored_row_that_cannot_be_read_counts_as_no_edits_and_can_be_replaced()
    {
        var ids = await PublishAsync(1);
        await fixture.Tables.WriteAsync(
            Tables.Edits, Tomorrow.Text(), TableWrite.Insert(new TableRow("all") { { "json0", new byte[] { 1, 2, 3 } } }), Cancellation);

        Assert.Single(await ChooseAsync());
        var stored = await EditAsync(edits => edits.With(ids[0], edit => edit with { Pinned = true }));

        Assert.IsType<EditOutcome.Stored>(stored);
    }

    private async Task<IReadOnlyList<string>> PublishAsync(int count)
    {
        var before = (await AllAsync()).Select(story => story.Id).ToHashSet();
        for (var i = 0; i < count; i++)
        {
            await fixture.PublishAsync();
            fixture.Advance(TimeSpan.FromMinutes(7));
        }

        return [.. (await AllAsync()).Select(story => story.Id).Where(id => !before.Contains(id))];
    }

    private async Task<IReadOnlyList<Story>> AllAsync() =>
        (await fixture.Program.Get<StoryStore>().RangeAsync(Tomorrow.AddDays(-3), Tomorrow.AddDays(1), Cancellation)).Stories;

    private async Task<IReadOnlyList<DigestItem>> ChooseAsync(DateOnly? date = null) => (await DigestAsync(date ?? Tomorrow)).Items;

    private Task<Digest> DigestAsync(DateOnly date)
    {
        Assert.True(Cohort.TryParse("daily_07_Etc.UTC", out var cohort));
        return fixture.Program.Get<PrepareDigest>().ChooseAsync(cohort, date, StoryChoice.All, fixture.Time.GetUtcNow(), Cancellation);
    }

    private async Task<EditOutcome> EditAsync(Func<DayEdits, DayEdits> change) =>
        await EditAsync(change, (await Store.GetAsync(Tomorrow, Cancellation)).ETag);

    private Task<EditOutcome> EditAsync(Func<DayEdits, DayEdits> change, string? version) =>
        fixture.Program.Get<EditDigest>().ExecuteAsync(Tomorrow, version, change, Cancellation);

    private async Task ApproveAsync(IReadOnlyList<string> items) => Assert.IsType<EditOutcome.Stored>(await EditAsync(
        edits => edits with { Approval = new Approval("Ada", fixture.Time.GetUtcNow(), "daily", items) }));
}

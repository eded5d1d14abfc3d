using DailyDigest.Content;
using DailyDigest.Digests;
using DailyDigest.Edits;
using DailyDigest.Runs;
using DailyDigest.Tests.Fixtures;

namespace DailyDigest.Tests.Clock;

public sealed class ApprovalTests
{
    private static readonly (string, string) Required = ("Approval:Required", "true");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_digest_waits_for_approval_and_goes_with_the_next_tick_after_it()
    {
        var fixture = new DeliveryFixture(Required);
        await fixture.SubscribeAsync(3);
        await fixture.PublishAsync();
        await AtAsync(fixture, 7, 0);
        await AtAsync(fixture, 7, 20);
        Assert.Empty(fixture.Relay.Offered);
        Assert.Equal(fixture.Time.GetUtcNow().Date.AddHours(8), (await fixture.RunOfAsync(fixture.Today))!.AwaitsApprovalUntil);

        await ApproveAsync(fixture);
        await AtAsync(fixture, 7, 21);

        Assert.Equal(3, fixture.Relay.Inbox.Count);
        Assert.Equal("approved by Ada at 2026-03-02 07:20 UTC", await RecordAsync(fixture));
        Assert.Null((await fixture.RunOfAsync(fixture.Today))!.AwaitsApprovalUntil);
    }

    [Fact]
    public async Task An_approval_before_the_hour_lets_it_go_at_its_hour()
    {
        var fixture = new DeliveryFixture(Required);
        await fixture.SubscribeAsync(2);
        await fixture.PublishAsync();
        fixture.GoTo(2, 6);
        await ApproveAsync(fixture);

        await AtAsync(fixture, 7, 0);

        Assert.Equal(2, fixture.Relay.Inbox.Count);
    }

    [Fact]
    public async Task Without_approval_it_is_sent_after_the_window_and_the_record_says_so()
    {
        var fixture = new DeliveryFixture(Required, ("Approval:WindowMinutes", "30"));
        await fixture.SubscribeAsync(2);
        await fixture.PublishAsync();
        await AtAsync(fixture, 7, 0);
        await AtAsync(fixture, 7, 29);
        Assert.Empty(fixture.Relay.Offered);

        await AtAsync(fixture, 7, 30);

        Assert.Equal(2, fixture.Relay.Inbox.Count);
        Assert.Equal("not approved within 30 minutes of its hour; sent as the settings say", await RecordAsync(fixture));
    }

    [Fact]
    public async Task Without_approval_it_is_skipped_if_the_settings_say_so_and_its_news_is_kept()
    {
        var fixture = new DeliveryFixture(Required, ("Approval:Otherwise", "Skip"));
        await fixture.SubscribeAsync(2);
        var title = await fixture.PublishAsync();
        await AtAsync(fixture, 7, 0);
        await AtAsync(fixture, 8, 0);
        var run = (await fixture.RunOfAsync(fixture.Today))!;
        Assert.Equal((RunState.Skipped, "no editor approved it within 60 minutes of its hour"), (run.State, run.Why));
        Assert.False(run.Missed);

        fixture.GoTo(3, 6);
        await fixture.PublishAsync();
        await ApproveAsync(fixture);
        await AtAsync(fixture, 7, 0, day: 3);

        Assert.Contains(title, fixture.Relay.Inbox.First().Subject, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wait_that_is_longer_than_the_catch_up_window_is_not_called_late()
    {
        var fixture = new DeliveryFixture(Required, ("Approval:WindowMinutes", "120"), ("Delivery:CatchUp", "01:00:00"));
        await fixture.SubscribeAsync(1);
        await fixture.PublishAsync();
        await AtAsync(fixture, 7, 0);

        await AtAsync(fixture, 9, 0);

        Assert.Single(fixture.Relay.Inbox);
    }

    [Fact]
    public async Task A_wait_that_is_interrupted_anywhere_by_another_tick_makes_one_run()
    {
        var fixture = new DeliveryFixture(Required);
        await fixture.SubscribeAsync(4);
        await fixture.PublishAsync();
        await AtAsync(fixture, 7, 0);
        await ApproveAsync(fixture);
        var (one, other) = (fixture.Start(), fixture.Start());
        one.Plan.Before = async _ => await other.RunOnceAsync();

        await one.RunOnceAsync();

        Assert.Equal(4, fixture.Relay.Inbox.Count);
    }

    [Fact]
    public async Task A_subject_that_an_editor_wrote_is_the_subject_of_the_mail()
    {
        var fixture = new DeliveryFixture();
        await fixture.SubscribeAsync(1);
        await fixture.PublishAsync();
        await fixture.Program.Get<EditDigest>().ExecuteAsync(
            fixture.Today, null, edits => edits.With("en", new EditedTexts("Good morning", "All of it")), Cancellation);

        await AtAsync(fixture, 7, 0);

        var digest = await fixture.Program.Get<DigestStore>().GetAsync(fixture.Today, "daily_07_Etc.UTC", Cancellation);
        Assert.Equal(new EditedTexts("Good morning", "All of it"), digest!.Texts["en"]);
    }

    [Theory]
    [InlineData("Approval:WindowMinutes", "0")]
    [InlineData("Approval:WindowMinutes", "361")]
    public void A_wrong_window_refuses_the_start(string name, string value)
    {
        var options = new ApprovalOptions { WindowMinutes = int.Parse(value, System.Globalization.CultureInfo.InvariantCulture) };

        Assert.StartsWith(name.Replace(":", "__", StringComparison.Ordinal), Assert.Single(options.Validate()), StringComparison.Ordinal);
    }

    private static async Task AtAsync(DeliveryFixture fixture, int hour, int minute, int day = 2)
    {
        fixture.GoTo(day, hour, minute);
        await fixture.Program.RunOnceAsync();
    }

    private static async Task ApproveAsync(DeliveryFixture fixture)
    {
        var store = fixture.Program.Get<EditStore>();
        var stories = await fixture.Program.Get<StoryStore>().RangeAsync(
            fixture.Today.AddDays(-2), fixture.Today.AddDays(1), Cancellation);
        var approval = new Approval("Ada", fixture.Time.GetUtcNow(), "daily", [.. stories.Stories.Select(story => story.Id)]);
        var edits = await store.GetAsync(fixture.Today, Cancellation);
        Assert.IsType<EditOutcome.Stored>(await fixture.Program.Get<EditDigest>().ExecuteAsync(
            fixture.Today, edits.ETag, now => now with { Approval = approval }, Cancellation));
    }

    private static async Task<string?> RecordAsync(DeliveryFixture fixture) =>
        (await fixture.Program.Get<DigestStore>().GetAsync(fixture.Today, "daily_07_Etc.UTC", Cancellation))?.Approval;
}

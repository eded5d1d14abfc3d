using DailyDigest.Calendar;
using DailyDigest.Clock;
using DailyDigest.Content;
using DailyDigest.Digests;
using DailyDigest.Mailing;
using DailyDigest.Returns;
using DailyDigest.Runs;
using DailyDigest.Selection;
using DailyDigest.Settings;
using DailyDigest.Subscribers;
using DailyDigest.Tests.Fixtures;

namespace DailyDigest.Tests.Clock;

/// <summary>How long each kind of data is kept, and that nothing else is removed.</summary>
public sealed partial class PurgeTests
{
    private static readonly DateOnly First = new(2026, 3, 2);
    private static readonly string Home = new Cohort(DeliveryFixture.Utc, 7, Rhythm.Daily).Key;
    private static readonly string Other = new Cohort(DeliveryFixture.Utc, 8, Rhythm.Daily).Key;

    [Theory]
    [InlineData("20000")]
    [InlineData("2")]
    public async Task A_date_goes_when_it_is_older_than_it_is_kept_but_the_archive_stays(string sliceFrom)
    {
        var fixture = await DeliveredAsync(("Delivery:KeepDays", "20"), ("Delivery:SliceFrom", sliceFrom));
        await PassAsync(fixture, First.AddDays(20));
        Assert.NotEmpty(fixture.Ledger(First));
        Assert.NotNull(await fixture.RunOfAsync(First, Other));

        await PassAsync(fixture, First.AddDays(21));
        Assert.DoesNotContain(fixture.Tables.Everything, one => one.Table is Storage.Tables.Ledger or Storage.Tables.Runs
            && one.Partition.StartsWith("2026-03-02", StringComparison.Ordinal));
        Assert.DoesNotContain(Left(fixture, Storage.Tables.Digests, First), key => key != Home);
        Assert.Empty(Left(fixture, Storage.Tables.Variants, First, Other));
        Assert.NotNull(await fixture.Program.Get<DigestStore>().GetAsync(First, Home, DeliveryFixture.Cancellation));
        Assert.NotNull(await fixture.Program.Get<VariantStore>().GetAsync(
            First, Home, "en", StoryChoice.All, DeliveryFixture.Cancellation));
    }

    [Fact]
    public async Task The_archive_goes_when_its_time_is_over_and_never_before_the_ledger()
    {
        foreach (var (archive, gone) in new[] { ("30", 31), ("5", 21) })
        {
            var fixture = await DeliveredAsync(("Delivery:KeepDays", "20"), ("Publication:ArchiveDays", archive));
            await PassAsync(fixture, First.AddDays(gone - 1));
            Assert.NotEmpty(Left(fixture, Storage.Tables.Variants, First, Home));
            await PassAsync(fixture, First.AddDays(gone));
            Assert.Empty(Left(fixture, Storage.Tables.Variants, First, Home));
            Assert.Empty(Left(fixture, Storage.Tables.Digests, First));
        }
    }

    [Fact]
    public async Task Copies_of_pictures_and_digests_of_sections_go_with_their_date()
    {
        var fixture = await DeliveredAsync(("Delivery:KeepDays", "20"), ("Publication:ArchiveDays", "30"));
        var (pictures, digests) = (fixture.Program.Get<PictureStore>(), fixture.Program.Get<DigestStore>());
        var reading = new PictureReading.Read([1, 2, 3], 600, 400);
        foreach (var date in new[] { First, First.AddDays(1) })
        {
            await pictures.KeepAsync(date, "https://photos.example/a.jpg", 600, reading, DeliveryFixture.Cancellation);
        }

        var whole = (await digests.GetAsync(First, Home, DeliveryFixture.Cancellation))!;
        await digests.FreezeAsync(whole with { Sections = ["sport"] }, DeliveryFixture.Cancellation);

        await PassAsync(fixture, First.AddDays(30));
        Assert.Equal([Home], Left(fixture, Storage.Tables.Digests, First));
        Assert.Equal(4, fixture.Tables.Everything.Count(one => one.Table == Storage.Tables.Pictures));
        await PassAsync(fixture, First.AddDays(31));
        Assert.All(
            fixture.Tables.Everything.Where(one => one.Table == Storage.Tables.Pictures),
            one => Assert.Equal("2026-03-03", one.Partition));
        Assert.Equal(2, fixture.Tables.Everything.Count(one => one.Table == Storage.Tables.Pictures));
    }

    [Fact]
    public async Task A_date_with_an_open_run_is_left_alone_until_nobody_would_close_it_any_more()
    {
        var fixture = await DeliveredAsync(("Delivery:KeepDays", "20"));
        var runs = fixture.Program.Get<RunStore>();
        var run = (await runs.GetAsync(First, Other, DeliveryFixture.Cancellation))!;
        run = (await runs.ChangeAsync(run with { State = RunState.Open }, DeliveryFixture.Cancellation))!;
        await PassAsync(fixture, First.AddDays(27));
        Assert.NotEmpty(fixture.Ledger(First));
        Assert.NotEmpty(Left(fixture, Storage.Tables.Variants, First, Other));

        await PassAsync(fixture, First.AddDays(28));
        Assert.Empty(fixture.Ledger(First));
    }

    [Fact]
    public async Task A_run_that_closes_late_lets_its_date_go()
    {
        var fixture = await DeliveredAsync(("Delivery:KeepDays", "20"));
        var runs = fixture.Program.Get<RunStore>();
        var run = (await runs.GetAsync(First, Other, DeliveryFixture.Cancellation))!;
        run = (await runs.ChangeAsync(run with { State = RunState.Open }, DeliveryFixture.Cancellation))!;
        await PassAsync(fixture, First.AddDays(22));
        Assert.NotEmpty(fixture.Ledger(First));
        await runs.ChangeAsync(run with { State = RunState.Closed }, DeliveryFixture.Cancellation);
        await PassAsync(fixture, First.AddDays(23));
        Assert.Empty(fixture.Ledger(First));
    }

    [Fact]
    public async Task Stories_go_after_400_days_with_their_index_whatever_day_they_are_of()
    {
        var fixture = new DeliveryFixture();
        await fixture.Program.TickAsync();
        await fixture.PublishAsync();
        var url = "https://paper.example.com/old";
        foreach (var years in new[] { 9, 8, 7 })
        {
            // Its source changes its date, so it has rows on three days.
            await fixture.Program.Get<StoryStore>().UpsertAsync(
                new Story
                {
                    Id = StoryId.From(url),
                    Kind = StoryKind.Article,
                    Url = url,
                    Title = "Old",
                    Source = "paper",
                    Published = fixture.Time.GetUtcNow().AddYears(-years),
                    FirstSeen = fixture.Time.GetUtcNow()
                },
                DeliveryFixture.Cancellation);
        }

        Assert.Equal(4, fixture.Tables.Everything.Count(one => one.Table == Storage.Tables.Stories));
        await PassAsync(fixture, First.AddDays(400));
        Assert.Null(await fixture.Program.Get<StoryStore>().FindAsync(StoryId.From(url), DeliveryFixture.Cancellation));
        Assert.Single(fixture.Tables.Everything, one => one.Table == Storage.Tables.Stories);
        await PassAsync(fixture, First.AddDays(401));
        Assert.DoesNotContain(fixture.Tables.Everything, one => one.Table is Storage.Tables.Stories or Storage.Tables.StoryDates);
    }

    [Fact]
    public async Task A_report_on_a_delivery_that_the_ledger_has_forgotten_is_unknown()
    {
        var fixture = await DeliveredAsync(("Delivery:KeepDays", "20"));
        var id = fixture.Ledger(First)[0].SubscriberId;
        await PassAsync(fixture, First.AddDays(21));
        var input =
            new OutcomeInput { Envelope = fixture.Program.Get<EnvelopeTokens>().Create(First, id), Outcome = "bounced", Status = "5.1.1" };

        Assert.Equal(AcceptOutcomeResult.UnknownDelivery,
            (await fixture.Program.Get<AcceptOutcome>().ExecuteAsync(input, DeliveryFixture.Cancellation)).Result);
        Assert.Equal(SubscriberStatus.Active,
            (await fixture.Program.Get<SubscriberStore>().GetAsync(id, DeliveryFixture.Cancellation))!.Subscriber.Status);
    }

    [Fact]
    public async Task Reports_go_with_the_deliveries_and_the_counts_of_their_days_later()
    {
        var fixture = await DeliveredAsync(("Delivery:KeepDays", "20"));
        var settle = fixture.Program.Get<SettleReturn>();
        foreach (var number in Enumerable.Range(0, 40))
        {
            var report = new ReturnEvent("mailbox", $"{number}", ReturnKind.AutoReply) { Arrived = fixture.Time.GetUtcNow() };
            await settle.ExecuteAsync(report, DeliveryFixture.Cancellation);
        }

        var day = fixture.Today;
        await PassAsync(fixture, day.AddDays(20));
        Assert.Equal(40, Reports().Count);
        await PassAsync(fixture, day.AddDays(21));
        Assert.Empty(Reports());
        var counts = await fixture.Program.Get<ReturnStore>().CountsAsync(day, DeliveryFixture.Cancellation);
        Assert.Equal(40, counts["autoreply"]);
        await PassAsync(fixture, day.AddDays(401));
        Assert.DoesNotContain(fixture.Tables.Everything, one => one.Table == Storage.Tables.Returns);

        List<string> Reports() =>
        [
            .. fixture.Tables.Everything.Where(one => one.Table == Storage.Tables.Returns && one.Row.Key[0] != '$')
                .Select(one => one.Row.Key),
        ];
    }

    [Fact]
    public async Task The_service_runs_for_weeks_and_keeps_what_it_should()
    {
        var fixture = new DeliveryFixture(("Delivery:KeepDays", "14"));
        await fixture.SubscribeAsync(2);
        for (var day = 0; day < 40; day++)
        {
            fixture.Time.SetUtcNow(new DateTimeOffset(First.AddDays(day), new TimeOnly(6, 0), TimeSpan.Zero));
            await fixture.PublishAsync();
            fixture.Time.Advance(TimeSpan.FromHours(1));
            for (var beat = 0; beat < 8; beat++)
            {
                await fixture.Program.RunOnceAsync();
            }
        }

        Assert.Equal(80, fixture.Relay.Inbox.Count);
        var dates = fixture.Tables.Everything.Where(one => one.Table == Storage.Tables.Ledger).Select(one => one.Partition[..10]).Distinct()
            .Order().ToList();
        Assert.Equal(Enumerable.Range(25, 15).Select(day => First.AddDays(day).Text()), dates);
        Assert.Equal(40, fixture.Tables.Everything.Count(one => one.Table == Storage.Tables.Digests));
    }

    /// <summary>The home cohort and another one, delivered on the first date.</summary>
    private static async Task<DeliveryFixture> DeliveredAsync(params (string, string)[] settings)
    {
        var fixture = new DeliveryFixture(settings);
        await fixture.SubscribeAsync();
        await fixture.SubscribeAsync(hour: 8);
        await fixture.SubscribeAsync(hour: 8, language: "fr");
        await fixture.Program.TickAsync();
        await fixture.PublishAsync();
        fixture.GoTo(2, 7);
        await fixture.RunAsync(TimeSpan.FromMinutes(1));
        fixture.GoTo(2, 8);
        await fixture.RunAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(3, fixture.Ledger(First).Count(row => row.State == DeliveryState.Sent));
        return fixture;
    }

    /// <summary>A whole purge pass of the day, and nothing else that a tick does.</summary>
    private static async Task PassAsync(DeliveryFixture fixture, DateOnly day)
    {
        fixture.Time.SetUtcNow(new DateTimeOffset(day, new TimeOnly(0, 5), TimeSpan.Zero));
        while (await fixture.Program.Get<Purge>().ExecuteAsync(DeliveryFixture.Cancellation))
        {
        }
    }

    private static async Task<string> SignedUpAsync(DeliveryFixture fixture, string address)
    {
        await fixture.Program.Get<SignUp>().ExecuteAsync(new SignUpRequest(address, "page"), DeliveryFixture.Cancellation);
        return (await fixture.Program.Get<FindSubscriber>().ExecuteAsync(Address(address), DeliveryFixture.Cancellation)).Subscriber!.Id;
    }

    private static EmailAddress Address(string text) => EmailAddress.TryParse(text, out var address)
        ? address : throw new ArgumentException(text);

    private static IEnumerable<string> Left(DeliveryFixture fixture, string table, DateOnly date, string? cohort = null) =>
        fixture.Tables.Everything.Where(one => one.Table == table
            && one.Partition == (cohort is null ? date.Text() : $"{date.Text()}~{cohort}")).Select(one => one.Row.Key);
}

using DailyDigest.Calendar;
using DailyDigest.Clock;
using DailyDigest.Content;
using DailyDigest.Digests;
using DailyDigest.Mailing;
using DailyDigest.Returns;
using DailyDigest.Runs;
using DailyDigest.Subscribers;
using DailyDigest.Tests.Delivery;

namespace DailyDigest.Tests.Schedule;

/// <summary>How long what is kept, and that nothing else goes.</summary>
public sealed partial class PurgeTests
{
    private static readonly DateOnly First = new(2026, 3, 2);
    private static readonly string Home = new Cohort(World.Utc, 7, Rhythm.Daily).Key;
    private static readonly string Other = new Cohort(World.Utc, 8, Rhythm.Daily).Key;

    [Theory]
    [InlineData("20000")]
    [InlineData("2")]
    public async Task A_date_goes_when_it_is_older_than_it_is_kept_but_the_archive_stays(string sliceFrom)
    {
        var world = await DeliveredAsync(("Delivery:KeepDays", "20"), ("Delivery:SliceFrom", sliceFrom));
        await PassAsync(world, First.AddDays(20));
        Assert.NotEmpty(world.Ledger(First));
        Assert.NotNull(await world.RunOfAsync(First, Other));

        await PassAsync(world, First.AddDays(21));
        Assert.DoesNotContain(world.Tables.Everything, one => one.Table is Storage.Tables.Ledger or Storage.Tables.Runs && one.Partition.StartsWith("2026-03-02", StringComparison.Ordinal));
        Assert.DoesNotContain(Left(world, Storage.Tables.Digests, First), key => key != Home);
        Assert.Empty(Left(world, Storage.Tables.Variants, First, Other));
        Assert.NotNull(await world.Program.Get<DigestStore>().GetAsync(First, Home, World.Cancellation));
        Assert.NotNull(await world.Program.Get<VariantStore>().AnyAsync(First, Home, "en", World.Cancellation));
    }

    [Fact]
    public async Task The_archive_goes_when_its_time_is_over_and_never_before_the_ledger()
    {
        foreach (var (archive, gone) in new[] { ("30", 31), ("5", 21) })
        {
            var world = await DeliveredAsync(("Delivery:KeepDays", "20"), ("Publication:ArchiveDays", archive));
            await PassAsync(world, First.AddDays(gone - 1));
            Assert.NotEmpty(Left(world, Storage.Tables.Variants, First, Home));
            await PassAsync(world, First.AddDays(gone));
            Assert.Empty(Left(world, Storage.Tables.Variants, First, Home));
            Assert.Empty(Left(world, Storage.Tables.Digests, First));
        }
    }

    [Fact]
    public async Task A_date_with_an_open_run_is_left_alone_until_nobody_would_close_it_any_more()
    {
        var world = await DeliveredAsync(("Delivery:KeepDays", "20"));
        var runs = world.Program.Get<RunStore>();
        var run = (await runs.GetAsync(First, Other, World.Cancellation))!;
        run = (await runs.ChangeAsync(run with { State = RunState.Open }, World.Cancellation))!;
        await PassAsync(world, First.AddDays(27));
        Assert.NotEmpty(world.Ledger(First));
        Assert.NotEmpty(Left(world, Storage.Tables.Variants, First, Other));

        await PassAsync(world, First.AddDays(28));
        Assert.Empty(world.Ledger(First));
    }

    [Fact]
    public async Task A_run_that_closes_late_lets_its_date_go()
    {
        var world = await DeliveredAsync(("Delivery:KeepDays", "20"));
        var runs = world.Program.Get<RunStore>();
        var run = (await runs.GetAsync(First, Other, World.Cancellation))!;
        run = (await runs.ChangeAsync(run with { State = RunState.Open }, World.Cancellation))!;
        await PassAsync(world, First.AddDays(22));
        Assert.NotEmpty(world.Ledger(First));
        await runs.ChangeAsync(run with { State = RunState.Closed }, World.Cancellation);
        await PassAsync(world, First.AddDays(23));
        Assert.Empty(world.Ledger(First));
    }

    [Fact]
    public async Task Stories_go_after_400_days_with_their_index_whatever_day_they_are_of()
    {
        var world = new World();
        await world.Program.TickAsync();
        await world.PublishAsync();
        var url = "https://paper.example.com/old";
        foreach (var years in new[] { 9, 8, 7 })
        {
            // Its source dates it anew: something of it stands on three days.
            await world.Program.Get<StoryStore>().UpsertAsync(
                new Story { Id = StoryId.From(url), Kind = StoryKind.Article, Url = url, Title = "Old", Source = "paper", Published = world.Time.GetUtcNow().AddYears(-years), FirstSeen = world.Time.GetUtcNow() },
                World.Cancellation);
        }

        Assert.Equal(4, world.Tables.Everything.Count(one => one.Table == Storage.Tables.Stories));
        await PassAsync(world, First.AddDays(400));
        Assert.Null(await world.Program.Get<StoryStore>().FindAsync(StoryId.From(url), World.Cancellation));
        Assert.Single(world.Tables.Everything, one => one.Table == Storage.Tables.Stories);
        await PassAsync(world, First.AddDays(401));
        Assert.DoesNotContain(world.Tables.Everything, one => one.Table is Storage.Tables.Stories or Storage.Tables.StoryDates);
    }

    [Fact]
    public async Task A_report_on_a_delivery_that_the_ledger_has_forgotten_is_unknown()
    {
        var world = await DeliveredAsync(("Delivery:KeepDays", "20"));
        var id = world.Ledger(First)[0].SubscriberId;
        await PassAsync(world, First.AddDays(21));
        var input = new OutcomeInput { Envelope = world.Program.Get<EnvelopeTokens>().Create(First, id), Outcome = "bounced", Status = "5.1.1" };

        Assert.Equal(AcceptOutcomeResult.UnknownDelivery, (await world.Program.Get<AcceptOutcome>().ExecuteAsync(input, World.Cancellation)).Result);
        Assert.Equal(SubscriberStatus.Active, (await world.Program.Get<SubscriberStore>().GetAsync(id, World.Cancellation))!.Subscriber.Status);
    }

    [Fact]
    public async Task The_service_runs_for_weeks_and_keeps_what_it_should()
    {
        var world = new World(("Delivery:KeepDays", "14"));
        await world.SubscribeAsync(2);
        for (var day = 0; day < 40; day++)
        {
            world.Time.SetUtcNow(new DateTimeOffset(First.AddDays(day), new TimeOnly(6, 0), TimeSpan.Zero));
            await world.PublishAsync();
            world.Time.Advance(TimeSpan.FromHours(1));
            for (var beat = 0; beat < 8; beat++)
            {
                await world.Program.RunOnceAsync();
            }
        }

        Assert.Equal(80, world.Relay.Inbox.Count);
        var dates = world.Tables.Everything.Where(one => one.Table == Storage.Tables.Ledger).Select(one => one.Partition[..10]).Distinct().Order().ToList();
        Assert.Equal(Enumerable.Range(25, 15).Select(day => First.AddDays(day).Text()), dates);
        Assert.Equal(40, world.Tables.Everything.Count(one => one.Table == Storage.Tables.Digests));
    }

    /// <summary>The home cohort and another one, delivered on the first date.</summary>
    private static async Task<World> DeliveredAsync(params (string, string)[] settings)
    {
        var world = new World(settings);
        await world.SubscribeAsync();
        await world.SubscribeAsync(hour: 8);
        await world.SubscribeAsync(hour: 8, language: "fr");
        await world.Program.TickAsync();
        await world.PublishAsync();
        world.GoTo(2, 7);
        await world.RunAsync(TimeSpan.FromMinutes(1));
        world.GoTo(2, 8);
        await world.RunAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(3, world.Ledger(First).Count(row => row.State == DeliveryState.Sent));
        return world;
    }

    /// <summary>A whole pass of the day, and nothing else that a tick does.</summary>
    private static async Task PassAsync(World world, DateOnly day)
    {
        world.Time.SetUtcNow(new DateTimeOffset(day, new TimeOnly(0, 5), TimeSpan.Zero));
        while (await world.Program.Get<Purge>().ExecuteAsync(World.Cancellation))
        {
        }
    }

    private static async Task<string> SignedUpAsync(World world, string address)
    {
        await world.Program.Get<SignUp>().ExecuteAsync(new SignUpRequest(address, "page"), World.Cancellation);
        return (await world.Program.Get<FindSubscriber>().ExecuteAsync(Address(address), World.Cancellation)).Subscriber!.Id;
    }

    private static EmailAddress Address(string text) => EmailAddress.TryParse(text, out var address) ? address : throw new ArgumentException(text);

    private static IEnumerable<string> Left(World world, string table, DateOnly date, string? cohort = null) =>
        world.Tables.Everything.Where(one => one.Table == table && one.Partition == (cohort is null ? date.Text() : $"{date.Text()}~{cohort}")).Select(one => one.Row.Key);
}

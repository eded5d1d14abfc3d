using DailyDigest.Content;
using DailyDigest.Delivery;
using DailyDigest.Digests;
using DailyDigest.Schedule;
using DailyDigest.Storage;
using DailyDigest.Subscribers;
using DailyDigest.Testing.Storage;
using DailyDigest.Tests.Delivery;

namespace DailyDigest.Tests.Schedule;

/// <summary>How long what is kept, and that nothing else goes.</summary>
public sealed class PurgeTests
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
    public async Task Service_mails_checks_and_sign_ups_that_nobody_confirmed_go_in_their_time()
    {
        var world = new World();
        await world.Program.TickAsync();
        var person = await SignedUpAsync(world, "stranger@example.com");
        await world.Tables.WriteAsync(Storage.Tables.UsedChecks, "2026-03-02-23", TableWrite.Insert(new TableRow("x")), World.Cancellation);
        await world.Tables.WriteAsync(Storage.Tables.Budgets, "2026-03-02-23", TableWrite.Insert(new TableRow("x")), World.Cancellation);
        await PassAsync(world, First.AddDays(3));
        Assert.DoesNotContain(world.Tables.Everything, one => one.Table is Storage.Tables.UsedChecks or Storage.Tables.Budgets);

        await PassAsync(world, First.AddDays(30));
        Assert.NotNull(await world.Program.Get<SubscriberStore>().GetAsync(person, World.Cancellation));
        Assert.Contains(world.Tables.Everything, one => one.Table == Storage.Tables.Notices);
        await PassAsync(world, First.AddDays(31));
        Assert.DoesNotContain(world.Tables.Everything, one => one.Table is Storage.Tables.Notices or Storage.Tables.Subscribers or Storage.Tables.Addresses);
    }

    [Fact]
    public async Task Whoever_is_or_was_subscribed_or_signed_up_again_stays_and_a_suppressed_address_stays_so()
    {
        var world = new World();
        await world.Program.TickAsync();
        var (active, left) = (await SignedUpAsync(world, "active@example.com"), await SignedUpAsync(world, "left@example.com"));
        await world.Program.Get<ConfirmSignUp>().ExecuteAsync(active, World.Cancellation);
        await world.Program.Get<ConfirmSignUp>().ExecuteAsync(left, World.Cancellation);
        await world.Program.Get<Unsubscribe>().ExecuteAsync(left, World.Cancellation);
        var (again, blocked) = (await SignedUpAsync(world, "again@example.com"), await SignedUpAsync(world, "blocked@example.com"));
        var hash = world.Program.Get<AddressHash>().Of(Address("blocked@example.com"));
        await world.Program.Get<AddressStore>().ChangeAsync(hash, row => row with { Reason = Suppression.Blocked }, World.Cancellation);
        world.Time.Advance(TimeSpan.FromDays(20));
        await SignedUpAsync(world, "again@example.com");
        await PassAsync(world, First.AddDays(45));

        var subscribers = world.Program.Get<SubscriberStore>();
        Assert.All(new[] { active, left, again }, id => Assert.NotNull(subscribers.GetAsync(id, World.Cancellation).GetAwaiter().GetResult()));
        Assert.Null(await subscribers.GetAsync(blocked, World.Cancellation));
        var known = await world.Program.Get<AddressStore>().GetAsync(hash, World.Cancellation);
        Assert.Equal((null, Suppression.Blocked), (known.SubscriberId, known.Reason));
    }

    /// <summary>Somebody signs up anew at each storage call of the forgetting.</summary>
    [Fact]
    public async Task Who_signs_up_while_an_old_sign_up_is_forgotten_can_confirm()
    {
        for (var at = 1; ; at++)
        {
            var world = new World();
            var id = await SignedUpAsync(world, "reader@example.com");
            world.Time.Advance(TimeSpan.FromDays(40));
            var program = world.Start();
            string? anew = null;
            program.Plan.Before = async call => anew = call.Number == at ? await SignedUpAsync(world, "reader@example.com") : anew;
            await program.Get<DropSignUp>().ExecuteAsync(id, First.AddDays(10), World.Cancellation);
            if (anew is null)
            {
                Assert.InRange(at, 4, 20);
                return;
            }

            var found = (await world.Program.Get<FindSubscriber>().ExecuteAsync(Address("reader@example.com"), World.Cancellation)).Subscriber;
            Assert.Equal(ConfirmOutcome.Active, await world.Program.Get<ConfirmSignUp>().ExecuteAsync(found!.Id, World.Cancellation));
        }
    }

    /// <summary>The forgetting comes in between any two calls of a sign-up.</summary>
    [Fact]
    public async Task An_old_sign_up_that_is_forgotten_in_the_middle_of_a_new_one_does_not_harm_it()
    {
        for (var at = 1; ; at++)
        {
            var world = new World();
            var id = await SignedUpAsync(world, "reader@example.com");
            world.Time.Advance(TimeSpan.FromDays(40));
            var program = world.Start();
            var met = false;
            program.Plan.Before = async call =>
            {
                if (call.Number == at)
                {
                    met = true;
                    await world.Program.Get<DropSignUp>().ExecuteAsync(id, First.AddDays(10), World.Cancellation);
                }
            };
            await program.Get<SignUp>().ExecuteAsync(new SignUpRequest("reader@example.com", "page"), World.Cancellation);
            if (!met)
            {
                Assert.InRange(at, 4, 20);
                return;
            }

            var found = (await world.Program.Get<FindSubscriber>().ExecuteAsync(Address("reader@example.com"), World.Cancellation)).Subscriber;
            Assert.Equal(ConfirmOutcome.Active, await world.Program.Get<ConfirmSignUp>().ExecuteAsync(found!.Id, World.Cancellation));
        }
    }

    [Fact]
    public async Task Stories_go_after_400_days_with_their_index_whatever_day_they_are_of()
    {
        var world = new World();
        await world.Program.TickAsync();
        await world.PublishAsync();
        var url = "https://paper.example.com/old";
        await world.Program.Get<StoryStore>().UpsertAsync(
            new Story { Id = StoryId.From(url), Kind = StoryKind.Article, Url = url, Title = "Old", Source = "paper", Published = world.Time.GetUtcNow().AddYears(-9), FirstSeen = world.Time.GetUtcNow() },
            World.Cancellation);
        await PassAsync(world, First.AddDays(400));
        Assert.Null(await world.Program.Get<StoryStore>().FindAsync(StoryId.From(url), World.Cancellation));
        Assert.Single(world.Tables.Everything, one => one.Table == Storage.Tables.Stories);
        await PassAsync(world, First.AddDays(401));
        Assert.DoesNotContain(world.Tables.Everything, one => one.Table is Storage.Tables.Stories or Storage.Tables.StoryDates);
    }

    [Fact]
    public async Task A_beat_does_little_a_pass_ends_and_a_second_one_that_day_does_nothing()
    {
        var world = await DeliveredAsync(("Delivery:KeepDays", "20"));
        foreach (var batch in Enumerable.Range(0, 9_000).Chunk(100))
        {
            await world.Tables.WriteAsync(
                Storage.Tables.Ledger, "2026-03-02~all", [.. batch.Select(number => TableWrite.Insert(new TableRow($"f{number:d31}")))], World.Cancellation);
        }

        world.Time.SetUtcNow(new DateTimeOffset(First.AddDays(21), new TimeOnly(0, 5), TimeSpan.Zero));
        var beats = 0;
        for (var more = true; more; beats++)
        {
            var program = world.Start();
            more = await program.Get<Purge>().ExecuteAsync(World.Cancellation);
            Assert.InRange(program.Plan.Trace.Count, 1, 160);
            Assert.InRange(program.Plan.Writes, 0, 45);
        }

        Assert.InRange(beats, 5, 20);
        Assert.Empty(world.Ledger(First));
        var again = world.Start();
        Assert.False(await again.Get<Purge>().ExecuteAsync(World.Cancellation));
        Assert.False(await again.Get<Purge>().ExecuteAsync(World.Cancellation));
        Assert.Single(again.Plan.Trace);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Stopped_at_any_write_the_next_pass_finishes_and_takes_nothing_more(bool after)
    {
        var whole = await SampleAsync();
        await PassAsync(whole, First.AddDays(31));
        var expected = Keys(whole);
        for (var write = 1; ; write++)
        {
            var world = await SampleAsync();
            world.Time.SetUtcNow(new DateTimeOffset(First.AddDays(31), new TimeOnly(0, 5), TimeSpan.Zero));
            var program = world.Start(new FaultPlan { StopAfter = after ? write : null, StopBefore = after ? null : write });
            try
            {
                while (await program.Get<Purge>().ExecuteAsync(World.Cancellation))
                {
                }
            }
            catch (ProgramStoppedException)
            {
            }

            await PassAsync(world, First.AddDays(31));
            Assert.Equal(expected, Keys(world));
            if (!program.Plan.Stopped)
            {
                Assert.InRange(write, 10, 200);
                return;
            }
        }
    }

    [Fact]
    public async Task Two_machines_that_sweep_at_once_take_what_one_would_take()
    {
        var whole = await SampleAsync();
        await PassAsync(whole, First.AddDays(31));
        var expected = Keys(whole);
        for (var at = 1; at < 120; at += 3)
        {
            var world = await SampleAsync();
            world.Time.SetUtcNow(new DateTimeOffset(First.AddDays(31), new TimeOnly(0, 5), TimeSpan.Zero));
            var (one, other) = (world.Start(), world.Start());
            one.Plan.Before = async call =>
            {
                if (call.Number == at)
                {
                    await other.Get<Purge>().ExecuteAsync(World.Cancellation);
                }
            };
            await one.Get<Purge>().ExecuteAsync(World.Cancellation);
            await PassAsync(world, First.AddDays(31));
            Assert.Equal(expected, Keys(world));
        }
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

    private static async Task<World> SampleAsync()
    {
        var world = await DeliveredAsync(("Delivery:KeepDays", "20"));
        await SignedUpAsync(world, "stranger@example.com");
        var url = "https://paper.example.com/old";
        await world.Program.Get<StoryStore>().UpsertAsync(
            new Story { Id = StoryId.From(url), Kind = StoryKind.Article, Url = url, Title = "Old", Source = "paper", Published = world.Time.GetUtcNow().AddYears(-9), FirstSeen = world.Time.GetUtcNow() },
            World.Cancellation);
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

    // Ids of people are drawn anew in each world.
    private static IReadOnlyList<string> Keys(World world) =>
        [.. world.Tables.Everything.Select(one => one.Table is Storage.Tables.Subscribers or Storage.Tables.Addresses ? one.Table : $"{one.Table} {one.Partition} {one.Row.Key}").Order(StringComparer.Ordinal)];
}

using DailyDigest.Clock;
using DailyDigest.Figures;
using DailyDigest.Reporting;
using DailyDigest.Storage;
using DailyDigest.Subscribers;
using DailyDigest.Tests.Fixtures;

namespace DailyDigest.Tests.Reporting;

/// <summary>Complaints and bounces by day and by receiving domain, and the rates from which on a person should look.</summary>
public sealed class ReputationTests : IDisposable
{
    private const string Warned =
        "gmail.com on 2026-03-02: 9 of 2,300 (0.39 %; limit 0.3 %); all domains on 2026-03-02: 11 of 10,000 (0.11 %; warning at 0.1 %)";

    private readonly SubscriberFixture fixture = new();
    private readonly FigureStore figures;

    public ReputationTests() => figures = new FigureStore(fixture.Store);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private DateOnly Today => fixture.Counts.Today;

    public void Dispose() => fixture.Dispose();

    [Theory]
    [InlineData(ReputationKind.Complaints, 1, 20, null)]
    [InlineData(ReputationKind.Complaints, 2, 100, null)]
    [InlineData(ReputationKind.Complaints, 3, 99, null)]
    [InlineData(ReputationKind.Complaints, 3, 100, true)]
    [InlineData(ReputationKind.Complaints, 9, 10_000, null)]
    [InlineData(ReputationKind.Complaints, 10, 10_000, false)]
    [InlineData(ReputationKind.Complaints, 29, 10_000, false)]
    [InlineData(ReputationKind.Complaints, 30, 10_000, true)]
    [InlineData(ReputationKind.Bounces, 9, 100, null)]
    [InlineData(ReputationKind.Bounces, 10, 501, null)]
    [InlineData(ReputationKind.Bounces, 10, 500, false)]
    [InlineData(ReputationKind.Bounces, 25, 500, true)]
    [InlineData(ReputationKind.Bounces, 25, 0, null)]
    public void A_rate_is_told_from_its_limit_on_unless_it_may_be_chance(
        ReputationKind kind, long count, long messages, bool? isHigh) =>
        Assert.Equal(isHigh, ReputationPolicy.IsHigh(kind, count, messages));

    [Fact]
    public async Task Complaints_and_bounces_are_counted_by_domain_when_they_happen()
    {
        await fixture.Sums.BeginAsync(Stop);
        await figures.WriteAsync(FigureKinds.Domains, [Day(0, "", "school.example\tsent=100\ntiny.example\tsent=99")], Stop);
        string[] addresses = ["a@gmail.com", "b@GMAIL.com", "c@school.example", "d@tiny.example", "e@gmail.com", "f@gmail.com"];
        var people = new List<Subscriber>();
        foreach (var address in addresses)
        {
            people.Add(await fixture.SubscribedAsync(address));
        }

        await fixture.Unsubscribe.ExecuteAsync(people[5].Id, Stop);
        foreach (var person in people.Take(4).Append(people[5]))
        {
            // The second report of the same reader changes nothing.
            await EndAsync(person, Suppression.Complained);
            await EndAsync(person, Suppression.Complained);
        }

        await EndAsync(people[4], Suppression.Bounced);
        await fixture.Sums.ExecuteAsync(Stop);

        var day = Assert.Single(await fixture.Sums.DaysAsync(Today, Today, Stop));
        Assert.Equal("gmail.com\tbounces=1 complaints=3\nschool.example\tcomplaints=1\nother\tcomplaints=1", day.Domains.ToString());
        Assert.Equal((4, 1, 1), (day.Events["complained"], day.Events["bounced"], day.Events["left"]));
        Assert.DoesNotContain(day.Events, one => one.Key.Contains(':', StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(Suppression.Complained)]
    [InlineData(Suppression.Bounced)]
    public async Task What_an_operator_or_a_list_suppresses_is_no_complaint_and_no_bounce(Suppression reason)
    {
        await fixture.Sums.BeginAsync(Stop);
        await fixture.SubscribedAsync("a@gmail.com");
        await fixture.Suppress.ExecuteAsync(SubscriberFixture.Address("a@gmail.com"), reason, Stop);
        await fixture.Sums.ExecuteAsync(Stop);

        var day = Assert.Single(await fixture.Sums.DaysAsync(Today, Today, Stop));
        Assert.True(day.Domains.IsEmpty);
        Assert.Equal(1, day.Events["complained"] + day.Events["bounced"]);
    }

    [Fact]
    public async Task A_small_domain_is_in_no_row_of_counts()
    {
        await fixture.Sums.BeginAsync(Stop);
        var person = await fixture.SubscribedAsync("ada@private.example");
        await EndAsync(person, Suppression.Complained);
        await fixture.Sums.ExecuteAsync(Stop);
        await fixture.Erase.ExecuteAsync(person.Id, Stop);

        Assert.DoesNotContain(
            ((Testing.Storage.MemoryTableStore)fixture.Store).Everything.SelectMany(one => one.Row.Properties.Values.OfType<string>()),
            text => text.Contains("private", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Rates_are_those_of_the_day_and_of_each_domain_with_enough_messages()
    {
        await WriteAsync(
            Day(0, "sent=10000", "gmail.com\tsent=2300\ngmx.net\tsent=50\nother\tsent=7650"),
            "gmail.com\tcomplaints=9\ngmx.net\tcomplaints=1\nother\tcomplaints=1");

        Assert.Equal(Warned, string.Join("; ", await FindingsAsync()));
    }

    [Fact]
    public async Task A_day_with_few_messages_is_compared_with_the_largest_of_its_week()
    {
        await WriteAsync(
            Day(0, "sent=120", "gmail.com\tsent=30"), "gmail.com\tcomplaints=9\nother\tcomplaints=2",
            Day(6, "sent=10000", "gmail.com\tsent=2300"));
        Assert.Equal(Warned, string.Join("; ", await FindingsAsync()));

        // A day later it is still shown, and after that no more.
        fixture.Time.Advance(TimeSpan.FromDays(1));
        Assert.Equal(Warned, string.Join("; ", await FindingsAsync()));
        fixture.Time.Advance(TimeSpan.FromDays(1));
        Assert.Empty(await FindingsAsync());
    }

    [Fact]
    public async Task Bounces_are_compared_with_what_was_taken_or_refused()
    {
        await WriteAsync(Day(0, "sent=950 rejected=50", "gmx.net\tsent=150 rejected=50"), "gmx.net\tbounces=50");

        Assert.Equal(
            "all domains on 2026-03-02: 50 of 1,000 (5 %; limit 5 %); gmx.net on 2026-03-02: 50 of 200 (25 %; limit 5 %)",
            string.Join("; ", await FindingsAsync()));
    }

    [Fact]
    public async Task A_damaged_row_raises_no_alert()
    {
        await fixture.Store.WriteAsync(
            Tables.Figures, FigureKinds.Readers,
            TableWrite.Upsert(new TableRow("2026-03-02")
            {
                { "counts", "x" }, { "labels", "gmail.com\tcomplaints=-5\n\t\t\ngmx.net" },
            }), Stop);
        await figures.WriteAsync(FigureKinds.Deliveries, [Day(0, "sent=-100 rejected=1", "")], Stop);

        Assert.Empty(await FindingsAsync());
    }

    [Fact]
    public async Task Today_shows_one_alert_for_each_kind_and_severity()
    {
        var program = new DeliveryFixture();
        var store = program.Program.Get<FigureStore>();
        await store.WriteAsync(FigureKinds.Deliveries, [new FigureDay(program.Today, FigureCounts.Parse("sent=10000"))], Stop);
        await store.WriteAsync(
            FigureKinds.Domains,
            [new FigureDay(program.Today, new FigureCounts()) { Labels = FigureLabels.Parse("gmail.com\tsent=2300") }], Stop);
        await store.WriteAsync(
            FigureKinds.Readers,
            [DayOf(program.Today, "", "gmail.com\tcomplaints=11 bounces=50")], Stop);

        var alerts = (await program.Program.Get<LookAtToday>().ExecuteAsync(Stop)).Alerts;

        Assert.Equal(
            [(TodayAlertKind.ManyComplaints, true), (TodayAlertKind.Complaints, false), (TodayAlertKind.Bounces, false)],
            alerts.Select(alert => (alert.Kind, alert.IsUrgent)));
        Assert.StartsWith("gmail.com on ", alerts[0].Text, StringComparison.Ordinal);
    }

    private static FigureDay DayOf(DateOnly date, string counts, string labels) =>
        new(date, FigureCounts.Parse(counts)) { Labels = FigureLabels.Parse(labels) };

    private FigureDay Day(int back, string counts, string labels) => DayOf(Today.AddDays(-back), counts, labels);

    private Task<EndOutcome> EndAsync(Subscriber person, Suppression reason) => new EndSubscription(
        fixture.Subscribers, fixture.Addresses, fixture.Hash, fixture.Change, fixture.Time)
        .ExecuteAsync(person.Id, reason, fixture.Time.GetUtcNow(), Stop);

    private async Task WriteAsync(FigureDay today, string endings, params FigureDay[] before)
    {
        FigureDay[] days = [today, .. before];
        await figures.WriteAsync(FigureKinds.Deliveries, days.Select(day => day with { Labels = new FigureLabels() }), Stop);
        await figures.WriteAsync(FigureKinds.Domains, days.Select(day => day with { Counts = new FigureCounts() }), Stop);
        await figures.WriteAsync(FigureKinds.Readers, [DayOf(today.Date, "", endings)], Stop);
    }

    private Task<IReadOnlyList<ReputationFinding>> FindingsAsync() =>
        new RateReputation(figures, fixture.Sums, fixture.Publication, fixture.Time).ExecuteAsync(Stop);
}

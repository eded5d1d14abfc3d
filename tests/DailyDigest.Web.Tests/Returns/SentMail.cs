using DailyDigest.Mailing;
using DailyDigest.Runs;
using DailyDigest.Storage;
using DailyDigest.Subscribers;

namespace DailyDigest.Web.Tests.Returns;

/// <summary>A mail that was sent, and what each provider reports about it.</summary>
internal sealed record SentMail(WebFixture Site, Subscriber Person, string Token, string MessageId)
{
    public static readonly DateOnly Date = new(2026, 3, 2);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>A delivery in this state.</summary>
    public static async Task<SentMail> ToAsync(
        WebFixture site, string address = "reader@example.com", DeliveryState state = DeliveryState.Sent)
    {
        var person = await site.SubscribedAsync(address);
        var row = new DeliveryRow
        {
            SubscriberId = person.Id,
            Cohort = person.Cohort.Key,
            State = state,
            At = site.Time.GetUtcNow(),
            Reply = "250 ok",
        };
        await site.Get<RunStore>().SlicesAsync(Date, 1, Stop);
        await site.Get<RunStore>().BeginAsync(Closed(person.Cohort.Key, site.Time.GetUtcNow()), Stop);
        await site.Get<ITableStore>().WriteAsync(
            Tables.Ledger, Part.LedgerPartition(Date, Part.Whole), TableWrite.Insert(row.ToRow()), Stop);
        return new SentMail(
            site, person, site.Get<EnvelopeTokens>().Create(Date, person.Id), MessageIds.OfDigest(Date, person.Id, "digest.example.com"));
    }

    // It has a hundred deliveries, so that one bounce is believed.
    private static Run Closed(string cohort, DateTimeOffset now) => new()
    {
        Date = Date,
        Cohort = cohort,
        State = RunState.Closed,
        Due = now,
        Started = now,
        Deadline = now.AddHours(8),
        Ended = now,
        Slices = 1,
        Counts = new Dictionary<DeliveryState, long> { [DeliveryState.Sent] = 100 },
        CountsAsSent = true,
        RefusedCursor = Run.AllRefusedDone,
    };

    public string Envelope => $"bounces+{Token}@mail.example.com";

    /// <summary>The delivery now.</summary>
    public async Task<DeliveryRow> RowAsync() => DeliveryRow.Read(
        (await Site.Get<ITableStore>().GetAsync(Tables.Ledger, Part.LedgerPartition(Date, Part.Whole), Person.Id, Stop))!)!;

    public async Task<SubscriberStatus?> StatusAsync() => await Site.StatusAsync(Person.Id);
}

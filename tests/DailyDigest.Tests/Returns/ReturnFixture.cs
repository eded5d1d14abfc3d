using DailyDigest.Calendar;
using DailyDigest.Mailing;
using DailyDigest.Returns;
using DailyDigest.Runs;
using DailyDigest.Storage;
using DailyDigest.Subscribers;
using DailyDigest.Tests.Fixtures;

namespace DailyDigest.Tests.Returns;

/// <summary>A publication with one reader, who got the digest of today; and reports about it.</summary>
internal sealed class ReturnFixture
{
    public const string Domain = "digest.example.com";
    public static readonly Verdict Gone = new(RefusalReasons.NoSuchUser);
    public static readonly Verdict Full = new("mailbox-full");
    private int reports;

    public DeliveryFixture Publication { get; } = new();

    /// <summary>The reader's id.</summary>
    public string Reader { get; private set; } = "";

    public string Address => DeliveryFixture.Address(Reader);

    public DateOnly Today => Publication.Today;

    public string Token => Publication.Program.Get<EnvelopeTokens>().Create(Today, Reader);

    public DeliveryRow Delivery => Publication.Delivery(Reader);

    /// <summary>The digest of Monday, 2 March 2026 is sent at 07:00.</summary>
    public static async Task<ReturnFixture> SentAsync(bool andRun = true)
    {
        var fixture = new ReturnFixture();
        fixture.Reader = await fixture.SubscribeAsync();
        await fixture.Publication.PublishAsync();
        fixture.Publication.GoTo(2, 7);
        await (andRun ? fixture.Publication.RunAsync(TimeSpan.FromMinutes(1)) : Task.CompletedTask);
        return fixture;
    }

    /// <summary>An active reader with an address row.</summary>
    public async Task<string> SubscribeAsync()
    {
        var id = await Publication.SubscribeAsync();
        Assert.True(EmailAddress.TryParse(DeliveryFixture.Address(id), out var address));
        await Publication.Program.Get<AddressStore>().WriteAsync(
            new AddressRow(Publication.Program.Get<AddressHash>().Of(address), id, null, null), DeliveryFixture.Cancellation);
        return id;
    }

    /// <summary>Signs up, and sends the confirmation. Returns the subscriber's id.</summary>
    public async Task<string> SignUpAsync(string address, bool again = false)
    {
        await Publication.Program.Get<SignUp>().ExecuteAsync(
            new SignUpRequest(address, "page") { Again = again }, DeliveryFixture.Cancellation);
        await SendNoticesAsync();
        Assert.True(EmailAddress.TryParse(address, out var parsed));
        return (await AddressAsync(parsed)).SubscriberId!;
    }

    public Task SendNoticesAsync() => Publication.Program.Get<SendNotices>().ExecuteAsync(DeliveryFixture.Cancellation);

    public Task<AddressRow> AddressAsync(EmailAddress address) => Publication.Program.Get<AddressStore>()
        .GetAsync(Publication.Program.Get<AddressHash>().Of(address), DeliveryFixture.Cancellation);

    /// <summary>The last service mail.</summary>
    public NoticeMail Notice => Publication.Relay.Notices.Last();

    /// <summary>A new report of the mailbox about today's digest, by its token.</summary>
    public ReturnEvent Report(ReturnKind kind, Verdict? verdict = null, string? token = null) => new("mailbox", $"report {++reports}", kind)
    {
        Candidates = [new ReturnCandidate(ReturnProof.Token, token ?? Token, null)],
        Verdict = verdict,
        Reply = "550 no",
        Size = 4_000,
        Arrived = Publication.Time.GetUtcNow(),
    };

    /// <summary>A report that offers a Message-ID only.</summary>
    public ReturnEvent ByMessageId(ReturnKind kind, string messageId, string? recipient, Verdict? verdict = null) =>
        Report(kind, verdict) with { Candidates = [new ReturnCandidate(ReturnProof.MessageId, messageId, recipient)] };

    public Task<ReturnResult> SettleAsync(ReturnEvent reported, Program? program = null) =>
        (program ?? Publication.Program).Get<SettleReturn>().ExecuteAsync(reported, DeliveryFixture.Cancellation);

    public async Task<Subscriber?> PersonAsync(string? id = null) =>
        (await Publication.Program.Get<SubscriberStore>().GetAsync(id ?? Reader, DeliveryFixture.Cancellation))?.Subscriber;

    public async Task<SubscriberStatus?> StatusAsync(string? id = null) => (await PersonAsync(id))?.Status;

    /// <summary>The counts of today or another day, such as <c>bounced=1</c>.</summary>
    public async Task<string> CountsAsync(DateOnly? day = null) =>
        (await Publication.Program.Get<ReturnStore>().CountsAsync(day ?? Today, DeliveryFixture.Cancellation)).ToString();

    /// <summary>The records of all days.</summary>
    public IReadOnlyList<TableRow> Records =>
    [
        .. Publication.Tables.Everything.Where(one => one.Table == Tables.Returns && one.Row.Key[0] != '$').Select(one => one.Row),
    ];
}

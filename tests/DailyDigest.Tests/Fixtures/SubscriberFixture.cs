using DailyDigest.Calendar;
using DailyDigest.Digests;
using DailyDigest.Hooks;
using DailyDigest.Mailing;
using DailyDigest.Runs;
using DailyDigest.Selection;
using DailyDigest.Sending;
using DailyDigest.Settings;
using DailyDigest.Sqlite;
using DailyDigest.Storage;
using DailyDigest.Subscribers;
using DailyDigest.Testing.Storage;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace DailyDigest.Tests.Fixtures;

/// <summary>The use cases of subscribers on their own store, with the test's clock, fault plan and letter box.</summary>
public sealed class SubscriberFixture : IDisposable
{
    private readonly DirectoryInfo? folder;
    private readonly SqliteDatabase? database;

    public SubscriberFixture(bool sqlite = false, DateTimeOffset? now = null)
    {
        Time = new FakeTimeProvider(now ?? new DateTimeOffset(2026, 3, 2, 10, 0, 0, TimeSpan.Zero));
        if (sqlite)
        {
            folder = Directory.CreateTempSubdirectory("dailydigest-");
            database = new SqliteDatabase(new SqliteOptions { Path = Path.Combine(folder.FullName, "test.db") });
            Store = new SqliteTableStore(database, Time);
            Store.PrepareAsync(CancellationToken.None).GetAwaiter().GetResult();
        }
        else
        {
            Store = new MemoryTableStore(Time);
        }

        Tables = new FaultTableStore(Store, Plan);
        Box = new LetterBox();
        Open();
    }

    public FakeTimeProvider Time { get; }

    public FaultPlan Plan { get; } = new();

    public ITableStore Store { get; }

    public ITableStore Tables { get; }

    public LetterBox Box { get; }

    public Publication Publication { get; } = new()
    {
        Name = "The Harbour Gazette",
        BaseUrl = "https://digest.example.com",
        TimeZone = "Europe/Paris",
        Languages = ["en", "ar"],
        Sections = ["Harbour", "City", "Sport"],
    };

    public LinksOptions Links { get; } = new();

    public SignUpOptions SignUpOptions { get; } = new();

    public AddressHash Hash { get; } = new(new IdentityOptions());

    public ReaderCounts Counts { get; private set; } = null!;

    public SumReaders Sums { get; private set; } = null!;

    public SubscriberStore Subscribers { get; private set; } = null!;

    public AddressStore Addresses { get; private set; } = null!;

    public AudienceStore Audience { get; private set; } = null!;

    public CohortStore Cohorts { get; private set; } = null!;

    public NoticeStore Notices { get; private set; } = null!;

    public ReaderLinks ReaderLinks { get; private set; } = null!;

    public ChangeSubscriber Change { get; private set; } = null!;

    public FinishChanges FinishChanges { get; private set; } = null!;

    public SignUp SignUp { get; private set; } = null!;

    public ConfirmSignUp Confirm { get; private set; } = null!;

    public Unsubscribe Unsubscribe { get; private set; } = null!;

    public Resubscribe Resubscribe { get; private set; } = null!;

    public ChangePreferences ChangePreferences { get; private set; } = null!;

    public SuppressAddress Suppress { get; private set; } = null!;

    public EraseSubscriber Erase { get; private set; } = null!;

    public PauseDigest Pause { get; private set; } = null!;

    public EndPause EndPause { get; private set; } = null!;

    public AskNewAddress AskAddress { get; private set; } = null!;

    public AddressClaims Claims { get; private set; } = null!;

    public ConfirmNewAddress ConfirmAddress { get; private set; } = null!;

    public UndoMove UndoMove { get; private set; } = null!;

    public RecordLeavingReason SayWhy { get; private set; } = null!;

    public CollectPersonalData Collect { get; private set; } = null!;

    public SendNotices SendNotices { get; private set; } = null!;

    public ImportSubscribers Import { get; private set; } = null!;

    public ExportSubscribers Export { get; private set; } = null!;

    public HookStore Hooks { get; private set; } = null!;

    public HookCallStore HookCalls { get; private set; } = null!;

    public FindSubscriber Find { get; private set; } = null!;

    public ListSuppressions ListSuppressions { get; private set; } = null!;

    public RemoveSuppression Remove { get; private set; } = null!;

    public ImportSuppressions ImportSuppressions { get; private set; } = null!;

    /// <summary>Signs up and returns the one subscriber the address belongs to.</summary>
    public async Task<Subscriber> SignedUpAsync(string address)
    {
        Assert.Equal(SignUpOutcome.Accepted, await SignUp.ExecuteAsync(new SignUpRequest(address, "page"), CancellationToken.None));
        return (await FindAsync(address))!;
    }

    public async Task<Subscriber> SubscribedAsync(string address)
    {
        var person = await SignedUpAsync(address);
        Assert.Equal(ConfirmOutcome.Active, await Confirm.ExecuteAsync(person.Id, CancellationToken.None));
        return (await FindAsync(address))!;
    }

    public async Task<Subscriber?> FindAsync(string address) =>
        (await Find.ExecuteAsync(Address(address), CancellationToken.None)).Subscriber;

    public static EmailAddress Address(string text) => EmailAddress.TryParse(text, out var address)
        ? address : throw new ArgumentException(text);

    /// <summary>The cohorts whose digest of the date the subscriber gets.</summary>
    public async Task<IReadOnlyList<string>> ServedByAsync(string id, DateOnly date)
    {
        var serving = new List<string>();
        foreach (var row in await Cohorts.ListAsync(CancellationToken.None))
        {
            if (await Audience.GetAsync(row.Cohort, id, CancellationToken.None) is { } entry && entry.CountsOn(date))
            {
                serving.Add(row.Cohort.Key);
            }
        }

        return serving;
    }

    /// <summary>True if any row of the audience still serves the subscriber on a date from today on.</summary>
    public async Task<bool> IsMailedAsync(string id)
    {
        var today = DateOnly.FromDateTime(Time.GetUtcNow().UtcDateTime);
        for (var day = 0; day < 8; day++)
        {
            if ((await ServedByAsync(id, today.AddDays(day))).Count > 0)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Starts a new process on the same store, without faults, three minutes later.</summary>
    public async Task RestartAndFinishAsync()
    {
        Plan.Restart();
        Open();
        Time.Advance(TimeSpan.FromMinutes(3));
        await FinishChanges.ExecuteAsync(CancellationToken.None);
    }

    public void Dispose()
    {
        database?.Dispose();
        folder?.Delete(recursive: true);
    }

    private void Open()
    {
        Counts = new ReaderCounts(Tables, Publication, Time);
        Sums = new SumReaders(Tables, Counts);
        Subscribers = new SubscriberStore(Tables, Counts);
        Addresses = new AddressStore(Tables);
        Audience = new AudienceStore(Tables);
        Cohorts = new CohortStore(Tables, Time);
        Notices = new NoticeStore(Tables);
        ReaderLinks = new ReaderLinks(Publication, Links, Time);
        Hooks = new HookStore(Tables, Time);
        HookCalls = new HookCallStore(Tables);
        var tell = new TellHooks(new PublishEvents(Hooks, HookCalls, Time), Time);
        var changes = new ChangeStore(Tables, Time);
        var languages = new StoryLanguages(Publication, new SelectionOptions());
        var project = new ProjectSubscriber(Audience, Cohorts, new Withhold(Tables, new RunStore(Tables), Time), languages, Tables, tell);
        var startNext = new StartNextDate(Subscribers, project, new RunStore(Tables), Tables);
        Change = new ChangeSubscriber(
            changes, Subscribers, project, startNext, new SentStoryStore(Tables), new RunStore(Tables), languages, Time, hooks: tell);
        Erase = new EraseSubscriber(changes, Subscribers, Addresses, Hash, project, hooks: tell);
        Suppress = new SuppressAddress(Addresses, Hash, Change, Time);
        Claims = new AddressClaims(Addresses, Subscribers, Hash, changes, Erase);
        ConfirmAddress = new ConfirmNewAddress(changes, Subscribers, Addresses, Hash, Claims, Change, Suppress, Notices, Time);
        UndoMove = new UndoMove(Subscribers, changes, ConfirmAddress, Hash, Time);
        AskAddress = new AskNewAddress(Subscribers, Notices, Hash, Time, []);
        Pause = new PauseDigest(Subscribers, Change, Time);
        EndPause = new EndPause(Subscribers, Change, new FindPause(new RunStore(Tables), Time));
        SayWhy = new RecordLeavingReason(Subscribers);
        Collect = new CollectPersonalData(
            Subscribers, Addresses, Notices, Hash, new TraceReader(Tables, new RunStore(Tables), Subscribers), Time);
        FinishChanges = new FinishChanges(
            changes, Subscribers, project, startNext, Erase, ConfirmAddress, NullLogger<FinishChanges>.Instance);
        SignUp = new SignUp(Subscribers, Addresses, Notices, Hash, Publication, Time, tell);
        Confirm = new ConfirmSignUp(Subscribers, Addresses, Hash, Change, Time);
        Unsubscribe = new Unsubscribe(Change, Time);
        Resubscribe = new Resubscribe(Subscribers, Addresses, Hash, Change, Time);
        ChangePreferences = new ChangePreferences(Subscribers, Change, Publication, languages, Time);
        SendNotices = new SendNotices(
            Notices, new ComposeNotice(Subscribers, Addresses, Hash, ReaderLinks, Publication, tell),
            new MailboxBudget(Tables, Hash, SignUpOptions, Time, NullLogger<MailboxBudget>.Instance), Box, Box,
            new RelayFaults(Tables, Time), new NoticeTokens(Links), Publication, Time,
            NullLogger<SendNotices>.Instance);
        Import = new ImportSubscribers(
            Tables, new AddImported(
                Subscribers, Addresses, Hash, Change,
                new ActivateSubscribers(changes, Subscribers, project, startNext, new RunStore(Tables), Time)),
            Publication, Time);
        Export = new ExportSubscribers(Subscribers);
        Find = new FindSubscriber(Subscribers, Addresses, Hash);
        ListSuppressions = new ListSuppressions(Addresses, Subscribers, Hash);
        Remove = new RemoveSuppression(Addresses, Hash);
        ImportSuppressions = new ImportSuppressions(
            Addresses, Hash, Subscribers, Suppress, new EndListed(Addresses, Subscribers, Hash, Suppress), Publication, Time);
    }
}

/// <summary>Records service mails and answers as the test says.</summary>
public sealed class LetterBox : IMailTransport, IMailSession, INoticeRenderer
{
    public List<NoticeMail> Letters { get; } = [];

    public List<NoticeKind> Kinds { get; } = [];

    /// <summary>Runs before the answer; null for nothing.</summary>
    public Func<CancellationToken, Task>? Wait { get; set; }

    public Func<NoticeMail, SendResult> Answer { get; set; } = _ => new SendResult(SendOutcome.Sent, "250 ok");

    public IMailSession OpenSession() => this;

    public Task<SendResult> SendAsync(DigestMail mail, CancellationToken cancellationToken) => throw new NotSupportedException();

    public async Task<SendResult> SendAsync(NoticeMail mail, CancellationToken cancellationToken)
    {
        if (Wait is { } wait)
        {
            await wait(cancellationToken);
        }

        var result = Answer(mail);
        if (result.Outcome == SendOutcome.Sent)
        {
            Letters.Add(mail);
        }

        return result;
    }

    public Task<NoticeText> RenderAsync(NoticeKind kind, string language, string url, CancellationToken cancellationToken)
    {
        Kinds.Add(kind);
        return Task.FromResult(new NoticeText($"{kind} {language}", $"<a href=\"{url}\">{kind}</a>", url));
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

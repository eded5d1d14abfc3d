using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using DailyDigest.App;
using DailyDigest.Calendar;
using DailyDigest.Clock;
using DailyDigest.Content;
using DailyDigest.Digests;
using DailyDigest.Mailing;
using DailyDigest.Runs;
using DailyDigest.Sending;
using DailyDigest.Storage;
using DailyDigest.Subscribers;
using DailyDigest.Testing.Storage;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace DailyDigest.Tests.Fixtures;

/// <summary>The store, the clock and the relay, which outlive a program. One or several programs are started on them.</summary>
internal sealed class DeliveryFixture
{
    public const string Utc = "Etc/UTC";
    private readonly Dictionary<string, string?> settings;
    private int subscribers;
    private int stories;

    /// <summary>Starts on Monday, 2 March 2026, 00:00 UTC. The publication's home cohort is UTC at hour 7.</summary>
    public DeliveryFixture(params (string Name, string Value)[] settings)
    {
        Clock = new SettableClock(Time);
        Tables = new MemoryTableStore(Clock);
        Queues = new MemoryQueueStore(Clock);
        Relay = new ScriptedRelay(Time);
        this.settings = new Dictionary<string, string?>
        {
            ["Publication:Name"] = "The Paper",
            ["Publication:BaseUrl"] = "https://digest.example.com",
            ["Publication:TimeZone"] = Utc,
            ["Publication:Hour"] = "7",
            ["Publication:Languages:0"] = "en",
            ["Publication:Languages:1"] = "fr",
            ["Selection:MinArticles"] = "1",
            ["Selection:MinStories"] = "1",
            ["Selection:MaxArticles"] = "50",
            ["Selection:Variety"] = "0",
            ["Selection:MixLanguages"] = "true",
        };
        Set(settings);
        Program = Start();

        // A new store, as the start of a head leaves it.
        Program.Get<SumReaders>().BeginAsync(CancellationToken.None).GetAwaiter().GetResult();
        Program.Plan.Restart();
    }

    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 3, 2, 0, 0, 0, TimeSpan.Zero));

    /// <summary>The machine's wall clock: <see cref="Time"/>, unless a test sets it.</summary>
    public SettableClock Clock { get; }

    /// <summary>The store. A test that moves it replaces it.</summary>
    public MemoryTableStore Tables { get; set; }

    public MemoryQueueStore Queues { get; set; }

    public ScriptedRelay Relay { get; }

    /// <summary>The store's journal; null, as on Azure Storage, unless a test sets one.</summary>
    public MemoryStoreJournal? Journal { get; set; }

    public PlainRenderer Renderer { get; } = new();

    /// <summary>The program that the methods below use. A test may replace it.</summary>
    public Program Program { get; set; }

    public DateOnly Today => DateOnly.FromDateTime(Time.GetUtcNow().UtcDateTime);

    public static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Starts a program on the store, with its own fault plan.</summary>
    public Program Start(FaultPlan? plan = null, Func<ITableStore, ITableStore>? wrap = null, TimeProvider? time = null)
    {
        plan ??= new FaultPlan();
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(settings).Build();
        ITableStore tables = new FaultTableStore(Tables, plan);
        var services = new ServiceCollection();
        services.AddSingleton(time ?? Clock);
        services.AddSingleton<IHostEnvironment>(new Development());
        services.AddSingleton<ILoggerFactory>(NullLoggerFactory.Instance);
        services.AddSingleton(typeof(ILogger<>), typeof(NullLogger<>));
        services.AddSingleton(wrap is null ? tables : wrap(tables));
        services.AddSingleton<IQueueStore>(new FaultQueueStore(Queues, plan));
        services.AddSingleton<IDigestRenderer>(Renderer).AddSingleton<INoticeRenderer>(Renderer);
        services.AddSingleton<IMailTransport>(new DyingTransport(Relay, plan));
        services.AddSingleton<StoryStore>();
        if (Journal is { } journal)
        {
            services.AddSingleton<IStoreJournal>(journal);
        }

        services.AddDailyDigest(configuration);
        return new Program(services.BuildServiceProvider(), plan);
    }

    /// <summary>Changes settings of the programs that are started later.</summary>
    public void Set(params (string Name, string Value)[] changed)
    {
        foreach (var (name, value) in changed)
        {
            settings[name] = value;
        }
    }

    /// <summary>Adds an active subscriber and returns the id.</summary>
    public async Task<string> SubscribeAsync(
        string zone = Utc, int hour = 7, Rhythm rhythm = default, string language = "en", params string[] sections)
    {
        var id = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"reader {++subscribers}")))[..32];
        var person = new Subscriber
        {
            Id = id,
            Address = Address(id),
            Status = SubscriberStatus.Active,
            Zone = zone,
            Hour = hour,
            Rhythm = rhythm,
            Language = language,
            Sections = sections,
            Consent = new Consent(Time.GetUtcNow(), "test", "1", "en", null),
            Created = Time.GetUtcNow(),
        };
        await Program.Get<ChangeSubscriber>().ExecuteAsync(id, _ => person, Cancellation);
        return id;
    }

    public async Task<IReadOnlyList<string>> SubscribeAsync(int count)
    {
        var ids = new List<string>();
        for (var i = 0; i < count; i++)
        {
            ids.Add(await SubscribeAsync());
        }

        return ids;
    }

    public static string Address(string id) => id[..12] + "@example.com";

    /// <summary>Adds a story that is unlike all others and returns its title. A story in ar has Arabic letters.</summary>
    public async Task<string> PublishAsync(string? section = null, string? language = null)
    {
        var words = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"story {++stories}")));
        var title = string.Join(' ', words.Chunk(8).Take(6).Select(word => new string(word)));
        title = language == "ar" ? string.Concat(title.Select(letter => letter == ' ' ? ' ' : (char)('\u0628' + (letter % 16)))) : title;
        var url = string.Create(CultureInfo.InvariantCulture, $"https://paper.example.com/{stories}");
        await Program.Get<StoryStore>().UpsertAsync(
            new Story
            {
                Id = StoryId.From(url),
                Kind = StoryKind.Article,
                Url = url,
                Title = title,
                Source = "paper",
                Section = section,
                Language = language,
                Published = Time.GetUtcNow(),
                FirstSeen = Time.GetUtcNow(),
            },
            Cancellation);
        return title;
    }

    public void Advance(TimeSpan by) => Time.Advance(by);

    public void GoTo(int day, int hour, int minute = 0) => Time.SetUtcNow(new DateTimeOffset(2026, 3, day, hour, minute, 0, TimeSpan.Zero));

    /// <summary>Runs the service: every minute a tick, then all messages in the queue.</summary>
    public async Task RunAsync(TimeSpan span)
    {
        for (var end = Time.GetUtcNow() + span; ; Time.Advance(TimeSpan.FromMinutes(1)))
        {
            await Program.RunOnceAsync();
            if (Time.GetUtcNow() >= end)
            {
                return;
            }
        }
    }

    public Task<Run?> RunOfAsync(DateOnly date, string? cohort = null) =>
        Program.Get<RunStore>().GetAsync(date, cohort ?? new Cohort(Utc, 7, Rhythm.Daily).Key, Cancellation);

    /// <summary>The ledger's deliveries of the date.</summary>
    public IReadOnlyList<DeliveryRow> Ledger(DateOnly date) =>
    [
        .. Tables.Everything.Where(
            one => one.Table == Storage.Tables.Ledger && one.Partition.StartsWith(date.Text(), StringComparison.Ordinal))
            .Select(one => DeliveryRow.Read(one.Row)).OfType<DeliveryRow>(),
    ];

    public DeliveryRow Delivery(string id) => Ledger(Today).Single(row => row.SubscriberId == id);

    public IReadOnlyList<PartControl> Controls() =>
        [.. Tables.Everything.Where(one => one.Table == Storage.Tables.Ledger && one.Row.Key[0] == '!')
            .Select(one => PartControl.Read(one.Row))];

    /// <summary>Writes the run and the control rows of the cohort's parts, as an operator's order does.</summary>
    public async Task SteerAsync(Func<PartControl, PartControl> change, string? cohort = null)
    {
        var runs = new RunStore(Tables);
        for (Run? run = null, done = null; done is null;)
        {
            run = (await runs.GetAsync(Today, cohort ?? new Cohort(Utc, 7, Rhythm.Daily).Key, Cancellation))!;
            var word = change(new PartControl { Paused = run.Paused, Cancelled = run.Cancelled });
            done = await runs.ChangeAsync(run with { Paused = word.Paused, Cancelled = word.Cancelled }, Cancellation);
        }

        foreach (var slice in new[] { Part.Whole }.Concat(Part.Sixteen))
        {
            var part = new Part(Today, slice, cohort ?? new Cohort(Utc, 7, Rhythm.Daily).Key);
            while (await Tables.GetAsync(Storage.Tables.Ledger, part.Partition, part.ControlKey, Cancellation) is { } row)
            {
                var write = TableWrite.Update(change(PartControl.Read(row)).ToRow(part), row.ETag!);
                if ((await Tables.WriteAsync(Storage.Tables.Ledger, part.Partition, write, Cancellation)).IsDone)
                {
                    break;
                }
            }
        }
    }

    private sealed class Development : IHostEnvironment
    {
        public string ApplicationName { get; set; } = "tests";

        public IFileProvider ContentRootFileProvider { get; set; } = new NullFileProvider();

        public string ContentRootPath { get; set; } = "";

        public string EnvironmentName { get; set; } = Environments.Development;
    }

    /// <summary>A dead program sends nothing.</summary>
    private sealed class DyingTransport(ScriptedRelay relay, FaultPlan plan) : IMailTransport
    {
        public IMailSession OpenSession() => relay.OpenSession(plan);
    }
}

/// <summary>A program on the fixture's store.</summary>
internal sealed class Program(ServiceProvider services, FaultPlan plan)
{
    public FaultPlan Plan { get; } = plan;

    public T Get<T>() where T : notnull => services.GetRequiredService<T>();

    public Task<TickReport> TickAsync() => Get<Tick>().ExecuteAsync(DeliveryFixture.Cancellation);

    /// <summary>Delivers hints until the queue has none.</summary>
    public async Task DeliverAsync()
    {
        while (await Get<DeliverHints>().ExecuteAsync(DeliveryFixture.Cancellation) > 0)
        {
            DeliveryFixture.Cancellation.ThrowIfCancellationRequested();
        }
    }

    public async Task RunOnceAsync()
    {
        await TickAsync();
        await DeliverAsync();
    }
}

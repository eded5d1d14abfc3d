using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Security.Cryptography;
using System.Text;
using DailyDigest.App;
using DailyDigest.AzureStorage;
using DailyDigest.Calendar;
using DailyDigest.Clock;
using DailyDigest.Content;
using DailyDigest.Digests;
using DailyDigest.Mail;
using DailyDigest.Runs;
using DailyDigest.Sending;
using DailyDigest.Sqlite;
using DailyDigest.Storage;
using DailyDigest.Subscribers;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace DailyDigest.DeliveryBenchmark;

/// <summary>The product as the Server wires it, with a file of its own: from the tick to the closed run nothing is left out.</summary>
internal sealed class Product : IAsyncDisposable
{
    /// <summary>The hour of the cohort that warms the process up, and of the one that is measured an hour later.</summary>
    private const int WarmUpHour = 7;

    private static readonly DateTimeOffset Morning = new(2026, 11, 3, WarmUpHour, 0, 0, TimeSpan.Zero);

    private readonly string folder = Directory.CreateTempSubdirectory("dailydigest-benchmark").FullName;
    private readonly Clock clock = new();
    private readonly ServiceProvider services;

    public Product(IReadOnlyDictionary<string, string?> settings)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>(settings)
        {
            ["Publication:Name"] = "The Paper",
            ["Publication:BaseUrl"] = "https://digest.example.com",
            ["Publication:PostalAddress"] = "1 Main Street, Springfield",
            ["Publication:TimeZone"] = "Etc/UTC",
            ["Publication:Hour"] = "0",
            ["Publication:Languages:0"] = "en",
            ["Selection:MaxArticles"] = "16",
            ["Selection:MaxBlogPosts"] = "4",
            ["Mail:From"] = "The Paper <news@example.com>",
            ["Identity:Key"] = Convert.ToBase64String(SHA256.HashData("identity"u8)),
            ["Links:Keys"] = Convert.ToBase64String(SHA256.HashData("links"u8)),
            ["Storage:Path"] = settings.GetValueOrDefault("Storage:Path") ?? Path.Combine(folder, "dailydigest.db"),
        }).Build();
        var collection = new ServiceCollection();
        collection.AddSingleton<TimeProvider>(clock);
        collection.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Warning));
        collection.AddDailyDigest(configuration).AddMail(configuration);
        if (configuration[Senders.AzureConnection] is null)
        {
            collection.AddSqliteStorage(configuration);
        }
        else
        {
            collection.AddAzureStorage(configuration);
        }

        collection.AddSingleton<FeedStore>().AddSingleton<StoryStore>();
        var tables = collection.Last(service => service.ServiceType == typeof(ITableStore));
        collection.AddSingleton(provider => new CountedTables(Create(tables, provider)));
        collection.AddSingleton<ITableStore>(provider => provider.GetRequiredService<CountedTables>());
        services = collection.BuildServiceProvider();
        clock.SetTo(Morning.AddHours(-1));
    }

    /// <summary>The folder of the database; deleted at the end.</summary>
    public string Folder => folder;

    /// <summary>A part of the program.</summary>
    public T Get<T>() where T : notnull => services.GetRequiredService<T>();

    /// <summary>The run that was measured.</summary>
    public async Task<Run> RunAsync() => (await Get<RunStore>().GetAsync(
        DateOnly.FromDateTime(Morning.Date), Cohort(WarmUpHour + 1).Key, CancellationToken.None))!;

    /// <summary>Sets the clock to the hour after the run.</summary>
    public void GoToNextHour() => clock.SetTo(Morning.AddHours(2));

    /// <summary>Prepares storage, stories, the renderer and the audience: what stands before the hour comes.</summary>
    public async Task PrepareAsync(int warmUp, int readers)
    {
        await services.GetRequiredService<PrepareStart>().ExecuteAsync(CancellationToken.None);
        await services.GetRequiredService<IDigestRenderer>().WarmUpAsync(CancellationToken.None);
        var stories = services.GetRequiredService<StoryStore>();
        foreach (var story in Stories())
        {
            await stories.UpsertAsync(story, CancellationToken.None);
        }

        await FillAsync(WarmUpHour, warmUp);
        await FillAsync(WarmUpHour + 1, readers);
    }

    private static ITableStore Create(ServiceDescriptor tables, IServiceProvider provider) => (ITableStore)(
        tables.ImplementationFactory?.Invoke(provider) ?? ActivatorUtilities.CreateInstance(provider, tables.ImplementationType!));

    /// <summary>Asks for a row that does not exist, so that the store's log of requests shows where something begins or ends.</summary>
    public Task MarkAsync(string name) =>
        services.GetRequiredService<ITableStore>().GetAsync(Tables.Facts, name, "mark", CancellationToken.None);

    /// <summary>Delivers to the first cohort; nothing is measured.</summary>
    public Task<Measured> WarmUpAsync() => DeliverAsync(WarmUpHour);

    /// <summary>Delivers to the second cohort, from the tick until its run is closed.</summary>
    public Task<Measured> MeasureAsync() => DeliverAsync(WarmUpHour + 1);

    private async Task<Measured> DeliverAsync(int hour)
    {
        clock.SetTo(Morning.AddHours(hour - WarmUpHour));
        var (tick, hints, runs) =
            (services.GetRequiredService<Tick>(), services.GetRequiredService<DeliverHints>(), services.GetRequiredService<RunStore>());
        GC.Collect();
        var counted = services.GetRequiredService<CountedTables>();
        using var first = new FirstMessage();
        var (meter, allocated, before, calls) =
            (new Meters(), GC.GetTotalAllocatedBytes(), Environment.WorkingSet / 1048576.0, counted.Calls);
        var beganAt = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() / 1000.0;
        await tick.ExecuteAsync(CancellationToken.None);
        var run = (await runs.GetAsync(DateOnly.FromDateTime(Morning.Date), Cohort(hour).Key, CancellationToken.None))!;
        while (run.State == RunState.Open)
        {
            if (await hints.ExecuteAsync(CancellationToken.None) == 0)
            {
                await Task.Delay(10);
            }

            run = (await runs.GetAsync(run.Date, run.Cohort, CancellationToken.None))!;
        }

        var (seconds, cpu) = meter.Read();
        var sent = run.Counts.GetValueOrDefault(DeliveryState.Sent);
        return new Measured(
            sent, seconds, cpu, Meters.PeakMegabytes(), first.After?.TotalSeconds,
            (GC.GetTotalAllocatedBytes() - allocated) / 1024.0 / Math.Max(1, sent), before,
            (counted.Calls - calls) * 1000.0 / Math.Max(1, sent))
        {
            Readers = run.Counts.Values.Sum(),
            BeganAt = beganAt,
        };
    }

    private static Cohort Cohort(int hour) => new("Etc/UTC", hour, Rhythm.Daily);

    /// <summary>Audience rows as the store writes them, in batches: a million sign-ups would take longer than what is measured.</summary>
    private async Task FillAsync(int hour, int readers)
    {
        var (tables, audience) = (services.GetRequiredService<ITableStore>(), services.GetRequiredService<AudienceStore>());
        var cohort = Cohort(hour);
        await services.GetRequiredService<CohortStore>().EnsureAsync(cohort, CancellationToken.None);
        var sample = new AudienceEntry(new string('0', 32), "a@example.com", "en", [], new DateOnly(2026, 1, 1), null, false, 1);
        var removed = sample with { Removed = true, Version = 2 };
        await audience.ProjectAsync(cohort, sample, CancellationToken.None);
        var first = (await tables.GetAsync(Tables.Audience, $"{cohort.Key}~0", sample.SubscriberId, CancellationToken.None))!;
        await audience.ProjectAsync(cohort, removed, CancellationToken.None);

        foreach (var (index, slice) in AudienceStore.Slices.Index())
        {
            var share = (readers / 16) + (index < readers % 16 ? 1 : 0);
            foreach (var batch in Enumerable.Range(0, share).Chunk(TableRules.MaxBatch))
            {
                var rows = batch.Select(number => TableWrite.Insert(Row(first, slice, hour, number))).ToList();
                await tables.WriteAsync(Tables.Audience, $"{cohort.Key}~{slice}", rows, CancellationToken.None);
            }
        }
    }

    private static TableRow Row(TableRow first, char slice, int hour, int number)
    {
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes($"{slice} {hour} {number}")));
        var row = new TableRow(slice + hash[..31]);
        foreach (var (name, value) in first.Properties)
        {
            row.Add(name, name == "address" ? $"reader{hash[..12]}@example.com" : value);
        }

        return row;
    }

    private static IEnumerable<Story> Stories()
    {
        var random = new Random(1);
        for (var number = 0; number < 60; number++)
        {
            var url = $"https://paper.example/2026/11/03/{number}";
            var published = Morning.AddMinutes(-random.Next(90, 20 * 60));
            yield return new Story
            {
                Id = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(url)))[..32],
                Kind = number % 5 == 0 ? StoryKind.BlogPost : StoryKind.Article,
                Url = url,
                Title = Words(8),
                Summary = Words(45),
                Byline = "A. Writer",
                Section = "Section " + random.Next(8),
                Source = "feed " + random.Next(12),
                Published = published,
                FirstSeen = published,
                Signals = new Signals(random.Next(20_000)),
            };
        }

        string Words(int count) => string.Join(' ', Enumerable.Range(0, count).Select(_ => Word()));

        string Word() => string.Concat(Enumerable.Range(0, random.Next(3, 9)).Select(_ => (char)('a' + random.Next(26))));
    }

    public async ValueTask DisposeAsync()
    {
        await services.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    /// <summary>When the relay first answered, from the product's own metrics.</summary>
    private sealed class FirstMessage : IDisposable
    {
        private readonly long began = Stopwatch.GetTimestamp();
        private readonly MeterListener listener = new();
        private long at;

        public FirstMessage()
        {
            listener.InstrumentPublished = (instrument, self) =>
            {
                if (instrument.Name == "dailydigest.send.duration")
                {
                    self.EnableMeasurementEvents(instrument);
                }
            };
            listener.SetMeasurementEventCallback<double>((_, _, _, _) => Interlocked.CompareExchange(ref at, Stopwatch.GetTimestamp(), 0));
            listener.Start();
        }

        public TimeSpan? After => at == 0 ? null : Stopwatch.GetElapsedTime(began, at);

        public void Dispose() => listener.Dispose();
    }
}

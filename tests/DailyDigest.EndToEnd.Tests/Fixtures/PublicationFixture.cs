using System.Security.Cryptography;
using System.Text;
using DailyDigest.App;
using DailyDigest.Calendar;
using DailyDigest.Content;
using DailyDigest.Digests;
using DailyDigest.Runs;
using DailyDigest.Selection;
using DailyDigest.Server;
using DailyDigest.Settings;
using DailyDigest.Sqlite;
using DailyDigest.Storage;
using DailyDigest.Subscribers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace DailyDigest.EndToEnd.Tests.Fixtures;

/// <summary>A publication in a temporary folder: its settings and its database.</summary>
internal sealed class PublicationFixture : IDisposable
{
    public const string BaseUrl = "https://digest.example.com";

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("dailydigest-");

    public PublicationFixture(int smtpPort)
    {
        DatabasePath = Path.Combine(Folder, "dailydigest.db");
        Settings = new Dictionary<string, string>
        {
            ["DOTNET_ENVIRONMENT"] = "Production",
            ["ASPNETCORE_ENVIRONMENT"] = "Production",
            ["Publication__Name"] = "The Courier",
            ["Publication__BaseUrl"] = BaseUrl,
            ["Publication__TimeZone"] = "Europe/Paris",
            ["Publication__PostalAddress"] = "1 Quay Street, 12345 Harbour",
            ["Publication__Languages__0"] = "en",
            ["Publication__Languages__1"] = "ar",
            ["Selection__MixLanguages"] = "true",
            ["Publication__Hour"] = "7",
            ["Mail__From"] = "courier@example.com",
            ["Mail__Host"] = "127.0.0.1",
            ["Mail__Port"] = smtpPort.ToString(System.Globalization.CultureInfo.InvariantCulture),
            ["Mail__Security"] = "none",
            ["Storage__Path"] = DatabasePath,
            ["Identity__Key"] = Convert.ToBase64String(new byte[32].Select((_, i) => (byte)i).ToArray()),
            ["Links__Keys"] = Convert.ToBase64String(new byte[32].Select((_, i) => (byte)(i + 100)).ToArray()),
            ["Api__Keys"] = "test-key-0123456789abcdef0123456789abcdef",
            ["Urls"] = "http://127.0.0.1:0",
        };
    }

    public string Folder => folder.FullName;

    /// <summary>When the fixture was created. Its readers' hour is the hour of this instant.</summary>
    public DateTimeOffset Made { get; } = TimeProvider.System.GetUtcNow();

    /// <summary>The embedded file. A test that moves the store names another.</summary>
    public string DatabasePath { get; set; }

    /// <summary>The settings as environment variables.</summary>
    public Dictionary<string, string> Settings { get; }

    /// <summary>The settings as configuration keys.</summary>
    public IEnumerable<KeyValuePair<string, string?>> Configuration =>
        Settings.Select(pair => KeyValuePair.Create(pair.Key.Replace("__", ":", StringComparison.Ordinal), (string?)pair.Value));

    /// <summary>Starts the real server without its workers, on the test's clock if there is one. The caller disposes of it.</summary>
    public async Task<WebApplication> StartAsync(CancellationToken cancellationToken, TimeProvider? time = null)
    {
        var app = ServerHost.Build([], workers: false, builder =>
        {
            builder.Configuration.AddInMemoryCollection(Configuration);
            builder.Environment.EnvironmentName = "Production";
            builder.Logging.ClearProviders();
            builder.Services.AddSingleton(time ?? TimeProvider.System);
        });
        try
        {
            await app.Services.GetRequiredService<PrepareStart>().ExecuteAsync(cancellationToken);
            await app.StartAsync(cancellationToken);
            return app;
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }
    }

    /// <summary>The address at which the started program listens.</summary>
    public static string AddressOf(WebApplication app) =>
        app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();

    /// <summary>Opens the database, as a second program beside the one under test.</summary>
    public async Task<SqliteDatabase> OpenAsync(CancellationToken cancellationToken)
    {
        var database = new SqliteDatabase(new SqliteOptions { Path = DatabasePath });
        await new SqliteTableStore(database, TimeProvider.System).PrepareAsync(cancellationToken);
        await new SqliteQueueStore(database, TimeProvider.System).PrepareAsync(cancellationToken);
        return database;
    }

    /// <summary>Adds recent stories, and readers of one cohort that is due in the hour in which the fixture was created.</summary>
    public async Task<Cohort> SeedAsync(int readers, CancellationToken cancellationToken)
    {
        using var database = await OpenAsync(cancellationToken);
        return await SeedAsync(new SqliteTableStore(database, TimeProvider.System), readers, Made, cancellationToken);
    }

    /// <summary>Adds the same to any store, as of <paramref name="now"/>.</summary>
    public static async Task<Cohort> SeedAsync(ITableStore tables, int readers, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var time = new FakeTimeProvider(now);
        var stories = new StoryStore(tables, time);
        for (var i = 0; i < 6; i++)
        {
            Assert.True(CanonicalUrl.TryParse($"https://news.example.com/stories/{i}", out var url));
            await stories.UpsertAsync(
                new Story
                {
                    Id = StoryId.From(url),
                    Kind = StoryKind.Article,
                    Url = url,
                    Title = string.Join(' ', Enumerable.Range(0, 6).Select(word => $"word{(i * 6) + word}")),
                    Summary = "What happened and why.",
                    Source = $"feed{i}",
                    Published = now.AddHours(-1),
                    FirstSeen = now.AddHours(-1),
                },
                cancellationToken);
        }

        var cohort = new Cohort("Etc/UTC", now.Hour, Rhythm.Daily);
        var cohorts = new CohortStore(tables, time);
        await cohorts.EnsureAsync(cohort, cancellationToken, from: Zones.LocalDate(cohort.Zone, now));
        var audience = new AudienceStore(tables);
        var languages = new StoryLanguages(new Publication(), new SelectionOptions());
        var project = new ProjectSubscriber(audience, cohorts, new Withhold(tables, new RunStore(tables), time), languages, tables);
        var counts = new ReaderCounts(tables, new Publication { TimeZone = "Etc/UTC" }, time);
        var (subscribers, runs) = (new SubscriberStore(tables, counts), new RunStore(tables));
        var change = new ChangeSubscriber(
            new ChangeStore(tables, time), subscribers, project, new StartNextDate(subscribers, project, runs, tables),
            new SentStoryStore(tables), runs, languages, time);
        await Parallel.ForEachAsync(
            Enumerable.Range(
                0, readers), new ParallelOptions { MaxDegreeOfParallelism = 32, CancellationToken = cancellationToken }, async (i, stop) =>
        {
            var reader = new Subscriber
            {
                Id = ReaderId(i),
                Address = ReaderAddress(i),
                Status = SubscriberStatus.Active,
                Zone = cohort.Zone,
                Hour = cohort.Hour,
                Language = "en",
                Consent = new Consent(now, "import: test", SignUp.Wording, "en", null),
                Created = now,
                Confirmed = now,
            };
            await change.ExecuteAsync(reader.Id, _ => reader, stop);
        });

        return cohort;
    }

    /// <summary>The id of the seeded reader with this number: the same each time, spread over the slices.</summary>
    public static string ReaderId(int number) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes($"reader {number}")))[..32];

    public static string ReaderAddress(int number) => $"reader{number}@example.org";

    public void Dispose() => folder.Delete(recursive: true);
}

using DailyDigest.App;
using DailyDigest.Calendar;
using DailyDigest.Clock;
using DailyDigest.Content;
using DailyDigest.Hooks;
using DailyDigest.Mail;
using DailyDigest.Mailing;
using DailyDigest.Settings;
using DailyDigest.Sqlite;
using DailyDigest.Storage;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;

namespace DailyDigest.Demo;

/// <summary>
/// Makes the two weeks before the first start, through the use cases of the program and with a clock of its own, in a database beside the
/// one of the program. The whole database then takes its place by one renaming: a start that was killed before leaves nothing behind.
/// </summary>
internal static class MakeHistory
{
    private const string Folder = "history.tmp";

    // Wide commits: the relay of the history is quicker than a disk.
    private const string Connections = "40";

    /// <summary>Makes the history if there is no database yet. Call it before the database is opened.</summary>
    public static async Task ExecuteAsync(IServiceProvider program, CancellationToken cancellationToken)
    {
        if (program.GetService<SqliteDatabase>() is not { } database)
        {
            return;
        }

        var folder = Path.Combine(Path.GetDirectoryName(database.FullPath)!, Folder);
        var (path, journal) = (Path.Combine(folder, "history.db"), Path.Combine(folder, "history.journal"));
        if (database.IsNew)
        {
            if (Directory.Exists(folder))
            {
                Directory.Delete(folder, recursive: true);
            }

            OwnerOnly.CreateFolder(folder);
            await FillAsync(program, path, cancellationToken);
            File.Move(path, database.FullPath);
        }

        // Also after a kill between the two: the journal belongs to the database that has taken its place.
        if (File.Exists(journal) && !File.Exists(path) && !File.Exists(database.JournalPath))
        {
            File.Move(journal, database.JournalPath);
        }

        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task FillAsync(IServiceProvider program, string path, CancellationToken cancellationToken)
    {
        var (publication, now) = (program.GetRequiredService<Publication>(), program.GetRequiredService<TimeProvider>().GetUtcNow());
        var configuration = new ConfigurationBuilder().AddConfiguration(program.GetRequiredService<IConfiguration>())
            .AddInMemoryCollection(new Dictionary<string, string?>
            {
                ["Storage:Path"] = path,
                ["Storage:Journal"] = "",
                ["Delivery:Connections"] = Connections,
            }).Build();
        var plan = new PastPlan(publication, program.GetRequiredService<DemoReaders>().All(), now);
        var clock = new PastClock(plan.ImportedAt);
        var services = new ServiceCollection();
        services.AddLogging().AddSingleton<IConfiguration>(configuration);
        services.AddSingleton(program.GetRequiredService<IHostEnvironment>());
        services.AddSingleton<TimeProvider>(clock).AddSingleton(clock).AddSingleton(plan);
        services.AddSingleton(publication).AddSingleton(new FeedsOptions());
        services.AddDailyDigest(configuration).AddMail(configuration).AddSqliteStorage(configuration);
        services.AddSingleton(provider => new SqliteDatabase(provider.GetRequiredService<SqliteOptions>(), clock) { WaitsForDisk = false });
        services.AddSingleton<IMailTransport>(new PastRelay(clock, plan.RelayOutage));
        services.AddSingleton<IHookSender>(new PastReceiver(clock, plan.ReceiverOutage));
        services.AddSingleton<DemoEditions>().AddSingleton<PastFeeds>();
        services.AddSingleton<IFeedReader>(provider => provider.GetRequiredService<PastFeeds>());

        // The clock of the history jumps, and no operator has to know.
        services.AddSingleton(provider => new ClockJumps(
            provider.GetRequiredService<ITableStore>(), TimeProvider.System, NullLogger<ClockJumps>.Instance));
        services.AddSingleton<PastDays>();
        await using var past = services.BuildServiceProvider();
        await past.GetRequiredService<PrepareStart>().ExecuteAsync(cancellationToken);
        await past.GetRequiredService<PastDays>().ExecuteAsync(cancellationToken);
    }
}

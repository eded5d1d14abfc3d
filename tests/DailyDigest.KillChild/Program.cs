using System.Collections;
using DailyDigest.App;
using DailyDigest.AzureStorage;
using DailyDigest.Clock;
using DailyDigest.Digests;
using DailyDigest.KillChild;
using DailyDigest.Mail;
using DailyDigest.Mailing;
using DailyDigest.Runs;
using DailyDigest.Sending;
using DailyDigest.Sqlite;
using DailyDigest.Storage;
using DailyDigest.Subscribers;
using DailyDigest.Testing.Storage;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

// Does what the Server's clock and delivery workers do, from settings in the environment as there, until every run is closed: ends with 0
// then,
// with 3 if what is left is for later. Its clock and its kill are given on the command line; the product has no such settings.
var options = SenderOptions.Parse(args);
var clock = new ShiftedTime(options.Shift, options.BootShift);
var configuration = new ConfigurationBuilder().AddInMemoryCollection(Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
    .Select(pair => KeyValuePair.Create(((string)pair.Key).Replace("__", ":", StringComparison.Ordinal), (string?)pair.Value))).Build();

// The store has one clock for both programs, whatever their own clocks say: on Azure it is the service's.
var storeServices = new ServiceCollection().AddSingleton<TimeProvider>(new ShiftedTime(options.StoreShift));
_ = configuration[AzureStorageOptions.Section + ":ConnectionString"] is { Length: > 0 }
    ? storeServices.AddAzureStorage(configuration)
    : storeServices.AddSqliteStorage(configuration);
using var stores = storeServices.BuildServiceProvider();

var kill = new SelfKill(options);
var tables = stores.GetRequiredService<ITableStore>();
var services = new ServiceCollection();
services.AddSingleton<TimeProvider>(clock);
services.AddSingleton<ILoggerFactory>(NullLoggerFactory.Instance);
services.AddSingleton(typeof(ILogger<>), typeof(NullLogger<>));
services.AddSingleton<ITableStore>(new FaultTableStore(options.WithoutAttempts ? new WithoutAttempts(tables) : tables, kill.Plan));
services.AddSingleton<IQueueStore>(new FaultQueueStore(stores.GetRequiredService<IQueueStore>(), kill.Plan));
services.AddMail(configuration);
var transport = services.Single(service => service.ServiceType == typeof(IMailTransport));
services.AddSingleton<IMailTransport>(provider => new KillingTransport((IMailTransport)transport.ImplementationFactory!(provider), kill));
services.AddSingleton<IDigestRenderer, PlainRenderer>();
services.AddDailyDigest(configuration);
using var program = services.BuildServiceProvider();

await program.GetRequiredService<PrepareStart>().ExecuteAsync(CancellationToken.None);
while (true)
{
    var (swept, taken) = (0, 0);
    try
    {
        swept = (await program.GetRequiredService<Tick>().ExecuteAsync(CancellationToken.None)).Swept;
        while (await program.GetRequiredService<DeliverHints>().ExecuteAsync(CancellationToken.None) is > 0 and var hints)
        {
            taken += hints;
        }

        if ((await program.GetRequiredService<RunStore>().ListOpenAsync(clock.GetUtcNow(), CancellationToken.None)).Count == 0)
        {
            return 0;
        }
    }
    catch (Exception exception) when (exception is StorageException or AggregateException)
    {
        // As the server's workers do: log it, and continue with the next step.
        await Console.Error.WriteLineAsync(exception.ToString());
    }

    if (options.Once && swept + taken == 0)
    {
        return 3;
    }

    await Task.Delay(TimeSpan.FromMilliseconds(100), clock);
}

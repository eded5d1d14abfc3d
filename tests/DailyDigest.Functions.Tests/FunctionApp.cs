using System.Globalization;
using DailyDigest.Calendar;
using DailyDigest.Functions.Tests.TestHost;
using DailyDigest.Settings;
using DailyDigest.Storage;
using DailyDigest.Testing.Services;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace DailyDigest.Functions.Tests;

/// <summary>
/// A function app for a test: a storage account, a mail server, a feed, and a worker that the test host has started. There is no clock
/// setting, so the publication's zone is one in which it is between 12:00 and 13:00 now, and its hour is 12. Its digest is due.
/// </summary>
public sealed class FunctionApp : IAsyncLifetime
{
    /// <summary>The secret of the web hook for Azure.</summary>
    internal const string HookSecret = "5f0c7be1a94d2e83c6b1d07f9e24a8b3";

    private readonly SmtpOptions smtpOptions;
    private Azurite? azurite;
    private SmtpRecorder? smtp;
    private JsonFeed? feed;
    private FunctionsHost? host;
    private FunctionsWorker? worker;
    private IHost? wired;
    private string earlier = "";

    public FunctionApp()
        : this(new SmtpOptions())
    {
    }

    internal FunctionApp(SmtpOptions smtpOptions) => this.smtpOptions = smtpOptions;

    internal static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    internal SmtpRecorder Smtp => smtp!;

    internal FunctionsWorker Worker => worker!;

    /// <summary>All log messages and output of this app's workers, including those that have ended.</summary>
    internal string Logged => earlier + Worker.Logged;

    internal QueueListener Queue => new(azurite!.ConnectionString, Queues.Deliver);

    /// <summary>The home cohort, which is due.</summary>
    internal Cohort Home => Get<Publication>().HomeCohort;

    internal DateOnly Today => Zones.LocalDate(Home.Zone, TimeProvider.System.GetUtcNow());

    /// <summary>The app's settings, as environment variables.</summary>
    internal Dictionary<string, string> Settings { get; } = new(ExampleSettings.All);

    /// <summary>A service of the product on the same storage, to prepare and to check.</summary>
    internal T Get<T>() where T : notnull => wired!.Services.GetRequiredService<T>();

    public async ValueTask InitializeAsync()
    {
        if (Azurite.WhyNot is not null || SmtpRecorder.WhyNot is not null)
        {
            return;
        }

        azurite = await Azurite.StartAsync(Cancellation);
        smtp = await SmtpRecorder.StartAsync(smtpOptions, Cancellation);
        feed = await JsonFeed.StartAsync(Cancellation);
        host = await FunctionsHost.StartAsync(Cancellation);
        Configure(azurite.ConnectionString);
        await StartWorkerAsync();
        wired = Wire(Settings);
    }

    public async ValueTask DisposeAsync()
    {
        wired?.Dispose();
        foreach (IAsyncDisposable? part in new IAsyncDisposable?[] { worker, host, feed, smtp, azurite })
        {
            if (part is not null)
            {
                await part.DisposeAsync();
            }
        }
    }

    /// <summary>Ends the test as skipped, or failed where services are required, if something it needs is not installed.</summary>
    internal static void Require()
    {
        TestServices.Require("azurite");
        TestServices.Require("smtp-server");
    }

    /// <summary>Makes today the first date of the home cohort. The default is the first date whose hour is still to come.</summary>
    internal Task BeginTodayAsync() => Get<CohortStore>().EnsureAsync(Home, Cancellation, from: Today);

    /// <summary>Starts the worker, or another in place of one that has ended.</summary>
    internal async Task StartWorkerAsync()
    {
        if (worker is not null)
        {
            await worker.DisposeAsync();
            earlier += worker.Logged;
        }

        worker = await FunctionsWorker.StartAsync(host!, Settings, Cancellation);
    }

    /// <summary>The head's own wiring with these settings, not started.</summary>
    internal static IHost Wire(IEnumerable<KeyValuePair<string, string>> settings)
    {
        var builder = FunctionsApplication.CreateBuilder([]);
        builder.Configuration.AddInMemoryCollection(settings.Select(
            setting => KeyValuePair.Create(setting.Key.Replace("__", ":", StringComparison.Ordinal), (string?)setting.Value)));
        builder.ConfigureFunctionsWebApplication();
        builder.Services.AddDailyDigestFunctions(builder.Configuration);
        return builder.Build();
    }

    private void Configure(string connectionString)
    {
        Settings["Returns__Hooks__AzureSecret"] = HookSecret;
        // In the names of these zones the sign is reversed: Etc/GMT+5 is five hours behind UTC.
        var hour = TimeProvider.System.GetUtcNow().Hour;
        Settings["Publication__TimeZone"] = string.Create(CultureInfo.InvariantCulture, $"Etc/GMT{hour - 12:+0;-0;+0}");
        Settings["Publication__Hour"] = "12";
        Settings["Publication__BaseUrl"] = ExampleSettings.BaseUrl;
        Settings["AzureWebJobsStorage"] = connectionString;
        Settings["Storage__Azure__ConnectionString"] = connectionString;
        Settings["Mail__Host"] = "127.0.0.1";
        Settings["Mail__Port"] = smtp!.Port.ToString(CultureInfo.InvariantCulture);
        Settings["Links__Keys"] = ExampleSettings.NewKey();
        Settings["Identity__Key"] = ExampleSettings.NewKey();
        Settings["Api__Keys__0__Key"] = ExampleSettings.NewKey();
        Settings["SignUp__MinimumSeconds"] = "0";
        Settings["Feeds__AllowPrivateAddresses"] = "true";
        Settings["Feeds__Sources__0__Url"] = feed!.Url;
        Settings["Feeds__Sources__1__Url"] = "http://127.0.0.1:9/feed";
    }
}

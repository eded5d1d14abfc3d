using System.Diagnostics;
using System.Globalization;
using System.Text;
using DailyDigest.App;
using DailyDigest.Calendar;
using DailyDigest.Content;
using DailyDigest.Digests;
using DailyDigest.Selection;
using DailyDigest.Sending;
using DailyDigest.Server;
using DailyDigest.Settings;
using DailyDigest.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace DailyDigest.LoadBenchmark;

/// <summary>
/// The two servers, each the only one of its process. They say their port, then their processor time and memory for each line they read.
/// </summary>
internal static class Servers
{
    /// <summary>
    /// The real program with its embedded file, as in production but without a clock; budgets and the least time to answer are off.
    /// </summary>
    public static async Task ProductAsync(string folder)
    {
        await using var app = ServerHost.Build([], workers: false, builder =>
        {
            builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
            {
                ["Publication:Name"] = "The Courier",
                ["Publication:BaseUrl"] = "https://digest.example.com",
                ["Publication:TimeZone"] = "Europe/Paris",
                ["Publication:PostalAddress"] = "1 Quay Street, 12345 Harbour",
                ["Publication:Languages:0"] = "en",
                ["Publication:Languages:1"] = "ar",
                ["Mail:From"] = "courier@example.com",
                ["Mail:Host"] = "127.0.0.1",
                ["Mail:Port"] = "9",
                ["Mail:Security"] = "none",
                ["Storage:Path"] = Path.Combine(folder, "load.db"),
                ["Identity:Key"] = Convert.ToBase64String(Encoding.ASCII.GetBytes("benchmark-identity-key-012345678")),
                ["Links:Keys"] = Convert.ToBase64String(Encoding.ASCII.GetBytes("benchmark-links-key-012345678901")),
                ["Api:Keys"] = "benchmark-key-0123456789-0123456789",
                ["SignUp:MinimumSeconds"] = "0",
                ["SignUp:PerNetworkPerHour"] = "0",
                ["SignUp:PerHour"] = "0",
                ["SignUp:PerDomainPerDay"] = "0",
                ["Server:GetsPerMinute"] = "0",
            });
            builder.Environment.EnvironmentName = "Production";
            builder.Logging.SetMinimumLevel(LogLevel.Warning);
            builder.WebHost.UseUrls("http://127.0.0.1:0");
        });
        await app.Services.GetRequiredService<PrepareStart>().ExecuteAsync(CancellationToken.None);
        await FreezeAsync(app.Services);
        await ServeAsync(app);
    }

    /// <summary>
    /// Kestrel and one delegate: the recorded answer to GET and to POST, head and body.
    /// </summary>
    public static async Task BareAsync(string file)
    {
        var page = Answer.Load(file);
        var posted = Answer.Load(file + ".post");
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        await using var app = builder.Build();
        app.Run(async context =>
        {
            var answer = page;
            if (HttpMethods.IsPost(context.Request.Method))
            {
                await context.Request.Body.CopyToAsync(Stream.Null, context.RequestAborted);
                answer = posted;
            }

            context.Response.StatusCode = answer.Status;
            foreach (var (name, value) in answer.Headers)
            {
                context.Response.Headers[name] = value;
            }

            await context.Response.Body.WriteAsync(answer.Body, context.RequestAborted);
        });
        await ServeAsync(app);
    }

    private static async Task ServeAsync(WebApplication app)
    {
        await app.StartAsync();
        Console.WriteLine(
            new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single()).Port);
        while (await Console.In.ReadLineAsync() is not null)
        {
            using var self = Process.GetCurrentProcess();
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{self.TotalProcessorTime.TotalSeconds} {self.PeakWorkingSet64 / 1048576.0} {GC.GetTotalAllocatedBytes() / 1024.0}"));
        }

        await app.StopAsync();
    }

    // The front page shows the newest digest.
    private static async Task FreezeAsync(IServiceProvider services)
    {
        var (publication, now) = (services.GetRequiredService<Publication>(), services.GetRequiredService<TimeProvider>().GetUtcNow());
        await services.GetRequiredService<DigestStore>().FreezeAsync(
            new Digest
            {
                Date = Zones.LocalDate(publication.TimeZone, now),
                Cohort = new Cohort(publication.TimeZone, publication.Hour, Rhythm.Daily).Key,
                FrozenAt = now,
                Items = [.. Enumerable.Range(0, 12).Select(number => new DigestItem(
                    new Story
                    {
                        Id = number.ToString("x32", CultureInfo.InvariantCulture), Kind = StoryKind.Article,
                            Url = $"https://news.example.com/stories/{number}",
                        Title = $"What the tide gauges of harbour {number} tell of the highest spring flood in forty years",
                        Byline = "Lina Haddad", Source = "front",
                        Published = now, FirstSeen = now,
                    },
                    "cluster" + number, 1, [], []))],
            },
            CancellationToken.None);
    }
}

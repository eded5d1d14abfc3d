using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using DailyDigest.Accounts;
using DailyDigest.App;
using DailyDigest.Calendar;
using DailyDigest.Content;
using DailyDigest.Hooks;
using DailyDigest.Server;
using DailyDigest.Web;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace DailyDigest.DeliveryBenchmark;

/// <summary>
/// Asks the real program for every page of the desk, one after the other over loopback: with the store's file in the system's cache, and
/// with the file dropped from it before each request.
/// </summary>
internal static class DeskReads
{
    private const int Rounds = 100;
    private const int WarmUp = 5;
    private const double Aim = 300;
    private const string Key = "benchmark-key-0123456789-0123456789";

    public static async Task MeasureAsync(string store, int subscribers)
    {
        var address = Free();
        await using var app = Build(store, address);
        await app.Services.GetRequiredService<PrepareStart>().ExecuteAsync(CancellationToken.None);
        var owner = await OwnerAsync(app.Services);
        app.MapGet("/benchmark/sign-in", context => context.SignInToDeskAsync(owner));
        await app.StartAsync();
        using var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false })
        {
            BaseAddress = new Uri(address),
            Timeout = TimeSpan.FromMinutes(2),
        };
        await SignInAsync(http);
        Line($"| page, of {subscribers:N0} subscribers | bytes | warm p50 | p95 | max | cold p50 | p95 | max |");
        Line($"|---|---|---|---|---|---|---|---|");
        var (slow, cpu, began) = (0, Environment.CpuUsage.TotalTime, Stopwatch.GetTimestamp());
        var asked = 0;
        foreach (var (name, path) in await PagesAsync(app.Services))
        {
            var bytes = await FirstAsync(http, path);
            if (bytes < 0)
            {
                Line($"| {name} | not there | | | | | | |");
                continue;
            }

            var warm = await TimesAsync(http, path, null);
            var cold = await TimesAsync(http, path, store);
            asked += 2 * Rounds;
            slow += P(warm, 95) > Aim || P(cold, 95) > Aim ? 1 : 0;
            Line($"| {name} | {bytes:N0} | {Three(warm)} | {Three(cold)} |");
        }

        var used = (Environment.CpuUsage.TotalTime - cpu).TotalMilliseconds;
        using var self = Process.GetCurrentProcess();
        Line($"Milliseconds. {asked:N0} requests in {Stopwatch.GetElapsedTime(began).TotalSeconds:0} s, {used / asked:0.0} ms of CPU each");
        Line($"(client included), {self.PeakWorkingSet64 >> 20:N0} MB at most, a store of {new FileInfo(store).Length >> 20:N0} MB.");
        Line($"Pages over {Aim:0} ms at p95: {slow}.");
        await app.StopAsync();
    }

    // Pages with parameters name rows that exist.
    private static async Task<IReadOnlyList<(string Name, string Path)>> PagesAsync(IServiceProvider services)
    {
        var (today, cohort) = (BigStore.Today.Text(), Uri.EscapeDataString(BigStore.Cohort.Key));
        var yesterday = BigStore.Today.AddDays(-1).Text();
        var readers = await services.GetRequiredService<Subscribers.PageSubscribers>().ExecuteAsync(null, null, 1, CancellationToken.None);
        var reader = readers.Readers[0].Id;
        var stories = services.GetRequiredService<StoryStore>();
        var story = (await stories.RangeAsync(BigStore.Today.AddDays(-1), BigStore.Today, CancellationToken.None)).Stories[0].Id;
        var hook = (await services.GetRequiredService<HookStore>().ListAsync(CancellationToken.None))[0].Id;
        return
        [
            ("today", "/desk/today"), ("runs", "/desk/runs"),
            ("runs of 300 days ago", $"/desk/runs?before={BigStore.Today.AddDays(-300).Text()}"),
            ("runs of today", $"/desk/runs/{today}"), ("a run, closed", $"/desk/runs/{yesterday}/{cohort}"),
            ("a run, open", $"/desk/runs/{today}/{cohort}"),
            ("who did not get it", $"/desk/runs/{yesterday}/{cohort}?after=0:80000000000000000000000000000000"),
            ("an act on a run", $"/desk/runs/{today}/{cohort}/pause"),
            ("an act on a closed run", $"/desk/runs/{yesterday}/{cohort}/missing"),
            ("figures, 7 days", "/desk/figures?days=7"), ("figures, 30 days", "/desk/figures?days=30"),
            ("figures, 365 days", "/desk/figures?days=365"), ("figures as CSV", "/desk/figures/days.csv?days=365"),
            ("domains as CSV", "/desk/figures/domains.csv?days=365"), ("feeds as CSV", "/desk/figures/feeds.csv?days=365"),
            ("tomorrow", "/desk/tomorrow"), ("the mail of tomorrow", $"/desk/tomorrow/{BigStore.Today.AddDays(1).Text()}/mail?language=en"),
            ("a story of tomorrow", $"/desk/tomorrow/{BigStore.Today.AddDays(1).Text()}/stories/{story}"),
            ("digests", "/desk/digests"), ("a digest", $"/desk/digests/{yesterday}"),
            ("stories", "/desk/stories"), ("stories, searched", "/desk/stories?q=pier"), ("feeds", "/desk/feeds"),
            ("a feed", "/desk/feeds/" + Feed.IdOf(BigStore.Url($"feeds/1.rss"))),
            ("readers", "/desk/readers"), ("readers, active", "/desk/readers?status=active"),
            ("readers, bounced", "/desk/readers?status=bounced"), ("a reader", $"/desk/readers/{reader}"),
            ("imports", "/desk/readers/import"), ("web hooks", "/desk/hooks"), ("a web hook", $"/desk/hooks/{hook}"),
            ("settings", "/desk/settings"), ("look", "/desk/settings/look"), ("audit", "/desk/audit"),
            ("audit of one verb", "/desk/audit?verb=run.pause"), ("keys", "/desk/keys"),
            ("people", "/desk/accounts"), ("profile", "/desk/profile"), ("readyz", "/readyz"),
            ("API: runs", $"/api/v1/runs/{today}"), ("API: readers", "/api/v1/readers"),
            ("API: a reader", $"/api/v1/readers/{reader}"), ("API: its history", $"/api/v1/readers/{reader}/history"),
            ("API: imports", "/api/v1/imports"), ("API: stories", "/api/v1/stories"), ("API: feeds", "/api/v1/feeds"),
            ("API: digests", "/api/v1/digests"), ("API: a digest", $"/api/v1/digests/{yesterday}"),
            ("API: figures", "/api/v1/figures?days=365"),
            ("API: changes", "/api/v1/changes"), ("API: today", "/api/v1/today"),
            ("API: who did not get it", $"/api/v1/runs/{yesterday}/{cohort}/not-sent"),
            ("API: a draft", $"/api/v1/drafts/{BigStore.Today.AddDays(1).Text()}"),
            ("API: web hooks", "/api/v1/hooks"), ("API: its document", "/api/v1/openapi.json"),
        ];
    }

    private static async Task<int> FirstAsync(HttpClient http, string path)
    {
        for (var round = 0; round < WarmUp; round++)
        {
            using var answer = await GetAsync(http, path);
            if (answer.StatusCode is not (HttpStatusCode.OK or HttpStatusCode.ServiceUnavailable))
            {
                return -1;
            }

            if (round == WarmUp - 1)
            {
                return (await answer.Content.ReadAsByteArrayAsync()).Length;
            }
        }

        return 0;
    }

    // Programs have a key, and people a session.
    private static async Task<HttpResponseMessage> GetAsync(HttpClient http, string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(path, UriKind.Relative));
        if (path.StartsWith("/api/", StringComparison.Ordinal))
        {
            request.Headers.Add("X-Api-Key", Key);
        }

        return await http.SendAsync(request);
    }

    private static async Task<double[]> TimesAsync(HttpClient http, string path, string? cold)
    {
        var times = new double[Rounds];
        for (var round = 0; round < Rounds; round++)
        {
            if (cold is not null)
            {
                await DropAsync(cold);
            }

            var start = Stopwatch.GetTimestamp();
            using var answer = await GetAsync(http, path);
            await answer.Content.ReadAsByteArrayAsync();
            times[round] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        }

        Array.Sort(times);
        return times;
    }

    // cspell:ignore iflag
    // GNU dd asks the system to drop what it has cached of the file.
    private static async Task DropAsync(string file)
    {
        using var process = Process.Start(new ProcessStartInfo("dd", [$"if={file}", "iflag=nocache", "count=0", "status=none"]))!;
        await process.WaitForExitAsync();
    }

    private static async Task SignInAsync(HttpClient http)
    {
        using var answer = await http.GetAsync(new Uri("/benchmark/sign-in", UriKind.Relative));
        var cookie = answer.Headers.GetValues("Set-Cookie").Select(one => one.Split(';')[0]).First();
        http.DefaultRequestHeaders.Add("Cookie", cookie);
    }

    private static async Task<Account> OwnerAsync(IServiceProvider services)
    {
        var link = await services.GetRequiredService<InviteAccount>().FirstOwnerAsync(CancellationToken.None);
        var (_, account) = await services.GetRequiredService<AcceptInvitation>().ExecuteAsync(
            link![(link!.LastIndexOf('/') + 1)..], "Owner", "owner@example.com", "", CancellationToken.None);
        return account!;
    }

    private static WebApplication Build(string store, string address) => ServerHost.Build(
        ["--environment=Development"], workers: false, builder =>
    {
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Publication:Name"] = "The Courier",
            ["Publication:BaseUrl"] = address,
            ["Publication:TimeZone"] = "Etc/UTC",
            ["Publication:Hour"] = BigStore.Hour.ToString(CultureInfo.InvariantCulture),
            ["Publication:PostalAddress"] = "1 Quay Street, 12345 Harbour",
            ["Publication:Languages:0"] = "en",
            ["Mail:From"] = "courier@example.com",
            ["Mail:Host"] = "127.0.0.1",
            ["Mail:Port"] = "9",
            ["Mail:Security"] = "none",
            ["Storage:Path"] = store,
            ["Delivery:KeepDays"] = "401",
            ["Server:GetsPerMinute"] = "0",
            ["Identity:Key"] = Convert.ToBase64String(Encoding.ASCII.GetBytes("benchmark-identity-key-012345678")),
            ["Links:Keys"] = Convert.ToBase64String(Encoding.ASCII.GetBytes("benchmark-links-key-012345678901")),
            ["Api:Keys:0:Name"] = "benchmark",
            ["Api:Keys:0:Key"] = Key,
            ["Api:Keys:0:Scope"] = "owner",
        });
        builder.Logging.SetMinimumLevel(LogLevel.Warning).AddFilter("DailyDigest", LogLevel.Warning);
        builder.WebHost.UseUrls(address);
    });

    // Links and the check of the origin need the address before the server listens.
    private static string Free()
    {
        using var free = new TcpListener(IPAddress.Loopback, 0);
        free.Start();
        return $"http://{free.LocalEndpoint}";
    }

    private static string Three(double[] sorted) => string.Create(
        CultureInfo.InvariantCulture, $"{P(sorted, 50):0.0} | {P(sorted, 95):0.0} | {sorted[^1]:0.0}");

    private static double P(double[] sorted, int percent) => sorted[Math.Min(sorted.Length - 1, sorted.Length * percent / 100)];

    private static void Line(FormattableString text) => Console.WriteLine(text.ToString(CultureInfo.InvariantCulture));
}

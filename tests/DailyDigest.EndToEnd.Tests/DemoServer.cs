using System.Globalization;
using System.Net;
using System.Text;
using DailyDigest.App;
using DailyDigest.Demo;
using DailyDigest.Server;
using DailyDigest.Settings;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace DailyDigest.EndToEnd.Tests;

/// <summary>
/// The real program on a free port, with its data in a folder of its own and a clock that ticks from an instant of the test's choice.
/// </summary>
internal sealed class DemoServer : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly Terminal terminal;
    private readonly HttpClient http;

    private DemoServer(WebApplication app, Terminal terminal)
    {
        (this.app, this.terminal) = (app, terminal);
        BaseUrl = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        http = new HttpClient { BaseAddress = new Uri(BaseUrl) };
    }

    public string BaseUrl { get; }

    public IServiceProvider Services => app.Services;

    /// <summary>The output in the terminal.</summary>
    public string Output => terminal.ToString();

    /// <summary>Starts the program; where it is the demonstration, returns when it has told its story.</summary>
    public static Task<DemoServer> StartAsync(string folder, string now, params string[] settings) =>
        StartAsync(folder, now, withHistory: false, settings);

    /// <summary>Starts the demonstration as its first start does: with the two weeks before it.</summary>
    public static Task<DemoServer> StartWithHistoryAsync(string folder, string now) => StartAsync(folder, now, withHistory: true);

    private static async Task<DemoServer> StartAsync(string folder, string now, bool withHistory, params string[] settings)
    {
        var terminal = new Terminal();
        string[] args =
        [
            "--environment=Development", "--urls=http://127.0.0.1:0", $"--Storage:Path={Path.Combine(folder, "dailydigest.db")}",
            $"--Mail:PickupFolder={Path.Combine(folder, "outbox")}", .. settings,
        ];
        if (settings.Length > 0 && !settings.Any(setting => setting.StartsWith("--Publication:BaseUrl", StringComparison.Ordinal)))
        {
            args = [.. args, "--Publication:BaseUrl=http://127.0.0.1"];
        }

        var app = ServerHost.Build(args, workers: true, builder =>
        {
            builder.Services.AddSingleton<TimeProvider>(new Clock(DateTimeOffset.Parse(now, CultureInfo.InvariantCulture)));
            builder.Services.AddSingleton(new DemoConsole(terminal));
            builder.Logging.SetMinimumLevel(LogLevel.Warning);
        });
        if (withHistory)
        {
            await ServerHost.BeforeStoreAsync(app, TestContext.Current.CancellationToken);
        }

        await app.Services.GetRequiredService<PrepareStart>().ExecuteAsync(TestContext.Current.CancellationToken);
        await app.StartAsync(TestContext.Current.CancellationToken);
        if (settings.Length == 0)
        {
            await terminal.Finished.WaitAsync(TimeSpan.FromMinutes(2), TestContext.Current.CancellationToken);
        }

        return new DemoServer(app, terminal);
    }

    /// <summary>The page, which must be there.</summary>
    public async Task<string> GetAsync(string path)
    {
        using var response = await http.GetAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.True(response.StatusCode == HttpStatusCode.OK, $"{path}: {response.StatusCode}");
        return WebUtility.HtmlDecode(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    /// <summary>The link that makes a browser the desk's owner.</summary>
    public string DeskLink => Output.Split(' ', '\n', '\r').First(word => word.Contains("/demo/desk/", StringComparison.Ordinal));

    /// <summary>The status of the answer.</summary>
    public async Task<HttpStatusCode> StatusAsync(string path)
    {
        using var response = await http.GetAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken);
        return response.StatusCode;
    }

    public async ValueTask DisposeAsync()
    {
        http.Dispose();
        await app.StopAsync(TestContext.Current.CancellationToken);
        await app.DisposeAsync();
    }

    /// <summary>Ticks as the machine's clock does, from another instant on.</summary>
    private sealed class Clock(DateTimeOffset start) : TimeProvider
    {
        private readonly long begun = System.GetTimestamp();

        public override DateTimeOffset GetUtcNow() => start + System.GetElapsedTime(begun);
    }

    /// <summary>Collects the output, and knows the last line of the demonstration.</summary>
    private sealed class Terminal : StringWriter
    {
        private readonly TaskCompletionSource finished = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Terminal()
            : base(CultureInfo.InvariantCulture)
        {
        }

        public Task Finished => finished.Task;

        public override Encoding Encoding => Encoding.UTF8;

        public override void Write(string? value)
        {
            base.Write(value);
            if (value?.Contains("Ctrl-C", StringComparison.Ordinal) is true)
            {
                finished.TrySetResult();
            }
        }
    }
}

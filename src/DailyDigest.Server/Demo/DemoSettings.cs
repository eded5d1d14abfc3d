using System.Net;
using System.Net.Sockets;
using DailyDigest.Settings;
using Microsoft.Extensions.Configuration.Memory;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace DailyDigest.Server.Demo;

/// <summary>
/// What a program that nobody has configured yet works with: an invented publication. Only in Development, and only while no publication has a name;
/// whatever is configured counts before it.
/// </summary>
internal static class DemoSettings
{
    private const string Address = "http://127.0.0.1:5080";

    /// <summary>Adds the settings and the services of the demonstration, or nothing.</summary>
    public static void Add(WebApplicationBuilder builder)
    {
        if (!builder.Environment.IsDevelopment() || !string.IsNullOrWhiteSpace(builder.Configuration[$"{Publication.Section}:{nameof(Publication.Name)}"]))
        {
            return;
        }

        var configuration = builder.Configuration;
        var defaults = new Dictionary<string, string?>
        {
            ["Publication:Name"] = "The Harbour Courier",
            ["Publication:Tagline"] = "News from both sides of the harbour",
            ["Publication:BaseUrl"] = Listen(configuration),
            ["Publication:Color"] = "#9b1c1c",
            ["Publication:PostalAddress"] = "The Harbour Courier (a sample publication), 1 Example Quay, 00000 Anywhere",
            ["Publication:TimeZone"] = DemoReaders.HomeZone,
            ["Mail:From"] = "The Harbour Courier <digest@example.com>",
            // Before any relay that is named: sample mail is not to leave this machine.
            ["Mail:PickupFolder"] = "data/outbox",
            ["Storage:Path"] = "data/dailydigest.db",
            ["Feeds:AllowPrivateAddresses"] = "true",
            // The summary stands out only where each poll and run does not say its own; warnings and errors still show.
            ["Logging:LogLevel:DailyDigest"] = "Warning",
            // Nobody keeps a demonstration running: what was missed meanwhile is in the records, and no trouble.
            ["Logging:LogLevel:DailyDigest.Clock.StartRun"] = "Critical",
            // When the address is taken, the command says so in a line; the host's own account of it is a page of stack.
            ["Logging:LogLevel:Microsoft.Extensions.Hosting.Internal.Host"] = "None",
            ["urls"] = configuration["urls"] is null && configuration["http_ports"] is null && configuration["https_ports"] is null ? Address : null,
        };
        AddList(configuration, defaults, "Publication:Languages", "en", "ar");
        AddList(configuration, defaults, "Publication:Sections", "Harbour", "City", "Culture", "Science", "Sport", "Business");

        // Lists are bound by merging sources, so that ours stands only where there is none; values are covered by any other source.
        configuration.Sources.Insert(0, new MemoryConfigurationSource { InitialData = defaults.Where(pair => pair.Value is not null) });
        AddServices(builder.Services);
    }

    private static void AddServices(IServiceCollection services)
    {
        services.AddSingleton<IPostConfigureOptions<Publication>, DemoHour>();
        services.TryAddSingleton(new DemoConsole(Console.Out));
        services.AddSingleton<DemoEditions>();
        services.AddSingleton<DemoPictures>();
        services.AddSingleton<DemoOutbox>();
        services.AddSingleton<DemoReaders>();
        services.AddSingleton<DemoSeed>();
        services.AddSingleton<DemoDay>();
        services.AddHostedService<DemoWorker>();
    }

    /// <summary>Returns the address readers reach the program under. Port 0, any free one, is settled here: links need it before the server listens.</summary>
    private static string Listen(ConfigurationManager configuration)
    {
        if (configuration["urls"] is not { Length: > 0 } urls)
        {
            return configuration.GetSection("Kestrel:Endpoints").GetChildren().Select(endpoint => endpoint["Url"]).FirstOrDefault(url => url is not null) is { } url
                ? Public(url)
                : configuration["http_ports"]?.Split(';')[0] is { Length: > 0 } port ? $"http://localhost:{port}"
                : configuration["https_ports"]?.Split(';')[0] is { Length: > 0 } secure ? $"https://localhost:{secure}"
                : Address;
        }

        var first = urls.Split(';')[0].TrimEnd('/');
        if (first.EndsWith(":0", StringComparison.Ordinal))
        {
            using var free = new TcpListener(IPAddress.Loopback, 0);
            free.Start();
            first = $"{first[..^1]}{((IPEndPoint)free.LocalEndpoint).Port}";
            configuration["urls"] = first;
        }

        return Public(first);
    }

    // A server that listens on every address is reached under one.
    private static string Public(string url)
    {
        var named = url.Replace("//*", "//localhost", StringComparison.Ordinal).Replace("//+", "//localhost", StringComparison.Ordinal)
            .Replace("//0.0.0.0", "//localhost", StringComparison.Ordinal).Replace("//[::]", "//localhost", StringComparison.Ordinal);
        return Uri.TryCreate(named, UriKind.Absolute, out var address) ? address.GetLeftPart(UriPartial.Authority) : Address;
    }

    private static void AddList(ConfigurationManager configuration, Dictionary<string, string?> defaults, string name, params string[] values)
    {
        for (var i = 0; i < values.Length && !configuration.GetSection(name).GetChildren().Any(); i++)
        {
            defaults[$"{name}:{i}"] = values[i];
        }
    }
}

/// <summary>Where the demonstration tells its story: the terminal, or what a test puts in its place.</summary>
/// <param name="Out">Receives lines for a person.</param>
public sealed record DemoConsole(TextWriter Out);

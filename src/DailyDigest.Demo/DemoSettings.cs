using System.Globalization;
using System.Net;
using System.Net.Sockets;
using DailyDigest.Settings;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.Memory;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace DailyDigest.Demo;

/// <summary>
/// Settings of an invented publication, for a program without configuration. Added in Development only, and only if no publication has a
/// name. Every configured setting overrides them.
/// </summary>
public static class DemoSettings
{
    private const string Address = "http://127.0.0.1:5080";

    /// <summary>Adds the settings and the services of the demonstration, or nothing.</summary>
    public static void AddDemo(this WebApplicationBuilder builder)
    {
        if (!builder.Environment.IsDevelopment()
            || !string.IsNullOrWhiteSpace(builder.Configuration[$"{Publication.Section}:{nameof(Publication.Name)}"]))
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
            // Overrides a configured relay: sample mail must not leave this machine.
            ["Mail:PickupFolder"] = "data/outbox",
            ["Storage:Path"] = "data/dailydigest.db",
            // The sample has one story in Arabic, which is too little for a digest.
            ["Selection:MixLanguages"] = "true",
            // The sample feeds and the receiver of the sample web hook are pages of this program.
            ["Feeds:AllowPrivateAddresses"] = "true",
            ["Hooks:AllowPrivateAddresses"] = "true",
            // Hide the information lines of polls and runs, so that the summary stands out; warnings and errors still show.
            ["Logging:LogLevel:DailyDigest"] = "Warning",
            // A demonstration does not run all day: runs missed in between are recorded and need no error.
            ["Logging:LogLevel:DailyDigest.Clock.StartRun"] = "Critical",
            // One sample feed always fails; the desk shows it.
            ["Logging:LogLevel:DailyDigest.Content.PollFeed"] = "Error",
            // The receiver of the sample web hook is this program, which may not listen yet.
            ["Logging:LogLevel:DailyDigest.Hooks.CallReceiver"] = "Error",
            // If the address is taken, serve reports it in one line; this hides the host's stack trace.
            ["Logging:LogLevel:Microsoft.Extensions.Hosting.Internal.Host"] = "None",
            ["urls"] = configuration["urls"] is null && configuration["http_ports"] is null && configuration["https_ports"] is null
                ? Address : null,
        };
        if (!configuration.GetSection("Publication:Languages").Exists())
        {
            AddTranslations(defaults);
        }

        AddList(configuration, defaults, "Publication:Languages", "en", "ar");
        AddList(configuration, defaults, "Publication:Sections", "Harbour", "City", "Culture", "Science", "Sport", "Business");

        // Lists of several sources are merged, so ours is added only if no other exists; for single values any other source wins.
        configuration.Sources.Insert(0, new MemoryConfigurationSource { InitialData = defaults.Where(pair => pair.Value is not null) });
        AddServices(builder.Services);
    }

    private static void AddTranslations(Dictionary<string, string?> defaults)
    {
        defaults["Publication:Taglines:0:Language"] = "ar";
        defaults["Publication:Taglines:0:Text"] = "أخبار من ضفتي الميناء";
        (string Section, string Name)[] names =
        [
            ("Harbour", "الميناء"), ("City", "المدينة"), ("Culture", "ثقافة"), ("Science", "علوم"), ("Sport", "رياضة"),
            ("Business", "أعمال"),
        ];
        foreach (var (index, (section, name)) in names.Index())
        {
            var path = string.Create(CultureInfo.InvariantCulture, $"Publication:SectionNames:{index}:");
            (defaults[path + "Section"], defaults[path + "Language"], defaults[path + "Name"]) = (section, "ar", name);
        }
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
        services.AddSingleton<DemoOwner>();
        services.AddHostedService<DemoWorker>();
    }

    /// <summary>
    /// Returns the address at which readers reach the program. Port 0 is replaced by a free port, because links need it before the server
    /// listens.
    /// </summary>
    private static string Listen(ConfigurationManager configuration)
    {
        if (configuration["urls"] is not { Length: > 0 } urls)
        {
            return configuration.GetSection("Kestrel:Endpoints").GetChildren().Select(endpoint => endpoint["Url"]).FirstOrDefault(
                url => url is not null) is { } url
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

    // A server that listens on every address needs one address for links.
    private static string Public(string url)
    {
        var named = url.Replace("//*", "//localhost", StringComparison.Ordinal).Replace("//+", "//localhost", StringComparison.Ordinal)
            .Replace("//0.0.0.0", "//localhost", StringComparison.Ordinal).Replace("//[::]", "//localhost", StringComparison.Ordinal);
        return Uri.TryCreate(named, UriKind.Absolute, out var address) ? address.GetLeftPart(UriPartial.Authority) : Address;
    }

    private static void AddList(
        ConfigurationManager configuration, Dictionary<string, string?> defaults, string name, params string[] values)
    {
        for (var i = 0; i < values.Length && !configuration.GetSection(name).GetChildren().Any(); i++)
        {
            defaults[$"{name}:{i}"] = values[i];
        }
    }
}

/// <summary>The output of the demonstration: the terminal, or a test's writer.</summary>
/// <param name="Out">Receives lines of text.</param>
public sealed record DemoConsole(TextWriter Out);

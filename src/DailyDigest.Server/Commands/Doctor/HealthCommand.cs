using System.CommandLine;
using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace DailyDigest.Server.Commands;

/// <summary>
/// <c>health</c>: asks the serving program on this machine whether it is ready. It reads no other setting than <c>Urls</c> and opens no
/// storage, so a container can use it as its health check.
/// </summary>
internal static class HealthCommand
{
    // A container's health check is given up after ten seconds.
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(5);

    public static Command Create(Terminal terminal)
    {
        var url = new Option<string?>("--url")
        {
            Description = "The address of the program, such as http://127.0.0.1:5000; otherwise the one of the setting Urls",
            HelpName = "URL",
        };
        var command = new Command(
            "health", "Ask the program that serves on this machine whether it is ready (/readyz). Ends with 1 if it is not.") { url };
        command.SetAction((parsed, cancellationToken) => ExecuteAsync(terminal, parsed.GetValue(url), cancellationToken));
        return command;
    }

    private static async Task<int> ExecuteAsync(Terminal terminal, string? url, CancellationToken cancellationToken)
    {
        if (FindAddress(url ?? ConfiguredUrls(terminal)) is not { } address)
        {
            await terminal.ErrorAsync("Neither --url nor Urls has an HTTP address with a port, such as http://127.0.0.1:5000.");
            return 2;
        }

        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false })
        {
            Timeout = Timeout,
            MaxResponseContentBufferSize = 1 << 20,
        };
        try
        {
            using var answer = await client.GetAsync(new Uri(address, "readyz"), cancellationToken);
            var body = await answer.Content.ReadAsByteArrayAsync(cancellationToken);
            if (Read(body) is not var (status, alerts))
            {
                await terminal.ErrorAsync($"{address}readyz answered {(int)answer.StatusCode}, but not as DailyDigest does.");
                return 1;
            }

            var line = alerts.Count == 0 ? status : $"{status}; alerts: {string.Join(", ", alerts)}";
            await (answer.IsSuccessStatusCode ? terminal.LineAsync(line) : terminal.ErrorAsync(line));
            return answer.IsSuccessStatusCode ? 0 : 1;
        }
        catch (HttpRequestException exception)
        {
            await terminal.ErrorAsync($"{address}readyz does not answer: {exception.Message}");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            await terminal.ErrorAsync($"{address}readyz did not answer within {Timeout.TotalSeconds:0} seconds.");
        }

        return 1;
    }

    /// <summary>The addresses on which the program would listen, as ASP.NET Core reads them.</summary>
    private static string ConfiguredUrls(Terminal terminal)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        terminal.Configure?.Invoke(builder);
        return builder.Configuration[WebHostDefaults.ServerUrlsKey] is { Length: > 0 } urls ? urls
            : builder.Configuration[WebHostDefaults.HttpPortsKey] is { Length: > 0 } ports ? $"http://*:{ports.Split(';')[0].Trim()}"
            : "http://localhost:5000";
    }

    /// <summary>The first address over HTTP, as this machine reaches it; null if there is none.</summary>
    internal static Uri? FindAddress(string urls)
    {
        foreach (var one in urls.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            try
            {
                if (BindingAddress.Parse(one) is { Scheme: "http", IsUnixPipe: false, Port: > 0 and <= IPEndPoint.MaxPort } binding)
                {
                    // A name, + and * mean every address of the machine. A bare machine does not know the name localhost.
                    var isOne = IPAddress.TryParse(binding.Host, out var ip) && !ip.Equals(IPAddress.Any) && !ip.Equals(IPAddress.IPv6Any);
                    return new UriBuilder("http", isOne ? binding.Host : "127.0.0.1", binding.Port).Uri;
                }
            }
            catch (FormatException)
            {
                // The start of the program reports it.
            }
        }

        return null;
    }

    private static (string Status, IReadOnlyList<string> Alerts)? Read(byte[] body)
    {
        try
        {
            using var json = JsonDocument.Parse(body);
            var root = json.RootElement;
            var alerts = root.GetProperty("alerts").EnumerateArray().Select(one => one.GetProperty("alert").GetString()!).ToList();
            return (root.GetProperty("status").GetString()!, alerts);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            return null;
        }
    }
}

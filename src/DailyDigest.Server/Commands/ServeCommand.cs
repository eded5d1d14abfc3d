using System.CommandLine;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using DailyDigest.Accounts;
using DailyDigest.Digests;
using DailyDigest.Moving;
using DailyDigest.Settings;
using DailyDigest.Subscribers;

namespace DailyDigest.Server.Commands;

/// <summary><c>serve</c>: web server, clock, feed polls and delivery until stopped.</summary>
internal static partial class ServeCommand
{
    public static Command Create(Terminal terminal)
    {
        var command = new Command("serve",
            "Serve the pages and run the clock, the feed polls and the delivery until stopped (Ctrl-C). This is the default verb.");
        command.SetAction((_, cancellationToken) => ExecuteAsync(terminal, cancellationToken));
        return command;
    }

    public static Task<int> ExecuteAsync(Terminal terminal, CancellationToken cancellationToken) =>
        CommandHost.RunAsync(terminal, (app, stop) => ServeAsync(app, terminal, stop), cancellationToken, workers: true, warns: true);

    private static async Task<int> ServeAsync(WebApplication app, Terminal terminal, CancellationToken cancellationToken)
    {
        try
        {
            // A publisher's own template may be broken; then nothing starts.
            await app.Services.GetRequiredService<IDigestRenderer>().WarmUpAsync(cancellationToken);

            // The program before may have been killed before it added up what it counted.
            app.Services.GetRequiredService<ReaderCounts>().MarkAll();
            await StartAsync(app, cancellationToken);
            var logger = app.Services.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(ServeCommand));
            Log.Serving(
                logger, app.Services.GetRequiredService<Publication>().BaseUrl.ToString(), string.Join(", ", app.Urls));
            await (ServerOptions.WritesJson(app.Configuration)
                ? LogMissingOwnerAsync(app.Services, logger, cancellationToken) : WelcomeAsync(app.Services, terminal, cancellationToken));
        }
        catch (InvalidOperationException exception)
        {
            await terminal.ErrorAsync(exception.Message);
            await app.StopAsync(CancellationToken.None);
            return 2;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Stopped during the start.
            await app.StopAsync(CancellationToken.None);
            return 0;
        }
        catch (AddressFault fault)
        {
            await terminal.ErrorAsync(fault.Message);
            return 2;
        }

        await app.WaitForShutdownAsync(cancellationToken);
        if (app.Services.GetRequiredService<StorePresence>().Refusal is { } moved)
        {
            await terminal.ErrorAsync(moved);
            return 2;
        }

        return 0;
    }

    // To the terminal and not to the log: the link is a secret. Nobody has to invent a password.
    private static async Task WelcomeAsync(IServiceProvider services, Terminal terminal, CancellationToken cancellationToken)
    {
        if (await services.GetRequiredService<InviteAccount>().FirstOwnerAsync(cancellationToken) is { } link)
        {
            await terminal.LineAsync(
                $"  The desk has no owner yet. Open this link to become it; it works once, for {InviteAccount.Lifetime.Days} days:");
            await terminal.LineAsync("  " + link);
        }
    }

    // A program reads this output, and each line must be a record: the link would be no record, or a secret in the log.
    private static async Task LogMissingOwnerAsync(IServiceProvider services, ILogger logger, CancellationToken cancellationToken)
    {
        if (await services.GetRequiredService<AccountStore>().IsEmptyAsync(cancellationToken))
        {
            Log.NoOwner(logger);
        }
    }

    private static async Task StartAsync(WebApplication app, CancellationToken cancellationToken)
    {
        if (Misread(app.Configuration[WebHostDefaults.ServerUrlsKey]) is { } url)
        {
            throw new AddressFault($"Urls: '{url}' is not an address with a port from 0 to 65535, such as http://127.0.0.1:5090.");
        }

        try
        {
            await app.StartAsync(cancellationToken);
            app.Services.GetRequiredService<CommandHost.StartState>().HasStarted = true;
        }
        catch (Exception exception) when (
            exception is IOException { InnerException: Microsoft.AspNetCore.Connections.AddressInUseException or SocketException }
            or SocketException or FormatException)
        {
            var why = exception.Message.TrimEnd('.');
            throw new AddressFault($"{why}. Choose another address with Urls, such as Urls=http://127.0.0.1:5090.", exception);
        }
    }

    /// <summary>
    /// The first address with an invalid port; null if all are valid. Kestrel throws at a large number. It takes a word as part of the host
    /// name, and then listens on port 80 of every address.
    /// </summary>
    private static string? Misread(string? urls) =>
        (urls ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).FirstOrDefault(
            url => WrongPort().IsMatch(url));

    // After the scheme: an address in brackets or a name without a colon, then a colon and an invalid port.
    [GeneratedRegex(@"^https?://(?:\[[^\]]*\]|[^:/\[]*):(?!(?:\d{1,4}|[1-5]\d{4}|6[0-4]\d{3}|65[0-4]\d\d|655[0-2]\d|6553[0-5])(?:/|$))",
        RegexOptions.IgnoreCase, matchTimeoutMilliseconds: 1_000)]
    private static partial Regex WrongPort();

    /// <summary>The server cannot listen on an address in Urls.</summary>
    private sealed class AddressFault(string message, Exception? inner = null) : Exception(message, inner);

    private static partial class Log
    {
        [LoggerMessage(461, LogLevel.Information, "Serving {BaseUrl} on {Addresses}")]
        public static partial void Serving(ILogger logger, string baseUrl, string addresses);

        [LoggerMessage(462, LogLevel.Information,
            "The desk has no owner yet. The verb desk invite --role owner makes a link for one.")]
        public static partial void NoOwner(ILogger logger);
    }
}

using System.CommandLine;
using System.Net.Sockets;
using DailyDigest.Digests;
using DailyDigest.Mail;

namespace DailyDigest.Server.Commands;

/// <summary><c>serve</c>: web, clock, ingest and delivery until it is stopped.</summary>
internal static class ServeCommand
{
    public static Command Create(Terminal terminal)
    {
        var command = new Command("serve", "Serve the pages and run clock, ingest and delivery until stopped (Ctrl-C). This is what happens without a verb.");
        command.SetAction((_, cancellationToken) => ExecuteAsync(terminal, cancellationToken));
        return command;
    }

    public static Task<int> ExecuteAsync(Terminal terminal, CancellationToken cancellationToken) =>
        TheProgram.WithAsync(terminal, (app, stop) => ServeAsync(app, terminal, stop), cancellationToken, workers: true);

    private static async Task<int> ServeAsync(WebApplication app, Terminal terminal, CancellationToken cancellationToken)
    {
        try
        {
            // A publisher's own template may be bad, and then nothing is to start; ours only need to be compiled, while readers are served already.
            var warm = Task.Run(() => app.Services.GetRequiredService<IDigestRenderer>().WarmUpAsync(cancellationToken), cancellationToken);
            if (app.Services.GetRequiredService<MailOptions>().TemplatesFolder.Length > 0)
            {
                await warm;
            }

            await StartAsync(app, cancellationToken);
            await warm;
        }
        catch (InvalidOperationException exception)
        {
            await terminal.ErrorAsync(exception.Message);
            await app.StopAsync(CancellationToken.None);
            return 2;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Stopped while it was starting.
            await app.StopAsync(CancellationToken.None);
            return 0;
        }
        catch (AddressFault fault)
        {
            await terminal.ErrorAsync(fault.Message);
            return 2;
        }

        await app.WaitForShutdownAsync(cancellationToken);
        return 0;
    }

    private static async Task StartAsync(WebApplication app, CancellationToken cancellationToken)
    {
        try
        {
            await app.StartAsync(cancellationToken);
            app.Services.GetRequiredService<TheProgram.Listening>().Yes = true;
        }
        catch (Exception exception) when (exception is IOException { InnerException: Microsoft.AspNetCore.Connections.AddressInUseException or SocketException }
            or SocketException or FormatException)
        {
            var why = exception.Message.TrimEnd('.');
            throw new AddressFault($"{why}. Choose another address with Urls, such as Urls=http://127.0.0.1:5090.", exception);
        }
    }

    /// <summary>The address that Urls names cannot be listened on.</summary>
    private sealed class AddressFault(string message, Exception inner) : Exception(message, inner);
}

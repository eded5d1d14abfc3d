using System.CommandLine;
using System.Net.Sockets;
using DailyDigest.Digests;

namespace DailyDigest.Server.Commands;

/// <summary><c>serve</c>: web, clock, ingest and delivery until it is stopped.</summary>
internal static class ServeCommand
{
    public static Command Create(TextWriter output, TextWriter error)
    {
        var command = new Command("serve", "Serves the pages and runs clock, ingest and delivery until it is stopped (Ctrl-C).");
        command.SetAction((_, cancellationToken) => ExecuteAsync(output, error, cancellationToken));
        return command;
    }

    public static Task<int> ExecuteAsync(TextWriter output, TextWriter error, CancellationToken cancellationToken)
    {
        _ = output;
        return CommandLine.WithProgramAsync(
            workers: true,
            error,
            async (app, stop) =>
            {
                try
                {
                    await app.Services.GetRequiredService<IDigestRenderer>().WarmUpAsync(stop);
                    await app.StartAsync(stop);
                }
                catch (IOException exception) when (exception.InnerException is Microsoft.AspNetCore.Connections.AddressInUseException
                    || exception.InnerException is SocketException)
                {
                    await error.WriteLineAsync($"{exception.Message} Choose another address with Urls, such as Urls=http://127.0.0.1:5090.");
                    return 2;
                }

                await app.WaitForShutdownAsync(stop);
                return 0;
            },
            cancellationToken);
    }
}

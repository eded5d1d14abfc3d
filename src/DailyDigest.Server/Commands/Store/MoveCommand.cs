using System.CommandLine;
using DailyDigest.Accounts;
using DailyDigest.Moving;
using DailyDigest.Storage;

namespace DailyDigest.Server.Commands;

/// <summary><c>move</c>: moves everything from the embedded file to Azure Storage, or back.</summary>
internal static class MoveCommand
{
    private const string Again = "Nothing is lost: call the same command again to go on.";

    public static Command Create(Terminal terminal)
    {
        var from = Store("--from", "The store to move: sqlite:FILE, azure:ACCOUNT, or azure: for the account of the settings");
        var to = Store("--to", "The store to move to. It must be empty, or that of a move that was interrupted");
        var live = new Option<bool>("--live")
        {
            Description = "Copy while the store is served. When little is left, it asks for a stop, and the last pass follows",
        };
        var reopen = Store("--reopen", "Give a move up: let this store be served again. Runs that were due since the move are held");
        var command = new Command(
            "move",
            "Move everything from one store to an empty one: sqlite:FILE to azure:ACCOUNT, or back. Stop serve first, or use --live. "
                + "Interrupted anywhere, the same command goes on. Both sides are compared at the end; then the old store is closed, and a "
                + "run that is open goes on at the other side.")
        {
            from, to, live, reopen,
        };
        command.Validators.Add(result =>
        {
            var (source, destination, other) = (
                result.GetResult(from) is not null, result.GetResult(to) is not null, result.GetResult(reopen) is not null);
            if (other ? source || destination || result.GetResult(live) is not null : !source || !destination)
            {
                result.AddError("move: --from STORE --to STORE, or --reopen STORE alone.");
            }
        });
        command.SetAction((parsed, cancellationToken) => CommandHost.RunAsync(
            terminal, (_, _) => Task.FromResult(0), cancellationToken,
            before: async services => parsed.GetValue(reopen) is { } store
                ? await ReopenAsync(services, terminal, store, cancellationToken)
                : await MoveAsync(
                    services, terminal, parsed.GetValue(from)!, parsed.GetValue(to)!, parsed.GetValue(live), cancellationToken)));
        return command;
    }

    private static Option<string?> Store(string name, string description) =>
        new(name) { Description = description, HelpName = "store" };

    private static async Task<int> MoveAsync(
        IServiceProvider services, Terminal terminal, string from, string to, bool live, CancellationToken cancellationToken)
    {
        if (await ParseAsync(services, terminal, "--from", from) is not { } source
            || await ParseAsync(services, terminal, "--to", to) is not { } destination)
        {
            return 2;
        }

        if (source.IsFile == destination.IsFile)
        {
            await terminal.ErrorAsync("move: one store is a file, the other an account. To copy a file, use backup.");
            return 2;
        }

        try
        {
            return await MoveAsync(services, terminal, source, destination, live, cancellationToken);
        }
        catch (StorageException exception)
        {
            await terminal.ErrorAsync($"{exception.Message} {Again}");
            return 1;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            await terminal.ErrorAsync($"Stopped before the move was finished. {Again}");
            return 1;
        }
    }

    private static async Task<int> MoveAsync(
        IServiceProvider services, Terminal terminal, StoreName from, StoreName to, bool live, CancellationToken cancellationToken)
    {
        var time = services.GetRequiredService<TimeProvider>();
        var (source, openedSource) = from.Open(creates: false, time);
        using var first = openedSource;
        var (destination, openedDestination) = to.Open(creates: true, time);
        using var second = openedDestination;
        var moved = await new MoveStore(time).ExecuteAsync(source, destination, live, terminal.ErrorAsync, cancellationToken);
        if (moved.Refusal is { } refusal)
        {
            await terminal.ErrorAsync(refusal);
            return 1;
        }

        if (moved.Tables.Count > 0)
        {
            await AuditAsync(destination, time, "store.move", source.Name, destination.Name);
        }

        await terminal.TableAsync(
            ["table", "partitions", "rows", "hash"],
            moved.Tables.Where(table => table.Sum.Rows > 0).Select(table => (IReadOnlyList<string>)
                [table.Table, Format.Count(table.Partitions), Format.Count(table.Sum.Rows), table.Sum.Digits]));
        await terminal.LineAsync(moved.Tables.Count == 0
            ? $"{source.Name} was moved to {destination.Name} by an earlier call."
            : $"{source.Name} was moved to {destination.Name}: {Format.Count(moved.Tables.Sum(table => table.Sum.Rows), "row")}, the same "
                + "on both sides.");
        await terminal.LineAsync(
            $"Next: serve {destination.Name} with the same Identity__Key and Links__Keys. {source.Name} is closed, and is not served any "
                + "more.");
        return 0;
    }

    private static async Task<int> ReopenAsync(
        IServiceProvider services, Terminal terminal, string store, CancellationToken cancellationToken)
    {
        if (await ParseAsync(services, terminal, "--reopen", store) is not { } name)
        {
            return 2;
        }

        var time = services.GetRequiredService<TimeProvider>();
        var (side, opened) = name.Open(creates: false, time);
        using var closing = opened;
        var reopened = await new ReopenStore(time).ExecuteAsync(side, cancellationToken);
        if (reopened.Refusal is { } refusal)
        {
            await terminal.ErrorAsync(refusal);
            return 1;
        }

        await AuditAsync(side, time, "store.reopen", reopened.Was?.Other, side.Name);
        await terminal.LineAsync(
            $"{side.Name} may be served again. Make sure that {reopened.Was?.Other ?? "the store that it was moved to"} is not: otherwise "
                + "readers are mailed from both.");
        if (reopened.Was is not { State: MarkState.Copying or MarkState.Closed })
        {
            await terminal.LineAsync(
                $"It does not know what was sent since the move. Runs due until now are held ({Format.Count(reopened.Held)} were open): "
                    + "deliver --release sends them, run skip records that they were sent.");
        }

        return 0;
    }

    /// <summary>Recorded in the store that is served from now on. The program itself may be connected to another one.</summary>
    private static Task AuditAsync(StoreSide side, TimeProvider time, string verb, string? before, string after) =>
        new AuditLog(side.Tables, time).WriteAsync(Actor.CommandLine, verb, "store", before, after, CancellationToken.None);

    private static async Task<StoreName?> ParseAsync(IServiceProvider services, Terminal terminal, string option, string text)
    {
        var (name, fault) = StoreName.Parse(text, services.GetRequiredService<IConfiguration>());
        if (fault is not null)
        {
            await terminal.ErrorAsync($"{option}: {fault}");
        }

        return name;
    }
}

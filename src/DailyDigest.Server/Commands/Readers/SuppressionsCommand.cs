using System.CommandLine;
using System.Globalization;
using System.Text;
using DailyDigest.Calendar;
using DailyDigest.Mailing;
using DailyDigest.Returns;
using DailyDigest.Subscribers;

namespace DailyDigest.Server.Commands;

/// <summary><c>suppressions</c>: the addresses that get no mail.</summary>
internal static class SuppressionsCommand
{
    private const int Page = 500;

    public static Command Create(Terminal terminal) => new(
        "suppressions", "List, add, remove, import and export the addresses that get no mail.")
    {
        CreateList(terminal),
        CreateAdd(terminal),
        CreateRemove(terminal),
        SuppressionsImportCommand.Create(terminal),
        CreateExport(terminal),
    };

    /// <summary>The option that says why; required, or with a usual value.</summary>
    public static Option<string> Reason(string? usual = null)
    {
        var reason = new Option<string>("--reason") { Description = "Why they get no mail", HelpName = "reason", Required = usual is null };
        if (usual is not null)
        {
            reason.DefaultValueFactory = _ => usual;
        }

        return reason.AcceptOnlyFromAmong("unsubscribed", "bounced", "complained", "blocked");
    }

    /// <summary>The reason that a word of <see cref="Reason"/> means.</summary>
    public static Suppression Parse(string word) => Enum.Parse<Suppression>(word, ignoreCase: true);

    private static Argument<string> Entry()
    {
        var entry = new Argument<string>("ENTRY") { Description = "An e-mail address, or the SHA-256 or MD5 of one in hex digits" };
        entry.Validators.Add(result =>
        {
            if (AddressDigest.Parse(result.Tokens[0].Value) is null && !EmailAddress.TryParse(result.Tokens[0].Value, out _))
            {
                result.AddError("ENTRY: one e-mail address, or 64 or 32 hex digits.");
            }
        });
        return entry;
    }

    private static Command CreateList(Terminal terminal)
    {
        var limit = Inputs.Limit("The maximum number to list; 0 for all", 1000);
        var json = Inputs.Json();
        var command = new Command("list", "List the entries with reason and date.") { limit, json };
        command.SetAction((parsed, cancellationToken) => CommandHost.RunAsync(
            terminal,
            (app, stop) => ListAsync(app.Services, terminal, parsed.GetValue(limit), parsed.GetValue(json), stop), cancellationToken));
        return command;
    }

    private static async Task<int> ListAsync(
        IServiceProvider services, Terminal terminal, int limit, bool json, CancellationToken cancellationToken)
    {
        var list = services.GetRequiredService<ListSuppressions>();
        var (max, all) = (limit == 0 ? int.MaxValue : limit, new List<ListedSuppression>());
        for (var more = true; more && all.Count <= max;)
        {
            var page = await list.ExecuteAsync(all.Count == 0 ? null : all[^1].Entry.Key, Page, cancellationToken);
            all.AddRange(page);
            more = page.Count == Page;
        }

        var shown = all.Take(max).ToList();
        if (json)
        {
            await terminal.JsonAsync(shown.Select(one => new
            {
                Id = one.Entry.Key,
                one.Entry.Reason,
                one.Entry.Since,
                one.Entry.Source,
                Subscriber = one.Person?.Id,
                one.Person?.Address,
                one.Digest?.Kind,
                Hash = one.Digest?.Hex,
            }));
        }
        else
        {
            await terminal.TableAsync(
                ["entry", "reason", "since", "source"], shown.Select(one => (IReadOnlyList<string>)
                [
                    one.Person?.Address ?? one.Entry.Digest?.Hex ?? "not known", Format.Name(one.Entry.Reason),
                    Format.Time(one.Entry.Since), one.Entry.Source ?? "",
                ]));
        }

        if (all.Count > shown.Count)
        {
            await terminal.ErrorAsync($"There are more than {Format.Count(shown.Count)}: --limit 0 lists all.");
        }

        return 0;
    }

    private static Command CreateAdd(Terminal terminal)
    {
        var (entry, reason) = (Entry(), Reason());
        var command = new Command("add", "Stop mail to an address. Its subscription ends.") { entry, reason };
        command.SetAction((parsed, cancellationToken) => CommandHost.RunAsync(
            terminal,
            (app, stop) => AddAsync(
                app.Services, terminal, parsed.GetRequiredValue(entry), Parse(parsed.GetRequiredValue(reason)), stop),
            cancellationToken));
        return command;
    }

    /// <summary>Adds an address or a hash.</summary>
    public static async Task<int> AddAsync(
        IServiceProvider services, Terminal terminal, string entry, Suppression reason, CancellationToken cancellationToken)
    {
        var hash = services.GetRequiredService<AddressHash>();
        string subject;
        if (EmailAddress.TryParse(entry, out var address))
        {
            await services.GetRequiredService<SuppressAddress>().ExecuteAsync(address, reason, cancellationToken);
            subject = hash.Tag(address);
        }
        else
        {
            using var list = new MemoryStream(Encoding.UTF8.GetBytes(entry.Trim() + "\n"));
            await services.GetRequiredService<ImportSuppressions>().ExecuteAsync(
                list, new SuppressionDefaults(reason, "command line"), dryRun: false, _ => { }, null, cancellationToken);
            subject = hash.OfDigest(AddressDigest.Parse(entry)!)[..16];
        }

        await services.AuditAsync("address.suppress", subject, null, Format.Name(reason), cancellationToken);
        await terminal.LineAsync("Suppressed.");
        return 0;
    }

    private static Command CreateRemove(Terminal terminal)
    {
        var entry = Entry();
        var command = new Command(
            "remove", "Take an address off the list. It subscribes nobody: a reader who left or complained signs up again.") { entry };
        command.SetAction((parsed, cancellationToken) => CommandHost.RunAsync(
            terminal,
            async (app, stop) =>
            {
                var remove = app.Services.GetRequiredService<RemoveSuppression>();
                var removed = EmailAddress.TryParse(parsed.GetRequiredValue(entry), out var address)
                    ? await remove.ExecuteAsync(address, isOwner: true, stop)
                    : await remove.ExecuteAsync(AddressDigest.Parse(parsed.GetRequiredValue(entry))!, isOwner: true, stop);
                if (removed is not { Outcome: RemoveSuppressionOutcome.Removed, Key: { } key, Reason: { } reason })
                {
                    await terminal.ErrorAsync("It is not on the list.");
                    return 1;
                }

                await app.Services.AuditAsync("address.release", key[..16], Format.Name(reason), null, stop);
                await terminal.LineAsync($"Removed ({Format.Name(reason)}).");
                return 0;
            },
            cancellationToken));
        return command;
    }

    private static Command CreateExport(Terminal terminal)
    {
        var file = new Argument<FileInfo?>("FILE")
        {
            Description = "The file to write. Default: standard output",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var addresses = new Option<bool>("--addresses") { Description = "Write addresses that are stored, not only their SHA-256" };
        var command = new Command("export", "Write the list as CSV, in the form that import reads.") { file, addresses };
        command.SetAction((parsed, cancellationToken) => CommandHost.RunAsync(
            terminal,
            async (app, stop) =>
            {
                var export = app.Services.GetRequiredService<ExportSuppressions>();
                Task<int> WriteAsync(Stream stream) => export.ExecuteAsync(stream, parsed.GetValue(addresses), stop);
                await app.Services.AuditAsync("address.export", "all", null, null, stop);
                return parsed.GetValue(file) is { } target
                    ? await PrivateFile.WriteAsync(target, "FILE", WriteAsync, terminal)
                    : await ExportCommand.ToOutputAsync(WriteAsync, terminal);
            },
            cancellationToken));
        return command;
    }
}

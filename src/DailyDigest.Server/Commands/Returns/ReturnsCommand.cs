using System.CommandLine;
using System.Globalization;
using DailyDigest.Returns;

namespace DailyDigest.Server.Commands;

/// <summary><c>returns</c>: the mailbox to which messages come back.</summary>
internal static class ReturnsCommand
{
    private const string NoMailbox = "There is no mailbox: set Mailbox__Host.";
    private const string NothingWaits = "No message waits.";
    private const string Advice = "Run doctor: it tries each step, and names the setting.";

    public static Command Create(Terminal terminal) => new(
        "returns", "Read what comes back by mail: bounces, complaints, unsubscribe requests.")
    {
        CreateRead(terminal),
    };

    private static Command CreateRead(Terminal terminal)
    {
        var dryRun = new Option<bool>("--dry-run")
        {
            Description = "List how each message would be settled, and change nothing. No address is shown",
        };
        var json = Inputs.Json();
        var command = new Command(
            "read", "Read the mailbox now: settle each message, then move or delete it. Ends with 1 if it cannot be read.")
        {
            dryRun,
            json,
        };
        command.SetAction((parsed, cancellationToken) => CommandHost.RunAsync(
            terminal,
            (app, stop) => parsed.GetValue(dryRun)
                ? PreviewAsync(app.Services, terminal, parsed.GetValue(json), stop)
                : ReadAsync(app.Services, terminal, parsed.GetValue(json), stop),
            cancellationToken, reported: typeof(ReadReturns)));
        return command;
    }

    private static async Task<int> ReadAsync(IServiceProvider services, Terminal terminal, bool json, CancellationToken cancellationToken)
    {
        var report = await services.GetRequiredService<ReadReturns>().ExecuteAsync(evenEarly: true, cancellationToken);
        if (json)
        {
            await terminal.JsonAsync(report);
            return report.Outcome == ReadingOutcome.Read ? 0 : 1;
        }

        switch (report.Outcome)
        {
            case ReadingOutcome.NoMailbox:
                await terminal.ErrorAsync(NoMailbox);
                return 2;
            case ReadingOutcome.NotNow:
                await terminal.ErrorAsync("Another program reads the mailbox now. Try again in a few minutes.");
                return 1;
        }

        foreach (var (result, count) in report.Results.OrderBy(one => one.Key))
        {
            await terminal.LineAsync(string.Create(CultureInfo.InvariantCulture, $"{count} {Words(result)}"));
        }

        if (report.Results.Count == 0 && report.Fault is null)
        {
            await terminal.LineAsync(NothingWaits);
        }

        if (report.SetAside is { } aside && aside > report.Results.GetValueOrDefault(ReturnResult.Unknown))
        {
            await terminal.LineAsync(MailboxLines.Waiting(aside));
        }

        if (report.HasMore)
        {
            await terminal.LineAsync("More wait: read again.");
        }

        if (report.Fault is { } fault)
        {
            await terminal.ErrorAsync($"The mailbox could not be read to its end: {fault}");
            await terminal.ErrorAsync(Advice);
            return 1;
        }

        return 0;
    }

    private static async Task<int> PreviewAsync(
        IServiceProvider services, Terminal terminal, bool json, CancellationToken cancellationToken)
    {
        if (services.GetService<IReturnMailbox>() is null)
        {
            await terminal.ErrorAsync(NoMailbox);
            return 2;
        }

        var waiting = services.GetRequiredService<PreviewReturns>().ExecuteAsync(cancellationToken);
        var count = 0;
        try
        {
            await (json ? terminal.JsonAsync(waiting) : terminal.ListAsync(
                ["kind", "reason", "permanent", "proof"],
                waiting.Select(one =>
                {
                    count++;
                    return Row(one);
                }),
                cancellationToken));
            if (!json && count is 0 or PreviewReturns.MaxMessages)
            {
                await terminal.LineAsync(count == 0 ? NothingWaits : $"Only the oldest {count} are listed.");
            }

            return 0;
        }
        catch (MailboxException exception)
        {
            await terminal.ErrorAsync($"The mailbox could not be read: {exception.Message}");
            await terminal.ErrorAsync(Advice);
            return 1;
        }
    }

    private static IReadOnlyList<string> Row(PreviewedReturn one) =>
    [
        Words(one.Kind), one.Reason ?? "", one.Reason is null ? "" : one.IsPermanent ? "yes" : "no",
        one.Proof switch { ReturnProof.Token => "token", ReturnProof.MessageId => "Message-ID", _ => "none" },
    ];

    private static string Words(ReturnResult result) => result switch
    {
        ReturnResult.Done => "settled: their effects are complete",
        ReturnResult.Repeated => "settled before: nothing changed",
        ReturnResult.NotYet => "wait: their deliveries are still being sent",
        ReturnResult.Unproven => "prove nothing: counted, nothing changed",
        ReturnResult.Counted => "counted: automatic replies and the like",
        _ => "of no known kind: left in the mailbox",
    };

    private static string Words(ReturnKind kind) => kind switch
    {
        ReturnKind.Bounced => "bounce",
        ReturnKind.Delayed => "delay",
        ReturnKind.Delivered => "delivery",
        ReturnKind.Complained => "complaint",
        ReturnKind.Unsubscribe => "unsubscribe request",
        ReturnKind.AutoReply => "automatic reply",
        ReturnKind.Challenge => "challenge",
        _ => "other",
    };
}

using DailyDigest.Storage;
using Microsoft.Extensions.Logging;

namespace DailyDigest.Returns;

/// <summary>
/// Reads the mailbox to which messages come back: settles each message, then removes it. A message of no known kind stays there for a
/// person. A message whose delivery is still being sent stays and is read again.
/// </summary>
/// <remarks>
/// A message is removed only after it was settled, and settling it again changes nothing. So a kill between any two steps, or a second
/// reader, loses nothing and counts nothing twice. The lease only saves work.
/// </remarks>
public sealed partial class ReadReturns(
    MailboxStates states, SettleReturn settle, TimeProvider time, ILogger<ReadReturns> logger, IReturnMailbox? mailbox = null)
{
    private static readonly TimeSpan[] Backoffs =
        [.. new[] { 1, 2, 5, 15, 30, 60 }.Select(minutes => TimeSpan.FromMinutes(minutes))];

    private readonly PostponedReturns postponed = new(time);

    /// <summary>Reads what waits, for at most five minutes. One program reads at a time, and in it one call.</summary>
    /// <param name="evenEarly">True to read although the next reading is not due yet.</param>
    /// <param name="cancellationToken">Ends the reading; settled messages stay settled.</param>
    /// <exception cref="StorageException">The store failed.</exception>
    public async Task<ReadingReport> ExecuteAsync(bool evenEarly, CancellationToken cancellationToken)
    {
        if (mailbox is null)
        {
            return new ReadingReport(ReadingOutcome.NoMailbox);
        }

        return await states.TakeAsync(mailbox.Id, evenEarly, cancellationToken) is { } taken
            ? await ReadAsync(mailbox, taken, cancellationToken)
            : new ReadingReport(ReadingOutcome.NotNow);
    }

    private async Task<ReadingReport> ReadAsync(IReturnMailbox open, MailboxStates.Taken taken, CancellationToken cancellationToken)
    {
        var began = time.GetUtcNow();
        var reading = new MailboxReading(open, settle, postponed, time);
        ReadingReport report;
        try
        {
            report = await reading.RunAsync(cancellationToken);
        }
        catch
        {
            await TryReleaseAsync(open, taken);
            throw;
        }

        var state = After(taken.State, report, began, open.Interval);
        await states.ReleaseAsync(open.Id, taken, state, cancellationToken);
        if (report.Fault is { } fault)
        {
            Log.Failed(logger, open.Name, fault.TrimEnd('.') + ".", state.Next!.Value);
        }
        else if (report.Results.Count > 0)
        {
            Log.Read(logger, open.Name, report.Results.Values.Sum(), report.Results.GetValueOrDefault(ReturnResult.NotYet), state.SetAside);
        }

        return report;
    }

    private MailboxState After(MailboxState before, ReadingReport report, DateTimeOffset began, TimeSpan interval)
    {
        var now = time.GetUtcNow();
        return report.Fault is { } fault
            ? before with
            {
                Failures = before.Failures + 1,
                Since = before.Since ?? began,
                Reply = fault,
                Next = now + Backoffs[Math.Min(before.Failures, Backoffs.Length - 1)],
                SetAside = report.SetAside ?? before.SetAside,
            }
            : new MailboxState
            {
                LastRead = now,
                Next = report.HasMore ? now : began + interval,
                SetAside = report.SetAside ?? before.SetAside,
            };
    }

    /// <summary>The store failed, or the program stops: the next reader need not wait for the end of the lease.</summary>
    private async Task TryReleaseAsync(IReturnMailbox open, MailboxStates.Taken taken)
    {
        try
        {
            await states.ReleaseAsync(open.Id, taken, taken.State, CancellationToken.None);
        }
        catch (StorageException)
        {
            // The lease ends by itself.
        }
    }

    private static partial class Log
    {
        [LoggerMessage(391, LogLevel.Information,
            "{Count} messages of mailbox {Mailbox} were read; {Unsettled} of them are read again later, {SetAside} wait for a person")]
        public static partial void Read(ILogger logger, string mailbox, int count, int unsettled, int setAside);

        [LoggerMessage(392, LogLevel.Warning,
            "Mailbox {Mailbox} could not be read: {Fault} It is read again from {Next:yyyy-MM-dd HH:mm} UTC on.")]
        public static partial void Failed(ILogger logger, string mailbox, string fault, DateTimeOffset next);
    }
}

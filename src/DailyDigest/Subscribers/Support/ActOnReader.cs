using DailyDigest.Calendar;
using DailyDigest.Mailing;

namespace DailyDigest.Subscribers;

/// <summary>
/// Acts on one reader for an operator, who saw a version of the reader. If it has changed since, nothing is done. The acts follow the rules
/// of the readers' pages: nobody is subscribed without their own confirmation.
/// </summary>
public sealed class ActOnReader(
    SubscriberStore subscribers, PauseDigest pause, EndPause resume, EndRest wake, Unsubscribe leave, RestoreSubscriber restore,
    ResendConfirmation resend, ChangePreferences change, SuppressAddress suppress, EraseSubscriber erase)
{
    /// <summary>Acts.</summary>
    /// <param name="subscriberId">The reader.</param>
    /// <param name="act">The act.</param>
    /// <param name="version">The version that the operator saw; null for any.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public async Task<ReaderActResult> ExecuteAsync(
        string subscriberId, ReaderAct act, long? version, CancellationToken cancellationToken)
    {
        if (await FindAsync(subscriberId, cancellationToken) is not { } person)
        {
            return new ReaderActResult(ReaderActOutcome.NotFound);
        }

        var outcome = version is { } seen && seen != person.Version
            ? ReaderActOutcome.Changed : await DoAsync(person, act, version, cancellationToken);
        return outcome != ReaderActOutcome.Done ? new ReaderActResult(outcome)
            : new ReaderActResult(outcome, Words(person), Words(await FindAsync(subscriberId, cancellationToken)));
    }

    private async Task<Subscriber?> FindAsync(string id, CancellationToken cancellationToken) =>
        SubscriberStore.IsId(id)
            && (await subscribers.GetAsync(id, cancellationToken))?.Subscriber is { Status: not SubscriberStatus.Erased } person
            ? person : null;

    private async Task<ReaderActOutcome> DoAsync(
        Subscriber person, ReaderAct act, long? version, CancellationToken cancellationToken)
    {
        switch (act)
        {
            case ReaderAct.Pause(var until):
                return Of(await pause.ExecuteAsync(person.Id, until, cancellationToken, version));

            case ReaderAct.Change(var wanted):
                return Of(await change.ExecuteAsync(person.Id, wanted with { Version = version }, cancellationToken));

            case ReaderAct.Resume:
                return await resume.ExecuteAsync(person.Id, cancellationToken) ? ReaderActOutcome.Done : ReaderActOutcome.NotSubscribed;

            case ReaderAct.Wake:
                return person.Rest is { IsEnded: false } && await wake.ExecuteAsync(person.Id, cancellationToken)
                    ? ReaderActOutcome.Done : ReaderActOutcome.NotResting;

            case ReaderAct.Leave when person.Status is SubscriberStatus.Active or SubscriberStatus.Pending || person.SignUp is not null:
                await leave.ExecuteAsync(person.Id, cancellationToken);
                return ReaderActOutcome.Done;

            case ReaderAct.Restore:
                return person.Status == SubscriberStatus.Bounced && await restore.ExecuteAsync(person.Id, cancellationToken)
                    ? ReaderActOutcome.Done : ReaderActOutcome.NotBounced;

            case ReaderAct.Resend:
                return await resend.ExecuteAsync(person.Id, cancellationToken) ? ReaderActOutcome.Done : ReaderActOutcome.NotWaiting;

            case ReaderAct.Suppress(var reason) when EmailAddress.TryParse(person.Address, out var address):
                await suppress.ExecuteAsync(address, reason, cancellationToken);
                return ReaderActOutcome.Done;

            case ReaderAct.Erase(var typed):
                if (!IsSame(typed, person.Address))
                {
                    return ReaderActOutcome.NotConfirmed;
                }

                await erase.ExecuteAsync(person.Id, cancellationToken);
                return ReaderActOutcome.Done;

            default:
                return ReaderActOutcome.NotSubscribed;
        }
    }

    private static bool IsSame(string? typed, string address) =>
        EmailAddress.TryParse(typed, out var one) && EmailAddress.TryParse(address, out var other) && one.Normalized == other.Normalized;

    private static ReaderActOutcome Of(PauseOutcome outcome) => outcome switch
    {
        PauseOutcome.Paused => ReaderActOutcome.Done,
        PauseOutcome.NotADate => ReaderActOutcome.NotADate,
        PauseOutcome.TooEarly => ReaderActOutcome.TooEarly,
        PauseOutcome.TooLate => ReaderActOutcome.TooLate,
        PauseOutcome.Changed => ReaderActOutcome.Changed,
        _ => ReaderActOutcome.NotSubscribed,
    };

    private static ReaderActOutcome Of(PreferencesOutcome outcome) => outcome switch
    {
        PreferencesOutcome.Kept => ReaderActOutcome.Done,
        PreferencesOutcome.NotUnderstood => ReaderActOutcome.NotUnderstood,
        PreferencesOutcome.TooOften => ReaderActOutcome.TooOften,
        PreferencesOutcome.Changed => ReaderActOutcome.Changed,
        _ => ReaderActOutcome.NotSubscribed,
    };

    // For the audit: no address.
    private static string? Words(Subscriber? person) => person is null ? null
        : $"{SubscriberRow.Text(person.Status)}, {person.Cohort.Key}, {person.Language}, "
            + (person.Sections.Count == 0 ? "all sections" : string.Join("; ", person.Sections))
            + (person.PausedUntil is { } until ? $", paused until {until.Text()}" : "")
            + (person.Rest is { IsEnded: false } rest ? $", rests until {rest.Until.Text()}" : "");
}

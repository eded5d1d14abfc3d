namespace DailyDigest.Mail.Smtp;

/// <summary>
/// The next step of a borrower: stop, wait, use an idle connection, or, with none of them set, open the connection that was counted for it.
/// </summary>
/// <param name="Refusal">Why the relay cannot be used now; the borrower stops.</param>
/// <param name="IsProbed">With a refusal: another borrower is finding out whether the relay can be used again.</param>
/// <param name="IsHourOver">With a refusal: the relay's messages of the last hour are used up.</param>
/// <param name="Place">The borrower's place in the queue; it waits to be woken.</param>
/// <param name="Wait">How long it waits at most before it asks again.</param>
/// <param name="Idle">The connection, which is the borrower's from now on.</param>
/// <param name="Began">When the connection attempt began, as a timestamp of the clock.</param>
internal readonly record struct NextStep(
    string? Refusal = null, bool IsProbed = false, bool IsHourOver = false, RelayWaiter? Place = null, TimeSpan Wait = default,
    RelayConnection? Idle = null, long Began = 0);

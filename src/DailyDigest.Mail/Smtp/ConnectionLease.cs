using DailyDigest.Runs;

namespace DailyDigest.Mail.Smtp;

/// <summary>The result for a borrower: a connection, or the reason why there is none.</summary>
/// <param name="Pool">The pool that answers.</param>
/// <param name="Connection">The connection, for this borrower alone; null if there is none.</param>
/// <param name="Trouble">Why there is none.</param>
/// <param name="IsProbed">True if another borrower is finding out whether the relay can be used again.</param>
/// <param name="IsHourOver">True if the relay's messages of the last hour are used up.</param>
internal readonly record struct ConnectionLease(
    RelayPool? Pool, RelayConnection? Connection, SendResult? Trouble, bool IsProbed = false, bool IsHourOver = false);

namespace DailyDigest.Returns;

/// <summary>The mailbox to which messages come back. Adapters: IMAP and POP3; one contract suite tests both.</summary>
public interface IReturnMailbox
{
    /// <summary>Names server and login in the store, without showing them: hex digits.</summary>
    string Id { get; }

    /// <summary>Host and port, as logs and alerts name it.</summary>
    string Name { get; }

    /// <summary>The time from the beginning of one reading to the next.</summary>
    TimeSpan Interval { get; }

    /// <summary>Connects and logs in.</summary>
    /// <exception cref="MailboxException">It cannot be reached, or refuses the login.</exception>
    Task<IReturnSession> OpenAsync(CancellationToken cancellationToken);
}

/// <summary>
/// A connection to the mailbox, for one caller at a time. A message has the same key in every session. A session that breaks has removed
/// all, some or none of the messages that it was told to remove.
/// </summary>
public interface IReturnSession : IAsyncDisposable
{
    /// <summary>The messages that wait, the oldest first, at most <see cref="ReturnList.MaxKeys"/>.</summary>
    /// <exception cref="MailboxException">The connection broke, or the server breaks the protocol.</exception>
    Task<ReturnList> ListAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Reads the beginning of a message and says what it claims. Memory is bounded, whatever the server sends. Null if there is no such
    /// message any more: another reader has removed it.
    /// </summary>
    /// <exception cref="MailboxException">The connection broke, or the server breaks the protocol.</exception>
    Task<ReceivedReturn?> ReadAsync(string key, CancellationToken cancellationToken);

    /// <summary>
    /// Removes messages that are settled, at the latest in <see cref="CommitAsync"/>: deletes them, or moves them to another folder.
    /// Unknown keys are ignored.
    /// </summary>
    /// <exception cref="MailboxException">The connection broke, or the server breaks the protocol.</exception>
    Task RemoveAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken);

    /// <summary>Leaves messages in the mailbox for a person: they are listed no more. Unknown keys are ignored.</summary>
    /// <exception cref="MailboxException">The connection broke, or the server breaks the protocol.</exception>
    Task SetAsideAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken);

    /// <summary>Completes the removals and ends the session.</summary>
    /// <exception cref="MailboxException">The connection broke: some messages may be listed again.</exception>
    Task CommitAsync(CancellationToken cancellationToken);
}

/// <summary>The messages of the mailbox.</summary>
/// <param name="Keys">Those that wait, the oldest first.</param>
/// <param name="SetAside">How many were left for a person.</param>
public sealed record ReturnList(IReadOnlyList<string> Keys, int SetAside)
{
    /// <summary>Messages that one list names at most. Later lists name the others.</summary>
    public const int MaxKeys = 20_000;
}

/// <summary>A message of the mailbox.</summary>
/// <param name="Id">Hash of its beginning: the same for every reader and protocol.</param>
/// <param name="Size">Bytes that were read.</param>
/// <param name="Mail">Its claims.</param>
public sealed record ReceivedReturn(string Id, long Size, ReturnedMail Mail);

/// <summary>The mailbox cannot be read at the moment.</summary>
public sealed class MailboxException : Exception
{
    /// <summary>Creates the exception.</summary>
    public MailboxException() { }

    /// <summary>Creates the exception with the reason, in one line for an operator, without addresses and secrets.</summary>
    public MailboxException(string message) : base(message) { }

    /// <summary>Creates the exception.</summary>
    public MailboxException(string message, Exception inner) : base(message, inner) { }
}

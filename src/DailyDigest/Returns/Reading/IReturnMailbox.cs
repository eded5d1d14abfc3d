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
    /// Fetches the beginning of a message, in bounded memory, whatever the server sends. Null if there is no such message any more: another
    /// reader has removed it.
    /// </summary>
    /// <param name="key">The message.</param>
    /// <param name="isMore">True to fetch as much as is ever read of a message: its beginning did not say enough.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="MailboxException">The connection broke, or the server breaks the protocol.</exception>
    Task<FetchedReturn?> FetchAsync(string key, bool isMore, CancellationToken cancellationToken);

    /// <summary>
    /// Removes messages that are settled, at the latest in <see cref="CommitAsync"/>: deletes them, or moves them to another folder.
    /// Unknown keys are ignored.
    /// </summary>
    /// <exception cref="MailboxException">
    /// The connection broke, or the server breaks the protocol, now or while messages of an earlier call were removed.
    /// </exception>
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

/// <summary>
/// A message that was fetched. It holds its bytes, and no connection: it can be read while the session fetches the next one.
/// </summary>
/// <param name="Size">Bytes that were fetched.</param>
public abstract record FetchedReturn(long Size)
{
    /// <summary>
    /// Says what the message claims. Null if only its beginning was fetched, and that does not prove whom the message is about. To be
    /// called once: it frees the bytes.
    /// </summary>
    public abstract Task<ReceivedReturn?> ReadAsync(CancellationToken cancellationToken);
}

/// <summary>A message of the mailbox.</summary>
/// <param name="Id">Hash of its beginning: the same for every reader and protocol.</param>
/// <param name="Size">Bytes that were read.</param>
/// <param name="Mail">Its claims.</param>
public sealed record ReceivedReturn(string Id, long Size, ReturnedMail Mail);

/// <summary>Steps that are the same for every session.</summary>
public static class ReturnSessions
{
    /// <summary>
    /// Reads a message, and more than its beginning only if that does not prove whom it is about. Null if there is no such message any
    /// more.
    /// </summary>
    /// <exception cref="MailboxException">The connection broke, or the server breaks the protocol.</exception>
    public static async Task<ReceivedReturn?> ReadAsync(this IReturnSession session, string key, CancellationToken cancellationToken)
    {
        var beginning = await session.FetchAsync(key, isMore: false, cancellationToken);
        return beginning is null ? null
            : await beginning.ReadAsync(cancellationToken) is { } received ? received
            : await session.FetchAsync(key, isMore: true, cancellationToken) is { } more ? await more.ReadAsync(cancellationToken)
            : null;
    }
}

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

using DailyDigest.Mail.Returns;
using DailyDigest.Returns;
using MailKit.Net.Pop3;

namespace DailyDigest.Mail.Mailboxes;

/// <summary>
/// The mailbox by POP3. The server has no flags, so the store remembers which messages were left for a person. It deletes only when the
/// session ends in order. RETR has no limit: of a message longer than <see cref="ReturnReader.MaxBytes"/> the headers are read.
/// </summary>
internal sealed class Pop3ReturnSession : IReturnSession
{
    private readonly MailboxConnection<Pop3Client> connection;
    private readonly MailboxTrouble trouble;
    private readonly ReturnReader reader;
    private readonly LeftReturns left;
    private readonly string mailbox;
    private readonly Dictionary<string, int> indexes = new(StringComparer.Ordinal);
    private IList<int> sizes = [];

    /// <summary>Begins a session on a connection that is logged in.</summary>
    public Pop3ReturnSession(
        MailboxConnection<Pop3Client> connection, string mailbox, LeftReturns left, MailboxTrouble trouble, ReturnReader reader) =>
        (this.connection, this.mailbox, this.left, this.trouble, this.reader) = (connection, mailbox, left, trouble, reader);

    /// <inheritdoc/>
    public async Task<ReturnList> ListAsync(CancellationToken cancellationToken)
    {
        await TryAsync(async () =>
        {
            var ids = connection.Client.Count == 0 ? [] : await connection.Client.GetMessageUidsAsync(cancellationToken);
            sizes = connection.Client.Count == 0 ? [] : await connection.Client.GetMessageSizesAsync(cancellationToken);
            for (var index = 0; index < ids.Count; index++)
            {
                indexes.TryAdd(ids[index], index);
            }

            return true;
        });
        var leftBefore = await left.ListAsync(mailbox, indexes.Keys, cancellationToken);
        return new ReturnList(
            [.. indexes.OrderBy(one => one.Value).Select(one => one.Key).Where(key => !leftBefore.Contains(key)).Take(ReturnList.MaxKeys)],
            leftBefore.Count);
    }

    /// <inheritdoc/>
    public Task<FetchedReturn?> FetchAsync(string key, bool isMore, CancellationToken cancellationToken) =>
        TryAsync<FetchedReturn?>(async () =>
        {
            if (!indexes.TryGetValue(key, out var index))
            {
                return null;
            }

            connection.Meter.Allow(MailboxConnector.MaxMessage);
            try
            {
                var headersOnly = index < sizes.Count && sizes[index] > ReturnReader.MaxBytes;
                return new FetchedMail(await connection.Client.GetStreamAsync(index, headersOnly, cancellationToken), reader, IsMore: true);
            }
            catch (Pop3CommandException)
            {
                // Another session has deleted it.
                return null;
            }
        });

    /// <inheritdoc/>
    public async Task RemoveAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken)
    {
        var known = keys.Where(indexes.ContainsKey).Select(key => indexes[key]).ToList();
        if (known.Count > 0)
        {
            await TryAsync(async () =>
            {
                await connection.Client.DeleteMessagesAsync(known, cancellationToken);
                return true;
            });
        }
    }

    /// <inheritdoc/>
    public Task SetAsideAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken) =>
        left.AddAsync(mailbox, [.. keys.Where(indexes.ContainsKey)], cancellationToken);

    /// <inheritdoc/>
    public Task CommitAsync(CancellationToken cancellationToken) => TryAsync(async () =>
    {
        await connection.Client.DisconnectAsync(quit: true, cancellationToken);
        return true;
    });

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => connection.DisposeAsync();

    private async Task<T> TryAsync<T>(Func<Task<T>> work)
    {
        connection.Meter.Allow(MailboxConnector.MaxAnswer);
        try
        {
            return await work();
        }
        catch (Exception e) when (e is not (OperationCanceledException or OutOfMemoryException))
        {
            throw trouble.Of(e);
        }
    }
}

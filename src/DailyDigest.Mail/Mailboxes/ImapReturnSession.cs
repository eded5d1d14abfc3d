using System.Globalization;
using DailyDigest.Mail.Returns;
using DailyDigest.Returns;
using MailKit;
using MailKit.Net.Imap;
using MailKit.Search;

namespace DailyDigest.Mail.Mailboxes;

/// <summary>
/// The mailbox by IMAP. A message that is left for a person gets the flag that mail programs show as a star; a person who takes it away has
/// the message read again.
/// </summary>
internal sealed class ImapReturnSession : IReturnSession
{
    /// <summary>
    /// With so many messages waiting, those that are settled are removed over a connection of its own, while the next ones are fetched. For
    /// few messages the second login would cost more.
    /// </summary>
    private const int ManyMessages = 200;

    private readonly ImapFolder own;
    private readonly Func<CancellationToken, Task<ImapFolder>> open;
    private readonly MailboxTrouble trouble;
    private readonly ReturnReader reader;
    private ImapFolder? second;
    private bool isAlone = true;
    private Task removing = Task.CompletedTask;

    private ImapReturnSession(
        ImapFolder own, Func<CancellationToken, Task<ImapFolder>> open, MailboxTrouble trouble, ReturnReader reader) =>
        (this.own, this.open, this.trouble, this.reader) = (own, open, trouble, reader);

    /// <summary>Opens the folder.</summary>
    /// <param name="open">Connects, logs in, and opens the folder; called once more if many messages wait.</param>
    /// <param name="trouble">Names trouble.</param>
    /// <param name="reader">Says what a message claims.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="Exception">Any trouble of MailKit or the socket.</exception>
    public static async Task<ImapReturnSession> OpenAsync(
        Func<CancellationToken, Task<ImapFolder>> open, MailboxTrouble trouble, ReturnReader reader, CancellationToken cancellationToken) =>
        new(await open(cancellationToken), open, trouble, reader);

    /// <inheritdoc/>
    public Task<ReturnList> ListAsync(CancellationToken cancellationToken) => TryAsync(async () =>
    {
        // A message that is marked as deleted is settled, and its reader was killed before it was removed.
        var waiting = await own.Folder.SearchAsync(SearchQuery.NotFlagged, cancellationToken);
        isAlone = waiting.Count < ManyMessages;
        return new ReturnList([.. waiting.Take(ReturnList.MaxKeys).Select(Key)], Math.Max(0, own.Folder.Count - waiting.Count));
    });

    /// <inheritdoc/>
    public Task<FetchedReturn?> FetchAsync(string key, bool isMore, CancellationToken cancellationToken) =>
        TryAsync<FetchedReturn?>(async () =>
        {
            if (Id(key) is not { } uid)
            {
                return null;
            }

            own.Connection.Meter.Allow(MailboxConnector.MaxMessage);
            try
            {
                return new FetchedMail(
                    await own.Folder.GetStreamAsync(uid, 0, FetchedMail.Bytes(isMore), cancellationToken), reader, isMore);
            }
            catch (MessageNotFoundException)
            {
                return null;
            }
        });

    /// <inheritdoc/>
    public Task RemoveAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken) => OnAsync(keys, async uids =>
    {
        await removing;
        if (isAlone || uids.Count == 1 || await SecondAsync(cancellationToken) is not { } other)
        {
            await own.RemoveAsync(uids, cancellationToken);
        }
        else
        {
            // Its stream blocks.
            removing = Task.Run(() => other.RemoveAsync(uids, cancellationToken), CancellationToken.None);
        }
    });

    /// <inheritdoc/>
    public Task SetAsideAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken) => OnAsync(keys, uids =>
        own.Folder.StoreAsync(uids, new StoreFlagsRequest(StoreAction.Add, MessageFlags.Flagged) { Silent = true }, cancellationToken));

    /// <inheritdoc/>
    public Task CommitAsync(CancellationToken cancellationToken) => TryAsync(async () =>
    {
        await removing;
        if (second is not null)
        {
            await second.CommitAsync(cancellationToken);
        }

        await own.CommitAsync(cancellationToken);
        return true;
    });

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await own.DisposeAsync();
        if (second is not null)
        {
            await second.DisposeAsync();
        }

        await removing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>The second connection; null if the server does not give one, such as one with a limit for each login.</summary>
    private async Task<ImapFolder?> SecondAsync(CancellationToken cancellationToken)
    {
        try
        {
            return second ??= await open(cancellationToken);
        }
        catch (Exception e) when (e is not (OperationCanceledException or OutOfMemoryException))
        {
            isAlone = true;
            return null;
        }
    }

    private string Key(UniqueId uid) => string.Create(CultureInfo.InvariantCulture, $"{own.Folder.UidValidity}-{uid.Id}");

    /// <summary>The message's number; null if the key is of a folder that was since replaced.</summary>
    private UniqueId? Id(string key) =>
        key.Split('-') is [var validity, var id] && uint.TryParse(validity, CultureInfo.InvariantCulture, out var valid)
        && valid == own.Folder.UidValidity && uint.TryParse(id, CultureInfo.InvariantCulture, out var number) && number > 0
            ? new UniqueId(valid, number) : null;

    private async Task OnAsync(IReadOnlyList<string> keys, Func<IList<UniqueId>, Task> work)
    {
        var uids = keys.Select(Id).OfType<UniqueId>().Order().ToList();
        if (uids.Count > 0)
        {
            await TryAsync(async () =>
            {
                await work(uids);
                return true;
            });
        }
    }

    private async Task<T> TryAsync<T>(Func<Task<T>> work)
    {
        own.Connection.Meter.Allow(MailboxConnector.MaxAnswer);
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

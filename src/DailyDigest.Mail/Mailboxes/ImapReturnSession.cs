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
    private const int MaxDeleted = 1_000;
    private static readonly TimeSpan KeepDone = TimeSpan.FromDays(30);

    private readonly MailboxConnection<ImapClient> connection;
    private readonly IMailFolder folder;
    private readonly MailboxOptions options;
    private readonly MailboxTrouble trouble;
    private readonly ReturnReader reader;
    private readonly TimeProvider time;
    private IMailFolder? done;

    private ImapReturnSession(
        MailboxConnection<ImapClient> connection, IMailFolder folder, MailboxOptions options, MailboxTrouble trouble, ReturnReader reader,
        TimeProvider time) =>
        (this.connection, this.folder, this.options, this.trouble, this.reader, this.time) =
            (connection, folder, options, trouble, reader, time);

    /// <summary>Opens the folder on a connection that is logged in.</summary>
    /// <exception cref="Exception">Any trouble of MailKit or the socket.</exception>
    public static async Task<ImapReturnSession> OpenAsync(
        MailboxConnection<ImapClient> connection, MailboxOptions options, MailboxTrouble trouble, ReturnReader reader,
        TimeProvider time, CancellationToken cancellationToken)
    {
        var folder = await connection.Client.GetFolderAsync(options.Folder, cancellationToken);
        await folder.OpenAsync(FolderAccess.ReadWrite, cancellationToken);
        return new ImapReturnSession(connection, folder, options, trouble, reader, time);
    }

    private bool Deletes => options.Done.Equals(MailboxOptions.Delete, StringComparison.OrdinalIgnoreCase);

    /// <inheritdoc/>
    public Task<ReturnList> ListAsync(CancellationToken cancellationToken) => TryAsync(async () =>
    {
        // A message that is marked as deleted is settled, and its reader was killed before it was removed.
        var waiting = await folder.SearchAsync(SearchQuery.NotFlagged, cancellationToken);
        return new ReturnList([.. waiting.Take(ReturnList.MaxKeys).Select(Key)], Math.Max(0, folder.Count - waiting.Count));
    });

    /// <inheritdoc/>
    public Task<ReceivedReturn?> ReadAsync(string key, CancellationToken cancellationToken) => TryAsync(async () =>
    {
        if (Id(key) is not { } uid)
        {
            return null;
        }

        connection.Meter.Allow(MailboxConnector.MaxMessage);
        try
        {
            return await MailboxConnector.ReadAsync(
                reader, bytes => folder.GetStreamAsync(uid, 0, bytes, cancellationToken), cancellationToken);
        }
        catch (MessageNotFoundException)
        {
            return null;
        }
    });

    /// <inheritdoc/>
    public Task RemoveAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken) => OnAsync(keys, async uids =>
    {
        if (Deletes)
        {
            await DeleteAsync(folder, uids, cancellationToken);
            return;
        }

        await folder.MoveToAsync(uids, await DoneAsync(cancellationToken), cancellationToken);
        if (!connection.Client.Capabilities.HasFlag(ImapCapabilities.Move))
        {
            // They were copied and marked as deleted.
            await folder.ExpungeAsync(uids, cancellationToken);
        }
    });

    /// <inheritdoc/>
    public Task SetAsideAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken) => OnAsync(keys, uids =>
        folder.StoreAsync(uids, new StoreFlagsRequest(StoreAction.Add, MessageFlags.Flagged) { Silent = true }, cancellationToken));

    /// <inheritdoc/>
    public Task CommitAsync(CancellationToken cancellationToken) => TryAsync(async () =>
    {
        if (done is not null && options.Done.Length == 0)
        {
            await EmptyAsync(done, cancellationToken);
        }

        await connection.Client.DisconnectAsync(quit: true, cancellationToken);
        return true;
    });

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => connection.DisposeAsync();

    /// <summary>The folder of settled messages, which is created if it is missing.</summary>
    private async Task<IMailFolder> DoneAsync(CancellationToken cancellationToken)
    {
        if (done is not null)
        {
            return done;
        }

        var name = options.Done.Length > 0 ? options.Done : MailboxOptions.DefaultDone;
        try
        {
            return done = await connection.Client.GetFolderAsync(name, cancellationToken);
        }
        catch (FolderNotFoundException)
        {
            return done = await CreateAsync(name, cancellationToken);
        }
    }

    private async Task<IMailFolder> CreateAsync(string name, CancellationToken cancellationToken)
    {
        // Many servers have the folders of a person below INBOX.
        var client = connection.Client;
        var made = client.PersonalNamespaces.Count > 0 ? client.GetFolder(client.PersonalNamespaces[0]) : client.Inbox!;
        var separator = made.DirectorySeparator == '\0' ? folder.DirectorySeparator : made.DirectorySeparator;
        foreach (var part in name.Split(separator, StringSplitOptions.RemoveEmptyEntries))
        {
            var below = await made.GetSubfoldersAsync(subscribedOnly: false, cancellationToken);
            made = below.FirstOrDefault(one => one.Name == part)
                ?? await made.CreateAsync(part, isMessageFolder: true, cancellationToken)
                ?? throw new FolderNotFoundException(name);
        }

        return made;
    }

    /// <summary>
    /// Deletes old messages from the folder that this program made. Nobody else does, and a full mailbox takes no bounces.
    /// </summary>
    private async Task EmptyAsync(IMailFolder made, CancellationToken cancellationToken)
    {
        await made.OpenAsync(FolderAccess.ReadWrite, cancellationToken);
        var old = await made.SearchAsync(SearchQuery.DeliveredBefore((time.GetUtcNow() - KeepDone).UtcDateTime), cancellationToken);
        if (old.Take(MaxDeleted).ToList() is { Count: > 0 } some)
        {
            await DeleteAsync(made, some, cancellationToken);
        }
    }

    private static async Task DeleteAsync(IMailFolder from, IList<UniqueId> uids, CancellationToken cancellationToken)
    {
        await from.StoreAsync(uids, new StoreFlagsRequest(StoreAction.Add, MessageFlags.Deleted) { Silent = true }, cancellationToken);
        await from.ExpungeAsync(uids, cancellationToken);
    }

    private string Key(UniqueId uid) => string.Create(CultureInfo.InvariantCulture, $"{folder.UidValidity}-{uid.Id}");

    /// <summary>The message's number; null if the key is of a folder that was since replaced.</summary>
    private UniqueId? Id(string key) =>
        key.Split('-') is [var validity, var id] && uint.TryParse(validity, CultureInfo.InvariantCulture, out var valid)
        && valid == folder.UidValidity && uint.TryParse(id, CultureInfo.InvariantCulture, out var number) && number > 0
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

using MailKit;
using MailKit.Net.Imap;
using MailKit.Search;

namespace DailyDigest.Mail.Mailboxes;

/// <summary>The folder with the messages that wait, open on a connection, and the removal of those that are settled.</summary>
internal sealed class ImapFolder : IAsyncDisposable
{
    private const int MaxDeleted = 1_000;
    private static readonly TimeSpan KeepDone = TimeSpan.FromDays(30);

    private readonly MailboxOptions options;
    private readonly TimeProvider time;
    private IMailFolder? done;

    private ImapFolder(MailboxConnection<ImapClient> connection, IMailFolder folder, MailboxOptions options, TimeProvider time) =>
        (Connection, Folder, this.options, this.time) = (connection, folder, options, time);

    public MailboxConnection<ImapClient> Connection { get; }

    public IMailFolder Folder { get; }

    private bool Deletes => options.Done.Equals(MailboxOptions.Delete, StringComparison.OrdinalIgnoreCase);

    /// <summary>Opens the folder on a connection that is logged in, which is dropped if that fails.</summary>
    /// <exception cref="Exception">Any trouble of MailKit or the socket.</exception>
    public static async Task<ImapFolder> OpenAsync(
        MailboxConnection<ImapClient> connection, MailboxOptions options, TimeProvider time, CancellationToken cancellationToken)
    {
        try
        {
            var folder = await connection.Client.GetFolderAsync(options.Folder, cancellationToken);
            await folder.OpenAsync(FolderAccess.ReadWrite, cancellationToken);
            return new ImapFolder(connection, folder, options, time);
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>Deletes messages, or moves them to the folder of settled ones.</summary>
    /// <exception cref="Exception">Any trouble of MailKit or the socket.</exception>
    public async Task RemoveAsync(IList<UniqueId> uids, CancellationToken cancellationToken)
    {
        Connection.Meter.Allow(MailboxConnector.MaxAnswer);
        if (Deletes)
        {
            await DeleteAsync(Folder, uids, cancellationToken);
            return;
        }

        await Folder.MoveToAsync(uids, await DoneAsync(cancellationToken), cancellationToken);
        if (!Connection.Client.Capabilities.HasFlag(ImapCapabilities.Move))
        {
            // They were copied and marked as deleted.
            await Folder.ExpungeAsync(uids, cancellationToken);
        }
    }

    /// <summary>Empties the folder of settled messages of old ones, if messages were moved there, and ends the connection.</summary>
    /// <exception cref="Exception">Any trouble of MailKit or the socket.</exception>
    public async Task CommitAsync(CancellationToken cancellationToken)
    {
        Connection.Meter.Allow(MailboxConnector.MaxAnswer);
        if (done is not null && options.Done.Length == 0)
        {
            await EmptyAsync(done, cancellationToken);
        }

        await Connection.Client.DisconnectAsync(quit: true, cancellationToken);
    }

    /// <summary>Drops the connection, unless it has ended.</summary>
    public ValueTask DisposeAsync() => Connection.DisposeAsync();

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
            return done = await Connection.Client.GetFolderAsync(name, cancellationToken);
        }
        catch (FolderNotFoundException)
        {
            return done = await CreateAsync(name, cancellationToken);
        }
    }

    private async Task<IMailFolder> CreateAsync(string name, CancellationToken cancellationToken)
    {
        // Many servers have the folders of a person below INBOX.
        var client = Connection.Client;
        var made = client.PersonalNamespaces.Count > 0 ? client.GetFolder(client.PersonalNamespaces[0]) : client.Inbox!;
        var separator = made.DirectorySeparator == '\0' ? Folder.DirectorySeparator : made.DirectorySeparator;
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
}

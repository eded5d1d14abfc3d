using System.Security.Cryptography;
using System.Text;
using DailyDigest.Mail.OAuth;
using DailyDigest.Mail.Returns;
using DailyDigest.Mailing;
using DailyDigest.Returns;
using MailKit.Net.Imap;
using MailKit.Net.Pop3;

namespace DailyDigest.Mail.Mailboxes;

/// <summary>The configured mailbox, by MailKit's clients.</summary>
internal sealed class ReturnMailbox : IReturnMailbox
{
    private readonly MailboxOptions options;
    private readonly ReturnReader reader;
    private readonly LeftReturns left;
    private readonly TimeProvider time;
    private readonly MailboxTrouble trouble;
    private readonly MailboxConnector connector;

    /// <summary>Creates the mailbox.</summary>
    /// <param name="options">The mailbox; it is set and valid.</param>
    /// <param name="addresses">Our addresses to which messages come back.</param>
    /// <param name="left">Remembers messages that were left for a person, for POP3.</param>
    /// <param name="identity">Fetches the token of the managed identity; null if this program cannot.</param>
    /// <param name="time">The clock.</param>
    public ReturnMailbox(
        MailboxOptions options, ReturnAddresses addresses, LeftReturns left, FetchAccessToken? identity, TimeProvider time)
    {
        (this.options, this.left, this.time) = (options, left, time);
        reader = new ReturnReader(addresses);
        trouble = new MailboxTrouble(options);
        connector = new MailboxConnector(options, LoginTokens.Create(options, identity, time, trouble.Hide));
        var which = $"{options.Speaks} {options.Name} {options.User} {options.Folder}";
        Id = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(which)).AsSpan(0, 16));
    }

    /// <inheritdoc/>
    public string Id { get; }

    /// <inheritdoc/>
    public string Name => options.Name;

    /// <inheritdoc/>
    public TimeSpan Interval => TimeSpan.FromMinutes(options.Minutes);

    /// <inheritdoc/>
    public async Task<IReturnSession> OpenAsync(CancellationToken cancellationToken)
    {
        try
        {
            return options.Speaks == MailboxProtocol.Pop3
                ? new Pop3ReturnSession(await connector.OpenAsync<Pop3Client>(cancellationToken), Id, left, trouble, reader)
                : await ImapReturnSession.OpenAsync(OpenFolderAsync, trouble, reader, cancellationToken);
        }
        catch (Exception e) when (e is not (OperationCanceledException or OutOfMemoryException))
        {
            throw trouble.Of(e);
        }
    }

    private async Task<ImapFolder> OpenFolderAsync(CancellationToken cancellationToken) => await ImapFolder.OpenAsync(
        await connector.OpenAsync<ImapClient>(cancellationToken), options, time, cancellationToken);
}

using DailyDigest.Mail.OAuth;
using DailyDigest.Mail.Smtp;
using DailyDigest.Mailing;
using DailyDigest.Returns;
using MailKit;
using MailKit.Net.Imap;
using MailKit.Net.Pop3;

namespace DailyDigest.Mail.Mailboxes;

/// <summary>Tries the mailbox up to the login and the folder, and reads no message.</summary>
public sealed class MailboxCheck
{
    private const string Token = "token";
    private static readonly string[] AllSteps = ["connect", "TLS", Token, "login", "folder"];

    private readonly MailboxOptions options;
    private readonly MailboxTrouble trouble;
    private readonly MailboxConnector connector;

    internal MailboxCheck(MailboxOptions options, FetchAccessToken? identity, TimeProvider time)
    {
        this.options = options;
        trouble = new MailboxTrouble(options);
        connector = new MailboxConnector(options, LoginTokens.Create(options, identity, time, trouble.Hide));
    }

    /// <summary>The steps in their order; none without a mailbox. Trouble is a step's result, never an exception.</summary>
    public async Task<IReadOnlyList<CheckStep>> CheckAsync(CancellationToken cancellationToken)
    {
        var steps = AllSteps.Where(step => step switch
        {
            Token => options.OAuth.IsSet,
            "folder" => options.Speaks == MailboxProtocol.Imap,
            _ => true,
        }).ToList();
        return !options.IsSet ? []
            : options.Speaks == MailboxProtocol.Pop3
                ? await CheckAsync<Pop3Client>(steps, (_, _) => Task.CompletedTask, cancellationToken)
                : await CheckAsync<ImapClient>(steps, OpenFolderAsync, cancellationToken);
    }

    private async Task<IReadOnlyList<CheckStep>> CheckAsync<T>(
        List<string> steps, Func<T, CancellationToken, Task> open, CancellationToken cancellationToken)
        where T : MailService, new()
    {
        var done = new List<CheckStep>();
        try
        {
            await using var connection = await connector.ConnectAsync<T>(cancellationToken);
            var client = connection.Client;
            done.Add(new("connect", CheckResult.Ok, options.Name));
            done.Add(client.IsSecure
                ? new("TLS", CheckResult.Ok, $"{client.SslProtocol}, {client.SslCipherSuite}")
                : new("TLS", CheckResult.NotChecked, "Mailbox__Security is none"));
            var token = await connector.TokenAsync(cancellationToken);
            if (token is not null)
            {
                done.Add(new(Token, CheckResult.Ok, $"valid for {token.ExpiresIn.TotalMinutes:0} minutes"));
            }

            await ServerConnection.LogInAsync(client, options, token, cancellationToken);
            done.Add(new("login", CheckResult.Ok, "accepted"));
            await open(client, cancellationToken);
            if (steps.Contains("folder"))
            {
                done.Add(new("folder", CheckResult.Ok, "it can be read and changed"));
            }

            await client.DisconnectAsync(quit: true, cancellationToken);
            return done;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            if (done.Count == 0 && e is not System.Net.Sockets.SocketException)
            {
                done.Add(new("connect", CheckResult.Ok, options.Name));
            }

            if (done.Count < steps.Count)
            {
                done.Add(new(steps[done.Count], CheckResult.Failed, trouble.Text(e)));
                done.AddRange(steps.Skip(done.Count).Select(step => new CheckStep(step, CheckResult.NotChecked, "an earlier step failed")));
            }

            return done;
        }
    }

    private async Task OpenFolderAsync(ImapClient client, CancellationToken cancellationToken)
    {
        var folder = await client.GetFolderAsync(options.Folder, cancellationToken);
        if (await folder.OpenAsync(FolderAccess.ReadWrite, cancellationToken) != FolderAccess.ReadWrite)
        {
            throw new NotSupportedException("The login may read this folder and not change it.");
        }
    }
}

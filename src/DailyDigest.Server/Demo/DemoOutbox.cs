using System.Text.RegularExpressions;
using DailyDigest.Mail;
using MimeKit;

namespace DailyDigest.Server.Demo;

/// <summary>A mail in the outbox.</summary>
/// <param name="File">Its file name.</param>
/// <param name="Subject">The subject.</param>
/// <param name="To">The recipients.</param>
/// <param name="Written">When it was written.</param>
/// <param name="Bytes">Its size.</param>
public sealed record OutboxMail(string File, string Subject, string To, DateTimeOffset Written, long Bytes);

/// <summary>Reads the pickup folder.</summary>
internal sealed partial class DemoOutbox(MailOptions options)
{
    private const int Most = 300;

    /// <summary>The folder, absolute.</summary>
    public string Folder { get; } = Path.GetFullPath(options.PickupFolder.Length > 0 ? options.PickupFolder : "data/outbox");

    /// <summary>True if a relay is named which the folder stands before.</summary>
    public bool IsBeforeRelay => options.PickupFolder.Length > 0 && options.Host.Length > 0;

    /// <summary>The mails, newest first, at most 300.</summary>
    public async Task<IReadOnlyList<OutboxMail>> ListAsync(CancellationToken cancellationToken)
    {
        var folder = new DirectoryInfo(Folder);
        var mails = new List<OutboxMail>();
        foreach (var file in folder.Exists ? folder.EnumerateFiles("*.eml").OrderByDescending(file => file.LastWriteTimeUtc).Take(Most) : [])
        {
            if (await FindAsync(file.Name, cancellationToken) is { } mail)
            {
                using (mail)
                {
                    mails.Add(new OutboxMail(file.Name, mail.Subject ?? "", mail.To.ToString(), file.LastWriteTimeUtc, file.Length));
                }
            }
        }

        return mails;
    }

    /// <summary>The message, or null if there is none of this name or it cannot be read. The caller disposes of it.</summary>
    public async Task<MimeMessage?> FindAsync(string file, CancellationToken cancellationToken)
    {
        if (!Name().IsMatch(file))
        {
            return null;
        }

        try
        {
            return await MimeMessage.LoadAsync(Path.Combine(Folder, file), cancellationToken);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or FormatException)
        {
            return null;
        }
    }

    // What the pickup folder's writer makes of a Message-ID: nothing in it leads to another folder.
    [GeneratedRegex(@"\A[A-Za-z0-9_@-][A-Za-z0-9._@-]{0,200}\.eml\z")]
    private static partial Regex Name();
}

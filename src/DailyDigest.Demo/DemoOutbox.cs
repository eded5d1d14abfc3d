using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using DailyDigest.Mail;
using MimeKit;

namespace DailyDigest.Demo;

/// <summary>A mail in the outbox.</summary>
/// <param name="File">The file name.</param>
/// <param name="Subject">The subject.</param>
/// <param name="To">The recipients.</param>
/// <param name="Written">The time of the file.</param>
/// <param name="Bytes">The size of the file.</param>
public sealed record OutboxMail(string File, string Subject, string To, DateTimeOffset Written, long Bytes);

/// <summary>Reads the pickup folder.</summary>
internal sealed partial class DemoOutbox(MailOptions options)
{
    private const int MaxMails = 300;

    // A mail's file does not change. A morning's digests are hundreds, and the terminal looks every two seconds.
    private readonly ConcurrentDictionary<string, OutboxMail> known = new(StringComparer.Ordinal);

    /// <summary>The folder, absolute.</summary>
    public string Folder { get; } = Path.GetFullPath(options.PickupFolder.Length > 0 ? options.PickupFolder : "data/outbox");

    /// <summary>The mails, newest first, at most 300.</summary>
    public async Task<IReadOnlyList<OutboxMail>> ListAsync(CancellationToken cancellationToken)
    {
        var folder = new DirectoryInfo(Folder);
        var mails = new List<OutboxMail>();
        foreach (var file in folder.Exists
            ? folder.EnumerateFiles("*.eml").OrderByDescending(file => file.LastWriteTimeUtc).Take(MaxMails) : [])
        {
            if (known.TryGetValue(file.Name, out var seen))
            {
                mails.Add(seen);
            }
            else if (await FindAsync(file.Name, cancellationToken) is { } mail)
            {
                using (mail)
                {
                    seen = new OutboxMail(file.Name, mail.Subject ?? "", mail.To.ToString(), file.LastWriteTimeUtc, file.Length);
                    mails.Add(known[file.Name] = seen);
                }
            }
        }

        return mails;
    }

    /// <summary>The message; null if no file has this name or it cannot be read. The caller disposes of it.</summary>
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

    // A file name as the pickup transport makes it from a Message-ID. It cannot name another folder.
    [GeneratedRegex(@"\A[A-Za-z0-9_@-][A-Za-z0-9._@-]{0,200}\.eml\z", RegexOptions.NonBacktracking)]
    private static partial Regex Name();
}

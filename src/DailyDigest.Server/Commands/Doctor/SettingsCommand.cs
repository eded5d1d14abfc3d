using System.CommandLine;
using System.Security.Cryptography;
using DailyDigest.Storage;

namespace DailyDigest.Server.Commands;

/// <summary><c>settings init</c>: writes a file with the settings that a publication needs, and fresh keys.</summary>
internal static class SettingsCommand
{
    public static Command Create(Terminal terminal)
    {
        var file = new Argument<FileInfo>("FILE") { Description = "The file to write, such as digest.env. It must not exist" };
        var init = new Command(
            "init", "Write a file with every required setting, a comment on each, and fresh keys. Only its owner can read it.") { file };
        init.SetAction((parsed, cancellationToken) => InitAsync(terminal, parsed.GetRequiredValue(file), cancellationToken));
        return new Command("settings", "Write the settings of a new publication.") { init };
    }

    private static async Task<int> InitAsync(Terminal terminal, FileInfo file, CancellationToken cancellationToken)
    {
        if (PrivateFile.Fault(file) is { } fault)
        {
            await terminal.ErrorAsync($"FILE: {fault}");
            return 2;
        }

        if (file.Exists)
        {
            await terminal.ErrorAsync($"FILE: {file.FullName} exists and stays as it is: its keys may be in use.");
            return 2;
        }

        try
        {
            await using var stream = OwnerOnly.CreateNew(file.FullName);
            await using var writer = new StreamWriter(stream);
            await writer.WriteAsync(Text().AsMemory(), cancellationToken);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            await terminal.ErrorAsync($"FILE: {exception.Message}");
            return 1;
        }

        await terminal.LineAsync($"Written to {file.FullName}, with fresh keys. Fill in the settings that are empty. Then, in a shell:");
        await terminal.LineAsync($"  set -a; . {file.FullName}; set +a");
        await terminal.LineAsync("A service of systemd reads it with EnvironmentFile=.");
        return 0;
    }

    private static string Key() => Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));

    private static string Text() => $"""
        # Settings of DailyDigest. A shell reads this file (set -a; . FILE; set +a), and so does systemd (EnvironmentFile=FILE).
        # A value with spaces stands in double quotes; docker run --env-file takes the quotes as part of the value.
        # docs/configuration.md lists every setting.

        # The name that readers know. It is the From name of every mail.
        Publication__Name=

        # The address of the readers' pages, as readers reach it: https, no slash at its end.
        Publication__BaseUrl=

        # The IANA name of the home zone, such as Europe/Paris.
        Publication__TimeZone=

        # The hour of the home zone at which the digest leaves. To have the first one today, set the next full hour.
        #Publication__Hour=7

        # The publisher's postal address, in every mail's footer, as the law requires.
        Publication__PostalAddress=

        # The relay that takes the mail. Port 587 with STARTTLS, unless Mail__Port and Mail__Security say otherwise.
        Mail__Host=

        # The login at the relay; leave both out if it needs none.
        #Mail__User=
        #Mail__Password=

        # The sender of the digest: an address of a domain whose SPF and DKIM records allow the relay (doctor checks them).
        Mail__From=

        # The address and the mailbox to which bounces come back (docs/returns.md); leave them out if a provider's web hook reports them.
        #Mail__Bounces=
        #Mailbox__Host=
        #Mailbox__User=
        #Mailbox__Password=

        # Signs the links in mails. To rotate it, put a new key before it, separated by a comma, and keep this one for 400 days.
        Links__Keys={Key()}

        # Recognises addresses. Keep it for ever, and keep a copy: with another key no reader is recognised.
        Identity__Key={Key()}

        # A key for the desk and for programs of yours that push stories (docs/api.md). Give each system a key of its own.
        Api__Keys__0__Name=operator
        Api__Keys__0__Scope=stories,outcomes,sign-up,desk
        Api__Keys__0__Key={Key()}

        # The address on which the program listens, and the proxy in front of it (docs/operations.md).
        #Urls=http://127.0.0.1:5000
        #Web__Proxies=127.0.0.1

        # The database file. A relative path begins at the folder in which the program is started.
        #Storage__Path=data/dailydigest.db

        """;
}

using DailyDigest.Mail;
using DailyDigest.Mail.Dkim;
using DailyDigest.Mail.Smtp;
using DailyDigest.Sqlite;
using DailyDigest.Storage;

namespace DailyDigest.Server.Commands;

/// <summary>Looks for files and folders with readers' data or keys that other users of the machine may read.</summary>
internal static class FileModes
{
    private const int MaxMails = 1000;

    /// <summary>A warning for each path with a wider mode; one finding if there is none.</summary>
    public static IReadOnlyList<Finding> Examine(IServiceProvider services)
    {
        if (OperatingSystem.IsWindows())
        {
            return [new("files", "modes", CheckResult.NotChecked, "on Windows the folder's access list decides")];
        }

        var wider = Paths(services).Distinct().Select(path => (Path: path, Mode: OwnerOnly.Wider(path))).Where(one => one.Mode is not null)
            .Select(one => Warning(one.Path, one.Mode!)).ToList();
        return wider.Count > 0 ? wider
            : [new("files", "modes", CheckResult.Ok, "only the owner can read database, outbox and key files")];
    }

    private static Finding Warning(string path, string mode) => new(
        "files", "modes", CheckResult.Warning,
        $"{path} has mode {mode}, so other users of this machine can use it: chmod {(Directory.Exists(path) ? "700" : "600")} {path}");

    private static IEnumerable<string> Paths(IServiceProvider services)
    {
        foreach (var file in services.GetService<SqliteDatabase>()?.Files ?? [])
        {
            yield return file;
            yield return Path.GetDirectoryName(file)!;
        }

        if (services.GetRequiredService<MailOptions>().PickupFolder is { Length: > 0 } folder && Directory.Exists(folder))
        {
            yield return Path.GetFullPath(folder);
            if (Directory.EnumerateFiles(folder, "*.eml").Take(MaxMails).FirstOrDefault(file => OwnerOnly.Wider(file) is not null)
                is { } first)
            {
                yield return Path.GetFullPath(first);
            }
        }

        var dkim = services.GetRequiredService<DkimOptions>();
        foreach (var key in new[] { dkim.PrivateKeyFile, dkim.Ed25519PrivateKeyFile }.Where(key => key.Length > 0))
        {
            yield return Path.GetFullPath(key);
        }
    }
}

using DailyDigest.Mail.Smtp;
using DailyDigest.Storage;

namespace DailyDigest.Server.Commands;

/// <summary>Checks that mail can be written to the pickup folder.</summary>
internal static class PickupFolder
{
    /// <summary>Writes a file and deletes it. Creates the folder if needed, as the first mail would.</summary>
    public static async Task<Finding> ExamineAsync(string folder, CancellationToken cancellationToken)
    {
        try
        {
            OwnerOnly.CreateFolder(folder);
            // A pickup reader ignores this name. DeleteOnClose would hide a failure to delete.
            var file = Path.Combine(folder, $"doctor-{Guid.NewGuid():n}.tmp");
            await using (var stream = OwnerOnly.CreateNew(file))
            {
                await stream.WriteAsync("probe"u8.ToArray(), cancellationToken);
            }

            File.Delete(file);
            return new Finding("pickup", "folder", CheckResult.Ok, $"a file was written to {Path.GetFullPath(folder)} and deleted");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            return new Finding("pickup", "folder", CheckResult.Failed, $"Mail__PickupFolder: {exception.Message}");
        }
    }
}

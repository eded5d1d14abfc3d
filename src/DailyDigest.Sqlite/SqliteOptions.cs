namespace DailyDigest.Sqlite;

/// <summary>Where the embedded database stands, and how far it may go.</summary>
public sealed class SqliteOptions
{
    /// <summary>The section of the configuration.</summary>
    public const string Section = "Storage";

    /// <summary>The file; a relative path counts from the current folder. Folders that are missing are created.</summary>
    public string Path { get; set; } = "data/dailydigest.db";

    /// <summary>Largest size of the file in MiB; 0 for as large as the disk allows.</summary>
    public int MaxMegabytes { get; set; }

    /// <summary>How long a write waits for another program that holds the file. 100 ms to 5 minutes.</summary>
    public TimeSpan LockTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>One line per fault, naming the setting; empty when all is well.</summary>
    public IEnumerable<string> Validate()
    {
        if (string.IsNullOrWhiteSpace(Path))
        {
            yield return "Storage__Path is empty: name the database file, such as data/dailydigest.db.";
        }

        if (MaxMegabytes < 0)
        {
            yield return $"Storage__MaxMegabytes is {MaxMegabytes}: give a size in MiB, or 0 for no limit.";
        }

        if (LockTimeout < TimeSpan.FromMilliseconds(100) || LockTimeout > TimeSpan.FromMinutes(5))
        {
            yield return $"Storage__LockTimeout is {LockTimeout}: give 00:00:00.1 to 00:05:00.";
        }
    }
}

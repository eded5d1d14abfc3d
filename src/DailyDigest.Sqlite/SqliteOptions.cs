namespace DailyDigest.Sqlite;

/// <summary>The file of the embedded database and its limits.</summary>
public sealed class SqliteOptions
{
    /// <summary>The section of the configuration.</summary>
    public const string Section = "Storage";

    /// <summary>The file. A relative path is resolved against the current folder. Missing folders are created.</summary>
    public string Path { get; set; } = "data/dailydigest.db";

    /// <summary>
    /// The journal: how far the database was written, and who left, as keyed hashes. Empty: beside the database, with the ending .journal.
    /// On another disk it survives the loss of the database's disk.
    /// </summary>
    public string Journal { get; set; } = "";

    /// <summary>Maximum size of the file in MiB; 0 for no limit.</summary>
    public int MaxMegabytes { get; set; }

    /// <summary>How long a write waits for another program that has locked the file. 100 ms to 5 minutes.</summary>
    public TimeSpan LockTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>One line per fault, each naming its setting.</summary>
    public IEnumerable<string> Validate()
    {
        if (string.IsNullOrWhiteSpace(Path))
        {
            yield return "Storage__Path is empty: name the database file, such as data/dailydigest.db.";
        }

        if (Journal.Length > 0 && Path.Length > 0 && System.IO.Path.GetFullPath(Journal) == System.IO.Path.GetFullPath(Path))
        {
            yield return "Storage__Journal is the database itself: name another file, or leave it empty.";
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

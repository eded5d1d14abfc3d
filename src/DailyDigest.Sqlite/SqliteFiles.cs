using DailyDigest.Storage;

namespace DailyDigest.Sqlite;

/// <summary>
/// The database file and its companions on the disk: creation, modes, and whether they are still the files that were opened.
/// </summary>
internal sealed class SqliteFiles(string path, string journal)
{
    private static readonly string[] Companions = ["", "-wal", "-shm"];

    private IReadOnlyList<(string File, string Identity)> opened = [];

    /// <summary>The files that exist.</summary>
    public IEnumerable<string> Existing => Companions.Select(suffix => path + suffix).Append(journal).Where(File.Exists);

    /// <summary>
    /// Creates the database file if it may be created, and takes the rights of others away. SQLite gives its log and index the mode of the
    /// database, so the file must have it before SQLite opens it.
    /// </summary>
    /// <exception cref="StorageException">The file is missing and must exist, or its journal knows it.</exception>
    public void Prepare(bool mayCreate)
    {
        if (!File.Exists(path) || new FileInfo(path).Length == 0)
        {
            RefuseIfKnown();
            Create(mayCreate);
        }

        foreach (var file in Existing)
        {
            OwnerOnly.Restrict(file);
        }
    }

    /// <summary>Remembers which files were opened. The log and its index exist as long as a connection is open.</summary>
    public void Remember() => opened =
    [
        .. Companions.Select(suffix => (path + suffix, FileIdentity.Of(path + suffix))).Where(one => one.Item2 is not null)
            .Select(one => (one.Item1, one.Item2!)),
    ];

    /// <summary>Checks that the opened files are still in their place.</summary>
    /// <exception cref="StorageException">One was deleted, renamed or replaced: what is written now would be lost.</exception>
    public void Check()
    {
        foreach (var (file, identity) in opened)
        {
            if (FileIdentity.Of(file) != identity)
            {
                throw new StorageException(
                    $"The file {file} was deleted or replaced while this program ran, so nothing is stored or sent any more: stop the "
                        + "program, put the file back or use restore FILE, then start again.");
            }
        }
    }

    private void Create(bool mayCreate)
    {
        if (!mayCreate && !File.Exists(path))
        {
            throw new StorageException(
                $"There is no database at {path}: set Storage__Path to the file that serve uses, or start serve, which creates it.");
        }

        OwnerOnly.CreateFolder(Path.GetDirectoryName(path)!);
        try
        {
            if (!File.Exists(path))
            {
                OwnerOnly.CreateNew(path).Dispose();
            }
        }
        catch (IOException) when (File.Exists(path))
        {
            // Another process was first.
        }
    }

    /// <summary>A new database in place of one that had readers would look as if all had gone well.</summary>
    private void RefuseIfKnown()
    {
        if (SqliteJournal.ReadHeader(journal) is { Sequence: > 0 } known)
        {
            throw new StorageException(
                $"There is no database at {path}, but {journal} knows one that was written until {known.Written:yyyy-MM-dd HH:mm} UTC: "
                    + "put a copy back with restore FILE. To begin anew, move the journal away.");
        }
    }
}

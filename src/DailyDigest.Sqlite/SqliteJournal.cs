using System.Globalization;
using System.Text;
using DailyDigest.Storage;
using Microsoft.Win32.SafeHandles;

namespace DailyDigest.Sqlite;

/// <summary>The first line of the journal: which store it belongs to, and how far that was written.</summary>
/// <param name="Store">The id of the store.</param>
/// <param name="Sequence">The number of the last write that is known.</param>
/// <param name="Written">Its instant.</param>
/// <param name="Checkpoint">The number of a write that a checkpoint has moved into the database file.</param>
internal sealed record JournalHeader(string Store, long Sequence, DateTimeOffset Written, long Checkpoint = 0);

/// <summary>
/// The journal's file: a first line of fixed length, rewritten in place after each commit, and entries, one line each. The first line is
/// synced at each checkpoint only, so that it costs no disk sync; it never names a write that is not on the disk. Entries are synced when
/// they are written. They are written within a transaction, so that two processes never append at once. Only the writer's thread writes.
/// </summary>
internal sealed class SqliteJournal(string path) : IDisposable
{
    private const string Magic = "DailyDigest journal 1 ";
    private const int HeaderBytes = 126;

    // Offsets of the numbers in the first line, and their length.
    private const int SequenceAt = 55;
    private const int CheckpointAt = 105;
    private const int NumberBytes = 20;

    private readonly List<string> waiting = [];
    private SafeFileHandle? file;
    private string? identity;
    private volatile string? fault;
    private volatile bool isGone;
    private JournalHeader header = new("", 0, DateTimeOffset.UnixEpoch);

    /// <summary>Why the journal cannot be written; null if it can.</summary>
    public string? Fault => isGone
        ? $"the journal {path} was deleted or replaced while this program ran: start it again, then make a backup" : fault;

    /// <summary>The number of the last write that the journal has seen.</summary>
    public long Sequence => header.Sequence;

    /// <summary>The number of a write that a checkpoint has moved into the database file; 0 if nothing is known.</summary>
    public long Checkpoint => header.Checkpoint;

    /// <summary>The first line; null if there is no journal.</summary>
    /// <exception cref="StorageException">The file is not a journal, or cannot be read.</exception>
    public static JournalHeader? ReadHeader(string path)
    {
        try
        {
            // Empty: its creation was interrupted.
            if (!File.Exists(path) || new FileInfo(path).Length == 0)
            {
                return null;
            }

            using var handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var bytes = new byte[HeaderBytes];
            var text = Encoding.ASCII.GetString(bytes, 0, RandomAccess.Read(handle, bytes, 0));
            return text.StartsWith(Magic, StringComparison.Ordinal)
                && text[Magic.Length..].Split(' ', '\n') is [var store, var number, var at, var moved, ""]
                && long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var sequence)
                && long.TryParse(moved, NumberStyles.None, CultureInfo.InvariantCulture, out var checkpoint)
                ? new JournalHeader(store, sequence, SqliteProperties.ParseInstant(at), checkpoint)
                : throw new FormatException("The first line is not a journal's.");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or FormatException)
        {
            throw new StorageException(
                $"The journal {path} cannot be read ({error.Message.TrimEnd('.')}): give this program the right to read it, set "
                    + "Storage__Journal to the right file, or move a damaged one away.", error);
        }
    }

    /// <summary>Opens the journal of the store, or begins one. To begin one, call it within a transaction.</summary>
    /// <exception cref="StorageException">It cannot be opened, or belongs to another store.</exception>
    public void Open(string store, long sequence, DateTimeOffset written)
    {
        var known = ReadHeader(path);
        if (known is not null && known.Store != store)
        {
            throw new StorageException(
                $"The journal {path} belongs to another database: set Storage__Journal to the file of this one, or move it away.");
        }

        try
        {
            if (known is null)
            {
                OwnerOnly.CreateFolder(Path.GetDirectoryName(path)!);
                OwnerOnly.Create(path).Dispose();
            }

            file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
            identity = FileIdentity.Of(path);
            header = known ?? new JournalHeader(store, 0, written);
            if (known is null)
            {
                Write(header with { Sequence = sequence });
                RandomAccess.FlushToDisk(file);
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new StorageException(
                $"The journal {path} cannot be opened ({error.Message.TrimEnd('.')}): set Storage__Journal to a file in a folder that this "
                    + "program may write to.", error);
        }
    }

    /// <summary>Notes that the store has committed this write. The commit must be on the disk.</summary>
    public void Mark(long sequence, DateTimeOffset written)
    {
        if (file is null || sequence <= header.Sequence)
        {
            return;
        }

        header = header with { Sequence = sequence, Written = written };
        Try(() => Raise(SequenceAt, sequence, string.Create(
            CultureInfo.InvariantCulture, $"{sequence:d20} {SqliteProperties.Format(written)}")));
    }

    /// <summary>Notes that the database file has everything up to this write, because a checkpoint has emptied the log.</summary>
    public void NoteCheckpoint(long sequence)
    {
        if (file is not null)
        {
            header = header with { Checkpoint = sequence };
            Try(() => Raise(CheckpointAt, sequence, Number(sequence)));
        }
    }

    /// <summary>Notes that it is not known what the database file has.</summary>
    public void ForgetCheckpoint()
    {
        if (file is not null)
        {
            header = header with { Checkpoint = 0 };
            Try(() => Overwrite(CheckpointAt, Number(0)));
        }
    }

    /// <summary>Syncs the first line, and looks whether the file is still in its place.</summary>
    public void Sync()
    {
        Try(() => RandomAccess.FlushToDisk(file!));
        isGone = FileIdentity.Of(path) != identity;
    }

    /// <summary>Appends what could not be written before. Call it within a transaction.</summary>
    public void AppendWaiting()
    {
        if (waiting.Count > 0)
        {
            Try(WriteWaiting);
        }
    }

    /// <summary>Appends entries and syncs them. Call it within a transaction. After a failure they wait for the next call.</summary>
    public void Append(IReadOnlyList<JournalEntry> entries, long sequence)
    {
        waiting.AddRange(entries.Select(entry => Line(entry, sequence)));
        AppendWaiting();
    }

    /// <summary>The entries after the write of this number. A line that was torn by a power cut is left out.</summary>
    public IReadOnlyList<JournalEntry> Read(long after)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var reader = new StreamReader(stream, Encoding.ASCII);
        var entries = new List<JournalEntry>();
        while (reader.ReadLine() is { } line)
        {
            if (line.Split(' ') is [var number, var at, var kind, var address, var subscriber, var change, "."]
                && long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var sequence) && sequence > after)
            {
                entries.Add(new JournalEntry(kind, SqliteProperties.ParseInstant(at), Word(address), Word(subscriber), Word(change)));
            }
        }

        return entries;
    }

    public void Dispose() => file?.Dispose();

    private void WriteWaiting()
    {
        // A torn last line ends here, and does not take the next one with it.
        var text = "\n" + string.Join('\n', waiting) + "\n";
        RandomAccess.Write(file!, Encoding.ASCII.GetBytes(text), RandomAccess.GetLength(file!));
        RandomAccess.FlushToDisk(file!);
        waiting.Clear();
    }

    /// <summary>Writes only these bytes, and never a lower number: another process may have written the line since.</summary>
    private void Raise(int at, long number, string text)
    {
        var known = new byte[NumberBytes];
        var length = RandomAccess.Read(file!, known, at);
        if (!long.TryParse(known.AsSpan(0, length), NumberStyles.None, CultureInfo.InvariantCulture, out var stored) || stored < number)
        {
            Overwrite(at, text);
        }
    }

    private void Overwrite(int at, string text) => RandomAccess.Write(file!, Encoding.ASCII.GetBytes(text), at);

    private static string Number(long number) => number.ToString("d20", CultureInfo.InvariantCulture);

    private void Write(JournalHeader wanted)
    {
        var line = string.Create(
            CultureInfo.InvariantCulture,
            $"{Magic}{wanted.Store,-32} {wanted.Sequence:d20} {SqliteProperties.Format(wanted.Written)} {wanted.Checkpoint:d20}\n");
        Overwrite(0, line);
        header = wanted;
    }

    private void Try(Action write)
    {
        try
        {
            write();
            // A first line that fits in its place says nothing about the entries.
            fault = waiting.Count == 0 ? null : fault;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            fault = $"the journal {path} cannot be written ({error.Message.TrimEnd('.')}); a restore would not know who left since";
        }
    }

    private static string Line(JournalEntry entry, long sequence) => string.Create(
        CultureInfo.InvariantCulture,
        $"{sequence} {SqliteProperties.Format(entry.At)} {entry.Kind} {entry.AddressHash ?? "-"} {entry.SubscriberHash ?? "-"} "
            + $"{entry.Change ?? "-"} .");

    private static string? Word(string text) => text == "-" ? null : text;
}

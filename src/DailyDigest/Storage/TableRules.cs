using System.Text;

namespace DailyDigest.Storage;

/// <summary>
/// The limits of Azure Table storage and Azure Storage queues, enforced for every adapter so that what works on SQLite works on Azure.
/// Source: "Understanding the Table service data model" and "Scalability targets for Queue storage", learn.microsoft.com.
/// </summary>
public static class TableRules
{
    /// <summary>Most writes of one batch.</summary>
    public const int MaxBatch = 100;

    /// <summary>Most rows of one page of a query.</summary>
    public const int MaxPage = 1000;

    /// <summary>Most UTF-16 characters of a string property, and bytes of a binary property / 2.</summary>
    public const int MaxStringLength = 32 * 1024;

    /// <summary>Most bytes of a binary property.</summary>
    public const int MaxBytesLength = 64 * 1024;

    /// <summary>Most bytes of a row (1 MiB less room for names and keys).</summary>
    public const int MaxRowBytes = 1000 * 1024;

    /// <summary>Most characters of a partition or row key.</summary>
    public const int MaxKeyLength = 512;

    /// <summary>Most bytes of a queue message's body in UTF-8: 64 KiB once written as base64.</summary>
    public const int MaxMessageBytes = 48 * 1024;

    /// <summary>Longest delay of a queue message (Azure: 7 days).</summary>
    public static readonly TimeSpan MaxDelay = TimeSpan.FromDays(7);

    /// <summary>True if the text can be a key: not empty, at most 512 characters, none of / \ # ? and no control character.</summary>
    public static bool IsKey(string? text)
    {
        if (string.IsNullOrEmpty(text) || text.Length > MaxKeyLength)
        {
            return false;
        }

        foreach (var c in text)
        {
            if (c is '/' or '\\' or '#' or '?' or < ' ' or (>= '\u007f' and <= '\u009f'))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Checks a batch.</summary>
    /// <exception cref="ArgumentException">A limit is broken; the message names the row.</exception>
    public static void Check(string table, string partition, IReadOnlyList<TableWrite> writes)
    {
        CheckTable(table);
        CheckKey(partition, "partition");
        if (writes.Count is 0 or > MaxBatch)
        {
            throw new ArgumentException($"A batch has 1 to {MaxBatch} writes, not {writes.Count}.", nameof(writes));
        }

        var seen = new HashSet<string>(writes.Count, StringComparer.Ordinal);
        foreach (var write in writes)
        {
            CheckKey(write.Row.Key, "row");
            if (!seen.Add(write.Row.Key))
            {
                throw new ArgumentException($"The row {write.Row.Key} stands twice in one batch.", nameof(writes));
            }

            CheckProperties(write.Row);
        }
    }

    /// <summary>Checks the keys of a read and the size of its page.</summary>
    /// <exception cref="ArgumentException">A limit is broken.</exception>
    public static void Check(string table, string partition, int take = 1)
    {
        CheckTable(table);
        CheckKey(partition, "partition");
        if (take is < 1 or > MaxPage)
        {
            throw new ArgumentException($"A page has 1 to {MaxPage} rows, not {take}.", nameof(take));
        }
    }

    /// <summary>Checks a queue message.</summary>
    /// <exception cref="ArgumentException">A limit is broken.</exception>
    public static void CheckMessage(string body, TimeSpan delay)
    {
        if (Encoding.UTF8.GetByteCount(body) > MaxMessageBytes)
        {
            throw new ArgumentException($"A queue message has at most {MaxMessageBytes} bytes.", nameof(body));
        }

        if (delay < TimeSpan.Zero || delay > MaxDelay)
        {
            throw new ArgumentException("A queue message is delayed by 0 to 7 days.", nameof(delay));
        }
    }

    private static void CheckTable(string table)
    {
        if (!Tables.All.Contains(table))
        {
            throw new ArgumentException($"There is no table {table}: tables are listed in {nameof(Tables)}.", nameof(table));
        }
    }

    private static void CheckKey(string key, string what)
    {
        if (!IsKey(key))
        {
            throw new ArgumentException($"Not a {what} key: 1 to {MaxKeyLength} characters without / \\ # ? and control characters.", nameof(key));
        }
    }

    private static void CheckProperties(TableRow row)
    {
        var size = 0;
        foreach (var (name, value) in row.Properties)
        {
            var bytes = value switch { string text => 2 * text.Length, byte[] data => data.Length, _ => 8 };
            if (bytes > MaxBytesLength)
            {
                throw new ArgumentException($"The property {name} of row {row.Key} has more than 64 KiB.", nameof(row));
            }

            size += bytes;
        }

        if (size > MaxRowBytes || row.Properties.Count > 250)
        {
            throw new ArgumentException($"The row {row.Key} is larger than 1 MiB or has more than 250 properties.", nameof(row));
        }
    }
}

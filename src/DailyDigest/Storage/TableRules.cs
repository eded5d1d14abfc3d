using System.Text;

namespace DailyDigest.Storage;

/// <summary>
/// The limits of Azure Table storage and Azure Storage queues, enforced for every adapter so that what works on SQLite works on Azure.
/// Source: the Table service data model and the scalability targets for Queue storage, learn.microsoft.com.
/// </summary>
public static partial class TableRules
{
    /// <summary>Most writes of one batch.</summary>
    public const int MaxBatch = 100;

    /// <summary>Most rows of one page of a query.</summary>
    public const int MaxPage = 1000;

    /// <summary>Most UTF-16 characters of a string property, and bytes of a binary property / 2.</summary>
    public const int MaxStringLength = 32 * 1024;

    /// <summary>Most bytes of a binary property.</summary>
    public const int MaxBytesLength = 64 * 1024;

    /// <summary>Most properties of a row (Azure: 255, its own included).</summary>
    public const int MaxProperties = 250;

    /// <summary>Most characters of a property's name.</summary>
    public const int MaxNameLength = 255;

    /// <summary>Most bytes of a row, names of properties included (1 MiB less room for keys).</summary>
    public const int MaxRowBytes = 1000 * 1024;

    /// <summary>Most characters of a partition or row key.</summary>
    public const int MaxKeyLength = 512;

    /// <summary>Most bytes of a queue message's body in UTF-8: 64 KiB once written as base64.</summary>
    public const int MaxMessageBytes = 48 * 1024;

    /// <summary>Longest delay of a queue message (Azure: 7 days).</summary>
    public static readonly TimeSpan MaxDelay = TimeSpan.FromDays(7);

    /// <summary>Longest lease of a received message (Azure: 1 second to 7 days).</summary>
    public static readonly TimeSpan MaxLease = TimeSpan.FromDays(7);

    /// <summary>Most messages received at once.</summary>
    public const int MaxReceive = 32;

    /// <summary>Most bytes of a batch as it goes over the wire (Azure: 4 MiB, less room for what frames each write).</summary>
    public const int MaxBatchBytes = (4096 - 160) * 1024;

    /// <summary>The first instant a property can hold (Azure's first).</summary>
    public static readonly DateTimeOffset FirstInstant = new(1601, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>
    /// True if the text can be a key: not empty, at most 512 characters, none of / \ # ?, no control character, no half of a surrogate pair.
    /// </summary>
    public static bool IsKey(string? text)
    {
        if (string.IsNullOrEmpty(text) || text.Length > MaxKeyLength)
        {
            return false;
        }

        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] is '/' or '\\' or '#' or '?' or < ' ' or (>= '\u007f' and <= '\u009f'))
            {
                return false;
            }

            if (char.IsSurrogate(text[i]) && (i + 1 == text.Length || !char.IsSurrogatePair(text[i], text[++i])))
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

        var wire = 0;
        var seen = new HashSet<string>(writes.Count, StringComparer.Ordinal);
        foreach (var write in writes)
        {
            CheckKey(write.Row.Key, "row");
            if (!seen.Add(write.Row.Key))
            {
                throw new ArgumentException($"The row {write.Row.Key} stands twice in one batch.", nameof(writes));
            }

            wire += CheckProperties(write.Row);
        }

        if (wire > MaxBatchBytes)
        {
            throw new ArgumentException($"The batch has more than {MaxBatchBytes} bytes on the wire: write its rows in two.", nameof(writes));
        }
    }

    /// <summary>Checks the key of a row that is read.</summary>
    /// <exception cref="ArgumentException">A limit is broken.</exception>
    public static void Check(string table, string partition, string row)
    {
        CheckTable(table);
        CheckKey(partition, "partition");
        CheckKey(row, "row");
    }

    /// <summary>Checks the partition of a query and the size of its page.</summary>
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

    /// <summary>Checks the name of a queue.</summary>
    /// <exception cref="ArgumentException">There is no such queue.</exception>
    public static void CheckQueue(string queue)
    {
        if (!Queues.All.Contains(queue))
        {
            throw new ArgumentException($"There is no queue {queue}: queues are listed in {nameof(Queues)}.", nameof(queue));
        }
    }

    /// <summary>Checks what is asked of a queue.</summary>
    /// <exception cref="ArgumentException">A limit is broken.</exception>
    public static void CheckReceive(int max, TimeSpan lease)
    {
        if (max is < 1 or > MaxReceive)
        {
            throw new ArgumentException($"1 to {MaxReceive} messages are received at once, not {max}.", nameof(max));
        }

        if (lease < TimeSpan.FromSeconds(1) || lease > MaxLease)
        {
            throw new ArgumentException("A message is leased for 1 second to 7 days.", nameof(lease));
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
}

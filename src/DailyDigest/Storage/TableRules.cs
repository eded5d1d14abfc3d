using System.Text;

namespace DailyDigest.Storage;

/// <summary>
/// The limits of Azure Table storage and Azure Storage queues. Every adapter enforces them, so that code that works on SQLite works on
/// Azure.
/// Source: the pages on the Table service data model and on the scalability targets for Queue storage, learn.microsoft.com.
/// </summary>
public static partial class TableRules
{
    /// <summary>Maximum writes of a batch.</summary>
    public const int MaxBatch = 100;

    /// <summary>Maximum rows of a query.</summary>
    public const int MaxPage = 1000;

    /// <summary>Maximum UTF-16 characters of a string property.</summary>
    public const int MaxStringLength = 32 * 1024;

    /// <summary>Maximum bytes of a binary property.</summary>
    public const int MaxBytesLength = 64 * 1024;

    /// <summary>Maximum properties of a row (Azure: 255 with its own).</summary>
    public const int MaxProperties = 250;

    /// <summary>Maximum characters of a property name.</summary>
    public const int MaxNameLength = 255;

    /// <summary>Maximum bytes of a row with its property names (1 MiB less room for keys).</summary>
    public const int MaxRowBytes = 1000 * 1024;

    /// <summary>Maximum characters of a partition key or row key.</summary>
    public const int MaxKeyLength = 512;

    /// <summary>Maximum UTF-8 bytes of a queue message: 64 KiB as base64.</summary>
    public const int MaxMessageBytes = 48 * 1024;

    /// <summary>Maximum delay of a queue message (Azure: 7 days).</summary>
    public static readonly TimeSpan MaxDelay = TimeSpan.FromDays(7);

    /// <summary>Maximum lease of a received message (Azure: 7 days).</summary>
    public static readonly TimeSpan MaxLease = TimeSpan.FromDays(7);

    /// <summary>Maximum messages of one reception.</summary>
    public const int MaxReceive = 32;

    /// <summary>Maximum bytes of a batch request (Azure: 4 MiB, less room for framing).</summary>
    public const int MaxBatchBytes = (4096 - 160) * 1024;

    /// <summary>The earliest instant of a property (Azure's).</summary>
    public static readonly DateTimeOffset FirstInstant = new(1601, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>
    /// True if the text is a valid key: 1 to 512 characters, none of / \ # ?, no control character, no unpaired surrogate.
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
    /// <exception cref="ArgumentException">A limit is exceeded; the message names the row.</exception>
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
                throw new ArgumentException($"The row {write.Row.Key} occurs twice in one batch.", nameof(writes));
            }

            wire += CheckProperties(write.Row);
        }

        if (wire > MaxBatchBytes)
        {
            throw new ArgumentException(
                $"The batch exceeds {MaxBatchBytes} bytes: split it.", nameof(writes));
        }
    }

    /// <summary>Checks the key of a row that is read.</summary>
    /// <exception cref="ArgumentException">A limit is exceeded.</exception>
    public static void Check(string table, string partition, string row)
    {
        CheckTable(table);
        CheckKey(partition, "partition");
        CheckKey(row, "row");
    }

    /// <summary>Checks the partition of a query and the size of its page.</summary>
    /// <exception cref="ArgumentException">A limit is exceeded.</exception>
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
    /// <exception cref="ArgumentException">A limit is exceeded.</exception>
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

    /// <summary>Checks the parameters of a reception.</summary>
    /// <exception cref="ArgumentException">A limit is exceeded.</exception>
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
            throw new ArgumentException(
                $"Not a {what} key: 1 to {MaxKeyLength} characters without / \\ # ? and control characters.", nameof(key));
        }
    }
}

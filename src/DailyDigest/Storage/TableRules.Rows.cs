using System.Buffers;

namespace DailyDigest.Storage;

/// <content>The limits of a row.</content>
public static partial class TableRules
{
    private static readonly SearchValues<char> NameCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_");

    /// <summary>Returns an upper estimate of the row's bytes in a request.</summary>
    /// <exception cref="ArgumentException">A limit is exceeded; the message names the row.</exception>
    internal static int CheckProperties(TableRow row)
    {
        var size = 0;
        var wire = 0;
        foreach (var (name, value) in row.Properties)
        {
            CheckName(row, name);
            var bytes = value switch { string text => 2 * text.Length, byte[] data => data.Length, _ => 8 };
            if (bytes > MaxBytesLength)
            {
                throw new ArgumentException($"The property {name} of row {row.Key} has more than 64 KiB.", nameof(row));
            }

            if (value is double number && !double.IsFinite(number))
            {
                // Azure's client cannot write it.
                throw new ArgumentException($"The property {name} of row {row.Key} is not a finite number.", nameof(row));
            }

            if (value is DateTimeOffset instant && instant < FirstInstant)
            {
                throw new ArgumentException($"The property {name} of row {row.Key} lies before {FirstInstant:yyyy-MM-dd}.", nameof(row));
            }

            size += bytes + (2 * name.Length);
            wire += (2 * name.Length) + 64
                + value switch { string text => WireBytes(text), byte[] data => (data.Length / 3 * 4) + 4, _ => 32 };
        }

        return size <= MaxRowBytes && row.Properties.Count <= MaxProperties
            ? wire
            : throw new ArgumentException(
                $"The row {row.Key} is larger than 1 MiB or has more than {MaxProperties} properties.", nameof(row));
    }

    private static void CheckName(TableRow row, string name)
    {
        if (name is "" or "PartitionKey" or "RowKey" or "Timestamp" || name.Length > MaxNameLength || char.IsAsciiDigit(name[0])
            || name.AsSpan().IndexOfAnyExcept(NameCharacters) >= 0)
        {
            throw new ArgumentException(
                $"The row {row.Key} cannot have a property '{name}': a name has ASCII letters, digits and _, begins with no digit, "
                + $"has at most {MaxNameLength} characters, and is none of Azure's own (PartitionKey, RowKey, Timestamp).", nameof(row));
        }
    }

    /// <summary>Azure's client writes JSON in ASCII: other characters, and those with a meaning in HTML, become \uXXXX.</summary>
    private static int WireBytes(string text)
    {
        var bytes = 0;
        foreach (var c in text)
        {
            bytes += char.IsAsciiLetterOrDigit(c) || c is ' ' or '-' or '.' or ':' or '/' or '_' or ',' ? 1 : 6;
        }

        return bytes;
    }
}

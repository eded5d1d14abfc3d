using CsvHelper;

namespace DailyDigest.Subscribers;

/// <summary>A row of a list.</summary>
/// <param name="Line">The line on which it ends, from 1.</param>
/// <param name="Cells">Its values.</param>
/// <param name="HasLineBreak">True if a quoted value goes over several lines: the row is to be refused whole.</param>
internal sealed record ListRow(int Line, IReadOnlyList<string> Cells, bool HasLineBreak);

/// <summary>
/// Reads the rows of a list line by line, so that an unbalanced quotation mark spoils one line and not the rest of the file. The lines of a
/// quoted value that is closed on a later line are one row: taken for rows of their own, they would have their values in other columns.
/// </summary>
internal sealed class ListRows(CsvReader reader)
{
    private const int MaxLines = 1000;
    private const int MaxBytes = 64 * 1024;

    private readonly Queue<Line> ahead = new();
    private CsvFormatException? fault;

    /// <summary>The next row; null at the end.</summary>
    /// <exception cref="CsvFormatException">The rest of the file cannot be read.</exception>
    public async ValueTask<ListRow?> NextAsync(CancellationToken cancellationToken)
    {
        var line = ahead.Count > 0 ? ahead.Dequeue() : await ReadAsync(keepsBytes: false, cancellationToken);
        if (line is null)
        {
            return fault is null ? null : throw fault;
        }

        if (line.Opens && await CloseAsync(cancellationToken) is var (count, last))
        {
            for (var i = 0; i < count; i++)
            {
                ahead.Dequeue();
            }

            return new ListRow(last, line.Cells, true);
        }

        return new ListRow(line.Number, line.Cells, false);
    }

    // The number of further lines up to the one that closes the quotation, and that line's number; null if none does.
    private async ValueTask<(int Count, int Last)?> CloseAsync(CancellationToken cancellationToken)
    {
        var (count, bytes) = (0, 0);
        foreach (var line in ahead)
        {
            count++;
            if (Scan(line.Bytes, inQuotes: true) is var known && known != Quotation.Open)
            {
                return known == Quotation.Closed ? (count, line.Number) : null;
            }
        }

        while (count < MaxLines && bytes < MaxBytes && await ReadAsync(keepsBytes: true, cancellationToken) is { } next)
        {
            ahead.Enqueue(next);
            (count, bytes) = (count + 1, bytes + next.Bytes.Length);
            if (Scan(next.Bytes, inQuotes: true) is var state && state != Quotation.Open)
            {
                return state == Quotation.Closed ? (count, next.Number) : null;
            }
        }

        return null;
    }

    private async ValueTask<Line?> ReadAsync(bool keepsBytes, CancellationToken cancellationToken)
    {
        try
        {
            return fault is null && await reader.ReadAsync(cancellationToken) ? Current(keepsBytes) : null;
        }
        catch (CsvFormatException exception)
        {
            fault = exception;
            return null;
        }
    }

    private Line Current(bool keepsBytes)
    {
        var cells = new string[reader.FieldCount];
        for (var i = 0; i < cells.Length; i++)
        {
            cells[i] = reader.GetString(i);
        }

        var opens = Scan(reader.RawRecord, inQuotes: false) == Quotation.Open;
        return new Line((int)reader.LineNumber, cells, opens, keepsBytes ? reader.RawRecord.ToArray() : []);
    }

    private Quotation Scan(ReadOnlySpan<byte> line, bool inQuotes)
    {
        if (!inQuotes)
        {
            line = line.TrimStart(" \t"u8);
            inQuotes = line.Length > 0 && line[0] == '"';
            line = inQuotes ? line[1..] : line;
        }

        while (true)
        {
            if (inQuotes)
            {
                var quote = line.IndexOf((byte)'"');
                if (quote < 0)
                {
                    return Quotation.Open;
                }

                line = line[(quote + 1)..];
                if (line.Length > 0 && line[0] == '"')
                {
                    line = line[1..];
                    continue;
                }

                line = line.TrimStart(" \t"u8);
                if (line.Length > 0 && line[0] != reader.Separator)
                {
                    return Quotation.Malformed;
                }
            }
            else
            {
                var end = line.IndexOf((byte)reader.Separator);
                line = end < 0 ? [] : line[end..];
            }

            if (line.Length == 0)
            {
                return Quotation.Closed;
            }

            line = line[1..].TrimStart(reader.Separator == '\t' ? " "u8 : " \t"u8);
            inQuotes = line.Length > 0 && line[0] == '"';
            line = inQuotes ? line[1..] : line;
        }
    }

    private enum Quotation
    {
        Closed,
        Open,
        Malformed,
    }

    private sealed record Line(int Number, string[] Cells, bool Opens, byte[] Bytes);
}

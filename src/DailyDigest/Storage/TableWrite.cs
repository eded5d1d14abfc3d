namespace DailyDigest.Storage;

/// <summary>The kinds of write.</summary>
public enum WriteKind
{
    /// <summary>Inserts a row that must not exist.</summary>
    Insert,

    /// <summary>Replaces a row whose ETag must match.</summary>
    Update,

    /// <summary>Writes the row whether it exists or not.</summary>
    Upsert,

    /// <summary>Deletes a row that must exist, with its ETag if one is given.</summary>
    Delete,
}

/// <summary>One write of a batch.</summary>
public sealed record TableWrite
{
    private TableWrite(WriteKind kind, TableRow row, string? etag) => (Kind, Row, ETag) = (kind, row, etag);

    /// <summary>The kind.</summary>
    public WriteKind Kind { get; }

    /// <summary>The row; a delete uses only its key.</summary>
    public TableRow Row { get; }

    /// <summary>The ETag that must match; null for none.</summary>
    public string? ETag { get; }

    /// <summary>Inserts; refused with <see cref="WriteOutcome.Exists"/> if the row exists.</summary>
    public static TableWrite Insert(TableRow row) => new(WriteKind.Insert, row, null);

    /// <summary>Replaces all properties; refused with Changed or Missing.</summary>
    public static TableWrite Update(TableRow row, string etag) => new(WriteKind.Update, row, etag);

    /// <summary>Replaces or inserts, unconditionally.</summary>
    public static TableWrite Upsert(TableRow row) => new(WriteKind.Upsert, row, null);

    /// <summary>Deletes; refused with Missing, or with Changed if an ETag is given.</summary>
    public static TableWrite Delete(string key, string? etag = null) => new(WriteKind.Delete, new TableRow(key), etag);
}

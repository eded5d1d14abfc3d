namespace DailyDigest.Storage;

/// <summary>What a write does with its row.</summary>
public enum WriteKind
{
    /// <summary>Writes a row that must not exist.</summary>
    Insert,

    /// <summary>Replaces a row whose ETag must match.</summary>
    Update,

    /// <summary>Writes the row whether it exists or not.</summary>
    Upsert,

    /// <summary>Removes a row that must exist, with its ETag if one is named.</summary>
    Delete,
}

/// <summary>One write of a batch.</summary>
public sealed record TableWrite
{
    private TableWrite(WriteKind kind, TableRow row, string? etag) => (Kind, Row, ETag) = (kind, row, etag);

    /// <summary>What is done.</summary>
    public WriteKind Kind { get; }

    /// <summary>The row; for a delete only its key counts.</summary>
    public TableRow Row { get; }

    /// <summary>The ETag that must match; null for none.</summary>
    public string? ETag { get; }

    /// <summary>Inserts; meets <see cref="WriteOutcome.Exists"/> when the row is there.</summary>
    public static TableWrite Insert(TableRow row) => new(WriteKind.Insert, row, null);

    /// <summary>Replaces all properties; meets Changed or Missing.</summary>
    public static TableWrite Update(TableRow row, string etag) => new(WriteKind.Update, row, etag);

    /// <summary>Replaces or inserts, unconditionally.</summary>
    public static TableWrite Upsert(TableRow row) => new(WriteKind.Upsert, row, null);

    /// <summary>Deletes; meets Missing, or Changed when an ETag is named.</summary>
    public static TableWrite Delete(string key, string? etag = null) => new(WriteKind.Delete, new TableRow(key), etag);
}

using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace DailyDigest.Storage;

/// <summary>
/// A row: key and properties. A property is a string, bool, int (stored as long), long, double, DateTimeOffset (UTC) or byte[]; null means
/// absent. <see cref="TableRules"/> has the limits of names and values. <see cref="ETag"/> and <see cref="Timestamp"/> are set on rows that
/// were read.
/// </summary>
[SuppressMessage("Naming", "CA1710",
    Justification = "A row, in the words of table storage; that it can be written with an initializer does not make it a dictionary.")]
public sealed class TableRow(string key) : IEnumerable<KeyValuePair<string, object>>
{
    // Most rows have five to seven properties.
    private readonly Dictionary<string, object> properties = new(7, StringComparer.Ordinal);

    /// <summary>The row key.</summary>
    public string Key { get; } = key;

    /// <summary>The opaque version of a row that was read; otherwise null.</summary>
    public string? ETag { get; init; }

    /// <summary>The last write by the store's clock, on a row that was read; otherwise null.</summary>
    public DateTimeOffset? Timestamp { get; init; }

    /// <summary>The properties by name.</summary>
    public IReadOnlyDictionary<string, object> Properties => properties;

    /// <summary>Sets a property; null removes it.</summary>
    /// <exception cref="ArgumentException">The type cannot be stored.</exception>
    public void Add(string name, object? value)
    {
        switch (value)
        {
            case null: properties.Remove(name); break;
            case int number: properties[name] = (long)number; break;
            case DateTimeOffset instant: properties[name] = instant.ToUniversalTime(); break;
            case string or bool or long or double or byte[]: properties[name] = value; break;
            default: throw new ArgumentException($"A {value.GetType().Name} cannot be a property of a row.", nameof(value));
        }
    }

    /// <summary>The string; null if absent or of another type.</summary>
    public string? Text(string name) => properties.GetValueOrDefault(name) as string;

    /// <summary>The whole number; null if absent or of another type.</summary>
    public long? Whole(string name) => properties.GetValueOrDefault(name) is long number ? number : null;

    /// <summary>The whole number as int; 0 if absent, of another type or out of range.</summary>
    public int Count(string name) => Whole(name) is { } number and >= int.MinValue and <= int.MaxValue ? (int)number : 0;

    /// <summary>The number, also a whole one; null if absent or of another type.</summary>
    public double? Real(string name) =>
        properties.GetValueOrDefault(name) switch { double number => number, long whole => whole, _ => null };

    /// <summary>The flag; false if absent or of another type.</summary>
    public bool Flag(string name) => properties.GetValueOrDefault(name) is true;

    /// <summary>The instant in UTC; null if absent or of another type.</summary>
    public DateTimeOffset? Instant(string name) => properties.GetValueOrDefault(name) is DateTimeOffset instant ? instant : null;

    /// <summary>The bytes; null if absent or of another type.</summary>
    public byte[]? Bytes(string name) => properties.GetValueOrDefault(name) as byte[];

    /// <summary>The date, stored as yyyy-MM-dd; null if absent or malformed.</summary>
    public DateOnly? Date(string name) =>
        DateOnly.TryParseExact(Text(name), "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date) ? date : null;

    /// <inheritdoc/>
    public IEnumerator<KeyValuePair<string, object>> GetEnumerator() => properties.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}

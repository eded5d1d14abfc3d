using System.IO.Compression;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Data.Sqlite;

namespace DailyDigest.EndToEnd.Tests.Fixtures;

/// <summary>
/// The shapes of the rows in an embedded file: each kind of row with its properties, their types and the names of states. Two rows are of
/// one kind if table, partition and key have the same shape, whatever dates, numbers, hashes and cohorts stand there.
/// </summary>
internal static partial class RowShapes
{
    /// <summary>Tables that machines share while they deliver a run and change readers.</summary>
    private static readonly string[] Shared =
    [
        "Addresses", "Audience", "Cohorts", "Digests", "Ledger", "Runs", "SentStories", "Stories", "StoryDates", "Subscribers", "Variants",
    ];

    /// <summary>Reads the file: lines such as <c>Ledger DATE~all !COHORT: owner String</c>, and the messages of the queue.</summary>
    public static async Task<HashSet<string>> ReadAsync(string path, CancellationToken cancellationToken)
    {
        await using var connection = new SqliteConnection(
            new SqliteConnectionStringBuilder { DataSource = path, Mode = SqliteOpenMode.ReadOnly, Pooling = false }.ToString());
        await connection.OpenAsync(cancellationToken);
        var shapes = new HashSet<string>(StringComparer.Ordinal);
        await using var command = connection.CreateCommand();
        command.CommandText =
            "SELECT table_name, partition, row, properties FROM rows UNION ALL SELECT 'queue', queue, body, '{}' FROM messages";
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            var (table, partition, key) = (reader.GetString(0), reader.GetString(1), reader.GetString(2));
            if (table != "queue" && !Shared.Contains(table))
            {
                continue;
            }

            var kind = $"{table} {Shape(partition)} {Shape(key)}";
            shapes.Add(kind);
            using var row = JsonDocument.Parse(reader.GetString(3));
            foreach (var property in row.RootElement.EnumerateObject())
            {
                Add(shapes, kind, property);
            }
        }

        return shapes;
    }

    private static void Add(HashSet<string> shapes, string kind, JsonProperty property)
    {
        var isObject = property.Value.ValueKind == JsonValueKind.Object;
        var type = isObject ? property.Value.EnumerateObject().Single().Name : property.Value.ValueKind.ToString();
        shapes.Add($"{kind}: {property.Name} {type}");
        if (property.Name == "state")
        {
            shapes.Add($"{kind}: {property.Name} = {property.Value}");
        }

        if (property.Name == "json0")
        {
            using var packed = new MemoryStream(property.Value.GetProperty("$bytes").GetBytesFromBase64());
            using var json = JsonDocument.Parse(new BrotliStream(packed, CompressionMode.Decompress));
            Add(shapes, kind + ": json", json.RootElement);
        }
    }

    private static void Add(HashSet<string> shapes, string path, JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Null:
                break;
            case JsonValueKind.Object:
                foreach (var property in value.EnumerateObject())
                {
                    Add(shapes, $"{path}.{property.Name}", property.Value);
                }

                break;
            case JsonValueKind.Array:
                foreach (var item in value.EnumerateArray())
                {
                    Add(shapes, path + "[]", item);
                }

                break;
            case JsonValueKind.True or JsonValueKind.False:
                shapes.Add(path + " Boolean");
                break;
            default:
                shapes.Add($"{path} {value.ValueKind}");
                break;
        }
    }

    private static string Shape(string key)
    {
        key = CohortKey().Replace(key, "COHORT");
        key = Date().Replace(key, "DATE");
        key = Hash().Replace(key, "HASH");
        return Digits().Replace(key, "N");
    }

    [GeneratedRegex(@"daily_\d\d_[A-Za-z_.]+")]
    private static partial Regex CohortKey();

    [GeneratedRegex(@"\d{4}-\d\d-\d\d")]
    private static partial Regex Date();

    [GeneratedRegex(@"(?<=^|~|\|)([0-9a-f]{64}|[0-9a-f]{32}|[0-9a-f]{24}|[0-9a-f]{1,2})(?=$|~|\|)")]
    private static partial Regex Hash();

    [GeneratedRegex(@"\d+")]
    private static partial Regex Digits();
}

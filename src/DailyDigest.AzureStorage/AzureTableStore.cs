using Azure;
using Azure.Data.Tables;
using DailyDigest.Storage;

namespace DailyDigest.AzureStorage;

/// <summary>
/// The tables in an Azure Storage account. The client retries twice. After a lost reply a write that succeeded can look refused (an insert:
/// Exists; an update: Changed; a delete: Missing). A write that was cancelled or ended in a <see cref="StorageException"/> may have
/// succeeded. A caller that must know reads the row again.
/// </summary>
internal sealed class AzureTableStore(TableServiceClient service, AzureStorageOptions options) : ITableStore
{
    /// <inheritdoc/>
    public Task PrepareAsync(CancellationToken cancellationToken) => Task.WhenAll(Tables.All.Select(async table =>
    {
        try
        {
            await Client(table).CreateIfNotExistsAsync(cancellationToken);
        }
        catch (Exception error) when (AzureErrors.IsOutage(error, cancellationToken))
        {
            throw AzureErrors.Explain(error, $"create the table {table}");
        }
    }));

    /// <inheritdoc/>
    public async Task<TableRow?> GetAsync(string table, string partition, string row, CancellationToken cancellationToken)
    {
        TableRules.Check(table, partition, row);
        try
        {
            var response = await Client(table).GetEntityIfExistsAsync<TableEntity>(partition, row, cancellationToken: cancellationToken);
            if (response.HasValue)
            {
                return Row(response.Value!);
            }

            ThrowIfTableIsMissing(response.GetRawResponse());
            return null;
        }
        catch (Exception error) when (AzureErrors.IsOutage(error, cancellationToken))
        {
            throw AzureErrors.Explain(error, $"read a row of {table}");
        }
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<TableRow>> QueryAsync(
        string table, string partition, RowRange range, int take, CancellationToken cancellationToken)
    {
        TableRules.Check(table, partition, take);
        try
        {
            // The service may return a short or empty page although more rows follow. The client's enumerator reads on.
            var rows = new List<TableRow>();
            await foreach (var entity in Client(table).QueryAsync<TableEntity>(
                Filter(partition, range), take, cancellationToken: cancellationToken))
            {
                rows.Add(Row(entity));
                if (rows.Count == take)
                {
                    break;
                }
            }

            return rows;
        }
        catch (Exception error) when (AzureErrors.IsOutage(error, cancellationToken))
        {
            throw AzureErrors.Explain(error, $"query {table}");
        }
    }

    /// <inheritdoc/>
    public async Task<WriteResult> WriteAsync(
        string table, string partition, IReadOnlyList<TableWrite> writes, CancellationToken cancellationToken)
    {
        TableRules.Check(table, partition, writes);
        try
        {
            return writes.Count == 1
                ? await WriteOneAsync(Client(table), partition, writes[0], cancellationToken)
                : await WriteAllAsync(Client(table), partition, writes, cancellationToken);
        }
        catch (TableTransactionFailedException error) when (AzureErrors.Refusal(error) is { } refusal)
        {
            return refusal;
        }
        catch (RequestFailedException error) when (writes.Count == 1 && AzureErrors.Outcome(error) is { } outcome)
        {
            return WriteResult.Refused(outcome, 0);
        }
        catch (Exception error) when (AzureErrors.IsOutage(error, cancellationToken))
        {
            throw AzureErrors.Explain(error, $"write to {table}");
        }
    }

    private static async Task<WriteResult> WriteOneAsync(
        TableClient client, string partition, TableWrite write, CancellationToken cancellationToken)
    {
        var entity = Entity(partition, write);
        var response = write.Kind switch
        {
            WriteKind.Insert => await client.AddEntityAsync(entity, cancellationToken),
            WriteKind.Update => await client.UpdateEntityAsync(entity, entity.ETag, TableUpdateMode.Replace, cancellationToken),
            WriteKind.Upsert => await client.UpsertEntityAsync(entity, TableUpdateMode.Replace, cancellationToken),
            _ => await client.DeleteEntityAsync(entity, entity.ETag, cancellationToken),
        };

        // For a delete of a missing row the client returns 404 instead of throwing.
        ThrowIfTableIsMissing(response);
        return response.Status == 404 ? WriteResult.Refused(WriteOutcome.Missing, 0) : WriteResult.Done([NewETag(write, response)]);
    }

    private static async Task<WriteResult> WriteAllAsync(
        TableClient client, string partition, IReadOnlyList<TableWrite> writes, CancellationToken cancellationToken)
    {
        var actions = writes.Select(write =>
        {
            var entity = Entity(partition, write);
            return write.Kind switch
            {
                WriteKind.Insert => new TableTransactionAction(TableTransactionActionType.Add, entity),
                WriteKind.Update => new TableTransactionAction(TableTransactionActionType.UpdateReplace, entity, entity.ETag),
                WriteKind.Upsert => new TableTransactionAction(TableTransactionActionType.UpsertReplace, entity),
                _ => new TableTransactionAction(TableTransactionActionType.Delete, entity, entity.ETag),
            };
        });
        var responses = await client.SubmitTransactionAsync(actions, cancellationToken);
        return WriteResult.Done([.. writes.Select((write, i) => NewETag(write, responses.Value[i]))]);
    }

    // The client treats a missing table as a missing row. A caller must not draw conclusions from an empty account.
    private static void ThrowIfTableIsMissing(Response response)
    {
        if (response.Status == 404 && response.Content.ToString().Contains("TableNotFound", StringComparison.Ordinal))
        {
            throw new RequestFailedException(response);
        }
    }

    private static string NewETag(TableWrite write, Response response) =>
        write.Kind == WriteKind.Delete ? "" : response.Headers.ETag?.ToString() ?? "";

    private static string Filter(string partition, RowRange range)
    {
        var filter = TableClient.CreateQueryFilter($"PartitionKey eq {partition}");
        filter += range.From is { } from ? TableClient.CreateQueryFilter($" and RowKey ge {from}") : "";
        filter += range.After is { } after ? TableClient.CreateQueryFilter($" and RowKey gt {after}") : "";
        return filter + (range.Before is { } before ? TableClient.CreateQueryFilter($" and RowKey lt {before}") : "");
    }

    private static TableEntity Entity(string partition, TableWrite write)
    {
        var entity = new TableEntity(partition, write.Row.Key)
        {
            ETag = write.ETag is null ? ETag.All : new ETag(write.ETag),
        };
        if (write.Kind != WriteKind.Delete)
        {
            foreach (var (name, value) in write.Row)
            {
                entity.Add(name, value);
            }
        }

        return entity;
    }

    private static TableRow Row(TableEntity entity)
    {
        var row = new TableRow(entity.RowKey) { ETag = entity.ETag.ToString(), Timestamp = entity.Timestamp };
        foreach (var (name, value) in entity)
        {
            if (name is not ("PartitionKey" or "RowKey" or "Timestamp") && !name.StartsWith("odata.", StringComparison.Ordinal))
            {
                row.Add(name, value switch { BinaryData bytes => bytes.ToArray(), Guid id => id.ToString(), _ => value });
            }
        }

        return row;
    }

    private TableClient Client(string table) => service.GetTableClient(options.TablePrefix + table);
}

using Azure.Data.Tables;
using DailyDigest.Storage;

namespace DailyDigest.AzureStorage;

/// <summary>The contents of the tables of the account.</summary>
internal sealed class AzureContents(TableServiceClient service, AzureStorageOptions options) : IStoreContents
{
    private static readonly string[] KeyOnly = ["PartitionKey"];

    /// <inheritdoc/>
    public async Task<IReadOnlyList<string>> ListTablesAsync(CancellationToken cancellationToken)
    {
        try
        {
            var tables = new List<string>();
            await foreach (var table in service.QueryAsync(cancellationToken: cancellationToken))
            {
                if (table.Name.StartsWith(options.TablePrefix, StringComparison.OrdinalIgnoreCase))
                {
                    tables.Add(table.Name[options.TablePrefix.Length..]);
                }
            }

            return tables;
        }
        catch (Exception error) when (AzureErrors.IsOutage(error, cancellationToken))
        {
            throw AzureErrors.Explain(error, "list the tables");
        }
    }

    /// <inheritdoc/>
    public async Task<string?> NextPartitionAsync(string table, string? after, CancellationToken cancellationToken)
    {
        try
        {
            var filter = after is null ? null : TableClient.CreateQueryFilter($"PartitionKey gt {after}");
            await foreach (var entity in service.GetTableClient(options.TablePrefix + table)
                .QueryAsync<TableEntity>(filter, maxPerPage: 1, KeyOnly, cancellationToken))
            {
                return entity.PartitionKey;
            }

            return null;
        }
        catch (Exception error) when (AzureErrors.IsOutage(error, cancellationToken))
        {
            throw AzureErrors.Explain(error, $"read {table}");
        }
    }
}

using DnsClient;
using DnsClient.Protocol;

namespace DailyDigest.Server.Commands;

/// <summary>
/// Returns the texts of the name's TXT records, none if there are none; null if no server gave an answer that can be read.
/// </summary>
public delegate Task<IReadOnlyList<string>?> TxtLookup(string name, CancellationToken cancellationToken);

/// <summary>
/// Returns the hosts of the name's MX records, the preferred first, and "." for one that takes no mail (RFC 7505). None if there are none;
/// null if no server gave an answer that can be read.
/// </summary>
public delegate Task<IReadOnlyList<string>?> MxLookup(string name, CancellationToken cancellationToken);

/// <summary>
/// Looks records up. An answer is hostile: whatever it contains, a lookup ends in a few seconds with records or with null, and it keeps a
/// limited number of them.
/// </summary>
internal sealed class DnsRecords(LookupClientOptions options)
{
    private const int MaxRecords = 100;

    private readonly LookupClient client = new(options);

    /// <summary>The records as the machine's DNS servers give them.</summary>
    public static DnsRecords OfThisMachine() => new(new LookupClientOptions
    {
        Timeout = TimeSpan.FromSeconds(3),
        Retries = 1,
        UseCache = false,
    });

    /// <inheritdoc cref="TxtLookup"/>
    public async Task<IReadOnlyList<string>?> TxtAsync(string name, CancellationToken cancellationToken) =>
        (await LookUpAsync(name, QueryType.TXT, cancellationToken))?.OfType<TxtRecord>().Take(MaxRecords)
            .Select(record => string.Concat(record.Text)).ToList();

    /// <inheritdoc cref="MxLookup"/>
    public async Task<IReadOnlyList<string>?> MxAsync(string name, CancellationToken cancellationToken) =>
        (await LookUpAsync(name, QueryType.MX, cancellationToken))?.OfType<MxRecord>().Take(MaxRecords)
            .OrderBy(record => record.Preference)
            .Select(record => record.Exchange.Value is { Length: > 1 } host ? host.TrimEnd('.') : ".").ToList();

    private async Task<IReadOnlyList<DnsResourceRecord>?> LookUpAsync(string name, QueryType type, CancellationToken cancellationToken)
    {
        try
        {
            var answer = await client.QueryAsync(name, type, cancellationToken: cancellationToken);
            if (answer.HasError)
            {
                // Behind some firewalls a server knows no top-level domain either; its answer means nothing.
                return answer.Header.ResponseCode == DnsHeaderResponseCode.NotExistentDomain
                    && (await client.QueryAsync(
                        name[(name.LastIndexOf('.') + 1)..], QueryType.NS, cancellationToken: cancellationToken)).Answers.Count > 0
                    ? []
                    : null;
            }

            // The part of a cut answer would look like a missing record, and so would the answer to another question.
            return answer.Header.ResultTruncated || answer.Questions is not [var question]
                || !question.QueryName.Value.TrimEnd('.').Equals(name, StringComparison.OrdinalIgnoreCase)
                ? null : answer.Answers;
        }
        catch (Exception exception) when (exception is not OutOfMemoryException && !cancellationToken.IsCancellationRequested)
        {
            // The client reads an answer's lengths and pointers as they are, and fails in many ways at wrong ones.
            return null;
        }
    }
}

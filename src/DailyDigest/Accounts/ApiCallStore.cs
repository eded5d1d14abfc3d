using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using DailyDigest.Settings;
using DailyDigest.Storage;
using DailyDigest.Subscribers;

namespace DailyDigest.Accounts;

/// <summary>The answer to a request, as it is given again.</summary>
/// <param name="Status">The status.</param>
/// <param name="Type">The content type; null without a body.</param>
/// <param name="Body">The body.</param>
/// <param name="ETag">The header ETag; null for none.</param>
/// <param name="Location">The header Location; null for none.</param>
public sealed record ApiCallAnswer(int Status, string? Type, byte[] Body, string? ETag, string? Location);

/// <summary>The state of a request with an idempotency key.</summary>
public enum ApiCallState
{
    /// <summary>It begins now: do it, then finish or abandon it.</summary>
    Begun,

    /// <summary>It was done before: give its answer again.</summary>
    Done,

    /// <summary>It is being done by another process or connection.</summary>
    Underway,

    /// <summary>The key was used for another request.</summary>
    Other,
}

/// <summary>A request with an idempotency key.</summary>
/// <param name="State">Its state.</param>
/// <param name="Answer">Its answer if it is done.</param>
public sealed record ApiCall(ApiCallState State, ApiCallAnswer? Answer = null)
{
    internal TableRow? Row { get; init; }

    internal string ETag { get; init; } = "";
}

/// <summary>
/// Requests to the API with an idempotency key, and their answers for 24 hours. Table ApiCalls, row = SHA-256 of the caller and the key,
/// partition = its first hex digit. The request is stored as a keyed hash, and the answer encrypted, so that a copy of the store reveals
/// neither. A request that was begun and neither finished nor abandoned, because its process ended, may begin again after a minute.
/// </summary>
public sealed class ApiCallStore(ITableStore tables, IdentityOptions identity, TimeProvider time)
{
    /// <summary>How long an answer is given again.</summary>
    public static readonly TimeSpan Kept = TimeSpan.FromHours(24);

    /// <summary>How long a request counts as under way: longer than any may take.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromMinutes(1);

    /// <summary>Bytes of an answer that is kept.</summary>
    public const int MaxAnswer = 512 * 1024;

    /// <summary>All partitions.</summary>
    internal static readonly IReadOnlyList<string> Partitions =
        [.. Enumerable.Range(0, 16).Select(digit => digit.ToString("x", CultureInfo.InvariantCulture))];

    private readonly byte[] secret = identity.Derive("answers of the API");

    /// <summary>Begins the request, or says what became of it.</summary>
    /// <param name="caller">The sender: keys of different senders never meet.</param>
    /// <param name="key">The idempotency key.</param>
    /// <param name="request">The request: method, address, body.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public async Task<ApiCall> BeginAsync(string caller, string key, ReadOnlyMemory<byte> request, CancellationToken cancellationToken)
    {
        var id = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(caller + "\n" + key)));
        var print = HMACSHA256.HashData(secret, request.Span);
        while (true)
        {
            var begun = new TableRow(id) { { "at", time.GetUtcNow() }, { "request", print } };
            var known = await tables.GetAsync(Tables.ApiCalls, Partition(id), id, cancellationToken);
            var write = known is null ? TableWrite.Insert(begun)
                : IsOver(known, time.GetUtcNow()) || IsLost(known, print) ? TableWrite.Update(begun, known.ETag!) : null;
            if (write is null)
            {
                return Known(known!, print);
            }

            // Refused if another request with the same key was faster: look at it.
            if (await tables.WriteAsync(Tables.ApiCalls, Partition(id), write, cancellationToken) is { IsDone: true } written)
            {
                return new ApiCall(ApiCallState.Begun) { Row = begun, ETag = written.ETags[0] };
            }
        }
    }

    /// <summary>Keeps the answer. Nothing happens if the request took so long that it was begun again.</summary>
    public Task FinishAsync(ApiCall begun, ApiCallAnswer answer, CancellationToken cancellationToken)
    {
        if (answer.Body.Length > MaxAnswer)
        {
            return AbandonAsync(begun, cancellationToken);
        }

        var row = begun.Row!;
        row.Add("status", answer.Status);
        row.Add("type", answer.Type);
        row.Add("tag", answer.ETag);
        row.Add("location", answer.Location);
        row.AddLarge("answer", SealedBytes.Seal(secret, answer.Body));
        return tables.WriteAsync(Tables.ApiCalls, Partition(row.Key), TableWrite.Update(row, begun.ETag), cancellationToken);
    }

    /// <summary>Forgets a request that failed: its key may be used again at once.</summary>
    public Task AbandonAsync(ApiCall begun, CancellationToken cancellationToken) =>
        tables.WriteAsync(Tables.ApiCalls, Partition(begun.Row!.Key), TableWrite.Delete(begun.Row.Key, begun.ETag), cancellationToken);

    /// <summary>True if the answer is not kept any longer.</summary>
    internal static bool IsOver(TableRow row, DateTimeOffset now) => now - (row.Instant("at") ?? default) >= Kept;

    private bool IsLost(TableRow row, byte[] print) => row.Whole("status") is null && IsSame(row, print)
        && time.GetUtcNow() - (row.Instant("at") ?? default) >= Lease;

    private ApiCall Known(TableRow row, byte[] print) => !IsSame(row, print) ? new ApiCall(ApiCallState.Other)
        : row.Whole("status") is null || Open(row) is not { } body ? new ApiCall(ApiCallState.Underway)
        : new ApiCall(
            ApiCallState.Done, new ApiCallAnswer(row.Count("status"), row.Text("type"), body, row.Text("tag"), row.Text("location")));

    private byte[]? Open(TableRow row)
    {
        try
        {
            return SealedBytes.Open(secret, row.Large("answer"));
        }
        catch (Exception exception) when (exception is CryptographicException or InvalidDataException)
        {
            return null;
        }
    }

    private static bool IsSame(TableRow row, byte[] print) =>
        row.Bytes("request") is { } stored && CryptographicOperations.FixedTimeEquals(stored, print);

    private static string Partition(string id) => id[..1];
}

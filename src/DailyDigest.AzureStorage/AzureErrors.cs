using Azure;
using Azure.Data.Tables;
using Azure.Identity;
using DailyDigest.Storage;

namespace DailyDigest.AzureStorage;

/// <summary>Translates Azure's errors. Codes: "Table service error codes" and "Queue service error codes", learn.microsoft.com.</summary>
internal static class AzureErrors
{
    /// <summary>The outcome of a refused write; null for an error that a caller cannot handle.</summary>
    public static WriteOutcome? Outcome(RequestFailedException error) => (error.Status, error.ErrorCode) switch
    {
        (404, "TableNotFound") => null,
        (404, _) => WriteOutcome.Missing,
        (409, "EntityAlreadyExists") => WriteOutcome.Exists,
        (412, _) => WriteOutcome.Changed,
        _ => null,
    };

    /// <summary>True if another receiver has the message, or it is deleted.</summary>
    public static bool IsStale(RequestFailedException error) =>
        error.ErrorCode is "MessageNotFound" or "PopReceiptMismatch";

    /// <summary>True for exceptions of the client: the service refuses, cannot be reached, or rejects our identity.</summary>
    public static bool IsOutage(Exception error, CancellationToken cancellationToken) => error switch
    {
        RequestFailedException or AuthenticationFailedException => true,

        // The body of an answer was cut off (Azure.Core's ResponseBodyPolicy): the stream failed or was closed.
        IOException or ObjectDisposedException => true,

        // The client reports its own timeouts as cancellations.
        OperationCanceledException => !cancellationToken.IsCancellationRequested,

        // RetryPolicy combines the failures of several tries. The last one may be the caller's own cancellation.
        AggregateException many => many.InnerExceptions.All(
            inner => inner is OperationCanceledException || IsOutage(inner, cancellationToken)),
        _ => false,
    };

    /// <summary>The error with the operation and the status. The service's text is omitted, because it may quote the request.</summary>
    public static StorageException Explain(Exception error, string operation)
    {
        var failed = error as RequestFailedException
            ?? (error as AggregateException)?.InnerExceptions.OfType<RequestFailedException>().LastOrDefault();
        return new StorageException(
            failed switch
            {
                { Status: 401 or 403 } =>
                    $"Azure Storage refused to {operation} ({failed.Status} {failed.ErrorCode}): "
                    + "check the key, or the roles of the identity.",
                { Status: 404 } =>
                    $"Azure Storage could not {operation} ({failed.ErrorCode}): the table or queue is missing; start again to create it.",
                { Status: 0 } or null when error is not AuthenticationFailedException =>
                    $"Azure Storage could not be reached to {operation}: check the name of the account and the network.",
                null => $"Azure Storage could not {operation}: no identity was found; check the managed identity or the connection string.",
                _ => $"Azure Storage failed to {operation} ({failed.Status} {failed.ErrorCode}).",
            }, error);
    }

    /// <summary>The outcome of a refused batch and the index of the write; null for an error that a caller cannot handle.</summary>
    public static WriteResult? Refusal(TableTransactionFailedException error) =>
        Outcome(error) is { } outcome && error.FailedTransactionActionIndex is { } index ? WriteResult.Refused(outcome, index) : null;
}

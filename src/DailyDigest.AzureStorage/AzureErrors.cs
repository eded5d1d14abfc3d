using Azure;
using Azure.Data.Tables;
using Azure.Identity;
using DailyDigest.Storage;

namespace DailyDigest.AzureStorage;

/// <summary>Azure's errors in the port's words. The codes: "Table service error codes" and "Queue service error codes", learn.microsoft.com.</summary>
internal static class AzureErrors
{
    /// <summary>What a write met, or null if the error is none that a caller can decide about.</summary>
    public static WriteOutcome? Outcome(RequestFailedException error) => (error.Status, error.ErrorCode) switch
    {
        (404, "TableNotFound") => null,
        (404, _) => WriteOutcome.Missing,
        (409, "EntityAlreadyExists") => WriteOutcome.Exists,
        (412, _) => WriteOutcome.Changed,
        _ => null,
    };

    /// <summary>True if the message was received by another, or is gone.</summary>
    public static bool IsStale(RequestFailedException error) =>
        error.ErrorCode is "MessageNotFound" or "PopReceiptMismatch";

    /// <summary>True for what the client throws when the service refuses, cannot be reached, or does not know us.</summary>
    public static bool IsOutage(Exception error, CancellationToken cancellationToken) => error switch
    {
        RequestFailedException or AuthenticationFailedException => true,

        // An answer that was cut off in its body (Azure.Core's ResponseBodyPolicy): it reads an error of the stream, or a stream that was closed under it.
        IOException or ObjectDisposedException => true,

        // The client's own time-outs come as cancellations that nobody asked for.
        OperationCanceledException => !cancellationToken.IsCancellationRequested,

        // Several tries that failed come as one (RetryPolicy), and the last of them may have met the caller's own cancellation.
        AggregateException many => many.InnerExceptions.All(inner => inner is OperationCanceledException || IsOutage(inner, cancellationToken)),
        _ => false,
    };

    /// <summary>The error with what was tried and what came back. The service's text is left out: it may quote the request.</summary>
    public static StorageException Explain(Exception error, string operation)
    {
        var failed = error as RequestFailedException ?? (error as AggregateException)?.InnerExceptions.OfType<RequestFailedException>().LastOrDefault();
        return new StorageException(
            failed switch
            {
                { Status: 401 or 403 } =>
                    $"Azure Storage refused to {operation} ({failed.Status} {failed.ErrorCode}): check the key, or the roles of the identity.",
                { Status: 404 } => $"Azure Storage could not {operation} ({failed.ErrorCode}): the table or queue is missing; start again to create it.",
                { Status: 0 } or null when error is not AuthenticationFailedException =>
                    $"Azure Storage could not be reached to {operation}: check the name of the account and the network.",
                null => $"Azure Storage could not be asked to {operation}: no identity was found; check the managed identity or the connection string.",
                _ => $"Azure Storage failed to {operation} ({failed.Status} {failed.ErrorCode}).",
            }, error);
    }

    /// <summary>What the failed batch met and at which write.</summary>
    public static WriteResult? Refusal(TableTransactionFailedException error) =>
        Outcome(error) is { } outcome && error.FailedTransactionActionIndex is { } index ? WriteResult.Refused(outcome, index) : null;
}

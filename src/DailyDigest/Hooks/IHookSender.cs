namespace DailyDigest.Hooks;

/// <summary>Posts to receivers of web hooks. DailyDigest.Feeds implements it with HTTP; tests have their own.</summary>
public interface IHookSender
{
    /// <summary>
    /// Posts the request once. No redirect is followed, and the answer's body is not read. Every error is a <see cref="HookAnswer"/>; only
    /// cancellation throws.
    /// </summary>
    Task<HookAnswer> SendAsync(HookRequest request, CancellationToken cancellationToken);
}

/// <summary>A request to a receiver.</summary>
/// <param name="Url">The hook's URL.</param>
/// <param name="Id">The header webhook-id.</param>
/// <param name="Timestamp">The header webhook-timestamp: seconds since 1970.</param>
/// <param name="Signature">The header webhook-signature.</param>
/// <param name="Body">JSON.</param>
public sealed record HookRequest(string Url, string Id, long Timestamp, string Signature, string Body);

/// <summary>The outcome of a request.</summary>
/// <param name="Status">The status of the answer; null if there was none.</param>
/// <param name="Fault">A few words for an operator; null if the receiver took it.</param>
public sealed record HookAnswer(int? Status, string? Fault)
{
    /// <summary>True for 410: the receiver wants nothing more.</summary>
    public bool IsGone => Status == 410;
}

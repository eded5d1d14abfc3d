namespace DailyDigest.Returns;

/// <summary>Fetches what a provider's message names, such as its certificate. DailyDigest.Feeds implements it with HTTP.</summary>
public interface IProviderPages
{
    /// <summary>
    /// Gets the page once. No redirect is followed, and no private address is connected to. Every error is a <see cref="ProviderPage"/>
    /// without a status; only cancellation throws.
    /// </summary>
    /// <param name="url">An https URL whose host the caller has checked.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    Task<ProviderPage> GetAsync(string url, CancellationToken cancellationToken);
}

/// <summary>The answer of a provider.</summary>
/// <param name="Status">The status; null if there was no complete answer.</param>
/// <param name="Body">At most 64 KiB; empty if the status is not 200.</param>
public sealed record ProviderPage(int? Status, byte[] Body);

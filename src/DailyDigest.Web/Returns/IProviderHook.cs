using DailyDigest.Returns;
using Microsoft.AspNetCore.Http;

namespace DailyDigest.Web;

/// <summary>
/// A provider that reports by HTTP what became of mails. An adapter checks the proof of its provider and reads its events;
/// <see cref="ProviderHooks"/> does the rest.
/// </summary>
internal interface IProviderHook
{
    /// <summary>The last segment of the route, and the source of its events.</summary>
    string Name { get; }

    /// <summary>True if the provider's key is set.</summary>
    bool IsOpen { get; }

    /// <summary>The HTTP methods that the provider uses.</summary>
    IReadOnlyList<string> Methods { get; }

    /// <summary>
    /// Reads a request. Nothing in it is believed before the proof is checked; an event that cannot be read costs only itself.
    /// </summary>
    /// <exception cref="Storage.StorageException">Storage is out of reach: the provider sends the request again.</exception>
    Task<HookReading> ReadAsync(HttpRequest request, byte[] body, CancellationToken cancellationToken);
}

/// <summary>The outcome of reading a provider's request.</summary>
internal abstract record HookReading
{
    private HookReading()
    {
    }

    /// <summary>The proof is missing, wrong, too old or used: 401.</summary>
    public sealed record Refused : HookReading;

    /// <summary>It is proven and has not the documented form: 400.</summary>
    public sealed record Unreadable : HookReading;

    /// <summary>Something that the check needs is out of reach: 503, and the provider sends it again.</summary>
    public sealed record Unavailable : HookReading;

    /// <summary>A question of the provider, whether this is the right address.</summary>
    /// <param name="Answer">The body of the answer; null for an empty one.</param>
    public sealed record Handshake(object? Answer = null) : HookReading;

    /// <summary>Events.</summary>
    /// <param name="Items">Those that say something about a mail.</param>
    /// <param name="Unread">The number of those that could not be read.</param>
    public sealed record Events(IReadOnlyList<ReturnEvent> Items, int Unread) : HookReading;
}

using DailyDigest.Accounts;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace DailyDigest.Web;

/// <summary>The permission that a route needs, as metadata of its endpoint.</summary>
/// <param name="Permission">The permission.</param>
public sealed record Requirement(Permission Permission)
{
    /// <summary>Refuses the start if a route of the desk, of the API or of a provider declares no permission.</summary>
    /// <exception cref="InvalidOperationException">There is one; the message names it.</exception>
    internal static void Check(IEnumerable<Endpoint> endpoints)
    {
        var open = endpoints.OfType<RouteEndpoint>()
            .Where(route => IsGuarded("/" + route.RoutePattern.RawText?.TrimStart('/'))
                && route.Metadata.GetMetadata<Requirement>() is null)
            .Select(route => route.RoutePattern.RawText).ToList();
        if (open.Count > 0)
        {
            throw new InvalidOperationException(
                $"These routes declare no permission: {string.Join(", ", open)}. Map them by {nameof(GuardedRoutes)}.");
        }
    }

    private static bool IsGuarded(string path) =>
        path == "/desk" || path.StartsWith("/desk/", StringComparison.OrdinalIgnoreCase)
        || path == "/api" || path.StartsWith("/api/", StringComparison.OrdinalIgnoreCase)
        || path == ProviderHooks.Root || path.StartsWith(ProviderHooks.Root + "/", StringComparison.OrdinalIgnoreCase);
}

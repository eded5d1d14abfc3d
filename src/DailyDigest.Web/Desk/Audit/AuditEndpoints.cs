using DailyDigest.Accounts;

namespace DailyDigest.Web;

/// <summary>The list of changes.</summary>
internal sealed class AuditEndpoints(AuditLog audit)
{
    private const int PerPage = 50;

    public void Map(GuardedRoutes routes) => routes.Get("/desk/audit", Permission.SeeAudit, ListAsync);

    private async Task ListAsync(DeskRequest request)
    {
        var (who, verb) = (request.Query("who"), request.Query("verb")?.Trim());
        var page = await audit.ListAsync(who, verb, request.Query("after"), PerPage, request.Cancellation);
        await request.PageAsync<AuditPageView>(("Page", page), ("Who", who), ("Verb", verb));
    }
}

using DailyDigest.Accounts;

namespace DailyDigest.Web;

/// <summary>The record of changes.</summary>
internal sealed class ChangeResource(AuditLog audit)
{
    public void Map(ApiRoutes routes) => routes.Get("/changes", Permission.SeeAudit, "listChanges", ListAsync).InPages()
        .Takes<string>("who", "Only changes of this person: the id of an account, command or key.")
        .Takes<string>("verb", "Only verbs that begin so, such as feed or feed.add.")
        .Says("Lists who changed what, newest first.", "Changes are kept for 24 months. A page with a filter may be short and still have a "
            + "next one: a page looks at 500 changes at most.");

    private async Task<ApiAnswer<ApiPage<ApiChange>>> ListAsync(ApiRequest request)
    {
        var page = await audit.ListAsync(request.Text("who"), request.Text("verb"), request.After, request.Take, request.Cancellation);
        return request.Page(page.Entries.Select(ApiChange.Of), page.Next);
    }
}

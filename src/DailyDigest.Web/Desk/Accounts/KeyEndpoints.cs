using DailyDigest.Accounts;
using Microsoft.AspNetCore.Http;

namespace DailyDigest.Web;

/// <summary>The API keys that people make on the desk.</summary>
internal sealed class KeyEndpoints(ApiKeyStore keys)
{
    private const string Path = "/desk/keys";

    public void Map(GuardedRoutes routes)
    {
        routes.Get(Path, Permission.ChangeKeys, request => ShowAsync(request, StatusCodes.Status200OK));
        routes.Post(Path, Permission.ChangeKeys, AddAsync);
        routes.Post(Path + "/{id}/revoke", Permission.ChangeKeys, RevokeAsync);
    }

    private async Task ShowAsync(DeskRequest request, int status, string? added = null, bool isFaulty = false) =>
        await request.PageAsync<KeysPage>(
            status, ("Keys", await keys.ListAsync(request.Cancellation)), ("Added", added), ("IsFaulty", isFaulty));

    // Answers with the page and not with a redirect: the key is shown once and must not be kept in a cookie.
    private async Task AddAsync(DeskRequest request)
    {
        var name = request.Form.Value("name")?.Trim() ?? "";
        var scope = string.Join(", ", request.Form.GetValueOrDefault("scope").OfType<string>().Distinct());
        if (!ApiKey.IsName(name) || new ApiKey { Scope = scope }.Scopes() == ApiScopes.None)
        {
            await ShowAsync(request, StatusCodes.Status422UnprocessableEntity, isFaulty: true);
            return;
        }

        var key = await keys.AddAsync(name, scope, request.Actor, request.Cancellation);
        await ShowAsync(request, StatusCodes.Status200OK, key);
    }

    private async Task RevokeAsync(DeskRequest request)
    {
        await (await keys.RevokeAsync(request.Route("id"), request.Actor, request.Cancellation)
            ? request.DoneAsync(Path, "Keys.Revoked") : request.FaultAsync(Path, "Keys.Gone"));
    }
}

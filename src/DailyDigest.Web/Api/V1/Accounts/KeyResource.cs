using DailyDigest.Accounts;
using Microsoft.AspNetCore.Http;

namespace DailyDigest.Web;

/// <summary>The API keys that people and programs make. Those of the settings are not listed.</summary>
internal sealed class KeyResource(ApiKeyStore keys)
{
    public void Map(ApiRoutes routes)
    {
        routes.Get("/keys", Permission.ChangeKeys, "listKeys", ListAsync).Says("Lists the keys, by name.");
        routes.Post<ApiKeyWanted, ApiKeyMade>("/keys", Permission.ChangeKeys, "makeKey", MakeAsync).Answers(StatusCodes.Status201Created)
            .Says("Makes a key.");
        routes.Delete("/keys/{id}", Permission.ChangeKeys, "revokeKey", RevokeAsync).Fails(ApiProblem.NotFound)
            .Says("Revokes a key: from now on it opens nothing.");
    }

    private async Task<ApiAnswer<ApiPage<ApiKeyShown>>> ListAsync(ApiRequest request) =>
        request.Page((await keys.ListAsync(request.Cancellation)).Select(ApiKeyShown.Of), null);

    private async Task<ApiAnswer<ApiKeyMade>> MakeAsync(ApiRequest request, ApiKeyWanted body)
    {
        var scopes = string.Join(", ", body.Scopes.Distinct());
        if (!ApiKey.IsName(body.Name))
        {
            return ApiProblem.Of("name", "must be 1 to 40 letters, digits, dots, hyphens and underscores");
        }

        if (body.Scopes.Any(scope => scope?.Contains(',', StringComparison.Ordinal) != false)
            || new ApiKey { Scope = scopes }.Scopes() == ApiScopes.None)
        {
            return ApiProblem.Of("scopes", "must be one or more of " + string.Join(", ", ApiKey.Words));
        }

        var key = await keys.AddAsync(body.Name, scopes, request.Actor, request.Cancellation);
        return new ApiKeyMade(key, ApiKeyStore.IdOf(key));
    }

    private async Task<ApiAnswer<NoContent>> RevokeAsync(ApiRequest request) =>
        await keys.RevokeAsync(request.Route("id"), request.Actor, request.Cancellation) ? NoContent.Now : ApiProblem.NotFound;
}

using DailyDigest.Accounts;
using DailyDigest.Mailing;
using Microsoft.AspNetCore.Http;

namespace DailyDigest.Web;

/// <summary>The people of the desk, and their invitations. The rules are those of the desk's pages: the last owner stays.</summary>
internal sealed class PersonResource(
    AccountStore accounts, InviteAccount invitations, ChangeAccount change, SecondFactors factors, TimeProvider time)
{
    public void Map(ApiRoutes routes)
    {
        routes.Get("/people", Permission.ChangeAccounts, "listPeople", ListAsync).Says("Lists the people of the desk, by name.");
        routes.Get("/people/{id}", Permission.ChangeAccounts, "getPerson", GetAsync).Fails(ApiProblem.NotFound).Says("Shows a person.");
        routes.Patch<ApiPersonChange, ApiPerson>("/people/{id}", Permission.ChangeAccounts, "changePerson", ChangeAsync)
            .Versioned().Fails(ApiProblem.NotFound, ApiProblem.NotPossible)
            .Says("Sets role and state.", "A change ends the person's sessions, and the invitations for the address.");
        routes.Delete("/people/{id}", Permission.ChangeAccounts, "removePerson", RemoveAsync)
            .Versioned().Fails(ApiProblem.NotFound, ApiProblem.NotPossible).Says("Removes an account. The record of its changes stays.");
        routes.Post("/people/{id}/reset-second-factor", Permission.ChangeAccounts, "resetSecondFactor", ResetAsync)
            .Versioned().Fails(ApiProblem.NotFound, ApiProblem.NotPossible)
            .Says("Switches two-step sign-in off for a person who lost phone and recovery codes.", "It ends the person's sessions.");
        routes.Get("/invitations", Permission.ChangeAccounts, "listInvitations", InvitedAsync)
            .Says("Lists the invitations that were not used yet.");
        routes.Post<ApiInvite, ApiInvited>("/invitations", Permission.ChangeAccounts, "invitePerson", InviteAsync)
            .Answers(StatusCodes.Status201Created)
            .Says("Makes a one-time link for an account.", "A former link for the address no longer works. If the address has an account, "
                + "the link sets a new password.");
    }

    private async Task<ApiAnswer<ApiPage<ApiPerson>>> ListAsync(ApiRequest request)
    {
        var with = await factors.ListAsync(request.Cancellation);
        return request.Page(
            (await accounts.ListAsync(request.Cancellation)).Select(one => ApiPerson.Of(one, with.Contains(one.Id))), null);
    }

    private async Task<ApiAnswer<ApiPerson>> GetAsync(ApiRequest request)
    {
        var id = request.Route("id");
        if (await accounts.GetAsync(id, request.Cancellation) is not { } account)
        {
            return ApiProblem.NotFound;
        }

        return ApiAnswer.Of(ApiPerson.Of(account, await factors.GetAsync(id, request.Cancellation) is not null)).At(account.Version!);
    }

    private async Task<ApiAnswer<ApiPerson>> ChangeAsync(ApiRequest request, ApiPersonChange body)
    {
        if (await accounts.GetAsync(request.Route("id"), request.Cancellation) is not { } account)
        {
            return ApiProblem.NotFound;
        }

        var state = body.Disabled switch { true => AccountState.Disabled, false => AccountState.Active, null => account.State };
        var outcome = await change.SetAsync(
            account.Id, request.Version ?? account.Version!, body.Role ?? account.Role, state, request.Actor, request.Cancellation);
        return Fault(outcome) is { } fault ? fault : await GetAsync(request);
    }

    private async Task<ApiAnswer<NoContent>> RemoveAsync(ApiRequest request)
    {
        if (await accounts.GetAsync(request.Route("id"), request.Cancellation) is not { } account)
        {
            return ApiProblem.NotFound;
        }

        return Fault(await change.RemoveAsync(
            account.Id, request.Version ?? account.Version!, request.Actor, request.Cancellation)) is { } fault ? fault : NoContent.Now;
    }

    private async Task<ApiAnswer<NoContent>> ResetAsync(ApiRequest request)
    {
        if (await accounts.GetAsync(request.Route("id"), request.Cancellation) is not { } account)
        {
            return ApiProblem.NotFound;
        }

        if (request.Version is { } version && version != account.Version)
        {
            return ApiProblem.Changed;
        }

        return await factors.RemoveAsync(account, request.Actor, request.Cancellation) is null
            ? ApiProblem.NotPossible.Because("Two-step sign-in is not on for this person.") : NoContent.Now;
    }

    private async Task<ApiAnswer<ApiPage<ApiInvitation>>> InvitedAsync(ApiRequest request) => request.Page(
        (await invitations.ListAsync(request.Cancellation)).Where(one => one.Email is not null)
            .Select(one => new ApiInvitation(one.Email!, one.Name, one.Role, one.Expires, one.By)), null);

    private async Task<ApiAnswer<ApiInvited>> InviteAsync(ApiRequest request, ApiInvite body)
    {
        if (!EmailAddress.TryParse(body.Email, out var address))
        {
            return ApiProblem.Of("email", "is no e-mail address");
        }

        var expires = time.GetUtcNow() + InviteAccount.Lifetime;
        return new ApiInvited(
            await invitations.ExecuteAsync(
                address, body.Role, AcceptInvitation.NameOf(body.Name ?? "") ?? "", request.Actor, request.Cancellation),
            expires);
    }

    // Null if it was done.
    private static ApiFault? Fault(ChangeAccountOutcome outcome) => outcome switch
    {
        ChangeAccountOutcome.Done => null,
        ChangeAccountOutcome.Missing => ApiProblem.NotFound,
        ChangeAccountOutcome.LastOwner => ApiProblem.NotPossible.Because("The desk needs an owner."),
        _ => ApiProblem.Changed,
    };
}

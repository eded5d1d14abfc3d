using DailyDigest.Accounts;
using DailyDigest.Mailing;
using Microsoft.AspNetCore.Http;

namespace DailyDigest.Web;

/// <summary>The people of the desk: invite, change, disable, remove.</summary>
internal sealed class PeopleEndpoints(AccountStore accounts, InviteAccount invitations, ChangeAccount change, SecondFactors factors)
{
    private const string Path = "/desk/accounts";

    public void Map(GuardedRoutes routes)
    {
        routes.Get(Path, Permission.ChangeAccounts, request => ShowAsync(request));
        routes.Post(Path, Permission.ChangeAccounts, InviteAsync);
        routes.Get(Path + "/{id}", Permission.ChangeAccounts, ShowOneAsync);
        routes.Post(Path + "/{id}", Permission.ChangeAccounts, ChangeAsync);
        routes.Post(Path + "/{id}/second-factor", Permission.ChangeAccounts, RemoveFactorAsync);
        routes.Post(Path + "/{id}/remove", Permission.ChangeAccounts, RemoveAsync);
    }

    private async Task ShowAsync(
        DeskRequest request, int status = StatusCodes.Status200OK, string? link = null, string? fault = null, string? email = null)
    {
        var people = await accounts.ListAsync(request.Cancellation);
        var invited = (await invitations.ListAsync(request.Cancellation)).Where(one => one.Email is not null).ToList();
        await request.PageAsync<PeoplePage>(
            status, ("People", people), ("WithFactor", await factors.ListAsync(request.Cancellation)), ("Invited", invited),
            ("LinkToSend", link), ("Fault", fault), ("Email", email));
    }

    // Answers with the page and not with a redirect: the link is shown once and must not be kept in a cookie.
    private async Task InviteAsync(DeskRequest request)
    {
        var email = request.Form.Value("email") ?? "";
        if (!EmailAddress.TryParse(email, out var address) || !TryRole(request, out var role))
        {
            await ShowAsync(
                request, StatusCodes.Status422UnprocessableEntity, fault: "People.NoAddress", email: email.Length <= 254 ? email : null);
            return;
        }

        var name = AcceptInvitation.NameOf(request.Form.Value("name") ?? "") ?? "";
        var link = await invitations.ExecuteAsync(address, role, name, request.Actor, request.Cancellation);
        await ShowAsync(request, link: link, email: address.Shown);
    }

    private async Task ShowOneAsync(DeskRequest request)
    {
        if (await accounts.GetAsync(request.Route("id"), request.Cancellation) is { } account)
        {
            await request.PageAsync<PersonPage>(
                ("Person", account), ("HasFactor", await factors.GetAsync(account.Id, request.Cancellation) is not null));
            return;
        }

        await request.NotFoundAsync();
    }

    private async Task ChangeAsync(DeskRequest request)
    {
        if (!TryRole(request, out var role))
        {
            await request.FaultAsync(Path, "People.NoRole");
            return;
        }

        var state = request.Form.Value("disabled") is null ? AccountState.Active : AccountState.Disabled;
        var outcome = await change.SetAsync(
            request.Route("id"), request.Form.Value("version") ?? "", role, state, request.Actor, request.Cancellation);
        await AnswerAsync(request, outcome, "People.Changed");
    }

    // For somebody who lost phone and recovery codes. One's own needs a code: see the profile.
    private async Task RemoveFactorAsync(DeskRequest request)
    {
        var path = Path + "/" + request.Route("id");
        if (await accounts.GetAsync(request.Route("id"), request.Cancellation) is not { } account)
        {
            await request.NotFoundAsync();
        }
        else if (account.Id == request.Caller!.Account?.Id)
        {
            await request.FaultAsync(path, "People.OwnFactor");
        }
        else if (account.Version != request.Form.Value("version")
            || await factors.RemoveAsync(account, request.Actor, request.Cancellation) is null)
        {
            await request.ChangedAsync(path);
        }
        else
        {
            await request.DoneAsync(path, "People.FactorRemoved");
        }
    }

    private async Task RemoveAsync(DeskRequest request) => await AnswerAsync(
        request,
        await change.RemoveAsync(request.Route("id"), request.Form.Value("version") ?? "", request.Actor, request.Cancellation),
        "People.Removed");

    private static Task AnswerAsync(DeskRequest request, ChangeAccountOutcome outcome, string done) => outcome switch
    {
        ChangeAccountOutcome.Done => request.DoneAsync(Path, done),
        ChangeAccountOutcome.LastOwner => request.FaultAsync(Path + "/" + request.Route("id"), "People.LastOwner"),
        ChangeAccountOutcome.Missing => request.NotFoundAsync(),
        _ => request.ChangedAsync(Path + "/" + request.Route("id")),
    };

    // A number is a role too for Enum.TryParse.
    private static bool TryRole(DeskRequest request, out Role role) =>
        Enum.TryParse(request.Form.Value("role"), out role) && Enum.IsDefined(role) && role.ToString() == request.Form.Value("role");
}

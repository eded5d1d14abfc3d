using DailyDigest.Accounts;
using DailyDigest.Mailing;
using DailyDigest.Storage;
using Microsoft.AspNetCore.Http;

namespace DailyDigest.Web;

/// <summary>Signing in and out, and the page of an invitation.</summary>
internal sealed class SignInEndpoints(
    AccountStore accounts, InviteAccount invitations, AcceptInvitation accept, SignInDelays delays, Passwords passwords,
    CodeEndpoints codes, ClientNetwork network, OpenIdOptions provider)
{
    public void Map(GuardedRoutes routes)
    {
        routes.Get("/desk/sign-in", Permission.Open, ShowAsync);
        routes.Post("/desk/sign-in", Permission.Open, SignInAsync);
        routes.Post("/desk/sign-out", Permission.OwnAccount, SignOutAsync);
        routes.Get("/desk/welcome/{token}", Permission.Open, ShowInvitationAsync);
        routes.Post("/desk/welcome/{token}", Permission.Open, AcceptAsync);
    }

    private Task ShowAsync(DeskRequest request) => request.Caller is not null
        ? request.RedirectAsync(ReturnPath.Of(request.Query("returnUrl")) ?? "/desk")
        : PageAsync(
            request, StatusCodes.Status200OK, ReturnPath.Of(request.Query("returnUrl")), null,
            request.Query("ended") is null ? null : "Ended");

    // Unknown address, disabled account and wrong password: one answer, after the same work. Only the right password shows that there is a
    // second factor.
    private async Task SignInAsync(DeskRequest request)
    {
        var (email, password) = (request.Form.Value("email") ?? "", request.Form.Value("password") ?? "");
        var path = ReturnPath.Of(request.Form.Value("returnUrl"));
        if (!await HasPasswordsAsync(request.Cancellation))
        {
            await RefuseAsync(request, StatusCodes.Status403Forbidden, "Off", email, path);
            return;
        }

        var id = EmailAddress.TryParse(email, out var address) ? accounts.IdOf(address) : "none";
        var from = network.Remote(request.Context);
        var wait = await delays.BeginAsync(id, from, request.Cancellation);
        if (wait > TimeSpan.Zero)
        {
            request.Context.Response.Headers.RetryAfter = ((int)Math.Ceiling(wait.TotalSeconds)).ToString(
                System.Globalization.CultureInfo.InvariantCulture);
            await RefuseAsync(request, StatusCodes.Status429TooManyRequests, "Wait", email, path);
            return;
        }

        var account = await accounts.GetAsync(id, request.Cancellation);
        if (!passwords.IsRight(!provider.Only || account?.Role == Role.Owner ? account : null, password))
        {
            await RefuseAsync(request, StatusCodes.Status422UnprocessableEntity, "Wrong", email, path);
            return;
        }

        await delays.EndAsync(id, from, request.Cancellation);
        await codes.ContinueAsync(request, account!, path);
    }

    // Without passwords an owner still has one as long as no owner can come by the provider: otherwise a wrong setting shuts all out.
    private async Task<bool> HasPasswordsAsync(CancellationToken cancellationToken) =>
        !provider.Only || !(await accounts.ListAsync(cancellationToken))
            .Any(one => one is { Role: Role.Owner, State: AccountState.Active, Link: not null });

    private Task RefuseAsync(DeskRequest request, int status, string fault, string email, string? path) =>
        PageAsync(request, status, path, email, fault);

    private Task PageAsync(DeskRequest request, int status, string? path, string? email, string? fault) => request.PageAsync<SignInPage>(
        status, ("Return", path), ("Email", email is { Length: <= 254 } ? email : null), ("Fault", fault),
        ("Provider", provider.IsSet ? provider.Name : null), ("IsOut", request.Query("out") is not null),
        ("HasForm", !provider.Only || fault is not (null or "Ended") || request.Query("password") is not null));

    private async Task SignOutAsync(DeskRequest request)
    {
        await DeskSession.SignOutAsync(request.Context);
        await request.DoneAsync(provider.IsSet ? "/desk/sign-in?out=1" : "/desk/sign-in", "SignOut.Done");
    }

    private async Task ShowInvitationAsync(DeskRequest request)
    {
        if (await invitations.FindAsync(request.Route("token"), request.Cancellation) is { } invitation)
        {
            await request.PageAsync<InvitationPage>(
                ("Invitation", invitation), ("Token", request.Route("token")), ("Name", invitation.Name));
            return;
        }

        await GoneAsync(request);
    }

    private async Task AcceptAsync(DeskRequest request)
    {
        var token = request.Route("token");
        var (name, email) = (request.Form.Value("name") ?? "", request.Form.Value("email") ?? "");
        if (await invitations.FindAsync(token, request.Cancellation) is not { } invitation)
        {
            await GoneAsync(request);
            return;
        }

        if (request.Form.Value("password") is not { } password || !Passwords.IsStrong(password))
        {
            await FaultAsync("Weak");
            return;
        }

        var (outcome, account) = await accept.ExecuteAsync(token, name, email, passwords.Hash(password), request.Cancellation);
        switch (outcome)
        {
            case AcceptInvitationOutcome.Done when provider.Only
                && (account!.Role != Role.Owner || !await HasPasswordsAsync(request.Cancellation)):
                await request.DoneAsync("/desk/sign-in", "Invitation.Provider", provider.Name);
                break;
            case AcceptInvitationOutcome.Done:
                await codes.ContinueAsync(request, account!, null, new DeskMessage("Invitation.Done", false, [account!.Name]));
                break;
            case AcceptInvitationOutcome.Gone:
                await GoneAsync(request);
                break;
            default:
                await FaultAsync(outcome.ToString());
                break;
        }

        Task FaultAsync(string fault) => request.PageAsync<InvitationPage>(
            StatusCodes.Status422UnprocessableEntity, ("Invitation", invitation), ("Token", token), ("Name", Short(name)),
            ("Email", Short(email)), ("Fault", fault));
    }

    private static string? Short(string text) => text.Length <= 254 ? text : null;

    private static Task GoneAsync(DeskRequest request) =>
        request.MessageAsync(StatusCodes.Status404NotFound, "Gone", "/desk/sign-in", "SignIn.Title");
}

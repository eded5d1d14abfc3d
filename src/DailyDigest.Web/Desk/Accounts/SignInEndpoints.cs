using DailyDigest.Accounts;
using DailyDigest.Mailing;
using DailyDigest.Storage;
using Microsoft.AspNetCore.Http;

namespace DailyDigest.Web;

/// <summary>Signing in and out, and the page of an invitation.</summary>
internal sealed class SignInEndpoints(
    AccountStore accounts, InviteAccount invitations, AcceptInvitation accept, SignInDelays delays, Passwords passwords,
    DeskSession sessions, ClientNetwork network)
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
        : request.PageAsync<SignInPage>(
            ("Return", ReturnPath.Of(request.Query("returnUrl"))), ("Fault", request.Query("ended") is null ? null : "Ended"));

    // Unknown address, disabled account and wrong password: one answer, after the same work.
    private async Task SignInAsync(DeskRequest request)
    {
        var (email, password) = (request.Form.Value("email") ?? "", request.Form.Value("password") ?? "");
        var path = ReturnPath.Of(request.Form.Value("returnUrl"));
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
        if (!passwords.IsRight(account, password))
        {
            await RefuseAsync(request, StatusCodes.Status422UnprocessableEntity, "Wrong", email, path);
            return;
        }

        await delays.EndAsync(id, from, request.Cancellation);
        await sessions.SignInAsync(request.Context, account!);
        await request.RedirectAsync(path ?? "/desk");
    }

    private static Task RefuseAsync(DeskRequest request, int status, string fault, string email, string? path) =>
        request.PageAsync<SignInPage>(
            status, ("Return", path), ("Email", email.Length <= 254 ? email : null), ("Fault", fault));

    private static async Task SignOutAsync(DeskRequest request)
    {
        await DeskSession.SignOutAsync(request.Context);
        await request.DoneAsync("/desk/sign-in", "SignOut.Done");
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
            case AcceptInvitationOutcome.Done:
                await sessions.SignInAsync(request.Context, account!);
                await request.DoneAsync("/desk", "Invitation.Done", account!.Name);
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

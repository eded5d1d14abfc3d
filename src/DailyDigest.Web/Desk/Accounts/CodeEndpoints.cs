using DailyDigest.Accounts;
using Microsoft.AspNetCore.Http;

namespace DailyDigest.Web;

/// <summary>The second page of a sign-in, for accounts with a second factor.</summary>
internal sealed class CodeEndpoints(
    SecondFactors factors, OneTimeCodes codes, PendingSignIn pending, DeskSession sessions, ClientNetwork network)
{
    private const string Path = "/desk/sign-in/code";

    public void Map(GuardedRoutes routes)
    {
        routes.Get(Path, Permission.Open, ShowAsync);
        routes.Post(Path, Permission.Open, EnterAsync);
    }

    /// <summary>After a right password or an invitation: begins the session, or asks for a code first.</summary>
    /// <param name="request">The request.</param>
    /// <param name="account">The account.</param>
    /// <param name="path">The page to show afterwards; null for the first.</param>
    /// <param name="message">A message to show there; null for none.</param>
    public async Task ContinueAsync(DeskRequest request, Account account, string? path, DeskMessage? message = null)
    {
        if (await factors.GetAsync(account.Id, request.Cancellation) is null)
        {
            await sessions.SignInAsync(request.Context, account);
            await request.RedirectAsync(path ?? "/desk", message);
            return;
        }

        // A session of somebody else in this browser must not go on behind the page.
        await DeskSession.SignOutAsync(request.Context);
        pending.Set(request.Context, account, path);
        await request.RedirectAsync(Path);
    }

    private async Task ShowAsync(DeskRequest request)
    {
        await (await pending.FindAsync(request.Context) is var (account, _)
            ? request.PageAsync<CodePage>(("Email", account.Email)) : request.RedirectAsync("/desk/sign-in"));
    }

    private async Task EnterAsync(DeskRequest request)
    {
        if (await pending.FindAsync(request.Context) is not var (account, path)
            || await factors.GetAsync(account.Id, request.Cancellation) is not { } factor)
        {
            pending.End(request.Context);
            await request.RedirectAsync(ReturnPath.SignIn(null, ended: true));
            return;
        }

        var outcome = await codes.UseAsync(
            account, factor, request.Form.Value("code") ?? "", network.Remote(request.Context), request.Cancellation);
        if (outcome != CodeOutcome.Right)
        {
            await request.PageAsync<CodePage>(StatusOf(outcome), ("Email", account.Email), ("Fault", outcome.ToString()));
            return;
        }

        pending.End(request.Context);
        await sessions.SignInAsync(request.Context, account);
        await request.RedirectAsync(path ?? "/desk");
    }

    /// <summary>The status of the page that shows the outcome of a wrong code.</summary>
    public static int StatusOf(CodeOutcome outcome) =>
        outcome == CodeOutcome.Wait ? StatusCodes.Status429TooManyRequests : StatusCodes.Status422UnprocessableEntity;
}

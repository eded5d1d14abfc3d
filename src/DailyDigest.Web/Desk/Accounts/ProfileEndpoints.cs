using DailyDigest.Accounts;
using Microsoft.AspNetCore.Http;

namespace DailyDigest.Web;

/// <summary>A person's own account: name, password, and the end of all other sessions.</summary>
internal sealed class ProfileEndpoints(ChangeAccount change, Passwords passwords, SignInDelays delays, DeskSession sessions)
{
    private const string Path = "/desk/profile";

    public void Map(GuardedRoutes routes)
    {
        routes.Get(Path, Permission.OwnAccount, request => request.PageAsync<ProfilePage>());
        routes.Post(Path, Permission.OwnAccount, RenameAsync);
        routes.Post(Path + "/password", Permission.OwnAccount, SetPasswordAsync);
        routes.Post(Path + "/sessions", Permission.OwnAccount, EndSessionsAsync);
    }

    private async Task RenameAsync(DeskRequest request)
    {
        if (AcceptInvitation.NameOf(request.Form.Value("name") ?? "") is not { } name)
        {
            await request.PageAsync<ProfilePage>(StatusCodes.Status422UnprocessableEntity, ("Fault", "NoName"));
            return;
        }

        var account = request.Caller!.Account!;
        var outcome = await change.RenameAsync(account, request.Form.Value("version") ?? "", name, request.Cancellation);
        await (outcome == ChangeAccountOutcome.Done ? request.DoneAsync(Path, "Profile.Renamed") : request.ChangedAsync(Path));
    }

    // The former password is asked for, because a session may be open on a machine that its person left.
    private async Task SetPasswordAsync(DeskRequest request)
    {
        var account = request.Caller!.Account!;
        if (!Passwords.IsStrong(request.Form.Value("password")))
        {
            await request.PageAsync<ProfilePage>(StatusCodes.Status422UnprocessableEntity, ("Fault", "Weak"));
            return;
        }

        var wait = await delays.BeginAsync(account.Id, null, request.Cancellation);
        if (wait > TimeSpan.Zero || !passwords.IsRight(account, request.Form.Value("former") ?? ""))
        {
            await request.PageAsync<ProfilePage>(
                wait > TimeSpan.Zero ? StatusCodes.Status429TooManyRequests : StatusCodes.Status422UnprocessableEntity,
                ("Fault", wait > TimeSpan.Zero ? "Wait" : "Wrong"));
            return;
        }

        await delays.EndAsync(account.Id, null, request.Cancellation);
        await EndAsync(request, account, passwords.Hash(request.Form.Value("password")!), "Profile.Password");
    }

    private Task EndSessionsAsync(DeskRequest request) => EndAsync(request, request.Caller!.Account!, null, "Profile.Ended");

    // This session goes on under the new stamp.
    private async Task EndAsync(DeskRequest request, Account account, string? hash, string done)
    {
        if (await change.EndSessionsAsync(account, hash, request.Cancellation) is not { } changed)
        {
            await request.ChangedAsync(Path);
            return;
        }

        await sessions.SignInAsync(request.Context, changed);
        await request.DoneAsync(Path, done);
    }
}

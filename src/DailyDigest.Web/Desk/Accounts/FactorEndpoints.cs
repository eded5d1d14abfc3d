using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json;
using DailyDigest.Accounts;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Http;

namespace DailyDigest.Web;

/// <summary>A person's own second factor: switch it on and off, new recovery codes.</summary>
internal sealed class FactorEndpoints(
    SecondFactors factors, OneTimeCodes codes, Passwords passwords, SignInDelays delays, DeskSession sessions,
    IDataProtectionProvider protection, TimeProvider time)
{
    private const string Profile = "/desk/profile";
    private const string Path = Profile + "/second-factor";
    private static readonly TimeSpan OfferLifetime = TimeSpan.FromMinutes(30);

    private readonly IDataProtector protector = protection.CreateProtector("desk second factor offer");

    public void Map(GuardedRoutes routes)
    {
        routes.Get(Path, Permission.OwnAccount, ShowAsync);
        routes.Post(Path, Permission.OwnAccount, SwitchOnAsync);
        routes.Post(Path + "/codes", Permission.OwnAccount, RenewCodesAsync);
        routes.Post(Path + "/off", Permission.OwnAccount, SwitchOffAsync);
    }

    private Task ShowAsync(DeskRequest request) => ShowAsync(request, StatusCodes.Status200OK, null, null);

    // The secret that is offered is in the form and nowhere else until a code proves that the app has it.
    private async Task ShowAsync(DeskRequest request, int status, string? fault, byte[]? offered)
    {
        var account = request.Caller!.Account!;
        if (await factors.GetAsync(account.Id, request.Cancellation) is { } factor)
        {
            await request.PageAsync<FactorPage>(status, ("Factor", factor), ("Fault", fault));
            return;
        }

        var secret = offered ?? OneTimeCodes.NewSecret();
        var offer = new Offer(account.Id, Base64Url.EncodeToString(secret), time.GetUtcNow() + OfferLifetime);
        await request.PageAsync<FactorOfferPage>(
            status, ("Secret", OneTimeCodes.Shown(secret)), ("Address", codes.Address(secret, account)),
            ("Offer", protector.Protect(JsonSerializer.Serialize(offer))), ("Fault", fault));
    }

    private async Task SwitchOnAsync(DeskRequest request)
    {
        var account = request.Caller!.Account!;
        if (SecretOf(request.Form.Value("offer") ?? "", account) is not { } secret)
        {
            await ShowAsync(request, StatusCodes.Status422UnprocessableEntity, "Old", null);
            return;
        }

        if (await FaultOfPasswordAsync(request) is var (status, fault))
        {
            await ShowAsync(request, status, fault, secret);
            return;
        }

        if (codes.StepOf(secret, request.Form.Value("code") ?? "") is not { } step)
        {
            await ShowAsync(request, StatusCodes.Status422UnprocessableEntity, "WrongCode", secret);
            return;
        }

        if (await factors.SwitchOnAsync(account, secret, step, request.Cancellation) is not var (changed, recovery))
        {
            await request.ChangedAsync(Path);
            return;
        }

        // This session goes on under the new stamp. Answers with the page and not with a redirect: the codes are shown once.
        await sessions.SignInAsync(request.Context, changed);
        await request.PageAsync<RecoveryCodesPage>(("Codes", recovery));
    }

    private async Task RenewCodesAsync(DeskRequest request)
    {
        if (!await IsProvenAsync(request))
        {
            return;
        }

        await (await factors.RenewCodesAsync(request.Caller!.Account!, request.Cancellation) is { } recovery
            ? request.PageAsync<RecoveryCodesPage>(("Codes", recovery)) : request.ChangedAsync(Path));
    }

    private async Task SwitchOffAsync(DeskRequest request)
    {
        if (!await IsProvenAsync(request))
        {
            return;
        }

        var account = request.Caller!.Account!;
        if (await factors.RemoveAsync(account, request.Actor, request.Cancellation) is not { } changed)
        {
            await request.ChangedAsync(Path);
            return;
        }

        await sessions.SignInAsync(request.Context, changed);
        await request.DoneAsync(Profile, "Factor.Off");
    }

    // Password and code, because a session may be open on a machine that its person left. False after an answer.
    private async Task<bool> IsProvenAsync(DeskRequest request)
    {
        var account = request.Caller!.Account!;
        if (await factors.GetAsync(account.Id, request.Cancellation) is not { } factor)
        {
            await request.ChangedAsync(Path);
            return false;
        }

        if (await FaultOfPasswordAsync(request) is var (status, fault))
        {
            await ShowAsync(request, status, fault, null);
            return false;
        }

        var outcome = await codes.UseAsync(account, factor, request.Form.Value("code") ?? "", null, request.Cancellation);
        if (outcome != CodeOutcome.Right)
        {
            await ShowAsync(request, CodeEndpoints.StatusOf(outcome), outcome == CodeOutcome.Wait ? "Wait" : "WrongCode", null);
            return false;
        }

        return true;
    }

    private async Task<(int Status, string Fault)?> FaultOfPasswordAsync(DeskRequest request)
    {
        var account = request.Caller!.Account!;
        if (await delays.BeginAsync(account.Id, null, request.Cancellation) > TimeSpan.Zero)
        {
            return (StatusCodes.Status429TooManyRequests, "Wait");
        }

        if (!passwords.IsRight(account, request.Form.Value("password") ?? ""))
        {
            return (StatusCodes.Status422UnprocessableEntity, "Wrong");
        }

        await delays.EndAsync(account.Id, null, request.Cancellation);
        return null;
    }

    private byte[]? SecretOf(string offer, Account account)
    {
        try
        {
            return JsonSerializer.Deserialize<Offer>(protector.Unprotect(offer)) is { } one && one.Id == account.Id
                && one.Until > time.GetUtcNow() ? Base64Url.DecodeFromChars(one.Secret) : null;
        }
        catch (Exception exception) when (exception is CryptographicException or JsonException or FormatException)
        {
            return null;
        }
    }

    private sealed record Offer(string Id, string Secret, DateTimeOffset Until);
}

using System.CommandLine;
using DailyDigest.Accounts;
using DailyDigest.Mailing;

namespace DailyDigest.Server.Commands;

/// <summary><c>desk</c>: who may use the desk.</summary>
internal static class DeskCommand
{
    public static Command Create(Terminal terminal)
    {
        var address = new Argument<string>("ADDRESS") { Description = "The person's e-mail address, to sign in with" };
        var role = new Option<Role>("--role")
        {
            Description = "The role: viewer sees; editor also changes digests, stories and feeds; operator also runs, readers and "
                + "settings; owner also accounts and keys",
            Required = true,
        };
        var name = new Option<string>("--name") { Description = "The person's name; they can change it", DefaultValueFactory = _ => "" };
        var invite = new Command(
            "invite",
            "Make a one-time link by which a person gets an account on the desk, or sets a new password. Send it to them yourself.")
        {
            address, role, name,
        };
        invite.SetAction((parsed, cancellationToken) => CommandHost.RunAsync(
            terminal,
            (app, stop) => InviteAsync(
                app.Services, terminal, parsed.GetRequiredValue(address), parsed.GetValue(role), parsed.GetRequiredValue(name), stop),
            cancellationToken, creates: true));
        var list = new Command("list", "List the people of the desk, and the invitations that were not used yet.");
        list.SetAction((_, cancellationToken) => CommandHost.RunAsync(
            terminal, (app, stop) => ListAsync(app.Services, terminal, stop), cancellationToken));
        var reset = new Command(
            "reset-factor", "Switch two-step sign-in off for a person who lost phone and recovery codes. All their sessions end.")
        {
            address,
        };
        reset.SetAction((parsed, cancellationToken) => CommandHost.RunAsync(
            terminal, (app, stop) => ResetAsync(app.Services, terminal, parsed.GetRequiredValue(address), stop), cancellationToken));
        return new Command("desk", "Invite people to the desk, list them, and switch two-step sign-in off.") { invite, list, reset };
    }

    private static async Task<int> InviteAsync(
        IServiceProvider services, Terminal terminal, string typed, Role role, string name, CancellationToken cancellationToken)
    {
        if (!EmailAddress.TryParse(typed, out var address))
        {
            return await NoAddressAsync(terminal);
        }

        var link = await services.GetRequiredService<InviteAccount>().ExecuteAsync(
            address, role, AcceptInvitation.NameOf(name) ?? "", Actor.CommandLine, cancellationToken);
        await terminal.LineAsync(link);
        await terminal.ErrorAsync(
            $"The link works once, for {InviteAccount.Lifetime.Days} days. The person who opens it gets the role {Word(role)}.");
        return 0;
    }

    private static async Task<int> ListAsync(IServiceProvider services, Terminal terminal, CancellationToken cancellationToken)
    {
        var accounts = await services.GetRequiredService<AccountStore>().ListAsync(cancellationToken);
        var invited = await services.GetRequiredService<InviteAccount>().ListAsync(cancellationToken);
        await terminal.TableAsync(
            ["address", "name", "role", "state"],
            accounts.Select(account => (IReadOnlyList<string>)
                [account.Email, account.Name, Word(account.Role), account.State.ToString().ToLowerInvariant()])
            .Concat(invited.Select(one => (IReadOnlyList<string>)[one.Email ?? "", one.Name, Word(one.Role), "invited"])));
        return 0;
    }

    private static async Task<int> ResetAsync(
        IServiceProvider services, Terminal terminal, string typed, CancellationToken cancellationToken)
    {
        if (!EmailAddress.TryParse(typed, out var address))
        {
            return await NoAddressAsync(terminal);
        }

        var accounts = services.GetRequiredService<AccountStore>();
        if (await accounts.GetAsync(accounts.IdOf(address), cancellationToken) is not { } account)
        {
            await terminal.ErrorAsync("Nobody on the desk has this address. See: desk list");
            return 1;
        }

        if (await services.GetRequiredService<SecondFactors>().RemoveAsync(account, Actor.CommandLine, cancellationToken) is null)
        {
            await terminal.ErrorAsync("Two-step sign-in is not on for this person, or the account was changed just now.");
            return 1;
        }

        await terminal.LineAsync("Two-step sign-in is off. All sessions of this person have ended.");
        return 0;
    }

    private static async Task<int> NoAddressAsync(Terminal terminal)
    {
        await terminal.ErrorAsync("ADDRESS: an e-mail address such as editor@example.com.");
        return 2;
    }

    private static string Word(Role role) => role.ToString().ToLowerInvariant();
}

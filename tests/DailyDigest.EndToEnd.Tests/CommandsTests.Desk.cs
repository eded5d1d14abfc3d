using DailyDigest.Accounts;
using DailyDigest.Settings;
using DailyDigest.Sqlite;
using DailyDigest.Subscribers;

namespace DailyDigest.EndToEnd.Tests;

/// <summary>Invitations to the desk, and the record of what the command line changed.</summary>
public sealed partial class CommandsTests
{
    [Fact]
    public async Task A_person_is_invited_and_listed_and_the_record_has_no_address()
    {
        var (code, output, error) = await RunAsync("desk", "invite", "ada@example.org", "--role", "editor", "--name", "Ada");
        Assert.Equal(0, code);
        Assert.Matches("^https://[^ ]+/desk/welcome/[A-Za-z0-9_-]{43}\n$", output);
        Assert.Contains("works once, for 7 days", error, StringComparison.Ordinal);
        Assert.Equal("address\tname\trole\tstate\nada@example.org\tAda\teditor\tinvited\n", (await RunAsync("desk", "list")).Output);
        Assert.Equal(2, (await RunAsync("desk", "invite", "nonsense", "--role", "editor")).Code);
        Assert.Equal(2, (await RunAsync("desk", "invite", "ada@example.org", "--role", "emperor")).Code);
        Assert.Equal(2, (await RunAsync("desk", "invite", "ada@example.org")).Code);
        Assert.Equal(1, (await RunAsync("desk", "reset-factor", "ada@example.org")).Code);
        Assert.Equal(2, (await RunAsync("desk", "reset-factor", "nonsense")).Code);

        var change = Assert.Single(await ChangesAsync());
        Assert.Equal(("account.invite", "command line"), (change.Verb, change.Actor.Name));
        Assert.DoesNotContain("@", change.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_command_line_switches_two_step_sign_in_off()
    {
        const string Address = "ada@example.org";
        var link = (await RunAsync("desk", "invite", Address, "--role", "editor")).Output.Trim();
        using (var database = await publication.OpenAsync(Cancellation))
        {
            var (tables, time) = (new SqliteTableStore(database, TimeProvider.System), TimeProvider.System);
            var identity = new IdentityOptions { Key = publication.Settings["Identity__Key"] };
            var (accounts, audit) = (new AccountStore(tables, new AddressHash(identity)), new AuditLog(tables, time));
            var accept = new AcceptInvitation(
                tables, new InviteAccount(tables, accounts, audit, new Publication(), time), accounts, audit, time);
            var (_, account) = await accept.ExecuteAsync(link[(link.LastIndexOf('/') + 1)..], "Ada", Address, "x", Cancellation);
            Assert.NotNull(await new SecondFactors(tables, audit, identity, time).SwitchOnAsync(account!, [1, 2, 3], 1, Cancellation));
        }

        Assert.Equal(0, (await RunAsync("desk", "reset-factor", Address)).Code);
        Assert.Equal(1, (await RunAsync("desk", "reset-factor", Address)).Code);
        Assert.Contains(await ChangesAsync(), entry => entry is { Verb: "account.factor-off", Actor.Name: "command line" });
    }

    private async Task<IReadOnlyList<AuditEntry>> ChangesAsync()
    {
        using var database = await publication.OpenAsync(Cancellation);
        var log = new AuditLog(new SqliteTableStore(database, TimeProvider.System), TimeProvider.System);
        return (await log.ListAsync(null, null, null, 100, Cancellation)).Entries;
    }
}

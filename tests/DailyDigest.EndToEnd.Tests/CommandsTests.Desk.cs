using DailyDigest.Accounts;
using DailyDigest.Sqlite;

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

        var change = Assert.Single(await ChangesAsync());
        Assert.Equal(("account.invite", "command line"), (change.Verb, change.Actor.Name));
        Assert.DoesNotContain("@", change.ToString(), StringComparison.Ordinal);
    }

    private async Task<IReadOnlyList<AuditEntry>> ChangesAsync()
    {
        using var database = await publication.OpenAsync(Cancellation);
        var log = new AuditLog(new SqliteTableStore(database, TimeProvider.System), TimeProvider.System);
        return (await log.ListAsync(null, null, null, 100, Cancellation)).Entries;
    }
}

using DailyDigest.Accounts;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace DailyDigest.Web.Tests.Desk;

/// <summary>Hashes of passwords, with the settings of the program.</summary>
public sealed class PasswordTests
{
    private readonly Passwords passwords = new(Options.Create(new PasswordHasherOptions()));

    [Fact]
    public void A_password_is_hashed_a_hundred_thousand_times_and_only_it_is_right()
    {
        var account = new Account
        {
            Id = "1",
            Name = "Ada",
            Email = "ada@example.com",
            Role = Role.Viewer,
            Stamp = "1",
            PasswordHash = passwords.Hash("tide and lamp"),
        };

        // HMAC-SHA512, and the number of rounds.
        Assert.Equal("00000002" + "000186A0", Convert.ToHexString(Convert.FromBase64String(account.PasswordHash)[1..9]));
        Assert.True(passwords.IsRight(account, "tide and lamp"));
        Assert.False(passwords.IsRight(account, "tide and lamps"));
        Assert.False(passwords.IsRight(null, "tide and lamp"));
    }

    [Fact]
    public void A_check_without_an_account_takes_the_same_work_as_one_with()
    {
        var (known, nobody) = (Convert.FromBase64String(passwords.Hash("tide and lamp")), Convert.FromBase64String(passwords.Nobody));

        Assert.Equal(known.Length, nobody.Length);
        Assert.Equal(known[..13], nobody[..13]);
        Assert.NotEqual(passwords.Nobody, new Passwords(Options.Create(new PasswordHasherOptions())).Nobody);
    }
}

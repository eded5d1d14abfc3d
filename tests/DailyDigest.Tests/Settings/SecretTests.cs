using System.Security.Cryptography;
using DailyDigest.Settings;

namespace DailyDigest.Tests.Settings;

/// <summary>A key that others know, or that is used twice, is refused at start.</summary>
public sealed class SecretTests
{
    [Theory]
    [InlineData("$(openssl rand -base64 32)", "output")] // an env file does not run commands
    [InlineData("${API_KEY_OF_THE_WEBSITE}", "output")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "repeated")] // 32 zero bytes
    [InlineData("AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=", "repeated")]
    [InlineData("000000000000000000000000", "repeated")]
    [InlineData("key-key-key-key-key-key-key-", "repeated")]
    [InlineData("123456781234567812345678", "repeated")]
    [InlineData("the-key-of-the-example-shop", "example")]
    [InlineData("ChangeMe-ChangeMe-Change!", "example")]
    public void A_key_that_is_no_secret_is_refused_without_quoting_it(string value, string why)
    {
        var fault = Assert.Single(Secret.Faults([new Secret("Api__Keys", value)]));

        Assert.StartsWith("Api__Keys: ", fault, StringComparison.Ordinal);
        Assert.Contains(why, fault, StringComparison.Ordinal);
        Assert.DoesNotContain(value, fault, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("identity")]
    [InlineData("links")]
    public void The_keys_of_Development_are_refused_as_configured_keys(string use) =>
        Assert.Contains("everybody can read", Assert.Single(
            Secret.Faults([new Secret("Links__Keys", Convert.ToBase64String(Secret.ForDevelopment(use)))])), StringComparison.Ordinal);

    [Fact]
    public void Two_equal_keys_are_refused_whatever_they_are_for()
    {
        var (one, other) = (NewKey(), NewKey());
        Secret[] secrets = [.. Secret.Each("Links__Keys", $"{one}, {other},{one}"), new("Identity__Key", other)];

        Assert.Equal(
            ["Links__Keys: it has the same key twice.", "Identity__Key: the same key as Links__Keys."],
            Secret.Faults(secrets).Select(fault => fault[..(fault.IndexOf('.', StringComparison.Ordinal) + 1)]));
    }

    [Fact]
    public void Random_keys_are_not_refused()
    {
        var keys = Enumerable.Range(0, 2_000).SelectMany(number => (string[])
            [NewKey(), Convert.ToHexString(RandomNumberGenerator.GetBytes(16)), RandomNumberGenerator.GetString("0123456789", 24)]);

        Assert.Empty(Secret.Faults([.. keys.Select(key => new Secret("Api__Keys", key))]));
    }

    [Fact]
    public void A_secret_does_not_show_itself() => Assert.Equal("Api__Keys", $"{new Secret("Api__Keys", NewKey())}");

    private static string NewKey() => Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));
}

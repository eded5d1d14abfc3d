using Azure.Core;
using Azure.Identity;
using DailyDigest.AzureStorage;
using DailyDigest.Mailing;
using Microsoft.Extensions.Time.Testing;

namespace DailyDigest.Storage.Tests;

/// <summary>Access tokens of the managed identity.</summary>
public sealed class AzureIdentityTests
{
    private const string Quoted = "quoted request";
    private readonly FakeTimeProvider time = new(new DateTimeOffset(2026, 3, 2, 9, 0, 0, TimeSpan.Zero));

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_token_of_the_identity_has_its_scope_and_its_lifetime()
    {
        string[] scopes = [];
        var tokens = new AzureIdentityTokens(time, Credential((context, _) =>
        {
            scopes = context.Scopes;
            return ValueTask.FromResult(new Azure.Core.AccessToken("secret", time.GetUtcNow().AddMinutes(70)));
        }));

        var token = await tokens.FetchAsync("scope/.default", Stop);

        Assert.Equal(("secret", TimeSpan.FromMinutes(70)), (token.Value, token.ExpiresIn));
        Assert.Equal(["scope/.default"], scopes);
    }

    [Theory]
    [InlineData(true, "no managed identity was found")]
    [InlineData(false, "the managed identity was refused")]
    public async Task An_identity_without_a_token_is_explained_in_one_line(bool missing, string why)
    {
        var tokens = new AzureIdentityTokens(time, Credential((_, _) => throw (missing
            ? new CredentialUnavailableException(Quoted) : new AuthenticationFailedException(Quoted))));

        var error = await Assert.ThrowsAsync<AccessTokenException>(() => tokens.FetchAsync("scope/.default", Stop));

        Assert.StartsWith(why, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(Quoted, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_identity_that_does_not_answer_is_given_thirty_seconds()
    {
        var tokens = new AzureIdentityTokens(time, Credential(async (_, cancellationToken) =>
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
            return default;
        }));

        var fetching = tokens.FetchAsync("scope/.default", Stop);
        time.Advance(TimeSpan.FromSeconds(30));

        var error = await Assert.ThrowsAsync<AccessTokenException>(() => fetching);
        Assert.EndsWith("did not answer within 30 s", error.Message, StringComparison.Ordinal);
    }

    private static TokenCredential Credential(Func<TokenRequestContext, CancellationToken, ValueTask<Azure.Core.AccessToken>> get) =>
        DelegatedTokenCredential.Create((context, cancellationToken) => get(context, cancellationToken).AsTask().Result, get);
}

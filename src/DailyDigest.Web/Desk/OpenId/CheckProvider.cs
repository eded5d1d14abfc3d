using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace DailyDigest.Web;

/// <summary>The state of the OpenID Connect provider.</summary>
public enum ProviderState
{
    /// <summary>There is none.</summary>
    None,

    /// <summary>Its metadata says where people sign in, and which keys sign its tokens.</summary>
    Works,

    /// <summary>It did not answer, or its metadata cannot be read.</summary>
    Silent,

    /// <summary>Its metadata lacks an address or a key.</summary>
    Incomplete,
}

/// <summary>Reads the metadata of the OpenID Connect provider, for <c>doctor</c>. Nobody is signed in.</summary>
public sealed class CheckProvider(OpenIdOptions provider, IServiceProvider services)
{
    /// <summary>Returns the state.</summary>
    public async Task<ProviderState> ExecuteAsync(CancellationToken cancellationToken)
    {
        if (!provider.IsSet)
        {
            return ProviderState.None;
        }

        try
        {
            var options = services.GetRequiredService<IOptionsMonitor<OpenIdConnectOptions>>().Get(OpenIdHandler.Name);
            var metadata = await options.ConfigurationManager!.GetConfigurationAsync(cancellationToken);
            return metadata is { AuthorizationEndpoint.Length: > 0, TokenEndpoint.Length: > 0, Issuer.Length: > 0, SigningKeys.Count: > 0 }
                ? ProviderState.Works : ProviderState.Incomplete;
        }
        catch (Exception) when (!cancellationToken.IsCancellationRequested)
        {
            return ProviderState.Silent;
        }
    }
}

using Microsoft.Extensions.DependencyInjection;

namespace DailyDigest.Accounts;

/// <summary>Registers the stores and use cases of accounts.</summary>
internal static class AccountServices
{
    public static IServiceCollection AddAccounts(this IServiceCollection services) =>
        services.AddSingleton<AccountStore>().AddSingleton<AuditLog>().AddSingleton<InviteAccount>().AddSingleton<AcceptInvitation>()
            .AddSingleton<SignInDelays>().AddSingleton<ChangeAccount>().AddSingleton<ApiKeyStore>().AddSingleton<ApiCallStore>()
            .AddSingleton<SecondFactors>().AddSingleton<AdmitAccount>();
}

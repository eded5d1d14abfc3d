using DailyDigest.Calendar;
using DailyDigest.Mailing;
using DailyDigest.Runs;
using DailyDigest.Settings;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace DailyDigest.Subscribers;

/// <summary>Registers the stores and use cases of subscribers.</summary>
internal static class SubscriberServices
{
    /// <summary>
    /// Adds the stores, the use cases and the options of the sections Identity, Links and SignUp, which are validated at start. The caller
    /// registers an ITableStore, a Publication, an INoticeRenderer and an IMailTransport.
    /// </summary>
    public static IServiceCollection AddSubscribers(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSettings<IdentityOptions>(
            configuration, IdentityOptions.Section, (options, development) => options.Validate(development));
        services.AddSettings<LinksOptions>(configuration, LinksOptions.Section, (options, development) => options.Validate(development));
        services.AddSecrets(() =>
        [
            .. Secret.Each("Identity__Key", configuration["Identity:Key"]), .. Secret.Each("Links__Keys", configuration["Links:Keys"]),
        ]);
        services.AddSettings<SignUpOptions>(configuration, SignUpOptions.Section, (options, development) => options.Validate(development));
        services.AddSingleton<Withhold>().AddSingleton<TraceReader>().AddSingleton<EnvelopeTokens>()
            .AddSingleton<NoticeTokens>().AddSingleton<UnsubscribeTokens>();

        services.AddSingleton<AddressHash>().AddSingleton<IdentityCheck>().AddSingleton<LinkKeysCheck>()
            .AddSingleton<ReaderLinks>().AddSingleton<HumanCheck>();
        services.AddSingleton<Departures>().AddSingleton<ApplyDepartures>();
        services.AddSingleton<ReaderCounts>().AddSingleton<SumReaders>();
        services.AddSingleton<SubscriberStore>().AddSingleton<AddressStore>().AddSingleton<AudienceStore>();
        services.AddSingleton<ChangeStore>().AddSingleton<NoticeStore>();
        services.AddSingleton<TellHooks>().AddSingleton<ProjectSubscriber>().AddSingleton<StartNextDate>();
        services.AddSingleton<ChangeSubscriber>().AddSingleton<FinishChanges>();
        services.AddSingleton<SignUpBudget>().AddSingleton<SignUpRush>().AddSingleton<MailboxBudget>();
        services.AddSingleton<AdmitSignUp>().AddSingleton<SignUp>().AddSingleton<ConfirmSignUp>().AddSingleton<ResendConfirmation>();
        services.AddSingleton<Unsubscribe>().AddSingleton<Resubscribe>();
        services.AddSingleton<EndSubscription>().AddSingleton<EndSignUp>().AddSingleton<RestoreSubscriber>().AddSingleton<DropSignUp>();
        services.AddSingleton<RenameSection>();
        services.AddSingleton<ChangePreferences>().AddSingleton<SuppressAddress>().AddSingleton<EraseSubscriber>()
            .AddSingleton<SendNotices>().AddSingleton<RelayFaults>();
        services.AddSingleton<PauseDigest>().AddSingleton<FindPause>().AddSingleton<EndPause>().AddSingleton<EndRest>();
        services.AddSingleton<RecordLeavingReason>().AddSingleton<CollectPersonalData>();
        services.AddSingleton<MailLink>().AddSingleton<UndoMove>();
        services.AddSingleton<AskNewAddress>().AddSingleton<ConfirmNewAddress>().AddSingleton<AddressClaims>()
            .AddSingleton<ComposeNotice>();
        services.AddSingleton<ActivateSubscribers>().AddSingleton<AddImported>().AddSingleton<FindUnmatched>();
        services.AddSingleton<ImportSubscribers>().AddSingleton<ExportSubscribers>().AddSingleton<ListSubscribers>()
            .AddSingleton<FindSubscriber>();
        services.AddSingleton<PageSubscribers>().AddSingleton<LookUpReader>().AddSingleton<ShowReader>().AddSingleton<ActOnReader>();
        services.AddSingleton<ListImports>().AddSingleton<ShowImport>().AddSingleton<ExportRefused>();
        services.AddSingleton<ListEarlierSuppressions>().AddSingleton<ListSuppressions>().AddSingleton<RemoveSuppression>();
        services.AddSingleton<EndListed>().AddSingleton<ImportSuppressions>().AddSingleton<ExportSuppressions>();
        return services;
    }
}

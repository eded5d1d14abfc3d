using DailyDigest.Accounts;
using DailyDigest.Calendar;
using DailyDigest.Clock;
using DailyDigest.Content;
using DailyDigest.Digests;
using DailyDigest.Edits;
using DailyDigest.Figures;
using DailyDigest.Hooks;
using DailyDigest.Moving;
using DailyDigest.Repair;
using DailyDigest.Reporting;
using DailyDigest.Returns;
using DailyDigest.Runs;
using DailyDigest.Selection;
using DailyDigest.Sending;
using DailyDigest.Settings;
using DailyDigest.Storage;
using DailyDigest.Subscribers;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace DailyDigest.App;

/// <summary>Registers the core: its options, stores and use cases.</summary>
public static class DailyDigestServices
{
    /// <summary>
    /// Adds everything that this project holds, with its options. Expects the adapters from others: an <see cref="ITableStore"/>, an <see
    /// cref="IQueueStore"/>, and for mail an <see cref="IDigestRenderer"/>, an <see cref="INoticeRenderer"/> and an <see
    /// cref="IMailTransport"/>. Options are checked at start.
    /// </summary>
    public static IServiceCollection AddDailyDigest(this IServiceCollection services, IConfiguration configuration)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddSettings<Publication>(configuration, Publication.Section, (options, development) => options.Validate(development));
        services.AddSettings<DeliveryOptions>(configuration, DeliveryOptions.Section, (options, _) => options.Validate());
        services.AddSettings<SelectionOptions>(configuration, SelectionOptions.Section, (options, _) => options.Validate());
        services.AddSettings<ApprovalOptions>(configuration, ApprovalOptions.Section, (options, _) => options.Validate());
        services.AddSettings<PicturesOptions>(configuration, PicturesOptions.Section, (_, _) => []);
        services.AddSingleton<PrepareStart>().AddSingleton<MoveCheck>();
        services.TryAddSingleton<ProbeStorage>();

        services.AddSettings<HooksOptions>(configuration, HooksOptions.Section, (_, _) => []);
        services.AddSingleton(provider => new HookSecrets(provider.GetRequiredService<IdentityOptions>().Derive("web hooks")));
        services.AddSingleton<HookStore>().AddSingleton<HookCallStore>().AddSingleton<PublishEvents>().AddSingleton<AnnounceRuns>();
        services.AddSingleton<AddHook>().AddSingleton<SwitchHook>().AddSingleton<CallReceiver>().AddSingleton<DeliverHooks>()
            .AddSingleton<RedeliverEvent>().AddSingleton<TestHook>();

        services.AddSingleton<StoryStore>().AddSingleton<FeedStore>();
        services.AddSingleton<SumStories>().AddSingleton<PollFeeds>().AddSingleton<PollFeed>()
            .AddSingleton<AcceptStory>().AddSingleton<AcceptSignals>();
        services.AddSingleton<TryFeed>().AddSingleton<ChangeFeed>().AddSingleton<ReadFeedNow>()
            .AddSingleton<PageStories>().AddSingleton<ChangeStory>();
        services.AddSingleton<DigestStore>().AddSingleton<VariantStore>().AddSingleton<SentStoryStore>().AddSingleton<PrepareDigest>()
            .AddSingleton<PreviewDigest>()
            .AddSingleton<RecentSections>().AddSingleton<FindStandings>().AddSingleton<ShowStory>()
            .AddSingleton<FindQuietLanguages>().AddSingleton<StoryLanguages>();
        services.AddSingleton<EditStore>().AddSingleton<EditDigest>().AddSingleton<AskForApproval>();
        services.AddSingleton<PictureStore>();
        services.AddSingleton(provider => ActivatorUtilities.CreateInstance<CopyPictures>(provider));
        services.AddSingleton<CohortStore>().AddSingleton<RunStore>().AddSingleton<PartLeases>();
        services.AddSingleton<CloseRun>().AddSingleton<SteerRun>();
        services.AddSingleton<FigureStore>().AddSingleton<SumRuns>().AddSingleton<SumFigures>();
        services.AddSubscribers(configuration);
        services.AddAccounts();
        services.AddSingleton<SendTest>().AddSingleton<DeliverPart>().AddSingleton<DeliverHints>();
        services.AddSingleton<SendAgain>().AddSingleton<HoldInDoubt>().AddSingleton<RetryNow>().AddSingleton<CarryOutTask>();
        services.AddSingleton<RestoreHolds>().AddSingleton<TakeUpCopy>();
        services.AddSingleton<CurrentRuns>().AddSingleton<WatchRuns>().AddSingleton<ListRunDays>().AddSingleton<ListNotSent>();
        services.AddSingleton<ReportRun>().AddSingleton<ExportNotSent>();
        services.AddSingleton<ReadFigures>().AddSingleton<RateReputation>();
        services.AddSingleton<AcceptOutcome>().AddSingleton<EndRefused>().AddSingleton<PutToRest>();
        services.AddSingleton<ReturnStore>().AddSingleton<FindMail>().AddSingleton<ProveReturn>();
        services.AddSingleton<NoteReport>().AddSingleton<NoteNotice>().AddSingleton<SettleReturn>();
        services.AddSingleton<MailboxStates>().AddSingleton<LeftReturns>().AddSingleton<ReadReturns>().AddSingleton<PreviewReturns>();
        services.AddSingleton<Tick>().AddSingleton<StartRun>().AddSingleton<Sweep>().AddSingleton<Purge>().AddSingleton<BeginDate>();
        services.AddSingleton<ReopenMissed>().AddSingleton<ForeseeAct>().AddSingleton<OrderRun>().AddSingleton<LookAtToday>();
        services.TryAddSingleton<ClockJumps>();
        return services;
    }
}

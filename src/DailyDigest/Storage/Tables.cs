using System.Collections.Frozen;

namespace DailyDigest.Storage;

/// <summary>The names of all tables; what each holds is said in docs/architecture.md.</summary>
public static class Tables
{
    /// <summary>Stories by published UTC date.</summary>
    public const string Stories = "Stories";

    /// <summary>The date partition of each story, by id.</summary>
    public const string StoryDates = "StoryDates";

    /// <summary>Polled sources.</summary>
    public const string Feeds = "Feeds";

    /// <summary>What each cohort was sent.</summary>
    public const string SentStories = "SentStories";

    /// <summary>Frozen digests, or why there was none.</summary>
    public const string Digests = "Digests";

    /// <summary>Rendered mails.</summary>
    public const string Variants = "Variants";

    /// <summary>The truth about each subscriber.</summary>
    public const string Subscribers = "Subscribers";

    /// <summary>Keyed hash of an address to its subscriber, or that it is suppressed.</summary>
    public const string Addresses = "Addresses";

    /// <summary>Service mails to be sent.</summary>
    public const string Notices = "Notices";

    /// <summary>Sign-up budgets.</summary>
    public const string Budgets = "Budgets";

    /// <summary>Human checks that were used.</summary>
    public const string UsedChecks = "UsedChecks";

    /// <summary>Every cohort there ever was, with the last date run.</summary>
    public const string Cohorts = "Cohorts";

    /// <summary>What sending needs of each subscriber, by cohort and slice.</summary>
    public const string Audience = "Audience";

    /// <summary>Changes to subscribers that are not projected yet.</summary>
    public const string Changes = "Changes";

    /// <summary>Runs by local date.</summary>
    public const string Runs = "Runs";

    /// <summary>Deliveries by local date and slice.</summary>
    public const string Ledger = "Ledger";

    /// <summary>What machines share of each relay's limits: connections, messages a second and a day.</summary>
    public const string Relays = "Relays";

    /// <summary>Settings that the store itself must remember, such as the fingerprint of the identity key.</summary>
    public const string Facts = "Facts";

    /// <summary>All of them.</summary>
    public static readonly FrozenSet<string> All = FrozenSet.ToFrozenSet(
    [
        Stories, StoryDates, Feeds, SentStories, Digests, Variants, Subscribers, Addresses, Notices, Budgets, UsedChecks,
        Cohorts, Audience, Changes, Runs, Ledger, Relays, Facts,
    ], StringComparer.Ordinal);
}

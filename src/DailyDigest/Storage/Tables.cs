using System.Collections.Frozen;

namespace DailyDigest.Storage;

/// <summary>The names of all tables; docs/architecture.md lists their contents.</summary>
public static class Tables
{
    /// <summary>Stories by published UTC date.</summary>
    public const string Stories = "Stories";

    /// <summary>The date partition of each story, by id.</summary>
    public const string StoryDates = "StoryDates";

    /// <summary>The feeds.</summary>
    public const string Feeds = "Feeds";

    /// <summary>The stories that each cohort was sent.</summary>
    public const string SentStories = "SentStories";

    /// <summary>Frozen digests, or why there is none.</summary>
    public const string Digests = "Digests";

    /// <summary>The decisions of editors about the digests of a date.</summary>
    public const string Edits = "Edits";

    /// <summary>Rendered mails.</summary>
    public const string Variants = "Variants";

    /// <summary>Copies of the pictures of digests.</summary>
    public const string Pictures = "Pictures";

    /// <summary>The subscribers.</summary>
    public const string Subscribers = "Subscribers";

    /// <summary>The subscriber and the suppression of each address, by keyed hash.</summary>
    public const string Addresses = "Addresses";

    /// <summary>Service mails to be sent.</summary>
    public const string Notices = "Notices";

    /// <summary>Sign-up budgets.</summary>
    public const string Budgets = "Budgets";

    /// <summary>Questions of the human check that were used.</summary>
    public const string UsedChecks = "UsedChecks";

    /// <summary>All cohorts with their last date.</summary>
    public const string Cohorts = "Cohorts";

    /// <summary>The data of subscribers that delivery needs, by cohort and slice.</summary>
    public const string Audience = "Audience";

    /// <summary>Changes to subscribers that are not projected yet.</summary>
    public const string Changes = "Changes";

    /// <summary>Runs by local date.</summary>
    public const string Runs = "Runs";

    /// <summary>Deliveries by local date and slice.</summary>
    public const string Ledger = "Ledger";

    /// <summary>The shared use of each relay's limits: connections, messages per second and per day.</summary>
    public const string Relays = "Relays";

    /// <summary>Counts of each date: subscribers, deliveries, stories.</summary>
    public const string Figures = "Figures";

    /// <summary>Values that the store must keep, such as the fingerprint of the identity key.</summary>
    public const string Facts = "Facts";

    /// <summary>People of the desk, and invitations.</summary>
    public const string Accounts = "Accounts";

    /// <summary>API keys that were made on the desk.</summary>
    public const string ApiKeys = "ApiKeys";

    /// <summary>The record of changes, by month.</summary>
    public const string Audit = "Audit";

    /// <summary>The keys that protect the desk's cookies, encrypted.</summary>
    public const string KeyRing = "KeyRing";

    /// <summary>The web hooks, and marks of published events of runs and alerts.</summary>
    public const string Hooks = "Hooks";

    /// <summary>The deliveries of events to web hooks: log and queue.</summary>
    public const string HookCalls = "HookCalls";

    /// <summary>Requests to the API with a key that makes them idempotent, with their answers.</summary>
    public const string ApiCalls = "ApiCalls";

    /// <summary>Reports that came back, by UTC day, with counts.</summary>
    public const string Returns = "Returns";

    /// <summary>All of them.</summary>
    public static readonly FrozenSet<string> All = FrozenSet.ToFrozenSet(
    [
        Stories, StoryDates, Feeds, SentStories, Digests, Edits, Variants, Pictures, Subscribers, Addresses, Notices, Budgets, UsedChecks,
        Cohorts, Audience, Changes, Runs, Ledger, Relays, Figures, Facts, Accounts, ApiKeys, Audit, KeyRing, Hooks,
        HookCalls, ApiCalls, Returns,
    ], StringComparer.Ordinal);
}

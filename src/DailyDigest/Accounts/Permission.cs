namespace DailyDigest.Accounts;

/// <summary>The roles of people on the desk. Each role may do everything that the one before it may.</summary>
public enum Role
{
    /// <summary>Sees digests, stories, feeds, figures and runs.</summary>
    Viewer,

    /// <summary>Changes what is sent: digests, stories and feeds.</summary>
    Editor,

    /// <summary>Keeps it running: runs, readers and settings.</summary>
    Operator,

    /// <summary>Also invites people and makes keys.</summary>
    Owner,
}

/// <summary>A permission that a route of the desk or of the API needs. <see cref="Permissions"/> says who has it.</summary>
public enum Permission
{
    /// <summary>Nothing: the page to sign in, and the page of an invitation.</summary>
    Open,

    /// <summary>Any account, or any key that opens the desk.</summary>
    SignedIn,

    /// <summary>An account of one's own; a key has none.</summary>
    OwnAccount,

    /// <summary>Any key for the API, whatever its scope.</summary>
    AnyKey,

    /// <summary>See numbers.</summary>
    SeeFigures,

    /// <summary>See digests and why each story is in them.</summary>
    SeeDigests,

    /// <summary>See stories.</summary>
    SeeStories,

    /// <summary>See feeds.</summary>
    SeeFeeds,

    /// <summary>See runs and their counts.</summary>
    SeeRuns,

    /// <summary>Change or approve a digest.</summary>
    ChangeDigests,

    /// <summary>Change stories.</summary>
    ChangeStories,

    /// <summary>Add, change and remove feeds.</summary>
    ChangeFeeds,

    /// <summary>Pause, retry and cancel runs.</summary>
    ChangeRuns,

    /// <summary>See readers' data.</summary>
    SeeReaders,

    /// <summary>Change readers, import and export them.</summary>
    ChangeReaders,

    /// <summary>Take an address off the suppression list whose reader complained, or was erased.</summary>
    LiftComplaints,

    /// <summary>See settings; secrets stay hidden.</summary>
    SeeSettings,

    /// <summary>Change settings, and web hooks.</summary>
    ChangeSettings,

    /// <summary>See who changed what.</summary>
    SeeAudit,

    /// <summary>Invite, change and remove accounts.</summary>
    ChangeAccounts,

    /// <summary>Make and revoke API keys.</summary>
    ChangeKeys,

    /// <summary>API: push stories and signals.</summary>
    PushStories,

    /// <summary>API: report what became of mails.</summary>
    ReportOutcomes,

    /// <summary>API: sign readers up, who then confirm by mail.</summary>
    SignUpReaders,

    /// <summary>A mail provider's web hook. No role and no key has it: the request must have the proof of the provider.</summary>
    BeProvider,
}

/// <summary>Which role has which permission.</summary>
public static class Permissions
{
    private static readonly Permission[] Viewer =
    [
        Permission.SignedIn, Permission.SeeFigures, Permission.SeeDigests, Permission.SeeStories, Permission.SeeFeeds, Permission.SeeRuns,
    ];

    private static readonly Permission[] Editor =
    [
        .. Viewer, Permission.ChangeDigests, Permission.ChangeStories, Permission.ChangeFeeds, Permission.PushStories,
    ];

    private static readonly Permission[] Operator =
    [
        .. Editor, Permission.ChangeRuns, Permission.SeeReaders, Permission.ChangeReaders, Permission.SeeSettings,
        Permission.ChangeSettings, Permission.SeeAudit, Permission.ReportOutcomes, Permission.SignUpReaders,
    ];

    private static readonly Permission[] Owner = [.. Operator, Permission.ChangeAccounts, Permission.ChangeKeys, Permission.LiftComplaints];

    /// <summary>The permissions of an account with the role. <see cref="Permission.OwnAccount"/> is one of them.</summary>
    public static IReadOnlyCollection<Permission> Of(Role role) => [Permission.OwnAccount, .. OfKey(role)];

    /// <summary>The permissions of a key that acts as the role.</summary>
    public static IReadOnlyCollection<Permission> OfKey(Role role) => role switch
    {
        Role.Owner => Owner,
        Role.Operator => Operator,
        Role.Editor => Editor,
        _ => Viewer,
    };
}

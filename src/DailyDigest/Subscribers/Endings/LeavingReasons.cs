namespace DailyDigest.Subscribers;

/// <summary>The answers to the question why a person leaves.</summary>
public static class LeavingReasons
{
    /// <summary>All valid answers.</summary>
    public static IReadOnlyList<string> All { get; } = ["too-many", "not-for-me", "never-asked", "wrong-hour", "other"];
}

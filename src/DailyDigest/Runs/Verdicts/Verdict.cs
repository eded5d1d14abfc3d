namespace DailyDigest.Runs;

/// <summary>The meaning of a refusal.</summary>
/// <param name="Reason">One of <see cref="RefusalReasons.All"/>.</param>
public readonly record struct Verdict(string Reason)
{
    /// <summary>True if the address takes no mail any more: it ends a subscription. Otherwise the refusal is soft.</summary>
    public bool IsPermanent => RefusalPolicy.IsAboutRecipient(Reason);
}

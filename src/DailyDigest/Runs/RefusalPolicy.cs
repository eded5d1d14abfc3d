namespace DailyDigest.Runs;

/// <summary>
/// Decides whether a refusal is about the reader or about us. A relay or a name server that is out of order refuses everybody; that must
/// not cost the list.
/// <list type="bullet">
/// <item>A permanent refusal for <see cref="RefusalReasons.NoSuchUser"/> or <see cref="RefusalReasons.MailboxDisabled"/> is about the
/// reader. It ends the subscription after the run has closed, unless the run's refusals are distrusted. No other reason ends a
/// subscription.</item>
/// <item>A refusal of us before the recipient was named (connection, login, sender) stops the part at once.</item>
/// <item>A refusal of us at a recipient may be about that reader: the reader is retried later. <see cref="MaxInARow"/> of them in a row,
/// with no message accepted in between, stop the part. After such a stop <see cref="ReducedLimit"/> are enough. At the end of a part
/// <see cref="ReducedLimit"/> are enough, too, or one if the part has sent nothing.</item>
/// <item><see cref="MaxInARow"/> rejections in a row in the same words, with no message accepted in between, stop the part. The part then
/// tries one reader at a time; one more rejection in the same words stops it again.</item>
/// <item><see cref="MaxBreaksInARow"/> connections in a row that break after a message may have left stop the part.</item>
/// <item>A closed run is distrusted if <see cref="AreTooMany"/> of its readers were refused.</item>
/// <item>It is distrusted if any were refused and one of its parts was stopped by equal rejections.</item>
/// <item>It is distrusted if every reader whom the relay accepted or rejected was refused, and they were <see cref="ReducedLimit"/> or
/// more; or if they were fewer, and the last run within a day served nobody either.</item>
/// <item>Reports that arrive later count as refusals. They can make a run distrusted; nothing makes it trusted again.</item>
/// </list>
/// </summary>
public static class RefusalPolicy
{
    /// <summary>Refusals in a row, with no message accepted in between, that are about us.</summary>
    public const int MaxInARow = 25;

    /// <summary>Refusals that are about us when nobody was served, however small the run.</summary>
    public const int ReducedLimit = 3;

    /// <summary>Connections in a row that break after a message may have left, before the part stops.</summary>
    public const int MaxBreaksInARow = 3;

    private const int MaxCredible = 20;
    private const int MaxCredibleShare = 10;

    /// <summary>
    /// True for the reasons that are about the recipient. A full mailbox empties again; size, content, policy and relay trouble are about
    /// us.
    /// </summary>
    public static bool IsAboutRecipient(string? reason) => reason is RefusalReasons.NoSuchUser or RefusalReasons.MailboxDisabled;

    /// <summary>True if more readers of a run were refused than is credible: over 20, and over a tenth of its deliveries.</summary>
    public static bool AreTooMany(long refused, long deliveries) => refused > Math.Max(MaxCredible, deliveries / MaxCredibleShare);

    /// <summary>True if a run's refusals are distrusted for their number, or because a part was stopped by equal rejections.</summary>
    public static bool Distrusts(long refused, long deliveries, bool relayRejectedAll) =>
        AreTooMany(refused, deliveries) || (refused > 0 && relayRejectedAll);

    /// <summary>
    /// True if the refusal of every reader whom the relay accepted or rejected is distrusted. Three readers are enough for that; with fewer
    /// the last run decides, so that a relay that is out of order costs one small cohort and not each.
    /// </summary>
    /// <param name="refused">Readers refused by the relay.</param>
    /// <param name="last">The last run within a day that sent or was refused anything; null if there is none.</param>
    public static bool DistrustsRefusalOfAll(long refused, Run? last) =>
        refused >= ReducedLimit || (last is not null && !last.Counts.ContainsKey(DeliveryState.Sent));
}

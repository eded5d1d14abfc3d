using DailyDigest.Relays;

namespace DailyDigest.Tests.Relays;

/// <summary>A digest takes a message: it waits for the hour, and has no claim on what is kept for service mails.</summary>
internal static class DigestTakes
{
    /// <summary>Returns false if the day's messages are used up.</summary>
    public static async ValueTask<bool> TakeAsync(this RelayBudget budget, CancellationToken cancellationToken) =>
        await budget.TakeAsync(isService: false, waitsForHour: true, cancellationToken) == GrantAnswer.Taken;
}

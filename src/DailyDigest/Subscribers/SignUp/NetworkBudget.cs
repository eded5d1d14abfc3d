namespace DailyDigest.Subscribers;

/// <summary>A network of the client, or one around it, with its share of sign-ups.</summary>
/// <param name="Key">Its keyed hash; the row in table Budgets.</param>
/// <param name="Factor">Its limit is this many times that of a single network.</param>
/// <param name="IsShared">True if readers of many networks share it, as behind a proxy that nobody named.</param>
public sealed record NetworkBudget(string Key, int Factor = 1, bool IsShared = false)
{
    /// <summary>Sign-ups an hour; 0 for no limit.</summary>
    /// <param name="perNetwork">The limit of a single network.</param>
    /// <param name="isRush">True while the limit of all runs short: a tenth, so that something is left for other networks.</param>
    internal int Limit(int perNetwork, bool isRush) =>
        perNetwork == 0 ? 0 : isRush && !IsShared ? Math.Max(1, perNetwork * Factor / 10) : perNetwork * Factor;
}

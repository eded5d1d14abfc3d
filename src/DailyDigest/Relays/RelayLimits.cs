namespace DailyDigest.Relays;

/// <summary>The limits of a relay for all machines together; 0 for no limit.</summary>
/// <param name="Connections">Open at once.</param>
/// <param name="PerSecond">Messages a second; fractions allowed.</param>
/// <param name="PerDay">Messages a UTC day.</param>
/// <param name="PerHour">Messages in any 60 minutes; a tenth is kept for service mails.</param>
public sealed record RelayLimits(int Connections, double PerSecond, int PerDay, int PerHour = 0)
{
    /// <summary>True if there is any limit.</summary>
    public bool Any => Connections > 0 || HasMessages;

    /// <summary>True if messages are counted.</summary>
    public bool HasMessages => PerSecond > 0 || PerDay > 0 || PerHour > 0;
}

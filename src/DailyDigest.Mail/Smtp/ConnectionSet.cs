namespace DailyDigest.Mail.Smtp;

/// <summary>
/// The connections to one relay: the idle ones, and the number of those that are open (idle, in use, being opened or being closed). Not
/// safe for several threads: <see cref="RelaySlots"/> locks.
/// </summary>
internal sealed class ConnectionSet(TimeProvider time)
{
    private static readonly TimeSpan IdleTimeout = TimeSpan.FromSeconds(30);

    private readonly List<RelayConnection> idle = [];
    private int closing;
    private int connecting;

    public int Open { get; private set; }

    /// <summary>Those that are open, except the ones being closed: the latter tell nothing about the relay any more.</summary>
    public int InUse => Open - closing;

    /// <summary>True if all connections in use are being opened.</summary>
    public bool AllAreConnecting => connecting > 0 && InUse == connecting;

    public bool HasIdle(int allowed) => idle.Count > 0 && InUse <= allowed;

    /// <summary>Takes the idle connection that was used last: the others may reach their idle timeout.</summary>
    public RelayConnection TakeIdle()
    {
        var last = idle[^1];
        idle.RemoveAt(idle.Count - 1);
        return last;
    }

    public void BeginOpening() => (Open, connecting) = (Open + 1, connecting + 1);

    /// <summary>A connection that is open is being changed for a new one.</summary>
    public void BeginReopening() => connecting++;

    public void EndOpening(bool succeeded) => (Open, connecting) = (succeeded ? Open : Open - 1, connecting - 1);

    /// <summary>Makes a connection idle. Returns false, and counts it as closing, if there are more than allowed.</summary>
    public bool TryRest(RelayConnection connection, bool isUsable, int allowed)
    {
        if (!isUsable || InUse > allowed)
        {
            closing++;
            return false;
        }

        connection.IdleSince = time.GetTimestamp();
        idle.Add(connection);
        return true;
    }

    public void EndClosing() => (Open, closing) = (Open - 1, closing - 1);

    /// <summary>Takes the connections that were idle for long or are too many; they count as closing.</summary>
    public List<RelayConnection> TakeExpired(int allowed)
    {
        var spare = InUse - allowed;
        List<RelayConnection> expired =
            [.. idle.Where((connection, index) => index < spare || time.GetElapsedTime(connection.IdleSince) >= IdleTimeout)];
        idle.RemoveAll(expired.Contains);
        closing += expired.Count;
        return expired;
    }

    /// <summary>Takes every idle connection; they are not counted any more.</summary>
    public List<RelayConnection> TakeAllIdle()
    {
        List<RelayConnection> all = [.. idle];
        idle.Clear();
        Open -= all.Count;
        return all;
    }
}

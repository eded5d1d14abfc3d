namespace DailyDigest.Returns;

/// <summary>
/// The messages that this process does not read again at once: their delivery is still being sent, or the connection broke while they were
/// read. Kept in memory only; another process reads them without harm.
/// </summary>
internal sealed class PostponedReturns(TimeProvider time)
{
    /// <summary>Attempts after which a message that breaks every connection is left for a person.</summary>
    public const int MaxFailures = 5;

    private const int MaxMessages = ReturnList.MaxKeys;
    private static readonly TimeSpan Unsettled = TimeSpan.FromMinutes(5);

    private readonly Dictionary<string, (int Failures, DateTimeOffset Until)> messages = new(StringComparer.Ordinal);

    /// <summary>True if the message may be read now.</summary>
    public bool IsDue(string key) => !messages.TryGetValue(key, out var one) || one.Until <= time.GetUtcNow();

    /// <summary>True if no connection survived the message.</summary>
    public bool IsHopeless(string key) => messages.TryGetValue(key, out var one) && one.Failures >= MaxFailures;

    /// <summary>The delivery that it is about is still being sent.</summary>
    public void IsUnsettled(string key) => Add(key, (0, time.GetUtcNow() + Unsettled));

    /// <summary>The connection broke while it was read: the next attempts follow after 1, 2, 4 and 8 minutes.</summary>
    public void HasFailed(string key)
    {
        var failures = messages.GetValueOrDefault(key).Failures + 1;
        Add(key, (failures, time.GetUtcNow() + TimeSpan.FromMinutes(1 << Math.Min(failures - 1, 6))));
    }

    /// <summary>It was read, or left for a person.</summary>
    public void Forget(string key) => messages.Remove(key);

    private void Add(string key, (int, DateTimeOffset) one)
    {
        if (messages.Count >= MaxMessages)
        {
            messages.Clear();
        }

        messages[key] = one;
    }
}

namespace DailyDigest.Server;

/// <summary>Limits of the web server. Section <c>Server</c>.</summary>
public sealed class ServerOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Server";

    private const int MaxLimit = 1_000_000;

    /// <summary>Maximum open connections; further ones are closed at once. 0 for no limit. Default 1,000.</summary>
    public int MaxConnections { get; set; } = 1_000;

    /// <summary>
    /// Maximum GET and HEAD requests of one network (IPv4 /24, IPv6 /56) in a minute; further ones are answered 429. Ten times as many from
    /// the machine itself, where a proxy may run. 0 for no limit. Default 600.
    /// </summary>
    public int GetsPerMinute { get; set; } = 600;

    /// <summary>One line per fault, each naming its setting.</summary>
    public IEnumerable<string> Validate()
    {
        foreach (var (name, limit) in new[] { (nameof(MaxConnections), MaxConnections), (nameof(GetsPerMinute), GetsPerMinute) })
        {
            if (limit is < 0 or > MaxLimit)
            {
                yield return $"Server__{name}: 0 to {MaxLimit}.";
            }
        }
    }
}

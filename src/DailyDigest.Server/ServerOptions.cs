namespace DailyDigest.Server;

/// <summary>Limits of the web server, and the form of the log. Section <c>Server</c>.</summary>
public sealed class ServerOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Server";

    private const int MaxLimit = 1_000_000;
    private const string Text = "text";
    private const string Json = "json";

    /// <summary>Maximum open connections; further ones are closed at once. 0 for no limit. Default 1,000.</summary>
    public int MaxConnections { get; set; } = 1_000;

    /// <summary>
    /// Maximum GET and HEAD requests of one network (IPv4 /24, IPv6 /56) in a minute; further ones are answered 429. Ten times as many from
    /// the machine itself, where a proxy may run. 0 for no limit. Default 600.
    /// </summary>
    public int GetsPerMinute { get; set; } = 600;

    /// <summary>
    /// The form of the log on standard output: <c>text</c>, or <c>json</c> with the fields and scopes of each record. Default text.
    /// </summary>
    public string LogFormat { get; set; } = Text;

    /// <summary>True if the log is JSON. It begins before the settings are checked.</summary>
    public static bool WritesJson(IConfiguration configuration) => IsJson(configuration[$"{Section}:{nameof(LogFormat)}"]);

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

        if (!IsJson(LogFormat) && !LogFormat.Equals(Text, StringComparison.OrdinalIgnoreCase))
        {
            yield return $"Server__{nameof(LogFormat)}: {Text} or {Json}.";
        }
    }

    private static bool IsJson(string? format) => Json.Equals(format, StringComparison.OrdinalIgnoreCase);
}

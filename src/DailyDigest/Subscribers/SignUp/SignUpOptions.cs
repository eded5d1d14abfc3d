namespace DailyDigest.Subscribers;

/// <summary>Limits and origins of sign-ups. Section <c>SignUp</c>.</summary>
public sealed class SignUpOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "SignUp";

    private const int MaxLimit = 1_000_000;

    // The budget's row names each of them.
    private const int MaxPerDay = 1_000;

    /// <summary>Minimum seconds between showing the question and the answer, 0 to 60; a faster answer is refused. Default 2.</summary>
    public int MinimumSeconds { get; set; } = 2;

    /// <summary>
    /// Sign-ups per hour from one client network (IPv4 /24, IPv6 /56); 0 for no limit. Does not apply to requests with an API key.
    /// </summary>
    public int PerNetworkPerHour { get; set; } = 30;

    /// <summary>All sign-ups per hour, on all machines together; 0 for no limit.</summary>
    public int PerHour { get; set; } = 2_000;

    /// <summary>
    /// Confirmations a UTC day to one mailbox under other spellings of its address (tags, dots), besides the one to the plain address;
    /// 0 for no limit.
    /// </summary>
    public int PerMailboxPerDay { get; set; } = 3;

    /// <summary>Confirmations a UTC day to one mail domain, unless it is a large provider's; 0 for no limit.</summary>
    public int PerDomainPerDay { get; set; } = 100;

    /// <summary>
    /// Comma-separated origins such as https://www.example.com, without a path. Their pages may call /signup.json from a browser, and a
    /// sign-up may redirect to them.
    /// </summary>
    public string Origins { get; set; } = "";

    /// <summary>One line per fault, each naming its setting.</summary>
    /// <param name="development">True: http origins are allowed.</param>
    public IEnumerable<string> Validate(bool development)
    {
        if (MinimumSeconds is < 0 or > 60)
        {
            yield return "SignUp__MinimumSeconds: 0 to 60.";
        }

        foreach (var (name, limit) in new[] { (nameof(PerNetworkPerHour), PerNetworkPerHour), (nameof(PerHour), PerHour) })
        {
            if (limit is < 0 or > MaxLimit)
            {
                yield return $"SignUp__{name}: 0 to {MaxLimit}.";
            }
        }

        foreach (var (name, limit) in new[] { (nameof(PerMailboxPerDay), PerMailboxPerDay), (nameof(PerDomainPerDay), PerDomainPerDay) })
        {
            if (limit is < 0 or > MaxPerDay)
            {
                yield return $"SignUp__{name}: 0 to {MaxPerDay}.";
            }
        }

        if (Split().Any(origin => OriginOf(origin) != origin || (!development && !origin.StartsWith("https://", StringComparison.Ordinal))))
        {
            yield return "SignUp__Origins: comma-separated origins such as https://www.example.com: "
                + "https, lower case, no path, no slash at the end.";
        }
    }

    /// <summary>True if the origin, as a browser sends it, is configured.</summary>
    public bool Allows(string origin) => Split().Contains(origin, StringComparer.Ordinal);

    /// <summary>The configured origins.</summary>
    public IReadOnlyList<string> Split() => Origins.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    /// <summary>
    /// Returns the URL's origin (RFC 6454, 6.2), or null if it is no http(s) URL or browsers may parse it differently from .NET.
    /// </summary>
    internal static string? OriginOf(string? url)
    {
        // Browsers drop tabs and line breaks, replace \ by /, and read the text before an @ as a user name: reject URLs with these
        // characters.
        if (url is not { Length: > 0 and <= 2_000 } || url.Any(character => character is <= ' ' or '\\' or '@' or > '~')
            || !(url.StartsWith("https://", StringComparison.Ordinal) || url.StartsWith("http://", StringComparison.Ordinal))
            || !Uri.TryCreate(url, UriKind.Absolute, out var parsed) || parsed.Host.Length == 0)
        {
            return null;
        }

        return parsed.GetLeftPart(UriPartial.Authority);
    }

    /// <summary>Returns the URL for the Location header if its origin is configured, otherwise null.</summary>
    public string? ReturnTo(string? url) => OriginOf(url) is { } origin && Allows(origin) ? new Uri(url!).AbsoluteUri : null;
}

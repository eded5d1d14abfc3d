namespace DailyDigest.Subscribers;

/// <summary>Who may sign up how often, and from where. Section <c>SignUp</c>.</summary>
public sealed class SignUpOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "SignUp";

    private const int Most = 1_000_000;

    /// <summary>Seconds that a person needs at least to read the page and answer; 0 for none.</summary>
    public int MinimumSeconds { get; set; } = 2;

    /// <summary>Sign-ups from one client network (IPv4 /24, IPv6 /56) in any hour; 0 for no limit. Not for who brings a key.</summary>
    public int PerNetworkPerHour { get; set; } = 30;

    /// <summary>Sign-ups in all in any hour, on all machines together; 0 for no limit.</summary>
    public int PerHour { get; set; } = 2_000;

    /// <summary>
    /// Comma-separated origins of pages that may call /signup.json from a browser, and that a reader may be sent back to after signing up, each
    /// such as https://www.example.com, without a path.
    /// </summary>
    public string Origins { get; set; } = "";

    /// <summary>One line per fault, each naming its setting.</summary>
    /// <param name="development">In Development origins without TLS are let through.</param>
    public IEnumerable<string> Validate(bool development)
    {
        if (MinimumSeconds is < 0 or > 60)
        {
            yield return "SignUp__MinimumSeconds: 0 to 60.";
        }

        foreach (var (name, limit) in new[] { (nameof(PerNetworkPerHour), PerNetworkPerHour), (nameof(PerHour), PerHour) })
        {
            if (limit is < 0 or > Most)
            {
                yield return $"SignUp__{name}: 0 to {Most}.";
            }
        }

        if (Split().Any(origin => OriginOf(origin) != origin || (!development && !origin.StartsWith("https://", StringComparison.Ordinal))))
        {
            yield return "SignUp__Origins: comma-separated origins such as https://www.example.com: https, lower case, no path, no slash at the end.";
        }
    }

    /// <summary>True if the origin, as a browser sends it, is one of those configured.</summary>
    public bool Allows(string origin) => Split().Contains(origin, StringComparer.Ordinal);

    /// <summary>The origins.</summary>
    public IReadOnlyList<string> Split() => Origins.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Returns the URL's origin (RFC 6454, 6.2), or null if it is no http(s) URL that every browser reads as .NET does.</summary>
    internal static string? OriginOf(string? url)
    {
        // Browsers drop tabs and line breaks, turn \ into / and take what stands before an @ for a name: whatever has any of them is not looked at.
        if (url is not { Length: > 0 and <= 2_000 } || url.Any(character => character is <= ' ' or '\\' or '@' or > '~')
            || !(url.StartsWith("https://", StringComparison.Ordinal) || url.StartsWith("http://", StringComparison.Ordinal))
            || !Uri.TryCreate(url, UriKind.Absolute, out var parsed) || parsed.Host.Length == 0)
        {
            return null;
        }

        return parsed.GetLeftPart(UriPartial.Authority);
    }

    /// <summary>Returns the URL as it is to be sent in Location if it stands on one of the origins configured, otherwise null.</summary>
    public string? ReturnTo(string? url) => OriginOf(url) is { } origin && Allows(origin) ? new Uri(url!).AbsoluteUri : null;
}

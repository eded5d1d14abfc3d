using System.Net;

namespace DailyDigest.Web;

/// <summary>The proxies in front of the pages. Section <c>Web</c>.</summary>
public sealed class WebOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Web";

    /// <summary>
    /// Comma-separated addresses or networks (10.0.0.0/8, fd00::/8) of trusted proxies. The client address and scheme that they report are
    /// used. Empty: no proxy is trusted.
    /// </summary>
    public string Proxies { get; set; } = "";

    /// <summary>The header in which those proxies report the client address. Behind Azure Front Door set X-Azure-ClientIP.</summary>
    public string ClientHeader { get; set; } = "X-Forwarded-For";

    /// <summary>One line per fault, each naming its setting.</summary>
    public IEnumerable<string> Validate()
    {
        if (Split().Any(proxy => !TryNetwork(proxy, out _)))
        {
            yield return "Web__Proxies: comma-separated addresses or networks such as 10.0.0.4 or 10.0.0.0/8, no bits behind the prefix.";
        }

        if (ClientHeader.Length == 0 || !ClientHeader.All(c => char.IsAsciiLetterOrDigit(c) || c == '-'))
        {
            yield return "Web__ClientHeader: the name of a header, such as X-Forwarded-For.";
        }
    }

    /// <summary>The networks; a single address is a network of one.</summary>
    /// <exception cref="FormatException">Not a network; <see cref="Validate"/> reports it first.</exception>
    internal IEnumerable<IPNetwork> Networks() =>
        Split().Select(text => TryNetwork(text, out var network) ? network : throw new FormatException("Web__Proxies"));

    private static bool TryNetwork(string text, out IPNetwork network)
    {
        if (!text.Contains('/', StringComparison.Ordinal) && IPAddress.TryParse(text, out var address))
        {
            address = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
            network = new IPNetwork(address, address.GetAddressBytes().Length * 8);
            return true;
        }

        // .NET ignores bits behind the prefix. They are refused, because the operator may have meant the single address.
        return IPNetwork.TryParse(text, out network)
            && network.BaseAddress.Equals(IPAddress.Parse(text.AsSpan(0, text.IndexOf('/', StringComparison.Ordinal))));
    }

    private string[] Split() => Proxies.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}

using System.Net;

namespace DailyDigest.Web;

/// <summary>What stands in front of the pages. Section <c>Web</c>.</summary>
public sealed class WebOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Web";

    /// <summary>
    /// Comma-separated addresses or networks (10.0.0.0/8, fd00::/8) of the proxies whose word about client and scheme is believed. Empty: nobody's.
    /// </summary>
    public string Proxies { get; set; } = "";

    /// <summary>The header in which those proxies say where a request comes from. Azure Front Door says it whole in X-Azure-ClientIP only.</summary>
    public string ClientHeader { get; set; } = "X-Forwarded-For";

    /// <summary>One line per fault, each naming its setting.</summary>
    public IEnumerable<string> Validate()
    {
        if (Split().Any(proxy => !TryNetwork(proxy, out _)))
        {
            yield return "Web__Proxies: comma-separated addresses or networks such as 10.0.0.4 or 10.0.0.0/8, with no bits set behind the prefix.";
        }

        if (ClientHeader.Length == 0 || !ClientHeader.All(c => char.IsAsciiLetterOrDigit(c) || c == '-'))
        {
            yield return "Web__ClientHeader: the name of a header, such as X-Forwarded-For.";
        }
    }

    /// <summary>The networks; a single address is a network of one.</summary>
    /// <exception cref="FormatException">Not a network: <see cref="Validate"/> would have said so.</exception>
    internal IEnumerable<IPNetwork> Networks() => Split().Select(text => TryNetwork(text, out var network) ? network : throw new FormatException("Web__Proxies"));

    private static bool TryNetwork(string text, out IPNetwork network)
    {
        if (!text.Contains('/', StringComparison.Ordinal) && IPAddress.TryParse(text, out var address))
        {
            address = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
            network = new IPNetwork(address, address.GetAddressBytes().Length * 8);
            return true;
        }

        // .NET lets bits behind the prefix pass; who wrote them may have meant the one address.
        return IPNetwork.TryParse(text, out network) && network.BaseAddress.Equals(IPAddress.Parse(text.AsSpan(0, text.IndexOf('/', StringComparison.Ordinal))));
    }

    private string[] Split() => Proxies.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}

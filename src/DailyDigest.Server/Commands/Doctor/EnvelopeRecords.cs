using DailyDigest.Mail.Smtp;

namespace DailyDigest.Server.Commands;

/// <summary>
/// Checks a domain to which mail comes back, and whether another domain counts as that of From for DMARC (RFC 9989): they have the same
/// organisational domain, or are equal if the record asks for that.
/// </summary>
internal sealed class EnvelopeRecords(TxtLookup txt, MxLookup mx)
{
    /// <summary>Checks that the domain takes mail.</summary>
    /// <param name="check">The check's name in the finding.</param>
    /// <param name="domain">The domain.</param>
    /// <param name="lost">The mail that is lost if it does not.</param>
    /// <param name="isEnvelope">True for the domain of the envelope sender: many receivers refuse mail of one that takes none.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public async Task<Finding> TakesMailAsync(
        string check, string domain, string lost, bool isEnvelope, CancellationToken cancellationToken) =>
        await mx(domain, cancellationToken) switch
        {
            null => new("dns", check, CheckResult.NotChecked, $"no DNS server answered about {domain}"),
            [] => new("dns", check, CheckResult.Warning, $"{domain} has no MX record: {lost} arrive only if the host {domain} takes mail"),
            [".", ..] => new("dns", check, isEnvelope ? CheckResult.Failed : CheckResult.Warning,
                $"{domain} takes no mail (its MX record is \".\"), so {lost} are lost"),
            { } hosts => new("dns", check, CheckResult.Ok, $"{domain} takes mail at {Shorten(hosts[0])}"
                + (hosts.Count > 1 ? $" and {hosts.Count - 1} more" : "")),
        };

    /// <summary>Compares the domain with that of From.</summary>
    /// <param name="check">The check's name in the finding.</param>
    /// <param name="domain">The domain that SPF or DKIM proves.</param>
    /// <param name="walk">The records of From's domain.</param>
    /// <param name="mode">The tag of the record that may ask for equal domains: aspf or adkim.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public async Task<Finding> AlignAsync(
        string check, string domain, Task<DmarcPath> walk, string mode, CancellationToken cancellationToken)
    {
        var from = await walk;
        if (domain == from.Domain)
        {
            return new("dns", check, CheckResult.Ok, $"{domain} is the domain of From");
        }

        if (from.Policy?.Tag(mode) == "s")
        {
            return Not($"{mode}=s of {from.Policy.Domain} asks for {from.Domain}");
        }

        var path = await DmarcWalk.ReadAsync(domain, txt, cancellationToken);
        if ((from.Unanswered ?? path.Unanswered) is { } name)
        {
            return new("dns", check, CheckResult.NotChecked, $"no DNS server answered about {name}");
        }

        return path.Organization == from.Organization
            ? new("dns", check, CheckResult.Ok, $"{domain} and {from.Domain} belong to {from.Organization}")
            : Not($"{domain} belongs to {path.Organization}, and {from.Domain} to {from.Organization}");

        Finding Not(string why) => new("dns", check, CheckResult.Warning,
            $"{domain} does not count as the domain of From: {why}. DMARC then needs {(mode == "aspf" ? "DKIM" : "SPF")} alone");
    }

    private static string Shorten(string text) => text.Length <= 100 ? text : text[..100] + "…";
}

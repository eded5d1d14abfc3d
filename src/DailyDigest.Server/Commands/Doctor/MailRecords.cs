using System.Collections.Concurrent;
using DailyDigest.Mail;
using DailyDigest.Mail.Dkim;
using DailyDigest.Mail.Smtp;
using MimeKit;

namespace DailyDigest.Server.Commands;

/// <summary>The DNS records by which receivers verify a sender: SPF (RFC 7208), DKIM (RFC 6376), DMARC (RFC 9989).</summary>
internal static class MailRecords
{
    private static readonly string[] Checks = ["SPF", "MX", "DKIM", "DMARC"];

    /// <summary>Checks the records of the domains of From and of the envelope, and of the keys that this program signs with.</summary>
    /// <param name="mail">The sender.</param>
    /// <param name="selector">The selector that the relay signs with; null if not given.</param>
    /// <param name="keys">The keys that this program signs with.</param>
    /// <param name="txt">Looks up TXT records.</param>
    /// <param name="mx">Looks up MX records.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public static async Task<IReadOnlyList<Finding>> ExamineAsync(
        MailOptions mail, string? selector, IReadOnlyList<DkimKey> keys, TxtLookup txt, MxLookup mx, CancellationToken cancellationToken)
    {
        if (DomainOf(mail.From) is not { } domain)
        {
            return [.. Checks.Select(check => new Finding("dns", check, CheckResult.NotChecked, "Mail__From is not set"))];
        }

        // The walks of several domains meet at their parents.
        var known = new ConcurrentDictionary<string, Task<IReadOnlyList<string>?>>(StringComparer.OrdinalIgnoreCase);
        Task<IReadOnlyList<string>?> lookup(string name, CancellationToken stop) => known.GetOrAdd(name, one => txt(one, stop));
        var (envelope, walk) = (new EnvelopeRecords(lookup, mx), DmarcWalk.ReadAsync(domain, lookup, cancellationToken));
        var bounces = DomainOf(mail.Bounces) is { } other && other != domain ? other : null;
        var findings = new List<Task<Finding>>
        {
            new SpfCheck(lookup).ExamineAsync("SPF", domain, cancellationToken),
            envelope.TakesMailAsync("MX", domain, "answers of readers", bounces is null, cancellationToken),
        };
        findings.AddRange(keys.Select(key => KeyAsync(key, lookup, cancellationToken)));
        findings.AddRange(keys.Select(key => key.Domain).Distinct().Where(one => one != domain).Select(
            one => envelope.AlignAsync("DKIM alignment", one, walk, "adkim", cancellationToken)));
        if (selector is not null)
        {
            findings.Add(RelayKeyAsync($"{selector}._domainkey.{domain}", lookup, cancellationToken));
        }
        else if (keys.Count == 0)
        {
            findings.Add(Task.FromResult(new Finding(
                "dns", "DKIM", CheckResult.NotChecked,
                "name the relay's selector with --dkim-selector, or set Dkim__Selector and a key to sign here")));
        }

        findings.Add(DmarcAsync(walk));
        if (bounces is not null)
        {
            findings.Add(new SpfCheck(lookup).ExamineAsync("bounces SPF", bounces, cancellationToken));
            findings.Add(envelope.TakesMailAsync("bounces MX", bounces, "bounces", true, cancellationToken));
            findings.Add(envelope.AlignAsync("bounces alignment", bounces, walk, "aspf", cancellationToken));
        }

        return await Task.WhenAll(findings);
    }

    /// <summary>True for a valid domain name.</summary>
    public static bool IsName(string text) => text.Length is > 0 and <= 253 && !text.StartsWith('.') && !text.EndsWith('.')
        && !text.Contains("..", StringComparison.Ordinal) && text.Split('.').All(label => label.Length <= 63)
        && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '_');

    /// <summary>The record that applies to From (RFC 9989, 4.10.1).</summary>
    private static async Task<Finding> DmarcAsync(Task<DmarcPath> walk)
    {
        var path = await walk;
        return path switch
        {
            { Policy: { } own } when own.Domain == path.Domain => new("dns", "DMARC", CheckResult.Ok, Shorten(own.Text)),
            { Unanswered: { } name } => new("dns", "DMARC", CheckResult.NotChecked, $"no DNS server answered about {name}"),
            { Faults: [var name, ..] } =>
                new("dns", "DMARC", CheckResult.Failed, $"_dmarc.{name} has several such records; there must be one"),
            { Policy: { } policy } => new("dns", "DMARC", CheckResult.Ok, $"of {policy.Domain}: {Shorten(policy.Text)}"),
            _ => new("dns", "DMARC", CheckResult.Failed, $"neither _dmarc.{path.Domain} nor a parent has a TXT record with v=DMARC1"),
        };
    }

    /// <summary>
    /// Compares the record with the key that mail is signed with. If they differ, the finding names the record to publish.
    /// </summary>
    private static async Task<Finding> KeyAsync(DkimKey key, TxtLookup lookup, CancellationToken cancellationToken)
    {
        var check = key.Algorithm == "rsa" ? "DKIM" : "DKIM " + key.Algorithm;
        var publish = $"; the TXT record to publish at {key.RecordName}: {key.Record}";
        if (await lookup(key.RecordName, cancellationToken) is not { } texts)
        {
            return new("dns", check, CheckResult.NotChecked, "no DNS server answered" + publish);
        }

        // White space within a key does not count (RFC 6376, 3.6.1).
        var published = texts.SelectMany(text => text.Split(';')).Select(tag => tag.Split('=', 2)).Where(
            tag => tag.Length == 2 && tag[0].Trim() == "p")
            .Select(tag => string.Concat(tag[1].Where(c => !char.IsWhiteSpace(c)))).ToList();
        return published switch
        {
            [] => new("dns", check, CheckResult.Failed, "there is no record with the key that mail is signed with" + publish),
            [var one] when one == key.PublicKey =>
                new("dns", check, CheckResult.Ok, $"{key.RecordName} has the key that mail is signed with"),
            [""] => new("dns", check, CheckResult.Failed, "the key that mail is signed with is revoked" + publish),
            [_] => new("dns", check, CheckResult.Failed, "the record has another key than mail is signed with" + publish),
            _ => new("dns", check, CheckResult.Failed, $"there are {published.Count} records; there must be one" + publish),
        };
    }

    private static string? DomainOf(string address) =>
        MailboxAddress.TryParse(address, out var mailbox) && mailbox.Domain is { Length: > 0 } domain && IsName(domain)
            ? domain.ToLowerInvariant() : null;

    /// <summary>The record of a key that the relay signs with.</summary>
    private static async Task<Finding> RelayKeyAsync(string name, TxtLookup lookup, CancellationToken cancellationToken)
    {
        if (await lookup(name, cancellationToken) is not { } texts)
        {
            return new("dns", "DKIM", CheckResult.NotChecked, $"no DNS server answered about {name}");
        }

        // The version tag may be missing (RFC 6376, 3.6.1), but not the key; an empty key means revoked.
        var found = texts.Where(text => text.StartsWith("v=DKIM1", StringComparison.OrdinalIgnoreCase)
            || text.Split(';').Any(tag => tag.Trim().StartsWith("p=", StringComparison.Ordinal))).ToList();
        return found switch
        {
            [] => new("dns", "DKIM", CheckResult.Failed, $"{name} has no TXT record with v=DKIM1"),
            [var text] when !text.Split(';').Any(
                tag => tag.Trim() is { Length: > 2 } key && key.StartsWith("p=", StringComparison.Ordinal)) =>
                new("dns", "DKIM", CheckResult.Failed, $"{name} has no key: it is revoked"),
            [var text] => new("dns", "DKIM", CheckResult.Ok, Shorten(text)),
            _ => new("dns", "DKIM", CheckResult.Failed, $"{name} has {found.Count} such records; there must be one"),
        };
    }

    private static string Shorten(string text) => text.Length <= 200 ? text : text[..200] + "…";
}

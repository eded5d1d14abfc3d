using DailyDigest.Mail.Dkim;
using DailyDigest.Mail.Smtp;
using DnsClient;
using DnsClient.Protocol;
using MimeKit;

namespace DailyDigest.Server.Commands;

/// <summary>Returns the texts of the name's TXT records, none if there are none; null if no server answered.</summary>
public delegate Task<IReadOnlyList<string>?> TxtLookup(string name, CancellationToken cancellationToken);

/// <summary>The DNS records by which receivers verify a sender: SPF (RFC 7208), DKIM (RFC 6376), DMARC (RFC 7489).</summary>
internal static class MailRecords
{
    private static readonly string[] Checks = ["SPF", "DKIM", "DMARC"];

    /// <summary>Checks the records of the From address's domain, and of the keys that this program signs with.</summary>
    /// <param name="from">As in <c>Mail__From</c>.</param>
    /// <param name="selector">The selector that the relay signs with; null if not given.</param>
    /// <param name="keys">The keys that this program signs with.</param>
    public static async Task<IReadOnlyList<Finding>> ExamineAsync(
        string from, string? selector, IReadOnlyList<DkimKey> keys, TxtLookup lookup, CancellationToken cancellationToken)
    {
        if (!MailboxAddress.TryParse(from, out var mailbox) || mailbox.Domain is not { Length: > 0 } domain || !IsName(domain))
        {
            return [.. Checks.Select(check => new Finding("dns", check, CheckResult.NotChecked, "Mail__From is not set"))];
        }

        var dkim = keys.Select(key => KeyAsync(key, lookup, cancellationToken)).ToList();
        if (selector is not null)
        {
            dkim.Add(OneAsync("DKIM", $"{selector}._domainkey.{domain}", "v=DKIM1", lookup, cancellationToken));
        }
        else if (dkim.Count == 0)
        {
            dkim.Add(Task.FromResult(new Finding(
                "dns", "DKIM", CheckResult.NotChecked,
                "name the relay's selector with --dkim-selector, or set Dkim__Selector and a key to sign here")));
        }

        return await Task.WhenAll(
            [OneAsync("SPF", domain, "v=spf1", lookup, cancellationToken), .. dkim, DmarcAsync(domain, lookup, cancellationToken)]);
    }

    /// <summary>True for a valid domain name.</summary>
    public static bool IsName(string text) => text.Length is > 0 and <= 253 && !text.StartsWith('.') && !text.EndsWith('.')
        && !text.Contains("..", StringComparison.Ordinal) && text.Split('.').All(label => label.Length <= 63)
        && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '_');

    /// <summary>Asks the machine's DNS servers.</summary>
    public static async Task<IReadOnlyList<string>?> LookUpAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            var client = new LookupClient(new LookupClientOptions { Timeout = TimeSpan.FromSeconds(3), Retries = 1, UseCache = false });
            var answer = await client.QueryAsync(name, QueryType.TXT, cancellationToken: cancellationToken);
            if (answer.HasError)
            {
                // Behind some firewalls a server knows no top-level domain either; its answer means nothing.
                return answer.Header.ResponseCode == DnsHeaderResponseCode.NotExistentDomain
                    && (await client.QueryAsync(
                        name[(name.LastIndexOf('.') + 1)..], QueryType.NS, cancellationToken: cancellationToken)).Answers.Count > 0
                    ? []
                    : null;
            }

            return [.. answer.Answers.OfType<TxtRecord>().Select(record => string.Concat(record.Text))];
        }
        catch (Exception exception) when (
            exception is DnsResponseException or System.Net.Sockets.SocketException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>A domain without a record uses its parent's; the parents are asked in turn (RFC 7489, 6.6.3).</summary>
    private static async Task<Finding> DmarcAsync(string domain, TxtLookup lookup, CancellationToken cancellationToken)
    {
        var own = await OneAsync("DMARC", "_dmarc." + domain, "v=DMARC1", lookup, cancellationToken);
        for (var parent = Parent(domain); own.Result == CheckResult.Failed
            && parent.Contains('.', StringComparison.Ordinal); parent = Parent(parent))
        {
            if (await OneAsync("DMARC", "_dmarc." + parent, "v=DMARC1", lookup, cancellationToken)
                is { Result: not CheckResult.Failed } inherited)
            {
                return inherited;
            }
        }

        return own;
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

    private static string Parent(string domain) => domain[(domain.IndexOf('.', StringComparison.Ordinal) + 1)..];

    private static async Task<Finding> OneAsync(
        string check, string name, string version, TxtLookup lookup, CancellationToken cancellationToken)
    {
        if (await lookup(name, cancellationToken) is not { } texts)
        {
            return new("dns", check, CheckResult.NotChecked, $"no DNS server answered about {name}");
        }

        // A DKIM record may omit the version tag (RFC 6376, 3.6.1), but not the key; an empty key means revoked.
        var found = texts.Where(text => text.StartsWith(version, StringComparison.OrdinalIgnoreCase)
            || (check == "DKIM" && text.Split(';').Any(tag => tag.Trim().StartsWith("p=", StringComparison.Ordinal)))).ToList();
        return found switch
        {
            [] => new("dns", check, CheckResult.Failed, $"{name} has no TXT record with {version}"),
            [var text] when check == "DKIM"
                && !text.Split(';').Any(tag => tag.Trim() is { Length: > 2 } key && key.StartsWith("p=", StringComparison.Ordinal)) =>
                new("dns", check, CheckResult.Failed, $"{name} has no key: it is revoked"),
            [var text] => new("dns", check, CheckResult.Ok, text.Length <= 200 ? text : text[..200] + "…"),
            _ => new("dns", check, CheckResult.Failed, $"{name} has {found.Count} such records; there must be one"),
        };
    }
}

using System.Globalization;
using DailyDigest.Mail.Smtp;

namespace DailyDigest.Server.Commands;

/// <summary>
/// Reads a domain's SPF record as a receiver does (RFC 7208): there is one, it can be read, and it needs at most ten lookups, those of the
/// included records among them. Which addresses it allows is not evaluated.
/// </summary>
internal sealed class SpfCheck(TxtLookup lookup)
{
    private const int MaxLookups = 10;
    private const int MaxText = 200;
    private static readonly string[] Looking = ["include", "a", "mx", "ptr", "exists"];
    private static readonly string[] Known = [.. Looking, "all", "ip4", "ip6"];

    private readonly HashSet<string> open = new(StringComparer.OrdinalIgnoreCase);
    private int lookups;
    private string? advice;

    /// <summary>Checks the record of the domain.</summary>
    /// <param name="check">The check's name in the finding.</param>
    /// <param name="domain">The domain.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public async Task<Finding> ExamineAsync(string check, string domain, CancellationToken cancellationToken)
    {
        var (record, result, text) = await ReadAsync(domain, "", cancellationToken);
        return result switch
        {
            CheckResult.Ok when advice is not null => new("dns", check, CheckResult.Warning, $"{Shorten(record!)}: {advice}"),
            CheckResult.Ok => new("dns", check, CheckResult.Ok, string.Create(
                CultureInfo.InvariantCulture, $"{Shorten(record!)} ({lookups} of {MaxLookups} lookups)")),
            _ => new("dns", check, result, text),
        };
    }

    private static string Shorten(string text) => text.Length <= MaxText ? text : text[..MaxText] + "…";

    /// <param name="domain">The domain of the record.</param>
    /// <param name="by">The domain whose record names it, with words around; empty for the first.</param>
    /// <param name="cancellationToken">Stops it.</param>
    private async Task<(string? Record, CheckResult Result, string Text)> ReadAsync(
        string domain, string by, CancellationToken cancellationToken)
    {
        if (!open.Add(domain))
        {
            return (null, CheckResult.Failed, $"{domain}{by} includes itself, so receivers take the record as broken");
        }

        if (await lookup(domain, cancellationToken) is not { } texts)
        {
            return (null, CheckResult.NotChecked, $"no DNS server answered about {domain}{by}");
        }

        var records = texts.Where(IsSpf).ToList();
        if (records is not [var record])
        {
            return (null, CheckResult.Failed, records.Count == 0
                ? $"{domain}{by} has no TXT record with v=spf1"
                : $"{domain}{by} has {records.Count} such records; there must be one");
        }

        var (result, text) = await TermsAsync(domain, record, cancellationToken);
        open.Remove(domain);
        return (record, result, text);
    }

    private static bool IsSpf(string text) =>
        text.StartsWith("v=spf1", StringComparison.OrdinalIgnoreCase) && (text.Length == 6 || text[6] == ' ');

    private async Task<(CheckResult Result, string Text)> TermsAsync(string domain, string record, CancellationToken cancellationToken)
    {
        string? redirect = null;
        var isClosed = false;
        foreach (var term in record[6..].Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            var text = term.TrimStart('+', '-', '~', '?');
            var end = text.IndexOfAny([':', '/', '=']);
            var name = (end < 0 ? text : text[..end]).ToLowerInvariant();
            var value = end < 0 ? "" : text[(end + 1)..];
            if (end >= 0 && text[end] == '=')
            {
                redirect = name == "redirect" ? value : redirect;
                continue;
            }

            if (!Known.Contains(name) || term.Length - text.Length > 1)
            {
                return (CheckResult.Failed, $"the record of {domain} has the unknown term {Shorten(Clean(term))}, so receivers ignore it");
            }

            if (!isClosed && Looking.Contains(name)
                && await LookAsync(domain, name == "include" ? value : null, cancellationToken) is { } fault)
            {
                return fault;
            }

            // Receivers look nothing up after it.
            isClosed |= name == "all";
            advice ??= name == "all" && term is "all" or "+all" ? $"+all of {domain} lets everybody send for you"
                : name == "ptr" ? $"ptr in the record of {domain} is not to be used any more"
                : null;
        }

        return redirect is not null && !isClosed && await LookAsync(domain, redirect, cancellationToken) is { } wrong ? wrong
            : (CheckResult.Ok, "");
    }

    /// <summary>Counts a lookup, and reads the record that is included. Returns a fault, or null.</summary>
    private async Task<(CheckResult Result, string Text)?> LookAsync(string domain, string? other, CancellationToken cancellationToken)
    {
        if (++lookups > MaxLookups)
        {
            return (CheckResult.Failed, $"the record needs more than {MaxLookups} lookups, so receivers take it as broken");
        }

        // A macro depends on the message.
        if (other is null || other.Contains('%', StringComparison.Ordinal))
        {
            return null;
        }

        if (!MailRecords.IsName(other.TrimEnd('.')))
        {
            return (CheckResult.Failed, $"the record of {domain} includes {Shorten(Clean(other))}, which is no domain");
        }

        var (_, result, text) = await ReadAsync(other.TrimEnd('.'), $", which {domain} includes,", cancellationToken);
        return result == CheckResult.Ok ? null : (result, text);
    }

    private static string Clean(string text) => string.Concat(text.Where(c => c is > ' ' and < (char)127));
}

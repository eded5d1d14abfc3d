namespace DailyDigest.Server.Commands;

/// <summary>A DMARC record.</summary>
/// <param name="Domain">The domain that publishes it.</param>
/// <param name="Text">The record.</param>
internal sealed record DmarcRecord(string Domain, string Text)
{
    /// <summary>The value of a tag in lower case; empty if it has none.</summary>
    public string Tag(string name) => Text.Split(';')
        .Select(tag => tag.Split('=', 2)).Where(tag => tag.Length == 2 && tag[0].Trim().Equals(name, StringComparison.OrdinalIgnoreCase))
        .Select(tag => tag[1].Trim().ToLowerInvariant()).FirstOrDefault() ?? "";
}

/// <summary>The records of a domain and of its parents.</summary>
/// <param name="Domain">The domain.</param>
/// <param name="Records">The valid records, from the longest name to the shortest.</param>
/// <param name="Faults">Names with several records, which do not count.</param>
/// <param name="Unanswered">The name about which no DNS server answered, at which the walk ended; null for none.</param>
internal sealed record DmarcPath(string Domain, IReadOnlyList<DmarcRecord> Records, IReadOnlyList<string> Faults, string? Unanswered)
{
    /// <summary>The organisational domain (RFC 9989, 4.10.2): two domains with the same one are aligned.</summary>
    public string Organization
    {
        get
        {
            foreach (var record in Records)
            {
                if (record.Tag("psd") == "n")
                {
                    return record.Domain;
                }

                if (record.Tag("psd") == "y" && record.Domain != Domain)
                {
                    return Below(record.Domain);
                }
            }

            return Records.Count > 0 ? Records[^1].Domain : Domain;
        }
    }

    /// <summary>The record that applies to mail of the domain: its own, that of the organisation, or that of the public suffix.</summary>
    public DmarcRecord? Policy => Records.FirstOrDefault(record => record.Domain == Domain)
        ?? Records.FirstOrDefault(record => record.Domain == Organization)
        ?? Records.FirstOrDefault(record => record.Tag("psd") == "y");

    private string Below(string suffix)
    {
        var labels = Domain[..^(suffix.Length + 1)].Split('.');
        return $"{labels[^1]}.{suffix}";
    }
}

/// <summary>Finds DMARC records by the tree walk of RFC 9989, 4.10, in at most eight lookups.</summary>
internal static class DmarcWalk
{
    private const int MaxLabels = 8;

    /// <summary>Reads the records.</summary>
    public static async Task<DmarcPath> ReadAsync(string domain, TxtLookup lookup, CancellationToken cancellationToken)
    {
        var (records, faults) = (new List<DmarcRecord>(), new List<string>());
        foreach (var name in Names(domain))
        {
            if (await lookup("_dmarc." + name, cancellationToken) is not { } texts)
            {
                return new DmarcPath(domain, records, faults, "_dmarc." + name);
            }

            switch (texts.Where(IsDmarc).ToList())
            {
                case [var text]:
                    var record = new DmarcRecord(name, text);
                    records.Add(record);
                    if (record.Tag("psd") is "y" or "n")
                    {
                        return new DmarcPath(domain, records, faults, null);
                    }

                    break;
                case { Count: > 1 }:
                    faults.Add(name);
                    break;
            }
        }

        return new DmarcPath(domain, records, faults, null);
    }

    private static IEnumerable<string> Names(string domain)
    {
        yield return domain;
        var labels = domain.Split('.');
        for (var left = Math.Min(labels.Length, MaxLabels) - 1; left > 0; left--)
        {
            yield return string.Join('.', labels[^left..]);
        }
    }

    // The version is the first tag, and its case counts (RFC 9989, 4.7).
    private static bool IsDmarc(string text) =>
        text.Split(';')[0].Split('=') is [var name, var version] && name.Trim() == "v" && version.Trim() == "DMARC1";
}

using CsvHelper;
using DailyDigest.Content;
using DailyDigest.Mailing;

namespace DailyDigest.Subscribers;

/// <summary>A line of a suppression list: an address, or a hash of one.</summary>
/// <param name="Address">The address; null if the line has a hash alone.</param>
/// <param name="Digest">The hash; null if the line has an address.</param>
/// <param name="Reason">Why no mail is to be sent.</param>
/// <param name="Since">Since when; null if the line does not say.</param>
/// <param name="Source">The list that it comes from.</param>
internal sealed record SuppressionLine(
    EmailAddress? Address, AddressDigest? Digest, Suppression Reason, DateTimeOffset? Since, string Source);

/// <summary>
/// Reads the lines of a suppression list. The columns count in any order; a list of one column needs no header. A line that is not
/// understood is refused with its faults, never taken in part.
/// </summary>
internal sealed class SuppressionCsv
{
    /// <summary>The columns of an export.</summary>
    public static readonly string[] Columns = ["email", "sha256", "md5", "reason", "date", "source"];

    private const int MaxSource = 200;

    /// <summary>A column of entries if there is no other: beside another, "address" may be a street.</summary>
    private const string Perhaps = "perhaps";

    private static readonly Dictionary<string, string> Names = Of(
        ("entry", [.. ListWords.Of("email"), "sha256", "md5", "hash", "email hash", "email sha256", "email md5", "digest"]),
        (Perhaps, ["address", "recipient"]),
        ("reason", ["reason", "type", "cause"]),
        ("date", ["date", "since", "created at", "created", "suppressed at", "unsubscribed at", "unsub time", "clean time", "added at"]),
        ("source", ["source", "list"]));

    private static readonly Dictionary<string, string> Reasons = Of(
        (nameof(Suppression.Unsubscribed), ["unsubscribed", "unsubscribe", "unsub", "opt out"]),
        (nameof(Suppression.Bounced), ["bounced", "bounce", "hard bounce", "cleaned", "invalid"]),
        (nameof(Suppression.Complained), ["complained", "complaint", "spam", "spam report", "spam complaint", "abuse"]),
        (nameof(Suppression.Blocked), ["blocked", "block"]));

    private readonly List<(int Index, string Kind)> columns = [];
    private readonly int width;
    private readonly ExportedDepartures? export;

    /// <summary>Reads the names of the columns. Without an entry column the list is unusable, see <see cref="Fault"/>.</summary>
    public SuppressionCsv(IReadOnlyList<string> headers)
    {
        width = headers.Count;
        if (new ListColumns(headers) is { IsExport: true } known)
        {
            export = new ExportedDepartures(known, width);
            return;
        }

        if (width == 1 && IsEntry(headers[0]))
        {
            HasNoHeader = true;
            columns.Add((0, "entry"));
            return;
        }

        for (var index = 0; index < width; index++)
        {
            if (Names.TryGetValue(DepartureColumn.Key(headers[index]), out var kind))
            {
                columns.Add((index, kind));
            }
        }

        if (!columns.Exists(one => one.Kind == "entry"))
        {
            columns.AddRange(columns.FindAll(one => one.Kind == Perhaps).Select(one => (one.Index, "entry")));
        }
    }

    /// <summary>The service whose export it is; null for another list.</summary>
    public string? Service => export?.Service;

    /// <summary>True if the first line is an entry, and no line names columns.</summary>
    public bool HasNoHeader { get; }

    /// <summary>Why the list cannot be read; null if it can.</summary>
    public string? Fault => export is not null ? export.Fault : columns.Exists(one => one.Kind == "entry") ? null
        : "Line 1 names no column of addresses or hashes. Expected: a first line such as email,reason,date or sha256,reason,date; or one "
            + "address or hash on each line.";

    /// <summary>The reason that a word means; null for none. Any case and punctuation counts.</summary>
    public static Suppression? ReasonOf(string? word) =>
        Reasons.TryGetValue(DepartureColumn.Key(word ?? ""), out var name) ? Enum.Parse<Suppression>(name) : null;

    /// <summary>
    /// Reads a row. Returns the line, or the faults in sentences without the address; neither for a person in an export who has not left.
    /// </summary>
    public (SuppressionLine? Line, string Faults) Read(
        ListRow row, Suppression reason, string source, Calendar.DayMonth order, DateTimeOffset now)
    {
        if (export is not null)
        {
            return export.Read(row, source, order, now);
        }

        if (row.HasLineBreak || row.Cells.Count < width || row.Cells.Skip(width).Any(extra => !string.IsNullOrWhiteSpace(extra)))
        {
            return (null, row.HasLineBreak ? "a value has a line break, so nothing of the row was taken."
                : $"the row has {row.Cells.Count} of {width} cells.");
        }

        var faults = new List<string>();
        var (address, digest) = Entry(Values(row, "entry"), faults);
        if (Values(row, "reason").FirstOrDefault() is { } word)
        {
            reason = ReasonOf(word) ?? reason;
            if (ReasonOf(word) is null)
            {
                faults.Add("reason: not unsubscribed, bounced, complained or blocked. Rename the column, and the reason of the whole list "
                    + "counts.");
            }
        }

        DateTimeOffset? since = null;
        if (Values(row, "date").FirstOrDefault() is { } date)
        {
            if (ConsentDate.TryRead(date, order, now, out var instant) is { } fault)
            {
                faults.Add("date: " + fault);
            }
            else
            {
                since = instant;
            }
        }

        source = Values(row, "source").FirstOrDefault() is { } own ? ContentText.Cut(ContentText.OneLine(own).Trim(), MaxSource) : source;
        return faults.Count > 0 || (address is null && digest is null) ? (null, string.Join(' ', faults))
            : (new SuppressionLine(address, digest, reason, since, source), "");
    }

    private static (EmailAddress? Address, AddressDigest? Digest) Entry(List<string> values, List<string> faults)
    {
        EmailAddress? address = null;
        var digests = new List<AddressDigest>();
        foreach (var value in values)
        {
            if (AddressDigest.Parse(value) is { } digest)
            {
                digests.Add(digest);
            }
            else if (EmailAddress.TryParse(SubscriberCsv.Unescape(value), out var parsed) && (address ?? parsed).Equals(parsed))
            {
                address = parsed;
            }
            else
            {
                faults.Add("the entry is neither an address nor a SHA-256 (64 hex digits) or MD5 (32) of one.");
                return (null, null);
            }
        }

        if (values.Count == 0)
        {
            faults.Add("the row has neither an address nor a hash.");
        }
        else if (address is not null && digests.Except(AddressDigest.AllOf(address)).Any())
        {
            faults.Add("the hash is not that of the address.");
        }

        // The stronger hash, if there are two.
        return (address, address is null ? digests.MaxBy(one => one.Hex.Length) : null);
    }

    private List<string> Values(ListRow row, string kind) =>
        [.. columns.Where(one => one.Kind == kind).Select(one => row.Cells[one.Index]).Where(cell => !string.IsNullOrWhiteSpace(cell))];

    private static bool IsEntry(string? text) => AddressDigest.Parse(text) is not null || EmailAddress.TryParse(text, out _);

    private static Dictionary<string, string> Of(params (string Kind, string[] Names)[] all) => all
        .SelectMany(one => one.Names.Select(name => (Key: DepartureColumn.Key(name), one.Kind)))
        .DistinctBy(one => one.Key).ToDictionary(one => one.Key, one => one.Kind, StringComparer.Ordinal);
}

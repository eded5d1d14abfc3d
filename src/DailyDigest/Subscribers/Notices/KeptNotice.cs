using System.Globalization;
using DailyDigest.Runs;
using DailyDigest.Storage;

namespace DailyDigest.Subscribers;

/// <summary>The record of a notice.</summary>
/// <param name="Key">The row's key (<see cref="DueNotice.Key"/>).</param>
/// <param name="Name">The notice as its token names it.</param>
/// <param name="Asked">The instant of the request.</param>
/// <param name="Settled">The instant of the outcome; null while it is due.</param>
/// <param name="Outcome">sent, not needed, too many for this mailbox, or why it failed; null while it is due.</param>
public sealed record KeptNotice(string Key, NoticeName Name, DateTimeOffset? Asked, DateTimeOffset? Settled, string? Outcome)
{
    /// <summary>
    /// Empty, <see cref="NoticeStore.NewAddressKind"/>, <see cref="NoticeStore.FormerAddressKind"/> or <see cref="NoticeStore.LinkKind"/>.
    /// </summary>
    public string Kind => Name.Kind.Split('~')[0];

    /// <summary>For a new address its <see cref="AddressHash.Tag"/>; null for other kinds.</summary>
    internal string? AddressTag => Key.Split('~') is [_, _, NoticeStore.NewAddressKind, var tag] ? tag : null;

    /// <summary>The reports after a relay had accepted it.</summary>
    internal Reports Reports { get; init; }

    /// <summary>The strongest report: complained, bounced, delivered or delayed; null if there was none.</summary>
    public string? ReportedAs => Reports.Strongest();

    /// <summary>The reason why it bounced; null if it did not.</summary>
    public string? Reason { get; init; }

    /// <summary>The instant of the last report with something new; null if there was none.</summary>
    public DateTimeOffset? Reported { get; init; }

    /// <summary>The row's version.</summary>
    internal string? ETag { get; init; }

    /// <summary>Reads a row; null if its key is not that of a notice.</summary>
    internal static KeptNotice? Read(TableRow row)
    {
        var parts = row.Key.Split('~');
        if (parts.Length < 2
            || !uint.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var seconds))
        {
            return null;
        }

        var kind = parts switch
        {
            [_, _, NoticeStore.NewAddressKind, ..] => NoticeStore.NewAddressKind,
            _ => string.Join('~', parts[2..]),
        };
        return new KeptNotice(
            row.Key, new NoticeName(parts[0], DateTimeOffset.FromUnixTimeSeconds(seconds), kind), row.Instant("asked"),
            row.Instant("settled"), row.Text("outcome"))
        {
            Reports = Enum.TryParse<Reports>(row.Text("reports"), out var reports) ? reports : Reports.None,
            Reason = row.Text("reason"),
            Reported = row.Instant("reported"),
            ETag = row.ETag,
        };
    }
}

using System.Globalization;
using DailyDigest.Runs;

namespace DailyDigest.Returns;

/// <summary>One report as posted to <c>/api/outcomes</c>: raw, not checked.</summary>
public sealed record OutcomeInput
{
    /// <summary>The envelope sender that the report came back to, or the token in it. Required.</summary>
    public string? Envelope { get; init; }

    /// <summary>bounced, complained, delivered or delayed. Required.</summary>
    public string? Outcome { get; init; }

    /// <summary>Enhanced status code (RFC 3463), such as 5.1.1.</summary>
    public string? Status { get; init; }

    /// <summary>The reply of the refusing server.</summary>
    public string? Reply { get; init; }

    /// <summary>ISO 8601 instant of the event; when absent, the instant of sending.</summary>
    public string? At { get; init; }

    /// <summary>The report; null, and a line per fault that begins with the field's name, if something cannot be read.</summary>
    internal Report? Parse(List<string> faults)
    {
        var outcome = Outcome switch
        {
            "delayed" => Reports.Delayed,
            "delivered" => Reports.Delivered,
            "bounced" => Reports.Bounced,
            "complained" => Reports.Complained,
            _ => Reports.None,
        };
        if (outcome == Reports.None)
        {
            faults.Add("outcome: bounced, complained, delivered or delayed");
        }

        if (string.IsNullOrWhiteSpace(Envelope))
        {
            faults.Add("envelope: the envelope sender of the digest, or its token");
        }

        DateTimeOffset? at = null;
        if (At is not null)
        {
            if (At.Length <= 40 && DateTimeOffset.TryParse(
                At, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var instant))
            {
                at = instant.ToUniversalTime();
            }
            else
            {
                faults.Add("at: an ISO 8601 instant");
            }
        }

        return faults.Count > 0 ? null : new Report(outcome, Verdicts.OfReport(Status, Reply).Reason, RefusalReasons.Clean(Reply), at);
    }
}

/// <summary>A valid report.</summary>
/// <param name="Outcome">Exactly one flag.</param>
/// <param name="Reason">Why it was returned.</param>
/// <param name="Reply">The refusing server's reply, cleaned; null if there was none.</param>
/// <param name="At">When it happened; null if the report does not say.</param>
internal sealed record Report(Reports Outcome, string Reason, string? Reply, DateTimeOffset? At)
{
    /// <summary>The copy of the message that it is about (<see cref="DeliveryRow.Copies"/>).</summary>
    public int Copy { get; init; }
}

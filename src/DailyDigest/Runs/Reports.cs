namespace DailyDigest.Runs;

/// <summary>The reports of a relay about a delivery after it accepted the message. Several can be true of one delivery.</summary>
[Flags]
internal enum Reports
{
    /// <summary>Nothing was reported.</summary>
    None = 0,

    /// <summary>The next server has not accepted it yet.</summary>
    Delayed = 1,

    /// <summary>The reader's server accepted it.</summary>
    Delivered = 2,

    /// <summary>It was returned as undeliverable.</summary>
    Bounced = 4,

    /// <summary>The reader reported it as spam.</summary>
    Complained = 8,
}

internal static class ReportsText
{
    /// <summary>The strongest: complained, bounced, delivered or delayed; null if nothing was reported.</summary>
    public static string? Strongest(this Reports reports) => reports switch
    {
        var all when all.HasFlag(Reports.Complained) => "complained",
        var all when all.HasFlag(Reports.Bounced) => "bounced",
        var all when all.HasFlag(Reports.Delivered) => "delivered",
        var all when all.HasFlag(Reports.Delayed) => "delayed",
        _ => null,
    };
}

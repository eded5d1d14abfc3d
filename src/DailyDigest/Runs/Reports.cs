namespace DailyDigest.Runs;

/// <summary>What a relay can report of a delivery after it took the message. Several can be true of one delivery.</summary>
[Flags]
internal enum Reports
{
    /// <summary>Nothing was reported.</summary>
    None = 0,

    /// <summary>The next server has not taken it yet.</summary>
    Delayed = 1,

    /// <summary>The reader's server took it.</summary>
    Delivered = 2,

    /// <summary>It came back for good.</summary>
    Bounced = 4,

    /// <summary>Its reader called it spam.</summary>
    Complained = 8,
}

namespace DailyDigest.Hooks;

/// <summary>Web hooks. Section <c>Hooks</c>.</summary>
public sealed class HooksOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Hooks";

    /// <summary>
    /// True to allow web hooks on loopback, private and link-local addresses, and over http. Anyone who can add a hook can then send
    /// requests into the internal network.
    /// </summary>
    public bool AllowPrivateAddresses { get; set; }
}

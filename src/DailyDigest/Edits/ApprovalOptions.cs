namespace DailyDigest.Edits;

/// <summary>The fate of a digest that nobody approved.</summary>
public enum Unapproved
{
    /// <summary>It is sent.</summary>
    Send,

    /// <summary>It is skipped; its stories stay for the next digest.</summary>
    Skip,
}

/// <summary>Whether a digest waits for an editor. Section <c>Approval</c>.</summary>
public sealed class ApprovalOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Approval";

    /// <summary>True if an editor has to approve the digests of each date.</summary>
    public bool Required { get; set; }

    /// <summary>Minutes after a cohort's hour for which its digest waits, 1 to 360.</summary>
    public int WindowMinutes { get; set; } = 60;

    /// <summary>The fate of a digest that was not approved within the window.</summary>
    public Unapproved Otherwise { get; set; } = Unapproved.Send;

    /// <summary>The time for which a digest waits after its hour; zero if no approval is required.</summary>
    internal TimeSpan Wait => Required ? TimeSpan.FromMinutes(WindowMinutes) : TimeSpan.Zero;

    /// <summary>One line per fault, each naming its setting.</summary>
    public IEnumerable<string> Validate()
    {
        if (WindowMinutes is < 1 or > 360)
        {
            yield return "Approval__WindowMinutes: 1 to 360 minutes.";
        }

        if (!Enum.IsDefined(Otherwise))
        {
            yield return "Approval__Otherwise: Send or Skip.";
        }
    }
}

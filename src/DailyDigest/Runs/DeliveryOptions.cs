namespace DailyDigest.Runs;

/// <summary>The policy for a delivery that is in doubt: it may or may not have arrived.</summary>
public enum InDoubtPolicy
{
    /// <summary>It is sent again under the same Message-ID, and held when it is in doubt too often (docs/decisions/0008).</summary>
    ResendOnce,

    /// <summary>It is held at once, also after a crash: nobody gets two copies, and an operator decides about each.</summary>
    Hold,
}

/// <summary>How runs are delivered. Section <c>Delivery</c>.</summary>
public sealed class DeliveryOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Delivery";

    /// <summary>
    /// Connections to the relay per part. A crash leaves at most 2 × Connections messages of a part in doubt (docs/decisions/0017).
    /// </summary>
    public int Connections { get; set; } = 4;

    /// <summary>A digest that could not be started within this time after its hour is skipped.</summary>
    public TimeSpan CatchUp { get; set; } = TimeSpan.FromHours(6);

    /// <summary>
    /// Digests not delivered this long after the run began expire. Together with <see cref="CatchUp"/> less than 24 hours.
    /// </summary>
    public TimeSpan Deadline { get; set; } = TimeSpan.FromHours(12);

    /// <summary>
    /// A part whose owner has committed nothing for this long counts as abandoned, and another worker may take it 30 seconds later.
    /// </summary>
    public TimeSpan Lease { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>How long a worker keeps a part before it releases it (Azure Functions end a function after a while).</summary>
    public TimeSpan Budget { get; set; } = TimeSpan.FromMinutes(4);

    /// <summary>
    /// Messages still being sent this long after a worker took the part are cut off and in doubt; null to wait as long as the relay takes.
    /// For hosts that end the worker: Azure Functions end a function after a while, and all other functions of the process with it.
    /// </summary>
    public TimeSpan? CutOff { get; set; }

    /// <summary>
    /// How long messages being sent may take to end after the host asks to stop; then they are cut off and in doubt. Shorter on hosts that
    /// end the process soon.
    /// </summary>
    public TimeSpan StopGrace { get; set; } = TimeSpan.FromSeconds(8);

    /// <summary>From this many subscribers on, the ledger of a date has 16 slices.</summary>
    public int SliceFrom { get; set; } = 20_000;

    /// <summary>
    /// Days for which the ledger, the runs and the mails of a date are kept. A report on an older delivery is not recognised.
    /// </summary>
    public int KeepDays { get; set; } = 90;

    /// <summary>The policy for a delivery that may or may not have arrived.</summary>
    public InDoubtPolicy InDoubt { get; set; } = InDoubtPolicy.ResendOnce;

    /// <summary>One line per fault, each naming its setting.</summary>
    public IEnumerable<string> Validate()
    {
        if (Connections is < 1 or > 40)
        {
            yield return "Delivery__Connections: 1 to 40.";
        }

        if (CatchUp < TimeSpan.FromMinutes(10))
        {
            yield return "Delivery__CatchUp: at least 10 minutes.";
        }

        if (Deadline < TimeSpan.FromMinutes(10))
        {
            yield return "Delivery__Deadline: at least 10 minutes.";
        }
        else if (CatchUp >= TimeSpan.FromHours(24) - Deadline)
        {
            yield return "Delivery__CatchUp: together with Delivery__Deadline under 24 hours.";
        }

        if (Lease < TimeSpan.FromSeconds(30) || Lease > TimeSpan.FromMinutes(10))
        {
            yield return "Delivery__Lease: 30 seconds to 10 minutes.";
        }

        if (KeepDays is < 14 or > 1_100)
        {
            yield return "Delivery__KeepDays: 14 to 1100 days.";
        }

        if (!Enum.IsDefined(InDoubt))
        {
            yield return "Delivery__InDoubt: ResendOnce or Hold.";
        }

        if (Budget < TimeSpan.FromSeconds(10) || Budget > TimeSpan.FromHours(1))
        {
            yield return "Delivery__Budget: 10 seconds to 1 hour.";
        }

        if (StopGrace < TimeSpan.FromSeconds(1) || StopGrace > TimeSpan.FromMinutes(1))
        {
            yield return "Delivery__StopGrace: 1 second to 1 minute.";
        }

        if (CutOff < Budget + TimeSpan.FromMinutes(1))
        {
            yield return "Delivery__CutOff: empty, or at least Delivery__Budget plus 1 minute.";
        }
    }
}

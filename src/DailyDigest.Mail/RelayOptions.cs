namespace DailyDigest.Mail;

/// <summary>
/// One relay: how it is reached, and what it allows. The settings of the first relay stand in the section <c>Mail</c> itself
/// (<see cref="MailOptions"/>), those of further relays under <c>Mail__Relays__0</c> and so on.
/// </summary>
public class RelayOptions : MailServerOptions
{
    // Many relays close a connection after 100 messages; a new connection costs about as much as two messages.
    private const int DefaultPerConnection = 100;

    /// <summary>Maximum of connections at once, for all machines together; 0 for no limit.</summary>
    public int Connections { get; set; }

    /// <summary>Maximum of messages a second, for all machines together; fractions allowed; 0 for no limit.</summary>
    public double PerSecond { get; set; }

    /// <summary>
    /// Maximum of messages in any 60 minutes, for all machines together; a tenth is kept for service mails. 0 for no limit.
    /// </summary>
    public int PerHour { get; set; }

    /// <summary>Maximum of messages a UTC day, for all machines together; 0 for no limit.</summary>
    public int PerDay { get; set; }

    /// <summary>Messages after which a connection is closed and another opened; 0 for no limit.</summary>
    public int PerConnection { get; set; } = DefaultPerConnection;

    /// <inheritdoc/>
    public override int EffectivePort => Port != 0 ? Port : Protection == MailSecurity.Tls ? 465 : 587;

    /// <summary>One line per fault, each naming its setting with <paramref name="prefix"/> before it.</summary>
    internal IEnumerable<string> Validate(string prefix, bool development, bool needsHost)
    {
        if (needsHost && Host.Length == 0)
        {
            yield return $"{prefix}__Host: the relay's host name.";
        }

        foreach (var fault in ValidateServer(prefix, development))
        {
            yield return fault;
        }

        if (Connections is < 0 or > 10_000)
        {
            yield return $"{prefix}__Connections: 1 to 10000, or 0 for no limit.";
        }

        // At less than one message an hour no run would end. The comparison refuses "not a number", too.
        if (PerSecond != 0 && !(PerSecond is >= 1.0 / 3600 and <= 100_000))
        {
            yield return $"{prefix}__PerSecond: 0.0003 (one an hour) to 100000, or 0 for no limit.";
        }

        if (PerHour < 0)
        {
            yield return $"{prefix}__PerHour: 1 or more, or 0 for no limit.";
        }

        if (PerDay < 0)
        {
            yield return $"{prefix}__PerDay: 1 or more, or 0 for no limit.";
        }

        if (PerConnection < 0)
        {
            yield return $"{prefix}__PerConnection: 1 or more, or 0 for no limit.";
        }
    }
}

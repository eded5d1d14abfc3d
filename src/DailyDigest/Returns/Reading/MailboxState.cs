using System.Globalization;

namespace DailyDigest.Returns;

/// <summary>How the readings of the mailbox go.</summary>
public sealed record MailboxState
{
    /// <summary>Messages left for a person from which on an operator should look at them.</summary>
    public const int SetAsideToAlert = 20;

    /// <summary>When the next reading is due; null if there was none yet.</summary>
    public DateTimeOffset? Next { get; init; }

    /// <summary>When it was last read without a fault; null if never.</summary>
    public DateTimeOffset? LastRead { get; init; }

    /// <summary>Readings that failed, in a row.</summary>
    public int Failures { get; init; }

    /// <summary>When the first of these failed; null without a failure.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Why the last one failed, without addresses and secrets; null without a failure.</summary>
    public string? Reply { get; init; }

    /// <summary>Messages in the mailbox that were left for a person.</summary>
    public int SetAside { get; init; }

    /// <summary>The failure in words; null if the last reading succeeded.</summary>
    public string? Fault(string mailbox) => Failures == 0 ? null : string.Create(
        CultureInfo.InvariantCulture,
        $"mailbox {mailbox} cannot be read since {Since?.UtcDateTime:yyyy-MM-dd HH:mm} UTC: {Reply}");

    /// <summary>The messages that wait for a person, in words; null unless there are <see cref="SetAsideToAlert"/>.</summary>
    public string? Waiting(string mailbox) => SetAside < SetAsideToAlert ? null : string.Create(
        CultureInfo.InvariantCulture, $"{SetAside} messages in mailbox {mailbox} are of no known kind and wait for a person");
}

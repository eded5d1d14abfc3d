using DailyDigest.Figures;
using DailyDigest.Mailing;
using DailyDigest.Storage;

namespace DailyDigest.Subscribers;

/// <summary>
/// The receiving domains whose complaints and bounces are counted by name: those that give mailboxes to everybody, and those that got
/// many messages on one of the last days. All others are counted together, because a small domain might tell who reads.
/// </summary>
public sealed class ReceivingDomains(ITableStore tables, TimeProvider time)
{
    /// <summary>Messages on one day from which on a domain is counted by name.</summary>
    public const int MinMessages = 100;

    /// <summary>Days, today included, of which the one with the most messages counts.</summary>
    public const int Days = 7;

    private static readonly TimeSpan MaxAge = TimeSpan.FromHours(1);

    private readonly FigureStore figures = new(tables);
    private (IReadOnlySet<string> Names, DateTimeOffset Read)? known;

    /// <summary>The domains with many messages on one of the days.</summary>
    public static IReadOnlySet<string> Large(IEnumerable<FigureDay> days) => days
        .SelectMany(day => day.Labels.List())
        .Where(one => one.Label != FigureLabels.Other && MessagesOf(one.Counts) >= MinMessages)
        .Select(one => one.Label).ToHashSet(StringComparer.Ordinal);

    /// <summary>True for a domain that is counted by name.</summary>
    /// <param name="domain">The domain.</param>
    /// <param name="large">See <see cref="Large"/>.</param>
    public static bool IsNamed(string domain, IReadOnlySet<string> large) => Mailbox.IsPublic(domain) || large.Contains(domain);

    /// <summary>Messages that a relay took or refused.</summary>
    public static long MessagesOf(FigureCounts counts) => counts["sent"] + counts["rejected"];

    /// <summary>The name under which the domain of an address is counted. Reads at most once an hour.</summary>
    internal async Task<string> NameAsync(string domain, DateOnly today, CancellationToken cancellationToken) =>
        domain.Length == 0 || domain.Length > 80 ? FigureLabels.Other
        : Mailbox.IsPublic(domain) || (await LargeAsync(today, cancellationToken)).Contains(domain) ? domain
        : FigureLabels.Other;

    private async Task<IReadOnlySet<string>> LargeAsync(DateOnly today, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        if (known is not { } read || now - read.Read > MaxAge)
        {
            read = (Large(await figures.RangeAsync(FigureKinds.Domains, today.AddDays(1 - Days), today, cancellationToken)), now);
            known = read;
        }

        return read.Names;
    }
}

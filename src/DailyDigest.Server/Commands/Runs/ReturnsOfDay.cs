using DailyDigest.Calendar;
using DailyDigest.Figures;
using DailyDigest.Returns;

namespace DailyDigest.Server.Commands;

/// <summary>The counts of the reports that came back on a UTC day.</summary>
internal sealed record ReturnsOfDay(DateOnly Day, IReadOnlyDictionary<string, long> Counts)
{
    private static readonly (string Name, string One, string Many)[] Kinds =
    [
        (NameOf(ReturnKind.Bounced), "bounce", "bounces"),
        (NameOf(ReturnKind.Complained), "complaint", "complaints"),
        (NameOf(ReturnKind.Unsubscribe), "unsubscribe request", "unsubscribe requests"),
        (NameOf(ReturnKind.Delayed), "delay", "delays"),
        (NameOf(ReturnKind.Delivered), "delivery", "deliveries"),
        (NameOf(ReturnKind.AutoReply), "automatic reply", "automatic replies"),
        (NameOf(ReturnKind.Challenge), "challenge", "challenges"),
        (NameOf(ReturnKind.Other), "message of no known kind", "messages of no known kind"),
        (ReturnStore.Repeated, "repetition", "repetitions"),
    ];

    /// <summary>Reads the counts of the day; null for today.</summary>
    public static async Task<ReturnsOfDay> ReadAsync(IServiceProvider services, DateOnly? day, CancellationToken cancellationToken)
    {
        var chosen = day ?? LocalDates.Utc(services.GetRequiredService<TimeProvider>().GetUtcNow());
        FigureCounts counts = await services.GetRequiredService<ReturnStore>().CountsAsync(chosen, cancellationToken);
        return new ReturnsOfDay(chosen, counts.ToDictionary(pair => pair.Key, pair => pair.Value));
    }

    /// <summary>A sentence; null if nothing came back.</summary>
    public string? Words()
    {
        var parts = Kinds.Where(kind => Of(kind.Name) > 0)
            .Select(kind => $"{Format.Count(Of(kind.Name))} {(Of(kind.Name) == 1 ? kind.One : kind.Many)}").ToList();
        var unproven = Counts.Where(pair => pair.Key.StartsWith(ReturnStore.Unproven, StringComparison.Ordinal)).Sum(pair => pair.Value);
        if (unproven > 0)
        {
            parts.Add($"{Format.Count(unproven)} without proof, which changed nothing");
        }

        return parts.Count == 0 ? null : $"Came back on {Day.Text()} (UTC): {string.Join(", ", parts)}.";
    }

    private long Of(string name) => Counts.GetValueOrDefault(name);

    private static string NameOf(ReturnKind kind) => ReturnStore.NameOf(kind, ReturnResult.Done);
}

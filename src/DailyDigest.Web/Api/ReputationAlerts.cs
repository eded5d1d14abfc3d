using DailyDigest.Figures;
using DailyDigest.Reporting;
using DailyDigest.Subscribers;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace DailyDigest.Web;

/// <summary>
/// The alerts of complaints and bounces. Each has two names, so that a web hook hears when a warning becomes worse. They concern the
/// sender and not this machine: /readyz names them and stays ready.
/// </summary>
internal sealed class ReputationAlerts(RateReputation rate, TimeProvider time)
{
    // Four alerts look at the same figures one after another.
    private static readonly TimeSpan MaxAge = TimeSpan.FromSeconds(5);

    private (IReadOnlyList<ReputationFinding> Found, DateTimeOffset Read)? known;

    public static void Add(IServiceCollection services)
    {
        services.TryAddSingleton<FigureStore>();
        services.TryAddSingleton<RateReputation>();
        services.AddSingleton<ReputationAlerts>();
        services.AddSingleton(one => new Alert("complaints", stop => TextAsync(one, ReputationKind.Complaints, isHigh: false, stop)));
        services.AddSingleton(one => new Alert("complaints_high", stop => TextAsync(one, ReputationKind.Complaints, isHigh: true, stop)));
        services.AddSingleton(one => new Alert("bounces", stop => TextAsync(one, ReputationKind.Bounces, isHigh: false, stop)));
        services.AddSingleton(one => new Alert("bounces_high", stop => TextAsync(one, ReputationKind.Bounces, isHigh: true, stop)));
    }

    /// <summary>The rates of the kind and severity; null if none is too high.</summary>
    public async Task<string?> TextAsync(ReputationKind kind, bool isHigh, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        if (known is not { } read || now - read.Read > MaxAge)
        {
            known = read = (await rate.ExecuteAsync(cancellationToken), now);
        }

        var texts = read.Found.Where(one => one.Kind == kind && one.IsHigh == isHigh).Select(one => one.ToString());
        return string.Join("; ", texts) is { Length: > 0 } text ? text : null;
    }

    private static Task<string?> TextAsync(
        IServiceProvider services, ReputationKind kind, bool isHigh, CancellationToken cancellationToken) =>
        services.GetRequiredService<ReputationAlerts>().TextAsync(kind, isHigh, cancellationToken);
}

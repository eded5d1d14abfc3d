namespace DailyDigest.Web;

/// <summary>Values of a plot, one for each day or week.</summary>
/// <param name="Name">The name in the legend and in the table.</param>
/// <param name="Look">The class of its colour.</param>
/// <param name="Values">The values; null where nothing is known.</param>
/// <param name="IsDown">True for bars that go down from zero.</param>
public sealed record PlotSeries(string Name, string Look, IReadOnlyList<long?> Values, bool IsDown = false);

/// <summary>A day, or the seven days of a bar.</summary>
/// <param name="First">The first date.</param>
/// <param name="Last">The last date.</param>
public sealed record PlotSpan(DateOnly First, DateOnly Last);

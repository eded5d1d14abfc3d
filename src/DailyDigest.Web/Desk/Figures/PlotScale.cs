namespace DailyDigest.Web;

/// <summary>The vertical scale of a plot: from a round number to a round number, with two to five steps.</summary>
/// <param name="Low">The value at the bottom.</param>
/// <param name="High">The value at the top.</param>
/// <param name="Step">The distance of the lines.</param>
public sealed record PlotScale(double Low, double High, double Step)
{
    /// <summary>The values of the lines, from the top down.</summary>
    public IEnumerable<double> Lines()
    {
        for (var value = High; value > Low - (Step / 2); value -= Step)
        {
            yield return Math.Abs(value) < Step / 1_000 ? 0 : value;
        }
    }

    /// <summary>The place of a value: 0 at the top, 100 at the bottom.</summary>
    public double Of(double value) => Math.Clamp(100 * (High - value) / (High - Low), 0, 100);

    /// <summary>A scale for the values.</summary>
    /// <param name="lowest">The lowest value.</param>
    /// <param name="highest">The highest value.</param>
    /// <param name="fromZero">True for bars, which begin at 0; a line of large numbers may begin near its lowest.</param>
    public static PlotScale For(double lowest, double highest, bool fromZero)
    {
        var (low, high) = fromZero ? (Math.Min(0, lowest), Math.Max(0, highest)) : (lowest, highest);
        if (high - low < 1)
        {
            (low, high) = (fromZero || low < 2 ? Math.Min(0, low) : low - 2, high + 1);
        }

        var step = Round((high - low) / 4);
        var scale = new PlotScale(Math.Floor(low / step) * step, Math.Ceiling(high / step) * step, step);
        return !fromZero && scale.Low < 0 && lowest >= 0 ? scale with { Low = 0 } : scale;
    }

    /// <summary>1, 2 or 5 times a power of ten, at least 1.</summary>
    private static double Round(double step)
    {
        var power = Math.Pow(10, Math.Floor(Math.Log10(Math.Max(step, 1))));
        return Math.Max(1, (step / power) switch { <= 1 => 1, <= 2 => 2, <= 5 => 5, _ => 10 } * power);
    }
}

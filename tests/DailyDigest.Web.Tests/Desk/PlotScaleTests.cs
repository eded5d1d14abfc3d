namespace DailyDigest.Web.Tests.Desk;

/// <summary>The vertical scale of a plot.</summary>
public sealed class PlotScaleTests
{
    [Theory]
    [InlineData(0, 0, true, "1 0")]
    [InlineData(-2, 7, true, "10 5 0 -5")]
    [InlineData(0, 1170, true, "1500 1000 500 0")]
    [InlineData(1059, 1204, false, "1250 1200 1150 1100 1050")]
    [InlineData(5, 5, false, "6 5 4 3")]
    [InlineData(0, 0, false, "1 0")]
    [InlineData(990_000, 1_010_000, false, "1010000 1005000 1000000 995000 990000")]
    public void A_scale_goes_from_a_round_number_to_a_round_number(double low, double high, bool fromZero, string lines)
    {
        var scale = PlotScale.For(low, high, fromZero);

        Assert.Equal(lines, string.Join(' ', scale.Lines().Select(line => $"{line:0}")));
        Assert.Equal((0, 100), (scale.Of(scale.High), scale.Of(scale.Low)));
    }
}

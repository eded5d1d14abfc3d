using DailyDigest.Settings;

namespace DailyDigest.Tests.Settings;

public sealed class AccentColorTests
{
    [Theory]
    [InlineData("#9b1c1c")]
    [InlineData("#ffe100")]
    [InlineData("#000000")]
    [InlineData("#ffffff")]
    [InlineData("#7f7f7f")]
    public void Both_shades_of_every_color_are_readable_on_their_backgrounds(string color)
    {
        var accent = AccentColor.From(color);

        Assert.Equal(color, accent.Value);
        Assert.InRange(AccentColor.Contrast(accent.OnLight, AccentColor.LightBackground), 4.5, 21);
        Assert.InRange(AccentColor.Contrast(accent.OnDark, AccentColor.DarkBackground), 4.5, 21);
    }

    [Fact]
    public void A_color_that_is_readable_already_stays_as_it_is() => Assert.Equal("#9b1c1c", AccentColor.From("#9b1c1c").OnLight);

    [Fact]
    public void Text_that_is_no_color_counts_as_the_default() =>
        Assert.Equal(AccentColor.From(new Publication().Color), AccentColor.From("red"));

    [Fact]
    public void Contrast_is_the_ratio_that_WCAG_defines() => Assert.Equal(21, AccentColor.Contrast("#000000", "#ffffff"), 3);
}

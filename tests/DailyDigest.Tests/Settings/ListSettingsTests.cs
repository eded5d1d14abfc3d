using DailyDigest.Runs;
using DailyDigest.Settings;
using Microsoft.Extensions.Configuration;

namespace DailyDigest.Tests.Settings;

/// <summary>The list of settings: origin, hidden secrets, settings that nothing reads.</summary>
public sealed class ListSettingsTests
{
    [Theory]
    [InlineData("Identity:Key")]
    [InlineData("Links:Keys")]
    [InlineData("Api:Keys:0:Key")]
    [InlineData("Mail:Password")]
    [InlineData("Mail:Relays:0:Password")]
    [InlineData("Mail:OAuth:ClientSecret")]
    [InlineData("Azure:ConnectionString")]
    [InlineData("Dkim:Keys:0:PrivateKey")]
    public void The_name_of_a_secret_hides_its_value(string path) => Assert.True(ListSettings.IsSecret(path));

    [Theory]
    [InlineData("Mail:Host")]
    [InlineData("Api:Keys:0:Name")]
    [InlineData("Delivery:KeepDays")]
    [InlineData("Publication:Name")]
    public void Other_values_are_shown(string path) => Assert.False(ListSettings.IsSecret(path));

    [Theory]
    [InlineData("https://user:hunter2@feeds.example.com/rss")]
    [InlineData("AccountName=x;AccountKey=hunter2")]
    [InlineData("https://x.blob.core.windows.net/a?sig=hunter2")]
    public void A_value_that_holds_a_login_is_hidden(string value)
    {
        var listed = List(("Publication:SiteUrl", value)).Single(one => one.Name == "Publication__SiteUrl");
        Assert.Equal((true, (string?)null), (listed.IsSecret, listed.Value));
    }

    [Fact]
    public void A_setting_says_where_it_comes_from()
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(
                [KeyValuePair.Create("Delivery:KeepDays", (string?)"5"), KeyValuePair.Create("Delivery:Typo", (string?)"x")])
            .Add(new EnvironmentProvider("Delivery:KeepDays", "77")).Build();

        var listed = new ListSettings(configuration, [new KnownSection("Delivery", typeof(DeliveryOptions))]).Execute();

        var (set, typo) = (listed.Single(one => one.Name == "Delivery__KeepDays"), listed.Single(one => one.Name == "Delivery__Typo"));
        Assert.Equal(("77", SettingOrigin.Environment), (set.Value, set.Origin));
        Assert.Equal((SettingOrigin.Program, false), (typo.Origin, typo.IsKnown));
        Assert.All(listed.Except([set, typo]), one => Assert.Equal((SettingOrigin.Default, true), (one.Origin, one.IsKnown)));
        Assert.True(listed.Count > 5);
    }

    [Fact]
    public void Lists_and_nested_values_are_known()
    {
        var listed = List(
            ("Publication:Languages:0", "en"), ("Publication:SectionNames:0:Section", "a"), ("Publication:SectionNames:0:X", "b"));
        Assert.Equal("Publication__SectionNames__0__X", Assert.Single(listed, one => !one.IsKnown).Name);
    }

    // As the provider of the environment is named.
    private sealed class EnvironmentProvider : ConfigurationProvider, IConfigurationSource
    {
        public EnvironmentProvider(string key, string value) => Set(key, value);

        public IConfigurationProvider Build(IConfigurationBuilder builder) => this;
    }

    private static IReadOnlyList<ListedSetting> List(params (string Key, string Value)[] values) => new ListSettings(
        new ConfigurationBuilder().AddInMemoryCollection(values.Select(one => KeyValuePair.Create(one.Key, (string?)one.Value))).Build(),
        [new KnownSection("Publication", typeof(Publication))]).Execute();
}

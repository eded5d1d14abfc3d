using System.Text.RegularExpressions;
using DailyDigest.Testing.Services;

namespace DailyDigest.Infra.Tests;

/// <summary>The app settings of a deployment against docs/configuration.md.</summary>
public sealed partial class SettingTests
{
    /// <summary>Settings that an app on Azure needs and that the deployment does not set, with the reason.</summary>
    private static readonly Dictionary<string, string> NotSet = new()
    {
        ["AzureWebJobsStorage"] = "A connection string. AzureWebJobsStorage__accountName and the identity take its place.",
        ["FUNCTIONS_WORKER_RUNTIME"] = "Flex Consumption refuses it; functionAppConfig has the runtime.",
        ["Api__Keys"] = "The form without names. Api__Keys__0 has a name, a scope and a key.",
    };

    [Fact]
    public async Task Every_setting_that_an_app_on_azure_needs_is_set_or_has_a_reason()
    {
        var settings = (await Deployment.PredictAsync()).Settings;
        var needed = Rows().Where(row => row.Groups["azure"].Value == "required").Select(row => row.Groups["name"].Value).ToList();

        Assert.Contains("Publication__PostalAddress", needed);
        Assert.All(needed, name => Assert.True(settings.ContainsKey(name) || NotSet.ContainsKey(name), $"infra/ does not set {name}."));
        Assert.All(NotSet.Keys, name => Assert.False(settings.ContainsKey(name), $"{name} is set and has a reason why not."));
        Assert.All(NotSet.Keys, name => Assert.Contains(name, needed));
        Assert.Contains("AzureWebJobsStorage__accountName", settings.Keys);
    }

    [Fact]
    public async Task Every_setting_of_ours_is_one_that_the_configuration_page_has()
    {
        var settings = (await Deployment.PredictFullAsync()).Settings;
        var rows = Rows().Select(row => row.Groups["name"].Value).ToHashSet();

        var unknown = settings.Keys.Where(name => !name.StartsWith("AzureWebJobs", StringComparison.Ordinal)
            && !name.StartsWith("APPLICATIONINSIGHTS_", StringComparison.Ordinal) && name != "AZURE_CLIENT_ID"
            && !rows.Contains(name) && !rows.Contains(name.Split("__0__")[0]));
        Assert.Empty(unknown);
    }

    /// <summary>Quotes, the syntax of a shell and of a template, a line break, another script: each arrives as it was given.</summary>
    [Fact]
    public async Task Values_and_other_settings_arrive_as_they_were_given()
    {
        const string Shell = "a 'b' \"c\" \\ $(id) `id` ${HOME} %PATH%";
        const string Other = """
            {"Publication__Hour":"6","Feeds__Sources__0__Url":"https://www.example.com/rss","Storage__Azure__AccountName":"other"}
            """;
        var settings = (await Deployment.PredictAsync(
            ("DAILYDIGEST_NAME", Shell), ("DAILYDIGEST_POSTAL_ADDRESS", "first line\nsecond line"),
            ("DAILYDIGEST_MAIL_FROM", "النشرة"),
            ("DAILYDIGEST_TIME_ZONE", "[parameters('identityKey')]"), ("DAILYDIGEST_SETTINGS", Other))).Settings;

        Assert.Equal(Shell, settings["Publication__Name"]);
        Assert.Equal("first line\nsecond line", settings["Publication__PostalAddress"]);
        Assert.Equal("النشرة", settings["Mail__From"]);
        Assert.Equal("[parameters('identityKey')]", settings["Publication__TimeZone"]);
        Assert.Equal("6", settings["Publication__Hour"]);
        Assert.Equal("https://www.example.com/rss", settings["Feeds__Sources__0__Url"]);
        Assert.NotEqual("other", settings["Storage__Azure__AccountName"]);
    }

    [Fact]
    public async Task Host_and_app_reach_storage_as_the_same_identity()
    {
        var settings = (await Deployment.PredictAsync()).Settings;

        Assert.Equal(settings["Storage__Azure__AccountName"], settings["AzureWebJobsStorage__accountName"]);
        Assert.Equal("managedidentity", settings["AzureWebJobsStorage__credential"]);
        Assert.Equal(settings["AZURE_CLIENT_ID"], settings["AzureWebJobsStorage__clientId"]);
        Assert.Equal("true", settings["AzureWebJobsDisableHomepage"]);
        Assert.DoesNotContain("FUNCTIONS_WORKER_RUNTIME", settings.Keys);
    }

    private static MatchCollection Rows() =>
        Row().Matches(File.ReadAllText(Path.Combine(TestServices.Repository, "docs", "configuration.md")));

    [GeneratedRegex(@"^\| `(?<name>[A-Za-z0-9_]+)` \|.*\| (?<azure>[^|]*?) ?\|$", RegexOptions.Multiline)]
    private static partial Regex Row();
}

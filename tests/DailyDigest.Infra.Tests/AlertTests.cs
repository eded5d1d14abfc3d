using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using DailyDigest.Testing.Services;

namespace DailyDigest.Infra.Tests;

/// <summary>The alert rules and the workbook against docs/runbook.md and the log lines of the source.</summary>
public sealed partial class AlertTests
{
    private const string Query = "Microsoft.Insights/scheduledQueryRules";

    private const string ByReadiness = "The rule `alerts` finds it in /readyz, as it finds any alert.";

    /// <summary>Alerts of the runbook without a rule, with the reason.</summary>
    private static readonly Dictionary<string, string> NoRule = new()
    {
        ["bounces"] = ByReadiness,
        ["bounces_high"] = ByReadiness,
        ["complaints"] = ByReadiness,
        ["complaints_high"] = ByReadiness,
        ["mailbox"] = ByReadiness,
        ["returns"] = ByReadiness,
        ["restore"] = "The journal raises it, and Azure Storage has none.",
        ["journal"] = "The journal is a file beside SQLite.",
    };

    private static readonly string Runbook = File.ReadAllText(Path.Combine(TestServices.Repository, "docs", "runbook.md"));

    [Fact]
    public async Task Every_alert_of_the_runbook_has_a_rule_or_a_reason_why_not()
    {
        var deployment = await Deployment.PredictAsync();
        var alerts = Alert().Matches(Runbook).Select(match => match.Groups["name"].Value).Distinct().ToList();
        var rules = deployment.All(Query).Select(rule => rule.GetProperty("name").GetString()!.Split('-')[^1]).ToList();

        Assert.Contains("relay", alerts);
        Assert.Equal(alerts.Order(), rules.Concat(NoRule.Keys).Order());
    }

    /// <summary>A rule finds a line by its text. The text must be that of the event, and the event must be on the alert's page.</summary>
    [Fact]
    public async Task A_rule_finds_the_lines_of_the_events_on_its_page()
    {
        var (_, output, _) = await BicepTool.RunAsync(
            BicepTool.Infra, new Dictionary<string, string>(), "build", "modules/alerts.bicep", "--stdout");
        var rules = JsonDocument.Parse(output).RootElement.GetProperty("variables").GetProperty("rules").EnumerateArray().ToList();
        var lines = Lines();

        Assert.NotEmpty(rules);
        Assert.All(rules, rule =>
        {
            var page = rule.GetProperty("page").GetString();
            Assert.Contains($"lists the alert `{rule.GetProperty("alert").GetString()}`", Runbook, StringComparison.Ordinal);
            Assert.All(rule.GetProperty("events").EnumerateArray(), one =>
            {
                var id = one.GetProperty("id").GetInt32();
                var row = Event().Matches(Runbook).Single(match => match.Groups["ids"].Value.Split(", ").Contains($"{id}"));
                Assert.Equal(page, row.Groups["page"].Value);
                Assert.Matches("^" + one.GetProperty("text").GetString(), lines[id]);
                Assert.Equal(1, lines.Values.Count(line => Regex.IsMatch(line, "^" + one.GetProperty("text").GetString())));
            });
        });
    }

    [Fact]
    public async Task A_rule_asks_application_insights_and_ends_by_itself()
    {
        var deployment = await Deployment.PredictAsync();

        Assert.All(deployment.All(Query), rule =>
        {
            var properties = rule.GetProperty("properties");
            var query = properties.GetProperty("criteria").GetProperty("allOf")[0].GetProperty("query").GetString()!;
            Assert.StartsWith("traces | where message matches regex @\"^(", query, StringComparison.Ordinal);
            Assert.Equal(2, query.Count(character => character == '"'));
            Assert.True(properties.GetProperty("autoMitigate").GetBoolean());
            Assert.Contains("outputs.id", properties.GetProperty("scopes")[0].GetString()!, StringComparison.Ordinal);
        });
    }

    /// <summary>A rule may wait for a single line. Sampling, which begins at 20 items a second, could drop it.</summary>
    [Fact]
    public void The_host_does_not_sample_log_lines()
    {
        using var host = JsonDocument.Parse(File.ReadAllText(Path.Combine(TestServices.Repository, "host.json")));
        var sampling = host.RootElement.GetProperty("logging").GetProperty("applicationInsights").GetProperty("samplingSettings");

        Assert.Contains("Trace", sampling.GetProperty("excludedTypes").GetString()!.Split(';'));
    }

    [Fact]
    public async Task Alerts_go_to_an_address_and_to_a_group_of_ones_own()
    {
        foreach (var (deployment, groups) in new[] { (await Deployment.PredictAsync(), 0), (await Deployment.PredictFullAsync(), 2) })
        {
            Assert.Equal(groups / 2, deployment.All("Microsoft.Insights/actionGroups").Count);
            Assert.All(deployment.All(Query), rule => Assert.Equal(groups,
                rule.GetProperty("properties").GetProperty("actions").GetProperty("actionGroups").GetArrayLength()));
            Assert.All(deployment.All("Microsoft.Insights/metricAlerts"), rule =>
                Assert.Equal(groups, rule.GetProperty("properties").GetProperty("actions").GetArrayLength()));
        }
    }

    /// <summary>The texts are those of docs/api.md: an alert of any name, and a storage that takes no writes, fail a test.</summary>
    [Fact]
    public async Task Two_tests_from_outside_ask_readyz_and_can_be_left_out()
    {
        var deployment = await Deployment.PredictFullAsync();
        var tests = deployment.All("Microsoft.Insights/webtests").Select(one => one.GetProperty("properties")).ToList();

        Assert.Equal(["\"status\":\"ready\"", "\"alerts\":[]"], tests.Select(one =>
            one.GetProperty("ValidationRules").GetProperty("ContentValidation").GetProperty("ContentMatch").GetString()));
        Assert.All(tests, one =>
            Assert.Equal("https://digest.example.com/readyz", one.GetProperty("Request").GetProperty("RequestUrl").GetString()));
        Assert.Equal(2, deployment.All("Microsoft.Insights/metricAlerts").Count);
        Assert.Empty((await Deployment.PredictAsync(("DAILYDIGEST_RECOVER_VAULT", "true"), ("DAILYDIGEST_AVAILABILITY_TESTS", "false")))
            .All("Microsoft.Insights/webtests"));
    }

    [Fact]
    public async Task The_workbook_shows_every_metric_of_the_app_as_the_dashboard_does()
    {
        var data = (await Deployment.PredictAsync()).One("Microsoft.Insights/workbooks").GetProperty("properties")
            .GetProperty("serializedData").GetString()!;
        var source = File.ReadAllText(Path.Combine(TestServices.Repository, "src", "DailyDigest", "Settings", "Telemetry.cs"));
        var metrics = Metric().Matches(source).Select(match => match.Value).Distinct().Order().ToList();

        Assert.Contains("dailydigest.deliveries", metrics);
        Assert.Equal(metrics, Metric().Matches(data).Select(match => match.Value).Distinct().Order());
        var dashboard = File.ReadAllText(Path.Combine(TestServices.Repository, "deploy", "watch", "dashboard.json"));
        Assert.All(metrics, metric => Assert.Contains(metric.Replace('.', '_'), dashboard, StringComparison.Ordinal));
        Assert.All(JsonDocument.Parse(data).RootElement.GetProperty("items").EnumerateArray(), item => item.GetProperty("content"));
    }

    /// <summary>The log lines of the source by event id, each placeholder filled with "3".</summary>
    private static Dictionary<int, string> Lines() => Directory
        .EnumerateFiles(Path.Combine(TestServices.Repository, "src"), "*.cs", SearchOption.AllDirectories)
        .Where(path => !path.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal))
        .SelectMany(path => LogLine().Matches(File.ReadAllText(path)))
        .ToDictionary(
            match => int.Parse(match.Groups["id"].Value, CultureInfo.InvariantCulture),
            match => Placeholder().Replace(
                string.Concat(Literal().Matches(match.Groups["text"].Value).Select(one => one.Groups[1].Value)), "3"));

    [GeneratedRegex(@"^\| `/readyz` lists the alert `(?<name>\w+)`", RegexOptions.Multiline)]
    private static partial Regex Alert();

    [GeneratedRegex(@"^\| (?<ids>\d+(?:, \d+)*) \| [^|]+ \| \[[^\]]+\]\(#(?<page>[^)]+)\) \|$", RegexOptions.Multiline)]
    private static partial Regex Event();

    [GeneratedRegex(@"dailydigest\.[a-z_]+(?:\.[a-z_]+)*")]
    private static partial Regex Metric();

    [GeneratedRegex(@"\[LoggerMessage\((?<id>\d+), LogLevel\.\w+,(?<text>.*?)\)\]\s*public static partial", RegexOptions.Singleline)]
    private static partial Regex LogLine();

    [GeneratedRegex(@"""((?:[^""\\]|\\.)*)""")]
    private static partial Regex Literal();

    [GeneratedRegex(@"\{[^}]+\}")]
    private static partial Regex Placeholder();
}

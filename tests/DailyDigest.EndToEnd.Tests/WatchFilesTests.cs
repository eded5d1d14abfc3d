using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using DailyDigest.EndToEnd.Tests.Fixtures;
using DailyDigest.Testing.Services;

namespace DailyDigest.EndToEnd.Tests;

/// <summary>The dashboard and the alert rules of deploy/watch against the metrics of a real server, and against docs/runbook.md.</summary>
[Collection(WatchFixture.Collection)]
public sealed partial class WatchFilesTests(WatchFixture watched)
{
    /// <summary>Prometheus itself adds these.</summary>
    private static readonly string[] Added = ["job", "instance", "le"];

    private static readonly string Runbook = File.ReadAllText(Path.Combine(TestServices.Repository, "docs", "runbook.md"));

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_metric_label_and_value_of_a_query_is_one_of_a_server_that_did_a_run()
    {
        var series = Read(await watched.ScrapeAsync("dailydigest_runs_total{"));
        var queries = WatchFiles.Rules().Select(rule => (rule.Name, rule.Query, Legend: ""))
            .Concat(WatchFiles.Panels().Select(panel => (Name: panel.Title, panel.Query, panel.Legend))).ToList();
        var faults = new List<string>();

        Assert.True(queries.Count > 50, $"There are {queries.Count} queries.");
        foreach (var (name, query, legend) in queries)
        {
            var selectors = WatchFiles.Selectors(query);
            Assert.True(selectors.Count > 0 && selectors.Count == query.Count(one => one == '{'), $"{name}: {query}");
            foreach (var selector in selectors.Where(one => one.Metric != "up"))
            {
                faults.AddRange(Faults(selector, series).Select(fault => $"{name}: {selector.Metric} {fault}"));
            }

            var labels = selectors.SelectMany(one => series.GetValueOrDefault(one.Metric) ?? []).SelectMany(one => one.Keys).ToHashSet();
            faults.AddRange(WatchFiles.Grouped(query, legend).Where(label => !labels.Contains(label) && !Added.Contains(label))
                .Select(label => $"{name}: no metric has the label {label}"));
        }

        Assert.Empty(faults);
    }

    [Fact]
    public async Task Prometheus_takes_the_metrics_the_rules_and_the_queries_without_a_complaint()
    {
        var metrics = await watched.ScrapeAsync("dailydigest_runs_total{");
        var ours = string.Concat(
            metrics.Split('\n').Where(line => line.Contains("dailydigest_", StringComparison.Ordinal)).Select(line => line + "\n"));
        Assert.Equal((0, ""), await WatchFiles.ToolAsync(ours, "check", "metrics"));

        var (code, output) = await WatchFiles.ToolAsync(null, "check", "rules", WatchFiles.RulesPath);
        Assert.True(code == 0, output);
        Assert.Contains($"{WatchFiles.Rules().Count} rules found", output, StringComparison.Ordinal);

        // The queries of the dashboard, as rules that record them.
        var rules = new StringBuilder("groups:\n  - name: dashboard\n    rules:\n");
        foreach (var (_, query, _) in WatchFiles.Panels())
        {
            rules.Append("      - record: panel\n        expr: '").Append(WatchFiles.WithoutVariables(query)).Append("'\n");
        }

        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, rules.ToString(), Cancellation);
        var (parsed, complaint) = await WatchFiles.ToolAsync(null, "check", "rules", "--lint=none", file);
        File.Delete(file);
        Assert.True(parsed == 0, complaint);
    }

    [Fact]
    public void Each_alert_of_the_runbook_has_a_rule_that_leads_to_its_page()
    {
        var rows = AlertRow().Matches(Runbook).ToLookup(match => match.Groups["name"].Value, match => match.Groups["page"].Value);
        var rules = WatchFiles.Rules()
            .SelectMany(rule => WatchFiles.Selectors(rule.Query).Select(one => (rule.Page, Selector: one)))
            .Where(one => one.Selector.Metric == "dailydigest_alert_raised")
            .ToLookup(one => one.Selector.Labels.Single(label => label.Label == "alert").Value, one => one.Page);

        Assert.Contains(rows, row => row.Key == "relay");
        Assert.Equal(rows.Select(row => row.Key).Order(), rules.Select(rule => rule.Key).Order());
        Assert.All(rules, rule => Assert.Subset(rows[rule.Key].ToHashSet(), rule.ToHashSet()));
    }

    [Fact]
    public void Each_rule_leads_to_a_page_that_exists_and_each_event_to_its_own()
    {
        var pages = Heading().Matches(Runbook)
            .Select(match => match.Groups[1].Value.ToLowerInvariant().Replace(' ', '-').Replace(",", "", StringComparison.Ordinal))
            .ToHashSet();
        var rules = WatchFiles.Rules();

        Assert.Equal(rules.Count, File.ReadAllText(WatchFiles.RulesPath).Split("- alert: ").Length - 1);
        Assert.All(rules, rule => Assert.Contains(rule.Page, pages));
        foreach (var rule in rules)
        {
            var events = WatchFiles.Selectors(rule.Query).SelectMany(one => one.Labels).Where(label => label.Label == "event");
            foreach (var id in events.SelectMany(label => label.Value.Split('|')))
            {
                var row = EventRow().Matches(Runbook).SingleOrDefault(match => match.Groups["ids"].Value.Split(", ").Contains(id));
                Assert.True(row?.Groups["page"].Value is { } page && (page == rule.Page || rule.Name == "DailyDigestMailNotRendered"),
                    $"{rule.Name}: the page of {id} is {row?.Groups["page"].Value}");
            }
        }
    }

    [Fact]
    public async Task Each_alert_is_raised_by_its_metric_and_not_without_it()
    {
        var rules = WatchFiles.Rules().Where(rule => rule.Query.Contains("dailydigest_", StringComparison.Ordinal)
            && !rule.Summary.Contains("{{", StringComparison.Ordinal)).ToList();

        // One store of series for all rules: the tool takes a second or more to make one.
        var (series, alerts) = (new StringBuilder(), new StringBuilder());
        foreach (var rule in rules)
        {
            var one = WatchFiles.Selectors(rule.Query).Single();
            var labels = string.Join(", ", one.Labels.Select(label => $"{label.Label}=\"{label.Value.Split('|')[0]}\""));

            // Raised alerts go from 0 to 1, counts rise, and the clock stands still.
            var values = rule.Name == "DailyDigestClockStands" ? "0+1x20 20x70" : rule.Query.Contains("increase", StringComparison.Ordinal)
                ? "0x60 5x5 9x25" : "0x50 1x40";
            series.Append(CultureInfo.InvariantCulture, $$"""
                      - {series: '{{one.Metric}}{{{labels}}}', values: '{{values}}'}

                """);
            alerts.Append(CultureInfo.InvariantCulture, $$"""
                      - {eval_time: 15m, alertname: {{rule.Name}}, exp_alerts: []}
                      - eval_time: 85m
                        alertname: {{rule.Name}}
                        exp_alerts:
                          - exp_labels: {severity: {{rule.Severity}}}
                            exp_annotations:
                              summary: "{{rule.Summary}}"
                              runbook_url: docs/runbook.md#{{rule.Page}}

                """);
        }

        var tests = $"""
            rule_files: [{WatchFiles.RulesPath}]
            evaluation_interval: 1m
            tests:
              - interval: 1m
                input_series:
            {series}    alert_rule_test:
            {alerts}
            """;
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, tests, Cancellation);
        var (code, output) = await WatchFiles.ToolAsync(null, "test", "rules", file);
        File.Delete(file);

        Assert.True(rules.Count > 20, $"{rules.Count} rules");
        Assert.True(code == 0, output);
    }

    private static IEnumerable<string> Faults(Selector selector, Dictionary<string, List<Dictionary<string, string>>> series)
    {
        if (!series.TryGetValue(selector.Metric, out var found))
        {
            yield return "does not exist";
            yield break;
        }

        foreach (var (label, _, value) in selector.Labels.Where(one => !Added.Contains(one.Label)))
        {
            var values = found.Select(one => one.GetValueOrDefault(label)).ToHashSet();
            var missing = value.Split('|')
                .Where(one => one.Length > 0 && !one.Contains('.', StringComparison.Ordinal) && !values.Contains(one)).ToList();
            if (values.SetEquals([null]) || missing.Count > 0)
            {
                yield return $"has no {label} of {string.Join(", ", missing)}";
            }
        }
    }

    /// <summary>The labels of each series by the name of its metric.</summary>
    private static Dictionary<string, List<Dictionary<string, string>>> Read(string metrics) => Series().Matches(metrics)
        .GroupBy(match => match.Groups["metric"].Value)
        .ToDictionary(group => group.Key, group => group.Select(match => Label().Matches(match.Groups["labels"].Value)
            .ToDictionary(one => one.Groups[1].Value, one => one.Groups[2].Value)).ToList());

    [GeneratedRegex(@"^(?<metric>[a-zA-Z_]\w*)(?:\{(?<labels>[^}]*(?:\}[^ ][^}]*)*)\})? \S+", RegexOptions.Multiline)]
    private static partial Regex Series();

    [GeneratedRegex("([a-z_]+)=\"((?:[^\"\\\\]|\\\\.)*)\"")]
    private static partial Regex Label();

    [GeneratedRegex(@"^\| `/readyz` lists the alert `(?<name>\w+)`.*\(#(?<page>[^)]+)\) \|$", RegexOptions.Multiline)]
    private static partial Regex AlertRow();

    [GeneratedRegex(@"^\| (?<ids>\d+(?:, \d+)*) \| [^|]+ \| \[[^\]]+\]\(#(?<page>[^)]+)\) \|$", RegexOptions.Multiline)]
    private static partial Regex EventRow();

    [GeneratedRegex("^## (.+)$", RegexOptions.Multiline)]
    private static partial Regex Heading();
}

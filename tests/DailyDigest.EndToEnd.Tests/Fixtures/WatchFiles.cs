using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;
using DailyDigest.Testing.Services;

namespace DailyDigest.EndToEnd.Tests.Fixtures;

/// <summary>A rule of deploy/watch/alerts.yml.</summary>
internal sealed record AlertRule(string Name, string Query, string Severity, string Summary, string Page);

/// <summary>A metric in a query, with its label matchers: <c>name{label="value"}</c>.</summary>
internal sealed record Selector(string Metric, IReadOnlyList<(string Label, string Operator, string Value)> Labels);

/// <summary>The files of deploy/watch, and Prometheus' own tool for them.</summary>
internal static partial class WatchFiles
{
    private static string Folder => Path.Combine(TestServices.Repository, "deploy", "watch");

    /// <summary>The path of the alert rules.</summary>
    public static string RulesPath => Path.Combine(Folder, "alerts.yml");

    /// <summary>The alert rules.</summary>
    public static IReadOnlyList<AlertRule> Rules() =>
    [
        .. Rule().Matches(File.ReadAllText(RulesPath)).Select(match => new AlertRule(
            match.Groups["name"].Value,
            Whitespace().Replace(match.Groups["query"].Value.Replace(">-", "", StringComparison.Ordinal), " ").Trim(),
            match.Groups["severity"].Value, match.Groups["summary"].Value, match.Groups["page"].Value)),
    ];

    /// <summary>The panels of the dashboard that have queries, each with its title, queries and legends.</summary>
    public static IReadOnlyList<(string Title, string Query, string Legend)> Panels()
    {
        using var dashboard = JsonDocument.Parse(File.ReadAllText(Path.Combine(Folder, "dashboard.json")));
        return
        [
            .. dashboard.RootElement.GetProperty("panels").EnumerateArray()
                .Where(panel => panel.GetProperty("type").GetString() != "row")
                .SelectMany(panel => panel.GetProperty("targets").EnumerateArray().Select(target => (
                    panel.GetProperty("title").GetString()!, target.GetProperty("expr").GetString()!,
                    target.GetProperty("legendFormat").GetString()!))),
        ];
    }

    /// <summary>The metrics that a query names.</summary>
    public static IReadOnlyList<Selector> Selectors(string query) =>
    [
        .. Selection().Matches(query).Select(match => new Selector(match.Groups["metric"].Value,
        [
            .. Matcher().Matches(match.Groups["labels"].Value)
                .Select(one => (one.Groups["label"].Value, one.Groups["operator"].Value, one.Groups["value"].Value)),
        ])),
    ];

    /// <summary>The labels by which a query groups, and those that a legend shows.</summary>
    public static IEnumerable<string> Grouped(string query, string legend) => Grouping().Matches(query)
        .SelectMany(match => match.Groups["labels"].Value.Split(',', StringSplitOptions.TrimEntries))
        .Concat(Shown().Matches(legend).Select(match => match.Groups["label"].Value)).Distinct();

    /// <summary>A query as Prometheus takes it, without Grafana's variables.</summary>
    public static string WithoutVariables(string query) =>
        query.Replace("$__rate_interval", "5m", StringComparison.Ordinal).Replace("$job", "dailydigest", StringComparison.Ordinal);

    /// <summary>Runs promtool. Returns its exit code and all of its output.</summary>
    public static async Task<(int ExitCode, string Output)> ToolAsync(string? input, params string[] arguments)
    {
        var start = new ProcessStartInfo(TestServices.RequireUnpacked("promtool"), arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var cancellation = TestContext.Current.CancellationToken;
        using var tool = Process.Start(start)!;
        var (output, errors) = (tool.StandardOutput.ReadToEndAsync(cancellation), tool.StandardError.ReadToEndAsync(cancellation));
        await tool.StandardInput.WriteAsync((input ?? "").AsMemory(), cancellation);
        tool.StandardInput.Close();
        await tool.WaitForExitAsync(cancellation);
        return (tool.ExitCode, await output + await errors);
    }

    [GeneratedRegex(
        """
        -\ alert:\ (?<name>\w+)\n\s+expr:\ (?<query>.+?)\n(?:\s+for:\ \w+\n)?\s+labels:\ \{severity:\ (?<severity>\w+)\}\n
        \s+annotations:\n\s+summary:\ "(?<summary>.+?)"\n\s+runbook_url:\ docs/runbook\.md\#(?<page>\S+)
        """, RegexOptions.Singleline | RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex Rule();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Whitespace();

    [GeneratedRegex(@"(?<metric>[a-zA-Z_][a-zA-Z0-9_]*)\{(?<labels>[^}]*)\}")]
    private static partial Regex Selection();

    [GeneratedRegex("(?<label>[a-z_]+)(?<operator>=~|!=|!~|=)\"(?<value>[^\"]*)\"")]
    private static partial Regex Matcher();

    [GeneratedRegex(@"by \((?<labels>[^)]*)\)")]
    private static partial Regex Grouping();

    [GeneratedRegex(@"\{\{(?<label>\w+)\}\}")]
    private static partial Regex Shown();
}

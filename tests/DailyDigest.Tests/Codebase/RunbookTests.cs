using System.Globalization;
using System.Text.RegularExpressions;

namespace DailyDigest.Tests.Codebase;

/// <summary>
/// Every alert and every warning in the log has a section in docs/runbook.md, and every section has its alert or warning.
/// </summary>
public sealed partial class RunbookTests
{
    private static readonly string Runbook = Repository.Read("docs/runbook.md");

    [Fact]
    public void Every_alert_is_in_the_runbook_and_every_alert_there_can_be_raised()
    {
        var raised = Repository.Files("src", ".cs").SelectMany(path => Raised().Matches(Repository.Read(path)))
            .Select(match => match.Groups[1].Value)
            .Order(StringComparer.Ordinal).ToList();
        var documented = DocumentedAlert().Matches(Runbook).Select(match => match.Groups[1].Value).Distinct().Order(StringComparer.Ordinal)
            .ToList();

        Assert.Contains("refusals", raised);
        Assert.Equal(raised, documented);
    }

    [Fact]
    public void Every_warning_and_error_is_in_the_runbook_and_every_one_there_is_logged()
    {
        var events = Repository.Files("src", ".cs").SelectMany(path => Event().Matches(Repository.Read(path))).ToList();
        var logged = events.Where(match => match.Groups["level"].Value is "Warning" or "Error" or "Critical").Select(Number).Order()
            .ToList();
        var documented = DocumentedEvents().Matches(Runbook)
            .SelectMany(match => match.Groups[1].Value.Split(", ").Select(id => int.Parse(id, CultureInfo.InvariantCulture))).Order()
            .ToList();

        Assert.Contains(611, logged);
        Assert.Equal(logged, documented);

        // A number in a section's text is one of them.
        Assert.Equal(events.Count, events.DistinctBy(Number).Count());
        Assert.All(InText().Matches(Runbook), match => Assert.Contains(Number(match), logged));
    }

    /// <summary>The rule above finds log lines by this form only.</summary>
    [Fact]
    public void Every_log_message_states_its_number_and_its_level_first()
    {
        foreach (var path in Repository.Files("src", ".cs"))
        {
            var text = Repository.Read(path);
            Assert.True(Regex.Count(text, @"\[LoggerMessage\b") == Event().Count(text), $"{path}: [LoggerMessage(number, LogLevel.X, ...");
            Assert.False(Direct().IsMatch(text), $"{path}: {Direct().Match(text).Value}");
        }
    }

    private static int Number(Match match) => int.Parse(match.Groups["id"].Value, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"new Alert\(""(\w+)""")]
    private static partial Regex Raised();

    // A row of the index with a link to its section. DocumentTests checks that the heading exists.
    [GeneratedRegex(@"^\| `/readyz` lists the alert `(\w+)`[^|]*\| \[[^\]]+\]\(#[^)]+\) \|$", RegexOptions.Multiline)]
    private static partial Regex DocumentedAlert();

    [GeneratedRegex(@"\[LoggerMessage\((?<id>\d+), LogLevel\.(?<level>\w+),")]
    private static partial Regex Event();

    [GeneratedRegex(@"^\| (\d+(?:, \d+)*) \| [^|]+ \| \[[^\]]+\]\(#[^)]+\) \|$", RegexOptions.Multiline)]
    private static partial Regex DocumentedEvents();

    [GeneratedRegex(@"(?:the log: |\()(?<id>[1-6]\d\d)\b(?=[,)])|^\d\. (?<id>[1-6]\d\d) ", RegexOptions.Multiline)]
    private static partial Regex InText();

    [GeneratedRegex(@"\.Log(?:Warning|Error|Critical)\(")]
    private static partial Regex Direct();
}

using System.Globalization;
using System.Text.RegularExpressions;

namespace DailyDigest.Tests.Codebase;

/// <summary>Who is woken by an alert or a line in the log finds its page in docs/runbook.md, and no page tells of what is not there.</summary>
public sealed partial class RunbookTests
{
    private static readonly string Runbook = Repository.Read("docs/runbook.md");

    [Fact]
    public void Every_alert_has_a_page_in_the_runbook_and_every_alert_there_can_be_raised()
    {
        var raised = Repository.Files("src", ".cs").SelectMany(path => Raised().Matches(Repository.Read(path))).Select(match => match.Groups[1].Value)
            .Order(StringComparer.Ordinal).ToList();
        var told = ToldAlert().Matches(Runbook).Select(match => match.Groups[1].Value).Distinct().Order(StringComparer.Ordinal).ToList();

        Assert.Contains("refusals", raised);
        Assert.Equal(raised, told);
    }

    [Fact]
    public void Every_warning_and_every_error_in_the_log_has_a_page_in_the_runbook_and_every_one_there_is_logged()
    {
        var events = Repository.Files("src", ".cs").SelectMany(path => Event().Matches(Repository.Read(path))).ToList();
        var logged = events.Where(match => match.Groups["level"].Value is "Warning" or "Error" or "Critical").Select(Number).Order().ToList();
        var told = ToldEvents().Matches(Runbook)
            .SelectMany(match => match.Groups[1].Value.Split(", ").Select(id => int.Parse(id, CultureInfo.InvariantCulture))).Order().ToList();

        Assert.Contains(611, logged);
        Assert.Equal(logged, told);

        // One that is told of in a page's text is one of them.
        Assert.Equal(events.Count, events.DistinctBy(Number).Count());
        Assert.All(InText().Matches(Runbook), match => Assert.Contains(Number(match), logged));
    }

    /// <summary>Written otherwise, one would be passed over by the rule above.</summary>
    [Fact]
    public void Every_line_of_the_log_says_its_number_and_its_level_first()
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

    // A row of the index, with the page it leads to: that the heading exists is every link's rule.
    [GeneratedRegex(@"^\| `/readyz` lists the alert `(\w+)`[^|]*\| \[[^\]]+\]\(#[^)]+\) \|$", RegexOptions.Multiline)]
    private static partial Regex ToldAlert();

    [GeneratedRegex(@"\[LoggerMessage\((?<id>\d+), LogLevel\.(?<level>\w+),")]
    private static partial Regex Event();

    [GeneratedRegex(@"^\| (\d+(?:, \d+)*) \| [^|]+ \| \[[^\]]+\]\(#[^)]+\) \|$", RegexOptions.Multiline)]
    private static partial Regex ToldEvents();

    [GeneratedRegex(@"(?:the log: |\()(?<id>[1-6]\d\d)\b(?=[,)])|^\d\. (?<id>[1-6]\d\d) ", RegexOptions.Multiline)]
    private static partial Regex InText();

    [GeneratedRegex(@"\.Log(?:Warning|Error|Critical)\(")]
    private static partial Regex Direct();
}

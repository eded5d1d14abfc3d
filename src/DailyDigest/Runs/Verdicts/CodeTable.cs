namespace DailyDigest.Runs;

/// <summary>The stage at which a server refused.</summary>
public enum RefusalStage
{
    /// <summary>At SMTP time, in answer to RCPT.</summary>
    Recipient,

    /// <summary>At SMTP time, in answer to DATA or the final dot.</summary>
    Message,

    /// <summary>In a report, after a relay had accepted the message.</summary>
    Report,
}

/// <summary>The reasons of codes alone, from <c>codes.txt</c>.</summary>
internal sealed class CodeTable
{
    private readonly (string[] Code, RefusalStage? Stage, string Reason)[] lines;

    private CodeTable((string[] Code, RefusalStage? Stage, string Reason)[] lines) => this.lines = lines;

    /// <summary>The reasons that occur.</summary>
    public IReadOnlySet<string> Reasons => lines.Select(line => line.Reason).ToHashSet();

    /// <summary>Reads the table from its text.</summary>
    /// <exception cref="FormatException">A line has not three columns.</exception>
    public static CodeTable Read(string text) =>
        new([.. text.Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0 && line[0] != '#').Select(Line)]);

    /// <summary>The reason of a code such as 5.1.1 or 552; null if the table has none.</summary>
    public string? Find(string code, RefusalStage stage)
    {
        var parts = code.Split('.');
        foreach (var line in lines)
        {
            if (line.Code.Length == parts.Length && (line.Stage ?? stage) == stage
                && line.Code.Zip(parts).All(pair => pair.First == "*" || pair.First == pair.Second))
            {
                return line.Reason;
            }
        }

        return null;
    }

    private static (string[] Code, RefusalStage? Stage, string Reason) Line(string line) =>
        line.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [var code, var stage, var reason]
            ? (code.Split('.'), stage == "any" ? null : Enum.Parse<RefusalStage>(stage, ignoreCase: true), reason)
            : throw new FormatException($"Not code, stage and reason: {line}");
}

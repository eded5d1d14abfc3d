using System.Reflection;

namespace DailyDigest.Runs;

/// <summary>A table of phrases in a resource file: a label and a phrase a line. The first line that matches decides.</summary>
public sealed class PhraseTable
{
    private readonly (string Label, Phrase Phrase)[] lines;

    private PhraseTable((string Label, Phrase Phrase)[] lines) => this.lines = lines;

    /// <summary>The labels that occur.</summary>
    public IReadOnlySet<string> Labels => lines.Select(line => line.Label).ToHashSet();

    /// <summary>Reads the table from an embedded resource. A line that begins with # is a comment.</summary>
    /// <exception cref="FormatException">A line is not a label, spaces and a phrase.</exception>
    public static PhraseTable Load(Assembly assembly, string resource)
    {
        using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!);
        return Read(reader.ReadToEnd());
    }

    /// <summary>Reads the table from its text.</summary>
    /// <exception cref="FormatException">A line is not a label, spaces and a phrase.</exception>
    public static PhraseTable Read(string text) =>
        new([.. text.Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0 && line[0] != '#').Select(Line)]);

    /// <summary>The label of the first line with a phrase in the text; null if there is none.</summary>
    /// <param name="text">The text as <see cref="ReplyText.Prepare"/> returns it.</param>
    /// <param name="isLookedFor">Which labels count; null for all.</param>
    public string? Find(string text, Func<string, bool>? isLookedFor = null)
    {
        foreach (var (label, phrase) in lines)
        {
            if ((isLookedFor is null || isLookedFor(label)) && phrase.IsIn(text))
            {
                return label;
            }
        }

        return null;
    }

    private static (string Label, Phrase Phrase) Line(string line) => line.IndexOf("  ", StringComparison.Ordinal) is > 0 and var end
        ? (string.Intern(line[..end]), new Phrase(line[end..].Trim()))
        : throw new FormatException($"Neither a comment nor a label, two spaces and a phrase: {line}");
}
